/**
 * A run as JUnit's XML, which continuous integration reads: a suite a peer, a test a case, and one suite for the exchanges
 * between peers. Failures of SHOULD are skipped tests with a message, and failures in a strict run.
 */
import { clause } from "../clauses/index.js"
import type { Encounter } from "../../matrix/interop.js"
import { dumpText } from "./dump.js"
import { escaped } from "./escape.js"
import { verdictOf, type PeerReport, type Report, type ShownResult } from "./report.js"

type Outcome = "pass" | "failure" | "skipped" | "error"

interface Test {
  readonly name: string
  readonly outcome: Outcome
  readonly message: string
  readonly details?: string
  readonly milliseconds: number
}

interface Suite {
  readonly name: string
  readonly tests: readonly Test[]
}

export function junitOf({ peers, strict, interop, clauses }: Report): string {
  const suites = [
    ...(clauses ? peers.map(peer => peerSuite(peer, strict)) : []),
    ...(interop === undefined ? [] : [interopSuite(interop)]),
  ]
  const all = suites.flatMap(({ tests }) => tests)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="zmtp-conformance" ${numbers(all)}>`,
    ...suites.flatMap(suiteLines),
    "</testsuites>",
    "",
  ].join("\n")
}

function peerSuite({ name, version, absent, results }: PeerReport, strict: boolean): Suite {
  if (absent !== undefined) {
    const test = { name: "absent", outcome: "skipped" as const, message: absent, milliseconds: 0 }
    return { name, tests: [test] }
  }
  return { name: `${name} ${version}`.trim(), tests: results.map(result => testOf(result, strict)) }
}

function testOf(result: ShownResult, strict: boolean): Test {
  const { id, reason, milliseconds } = result
  const outcome = outcomeOf(result, strict)
  const should = verdictOf(result) === "fail-should" ? `${result.weight}: ` : ""
  const test = { name: id, outcome, message: `${should}${reason}`, milliseconds }
  return outcome === "pass" ? test : { ...test, details: detailsOf(result) }
}

function outcomeOf(result: ShownResult, strict: boolean): Outcome {
  const verdict = verdictOf(result)
  if (verdict === "pass" || verdict === "error") return verdict
  return verdict === "fail-must" || (verdict === "fail-should" && strict) ? "failure" : "skipped"
}

function detailsOf({ clauses, sends, requires, notes, connections, status }: ShownResult): string {
  const quotations = clauses.map(id => `${id}: "${clause(id).text}"`)
  const lines = [...quotations, `Sent: ${sends}`, `Required: ${requires}`, ...notes]
  if (status === "n/a") return lines.join("\n")
  return [...lines, ...connections.map(({ lines }) => dumpText(lines))].join("\n")
}

function interopSuite(encounters: readonly Encounter[]): Suite {
  const OUTCOMES = { pass: "pass", fail: "failure", "n/a": "skipped" } as const
  const tests = encounters.map(({ pattern, sender, receiver, binder, mechanism, status, reason }) => ({
    name: `${pattern} from ${sender} to ${receiver}, ${mechanism}, the ${binder} bound`,
    outcome: OUTCOMES[status],
    message: reason,
    milliseconds: 0,
  }))
  return { name: "interop", tests }
}

function numbers(tests: readonly Test[]): string {
  const count = (outcome: Outcome) => tests.filter(test => test.outcome === outcome).length
  const seconds = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000
  const [failures, skipped, errors] = [count("failure"), count("skipped"), count("error")]
  const results = `failures="${failures}" errors="${errors}" skipped="${skipped}"`
  return `tests="${tests.length}" ${results} time="${seconds.toFixed(3)}"`
}

function suiteLines({ name, tests }: Suite): string[] {
  return [
    `  <testsuite name="${escaped(name)}" ${numbers(tests)}>`,
    ...tests.map(test => testLine(name, test)),
    "  </testsuite>",
  ]
}

function testLine(suite: string, { name, outcome, message, details = "", milliseconds }: Test): string {
  const time = (milliseconds / 1000).toFixed(3)
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${time}"`
  if (outcome === "pass") return `${open}/>`
  const inner = `<${outcome} message="${escaped(message)}">${escaped(details)}</${outcome}>`
  return `${open}>${inner}</testcase>`
}
