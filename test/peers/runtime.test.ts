import { describe, expect, it } from "vitest"
import { FakeRuntime } from "../support/fake-runtime.js"

/** Plays a deadline of 100 ms: `blocked` says from when to when the event loop does nothing. */
function play(blocked: readonly [from: number, to: number] | undefined, milliseconds = 100) {
  const runtime = new FakeRuntime()
  const happened: string[] = []
  runtime.deadline(() => happened.push(`over at ${runtime.now()}`), milliseconds)
  if (blocked !== undefined) {
    runtime.advance(blocked[0])
    runtime.pass(blocked[1] - blocked[0])
    // What came meanwhile is read after the timers of this turn.
    runtime.afterIO(() => happened.push("read"))
  }
  runtime.advance(10_000)
  return happened
}

describe("a deadline", () => {
  it("is over in time when the event loop turns", () => {
    expect(play(undefined)).toEqual(["over at 100"])
  })

  it("is over after pending I/O", () => {
    const runtime = new FakeRuntime()
    const happened: string[] = []
    runtime.deadline(() => happened.push("over"), 100)
    runtime.setTimeout(() => runtime.afterIO(() => happened.push("read")), 100)
    runtime.deadline(() => happened.push("over"), 100)
    runtime.advance(100)
    expect(happened).toEqual(["over", "read", "over"])
  })

  it("leaves I/O as much time as it was late, and at least 50 ms, when the event loop was blocked", () => {
    expect(play([10, 400])).toEqual(["read", "over at 500"])
    expect(play([10, 350], 300)).toEqual(["read", "over at 400"])
    expect(play([10, 1000], 800)).toEqual(["read", "over at 1200"])
  })

  it("is put off once", () => {
    const runtime = new FakeRuntime()
    let over: number | undefined
    runtime.deadline(() => (over = runtime.now()), 100)
    for (let i = 0; i < 10; i++) {
      runtime.pass(150)
      runtime.advance(0)
    }
    expect(over).toBe(300)
  })

  it("never comes when it is stopped, at whatever stage", () => {
    for (const blocked of [0, 500]) {
      for (const wait of [0, 100, 149, 599]) {
        const runtime = new FakeRuntime()
        const timer = runtime.deadline(() => {
          throw new Error("It was stopped")
        }, 100)
        runtime.pass(blocked)
        if (wait < 100 || blocked > 0) runtime.advance(wait > 100 + blocked ? 0 : Math.min(wait, 99))
        runtime.clearTimeout(timer)
        runtime.advance(10_000)
        expect(runtime.timers).toBe(0)
      }
    }
  })
})
