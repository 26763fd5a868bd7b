/** Pair: one peer at a time, who that is, and what becomes of the others (31/EXPAIR). */
import { describe, expect, it } from "vitest"
import { PairPattern } from "../../../src/sockets/patterns/pair.js"
import { RawPeer } from "../../support/raw-peer.js"
import {
  bindTcp,
  drain,
  fill,
  freePath,
  inproc,
  joined,
  joinedPipes,
  later,
  makeAny,
  native,
  ours,
  outcome,
  parity,
  settled,
  take,
  until,
  watch,
  type AnySocket,
  type Results,
} from "../support.js"

const TRANSPORTS = ["tcp", "inproc"] as const

async function raw(endpoint: string | null): Promise<RawPeer> {
  const peer = await RawPeer.join(endpoint, { socketType: "PAIR" })
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

describe("a Pair", () => {
  for (const transport of TRANSPORTS) {
    parity(`sends and receives whole messages, in any order, over ${transport}`, async library => {
      const [one, other] = [makeAny(library, "Pair"), makeAny(library, "Pair")]
      if (transport === "tcp") await joined(one, other)
      else {
        await one.bind(inproc("pair"))
        other.connect(inproc("pair"))
      }
      await one.send(["1", "", "x"])
      await one.send("2")
      await other.send("")
      const results: Results = { other: await take(other, 2), one: await take(one, 1) }
      await other.send("3")
      results.then = await take(one, 1)
      return results
    })
  }

  parity("waits for a peer to send to, and is not writable meanwhile", async library => {
    const pair = makeAny(library, "Pair", { sendTimeout: 0 })
    const endpoint = await bindTcp(pair)
    const results: Results = { writable: pair.writable, none: await settled(() => pair.send("x")) }
    pair.sendTimeout = -1
    const sending = pair.send("x")
    results.waits = await outcome(() => sending)
    const peer = makeAny(library, "Pair")
    peer.connect(endpoint)
    await sending
    results.got = await take(peer, 1)
    results["writable then"] = pair.writable
    return results
  })

  for (const mark of [1, 3, 0]) {
    parity(`holds messages up to its mark of ${mark}`, async library => {
      const results: Results = {}
      const absent = makeAny(library, "Pair", { sendHighWaterMark: mark })
      absent.connect("tcp://127.0.0.1:9")
      results.absent = await fill(absent, 50)
      const [one, other] = [
        makeAny(library, "Pair", { sendHighWaterMark: mark }),
        makeAny(library, "Pair", { receiveHighWaterMark: 2 }),
      ]
      await one.bind(inproc("marks"))
      other.connect(inproc("marks"))
      results.inproc = await fill(one, 50)
      results.writable = one.writable
      return results
    })
  }

  parity("sends what was queued before its peer was there", async library => {
    const path = `ipc://${freePath()}`
    const pair = makeAny(library, "Pair", { reconnectInterval: 1 })
    pair.connect(path)
    for (let i = 0; i < 3; i++) await pair.send(String(i))
    const peer = makeAny(library, "Pair")
    await peer.bind(path)
    return { got: await take(peer, 3) }
  })

  parity("receives what its peer had sent before it left", async library => {
    const [one, other] = [makeAny(library, "Pair"), makeAny(library, "Pair")]
    await joined(one, other)
    for (let i = 0; i < 3; i++) await other.send(String(i))
    await until(() => one.readable)
    other.close()
    await watch(one).until("disconnect")
    const results: Results = { got: await take(one, 3), readable: one.readable }
    // Native tells of the end before the socket has heard of it.
    await until(() => !one.writable)
    one.sendTimeout = 0
    results.sent = await settled(() => one.send("x"))
    return results
  })

  parity("fails what waits when it is closed", async library => {
    const pair = makeAny(library, "Pair")
    const [sending, receiving] = [settled(() => pair.send("x")), settled(() => pair.receive())]
    pair.close()
    return { sending: await sending, receiving: await receiving }
  })

  parity("still sends what is queued for an endpoint that it gives up", async library => {
    const [one, other] = [makeAny(library, "Pair"), makeAny(library, "Pair")]
    const endpoint = await joined(one, other)
    for (let i = 0; i < 20; i++) await other.send(String(i))
    other.disconnect(endpoint)
    other.sendTimeout = 0
    return { got: await take(one, 20), then: await settled(() => other.send("x")) }
  })
})

describe("a Pair that has a peer", () => {
  parity("lets a second one connect, and neither hears it nor sends to it", async library => {
    const pair = makeAny(library, "Pair")
    const events = watch(pair)
    const endpoint = await bindTcp(pair)
    const first = await raw(endpoint)
    first.send("first")
    const results: Results = { got: await take(pair, 1) }
    const second = await raw(endpoint)
    second.send("second")
    first.send("first again")
    results["got then"] = await take(pair, 1)
    for (let i = 0; i < 3; i++) await pair.send(String(i))
    results["first got"] = [await first.message(), await first.message(), await first.message()]
    results["second got"] = second.inbox
    await events.until("handshake", 2)
    results["connections ended"] = events.of("disconnect").length
    results.readable = pair.readable
    return results
  })

  it("takes the second when the first leaves, and hears what that has sent meanwhile", async () => {
    const pair = makeAny(ours, "Pair")
    const endpoint = await bindTcp(pair)
    const [first, second, third] = [await raw(endpoint), await raw(endpoint), await raw(endpoint)]
    third.send("third")
    await heard(third)
    second.send("second")
    await heard(second)
    first.send("first")
    await heard(first)
    first.destroy()
    await watch(pair).until("disconnect")
    // What the first had sent comes before all that the second has.
    expect(await take(pair, 2)).toEqual(["first", "second"])
    await pair.send("answer")
    expect(await second.message()).toEqual(["answer"])
    second.destroy()
    expect(await take(pair, 1)).toEqual(["third"])
    await pair.send("answer")
    expect(await third.message()).toEqual(["answer"])
    third.destroy()
    await watch(pair).until("disconnect", 3)
    expect([pair.readable, pair.writable]).toEqual([false, false])
  })

  it("takes the second over inproc too, and wakes who waits", async () => {
    const pair = makeAny(ours, "Pair")
    await pair.bind(inproc("line"))
    const [first, second] = [makeAny(ours, "Pair"), makeAny(ours, "Pair")]
    first.connect(inproc("line"))
    second.connect(inproc("line"))
    await second.send("second")
    expect(pair.readable).toBe(false)
    const receiving = pair.receive()
    await fill(pair, 3000)
    const sending = pair.send("for whoever comes")
    expect(await outcome(() => receiving)).toBe("waits")
    first.close()
    expect((await receiving).map(String)).toEqual(["second"])
    await sending
    expect(await take(second, 1)).toEqual(["for whoever comes"])
  })

  it("forgets a second that leaves before its turn, and what it sent", async () => {
    const pair = makeAny(ours, "Pair")
    const endpoint = await bindTcp(pair)
    const [first, second, third] = [await raw(endpoint), await raw(endpoint), await raw(endpoint)]
    second.send("unheard")
    await heard(second)
    second.destroy()
    await watch(pair).until("disconnect")
    third.send("third")
    first.destroy()
    expect(await take(pair, 1)).toEqual(["third"])
    expect(await drain(pair)).toEqual([])
  })

  it("may connect to a second, which it turns to when it gives up the first", async () => {
    const pair = makeAny(ours, "Pair")
    const [first, second] = [makeAny(ours, "Pair"), makeAny(ours, "Pair")]
    const endpoint = await bindTcp(first)
    pair.connect(endpoint)
    pair.connect(await bindTcp(second))
    await pair.send("1")
    expect(await take(first, 1)).toEqual(["1"])
    await second.send("2")
    pair.disconnect(endpoint)
    expect(await take(pair, 1)).toEqual(["2"])
    await pair.send("3")
    expect(await take(second, 1)).toEqual(["3"])
  })

  it("reads the last messages of many peers in the order in which these were its peer", async () => {
    const pair = makeAny(ours, "Pair")
    const endpoint = await bindTcp(pair)
    for (let i = 1; i <= 4; i++) {
      const peer = await raw(endpoint)
      for (const word of ["a", "b"]) peer.send(`${i}${word}`)
      await heard(peer)
      peer.destroy()
      await watch(pair).until("disconnect", i)
    }
    expect([pair.readable, pair.writable]).toEqual([true, false])
    expect(await take(pair, 8)).toEqual(["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"])
  })
})

describe("the pattern of a Pair", () => {
  it("holds nothing of a peer that leaves before its turn", () => {
    const pattern = new PairPattern({ wakeReceiver: () => undefined, wakeSender: () => undefined })
    const [, [pipe, other]] = [joinedPipes(pattern), joinedPipes(pattern)]
    other.write(["unheard"])
    expect(pipe.canRead()).toBe(true)
    other.leave()
    expect(pipe.canRead()).toBe(false)
  })
})

describe("Pairs of ours and of native", () => {
  it("send each other everything, in order, both at once, with small queues", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    const count = 2000
    for (const [one, other] of [
      [ours, native],
      [native, ours],
      [ours, ours],
    ] as const) {
      const marks = { sendHighWaterMark: 10, receiveHighWaterMark: 10 }
      const pairs: AnySocket[] = [makeAny(one, "Pair", marks), makeAny(other, "Pair", marks)]
      await joined(pairs[0] as AnySocket, pairs[1] as AnySocket)
      await Promise.all(
        pairs.map(async socket => {
          const sending = (async () => {
            for (let i = 0; i < count; i++) await socket.send([String(i), "x"])
          })()
          expect(await take(socket, count)).toEqual(Array.from({ length: count }, (_, i) => `${i}|x`))
          await sending
        }),
      )
    }
  })
})
