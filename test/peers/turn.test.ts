import { describe, expect, it } from "vitest"
import { Turn, turnOf } from "../../src/peers/turn.js"
import { FakeRuntime } from "../support/fake-runtime.js"

/** Tells a turn of operations, as sockets do. */
class Operations {
  private credit = 1
  private readonly turn: Turn
  private readonly runtime: FakeRuntime

  constructor(turn: Turn, runtime: FakeRuntime) {
    this.turn = turn
    this.runtime = runtime
  }

  /** Operates until the turn is over, and returns after how many operations; each takes some milliseconds. */
  run(each: number, most = 10_000): number {
    for (let count = 1; count <= most; count++) {
      this.runtime.pass(each)
      if (--this.credit > 0) continue
      this.credit = this.turn.look()
      if (this.turn.over) return count
    }
    return Infinity
  }
}

function setUp() {
  const runtime = new FakeRuntime()
  const turn = new Turn(runtime)
  return { runtime, turn, operations: new Operations(turn, runtime) }
}

describe("a turn of the event loop", () => {
  it("lasts when operations are short, and is another one when the event loop has turned", () => {
    const { runtime, turn, operations } = setUp()
    for (let i = 0; i < 10; i++) {
      expect(operations.run(0)).toBe(Infinity)
      expect(turn.number).toBe(i)
      runtime.advance(0)
    }
  })

  it.each([
    [0.01, 20],
    [1, 30],
    [5, 30],
    [20, 40],
    [500, 1000],
  ])("is over soon after 10 ms of operations that take %d ms each", (each, most) => {
    const { runtime, operations } = setUp()
    operations.run(each)
    for (let i = 0; i < 10; i++) {
      runtime.advance(0)
      const before = runtime.now()
      operations.run(each)
      expect(runtime.now() - before).toBeLessThanOrEqual(most)
    }
  })

  it("begins anew when the event loop has turned by itself", () => {
    const { runtime, operations } = setUp()
    for (let i = 0; i < 100; i++) {
      expect(operations.run(1, 8)).toBe(Infinity)
      runtime.advance(0)
    }
  })

  it("flushes when it ends, and before that every 10 ms of a loop that never waits", () => {
    const { runtime, turn, operations } = setUp()
    let flushed = 0
    const pipe = { endTurn: () => flushed++ }
    turn.flushAtEnd(pipe)
    runtime.endTurn()
    expect(flushed).toBe(1)
    flushed = 0
    let longest = 0
    for (let i = 0, last = runtime.now(); i < 100; i++) {
      turn.flushAtEnd(pipe)
      const before = flushed
      operations.run(1, 1)
      if (flushed === before) continue
      longest = Math.max(longest, runtime.now() - last)
      last = runtime.now()
    }
    expect(longest).toBeLessThanOrEqual(30)
    runtime.endTurn()
    expect(flushed).toBe(100)
  })

  it("is one for all sockets of a runtime", () => {
    const runtime = new FakeRuntime()
    expect(turnOf(runtime)).toBe(turnOf(runtime))
    expect(turnOf(runtime)).not.toBe(turnOf(new FakeRuntime()))
  })
})
