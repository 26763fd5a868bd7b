/**
 * What this package costs a program that has not sent anything yet, beside the native one: time to load it, room on
 * disk, time to connect, memory of sockets that idle.
 */
import { spreadOf, type Spread } from "../findings.js"
import { digits } from "../report.js"
import { bytes, type Shown } from "../show/shown.js"
import type { Absent } from "../sides.js"
import { firstMessage } from "./first-message.js"
import { idle } from "./idle.js"
import { installed } from "./installed.js"
import type { FootprintRow, Package } from "./row.js"
import { startUp } from "./start-up.js"

export type { FootprintRow } from "./row.js"

export interface Footprint {
  readonly rows: readonly FootprintRow[]
  /** Who is missing, and why. */
  readonly absent: readonly Absent[]
}

/** @param ours What stands for this package. */
export async function measureFootprint(
  ours: string,
  only: RegExp,
  quick: boolean,
  progress: (text: string) => void,
): Promise<Footprint> {
  const packages: Package[] = [{ name: ours === "zmtp" ? "zmtp" : "ours", specifier: ours }]
  const absent: Absent[] = []
  const why = await import("zeromq").then(
    () => undefined,
    (error: unknown) => String(error).split("\n", 1)[0] ?? "it does not load",
  )
  if (why === undefined) packages.push({ name: "zeromq", specifier: "zeromq" })
  else absent.push({ name: "zeromq", reason: why })

  const rows: FootprintRow[] = []
  if (only.test("import and require")) rows.push(...startUp(packages, quick ? 15 : 61, progress))
  if (only.test("installed")) {
    const sizes = installed(packages)
    rows.push(...sizes.rows)
    absent.push(...sizes.absent)
  }
  if (only.test("connect to first message")) {
    rows.push(...(await firstMessage(packages, quick ? 5 : 21, progress)))
  }
  if (only.test("idle sockets")) rows.push(...(await idle(packages, quick ? 1 : 5, progress)))
  progress("")
  return { rows, absent }
}

function figure(value: number, unit: FootprintRow["unit"]): string {
  return unit === "ms" ? `${digits(value)} ms` : bytes(value)
}

function cell(spread: Spread | undefined, unit: FootprintRow["unit"]): string {
  if (spread === undefined) return ""
  const { median, min, max, rounds } = spread
  const range = rounds.length > 1 ? ` (${figure(min, unit)} – ${figure(max, unit)})` : ""
  return figure(median, unit) + range
}

/** The first side's figure over another's in the same round, as with flows. */
function ratio({ sides }: FootprintRow, first: string, other: string): string {
  const [mine, theirs] = [sides[first], sides[other]]
  if (mine === undefined || theirs === undefined) return ""
  return `${digits(spreadOf(mine.rounds.map((one, at) => one / (theirs.rounds[at] ?? NaN))).median)} ×`
}

export function footprintTable({ rows }: Footprint): Shown {
  const [first = "", ...others] = new Set(rows.flatMap(({ sides }) => Object.keys(sides)))
  return {
    title: "Footprint: below 1 × is less than the other's",
    header: [
      "what",
      ...others.map(other => `÷ ${other}`),
      "mark",
      ...[first, ...others].map(side => `${side}, median (min – max)`),
    ],
    rows: rows.map(row => [
      row.name,
      ...others.map(other => ratio(row, first, other)),
      row.atMost === undefined ? "" : `≤ ${figure(row.atMost, row.unit)} ${row.reached === true ? "✓" : "✗"}`,
      ...[first, ...others].map(side => cell(row.sides[side], row.unit)),
    ]),
  }
}
