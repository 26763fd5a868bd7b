/**
 * A run as data, for other programs. Its shape is told in conformance/README.md and kept: what is added is added, and what
 * is there stays.
 */
import { clauseMatrix } from "../../matrix/clauses.js"
import { specifications } from "../clauses/index.js"
import { coverageByRfc, type ClauseCoverage } from "../coverage.js"
import { countsOf, exitStatusOf, type Report, type ShownResult } from "./report.js"

/** Grows by one when a field changes its meaning or goes. */
const FORMAT = 1

export function jsonOf(report: Report, coverage: readonly ClauseCoverage[]): string {
  const { version, began, strict, peers, interop } = report
  const matrix = clauseMatrix(peers).map(({ clause, cells }): [string, object] => [
    clause.id,
    Object.fromEntries(peers.flatMap(({ name }, i) => (cells[i] === undefined ? [] : [[name, cells[i]]]))),
  ])
  return JSON.stringify({
    format: FORMAT,
    tool: { name: "zmtp-conformance", version },
    began: began.toISOString(),
    strict,
    exitStatus: exitStatusOf(report),
    specifications: specifications.map(({ rfc, name, url }) => ({ rfc, name, url })),
    coverage: coverageByRfc(coverage),
    clauses: coverage.map(({ rfc, clause, cases, state }) => ({ rfc, ...clause, state, cases })),
    cases: casesOf(peers.flatMap(({ results }) => results)),
    peers: peers.map(({ results, ...peer }) => ({
      ...peer,
      counts: countsOf(results),
      results: results.map(({ id, status, reason, notes, milliseconds, connections }) => ({
        ...{ id, status, reason, notes, connections },
        milliseconds: Math.round(milliseconds),
      })),
    })),
    matrix: Object.fromEntries(matrix),
    ...(interop === undefined ? {} : { interop }),
  })
}

function casesOf(results: readonly ShownResult[]) {
  const cases = new Map(
    results.map(({ id, clauses, weight, sends, requires }) => [id, { id, clauses, weight, sends, requires }]),
  )
  return [...cases.values()]
}
