/** Which cases and inspections a run has: those that cite an RFC or a clause, or whose name matches. */
import type { Case, Inspection } from "./play/case.js"
import type { Citing } from "./coverage.js"

export interface Wanted {
  /** Numbers of RFCs; all when empty. */
  readonly specs: readonly number[]
  /** `37/framing/4`, or a beginning of one such as `37/framing`; all when empty. */
  readonly clauses: readonly string[]
  /** Names of cases, in which `*` stands for anything; without one, a part of the name. All when empty. */
  readonly names: readonly string[]
}

export interface Selection {
  /** What is played. */
  readonly cases: readonly Case[]
  readonly inspections: readonly Inspection[]
  /** Whether a result was asked for, and not only played so that an inspection has something to look at. */
  wants(id: string): boolean
}

/** Throws a RangeError that names what matches nothing. */
export function select(
  cases: readonly Case[],
  inspections: readonly Inspection[],
  { specs, clauses, names }: Wanted,
): Selection {
  const all: readonly Citing[] = [...cases, ...inspections]
  const tests = [
    specs.map(spec => ({
      wanted: `RFC ${spec}`,
      holds: ({ clauses }: Citing) => clauses.some(id => id.startsWith(`${spec}/`)),
    })),
    testsOf(
      clauses,
      wanted =>
        ({ clauses }) =>
          clauses.some(id => `${id}/`.startsWith(`${wanted}/`)),
    ),
    testsOf(names, pattern => {
      const expression = matching(pattern)
      return ({ id }) => expression.test(id)
    }),
  ]
  for (const { wanted, holds } of tests.flat()) {
    if (!all.some(holds)) throw new RangeError(`No case has anything to do with ${wanted}`)
  }
  const chosen = (its: Citing) =>
    tests.every(some => some.length === 0 || some.some(({ holds }) => holds(its)))
  const wanted = new Set(all.filter(chosen).map(({ id }) => id))
  if (wanted.size === 0) throw new RangeError("No case is all of what was asked for")
  const wants = (id: string) => wanted.has(id)
  const played = cases.filter(({ id }) => wants(id))
  return {
    // Inspections look at what others have exchanged.
    cases: played.length > 0 ? played : cases,
    inspections: inspections.filter(({ id }) => wants(id)),
    wants,
  }
}

interface Test {
  readonly wanted: string
  readonly holds: (its: Citing) => boolean
}

function testsOf(values: readonly string[], test: (value: string) => Test["holds"]): Test[] {
  return values.map(wanted => ({ wanted, holds: test(wanted) }))
}

function matching(pattern: string): RegExp {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")
  return new RegExp(pattern.includes("*") ? `^${source}$` : source)
}
