/**
 * What a run of the suite comes to: a result for each case and peer with what passed on the wire, counts, and the exit
 * status. How it is shown is for the files beside this one.
 */
import type { Encounter } from "../../matrix/interop.js"
import type { Weight } from "../play/case.js"
import type { Result, Status } from "../play/runner.js"
import { dump, type DumpLine } from "./dump.js"

/** A connection between the suite and a socket of the peer. */
export interface ShownConnection {
  readonly socketType: string
  readonly lines: readonly DumpLine[]
}

export interface ShownResult {
  readonly id: string
  readonly clauses: readonly string[]
  readonly weight: Weight
  readonly sends: string
  readonly requires: string
  readonly status: Status
  /** Why it did not pass; empty when it did. */
  readonly reason: string
  readonly notes: readonly string[]
  readonly milliseconds: number
  readonly connections: readonly ShownConnection[]
}

export interface PeerReport {
  readonly name: string
  /** The library, its language and what it stands on. */
  readonly describes: string
  readonly version: string
  /** Whether its failures make the exit status. */
  readonly decides: boolean
  /** Why it could not be started; then there are no results. */
  readonly absent?: string
  /** In the order of the cases. */
  readonly results: readonly ShownResult[]
  readonly milliseconds: number
}

export interface Report {
  /** Of this package. */
  readonly version: string
  readonly began: Date
  /** Whether failures of SHOULD count for the exit status. */
  readonly strict: boolean
  /** Whether the clauses were tried. */
  readonly clauses: boolean
  readonly peers: readonly PeerReport[]
  /** The outcome of each exchange between two peers; undefined when none was asked for. */
  readonly interop?: readonly Encounter[]
}

/** How a result is shown: a failure by its weight. */
export type Verdict = "pass" | "fail-must" | "fail-should" | "n/a" | "error"

export interface Counts {
  readonly pass: number
  readonly failMust: number
  readonly failShould: number
  readonly notApplicable: number
  readonly errors: number
}

/** Lines of a dump where nothing went wrong. */
const BRIEF = 40

/** A result without the octets themselves, which may be many. */
export function shownResult({ connections, ...rest }: Result): ShownResult {
  const limit = rest.status === "fail" || rest.status === "error" ? undefined : BRIEF
  const shown = connections.map(connection => ({
    socketType: connection.socketType,
    lines: dump(connection, limit),
  }))
  return { ...rest, connections: shown }
}

export function verdictOf({ status, weight }: Pick<ShownResult, "status" | "weight">): Verdict {
  if (status !== "fail") return status
  return weight === "MUST" ? "fail-must" : "fail-should"
}

export function countsOf(results: readonly Pick<ShownResult, "status" | "weight">[]): Counts {
  const verdicts = results.map(verdictOf)
  const count = (verdict: Verdict) => verdicts.filter(each => each === verdict).length
  return {
    pass: count("pass"),
    failMust: count("fail-must"),
    failShould: count("fail-should"),
    notApplicable: count("n/a"),
    errors: count("error"),
  }
}

/**
 * 0 when the peers that decide fail nothing that counts, 1 when they do or an error kept a case from its end, and 2 when
 * none of them could be started.
 */
export function exitStatusOf({ peers, strict, interop = [] }: Report): 0 | 1 | 2 {
  const deciding = peers.filter(({ decides }) => decides)
  if (deciding.every(({ absent }) => absent !== undefined)) return 2
  const bad = deciding.some(({ results }) => {
    const { failMust, failShould, errors } = countsOf(results)
    return failMust + errors + (strict ? failShould : 0) > 0
  })
  const names = new Set(deciding.map(({ name }) => name))
  const apart = interop.some(
    ({ status, sender, receiver }) => status === "fail" && names.has(sender) && names.has(receiver),
  )
  return bad || apart ? 1 : 0
}
