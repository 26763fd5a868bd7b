/** Proxies: their states and errors side by side with native, and what passes through them. */
import { describe, expect, it } from "vitest"
import { isAlone } from "../support/memory.js"
import {
  bindTcp,
  inproc,
  joined,
  later,
  make,
  makeAny,
  outcome,
  ours,
  parity,
  settled,
  take,
  turn,
  until,
  watch,
  type AnySocket,
  type Library,
  type Results,
} from "./support.js"

/** Calls without the help of types. */
function construct(library: Library, ...args: unknown[]): Promise<unknown> {
  return outcome(() => {
    const Type = library.Proxy as unknown as new (...args: unknown[]) => object
    return new Type(...args).constructor.name
  })
}

/** Ends a proxy that a failing test may have left. */
function made<P extends ours.Proxy>(proxy: P): P {
  later(() => {
    try {
      proxy.terminate()
    } catch {
      // It is over already, or was never run.
    }
  })
  return proxy
}

interface Stage {
  readonly proxy: ours.Proxy
  /** Peers of the front-end and of the back-end. */
  readonly left: AnySocket
  readonly right: AnySocket
}

/** A proxy of two types with one peer at each side, over inproc. */
async function stage(
  library: Library,
  [left, frontEnd, backEnd, right]: readonly [string, string, string, string],
  options: Partial<Record<"left" | "frontEnd" | "backEnd" | "right", object>> = {},
): Promise<Stage> {
  const front = makeAny(library, frontEnd, options.frontEnd)
  const back = makeAny(library, backEnd, options.backEnd)
  await front.bind(inproc("front"))
  await back.bind(inproc("back"))
  const peers = {
    left: makeAny(library, left, { linger: 0, ...options.left }),
    right: makeAny(library, right, { linger: 0, ...options.right }),
  }
  peers.left.connect(inproc("front"))
  peers.right.connect(inproc("back"))
  return { proxy: made(new library.Proxy(front, back)), ...peers }
}

const PIPELINE = ["Push", "Pull", "Push", "Pull"] as const
const DIGITS = Array.from({ length: 10 }, (_, i) => String(i))
const EBUSY = expect.objectContaining({ code: "EBUSY" }) as unknown

describe("Proxy", () => {
  parity("has native's members", async library => {
    const shape: Results = { name: library.Proxy.name }
    for (const key of Reflect.ownKeys(library.Proxy.prototype)) {
      if (key === "capture") continue // ours, in README.md
      const own = Reflect.getOwnPropertyDescriptor(library.Proxy.prototype, key)
      shape[String(key)] = [typeof own?.value, typeof own?.get, typeof own?.set]
    }
    const [front, back] = [makeAny(library, "Pull"), makeAny(library, "Push")]
    const proxy = new library.Proxy(front, back)
    shape.own = Reflect.ownKeys(proxy)
    shape.extensible = Object.isExtensible(proxy)
    shape.ends = [proxy.frontEnd === front, proxy.backEnd === back]
    shape["without new"] = ((await outcome(() => Reflect.apply(library.Proxy, undefined, []))) as string[])[0]
    shape["setting frontEnd"] = ((await outcome(() => Object.assign(proxy, { frontEnd: 1 }))) as string[])[0]
    return shape
  })

  parity("refuses what are no two sockets", async library => {
    const pull = (): AnySocket => makeAny(library, "Pull")
    const closed = pull()
    closed.close()
    return {
      nothing: await construct(library),
      one: await construct(library, pull()),
      null: await construct(library, null, pull()),
      "a string": await construct(library, "a", pull()),
      "an object": await construct(library, {}),
      objects: await construct(library, {}, {}),
      "a function": await construct(library, () => 1, pull()),
      "an object at the back": await construct(library, pull(), {}),
      sockets: await construct(library, pull(), pull()),
      "a closed one": await construct(library, closed, pull()),
      three: await construct(library, pull(), pull(), pull()),
      four: await construct(library, pull(), pull(), pull(), pull()),
    }
  })

  parity("runs only with two sockets that are bound or connected, and not closed", async library => {
    const [front, back] = [makeAny(library, "Pull"), makeAny(library, "Push", { linger: 0 })]
    const proxy = new library.Proxy(front, back)
    const results: Results = {}
    const note = async (when: string): Promise<void> => {
      results[`run, ${when}`] = await settled(() => proxy.run())
    }
    await note("no endpoint")
    front.connect(inproc("a"))
    await note("no endpoint at the back")
    back.connect(inproc("b"))
    results.argument = await settled(() => Reflect.apply(proxy.run, proxy, [1]))
    for (const command of ["pause", "resume", "terminate"] as const) {
      results[`${command} before`] = await settled(() => {
        proxy[command]()
      })
      results[`${command} with an argument`] = await settled(() => Reflect.apply(proxy[command], proxy, [1]))
    }
    back.close()
    await note("the back closed")
    front.close()
    await note("both closed")
    return results
  })

  parity(
    "blocks its sockets while it runs, closes them at its end, and knows no commands then",
    async library => {
      const { proxy } = await stage(library, PIPELINE)
      const front = proxy.frontEnd as AnySocket
      const back = proxy.backEnd as AnySocket
      const running = proxy.run()
      const results: Results = { run: running instanceof Promise }
      const calls: Record<string, () => unknown> = {
        receive: () => front.receive(),
        send: () => back.send("m"),
        bind: () => front.bind(inproc("x")),
        bindSync: () => {
          front.bindSync(inproc("x"))
        },
        unbind: () => front.unbind(inproc("front")),
        connect: () => {
          back.connect(inproc("x"))
        },
        disconnect: () => {
          back.disconnect(inproc("x"))
        },
        "setting an option": () => {
          front.receiveTimeout = 5
        },
        "an option": () => front.receiveTimeout,
        endpoint: () => front.lastEndpoint,
        close: () => {
          front.close()
        },
      }
      for (const [call, action] of Object.entries(calls)) results[call] = await settled(action)
      results["closed then"] = [front.closed, back.closed]
      proxy.terminate()
      results["closed at once"] = [front.closed, back.closed]
      results["terminate again"] = await outcome(() => {
        proxy.terminate()
      })
      results.ended = await settled(() => running)
      results["closed at the end"] = [front.closed, back.closed]
      for (const command of ["pause", "resume", "terminate", "run"] as const) {
        results[`${command} at the end`] = await settled(() => proxy[command]())
      }
      return results
    },
  )

  parity("joins sockets of two contexts", async library => {
    const front = makeAny(library, "Pull", { context: new library.Context() })
    const back = makeAny(library, "Push", { context: new library.Context(), linger: 0 })
    front.connect(inproc("a"))
    back.connect(inproc("b"))
    const proxy = made(new library.Proxy(front, back))
    const running = proxy.run()
    proxy.terminate()
    return { ended: await settled(() => running) }
  })

  it("refuses to run when a socket is in use, and lends none then", async () => {
    const { proxy } = await stage(ours, PIPELINE)
    const running = proxy.run()
    expect(() => proxy.run()).toThrow(EBUSY)
    const other = make(ours.Push)
    other.connect(inproc("c"))
    expect(() => new ours.Proxy(proxy.frontEnd, other).run()).toThrow(EBUSY)
    expect(() => new ours.Proxy(other, proxy.backEnd).run()).toThrow(EBUSY)
    other.connect(inproc("d"))
    const binding = other.bind("tcp://127.0.0.1:*")
    expect(() => new ours.Proxy(other, make(ours.Pull)).run()).toThrow("Back-end socket must be bound")
    const pull = make(ours.Pull)
    pull.connect(inproc("e"))
    expect(() => new ours.Proxy(other, pull).run()).toThrow(EBUSY)
    await binding
    pull.connect(inproc("f"))
    proxy.terminate()
    await running
  })

  it("leaves a receive that waits the first message", async () => {
    const { proxy, left, right } = await stage(ours, PIPELINE)
    const waiting = (proxy.frontEnd as AnySocket).receive()
    const running = proxy.run()
    await left.send("1")
    await left.send("2")
    expect(String(await waiting)).toBe("1")
    expect(await take(right, 1)).toEqual(["2"])
    proxy.terminate()
    await running
  })
})

describe("messages", () => {
  for (const [name, types] of Object.entries({
    "from front to back": PIPELINE,
    "from back to front": ["Pull", "Push", "Pull", "Push"],
  } as const)) {
    parity(`pass one way, ${name}`, async library => {
      const { proxy, left, right } = await stage(library, types)
      const running = proxy.run()
      const [from, to] = types[0] === "Push" ? [left, right] : [right, left]
      for (const message of ["1", ["2", "", "x"], "", "3"]) await from.send(message)
      const passed = await take(to, 4)
      proxy.terminate()
      return { passed, ended: await settled(() => running) }
    })
  }

  parity("make a queue of Router and Dealer, where each reply finds its client", async library => {
    const front = makeAny(library, "Router")
    const back = makeAny(library, "Dealer")
    const [outer, inner] = [await bindTcp(front), await bindTcp(back)]
    const proxy = made(new library.Proxy(front, back))
    const running = proxy.run()
    const workers = [makeAny(library, "Reply"), makeAny(library, "Reply")]
    for (const worker of workers) {
      worker.connect(inner)
      void (async () => {
        for await (const [question] of worker as unknown as AsyncIterable<Buffer[]>) {
          await worker.send(["re", question])
        }
      })()
    }
    const clients = [1, 2, 3].map(() => makeAny(library, "Request"))
    const replies = await Promise.all(
      clients.map(async (client, i) => {
        client.connect(outer)
        const seen: string[] = []
        for (let n = 0; n < 20; n++) {
          await client.send(`${i}.${n}`)
          seen.push(...(await take(client, 1)))
        }
        return seen
      }),
    )
    proxy.terminate()
    return { replies, ended: await settled(() => running) }
  })

  parity(
    "make a forwarder of XSubscriber and XPublisher, through which subscriptions flow back",
    async library => {
      const { proxy, left, right } = await stage(library, [
        "XPublisher",
        "XSubscriber",
        "XPublisher",
        "Subscriber",
      ])
      const running = proxy.run()
      const subscriber = right as unknown as ours.Subscriber
      subscriber.subscribe("a", "b")
      const results: Results = { subscriptions: await take(left, 2) }
      for (const message of ["apple", "cherry", "banana"]) await left.send(message)
      results.messages = await take(right, 2)
      subscriber.unsubscribe("a")
      results.cancellation = await take(left, 1)
      for (const message of ["apricot", "blueberry"]) await left.send(message)
      results.then = await take(right, 1)
      proxy.terminate()
      results.ended = await settled(() => running)
      return results
    },
  )

  parity("that cannot be sent end the proxy with the sender's error", async library => {
    const { proxy, left, right } = await stage(library, ["Push", "Pull", "Router", "Dealer"], {
      backEnd: { mandatory: true },
      right: { routingId: "known" },
    })
    const running = proxy.run()
    await left.send(["known", "1"])
    const results: Results = { passed: await take(right, 1) }
    await left.send(["unknown", "2"])
    results.ended = await settled(() => running)
    results.closed = [proxy.frontEnd.closed, proxy.backEnd.closed]
    results.terminate = await settled(() => {
      proxy.terminate()
    })
    return results
  })

  it("stay where they are while the proxy is paused, and pass when it resumes", async () => {
    const { proxy, left, right } = await stage(ours, PIPELINE)
    const running = proxy.run()
    await left.send("1")
    expect(await take(right, 1)).toEqual(["1"])
    proxy.pause()
    for (const each of ["2", "3"]) await left.send(each)
    const next = right.receive()
    expect(await outcome(() => next)).toBe("waits")
    proxy.resume()
    expect(String(await next)).toBe("2")
    expect(await take(right, 1)).toEqual(["3"])
    proxy.pause()
    proxy.terminate()
    await running
  })

  it("wait in the queues of a slow back-end up to its mark, then in those of the front-end, and none is lost", async () => {
    const front = make(ours.Pull, { receiveHighWaterMark: 10 })
    const back = make(ours.Push, { sendHighWaterMark: 10 })
    const push = make(ours.Push, { sendHighWaterMark: 10 })
    const pull = make(ours.Pull, { receiveHighWaterMark: 10 })
    await joined(front, push)
    await joined(back, pull)
    const proxy = made(new ours.Proxy(front, back))
    const running = proxy.run()
    const ballast = Buffer.alloc(64 * 1024)
    let sent = 0
    const sending = (async () => {
      while (sent < 2000) await push.send([String(sent++), ballast])
    })()
    // Four queues of ten messages, and what the system's buffers hold: two connections of some megabytes at most.
    let before = -1
    while (sent > before) {
      before = sent
      for (let i = 0; i < 50; i++) await turn()
    }
    expect(sent).toBeLessThan(1000)
    let received = 0
    for await (const [number] of pull) {
      if (Number(String(number)) !== received++) throw new Error("out of order")
      if (received === 2000) break
    }
    await sending
    proxy.terminate()
    await running
  })

  it("are dealt out among the peers of the back-end, and none is stuck behind one that is full", async () => {
    const { proxy, left, right } = await stage(ours, PIPELINE, {
      backEnd: { sendHighWaterMark: 1 },
      right: { receiveHighWaterMark: 1 },
    })
    const second = make(ours.Pull, { receiveHighWaterMark: 1 })
    second.connect(inproc("back"))
    const running = proxy.run()
    for (let i = 0; i < 10; i++) await left.send(String(i))
    // The first peer reads nothing; its two places fill up.
    const seen: string[] = []
    while (seen.length < 8) seen.push(String(await second.receive()))
    const kept = await take(right, 2)
    expect([...seen, ...kept].sort()).toEqual(DIGITS)
    proxy.terminate()
    await running
  })

  it("that a publisher must not drop wait until every subscriber has room", async () => {
    const { proxy, left, right } = await stage(ours, ["Push", "Pull", "XPublisher", "Subscriber"], {
      backEnd: { noDrop: true, sendHighWaterMark: 1 },
      right: { receiveHighWaterMark: 1 },
    })
    ;(right as unknown as ours.Subscriber).subscribe()
    const running = proxy.run()
    for (let i = 0; i < 10; i++) await left.send(String(i))
    await turn()
    expect(await take(right, 10)).toEqual(DIGITS)
    proxy.terminate()
    await running
  })

  it("arrive in memory of their own", async () => {
    const { proxy, left, right } = await stage(ours, PIPELINE)
    const running = proxy.run()
    const large = Buffer.alloc(100_000, "x")
    await left.send([large, "text"])
    const parts = await right.receive()
    expect(parts.map(isAlone)).toEqual([true, true])
    expect(parts[0]?.equals(large)).toBe(true)
    expect(parts[0]?.buffer).not.toBe(large.buffer)
    proxy.terminate()
    await running
  })

  it("of a socket in both places go back to its peers", async () => {
    const dealer = make(ours.Dealer)
    await dealer.bind(inproc("echo"))
    const peer = makeAny(ours, "Dealer")
    peer.connect(inproc("echo"))
    const proxy = made(new ours.Proxy(dealer, dealer))
    const running = proxy.run()
    for (const each of ["1", "2"]) await peer.send(each)
    expect(await take(peer, 2)).toEqual(["1", "2"])
    proxy.terminate()
    await running
    expect(dealer.closed).toBe(true)
  })

  it("that were passed on before the end still leave, over tcp", async () => {
    const front = make(ours.Pull)
    const back = make(ours.Push)
    const push = make(ours.Push)
    const pull = make(ours.Pull)
    await joined(front, push)
    await joined(back, pull)
    const proxy = made(new ours.Proxy(front, back))
    const running = proxy.run()
    for (let i = 0; i < 100; i++) await push.send(String(i))
    expect(await take(pull as unknown as AnySocket, 1)).toEqual(["0"])
    proxy.terminate()
    await running
    await watch(pull).until("disconnect")
    let last = "0"
    for (let m = pull.tryReceive(); m !== undefined; m = pull.tryReceive()) {
      expect(Number(String(m))).toBe(Number(last) + 1)
      last = String(m)
    }
    expect(push.closed).toBe(false)
  })
})

describe("a capture", () => {
  async function captured(): Promise<Stage & { readonly capture: ours.Push; readonly witness: AnySocket }> {
    const base = await stage(ours, ["Dealer", "Dealer", "Dealer", "Dealer"])
    const capture = make(ours.Push)
    await capture.bind(inproc("capture"))
    base.proxy.capture = capture
    return { ...base, capture, witness: makeAny(ours, "Pull") }
  }

  it("gets every message of both ways, and is closed with the others", async () => {
    const { proxy, left, right, capture, witness } = await captured()
    witness.connect(inproc("capture"))
    const running = proxy.run()
    await left.send(["1", "x"])
    expect(await take(right, 1)).toEqual(["1|x"])
    await right.send("2")
    expect(await take(left, 1)).toEqual(["2"])
    expect(await take(witness, 2)).toEqual(["1|x", "2"])
    expect(() => void capture.send("m")).toThrow(EBUSY)
    proxy.terminate()
    await running
    expect(capture.closed).toBe(true)
  })

  it("that cannot send holds everything back", async () => {
    const { proxy, left, right, witness } = await captured()
    const running = proxy.run()
    await left.send("1")
    const next = right.receive()
    expect(await outcome(() => next)).toBe("waits")
    witness.connect(inproc("capture"))
    expect(String(await next)).toBe("1")
    proxy.terminate()
    await running
  })

  it("must be a socket of its own that sends, bound or connected", async () => {
    const { proxy } = await stage(ours, PIPELINE)
    const { frontEnd, backEnd } = proxy
    const set = (capture: unknown) => () => {
      proxy.capture = capture as ours.Socket
    }
    expect(set(backEnd)).toThrow("Capture must be a socket of its own")
    expect(set({})).toThrow("Invalid argument")
    expect(set(null)).toThrow("Capture must be a socket object")
    expect(proxy.capture).toBeUndefined()
    const capture = make(ours.Pull)
    set(capture)()
    expect(() => proxy.run()).toThrow("Capture socket must be bound or connected")
    capture.connect(inproc("capture"))
    expect(() => proxy.run()).toThrow(expect.objectContaining({ code: "ENOTSUP" }) as unknown)
    set(undefined)()
    // Nothing is blocked by that.
    const running = proxy.run()
    expect(set(undefined)).toThrow(EBUSY)
    proxy.terminate()
    await running
    await until(() => frontEnd.closed)
  })
})
