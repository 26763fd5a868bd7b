import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nextInterval } from "../../src/peers/reconnection.js"
import { FakeRuntime } from "../support/fake-runtime.js"

/** The waits of so many attempts in a row. */
function waits(base: number, most: number, count: number, chance = 0): (number | undefined)[] {
  const runtime = new FakeRuntime()
  runtime.chance = chance
  let last: number | undefined
  return Array.from({ length: count }, () => {
    const next = nextInterval({ reconnectInterval: base, reconnectMaxInterval: most }, last, runtime)
    last = next?.current
    return next?.wait
  })
}

describe("the wait before connecting again", () => {
  it.each([
    [100, 0, [100, 100, 100, 100]],
    [100, 1000, [100, 200, 400, 800, 1000, 1000]],
    [100, 800, [100, 200, 400, 800, 800]],
    [100, 100, [100, 100, 100]],
    // libzmq caps the first wait too.
    [100, 50, [50, 50, 50]],
    [1, 10, [1, 2, 4, 8, 10, 10]],
    [-1, 0, [undefined, undefined]],
    [0, 0, [undefined]],
    [-1, 1000, [undefined]],
    [0, 1000, [undefined]],
  ])("with an interval of %i and a maximum of %i is as in libzmq", (base, most, wanted) => {
    expect(waits(base, most, wanted.length)).toEqual(wanted)
  })

  it("has a random part of less than the interval when there is no maximum", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (base, chance) => {
          const [first, second] = waits(base, 0, 2, chance)
          expect(first).toBeGreaterThanOrEqual(base)
          expect(first).toBeLessThan(2 * base)
          expect(second).toBe(first)
          expect(Number.isInteger(first)).toBe(true)
        },
      ),
    )
    expect(waits(100, 0, 1, 0.5)).toEqual([150])
    expect(waits(100, 0, 1, 0.999999)).toEqual([199])
  })

  it("has no random part when there is a maximum", () => {
    expect(waits(100, 1000, 3, 0.9)).toEqual([100, 200, 400])
  })

  it("never passes what a timer can wait, as in libzmq", () => {
    for (const base of [1_100_000_000, 2_000_000_000, 2 ** 31 - 1]) {
      expect(waits(base, 0, 2, 0.999)).toEqual([2 ** 31 - 1, 2 ** 31 - 1])
      expect(waits(base, 0, 1, 0)).toEqual([base])
      expect(waits(base, 2 ** 31 - 1, 2)).toEqual([base, 2 ** 31 - 1])
    }
  })

  it("never passes a maximum, however often it doubles", () => {
    expect(waits(1, 2 ** 31 - 1, 2000).at(-1)).toBe(2 ** 31 - 1)
  })
})
