import { describe, expect, it } from "vitest"
import { jointMark, mark } from "../../src/peers/marks.js"

describe("a high-water mark", () => {
  it("is the option's value, and no limit when that is zero", () => {
    expect([mark(1), mark(1000), mark(0)]).toEqual([1, 1000, Infinity])
  })

  it("of an inproc queue is the sum of both sockets', and none when one has none", () => {
    expect([jointMark(2, 3), jointMark(0, 3), jointMark(2, 0)]).toEqual([5, Infinity, Infinity])
  })
})
