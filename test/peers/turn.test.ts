import { describe, expect, it } from "vitest"
import { Turn, turnOf } from "../../src/peers/turn.js"
import { FakeRuntime } from "../support/fake-runtime.js"

/** Counts operations as sockets do; each takes some time. Returns after how many the turn is over. */
function operate(turn: Turn, runtime: FakeRuntime, each: number, most = 10_000): number {
  for (let count = 1; count <= most; count++) {
    runtime.pass(each)
    if (--turn.left <= 0 && turn.over()) return count
  }
  return Infinity
}

describe("a turn of the event loop", () => {
  it("is over after 2048 operations, however short", () => {
    const runtime = new FakeRuntime()
    const turn = new Turn(runtime)
    expect(operate(turn, runtime, 0)).toBe(2048)
  })

  it.each([
    [1, 40],
    [5, 30],
    [20, 40],
    [500, 1000],
  ])("is over soon after 10 ms of operations that take %i ms each", (each, most) => {
    const runtime = new FakeRuntime()
    const turn = new Turn(runtime)
    operate(turn, runtime, each)
    runtime.advance(0)
    const before = runtime.now()
    operate(turn, runtime, each)
    expect(runtime.now() - before).toBeLessThanOrEqual(most)
  })

  it("begins anew when the event loop has turned by itself", () => {
    const runtime = new FakeRuntime()
    const turn = new Turn(runtime)
    for (let i = 0; i < 100; i++) {
      expect(operate(turn, runtime, 1, 8)).toBe(Infinity)
      runtime.advance(0)
    }
  })

  it("flushes once when it ends, and before that every 10 ms of a loop that never waits", () => {
    const runtime = new FakeRuntime()
    const turn = new Turn(runtime)
    let flushed = 0
    const pipe = { endTurn: () => flushed++ }
    turn.flushAtEnd(pipe)
    runtime.endTurn()
    expect(flushed).toBe(1)
    flushed = 0
    for (let i = 0; i < 100; i++) {
      runtime.pass(1)
      turn.flushAtEnd(pipe)
      if (--turn.left <= 0) turn.over()
    }
    expect(flushed).toBeGreaterThan(50)
    const before = flushed
    runtime.endTurn()
    expect(flushed).toBeGreaterThan(before)
    runtime.endTurn()
    expect(flushed).toBe(100)
  })

  it("is one for all sockets of a runtime", () => {
    const runtime = new FakeRuntime()
    expect(turnOf(runtime)).toBe(turnOf(runtime))
    expect(turnOf(runtime)).not.toBe(turnOf(new FakeRuntime()))
  })
})
