/**
 * What holds at full speed as it does in a trickle: high-water marks, fairness, memory. Loops of plain `await` over tcp,
 * all sockets in this process; how fast they are is for `npm run bench`, and long runs for its `--soak`.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { RawPeer } from "../support/raw-peer.js"
import { bindTcp, joined, later, make, ours, turn, until, watch } from "./support.js"

/** More than the kernel takes for a connection of which nobody reads, both ends together, with room to spare. */
const KERNEL = 64e6

/** A message that says which it is; every one has memory of its own. */
function numbered(number: number, size: number): Buffer {
  const message = Buffer.allocUnsafeSlow(size)
  message.writeUInt32LE(number, 0)
  return message
}

const numberOf = (parts: readonly Buffer[] | undefined): number => parts?.[0]?.readUInt32LE(0) ?? NaN

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

/** Waits until a count no longer moves, though the event loop turns. */
async function stalled(count: () => number): Promise<number> {
  let seen = -1
  for (let still = 0; still < 100; still++) {
    if (count() !== seen) still = 0
    seen = count()
    await turn()
  }
  return seen
}

/** Bytes of all ArrayBuffers that something still holds. */
async function buffersHeld(): Promise<number> {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  let least = Infinity
  // The memory of a dead one is freed some time after the collection that found it.
  for (let idle = 0; idle < 3; idle++) {
    collect()
    await turn()
    const { arrayBuffers } = process.memoryUsage()
    if (arrayBuffers < least) idle = 0
    least = Math.min(least, arrayBuffers)
  }
  return least
}

/** Reads everything that is queued, without letting I/O bring more. */
function takeQueued(pull: ours.Pull): number[] {
  const numbers: number[] = []
  for (let parts = pull.tryReceive(); parts !== undefined; parts = pull.tryReceive())
    numbers.push(numberOf(parts))
  return numbers
}

/** Subscribes a peer that then reads nothing. */
async function silentSubscriber(pub: ours.Publisher, endpoint: string): Promise<RawPeer> {
  const known = pub.dropped
  const peer = await RawPeer.join(endpoint, { socketType: "SUB" })
  later(() => {
    peer.destroy()
  })
  peer.command("SUBSCRIBE")
  await until(() => {
    void pub.send("go")
    return peer.inbox.length > 0
  })
  expect(pub.dropped).toBe(known)
  peer.socket.pause()
  return peer
}

describe("a PUSH at full speed into a PULL that nobody reads", () => {
  for (const size of [1_000, 100_000]) {
    it(`stops with ${size} bytes a message when both queues and the kernel are full, and loses nothing`, async () => {
      const [sendMark, receiveMark] = [10, 20]
      const push = make(ours.Push, { sendHighWaterMark: sendMark })
      const pull = make(ours.Pull, { receiveHighWaterMark: receiveMark })
      await joined(pull, push)
      const most = Math.ceil(KERNEL / size)
      let sent = 0
      let isOver = false
      const sending = (async () => {
        while (!isOver) await push.send(numbered(sent++, size))
      })()
      const stopped = await stalled(() => sent)
      expect(stopped).toBeGreaterThan(sendMark + receiveMark)
      expect(stopped).toBeLessThan(sendMark + receiveMark + most)
      expect([push.writable, pull.readable]).toEqual([false, true])

      // One read of the connection may hold more than the queue has room for.
      const queued = takeQueued(pull)
      expect(queued.length).toBeGreaterThanOrEqual(receiveMark)
      expect(queued.length).toBeLessThanOrEqual(receiveMark + Math.ceil(65_536 / size))

      isOver = true
      while (queued.length < sent) queued.push(numberOf(await pull.receive()))
      expect(queued).toEqual(upTo(sent))
      await sending
      expect(pull.readable).toBe(false)
    })
  }

  it("holds no more memory than the marks allow, however many pairs there are", async () => {
    const [mark, size, pairs, most] = [4, 1_000_000, 3, 400]
    const before = await buffersHeld()
    let sent = 0
    for (let pair = 0; pair < pairs; pair++) {
      const push = make(ours.Push, { sendHighWaterMark: mark })
      const pull = make(ours.Pull, { receiveHighWaterMark: mark })
      await joined(pull, push)
      void (async () => {
        while (sent < most) await push.send(numbered(sent++, size))
      })().catch(() => undefined)
    }
    expect(await stalled(() => sent)).toBeLessThan(most)
    // Beside two queues: what is being written, what is being read, and the message that waits.
    expect((await buffersHeld()) - before).toBeLessThan(pairs * (2 * mark + 4) * size)
  })
})

describe("a stream at full speed", () => {
  it("keeps hold of no more than the queues, however much goes through", async () => {
    const [mark, size, count] = [8, 500_000, 600]
    const push = make(ours.Push, { sendHighWaterMark: mark })
    const pull = make(ours.Pull, { receiveHighWaterMark: mark })
    await joined(pull, push)
    const before = await buffersHeld()
    const sending = (async () => {
      for (let at = 0; at < count; at++) await push.send(numbered(at, size))
    })()
    let most = 0
    for (let at = 0; at < count; at++) {
      expect(numberOf(await pull.receive())).toBe(at)
      if (at % 150 === 149) most = Math.max(most, (await buffersHeld()) - before)
    }
    await sending
    expect(most).toBeLessThan((2 * mark + 6) * size)
  })
})

describe("a PULL that one peer floods", () => {
  it("takes the messages of another in turn with the flood", async () => {
    const pull = make(ours.Pull)
    const [flood, trickle] = [make(ours.Push), make(ours.Push)]
    const events = watch(pull)
    const endpoint = await bindTcp(pull)
    for (const push of [flood, trickle]) push.connect(endpoint)
    await events.until("handshake", 2)
    let flooded = 0
    const flooding = (async () => {
      for (;;) await flood.send(numbered(flooded++, 10))
    })().catch(() => undefined)
    await stalled(() => flooded)

    // All of them leave in one write, so they arrive together, in the midst of the flood.
    const count = 100
    for (let at = 0; at < count; at++) await trickle.send(numbered(at, 11))
    const order: ("flood" | "trickle")[] = []
    let next = { flood: 0, trickle: 0 }
    while (next.trickle < count) {
      const [message] = await pull.receive()
      const from = message?.length === 10 ? "flood" : "trickle"
      expect(message?.readUInt32LE(0)).toBe(next[from])
      next = { ...next, [from]: next[from] + 1 }
      order.push(from)
    }
    const first = order.indexOf("trickle")
    expect(order.slice(first)).toEqual(upTo(2 * count - 1).map(at => (at % 2 === 0 ? "trickle" : "flood")))
    flood.close()
    await flooding
  })
})

describe("a PUSH at full speed", () => {
  it("deals out to all alike who have room, and loses nothing", async () => {
    const [count, peers] = [30_000, 3]
    const push = make(ours.Push, { sendHighWaterMark: 0 })
    const events = watch(push)
    const endpoint = await bindTcp(push)
    const pulls = upTo(peers).map(() => make(ours.Pull))
    for (const pull of pulls) pull.connect(endpoint)
    await events.until("handshake", peers)
    const sending = (async () => {
      for (let at = 0; at < count; at++) await push.send(numbered(at, 10))
    })()
    const received = await Promise.all(
      pulls.map(async pull => {
        const numbers: number[] = []
        while (numbers.length < count / peers) numbers.push(numberOf(await pull.receive()))
        return numbers
      }),
    )
    await sending
    for (const numbers of received) {
      const [first = NaN] = numbers
      expect(numbers).toEqual(upTo(count / peers).map(at => first + at * peers))
    }
  })

  it("passes over one that does not read, and gives the others all the rest", async () => {
    const [count, size, mark] = [3_000, 100_000, 10]
    const push = make(ours.Push, { sendHighWaterMark: mark })
    const events = watch(push)
    const endpoint = await bindTcp(push)
    const silent = await RawPeer.join(endpoint, { socketType: "PULL" })
    later(() => {
      silent.destroy()
    })
    silent.socket.pause()
    const pulls = [make(ours.Pull), make(ours.Pull)]
    for (const pull of pulls) pull.connect(endpoint)
    await events.until("handshake", 3)
    const received: number[] = []
    const receiving = pulls.map(async pull => {
      for await (const parts of pull) received.push(numberOf(parts))
    })
    for (let at = 0; at < count; at++) await push.send(numbered(at, size))
    await stalled(() => received.length)
    const missing = count - received.length
    expect(missing).toBeGreaterThan(mark)
    expect(missing).toBeLessThan(mark + KERNEL / size)
    expect(new Set(received).size).toBe(received.length)
    for (const pull of pulls) pull.close()
    await Promise.all(receiving)
  })
})

describe("a PUB at full speed", () => {
  it("drops for the subscriber that does not read, counts it, and for no other", async () => {
    const [count, burst, size] = [5_000, 500, 20_000]
    const pub = make(ours.Publisher)
    const endpoint = await bindTcp(pub)
    const silent = await silentSubscriber(pub, endpoint)
    const sub = make(ours.Subscriber)
    sub.connect(endpoint)
    sub.subscribe("")
    await until(() => {
      void pub.send("go")
      return sub.readable
    })
    const before = pub.dropped
    const received: number[] = []
    // Less than a queue holds at a time, so that a subscriber that reads never has a full one.
    for (let sent = 0; sent < count;) {
      for (const end = sent + burst; sent < end; sent++) await pub.send(numbered(sent, size))
      while (received.length < sent) {
        const parts = await sub.receive()
        if (parts[0]?.length === size) received.push(numberOf(parts))
      }
    }
    expect(received).toEqual(upTo(count))
    const dropped = pub.dropped - before
    expect(dropped).toBeGreaterThan(0)

    // What was not dropped, and nothing else, comes to the silent one once it reads.
    silent.socket.resume()
    await stalled(() => silent.inbox.length)
    const arrived = silent.inbox
      .map(message => (message.kind === "message" ? (message.parts[0] ?? "") : ""))
      .filter(part => part.length === size)
      .map(part => Buffer.from(part.slice(0, 4), "latin1").readUInt32LE(0))
    expect(arrived).toHaveLength(count - dropped)
    expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b))
  })

  it("holds no more memory for those who do not read than their queues allow", async () => {
    const [mark, size, count] = [5, 1_000_000, 200]
    const pub = make(ours.Publisher, { sendHighWaterMark: mark })
    const endpoint = await bindTcp(pub)
    for (const _ of [1, 2, 3]) await silentSubscriber(pub, endpoint)
    const before = await buffersHeld()
    let most = 0
    for (let at = 0; at < count; at++) {
      await pub.send(numbered(at, size))
      if (at % 50 === 49) most = Math.max(most, (await buffersHeld()) - before)
    }
    expect(pub.dropped).toBeGreaterThan(0)
    // Each may hold other messages than the next one does.
    expect(most).toBeLessThan(3 * (mark + 2) * size)
  })
})
