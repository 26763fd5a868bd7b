import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RoutingIds } from "../../src/routing/routing-ids.js"

const id = (text: string): Buffer => Buffer.from(text, "latin1")

/** Few bytes, so that ids begin alike, are prefixes of one another, and come twice. */
const ids = fc.uint8Array({ maxLength: 9, max: 3 })

describe("a table of routing ids", () => {
  it("finds the peer of each id, of whatever bytes and length, and no other", () => {
    fc.assert(
      fc.property(fc.array(ids), fc.array(ids), (given, asked) => {
        const table = new RoutingIds<string>(0)
        const model = new Map<string, string>()
        given.forEach((each, index) => {
          table.assign(each, String(index))
          model.set(each.join(), String(index))
        })
        for (const each of [...given, ...asked]) expect(table.get(each)).toBe(model.get(each.join()))
      }),
    )
  })

  it("looks at the bytes of an id, whichever array they are in", () => {
    const table = new RoutingIds<string>(0)
    for (const text of ["short", "longer than a number"]) {
      table.assign(id(text), text)
      const inside = new Uint8Array(id(`..${text}..`)).subarray(2, 2 + text.length)
      expect(table.get(inside)).toBe(text)
    }
  })

  it("makes ids of five bytes, a zero and a number that counts on and starts anew", () => {
    const table = new RoutingIds<string>(2 ** 32 - 2)
    const made = [1, 2, 3].map(() => table.generate().toString("hex"))
    expect(made).toEqual(["00fffffffe", "00ffffffff", "0000000000"])
  })

  it("begins with the whole part of its first number", () => {
    expect(new RoutingIds(258.9).generate()).toEqual(id("\0\0\0\x01\x02"))
  })

  it("passes over ids that a peer has chosen before", () => {
    const table = new RoutingIds<string>(7)
    table.assign(id("\0\0\0\0\x07"), "liar")
    expect(table.generate()).toEqual(id("\0\0\0\0\x08"))
    expect(table.get(id("\0\0\0\0\x07"))).toBe("liar")
  })

  it("passes a released id to the peer that has waited longest for it", () => {
    const table = new RoutingIds<string>(0)
    table.assign(id("a"), "first")
    table.wait(id("b"), "other")
    table.wait(id("a"), "second")
    table.wait(id("a"), "third")
    table.wait(id("a"), "second")
    const heirs = ["first", "second", "third"].map(() => {
      const next = table.release(id("a"))
      expect(table.get(id("a"))).toBeUndefined()
      if (next !== undefined) table.assign(id("a"), next)
      return next
    })
    expect(heirs).toEqual(["second", "third", undefined])
  })

  it("passes it to nobody that has given up, or waits for another id by now", () => {
    const table = new RoutingIds<string>(0)
    table.assign(id("a"), "first")
    table.wait(id("a"), "second")
    table.wait(id("a"), "third")
    table.giveUp("second")
    table.wait(id("b"), "third")
    expect(table.release(id("a"))).toBeUndefined()
  })

  it("lists those that have an id, and not those that wait", () => {
    const table = new RoutingIds<string>(0)
    table.assign(id("a"), "first")
    table.assign(id("b"), "other")
    table.wait(id("a"), "second")
    expect([...table.peers()]).toEqual(["first", "other"])
    table.release(id("b"))
    expect([...table.peers()]).toEqual(["first"])
  })
})
