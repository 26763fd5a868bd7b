import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InprocPipe, type InprocOptions } from "../../src/peers/inproc-pipe.js"
import { markMovable } from "../../src/peers/thread-batch.js"
import { giveAway, isAlone } from "../support/memory.js"
import { FakeListener, readAll, textOf, writeUntilFull } from "../support/peer-options.js"

interface End {
  readonly pipe: InprocPipe
  readonly listener: FakeListener
  /** How often the pipe has left. */
  left: number
}

const NO_ID = Buffer.alloc(0)

function makeEnd(options: Partial<InprocOptions> = {}): End {
  const listener = new FakeListener()
  const all = { sendHighWaterMark: 2, receiveHighWaterMark: 3, conflate: false, routingId: NO_ID, ...options }
  const end: End = { pipe: new InprocPipe("inproc://a", listener, all, () => end.left++), listener, left: 0 }
  return end
}

function join(connecting: End, bound: End): void {
  InprocPipe.join(connecting.pipe, bound.pipe)
  bound.pipe.open()
  connecting.pipe.open()
}

function pair(connecting: Partial<InprocOptions> = {}, bound: Partial<InprocOptions> = {}): [End, End] {
  const ends: [End, End] = [makeEnd(connecting), makeEnd(bound)]
  join(...ends)
  for (const { listener } of ends) listener.notices()
  return ends
}

describe("two ends that are joined", () => {
  it("give each other messages, in both directions and in order", () => {
    const [a, b] = pair()
    a.pipe.write(["1", Buffer.from("2")])
    a.pipe.write(["3"])
    b.pipe.write(["4"])
    expect(readAll(b.pipe)).toEqual(["1|2", "3"])
    expect(readAll(a.pipe)).toEqual(["4"])
    expect(a.pipe.read()).toBeUndefined()
    expect(a.pipe.canRead()).toBe(false)
  })

  it("tell their patterns that they are, and who has something to read", () => {
    const [a, b] = [makeEnd(), makeEnd()]
    join(a, b)
    expect([a.listener.told, b.listener.told]).toEqual([["established"], ["established"]])
    a.pipe.write(["x"])
    a.pipe.write(["y"])
    expect(b.listener.told).toEqual(["established", "readable"])
  })

  it("hold as much as the sender's mark and the receiver's together", () => {
    const [a, b] = pair(
      { sendHighWaterMark: 2, receiveHighWaterMark: 5 },
      { sendHighWaterMark: 10, receiveHighWaterMark: 3 },
    )
    expect(writeUntilFull(a.pipe)).toBe(5)
    expect(writeUntilFull(b.pipe)).toBe(15)
    expect(a.pipe.canWrite()).toBe(false)
  })

  it.each([
    [0, 3],
    [2, 0],
    [0, 0],
  ])("hold any number with marks of %i and %i", (sendHighWaterMark, receiveHighWaterMark) => {
    const [a] = pair({ sendHighWaterMark }, { receiveHighWaterMark })
    expect(writeUntilFull(a.pipe, 5000)).toBe(5000)
  })

  it("report room when half of it is read, if a write was refused", () => {
    const [a, b] = pair({ sendHighWaterMark: 2 }, { receiveHighWaterMark: 2 })
    writeUntilFull(a.pipe)
    b.pipe.read()
    expect(a.listener.notices()).toEqual([])
    b.pipe.read()
    expect(a.listener.notices()).toEqual(["writable"])
    b.pipe.read()
    expect(a.listener.notices()).toEqual([])
  })

  it("take new marks at once", () => {
    const [a, b] = pair()
    expect(writeUntilFull(a.pipe)).toBe(5)
    b.pipe.setMarks(1, 4)
    expect(a.listener.notices()).toEqual(["writable"])
    expect(writeUntilFull(a.pipe)).toBe(1)
    a.pipe.setMarks(3, 3)
    expect(writeUntilFull(a.pipe)).toBe(1)
  })

  it("copy parts of any size and kind, so that each side has memory of its own", () => {
    const [a, b] = pair()
    const parts = [0, 1, 16, 17, 128, 129, 70_000].map(size => new Uint8Array(size).fill(1))
    const text = ["", "text", "long ".repeat(100), "large ".repeat(10_000)]
    a.pipe.write([...parts, ...text])
    for (const part of parts) part.fill(2)
    const received = b.pipe.read() ?? []
    expect(received.every(isAlone)).toBe(true)
    expect(
      received.slice(0, parts.length).map(part => [part.length, part.every(byte => byte === 1)]),
    ).toEqual(parts.map(part => [part.length, true]))
    expect(received.slice(parts.length).map(String)).toEqual(text)
    received.forEach(giveAway)
    expect(parts.map(part => part.length)).toEqual([0, 1, 16, 17, 128, 129, 70_000])
  })

  it("copy parts that wait for the other end to be there", () => {
    const waiting = makeEnd()
    const part = Buffer.alloc(1000, 1)
    waiting.pipe.write([part])
    part.fill(2)
    giveAway(part)
    const bound = makeEnd()
    join(waiting, bound)
    expect(bound.pipe.read()?.[0]?.equals(Buffer.alloc(1000, 1))).toBe(true)
  })

  it("pass on what is all of a SharedArrayBuffer, and copy what is a part of one", () => {
    const [a, b] = pair()
    const shared = new Uint8Array(new SharedArrayBuffer(1000))
    a.pipe.write([shared, shared.subarray(1)])
    const [whole, part] = b.pipe.read() ?? []
    expect(whole?.buffer).toBe(shared.buffer)
    expect(isAlone(part as Buffer)).toBe(true)
    expect(part?.buffer).toBeInstanceOf(ArrayBuffer)
  })

  it("pass on memory that was given away, once, and not where others get the message too", () => {
    const [a, b] = pair()
    a.pipe.sole = true
    const given = Buffer.alloc(1000)
    markMovable(given.buffer)
    a.pipe.write([given, given])
    const [first, second] = b.pipe.read() ?? []
    expect(first?.buffer).toBe(given.buffer)
    expect(second?.buffer).not.toBe(given.buffer)
    markMovable(given.buffer)
    a.pipe.sole = false
    a.pipe.write([given])
    expect(b.pipe.read()?.[0]?.buffer).not.toBe(given.buffer)
  })

  it("keep the last part of the last message for a receiver with ZMQ_CONFLATE", () => {
    const [a, b] = pair({}, { conflate: true })
    expect(writeUntilFull(a.pipe, 50)).toBe(50)
    a.pipe.write(["first", "last"])
    expect(readAll(b.pipe)).toEqual(["last"])
  })

  it("say subscriptions as messages, which no mark holds up", () => {
    const [a, b] = pair({ sendHighWaterMark: 1 }, { receiveHighWaterMark: 1 })
    for (let i = 0; i < 5; i++) a.pipe.subscription(i % 2 === 0, Buffer.from(String(i)))
    expect(readAll(b.pipe)).toEqual(["\x010", "\0" + "1", "\x012", "\0" + "3", "\x014"])
  })
})

describe("an end that nobody has bound yet", () => {
  it("takes messages up to its own mark", () => {
    const { pipe } = makeEnd()
    expect(writeUntilFull(pipe)).toBe(2)
    expect(pipe.canWrite()).toBe(false)
  })

  it("gives them first when somebody binds, and then has room for more", () => {
    const [a, b] = [makeEnd(), makeEnd()]
    a.pipe.write(["1"])
    a.pipe.write(["2"])
    expect(a.pipe.write(["refused"])).toBe(false)
    join(a, b)
    expect(a.listener.notices()).toEqual(["writable", "established"])
    expect(writeUntilFull(a.pipe)).toBe(3)
    expect(readAll(b.pipe)).toEqual(["1", "2", "x", "x", "x"])
  })

  it("that leaves gives them all the same, and takes nothing", () => {
    const [a, b] = [makeEnd(), makeEnd()]
    a.pipe.write(["1"])
    a.pipe.write(["2"])
    a.pipe.leave()
    expect([a.pipe.departed, a.left, a.listener.notices()]).toEqual([true, 1, ["ended", "drained"]])
    InprocPipe.join(a.pipe, b.pipe)
    expect(b.pipe.canWrite()).toBe(false)
    b.pipe.open()
    a.pipe.open()
    expect(b.listener.notices()).toEqual(["established", "ended"])
    expect([a.pipe.departed, b.left]).toEqual([false, 1])
    expect(readAll(b.pipe)).toEqual(["1", "2"])
    expect(b.listener.notices()).toEqual(["drained"])
    expect(a.listener.notices()).toEqual([])
  })

  it("that leaves and has written nothing is gone", () => {
    const { pipe } = makeEnd()
    pipe.leave()
    expect(pipe.departed).toBe(false)
  })

  it("that is hung up leaves, and the other reads what was written", () => {
    const [a, b] = pair()
    a.pipe.write(["last"])
    a.pipe.hangUp()
    expect(readAll(b.pipe)).toEqual(["last"])
    expect(b.listener.notices()).toEqual(["ended", "drained"])
  })

  it("keeps the order even when the pattern writes and reads while the two are joined", () => {
    for (const sendHighWaterMark of [1, 2, 3, 10]) {
      for (const eager of [false, true]) {
        const [a, b] = [makeEnd({ sendHighWaterMark }), makeEnd()]
        let next = 0
        const found: string[] = []
        const fill = (): void => {
          while (next < 50 && a.pipe.write([String(next)])) next++
        }
        a.listener.react = notice => {
          if (notice === "writable") fill()
        }
        b.listener.react = notice => {
          // A pattern with one receive() waiting takes one message.
          if (eager && notice === "readable") found.push(textOf(b.pipe.read() ?? []))
        }
        fill()
        join(a, b)
        while (b.pipe.canRead()) found.push(textOf(b.pipe.read() ?? []))
        expect(found).toEqual(Array.from({ length: 50 }, (_, i) => String(i)))
      }
    }
  })
})

describe("an end that leaves", () => {
  it("drops what it has not read, and the other one reads to its end", () => {
    const [a, b] = pair()
    a.pipe.write(["to b"])
    b.pipe.write(["to a"])
    a.pipe.leave()
    expect([a.pipe.canRead(), a.pipe.canWrite(), b.pipe.canWrite()]).toEqual([false, false, false])
    expect([a.listener.notices(), b.listener.notices()]).toEqual([["ended", "drained"], ["ended"]])
    expect([a.left, b.left]).toEqual([1, 1])
    expect(readAll(b.pipe)).toEqual(["to b"])
    expect(b.listener.notices()).toEqual(["drained"])
  })

  it("does so once", () => {
    const [a, b] = pair()
    a.pipe.leave()
    a.pipe.leave()
    b.pipe.leave()
    expect([a.listener.notices(), b.listener.notices()]).toEqual([
      ["ended", "drained"],
      ["ended", "drained"],
    ])
    expect([a.left, b.left]).toEqual([1, 1])
    expect([a.pipe.write(["x"]), b.pipe.write(["x"])]).toEqual([false, false])
  })

  it("may be one that was never joined", () => {
    const end = makeEnd()
    end.pipe.write(["early"])
    end.pipe.leave()
    expect(end.listener.notices()).toEqual(["ended", "drained"])
    expect(end.left).toBe(1)
  })

  it("may be told to by the pattern of the other, when that broke a rule", () => {
    const [a, b] = pair()
    b.pipe.fail()
    expect(a.listener.notices()).toEqual(["ended", "drained"])
    expect(b.left).toBe(1)
  })

  it("takes no room that the other one waits for", () => {
    const [a, b] = pair()
    writeUntilFull(a.pipe)
    b.pipe.leave()
    expect(a.listener.notices()).toEqual(["ended", "drained"])
  })
})

describe("any run of two ends", () => {
  it("agrees with two lists", () => {
    const step = fc.record({
      do: fc.constantFrom("write", "write", "write", "read", "read", "read", "marks", "join"),
      side: fc.nat(1),
      mark: fc.nat(4),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const ends: [End, End] = [makeEnd(), makeEnd()]
        const marks = [
          [2, 3],
          [2, 3],
        ]
        /** What each end has to read. */
        const queues: [string[], string[]] = [[], []]
        let joined = false
        let next = 0
        for (const { do: what, side, mark } of steps) {
          const other = 1 - side
          const { pipe } = ends[side] as End
          const queue = queues[other] as string[]
          if (what === "write" && (joined || side === 0)) {
            const [own, theirs] = [marks[side]?.[0] ?? 0, joined ? (marks[other]?.[1] ?? 0) : undefined]
            const most = own === 0 || theirs === 0 ? Infinity : own + (theirs ?? 0)
            const text = String(next++)
            expect(pipe.write([text])).toBe(queue.length < most)
            if (queue.length < most) queue.push(text)
          } else if (what === "read" && joined) {
            const message = pipe.read()
            expect(message && textOf(message)).toBe(queues[side]?.shift())
          } else if (what === "marks") {
            marks[side] = [mark, 4 - mark]
            pipe.setMarks(mark, 4 - mark)
          } else if (what === "join" && !joined) {
            joined = true
            join(...ends)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
