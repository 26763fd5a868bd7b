/** What a person reads: the table of findings, ratios and marks first. It computes nothing. */
import Table from "cli-table3"
import pc from "picocolors"
import type { Comparison, Finding, Spread } from "./findings.js"

/** Rules only under the header; all columns but the first are aligned to the right. */
export function plainTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: header.map(pc.bold),
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: " ",
    },
    style: { head: [], border: [] },
    colAligns: header.map((_, column) => (column === 0 ? "left" : "right")),
  })
  table.push(...rows.map(row => row.map(cell => cell.replace(/✓/u, pc.green).replace(/✗/u, pc.red))))
  return table.toString()
}

/** Three digits are all that a median of a few rounds is worth. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function duration(nanoseconds: number): string {
  if (nanoseconds >= 1e9) return `${digits(nanoseconds / 1e9)} s`
  return nanoseconds >= 1e7 ? `${digits(nanoseconds / 1e6)} ms` : `${digits(nanoseconds / 1e3)} µs`
}

/** A figure as a person reads it. */
export function quantity(value: number, unit: Finding["unit"]): string {
  if (unit === "ns") return duration(value)
  if (unit === "B") return value >= 1e3 ? `${digits(value / 1e3)} kB` : `${digits(value)} B`
  if (value >= 1e6) return `${digits(value / 1e6)} M/s`
  return value >= 1e3 ? `${digits(value / 1e3)} k/s` : `${digits(value)} /s`
}

function spread(found: Spread | undefined, unit: Finding["unit"]): string {
  if (!found) return ""
  return `${quantity(found.median, unit)} (${quantity(found.min, unit)} – ${quantity(found.max, unit)})`
}

function markCells(comparison: Comparison | undefined): readonly string[] {
  if (!comparison) return ["", ""]
  const { ratio, mark, reached } = comparison
  const bound =
    mark?.atLeast !== undefined ? `≥ ${mark.atLeast}` : mark?.atMost !== undefined ? `≤ ${mark.atMost}` : ""
  return [`${ratio.toFixed(2)} ×`, mark ? `${bound} ${reached ? "✓" : "✗"}` : ""]
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

/** The whole table. Sides without any mark are shown by their figures and ratios all the same. */
export function report(found: readonly Finding[]): string {
  const sides = unique(found.flatMap(finding => Object.keys(finding.sides)))
  const rivals = sides.slice(1)
  const marked = new Set(
    found.flatMap(({ comparisons }) => comparisons.filter(one => one.mark)).map(one => one.against),
  )
  const header = [
    "flow",
    ...rivals.flatMap(rival => [`÷ ${rival}`, ...(marked.has(rival) ? ["mark"] : [])]),
    ...sides.map(side => `${side}, median (min – max)`),
  ]
  const rows = found.map(finding => [
    [finding.flow, finding.figure].filter(Boolean).join(" "),
    ...rivals.flatMap(rival =>
      markCells(finding.comparisons.find(({ against }) => against === rival)).slice(
        0,
        marked.has(rival) ? 2 : 1,
      ),
    ),
    ...sides.map(side => spread(finding.sides[side], finding.unit)),
  ])
  return [plainTable(header, rows), ...absences(found)].join("\n")
}

function absences(found: readonly Finding[]): readonly string[] {
  return unique(
    found.flatMap(({ flow, leftOut = {} }) =>
      Object.entries(leftOut).map(([side, reason]) => `${flow}: without ${side} (${reason})`),
    ),
  )
}
