/**
 * Which clauses some case or inspection tries, which nobody outside can see, and which wait for a case. It counts; it
 * knows nothing of runs and peers.
 */
import { specifications, type Clause, type Specification } from "./clauses/index.js"

/** Whatever cites clauses: a case or an inspection. */
export interface Citing {
  readonly id: string
  readonly clauses: readonly string[]
}

export type State = "covered" | "unobservable" | "open"

export interface ClauseCoverage {
  readonly rfc: number
  readonly clause: Clause
  /** The cases that cite it. */
  readonly cases: readonly string[]
  readonly state: State
}

export interface CoverageCount {
  readonly clauses: number
  readonly covered: number
  readonly unobservable: number
  /** Clauses that could be seen, and that no case cites. */
  readonly open: number
}

export interface RfcCoverage extends CoverageCount {
  readonly rfc: number
  readonly name: string
}

/** Each clause with the cases that cite it, in the order of the specifications. */
export function coverageOf(
  cases: readonly Citing[],
  of: readonly Specification[] = specifications,
): ClauseCoverage[] {
  const citing = new Map<string, string[]>()
  for (const { id, clauses } of cases) {
    for (const each of clauses) citing.set(each, [...(citing.get(each) ?? []), id])
  }
  return of.flatMap(({ rfc, clauses }) =>
    clauses.map(clause => {
      const cases = citing.get(clause.id) ?? []
      return { rfc, clause, cases, state: stateOf(clause, cases) }
    }),
  )
}

export function coverageByRfc(
  coverage: readonly ClauseCoverage[],
  of: readonly Specification[] = specifications,
): RfcCoverage[] {
  return of.map(({ rfc, name }) => ({ rfc, name, ...countOf(coverage.filter(each => each.rfc === rfc)) }))
}

export function countOf(coverage: readonly ClauseCoverage[]): CoverageCount {
  const inState = (state: State) => coverage.filter(each => each.state === state).length
  return {
    clauses: coverage.length,
    covered: inState("covered"),
    unobservable: inState("unobservable"),
    open: inState("open"),
  }
}

function stateOf({ unobservable }: Clause, cases: readonly string[]): State {
  if (cases.length > 0) return "covered"
  return unobservable === undefined ? "open" : "unobservable"
}
