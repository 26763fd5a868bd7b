/** A table as data, so that the terminal and the page of results each draw it in their own way. */
import { plainTable } from "../report.js"

export interface Shown {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function onTerminal(tables: readonly Shown[]): string {
  return tables.map(({ title, header, rows }) => `${title}\n\n${plainTable(header, rows)}`).join("\n\n")
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map(cell => cell.replaceAll("|", "\\|")).join(" | ")} |`

export function inMarkdown({ title, header, rows }: Shown): string {
  const rule = header.map((_, column) => (column === 0 ? "---" : "--:"))
  return [`### ${title}`, "", ...[header, rule, ...rows].map(row)].join("\n")
}

/** Bytes as a person reads them; a megabyte has a million. */
export function bytes(count: number): string {
  const size = Math.abs(count)
  if (size >= 1e6) return `${(count / 1e6).toFixed(size >= 1e8 ? 0 : 1)} MB`
  return size >= 1e3 ? `${(count / 1e3).toFixed(size >= 1e5 ? 0 : 1)} kB` : `${count.toFixed(0)} B`
}
