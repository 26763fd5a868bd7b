/** Publisher and Subscriber on the wire: subscriptions counted, told to every peer, and filtered on both ends (29/PUBSUB). */
import { describe, expect, it, vi } from "vitest"
import { TopicMap } from "../../../src/routing/subscriptions.js"
import { RawListener, RawPeer, type Received } from "../../support/raw-peer.js"
import {
  bindTcp,
  drain,
  freePath,
  inproc,
  later,
  make,
  makeAny,
  native,
  ours,
  parity,
  take,
  turn,
  until,
  watch,
  type AnySocket,
  type Library,
  type Results,
} from "../support.js"

interface AnySubscriber extends AnySocket {
  subscribe(...topics: string[]): void
  unsubscribe(...topics: string[]): void
}

function subscriber(library: Library, options?: object): AnySubscriber {
  return makeAny(library, "Subscriber", options) as AnySubscriber
}

async function publisherSide(minor = 1): Promise<[AnySubscriber, RawPeer, RawListener]> {
  const listener = await RawListener.open()
  const sub = subscriber(ours, { reconnectInterval: 1 })
  sub.connect(listener.endpoint)
  const peer = await listener.join({ socketType: "PUB", minor })
  later(() => {
    peer.destroy()
    listener.close()
  })
  return [sub, peer, listener]
}

/** Everything the peer was told before it asked. PONG shows that nothing more is under way. */
async function told(peer: RawPeer): Promise<string[]> {
  peer.command("PING", Buffer.from("\0\0end", "latin1"))
  const all: string[] = []
  for (;;) {
    const received = await peer.next()
    if (received.kind === "command" && received.name === "PONG") return all
    all.push(shown(received))
  }
}

function shown(received: Received): string {
  return received.kind === "command" ? `${received.name} ${received.data}` : received.parts.join("|")
}

describe("a Subscriber on the wire", () => {
  it("sends commands to a 3.1 peer: every subscription, and the last cancellation", async () => {
    const [sub, peer] = await publisherSide()
    sub.subscribe("a")
    expect(await told(peer)).toEqual(["SUBSCRIBE a"])
    sub.subscribe("a", "b")
    expect(await told(peer)).toEqual(["SUBSCRIBE a", "SUBSCRIBE b"])
    sub.unsubscribe("a")
    expect(await told(peer)).toEqual([])
    sub.unsubscribe("a")
    expect(await told(peer)).toEqual(["CANCEL a"])
    sub.unsubscribe("a", "never")
    expect(await told(peer)).toEqual([])
    sub.subscribe()
    sub.unsubscribe()
    expect(await told(peer)).toEqual(["SUBSCRIBE ", "CANCEL "])
  })

  it("sends messages to a 3.0 peer", async () => {
    const [sub, peer] = await publisherSide(0)
    sub.subscribe("a")
    sub.subscribe("a")
    sub.unsubscribe("a")
    sub.unsubscribe("a")
    expect(await told(peer)).toEqual(["\x01a", "\x01a", "\0a"])
  })

  it("says what it subscribed to before it connected, and again after each reconnection", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const sub = subscriber(ours, { reconnectInterval: 1 })
    sub.subscribe("a", "b", "b", "gone")
    sub.connect(listener.endpoint)
    sub.unsubscribe("gone")
    for (let i = 0; i < 3; i++) {
      const peer = await listener.join({ socketType: "XPUB" })
      expect((await told(peer)).sort()).toEqual(["SUBSCRIBE a", "SUBSCRIBE b"])
      peer.destroy()
    }
    sub.subscribe("c")
    sub.unsubscribe("a")
    const peer = await listener.join({ socketType: "XPUB" })
    expect((await told(peer)).sort()).toEqual(["SUBSCRIBE b", "SUBSCRIBE b", "SUBSCRIBE c"].slice(1))
    peer.destroy()
  })

  it("that is bound tells a new peer at once, without any call", async () => {
    const sub = subscriber(ours)
    sub.subscribe("x")
    const endpoint = await bindTcp(sub)
    for (let i = 0; i < 3; i++) {
      const peer = await RawPeer.join(endpoint, { socketType: "PUB" })
      expect(await peer.next()).toEqual({ kind: "command", name: "SUBSCRIBE", data: "x" })
      peer.destroy()
    }
  })

  it("that is bound gets the messages of a native publisher that connects", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    const sub = subscriber(ours)
    sub.subscribe("x")
    const pub = makeAny(native, "Publisher")
    pub.connect(await bindTcp(sub))
    const receiving = take(sub, 1)
    let over = false
    void receiving.then(() => (over = true))
    await until(() => {
      void pub.send("x")
      return over
    })
    expect(await receiving).toEqual(["x"])
  })

  it("receives no message that it did not subscribe to, whatever the peer sends", async () => {
    const [sub, peer] = await publisherSide()
    sub.subscribe("a", "bc")
    for (const message of ["x", "b", "", "abc", "bcd", "A"]) peer.send(message)
    peer.send("a", "more")
    expect(await take(sub, 3)).toEqual(["abc", "bcd", "a|more"])
    sub.unsubscribe("a")
    peer.send("a2")
    peer.send("bc2")
    expect(await take(sub, 1)).toEqual(["bc2"])
    expect(sub.readable).toBe(false)
  })

  it("with invertMatching receives what it did not subscribe to", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const sub = subscriber(ours, { invertMatching: true })
    sub.subscribe("a")
    sub.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "PUB" })
    peer.send("a1")
    peer.send("b1")
    expect(await take(sub, 1)).toEqual(["b1"])
    peer.destroy()
  })
})

describe("a Publisher on the wire", () => {
  async function subscriberSide(options: object = {}, minor = 1): Promise<[AnySocket, RawPeer]> {
    const pub = makeAny(ours, "Publisher", options)
    const peer = await RawPeer.join(await bindTcp(pub), { socketType: "SUB", minor })
    later(() => {
      peer.destroy()
    })
    return [pub, peer]
  }

  /** Publishes when all that the peer has said before was heard, and returns what reaches it. */
  async function published(pub: AnySocket, peer: RawPeer, ...messages: string[]): Promise<string[]> {
    await told(peer)
    for (const message of messages) await pub.send(message)
    return told(peer)
  }

  it("sends a peer what it subscribed to, and nothing else", async () => {
    const [pub, peer] = await subscriberSide()
    expect(await published(pub, peer, "a1")).toEqual([])
    peer.command("SUBSCRIBE", "a")
    expect(await published(pub, peer, "a1", "b1", "", "A")).toEqual(["a1"])
    peer.command("SUBSCRIBE", "b")
    expect(await published(pub, peer, "a1", "b1", "c")).toEqual(["a1", "b1"])
    peer.command("SUBSCRIBE")
    expect(await published(pub, peer, "a1", "", "c")).toEqual(["a1", "", "c"])
    peer.command("CANCEL")
    peer.command("CANCEL", "a")
    expect(await published(pub, peer, "a1", "b1", "c")).toEqual(["b1"])
  })

  for (const minor of [0, 1]) {
    it(`understands subscription messages of a 3.${minor} peer, and one cancellation ends any number`, async () => {
      const [pub, peer] = await subscriberSide({}, minor)
      peer.send("\x01a")
      peer.send("\x01a")
      expect(await published(pub, peer, "a1")).toEqual(["a1"])
      peer.send("\0a")
      expect(await published(pub, peer, "a2")).toEqual([])
      peer.send("\x01a")
      expect(await published(pub, peer, "a3")).toEqual(["a3"])
    })
  }

  it("is not moved by other messages, and cannot be made readable", async () => {
    const [pub, peer] = await subscriberSide()
    for (const junk of ["", "x", "\x02a"]) peer.send(junk)
    peer.send("more", "", "\x02")
    peer.send("\0")
    expect(await published(pub, peer, "m", "x")).toEqual([])
    expect(pub.readable).toBe(false)
    peer.send("\x01")
    expect(await published(pub, peer, "m")).toEqual(["m"])
  })

  it("takes every part that is a subscription, wherever in a message it stands", async () => {
    const [pub, peer] = await subscriberSide()
    peer.send("\x01a", "b", "\x01c")
    peer.send("d", "\x01e", "\0a")
    expect(await published(pub, peer, "a", "b", "c", "d", "e")).toEqual(["c", "e"])
  })

  it("matches the first part alone, and sends all parts", async () => {
    const [pub, peer] = await subscriberSide()
    peer.command("SUBSCRIBE", "b")
    await told(peer)
    await pub.send(["a", "b"])
    await pub.send(["b", "a"])
    expect(await told(peer)).toEqual(["b|a"])
  })

  it("with invertMatching sends what a peer did not subscribe to", async () => {
    const [pub, peer] = await subscriberSide({ invertMatching: true })
    peer.command("SUBSCRIBE", "a")
    expect(await published(pub, peer, "a1", "b1")).toEqual(["b1"])
  })

  it("sends each message once, however many subscriptions match", async () => {
    const [pub, peer] = await subscriberSide()
    for (const topic of ["", "a", "ab", "abc", "ab"]) peer.command("SUBSCRIBE", topic)
    expect(await published(pub, peer, "abcd")).toEqual(["abcd"])
  })

  it("forgets the subscriptions of a peer that left", async () => {
    const [pub, peer] = await subscriberSide()
    peer.command("SUBSCRIBE", "a")
    await told(peer)
    peer.destroy()
    await watch(pub).until("disconnect")
    const next = await RawPeer.join(pub.lastEndpoint, { socketType: "SUB" })
    expect(await published(pub, next, "a1")).toEqual([])
    next.destroy()
  })

  it("that connects keeps what a peer subscribed to until that says anew what it wants", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const pub = makeAny(ours, "Publisher", { reconnectInterval: 1 })
    pub.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "SUB" })
    for (const topic of ["a", "a", "b"]) peer.command("SUBSCRIBE", topic)
    expect(await published(pub, peer, "a1", "b1")).toEqual(["a1", "b1"])
    peer.destroy()
    const next = await listener.join({ socketType: "SUB" })
    later(() => {
      next.destroy()
    })
    expect(await published(pub, next, "a2")).toEqual(["a2"])
    next.command("SUBSCRIBE", "a")
    expect(await published(pub, next, "a3", "b3")).toEqual(["a3"])
    next.command("CANCEL", "a")
    expect(await published(pub, next, "a4")).toEqual([])
  })

  it("ends the connection of a peer whose subscriptions weigh too much, and serves the others", async () => {
    const [pub, peer] = await subscriberSide()
    const other = await RawPeer.join(pub.lastEndpoint, { socketType: "SUB" })
    other.command("SUBSCRIBE", "a")
    await told(other)
    const weight = vi.spyOn(TopicMap.prototype, "weightOf").mockReturnValue(512 * 1024 * 1024 + 1)
    later(() => {
      weight.mockRestore()
    })
    peer.command("SUBSCRIBE", "a")
    await peer.end()
    expect(await published(pub, other, "a1")).toEqual(["a1"])
    other.destroy()
  })

  it("takes a binary topic", async () => {
    const [pub, peer] = await subscriberSide()
    peer.command("SUBSCRIBE", "\xff\0\x01")
    await told(peer)
    await pub.send(Buffer.from([255, 0, 1, 2]))
    await pub.send(Buffer.from([255, 0, 2]))
    expect(await told(peer)).toEqual(["\xff\0\x01\x02"])
  })
})

describe("publishing", () => {
  parity(
    "over inproc reaches a subscriber as soon as it has subscribed, and no longer when it has not",
    async library => {
      const pub = makeAny(library, "Publisher")
      const sub = subscriber(library)
      await pub.bind(inproc("publish"))
      sub.connect(inproc("publish"))
      const results: Results = {}
      const publish = async (name: string, ...messages: string[]): Promise<void> => {
        for (const message of messages) await pub.send(message)
        results[name] = await drain(sub)
      }
      await publish("before", "a1")
      sub.subscribe("a", "a")
      await publish("subscribed twice", "a1", "b1")
      sub.unsubscribe("a")
      await publish("unsubscribed once", "a2", "b2")
      sub.unsubscribe("a")
      await publish("unsubscribed twice", "a3", "b3")
      sub.unsubscribe("a")
      sub.subscribe("a")
      await publish("subscribed again", "a4")
      sub.subscribe()
      await publish("to everything", "x", "")
      return results
    },
  )

  parity("reaches every subscriber that matches, each as it asked", async library => {
    const pub = makeAny(library, "Publisher")
    await pub.bind(inproc("all"))
    const subs = ["", "a", "ab", "b"].map(topic => {
      const sub = subscriber(library)
      sub.connect(inproc("all"))
      sub.subscribe(topic)
      return sub
    })
    for (const message of ["a", "ab", "abc", "b", "c", ""]) await pub.send(message)
    return { got: await Promise.all(subs.map(drain)) }
  })

  parity("inverted reaches the others", async library => {
    const pub = makeAny(library, "Publisher", { invertMatching: true })
    const sub = subscriber(library, { invertMatching: true })
    await pub.bind(inproc("inverted"))
    sub.connect(inproc("inverted"))
    sub.subscribe("a")
    for (const message of ["a", "b", "ab", ""]) await pub.send(message)
    return { got: await drain(sub) }
  })

  it("from many publishers is received in turn", async () => {
    const sub = subscriber(ours)
    sub.subscribe()
    await sub.bind(inproc("turns"))
    for (const name of ["a", "b"]) {
      const pub = make(ours.Publisher)
      pub.connect(inproc("turns"))
      for (let i = 0; i < 3; i++) await pub.send(`${name}${i}`)
    }
    expect(await drain(sub)).toEqual(["a0", "b0", "a1", "b1", "a2", "b2"])
  })

  it("goes on after the publisher has come back: subscriptions are sent again", async ({ skip }) => {
    const libraries = typeof native === "string" ? [ours] : [ours, native]
    if (libraries.length === 0) skip()
    for (const library of libraries) {
      const endpoint = `ipc://${freePath()}`
      const sub = subscriber(ours, { reconnectInterval: 1 })
      sub.subscribe("a")
      sub.connect(endpoint)
      const first = makeAny(library, "Publisher")
      await first.bind(endpoint)
      await reaches(first, sub, "a first")
      const events = watch(sub)
      first.close()
      await events.until("disconnect")
      const second = makeAny(library, "Publisher")
      await second.bind(endpoint)
      await reaches(second, sub, "a second")
    }
  })

  it("to a subscriber over tcp reaches it in order, without a gap, once it began", async () => {
    const pub = makeAny(ours, "Publisher", { sendHighWaterMark: 0 })
    const sub = subscriber(ours, { receiveHighWaterMark: 0 })
    sub.subscribe("n")
    sub.connect(await bindTcp(pub))
    await reaches(pub, sub, "n")
    for (let i = 0; i < 3000; i++) await pub.send([`n${i}`, `x${i}`])
    await pub.send("x not for it")
    const got: string[] = []
    while (got.length < 3000) got.push(...(await take(sub, 1)).filter(message => message !== "n"))
    expect(got).toEqual(Array.from({ length: 3000 }, (_, i) => `n${i}|x${i}`))
  })
})

/** Publishes until it arrives. More of the same may follow, and what another published before. */
async function reaches(pub: AnySocket, sub: AnySocket, message: string): Promise<void> {
  const got: string[] = []
  while (!got.includes(message)) {
    await pub.send(message)
    await turn()
    got.push(...(await drain(sub)))
  }
}
