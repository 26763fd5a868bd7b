import { describe, expect, it } from "vitest"
import { FakeRuntime } from "../support/fake-runtime.js"

/** Lets deadlines of these lengths pass, while the event loop is blocked from `from` to `to`. */
function play(lengths: readonly number[], from = 0, to = from): string[] {
  const runtime = new FakeRuntime()
  const happened: string[] = []
  for (const length of lengths) {
    runtime.deadline(() => happened.push(`${length} over at ${runtime.now()}`), length)
  }
  runtime.advance(from)
  runtime.pass(to - from)
  // What came meanwhile is read after the timers of this turn.
  if (to > from) runtime.afterIO(() => happened.push("read"))
  runtime.advance(10_000)
  expect(runtime.timers).toBe(0)
  return happened
}

describe("a deadline", () => {
  it("is over in time when the event loop turns", () => {
    expect(play([100, 5, 2000])).toEqual(["5 over at 5", "100 over at 100", "2000 over at 2000"])
  })

  it("is over after pending I/O", () => {
    const runtime = new FakeRuntime()
    const happened: string[] = []
    runtime.setTimeout(() => runtime.afterIO(() => happened.push("read")), 100)
    runtime.deadline(() => happened.push("over"), 100)
    runtime.advance(100)
    expect(happened).toEqual(["read", "over"])
  })

  it("leaves I/O as much time as it was late, from 50 to 250 ms, when the event loop was blocked", () => {
    expect(play([100], 10, 120)).toEqual(["read", "100 over at 170"])
    expect(play([100], 10, 200)).toEqual(["read", "100 over at 300"])
    expect(play([100], 10, 5000)).toEqual(["read", "100 over at 5250"])
  })

  it("that is short is over after pending I/O all the same", () => {
    expect(play([5], 0, 1000)).toEqual(["read", "5 over at 1000"])
  })

  it("is over after those that were due before", () => {
    expect(play([100, 300, 200, 350], 10, 305)).toEqual([
      "read",
      "100 over at 510",
      "200 over at 510",
      "300 over at 510",
      "350 over at 510",
    ])
  })

  it("is put off once, however long the event loop is blocked again and again", () => {
    const runtime = new FakeRuntime()
    let over: number | undefined
    runtime.deadline(() => (over = runtime.now()), 100)
    for (let i = 0; i < 10; i++) {
      runtime.pass(150)
      runtime.advance(0)
      runtime.deadline(() => undefined, 100)
    }
    expect(over).toBe(300)
  })

  it("never comes when it is stopped, at whatever stage", () => {
    for (const blocked of [0, 500]) {
      const runtime = new FakeRuntime()
      const never = (): void => {
        throw new Error("It was stopped")
      }
      const timers = [runtime.deadline(never, 100), runtime.deadline(never, 200)]
      runtime.advance(50)
      runtime.pass(blocked)
      // Both wait for the end of the extra time, when there is some.
      runtime.advance(blocked > 0 ? 10 : 49)
      for (const timer of timers) runtime.clearTimeout(timer)
      expect(runtime.timers).toBe(0)
      runtime.advance(10_000)
    }
  })
})
