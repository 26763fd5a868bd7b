/** What a proxy does all day, by itself: patterns are lists, and time is moved by hand. */
import { beforeEach, describe, expect, it } from "vitest"
import { Mover } from "../../src/sockets/mover.js"
import { closedPattern, type Pattern } from "../../src/sockets/pattern.js"
import { FakeRuntime } from "../support/fake-runtime.js"

type List = string[]

/** A pattern that receives what is in one list, and sends into another as long as there is room. */
class FakePattern {
  readonly inbox: List = []
  readonly outbox: List = []
  room = Infinity
  /** What sending throws, or that it is refused although there was room. */
  fault: Error | "refuse" | undefined
  readonly pattern: Pattern = {
    ...closedPattern,
    canReceive: () => this.inbox.length > 0,
    receive: () => {
      const next = this.inbox.shift()
      return next === undefined ? undefined : [Buffer.from(next)]
    },
    canSend: () => this.outbox.length < this.room,
    send: message => {
      const { fault } = this
      if (fault === "refuse") return false
      if (fault !== undefined) throw fault
      if (this.outbox.length >= this.room) return false
      this.outbox.push(message.map(String).join("|"))
      return true
    },
  }
}

let runtime: FakeRuntime
let front: FakePattern
let back: FakePattern
let capture: FakePattern
let faults: unknown[]

beforeEach(() => {
  runtime = new FakeRuntime()
  front = new FakePattern()
  back = new FakePattern()
  capture = new FakePattern()
  faults = []
})

function mover(captured = false): Mover {
  return new Mover(front.pattern, back.pattern, captured ? capture.pattern : undefined, runtime, fault => {
    faults.push(fault)
  })
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i))
}

describe("a mover", () => {
  it("moves nothing until the end of the turn in which it is woken, and then everything, both ways", () => {
    const moving = mover()
    front.inbox.push("1", "2")
    back.inbox.push("a")
    moving.wake()
    moving.wake()
    expect(back.outbox).toEqual([])
    runtime.endTurn()
    expect(back.outbox).toEqual(["1", "2"])
    expect(front.outbox).toEqual(["a"])
    front.inbox.push("3")
    runtime.endTurn()
    expect(back.outbox).toHaveLength(2)
    moving.wake()
    runtime.endTurn()
    expect(back.outbox).toEqual(["1", "2", "3"])
    expect(runtime.timers).toBe(0)
  })

  it("takes a message only when it can be passed on", () => {
    const moving = mover()
    back.room = 2
    front.inbox.push(...numbers(0, 5))
    moving.wake()
    runtime.endTurn()
    expect(front.inbox).toEqual(["2", "3", "4"])
    back.room = 3
    moving.wake()
    runtime.endTurn()
    expect(front.inbox).toEqual(["3", "4"])
    expect(back.outbox).toEqual(["0", "1", "2"])
  })

  it("goes on one way while the other way is stuck", () => {
    const moving = mover()
    back.room = 0
    front.inbox.push("stuck")
    back.inbox.push(...numbers(0, 300))
    moving.wake()
    runtime.endTurn()
    expect(front.outbox).toEqual(numbers(0, 300))
    expect(front.inbox).toEqual(["stuck"])
  })

  it("takes turns between the two ways, and lets I/O in between", () => {
    const moving = mover()
    front.inbox.push(...numbers(0, 10_000))
    back.inbox.push(...numbers(0, 10_000))
    moving.wake()
    runtime.endTurn()
    expect(back.outbox.length).toBe(front.outbox.length)
    expect(back.outbox.length).toBeGreaterThan(1000)
    expect(back.outbox.length).toBeLessThan(5000)
    // Woken meanwhile, it waits for I/O all the same.
    const moved = back.outbox.length
    moving.wake()
    runtime.endTurn()
    expect(back.outbox.length).toBe(moved)
    runtime.advance(0)
    expect(back.outbox).toEqual(numbers(0, 10_000))
    expect(front.outbox).toEqual(numbers(0, 10_000))
  })

  it("looks again when it is woken while it looks", () => {
    const moving = mover()
    const { receive } = front.pattern
    let late = true
    front.pattern.receive = () => {
      const message = receive()
      if (message === undefined && late) {
        late = false
        front.inbox.push("late")
        moving.wake()
      }
      return message
    }
    moving.wake()
    runtime.endTurn()
    expect(back.outbox).toEqual(["late"])
  })

  it("leaves everything in its place while paused, also what comes", () => {
    const moving = mover()
    front.inbox.push("1")
    moving.wake()
    moving.pause()
    moving.pause()
    runtime.endTurn()
    front.inbox.push("2")
    moving.wake()
    runtime.endTurn()
    expect(front.inbox).toEqual(["1", "2"])
    moving.resume()
    moving.resume()
    runtime.endTurn()
    expect(back.outbox).toEqual(["1", "2"])
  })

  it("is paused and ended even in the middle of a long way", () => {
    const moving = mover()
    front.inbox.push(...numbers(0, 10_000))
    moving.wake()
    runtime.endTurn()
    moving.pause()
    const moved = back.outbox.length
    runtime.advance(0)
    expect(back.outbox.length).toBe(moved)
    moving.resume()
    moving.end()
    runtime.advance(0)
    moving.resume()
    moving.wake()
    runtime.advance(0)
    expect(back.outbox.length).toBe(moved)
  })

  it("keeps a message that is refused after all, and sends it first when it is woken", () => {
    for (const fault of ["refuse", Object.assign(new Error("full"), { code: "EAGAIN" })] as const) {
      const moving = mover(true)
      capture.outbox.length = back.outbox.length = 0
      back.fault = fault
      front.inbox.push("1", "2")
      moving.wake()
      runtime.endTurn()
      expect(back.outbox).toEqual([])
      back.fault = undefined
      moving.wake()
      runtime.endTurn()
      expect(back.outbox).toEqual(["1", "2"])
      expect(capture.outbox).toEqual(["1", "2"])
    }
    expect(faults).toEqual([])
  })

  it("moves nothing any more when a message is refused for good, and says so", () => {
    const moving = mover()
    const fault = Object.assign(new Error("nobody"), { code: "EHOSTUNREACH" })
    back.fault = fault
    front.inbox.push("1", "2")
    moving.wake()
    runtime.endTurn()
    expect(faults).toEqual([fault])
    back.fault = undefined
    moving.wake()
    runtime.advance(0)
    expect(front.inbox).toEqual(["2"])
    expect(faults).toHaveLength(1)
  })

  it("gives every message to the capture, which holds them back as well", () => {
    const moving = mover(true)
    capture.room = 3
    front.inbox.push("1", "2")
    back.inbox.push("a", "b")
    moving.wake()
    runtime.endTurn()
    expect(capture.outbox).toEqual(["1", "2", "a"])
    expect(back.inbox).toEqual(["b"])
    capture.room = 4
    moving.wake()
    runtime.endTurn()
    expect(capture.outbox).toEqual(["1", "2", "a", "b"])
    expect(front.outbox).toEqual(["a", "b"])
  })

  it("passes the messages of a pattern in both places on to itself", () => {
    const moving = new Mover(front.pattern, front.pattern, undefined, runtime, () => undefined)
    front.inbox.push("1", "2")
    moving.wake()
    runtime.endTurn()
    expect(front.outbox).toEqual(["1", "2"])
  })
})
