/** What sockets can do when: readable and writable, who is busy, what times out, and what closing does to it all. */
import { describe, expect, it } from "vitest"
import {
  bindTcp,
  drain,
  joined,
  make,
  makeAny,
  outcome,
  ours,
  parity,
  settled,
  SOCKET_NAMES,
  take,
  until,
  watch,
  type AnySocket,
  type Results,
  inproc,
} from "./support.js"

/** A port on which nobody listens. */
const NOBODY = "tcp://127.0.0.1:9"

function state(socket: AnySocket): string {
  return `${socket.readable ? "r" : "-"}${socket.writable ? "w" : "-"}`
}

describe("readable and writable", () => {
  for (const name of SOCKET_NAMES) {
    parity(`of a ${name} that nobody has joined`, async library => {
      const results: Results = { fresh: state(makeAny(library, name)) }
      const bound = makeAny(library, name)
      await bindTcp(bound)
      results.bound = state(bound)
      for (const immediate of [false, true]) {
        const connecting = makeAny(library, name, { immediate })
        connecting.connect(NOBODY)
        results[`connecting, immediate ${immediate}`] = state(connecting)
        connecting.disconnect(NOBODY)
        results[`given up, immediate ${immediate}`] = state(connecting)
      }
      return results
    })
  }

  parity("of Push and Pull from the first message to the last", async library => {
    const results: Results = {}
    const pull = makeAny(library, "Pull")
    const push = makeAny(library, "Push")
    const both = (): string => `pull ${state(pull)}, push ${state(push)}`
    await joined(pull, push)
    results.joined = both()
    await push.send("x")
    await until(() => pull.readable)
    results.sent = both()
    await pull.receive()
    results.received = both()
    const events = watch(push)
    pull.close()
    await events.until("disconnect")
    results["the bound one has closed"] = state(push)

    const bound = makeAny(library, "Push")
    const leaving = makeAny(library, "Pull")
    await joined(bound, leaving)
    results["bound, joined"] = state(bound)
    leaving.close()
    await until(() => !bound.writable)
    results["bound, left"] = state(bound)
    return results
  })

  parity("of Request and Reply through their turns", async library => {
    const results: Results = {}
    const reply = makeAny(library, "Reply")
    const request = makeAny(library, "Request")
    const both = (): string => `reply ${state(reply)}, request ${state(request)}`
    await joined(reply, request)
    results.joined = both()
    await request.send("q")
    await until(() => reply.readable)
    results["request sent"] = both()
    await reply.receive()
    results["request received"] = both()
    await reply.send("a")
    await until(() => request.readable)
    results["reply sent"] = both()
    await request.receive()
    results["reply received"] = both()
    await request.send("q")
    await reply.receive()
    const events = watch(reply)
    request.close()
    await events.until("disconnect")
    results["the client is gone"] = state(reply)
    results["a reply to nobody"] = await outcome(() => reply.send("a"))
    results["and then"] = state(reply)
    return results
  })

  it("readable stays true until the message that it found is received", async () => {
    const pub = make(ours.Publisher)
    const sub = makeAny(ours, "Subscriber")
    ;(sub as unknown as { subscribe(): void }).subscribe()
    await joined(pub, sub)
    await until(() => {
      void pub.send("x")
      return sub.readable
    })
    expect(sub.readable && sub.readable).toBe(true)
    expect(await take(sub, 1)).toEqual(["x"])
  })
})

describe("a socket that is busy", () => {
  parity("throws EBUSY for a second receive and a second send", async library => {
    const pull = makeAny(library, "Pull")
    const push = makeAny(library, "Push")
    const receiving = settled(() => pull.receive())
    const sending = settled(() => push.send("x"))
    const results: Results = {
      "second receive": await outcome(() => pull.receive()),
      "second send": await outcome(() => push.send("x")),
      "second send of nothing": await outcome(() => push.send()),
    }
    pull.close()
    push.close()
    results["receive after close"] = await outcome(() => pull.receive())
    results["send after close"] = await outcome(() => push.send("x"))
    results["first receive"] = await receiving
    results["first send"] = await sending
    return results
  })

  parity("throws EBUSY for nearly everything while it binds and unbinds", async library => {
    const results: Results = {}
    const during = async (name: string, socket: AnySocket, busy: Promise<void>): Promise<void> => {
      for (const [what, call] of [
        ["bind", () => socket.bind(inproc("x"))],
        ["bindSync", () => socket.bindSync(inproc("x"))],
        ["unbind", () => socket.unbind(inproc("x"))],
        ["connect", () => socket.connect(inproc("x"))],
        ["disconnect", () => socket.disconnect(inproc("x"))],
        ["send", () => socket.send("x")],
        ["receive", () => socket.receive()],
        ["connect(5)", () => socket.connect(5 as never)],
        ["send()", () => socket.send()],
        ["closed", () => socket.closed],
        ["readable", () => socket.readable],
        ["writable", () => socket.writable],
        ["linger", () => socket.linger],
        ["setting linger", () => (socket.linger = 5)],
      ] as const) {
        results[`${name}: ${what}`] = await settledAtOnce(call)
      }
      results[`${name}: itself`] = await settled(() => busy)
    }
    // Both must still be under way when the last call is made, so nothing is awaited in between.
    function settledAtOnce(call: () => unknown): unknown {
      try {
        const value = call()
        return value instanceof Promise ? "a promise" : ["returns", value]
      } catch (error) {
        return ["throws", String(error), (error as NodeJS.ErrnoException).code]
      }
    }
    const pull = makeAny(library, "Pull")
    const busy = pull.bind("tcp://127.0.0.1:*")
    const calls = during("bind", pull, busy)
    await calls
    return results
  })

  parity("may receive while a bind begins, and bind while a receive waits", async library => {
    const pull = makeAny(library, "Pull")
    const receiving = settled(() => pull.receive())
    const results: Results = { bind: await settled(() => pull.bind(inproc("busy"))) }
    const push = make(library.Push)
    push.connect(inproc("busy"))
    await push.send("x")
    results.receive = await receiving
    return results
  })

  parity("that is closed while it binds closes when it has bound", async library => {
    const pull = make(library.Pull)
    const binding = pull.bind("tcp://127.0.0.1:*")
    pull.close()
    const results: Results = { "closed at once": pull.closed }
    results["the bind"] = await settled(() => binding)
    results["closed then"] = pull.closed
    return results
  })
})

describe("timeouts", () => {
  for (const milliseconds of [0, 1, 20]) {
    parity(`of ${milliseconds} ms reject with EAGAIN, or with what stands in the way`, async library => {
      const results: Results = {}
      const pull = makeAny(library, "Pull", { receiveTimeout: milliseconds })
      const push = makeAny(library, "Push", { sendTimeout: milliseconds })
      results.receive = await settled(() => pull.receive())
      results["receive again"] = await settled(() => pull.receive())
      results.send = await settled(() => push.send("x"))
      results["send again"] = await settled(() => push.send("x"))
      const both = { receiveTimeout: milliseconds, sendTimeout: milliseconds }
      const request = makeAny(library, "Request", both)
      results["request, receive first"] = await settled(() => request.receive())
      results["request, send without a peer"] = await settled(() => request.send("q"))
      request.connect(NOBODY)
      results["request, send to an absent peer"] = await settled(() => request.send("q"))
      results["request, send again"] = await settled(() => request.send("q"))
      results["request, receive"] = await settled(() => request.receive())
      results["request, send after a timeout"] = await settled(() => request.send("q"))
      const reply = makeAny(library, "Reply", both)
      await reply.bind(inproc("timeouts"))
      results["reply, send first"] = await settled(() => reply.send("a"))
      results["reply, receive"] = await settled(() => reply.receive())
      const client = makeAny(library, "Request")
      client.connect(inproc("timeouts"))
      await client.send("q")
      results["reply, a request"] = await settled(() => reply.receive())
      results["reply, receive again"] = await settled(() => reply.receive())
      results["reply, the reply"] = await settled(() => reply.send("a"))
      results["reply, send again"] = await settled(() => reply.send("a"))
      const publisher = makeAny(library, "Publisher", { sendTimeout: milliseconds })
      results["publisher, send without a peer"] = await settled(() => publisher.send("x"))
      return results
    })
  }

  it("end waits in the order of their length", async () => {
    const order: number[] = []
    await Promise.all(
      [40, 5, 20].map(async milliseconds => {
        const pull = make(ours.Pull, { receiveTimeout: milliseconds })
        await expect(pull.receive()).rejects.toMatchObject({ code: "EAGAIN" })
        order.push(milliseconds)
      }),
    )
    expect(order).toEqual([5, 20, 40])
  })

  it("do not end a wait that came to an end before", async () => {
    const pull = makeAny(ours, "Pull", { receiveTimeout: 5 })
    await pull.bind(inproc("before"))
    const push = make(ours.Push)
    push.connect(inproc("before"))
    const receiving = pull.receive()
    await push.send("1")
    expect(String(await receiving)).toBe("1")
    // A next wait gets its own time: it ends by its own timer, and takes what comes before.
    pull.receiveTimeout = -1
    const next = take(pull, 1)
    await make(ours.Pull, { receiveTimeout: 10 })
      .receive()
      .catch(() => push.send("2"))
    expect(await next).toEqual(["2"])
  })

  parity("set while a wait is under way count from the next one on", async library => {
    const pull = makeAny(library, "Pull", { receiveTimeout: 10_000 })
    const receiving = settled(() => pull.receive())
    pull.receiveTimeout = 1
    const other = makeAny(library, "Pull", { receiveTimeout: 15 })
    const results: Results = {
      other: await settled(() => other.receive()),
      still: await outcome(() => receiving),
    }
    pull.close()
    results["at close"] = await receiving
    return results
  })
})

describe("sends that wait", () => {
  parity("go on when a peer connects or is connected to", async library => {
    const results: Results = {}
    const push = makeAny(library, "Push")
    const pull = makeAny(library, "Pull")
    const sending = settled(() => push.send("late"))
    push.connect(await bindTcp(pull))
    results.connected = await sending
    results.received = await take(pull, 1)
    const bound = makeAny(library, "Push")
    const waiting = settled(() => bound.send("later"))
    const endpoint = await bindTcp(bound)
    const peer = makeAny(library, "Pull")
    peer.connect(endpoint)
    results.bound = await waiting
    results["received too"] = await take(peer, 1)
    return results
  })

  it("of a Request go on when the reply was received", async () => {
    const reply = makeAny(ours, "Reply")
    await reply.bind(inproc("turns"))
    const request = makeAny(ours, "Request")
    request.connect(inproc("turns"))
    await request.send("1")
    let sent = false
    const second = request.send("2").then(() => (sent = true))
    await take(reply, 1)
    await reply.send("a")
    expect(sent).toBe(false)
    expect(await take(request, 1)).toEqual(["a"])
    await second
    expect(await take(reply, 1)).toEqual(["2"])
  })

  it("of a Reply go on when a request was received, and its receives when the reply was sent", async () => {
    const reply = makeAny(ours, "Reply")
    await reply.bind(inproc("turns"))
    const early = reply.send("early")
    const clients = ["x", "y"].map(text => {
      const client = makeAny(ours, "Request")
      client.connect(inproc("turns"))
      return [client, text] as const
    })
    for (const [client, text] of clients) await client.send(text)
    expect(await take(reply, 1)).toEqual(["x"])
    await early
    const next = take(reply, 1)
    expect(await next).toEqual(["y"])
    const third = take(reply, 1)
    await reply.send("answer to y")
    for (const [client, text] of clients) {
      expect(await take(client, 1)).toEqual([text === "x" ? "early" : "answer to y"])
    }
    await clients[0]?.[0].send("z")
    expect(await third).toEqual(["z"])
  })
})

describe("close", () => {
  parity(
    "leaves a socket of which nothing works",
    async library => {
      const socket = makeAny(library, "Pull")
      const events = makeAny(library, "Pull")
      const observer = events.events
      const context = socket.context === library.context
      socket.close()
      events.close()
      return {
        context,
        "close again": await settled(() => socket.close()),
        bind: await settled(() => socket.bind(inproc("x"))),
        bindSync: await settled(() => socket.bindSync(inproc("x"))),
        unbind: await settled(() => socket.unbind(inproc("x"))),
        unbindSync: await settled(() => socket.unbindSync(inproc("x"))),
        connect: await settled(() => socket.connect(inproc("x"))),
        "connect to what is no endpoint": await settled(() => socket.connect("bad")),
        "connect to no string": await settled(() => socket.connect(5 as never)),
        disconnect: await settled(() => socket.disconnect(inproc("x"))),
        send: await settled(() => socket.send("x")),
        "send nothing": await settled(() => socket.send()),
        receive: await settled(() => socket.receive()),
        closed: socket.closed,
        readable: socket.readable,
        writable: socket.writable,
        type: await settled(() => socket.type),
        lastEndpoint: await settled(() => socket.lastEndpoint),
        securityMechanism: await settled(() => socket.securityMechanism),
        linger: await settled(() => socket.linger),
        "setting linger": await settled(() => (socket.linger = 1)),
        "setting plainUsername to a number": await settled(() => (socket.plainUsername = 5 as never)),
        "context of a closed socket": socket.context,
        "events never asked for": await settled(() => socket.events),
        "events asked for before": await settled(() => events.events === observer),
      }
    },
    {
      "events asked for before": {
        ours: ["returns", true],
        why: "Native loses its observer with the socket; its 'end' could not be read any more",
      },
    },
  )

  parity("ends what waits: the receive, then the send, for the reason it waited", async library => {
    const order: string[] = []
    const request = makeAny(library, "Request")
    request.connect(NOBODY)
    await request.send("q")
    const note =
      (what: string) =>
      (error: unknown): void => {
        order.push(`${what}: ${(error as NodeJS.ErrnoException).code ?? ""}, closed ${request.closed}`)
      }
    const receiving = request.receive().catch(note("receive"))
    const sending = request.send("r").catch(note("send"))
    request.close()
    order.push("close returned")
    await Promise.all([receiving, sending])
    return { order }
  })

  parity("ends a loop over messages, before and after it began", async library => {
    const results: Results = {}
    const pull = makeAny(library, "Pull")
    const loop = async (): Promise<number> => {
      let count = 0
      for await (const _ of pull) count++
      return count
    }
    const looping = loop()
    pull.close()
    results.during = await looping
    results.after = await loop()
    results.next = await settled(() => pull[Symbol.asyncIterator]().next())
    return results
  })
})

describe("a loop over messages", () => {
  parity("rejects at the timeout", async library => {
    const pull = makeAny(library, "Pull", { receiveTimeout: 5 })
    return {
      loop: await settled(async () => {
        for await (const _ of pull);
      }),
    }
  })

  parity("can be left without closing the socket", async library => {
    const push = makeAny(library, "Push")
    const pull = makeAny(library, "Pull")
    await push.bind(inproc("loop"))
    pull.connect(inproc("loop"))
    for (const text of ["1", "2", "3"]) await push.send(text)
    const seen: string[] = []
    for await (const [part] of pull) {
      seen.push(String(part))
      break
    }
    const iterator = pull[Symbol.asyncIterator]()
    return {
      seen,
      closed: pull.closed,
      next: await take(pull, 1),
      rest: await drain(pull),
      members: Object.keys(iterator),
      return: typeof iterator.return,
    }
  })

  parity("has one next at a time", async library => {
    const pull = makeAny(library, "Pull")
    const iterator = pull[Symbol.asyncIterator]()
    const first = iterator.next().then(({ done }) => ({ done }))
    const second = await settled(() => iterator.next())
    pull.close()
    return { second, ...(await first) }
  })
})

describe("a peer that leaves", () => {
  parity("leaves its messages behind", async library => {
    const push = makeAny(library, "Push")
    const pull = makeAny(library, "Pull")
    await joined(pull, push)
    const events = watch(pull)
    await push.send("1")
    await push.send("2")
    await until(() => pull.readable)
    push.close()
    await events.until("disconnect")
    return { messages: await drain(pull), readable: pull.readable }
  })
})
