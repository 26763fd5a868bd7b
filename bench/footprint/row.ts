/** One line of the footprint: what was looked at, and what each side gave. */
import { spreadOf, type Spread } from "../findings.js"

export interface FootprintRow {
  readonly name: string
  readonly unit: "ms" | "bytes"
  /** What the first side may have at most. */
  readonly atMost?: number
  readonly reached?: boolean
  readonly sides: Readonly<Record<string, Spread>>
}

/** Who is looked at: a name for the table, and what `import` is given. */
export interface Package {
  readonly name: string
  readonly specifier: string
}

/** What each side gave in every round, by its name, the first one's being what the mark is about. */
export function rowOf(
  name: string,
  unit: FootprintRow["unit"],
  taken: ReadonlyMap<string, readonly number[]>,
  atMost?: number,
): FootprintRow {
  const spreads = [...taken].map(([side, rounds]) => [side, spreadOf(rounds)] as const)
  const first = spreads[0]?.[1].median ?? NaN
  return {
    name,
    unit,
    ...(atMost !== undefined && { atMost, reached: first <= atMost }),
    sides: Object.fromEntries(spreads),
  }
}
