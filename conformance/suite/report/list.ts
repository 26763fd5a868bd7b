/** What `--list` tells: the cases with their clauses and weights, or clauses that have no case, with the reason. */
import { weightOf, type Case, type Inspection } from "../play/case.js"
import type { ClauseCoverage } from "../coverage.js"
import type { Screen } from "./screen.js"

export function caseList(screen: Screen, cases: readonly (Case | Inspection)[]): void {
  screen.table(
    ["case", "", "clauses", "what is sent, and required"],
    cases.map(its => [
      screen.paint.bold(its.id),
      weightOf(its),
      its.clauses.join(" "),
      "sends" in its ? `${its.sends}; then ${its.requires}` : `on all connections, ${its.requires}`,
    ]),
  )
}

export function clauseList(screen: Screen, coverage: readonly ClauseCoverage[]): void {
  for (const { clause } of coverage) {
    const { id, level, text, unobservable, section } = clause
    screen.print(`${screen.paint.bold(id)}  ${level}  §${section}`)
    screen.print(`  “${text}”`)
    if (unobservable !== undefined) screen.print(screen.paint.dim(`  not observable: ${unobservable}`))
  }
}
