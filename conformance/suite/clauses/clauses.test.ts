/**
 * That the inventory holds together: names, numbers and quotations. That each quotation is the RFC's own was
 * checked by hand against the texts of the RFCs, which are not part of this repository.
 */
import { describe, expect, test } from "vitest"
import { clause, specifications, type Clause } from "./index.js"

const ID = /^(\d+)\/([a-z0-9]+(?:-[a-z0-9]+)*)\/([1-9]\d*)$/

/** Clauses, those that nobody can see, and those of each level: a clause that is dropped shows here. */
const COUNTS = {
  "13": { all: 30, unobservable: 1, MUST: 14, SHOULD: 10, SHALL: 3, "SHOULD NOT": 1, "SHALL NOT": 2 },
  "15": { all: 37, unobservable: 0, MUST: 24, SHOULD: 13 },
  "23": {
    all: 140,
    unobservable: 7,
    MUST: 59,
    SHALL: 43,
    SHOULD: 32,
    "SHALL NOT": 4,
    "MUST NOT": 1,
    "SHOULD NOT": 1,
  },
  "24": { all: 15, unobservable: 1, "SHOULD NOT": 1, MUST: 14 },
  "25": { all: 3, unobservable: 0, MUST: 3 },
  "26": { all: 92, unobservable: 9, SHALL: 54, "SHALL NOT": 8, MUST: 28, "MUST NOT": 1, SHOULD: 1 },
  "27": { all: 51, unobservable: 19, SHALL: 36, "SHALL NOT": 5, MUST: 9, SHOULD: 1 },
  "28": { all: 54, unobservable: 1, SHOULD: 4, SHALL: 43, "SHALL NOT": 7 },
  "29": { all: 62, unobservable: 7, SHOULD: 6, SHALL: 47, "SHALL NOT": 9 },
  "30": { all: 26, unobservable: 2, SHOULD: 3, SHALL: 19, "SHALL NOT": 4 },
  "31": { all: 15, unobservable: 0, SHOULD: 2, "SHALL NOT": 3, SHALL: 10 },
  "37": {
    all: 187,
    unobservable: 10,
    MUST: 75,
    SHALL: 53,
    SHOULD: 50,
    "SHALL NOT": 5,
    "MUST NOT": 2,
    "SHOULD NOT": 2,
  },
}

function count(clauses: readonly Clause[]) {
  const counts: Record<string, number> = {
    all: clauses.length,
    unobservable: clauses.filter(({ unobservable }) => unobservable).length,
  }
  for (const { level } of clauses) counts[level] = (counts[level] ?? 0) + 1
  return counts
}

const all = specifications.flatMap(({ clauses }) => clauses)

test("each RFC has as many clauses of each level as were counted", () => {
  expect(Object.fromEntries(specifications.map(({ rfc, clauses }) => [rfc, count(clauses)]))).toEqual(COUNTS)
})

test("a clause is found by its id, and what is none is a fault", () => {
  for (const each of all) expect(clause(each.id)).toBe(each)
  expect(() => clause("37/nowhere/1")).toThrow(new RangeError("There is no clause 37/nowhere/1"))
})

describe.each(specifications)("clauses of RFC $rfc", ({ rfc, clauses }) => {
  test("have ids of their own that are numbered without gaps in each section", () => {
    const seen = new Map<string, { section: string; numbers: number[] }>()
    for (const { id, section } of clauses) {
      const [, spec, slug = "", number] = ID.exec(id) ?? []
      expect(spec, id).toBe(String(rfc))
      const entry = seen.get(slug) ?? { section, numbers: [] }
      seen.set(slug, entry)
      expect(section, id).toBe(entry.section)
      entry.numbers.push(Number(number))
    }
    for (const [slug, { numbers }] of seen)
      expect(numbers, slug).toEqual(Array.from(numbers, (_, index) => index + 1))
  })

  test("quote a sentence with its keyword, unless the grammar speaks", () => {
    for (const { id, text, level, source } of clauses) {
      expect(text.trim(), id).toBe(text)
      expect(text.replaceAll("…", "").trim(), id).not.toBe("")
      if (!source) expect(text.toUpperCase(), id).toContain(level)
    }
  })

  test("say a reason where nobody can see whether they are kept", () => {
    for (const { id, unobservable } of clauses)
      if (unobservable !== undefined) expect(unobservable, id).toMatch(/^[A-Z].*\.$/)
  })
})
