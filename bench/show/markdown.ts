/** The page of results: what a full run gave, as tables that can be read on the web, all from `results.json`. */
import type { Comparison, Finding } from "../findings.js"
import { footprintTable } from "../footprint/index.js"
import { quantity } from "../report.js"
import { soakTables } from "../soak/table.js"
import type { Results } from "./record.js"
import { inMarkdown, type Shown } from "./shown.js"

function markOf({ mark, reached }: Comparison): string {
  const bound = [
    ...(mark?.atLeast === undefined ? [] : [`≥ ${mark.atLeast}`]),
    ...(mark?.atMost === undefined ? [] : [`≤ ${mark.atMost}`]),
  ]
  return mark ? ` (${bound.join(", ")} ${reached === true ? "✓" : "✗"})` : ""
}

function comparisonCell({ comparisons }: Finding, side: string): string {
  const found = comparisons.find(({ against }) => against === side)
  return found ? `${found.ratio.toFixed(2)} ×${markOf(found)}` : ""
}

function figureCell({ sides, unit }: Finding, side: string): string {
  const found = sides[side]
  if (!found) return ""
  const [median, min, max] = [found.median, found.min, found.max].map(value => quantity(value, unit))
  return `${median} (${min} – ${max})`
}

const nameOf = ({ flow, figure }: Finding): string => [flow, figure].filter(Boolean).join(" ")

/** Two tables: how this package compares, and what each side did. */
function flowTables(findings: readonly Finding[]): readonly Shown[] {
  const sides = [...new Set(findings.flatMap(finding => Object.keys(finding.sides)))]
  const others = sides.slice(1)
  return [
    {
      title: "Flows: this package over the others, and what that has to be",
      header: ["flow", ...others.map(other => `÷ ${other}`)],
      rows: findings.map(finding => [
        nameOf(finding),
        ...others.map(other => comparisonCell(finding, other)),
      ]),
    },
    {
      title: "Flows: each side's median (min – max)",
      header: ["flow", ...sides],
      rows: findings.map(finding => [nameOf(finding), ...sides.map(side => figureCell(finding, side))]),
    },
  ]
}

function facts(record: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(record).map(([name, value]) => `- ${name}: ${value}`)
}

/** @param charts What has been drawn: file names and what they show. */
export function resultsPage(results: Results, charts: readonly { name: string; title: string }[]): string {
  const { flows, footprint, soak, others } = results
  const absent = [...flows.absent, ...footprint.absent].map(
    ({ name, reason }) => `- ${name}: absent (${reason})`,
  )
  const tables = [
    ...(flows.findings.length > 0 ? flowTables(flows.findings) : []),
    ...(footprint.rows.length > 0 ? [footprintTable(footprint)] : []),
    ...(soak.length > 0 ? soakTables(soak) : []),
    ...others,
  ].filter(({ rows }) => rows.length > 0)
  const { rounds, seconds, warmUp } = flows.plan
  const intro =
    "Written by the run below; `npm run bench -- --draw` writes this page and the charts anew from " +
    "[results.json](results.json), which holds every round. [../README.md](../README.md) says what is measured and how."
  return [
    "# Results of one full run",
    "",
    intro,
    "",
    `    ${results.command}`,
    "",
    `- date: ${results.date}`,
    ...facts(results.machine),
    ...facts({ ...results.versions, ...results.flows.versions }),
    ...[...new Set(absent)],
    `- flows: ${rounds} rounds of ${seconds} s after ${warmUp} s of warm-up; round trips in four times as many shorter turns`,
    "",
    ...charts.flatMap(({ name, title }) => [`![${title}](${name})`, ""]),
    ...tables.flatMap(table => [inMarkdown(table), ""]),
  ].join("\n")
}
