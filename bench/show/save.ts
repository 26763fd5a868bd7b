/**
 * Writes `bench/results/`: the figures of a full run, and from these alone its page and its charts, laid out as the rest of
 * the repository is.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { format, resolveConfig } from "prettier"
import { charts } from "./charts.js"
import { resultsPage } from "./markdown.js"
import type { Results } from "./record.js"

const DIRECTORY = new URL("../results/", import.meta.url)

async function write(name: string, text: string): Promise<void> {
  const filepath = fileURLToPath(new URL(name, DIRECTORY))
  const isFormatted = /\.(json|md)$/.test(name)
  const laidOut = isFormatted ? await format(text, { ...(await resolveConfig(filepath)), filepath }) : text
  writeFileSync(filepath, laidOut)
  console.log(`bench/results/${name}`)
}

/** Writes the page and the charts of the results that are there. */
export async function drawResults(): Promise<void> {
  const results = JSON.parse(readFileSync(new URL("results.json", DIRECTORY), "utf8")) as Results
  const drawn = charts(results)
  for (const { name, svg } of drawn) await write(name, svg)
  await write("results.md", resultsPage(results, drawn))
}

/** Figures beyond their sixth digit are noise. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}

export async function saveResults(results: Results): Promise<void> {
  mkdirSync(DIRECTORY, { recursive: true })
  await write("results.json", JSON.stringify(results, rounded))
  await drawResults()
}
