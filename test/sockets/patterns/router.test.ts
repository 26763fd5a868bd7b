/** Router: ids of peers, where a message goes, what becomes of one that cannot go anywhere (28/REQREP). */
import { describe, expect, it } from "vitest"
import { RouterPattern } from "../../../src/sockets/patterns/router.js"
import { RawListener, RawPeer } from "../../support/raw-peer.js"
import {
  bindTcp,
  fill,
  inproc,
  joined,
  joinedPipes,
  later,
  makeAny,
  native,
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
} from "../support.js"

const TRANSPORTS = ["tcp", "inproc"] as const
type Transport = (typeof TRANSPORTS)[number]

const UNREACHABLE = ["rejects", "Error: Host unreachable {errno=113, code=EHOSTUNREACH}"]

async function bind(socket: AnySocket, transport: Transport): Promise<string> {
  if (transport === "tcp") return bindTcp(socket)
  await socket.bind(inproc("router"))
  return inproc("router")
}

/** A Dealer of which the Router knows: its first message has come. */
async function known(
  library: Library,
  router: AnySocket,
  endpoint: string,
  options = {},
): Promise<AnySocket> {
  const dealer = makeAny(library, "Dealer", options)
  dealer.connect(endpoint)
  await dealer.send("hello")
  await router.receive()
  return dealer
}

/** A raw peer with an id of its own. */
async function raw(router: ours.Socket, identity: string): Promise<RawPeer> {
  const peer = await RawPeer.join(router.lastEndpoint, { socketType: "DEALER", identity })
  later(() => {
    peer.destroy()
  })
  return peer
}

/** Waits until all that a raw peer has sent was looked at; nothing must have come meanwhile. */
async function heard(peer: RawPeer): Promise<void> {
  peer.command("PING", Buffer.from("\0\0x", "latin1"))
  expect(await peer.next()).toMatchObject({ kind: "command", name: "PONG" })
}

/** What a mandatory Router says of a peer that is gone. Native finds out some calls later. */
async function refused(router: AnySocket, id: string): Promise<unknown> {
  for (;;) {
    const sent = (await settled(() => router.send([id, "x"]))) as unknown[]
    if (sent[0] === "rejects") return sent
    await turn()
  }
}

/** Sends to these peers, which read nothing, until nothing more is taken on the way to them. */
async function stuff(router: AnySocket, ids: readonly string[]): Promise<void> {
  const message = Buffer.alloc(1_000_000)
  for (let full = 0; full < 3; full++) {
    for (const id of ids) if ((await fill(router, 100, [id, message])) > 0) full = 0
    for (let i = 0; i < 20; i++) await turn()
  }
}

function connectAs(router: AnySocket, endpoint: string, routingId: string): void {
  ;(router as unknown as ours.Router).connect(endpoint, { routingId })
}

function set(router: AnySocket, option: "mandatory" | "handover", value: boolean): void {
  Reflect.set(router, option, value)
}

describe("a Router", () => {
  for (const transport of TRANSPORTS) {
    parity(
      `puts the id of the sender first, and sends to whom the first part names, over ${transport}`,
      async library => {
        const results: Results = {}
        const router = makeAny(library, "Router")
        const endpoint = await bind(router, transport)
        for (const routingId of ["a", "long-enough-to-be-no-number", "é\n"]) {
          const dealer = makeAny(library, "Dealer", { routingId })
          dealer.connect(endpoint)
          await dealer.send(["q", "", "2"])
          results[routingId] = await take(router, 1)
        }
        const dealer = makeAny(library, "Dealer", { routingId: "last" })
        dealer.connect(endpoint)
        await dealer.send("q")
        const [id] = await router.receive()
        await router.send([id, "r", "", "s"])
        await router.send([new Uint8Array(id as Buffer), "as bytes"])
        await router.send(["last", "as text"])
        results.answers = await take(dealer, 3)
        return results
      },
    )

    parity(`makes ids of five bytes that begin with zero and count on, over ${transport}`, async library => {
      const router = makeAny(library, "Router")
      const endpoint = await bind(router, transport)
      const ids: Buffer[] = []
      for (let i = 0; i < 4; i++) {
        const dealer = makeAny(library, "Dealer")
        dealer.connect(endpoint)
        await dealer.send(String(i))
        const [id] = await router.receive()
        ids.push(id as Buffer)
        await router.send([id, `answer ${i}`])
        expect(await take(dealer, 1)).toEqual([`answer ${i}`])
      }
      const numbers = ids.map(id => id.readUInt32BE(1))
      return {
        lengths: ids.map(id => id.length),
        "first bytes": ids.map(id => id[0]),
        steps: numbers.slice(1).map((number, i) => (number - (numbers[i] as number)) >>> 0),
      }
    })

    parity(`with mandatory refuses a peer that it does not know, over ${transport}`, async library => {
      const results: Results = {}
      const router = makeAny(library, "Router")
      const endpoint = await bind(router, transport)
      const dealer = await known(library, router, endpoint, { routingId: "a" })
      results["without mandatory"] = await settled(() => router.send(["b", "lost"]))
      set(router, "mandatory", true)
      results.unknown = await settled(() => router.send(["b", "x"]))
      results["empty id"] = await settled(() => router.send(["", "x"]))
      results["an id alone, unknown"] = await settled(() => router.send(["b"]))
      results.known = await settled(() => router.send(["a", "x"]))
      results.got = await take(dealer, 1)
      return results
    })

    parity(`drops an id with nothing after it, and sends an empty part, over ${transport}`, async library => {
      const router = makeAny(library, "Router")
      const dealer = await known(library, router, await bind(router, transport), { routingId: "a" })
      const sent = [
        await settled(() => router.send(["a"])),
        await settled(() => router.send("a")),
        await settled(() => router.send(["a", ""])),
        await settled(() => router.send(["a", "end"])),
      ]
      return { sent, got: await take(dealer, 2) }
    })
  }

  for (const transport of TRANSPORTS) {
    it(`with mandatory refuses a message at once when nobody is there, or nobody any more, over ${transport}`, async () => {
      const router = makeAny(ours, "Router", { mandatory: true })
      const endpoint = await bind(router, transport)
      expect(router.writable).toBe(false)
      for (const timeout of [0, 5, -1]) {
        router.sendTimeout = timeout
        expect(await settled(() => router.send(["a", "x"])), `within ${timeout} ms`).toEqual(UNREACHABLE)
      }
      const dealer = await known(ours, router, endpoint, { routingId: "a" })
      const receiving = router.receive().catch(() => undefined)
      expect(await settled(() => router.send(["a", "x"]))).toEqual(["resolves", undefined])
      dealer.close()
      expect(await refused(router, "a")).toEqual(UNREACHABLE)
      router.close()
      await receiving
    })

    it(`with mandatory refuses a message that waits for a peer when that leaves, over ${transport}`, async () => {
      const router = makeAny(ours, "Router", { mandatory: true, sendHighWaterMark: 1 })
      const endpoint = await bind(router, transport)
      const options = { receiveHighWaterMark: 1 }
      const dealer = await known(ours, router, endpoint, { ...options, routingId: "a" })
      const other = await known(ours, router, endpoint, { ...options, routingId: "other" })
      await stuff(router, ["a", "other"])
      const sending = router.send(["a", "late"])
      // Somebody else's leaving is nothing to it.
      other.close()
      expect(await outcome(() => sending)).toBe("waits")
      dealer.close()
      expect(await settled(() => sending)).toEqual(UNREACHABLE)
    })
  }

  parity("with mandatory waits for a full queue, but not while another peer has room", async library => {
    const results: Results = {}
    const router = makeAny(library, "Router", { mandatory: true, sendHighWaterMark: 2 })
    const endpoint = await bind(router, "inproc")
    const options = { receiveHighWaterMark: 2 }
    const full = await known(library, router, endpoint, { ...options, routingId: "full" })
    results.room = router.writable
    results.taken = await fill(router, 20, ["full", "m"])
    results["room when full"] = router.writable
    const sending = router.send(["full", "last"])
    results.waits = await outcome(() => sending)
    results.read = await take(full, 4)
    await sending
    results.then = await take(full, 1)
    await fill(router, 20, ["full", "m"])
    const other = await known(library, router, endpoint, { ...options, routingId: "other" })
    results["room of another"] = router.writable
    results["full at once"] = await settled(() => router.send(["full", "x"]))
    results["unknown at once"] = await settled(() => router.send(["nobody", "x"]))
    results.other = await settled(() => router.send(["other", "x"]))
    results["other got"] = await take(other, 1)
    return results
  })

  parity("without mandatory is always writable, and drops what a full queue cannot take", async library => {
    const router = makeAny(library, "Router", { sendHighWaterMark: 1 })
    const results: Results = { alone: router.writable }
    const endpoint = await bind(router, "inproc")
    const dealer = await known(library, router, endpoint, { routingId: "a", receiveHighWaterMark: 1 })
    for (let i = 0; i < 9; i++) await router.send(["a", String(i)])
    results.full = router.writable
    results.got = await take(dealer, 2)
    await router.send(["a", "after"])
    results.then = await take(dealer, 1)
    return results
  })

  it("counts what it drops", async () => {
    const router = makeAny(ours, "Router", { sendHighWaterMark: 1 })
    const dropped = (): number => (router as unknown as ours.Router).dropped
    const endpoint = await bind(router, "inproc")
    await known(ours, router, endpoint, { routingId: "a", receiveHighWaterMark: 1 })
    expect(dropped()).toBe(0)
    await router.send(["unknown", "x"])
    await router.send(["a"])
    expect(dropped()).toBe(2)
    for (let i = 0; i < 5; i++) await router.send(["a", "x"])
    expect(dropped()).toBe(5)
    router.close()
    expect(dropped()).toBe(0)
  })

  parity("gives each message an id of its own, which may be written to", async library => {
    const router = makeAny(library, "Router")
    const endpoint = await bindTcp(router)
    const dealer = makeAny(library, "Dealer", { routingId: "same" })
    dealer.connect(endpoint)
    for (let i = 0; i < 3; i++) await dealer.send(String(i))
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const [id] = await router.receive()
      ids.push(String(id))
      id?.fill(0)
    }
    await router.send(["same", "still known"])
    return { ids, got: await take(dealer, 1) }
  })

  parity("gets the empty message of a peer with probeRouter, before anything else", async library => {
    const results: Results = {}
    for (const name of ["Dealer", "Router", "Request"]) {
      for (const transport of TRANSPORTS) {
        const router = makeAny(library, "Router")
        const endpoint = await bind(router, transport)
        const peer = makeAny(library, name, { routingId: "me", probeRouter: true })
        peer.connect(endpoint)
        results[`${name}, ${transport}`] = await take(router, 1)
        if (transport === "inproc") await router.unbind(endpoint)
      }
    }
    return results
  })

  parity("with probeRouter makes itself known to those that connect", async library => {
    const results: Results = {}
    for (const transport of TRANSPORTS) {
      const router = makeAny(library, "Router", { probeRouter: true, routingId: "server" })
      const endpoint = await bind(router, transport)
      const peer = makeAny(library, "Router", { routingId: "client" })
      // Native looks at new peers only while the program calls or waits.
      const hello = take(router, 1)
      peer.connect(endpoint)
      results[transport] = await take(peer, 1)
      await peer.send(["server", "hello"])
      results[`${transport}, hello`] = await hello
    }
    return results
  })

  parity("talks to a Request, whose envelope is its user's affair", async library => {
    const router = makeAny(library, "Router")
    const endpoint = await bindTcp(router)
    const request = makeAny(library, "Request", { routingId: "req" })
    request.connect(endpoint)
    await request.send("q")
    const results: Results = { request: await take(router, 1) }
    await router.send(["req", "", "a"])
    results.answer = await take(request, 1)
    return results
  })

  describe("that connects", () => {
    for (const transport of TRANSPORTS) {
      parity(`knows the peer by the id that it gave it, at once, over ${transport}`, async library => {
        const results: Results = {}
        const router = makeAny(library, "Router", { routingId: "client", mandatory: true, sendTimeout: 0 })
        const server = makeAny(library, "Router", { routingId: "server" })
        const endpoint = await bind(server, transport)
        connectAs(router, endpoint, "mine")
        results.sent = await settled(() => router.send(["mine", "q"]))
        results["its own name"] = await settled(() => router.send(["server", "q"]))
        results.question = await take(server, 1)
        await server.send(["client", "a"])
        results.answer = await take(router, 1)
        return results
      })
    }

    parity(
      "queues for a peer with a given id that is not there yet, as far as the mark allows",
      async library => {
        const router = makeAny(library, "Router", { mandatory: true, sendHighWaterMark: 3 })
        connectAs(router, "tcp://127.0.0.1:9", "absent")
        return { tcp: await fill(router, 20, ["absent", "m"]), writable: router.writable }
      },
    )

    parity("knows nobody at an inproc name that is not bound, without a given id", async library => {
      const results: Results = {}
      const router = makeAny(library, "Router", { mandatory: true, sendTimeout: 0, routingId: "client" })
      const name = inproc("unbound")
      router.connect(name)
      results.before = await settled(() => router.send(["server", "x"]))
      const server = makeAny(library, "Dealer", { routingId: "server" })
      await server.bind(name)
      await server.send("hello")
      results.hello = await take(router, 1)
      results.after = await settled(() => router.send(["server", "x"]))
      results.got = await take(server, 1)
      return results
    })

    parity("keeps the id of a peer that comes back under another name", async library => {
      const listener = await RawListener.open()
      later(() => {
        listener.close()
      })
      const router = makeAny(library, "Router", { reconnectInterval: 1 })
      router.connect(listener.endpoint)
      const results: Results = {}
      for (const identity of ["first", "second", ""]) {
        const peer = await listener.join({ socketType: "DEALER", identity })
        peer.send("from", identity)
        results[`from ${identity}`] = await take(router, 1)
        await router.send(["first", "to"])
        results[`to ${identity}`] = await peer.message()
        peer.destroy()
      }
      return results
    })

    it("refuses to give an id that another peer has, and connects to nobody then", async () => {
      const router = makeAny(ours, "Router")
      const endpoint = await bindTcp(router)
      await known(ours, router, endpoint, { routingId: "taken" })
      const listener = await RawListener.open()
      later(() => {
        listener.close()
      })
      expect(await outcome(() => connectAs(router, listener.endpoint, "taken"))).toEqual([
        "throws",
        expect.stringMatching(/another peer has this routing id.*code=EINVAL, address=tcp/i),
      ])
      expect(await outcome(() => router.disconnect(listener.endpoint))).toMatchObject(["throws", /ENOENT/])
      connectAs(router, listener.endpoint, "free")
      await router.send(["free", "x"])
      const peer = await listener.join({ socketType: "DEALER", identity: "taken" })
      expect(await peer.message()).toEqual(["x"])
      peer.destroy()
    })

    parity("takes an empty id for none", async library => {
      const server = makeAny(library, "Router", { routingId: "server", probeRouter: true })
      const endpoint = await bindTcp(server)
      const router = makeAny(library, "Router", { routingId: "client" })
      const hello = take(server, 1)
      connectAs(router, endpoint, "")
      const from = await take(router, 1)
      await router.send(["server", "hello"])
      return { from, hello: await hello }
    })
  })
})

describe("of several peers with one routing id a Router", () => {
  parity("hears and answers the first, and neither hears the other nor sends to it", async library => {
    const router = makeAny(library, "Router")
    await bindTcp(router)
    const first = await raw(router, "same")
    first.send("first")
    const results: Results = { got: await take(router, 1) }
    const second = await raw(router, "same")
    second.send("second")
    await heard(second)
    first.send("first again")
    results["got then"] = await take(router, 1)
    await router.send(["same", "answer"])
    results["first got"] = await first.message()
    await heard(second)
    results.readable = router.readable
    return results
  })

  parity(
    "with handover hears and answers the last, and not what an earlier one has sent or sends",
    async library => {
      const router = makeAny(library, "Router", { handover: true })
      await bindTcp(router)
      const first = await raw(router, "same")
      first.send("first")
      const results: Results = { got: await take(router, 1) }
      first.send("unread")
      await heard(first)
      const second = await raw(router, "same")
      second.send("second")
      results["got last"] = await take(router, 1)
      first.send("from the past")
      await router.send(["same", "answer"])
      results["second got"] = await second.message()
      second.send("second again")
      results["got at last"] = await take(router, 1)
      return results
    },
  )

  it("takes the next when the first leaves, and hears what that has sent meanwhile", async () => {
    const router = makeAny(ours, "Router", { mandatory: true })
    await bindTcp(router)
    const [first, second, third] = [
      await raw(router, "same"),
      await raw(router, "same"),
      await raw(router, "same"),
    ]
    third.send("third")
    second.send("second")
    await heard(third)
    await heard(second)
    expect(router.readable).toBe(false)
    first.destroy()
    expect(await take(router, 1)).toEqual(["same|second"])
    await router.send(["same", "answer"])
    expect(await second.message()).toEqual(["answer"])
    second.destroy()
    expect(await take(router, 1)).toEqual(["same|third"])
    await router.send(["same", "answer"])
    expect(await third.message()).toEqual(["answer"])
  })

  it("takes the next over inproc too", async () => {
    const router = makeAny(ours, "Router")
    await bind(router, "inproc")
    const dealers = [1, 2].map(() => makeAny(ours, "Dealer", { routingId: "same" }))
    const [first, second] = dealers as [AnySocket, AnySocket]
    for (const dealer of dealers) dealer.connect(inproc("router"))
    await second.send("second")
    await first.send("first")
    expect(await take(router, 1)).toEqual(["same|first"])
    expect(router.readable).toBe(false)
    first.close()
    expect(await take(router, 1)).toEqual(["same|second"])
    await router.send(["same", "answer"])
    expect(await take(second, 1)).toEqual(["answer"])
  })

  it("with handover takes the earlier one again when the last leaves", async () => {
    const router = makeAny(ours, "Router", { handover: true })
    await bindTcp(router)
    const first = await raw(router, "same")
    const second = await raw(router, "same")
    first.send("first")
    await heard(first)
    second.send("second")
    expect(await take(router, 1)).toEqual(["same|second"])
    second.destroy()
    expect(await take(router, 1)).toEqual(["same|first"])
    await router.send(["same", "answer"])
    expect(await first.message()).toEqual(["answer"])
  })

  it("forgets one that leaves before its turn, and what it sent", async () => {
    const router = makeAny(ours, "Router")
    await bindTcp(router)
    const first = await raw(router, "same")
    const second = await raw(router, "same")
    second.send("unheard")
    await heard(second)
    second.destroy()
    await watch(router).until("disconnect")
    first.send("first")
    expect(await take(router, 1)).toEqual(["same|first"])
    first.destroy()
    await watch(router).until("disconnect", 2)
    const third = await raw(router, "same")
    third.send("third")
    expect(await take(router, 1)).toEqual(["same|third"])
  })

  it("hears one that comes back while what it sent before it left is unread", async () => {
    const router = makeAny(ours, "Router")
    await bindTcp(router)
    const before = await raw(router, "same")
    before.send("before")
    await heard(before)
    before.destroy()
    await watch(router).until("disconnect")
    const after = await raw(router, "same")
    after.send("after")
    expect(await take(router, 2)).toEqual(["same|before", "same|after"])
    await router.send(["same", "answer"])
    expect(await after.message()).toEqual(["answer"])
  })
})

describe("the pattern of a Router", () => {
  it("holds nothing of a peer that leaves while another has its id", () => {
    const host = { wakeReceiver: () => undefined, wakeSender: () => undefined }
    const pattern = new RouterPattern(host, { mandatory: false, handover: false, probeRouter: false }, 0)
    const [, [pipe, other]] = [joinedPipes(pattern, "same"), joinedPipes(pattern, "same")]
    other.write(["unheard"])
    expect(pipe.canRead()).toBe(true)
    other.leave()
    expect(pipe.canRead()).toBe(false)
  })

  it("begins its ids at a number of its own", async () => {
    const first = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const router = makeAny(ours, "Router")
      await router.bind(inproc(`random-${i}`))
      const dealer = makeAny(ours, "Dealer")
      dealer.connect(inproc(`random-${i}`))
      await dealer.send("hello")
      first.add(String((await router.receive())[0]?.toString("hex")))
    }
    expect(first.size).toBe(3)
  })
})

describe("a Router and a peer that leaves", () => {
  parity("receives what it had sent, and can send to it no more", async library => {
    const router = makeAny(library, "Router", { mandatory: true, sendTimeout: 0 })
    const dealer = makeAny(library, "Dealer", { routingId: "gone" })
    const events = watch(router)
    await joined(router, dealer)
    for (let i = 0; i < 3; i++) await dealer.send(String(i))
    await until(() => router.readable)
    dealer.close()
    await events.until("disconnect")
    return { got: await take(router, 3), sent: await refused(router, "gone") }
  })

  it("drops what is for it, and counts it", async () => {
    const router = makeAny(ours, "Router")
    const peer = await (await bindTcp(router), raw(router, "gone"))
    peer.send("hello")
    await router.receive()
    peer.destroy()
    await watch(router).until("disconnect")
    await router.send(["gone", "x"])
    expect((router as unknown as ours.Router).dropped).toBe(1)
  })

  parity("fails a send that waits when it is closed", async library => {
    const router = makeAny(library, "Router", { mandatory: true, sendHighWaterMark: 1 })
    const endpoint = await bind(router, "inproc")
    await known(library, router, endpoint, { routingId: "a", receiveHighWaterMark: 1 })
    await fill(router, 9, ["a", "m"])
    const sending = settled(() => router.send(["a", "late"]))
    router.close()
    return { sending: await sending }
  })

  parity("knows nobody any more that came through an endpoint it unbinds", async library => {
    const router = makeAny(library, "Router", { mandatory: true, sendTimeout: 0 })
    const endpoint = await bindTcp(router)
    await known(library, router, endpoint, { routingId: "a" })
    await router.unbind(endpoint)
    return { sent: await refused(router, "a") }
  })

  it("still receives what came through an endpoint before it was unbound", async () => {
    const router = makeAny(ours, "Router")
    const endpoint = await bindTcp(router)
    const dealer = await known(ours, router, endpoint, { routingId: "a" })
    await dealer.send("unread")
    await until(() => router.readable)
    await router.unbind(endpoint)
    expect(await take(router, 1)).toEqual(["a|unread"])
  })

  parity("still sends what is queued for an endpoint that it gives up", async library => {
    const router = makeAny(library, "Router")
    const dealer = makeAny(library, "Dealer")
    const endpoint = await bindTcp(dealer)
    const events = watch(router)
    connectAs(router, endpoint, "a")
    await events.until("handshake")
    for (let i = 0; i < 20; i++) await router.send(["a", String(i)])
    router.disconnect(endpoint)
    set(router, "mandatory", true)
    router.sendTimeout = 0
    return { got: await take(dealer, 20), then: await settled(() => router.send(["a", "x"])) }
  })
})

describe("Routers and Dealers of ours and of native", () => {
  it("keep many clients apart", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    for (const [server, client] of [
      [ours, native],
      [native, ours],
      [ours, ours],
    ] as const) {
      const router = makeAny(server, "Router", { sendHighWaterMark: 0 })
      const endpoint = await bindTcp(router)
      const clients = Array.from({ length: 20 }, (_, i) =>
        makeAny(client, "Dealer", i % 2 === 0 ? { routingId: `client-${i}` } : {}),
      )
      const echo = (async () => {
        for (let i = 0; i < 20 * 50; i++) await router.send(await router.receive())
      })()
      await Promise.all(
        clients.map(async (dealer, i) => {
          dealer.connect(endpoint)
          for (let n = 0; n < 50; n++) await dealer.send([String(i), String(n)])
          expect(await take(dealer, 50)).toEqual(Array.from({ length: 50 }, (_, n) => `${i}|${n}`))
        }),
      )
      await echo
    }
  })
})
