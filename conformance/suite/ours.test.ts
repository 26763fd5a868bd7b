/**
 * This package under the whole suite: it departs from the RFCs where SPEC-NOTES.md says so, case by case, and nowhere
 * else. A section of that page is the list.
 */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ours } from "../peers/adapters/node.js"
import { CASES, INSPECTIONS } from "./cases/index.js"
import { runSuite, type Result } from "./play/runner.js"
import { AdapterTarget } from "./play/target.js"

const notes = readFileSync(new URL("../../SPEC-NOTES.md", import.meta.url), "utf8")
const [, section = ""] = /\n## Departures from the RFCs\n(.*?)(\n## |$)/s.exec(notes) ?? []
const ids = new Set([...CASES, ...INSPECTIONS].map(({ id }) => id))
const declared = [...section.matchAll(/`([\w-]+\/[\w-]+)`/g)].flatMap(([, id = ""]) =>
  ids.has(id) ? [id] : [],
)

let target: AdapterTarget
let results: readonly Result[]

beforeAll(async () => {
  target = await AdapterTarget.start(ours.name, await ours.prepare())
  results = await runSuite(target, { cases: CASES, inspections: INSPECTIONS, patience: 10_000 })
}, 120_000)

afterAll(() => target.stop())

test("departs from the RFCs where these notes say so, and nowhere else", () => {
  const failed = results.filter(({ status }) => status === "fail")
  const told = failed.map(({ id, reason }) => `${id}: ${reason}`)
  expect(failed.map(({ id }) => id).sort(), told.join("\n")).toEqual([...declared].sort())
})

test("is asked everything, but for what it lacks", () => {
  expect(results.filter(({ status }) => status === "error").map(({ id, reason }) => [id, reason])).toEqual([])
  expect(results.filter(({ status }) => status === "n/a").map(({ id }) => id)).toEqual([
    // Of peers that demand version 3, and do not speak with older ones.
    "version/whole-greeting-unasked",
    "version/padding-of-who-demands",
    // Endpoints have no resources.
    "resource/asked-for",
  ])
})
