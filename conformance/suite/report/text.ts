/**
 * A run told in lines: the failures of each peer, a summary of all, and what of the RFCs was covered. It quotes the
 * clause and says what was seen; whose fault it is, a reader decides.
 */
import { clause } from "../clauses/index.js"
import { coverageByRfc, countOf, type ClauseCoverage } from "../coverage.js"
import type { Encounter } from "../../matrix/interop.js"
import { dumpText } from "./dump.js"
import {
  countsOf,
  exitStatusOf,
  verdictOf,
  type PeerReport,
  type Report,
  type ShownResult,
  type Verdict,
} from "./report.js"
import type { Paint, Screen } from "./screen.js"

/** @param bytes Whether what passed on the wire is shown with each failure. */
export function failuresText(screen: Screen, { name, version, results }: PeerReport, bytes: boolean): void {
  const failures = results.filter(({ status }) => status === "fail" || status === "error")
  if (failures.length === 0) return
  screen.print()
  screen.print(screen.paint.bold(`${name} ${version}`.trim()))
  for (const failure of failures) failureText(screen, failure, bytes)
}

function failureText(screen: Screen, result: ShownResult, bytes: boolean): void {
  const { paint } = screen
  const { id, sends, requires, reason, notes, connections } = result
  screen.print(`  ${label(verdictOf(result), paint)}  ${paint.bold(id)}  ${quotation(result, paint)}`)
  screen.print(paint.dim(`       ${sends}; then ${requires}`))
  screen.print(`       ${[reason, ...notes].join("; ").replaceAll("\n", "\n       ")}`)
  if (!bytes) return
  for (const { lines } of connections) {
    screen.print()
    screen.print(dumpText(lines))
    screen.print()
  }
}

/** The first of the clauses, and how the others are called. */
function quotation({ clauses: [first = "", ...others] }: ShownResult, paint: Paint): string {
  const more = others.length === 0 ? "" : ` (also ${others.join(", ")})`
  return `${first} ${paint.italic(`“${clause(first).text}”`)}${more}`
}

function label(verdict: Verdict, paint: Paint): string {
  if (verdict === "fail-must") return paint.red("MUST  ")
  if (verdict === "fail-should") return paint.yellow("SHOULD")
  return paint.magenta("error ")
}

export function summaryText(screen: Screen, report: Report): void {
  const { peers, clauses } = report
  const { paint } = screen
  const zero = (count: number, colour: (text: string) => string) =>
    count === 0 ? "0" : colour(count.toString())
  if (clauses) {
    screen.table(
      ["peer", "version", "pass", "fail MUST", "fail SHOULD", "n/a", "errors", "time", ""],
      peers.map(({ name, version, absent, results, milliseconds, describes }) => {
        if (absent !== undefined) return [name, "absent", "", "", "", "", "", "", paint.dim(absent)]
        const { pass, failMust, failShould, notApplicable, errors } = countsOf(results)
        return [
          ...[name, version, paint.green(pass.toString()), zero(failMust, paint.red)],
          ...[zero(failShould, paint.yellow), notApplicable.toString(), zero(errors, paint.magenta)],
          ...[`${(milliseconds / 1000).toFixed(1)} s`, paint.dim(describes)],
        ]
      }),
      [2, 3, 4, 5, 6, 7],
    )
  } else {
    for (const { name, absent } of peers) {
      if (absent !== undefined) screen.print(`${name} is absent: ${absent}`)
    }
  }
  screen.print()
  screen.print(statusLine(report))
}

/** Whose failures make the exit status. */
function statusLine(report: Report): string {
  const { peers, strict } = report
  const status = exitStatusOf(report)
  const names = peers.filter(({ decides }) => decides).map(({ name }) => name)
  const whose = names.join(", ")
  if (status === 2) return `Exit status 2: ${whose} could not be tried.`
  const others = names.length === peers.length ? "" : "; what others fail is shown, and does not count"
  return `Exit status ${status}: it counts the failures of MUST${strict ? " and SHOULD" : ""} and the errors of ${whose}${others}.`
}

/** A line for each pattern and pair; the variants that fail there, and what was seen of the first. */
export function interopFailures(screen: Screen, encounters: readonly Encounter[]): void {
  const groups = new Map<string, Encounter[]>()
  for (const encounter of encounters.filter(({ status }) => status === "fail")) {
    const { pattern, sender, receiver } = encounter
    const where = `${pattern} from ${sender} to ${receiver}`
    groups.set(where, [...(groups.get(where) ?? []), encounter])
  }
  if (groups.size > 0) screen.print()
  for (const [where, failures] of groups) {
    const variants = failures.map(({ mechanism, binder }) => `${mechanism} with the ${binder} bound`)
    screen.print(`  ${screen.paint.red("✗")} ${where}: ${failures[0]?.reason ?? ""} (${variants.join(", ")})`)
  }
}

export function coverageText(screen: Screen, coverage: readonly ClauseCoverage[], cases: number): void {
  const rows = coverageByRfc(coverage)
  screen.table(
    ["RFC", "", "clauses", "covered", "not observable", "without a case"],
    rows.map(({ rfc, name, clauses, covered, unobservable, open }) => [
      ...[rfc.toString(), name, clauses.toString(), covered.toString()],
      ...[unobservable.toString(), open.toString()],
    ]),
    [2, 3, 4, 5],
  )
  const { clauses, covered, unobservable, open } = countOf(coverage)
  screen.print(
    `${cases} cases; ${clauses} clauses: ${covered} covered, ${unobservable} not observable, ${open} without a case.`,
  )
}
