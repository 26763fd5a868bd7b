/** That a selection has the cases that were asked for, and says so when there are none. */
import { describe, expect, test } from "vitest"
import { coverageByRfc, coverageOf, countOf } from "./coverage.js"
import { specifications } from "./clauses/index.js"
import type { Case, Inspection } from "./play/case.js"
import { select, type Wanted } from "./selection.js"

const made = (id: string, ...clauses: string[]): Case => ({
  ...{ id, clauses, sends: "", requires: "", types: ["PULL"] },
  play: () => Promise.resolve(),
})
const cases = [
  made("framing/one", "37/framing/4", "23/framing/4"),
  made("framing/two", "23/framing/1"),
  made("push/one", "30/push/1"),
]
const inspections: Inspection[] = [
  { id: "inspection/one", clauses: ["37/framing/4"], requires: "", inspect: () => undefined },
]

function ids(wanted: Partial<Wanted>): string[] {
  const selection = select(cases, inspections, { specs: [], clauses: [], names: [], ...wanted })
  return [...selection.cases, ...selection.inspections].map(({ id }) => id).filter(id => selection.wants(id))
}

describe("a selection", () => {
  test("is everything when nothing is asked for", () => {
    expect(ids({})).toEqual(["framing/one", "framing/two", "push/one", "inspection/one"])
  })

  test("goes by RFC, by clause or its section, and by name", () => {
    expect(ids({ specs: [30, 37] })).toEqual(["framing/one", "push/one", "inspection/one"])
    expect(ids({ clauses: ["23/framing"] })).toEqual(["framing/one", "framing/two"])
    expect(ids({ clauses: ["23/framing/1"] })).toEqual(["framing/two"])
    expect(ids({ names: ["one"], specs: [23] })).toEqual(["framing/one"])
    expect(ids({ names: ["framing/*"] })).toEqual(["framing/one", "framing/two"])
  })

  test("plays all for an inspection, and shows it alone", () => {
    expect(ids({ names: ["inspection"] })).toEqual(["inspection/one"])
    const wanted = { specs: [], clauses: [], names: ["inspection"] }
    expect(select(cases, inspections, wanted).cases).toEqual(cases)
  })

  test("says what matches nothing", () => {
    expect(() => ids({ specs: [99] })).toThrow("RFC 99")
    expect(() => ids({ clauses: ["37/framin"] })).toThrow("37/framin")
    expect(() => ids({ names: ["nothing"] })).toThrow("nothing")
    expect(() => ids({ specs: [30], names: ["framing"] })).toThrow("all of what was asked for")
  })
})

describe("the coverage", () => {
  test("has each clause in one state", () => {
    const coverage = coverageOf(cases)
    const { clauses, covered, unobservable, open } = countOf(coverage)
    expect(clauses).toBe(specifications.flatMap(({ clauses }) => clauses).length)
    expect(covered).toBe(4)
    expect(covered + unobservable + open).toBe(clauses)
    expect(coverageByRfc(coverage).find(({ rfc }) => rfc === 23)).toMatchObject({ covered: 2 })
  })
})
