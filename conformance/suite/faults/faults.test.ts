/**
 * The suite catches wrong peers: for each fault just the cases fail that have to. So that this takes seconds and not
 * minutes, it plays every fourth fault, and only the cases near those that have to fail; `npm run faults` plays all.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import { clause } from "../clauses/index.js"
import { FAULTS } from "./index.js"
import { dueNearby, type Line } from "./run.js"

const PROGRAM = fileURLToPath(new URL("./run.ts", import.meta.url))
const MINUTES = 60_000

/** A quarter of them, from every theme. */
const SAMPLE = FAULTS.filter((_, i) => i % 4 === 0)

const lines = new Map<string, Line>()

/** In a process of its own: what a failed case leaves behind there is nobody's. */
function proofs(): Promise<Line[]> {
  const args = ["--import", "tsx", PROGRAM, "--quick", "--json", ...SAMPLE.map(({ name }) => name)]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1_048_576 }, (_, stdout, stderr) => {
      const found = stdout.split("\n").filter(line => line.startsWith("{"))
      if (found.length > 0) resolve(found.map(line => JSON.parse(line) as Line))
      else reject(new Error(stderr))
    })
  })
}

test("faults have names of their own", () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
})

describe("a peer", () => {
  beforeAll(async () => {
    for (const line of await proofs()) lines.set(line.name, line)
  }, 5 * MINUTES)

  test.each(SAMPLE.map(fault => ({ name: fault.name, breaks: fault.breaks, due: dueNearby(fault) })))(
    "that is wrong is caught: $name",
    ({ name, breaks, due }) => {
      const { caught = [], unexpected, missed, clauses = [] } = lines.get(name) ?? {}
      expect({ unexpected, missed }).toEqual({ unexpected: [], missed: [] })
      expect([...caught].sort()).toEqual([...due].sort())
      // Who catches it tries the clause that it breaks.
      expect(breaks.map(id => clause(id).id).filter(id => clauses.includes(id))).not.toEqual([])
    },
  )
})
