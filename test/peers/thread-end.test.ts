/** The end of an inproc pipe whose socket is in another thread, between two pipes and a pair of ports. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InprocPipe, type InprocOptions } from "../../src/peers/inproc-pipe.js"
import { describePipe, ThreadEnd } from "../../src/peers/thread-end.js"
import { FakePort } from "../support/fake-ports.js"
import { FakeRuntime } from "../support/fake-runtime.js"
import { FakeListener, readAll, textOf, writeUntilFull } from "../support/peer-options.js"

interface Side {
  readonly pipe: InprocPipe
  readonly listener: FakeListener
  readonly runtime: FakeRuntime
  readonly port: FakePort
  readonly end: ThreadEnd
  readonly told: string[]
}

const NO_ID = Buffer.alloc(0)

function makeSide(port: FakePort, options: Partial<InprocOptions>): Side {
  const listener = new FakeListener()
  const all = { sendHighWaterMark: 2, receiveHighWaterMark: 3, conflate: false, routingId: NO_ID, ...options }
  const pipe = new InprocPipe("inproc://a", listener, all, () => undefined)
  const runtime = new FakeRuntime()
  const told: string[] = []
  const end = new ThreadEnd("inproc://a", port, runtime, {
    accepted: () => told.push("accepted"),
    refused: () => told.push("refused"),
    ended: () => told.push("ended"),
  })
  return { pipe, listener, runtime, port, end, told }
}

/** A pipe that connects and one that is bound; the second has not heard of the first yet. */
function sides(connecting: Partial<InprocOptions> = {}, bound: Partial<InprocOptions> = {}): [Side, Side] {
  const ports = FakePort.pair()
  const [a, b] = [makeSide(ports[0], connecting), makeSide(ports[1], bound)]
  a.end.propose(a.pipe)
  return [a, b]
}

function accept(a: Side, b: Side): void {
  b.end.describe(describePipe(a.pipe))
  InprocPipe.join(b.end, b.pipe)
  b.pipe.open()
  b.end.open()
}

/** Lets everything arrive that is on its way, in turns of both threads. */
function settle(...all: Side[]): void {
  for (let busy = true; busy;) {
    busy = false
    for (const { runtime } of all) runtime.endTurn()
    for (const { port } of all) while (port.arrive()) busy = true
  }
}

function joined(connecting: Partial<InprocOptions> = {}, bound: Partial<InprocOptions> = {}): [Side, Side] {
  const both = sides(connecting, bound)
  accept(...both)
  settle(...both)
  for (const { listener } of both) listener.notices()
  return both
}

describe("two pipes in two threads", () => {
  it("give each other messages, in both directions and in order", () => {
    const [a, b] = joined()
    a.pipe.write(["1", Buffer.from("2")])
    a.pipe.write(["3"])
    b.pipe.write(["4"])
    settle(a, b)
    expect(readAll(b.pipe)).toEqual(["1|2", "3"])
    expect(readAll(a.pipe)).toEqual(["4"])
  })

  it("give what one of them wrote before it left and was accepted, and it takes nothing", () => {
    const [a, b] = sides()
    a.pipe.write(["1"])
    a.pipe.write(["2"])
    a.pipe.leave()
    b.end.describe(describePipe(a.pipe))
    InprocPipe.join(b.end, b.pipe)
    expect(b.pipe.canWrite()).toBe(false)
    b.pipe.open()
    b.end.open()
    settle(a, b)
    expect(readAll(b.pipe)).toEqual(["1", "2"])
    expect(b.listener.notices()).toEqual(["established", "ended", "drained"])
    expect([a.told, b.told]).toEqual([["accepted", "ended"], ["ended"]])
  })

  it("post the messages of one turn together", () => {
    const [a, b] = joined({ sendHighWaterMark: 0 })
    writeUntilFull(a.pipe, 100)
    expect(b.port.incoming).toEqual([])
    a.runtime.endTurn()
    expect(b.port.incoming.map(note => note[0])).toEqual(["messages"])
  })

  it("do not let more than 64 KiB wait for the end of the turn", () => {
    const [a, b] = joined()
    a.pipe.write([Buffer.alloc(64 * 1024)])
    expect(b.port.incoming).toHaveLength(1)
  })

  it("know each other's routing id when they are established", () => {
    const [a, b] = sides({ routingId: Buffer.from("a") }, { routingId: Buffer.from("b") })
    const ids: string[] = []
    for (const { listener } of [a, b]) {
      listener.react = (notice, pipe) => {
        if (notice === "established") ids.push(String(pipe.peer?.routingId))
      }
    }
    accept(a, b)
    settle(a, b)
    expect(ids).toEqual(["a", "b"])
  })

  it("hold as much as the sender's mark and the receiver's together, on the way or not", () => {
    const [a, b] = joined(
      { sendHighWaterMark: 2, receiveHighWaterMark: 5 },
      { sendHighWaterMark: 10, receiveHighWaterMark: 3 },
    )
    expect(writeUntilFull(a.pipe)).toBe(5)
    settle(a, b)
    expect(writeUntilFull(a.pipe)).toBe(0)
    expect(writeUntilFull(b.pipe)).toBe(15)
  })

  it("report room when half of it is read, if a write was refused", () => {
    const [a, b] = joined({ sendHighWaterMark: 2 }, { receiveHighWaterMark: 2 })
    writeUntilFull(a.pipe)
    settle(a, b)
    b.pipe.read()
    settle(a, b)
    expect(a.listener.notices()).toEqual([])
    b.pipe.read()
    settle(a, b)
    expect(a.listener.notices()).toEqual(["writable"])
    expect(writeUntilFull(a.pipe)).toBe(2)
  })

  it("take new marks at once, whichever side changes them", () => {
    const [a, b] = joined()
    expect(writeUntilFull(a.pipe)).toBe(5)
    b.pipe.setMarks(1, 4)
    settle(a, b)
    expect(writeUntilFull(a.pipe)).toBe(1)
    a.pipe.setMarks(3, 3)
    expect(writeUntilFull(a.pipe)).toBe(1)
  })

  it("never wait for a receiver that keeps only the last message", () => {
    const [a, b] = joined({ sendHighWaterMark: 1 }, { receiveHighWaterMark: 1, conflate: true })
    for (let i = 0; i < 10; i++) {
      expect(a.pipe.write([String(i)])).toBe(true)
      settle(a, b)
    }
    expect(readAll(b.pipe)).toEqual(["9"])
  })
})

describe("a pipe that was offered to another thread", () => {
  it("keeps what it is given until it is accepted, and then gives it first", () => {
    const [a, b] = sides()
    a.pipe.write(["1"])
    a.pipe.write(["2"])
    expect(a.pipe.write(["refused"])).toBe(false)
    accept(a, b)
    settle(a, b)
    expect(a.told).toEqual(["accepted"])
    expect(a.listener.notices()).toEqual(["writable", "established"])
    a.pipe.write(["3"])
    settle(a, b)
    expect(readAll(b.pipe)).toEqual(["1", "2", "3"])
  })

  it("still has all of it when it is refused", () => {
    const [a, b] = sides()
    a.pipe.write(["kept"])
    b.port.close()
    settle(a, b)
    expect(a.told).toEqual(["ended", "refused"])
    expect(a.listener.notices()).toEqual([])

    const [c, d] = sides()
    const again = new ThreadEnd("inproc://a", c.port, c.runtime, {
      accepted: () => undefined,
      refused: () => undefined,
      ended: () => undefined,
    })
    again.propose(a.pipe)
    accept({ ...c, pipe: a.pipe }, d)
    settle(c, d)
    expect(readAll(d.pipe)).toEqual(["kept"])
  })

  it("gives what it has when it leaves before it is accepted", () => {
    const [a, b] = sides()
    a.pipe.write(["sent"])
    a.end.withdraw()
    a.pipe.leave()
    accept(a, b)
    settle(a, b)
    expect(readAll(b.pipe)).toEqual(["sent"])
    expect(b.listener.notices()).toEqual(["established", "ended", "drained"])
  })
})

describe("a pipe that leaves", () => {
  it("lets the other one read what was written before, and end", () => {
    const [a, b] = joined()
    a.pipe.write(["to b"])
    b.pipe.write(["to a"])
    a.pipe.leave()
    settle(a, b)
    expect(a.listener.notices()).toEqual(["ended", "drained"])
    expect(b.listener.notices()).toEqual(["ended"])
    expect(b.pipe.canWrite()).toBe(false)
    expect(readAll(b.pipe)).toEqual(["to b"])
    expect(b.listener.notices()).toEqual(["drained"])
    expect([a.told, b.told]).toEqual([["accepted", "ended"], ["ended"]])
  })

  it("may do so because its thread is gone", () => {
    const [a, b] = joined()
    a.port.close()
    settle(b)
    expect(b.listener.notices()).toEqual(["ended", "drained"])
    expect(b.told).toEqual(["ended"])
  })
})

describe("any run of two pipes in two threads", () => {
  it("keeps order and marks, and loses nothing", () => {
    const step = fc.record({
      do: fc.constantFrom("write", "write", "write", "read", "read", "arrive", "arrive", "turn", "accept"),
      side: fc.nat(1),
    })
    const marks = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), marks, marks, (steps, send, receive) => {
        const options = { sendHighWaterMark: send, receiveHighWaterMark: receive }
        const both = sides(options, options)
        /** What was written to each side and is not read. */
        const queues: [string[], string[]] = [[], []]
        let accepted = false
        let next = 0
        for (const { do: what, side } of steps) {
          const { pipe, port, runtime } = both[side] as Side
          const unread = queues[1 - side] as string[]
          if (what === "write" && (side === 0 || accepted)) {
            const text = String(next++)
            const taken = pipe.write([text, Buffer.alloc(side * 200)])
            if (taken) unread.push(text)
            expect(unread.length).toBeLessThanOrEqual(send + receive)
          } else if (what === "read") {
            const message = pipe.read()
            if (message !== undefined) expect(textOf(message.slice(0, 1))).toBe(queues[side]?.shift())
          } else if (what === "arrive") port.arrive()
          else if (what === "turn") runtime.endTurn()
          else if (what === "accept" && !accepted) {
            accepted = true
            accept(...both)
          }
        }
        if (!accepted) accept(...both)
        settle(...both)
        both.forEach(({ pipe }, side) => {
          for (let message = pipe.read(); message !== undefined; message = pipe.read()) {
            expect(textOf(message.slice(0, 1))).toBe(queues[side]?.shift())
          }
        })
        settle(...both)
        expect(queues).toEqual([[], []])
        // All is read, so there is room for one more message at least.
        for (const { pipe } of both) expect(pipe.canWrite()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
