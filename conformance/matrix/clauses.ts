/**
 * Clause by peer: what the cases that cite a clause say of it, for each peer, and the same counted by section. How it is
 * shown is in tables.ts.
 */
import { specifications, type Clause } from "../suite/clauses/index.js"
import { verdictOf, type PeerReport, type ShownResult, type Verdict } from "../suite/report/report.js"

export interface ClauseRow {
  readonly rfc: number
  readonly clause: Clause
  /** In the order of the peers: the worst that a case says; undefined where no case was played. */
  readonly cells: readonly (Verdict | undefined)[]
}

/** How many clauses of a section a peer keeps. */
export interface SectionCell {
  /** Clauses that could be told. */
  readonly tried: number
  readonly kept: number
  /** The worst that a case of the section says; undefined where none was played. */
  readonly worst: Verdict | undefined
}

export interface SectionRow {
  readonly rfc: number
  readonly section: string
  readonly cells: readonly SectionCell[]
}

/** The worst first. What cannot be told says nothing beside what can. */
const ORDER: readonly Verdict[] = ["fail-must", "error", "fail-should", "pass", "n/a"]

export function worstOf(verdicts: readonly (Verdict | undefined)[]): Verdict | undefined {
  return ORDER.find(verdict => verdicts.includes(verdict))
}

/** The clauses that some case tried. */
export function clauseMatrix(peers: readonly PeerReport[]): ClauseRow[] {
  const verdicts = peers.map(({ results }) => verdictsByClause(results))
  return specifications.flatMap(({ rfc, clauses }) =>
    clauses
      .map(clause => ({ rfc, clause, cells: verdicts.map(its => worstOf(its.get(clause.id) ?? [])) }))
      .filter(({ cells }) => cells.some(cell => cell !== undefined)),
  )
}

export function sectionMatrix(rows: readonly ClauseRow[]): SectionRow[] {
  const groups = new Map<string, ClauseRow[]>()
  for (const row of rows) {
    const key = `${row.rfc} ${row.clause.section}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const cells = first.cells.map((_, i) => sectionCell(group.map(({ cells }) => cells[i])))
    return [{ rfc: first.rfc, section: first.clause.section, cells }]
  })
}

function sectionCell(verdicts: readonly (Verdict | undefined)[]): SectionCell {
  return {
    tried: verdicts.filter(verdict => verdict !== undefined && verdict !== "n/a").length,
    kept: verdicts.filter(verdict => verdict === "pass").length,
    worst: worstOf(verdicts),
  }
}

function verdictsByClause(results: readonly ShownResult[]): Map<string, Verdict[]> {
  const verdicts = new Map<string, Verdict[]>()
  for (const result of results) {
    for (const id of result.clauses) verdicts.set(id, [...(verdicts.get(id) ?? []), verdictOf(result)])
  }
  return verdicts
}
