/**
 * What a case is: the clauses that it tries, what is sent, what is required, the socket that it needs of the peer under
 * test, and the play itself. Cases are data; who plays them, and against whom, is for runner.ts.
 */
import { clause, type Level } from "../clauses/index.js"
import type { Options } from "../../peers/protocol.js"
import type { Connection } from "./connection.js"
import type { Subject } from "./subject.js"

export type SocketType =
  | ("PUSH" | "PULL" | "PUB" | "SUB" | "XPUB" | "XSUB" | "REQ" | "REP" | "DEALER" | "ROUTER" | "PAIR")
  | ("CLIENT" | "SERVER" | "RADIO" | "DISH" | "SCATTER" | "GATHER" | "CHANNEL" | "PEER")

/** The types of 23/ZMTP, beginning with the one of which a message that arrives is seen most easily. */
export const ANY: readonly SocketType[] = [
  ...(["PULL", "PUSH", "DEALER", "ROUTER", "REP", "REQ"] as const),
  ...(["PAIR", "PUB", "SUB", "XPUB", "XSUB"] as const),
]

/** A legal partner of each type (23/ZMTP §The Socket-Type Property, 37/ZMTP §The Socket-Type Property). */
export const PARTNER: Readonly<Record<SocketType, SocketType>> = {
  ...{ PUSH: "PULL", PULL: "PUSH", PUB: "SUB", SUB: "PUB", XPUB: "SUB", XSUB: "PUB" },
  ...{ REQ: "REP", REP: "REQ", DEALER: "ROUTER", ROUTER: "DEALER", PAIR: "PAIR" },
  ...{
    CLIENT: "SERVER",
    SERVER: "CLIENT",
    RADIO: "DISH",
    DISH: "RADIO",
    SCATTER: "GATHER",
    GATHER: "SCATTER",
  },
  ...{ CHANNEL: "CHANNEL", PEER: "PEER" },
}

/** The ids of clauses that 37/ZMTP and 23/ZMTP have under the same name and number. */
export const both = (...names: string[]): string[] => names.flatMap(name => [`37/${name}`, `23/${name}`])

/** How much a clause binds: MUST and SHALL, in either sense, or SHOULD. */
export type Weight = "MUST" | "SHOULD"

export interface Case {
  /** `framing/reserved-bit-3`: the file of cases without its RFC, and a name that stays. */
  readonly id: string
  /** The clauses that are tried, by their ids. */
  readonly clauses: readonly string[]
  /** Where it weighs less than its clauses, since they say less about the side that is tried. */
  readonly weight?: "SHOULD"
  /** What the suite does, in a phrase: "a message frame with bit 3 of its flags set". */
  readonly sends: string
  /** What the peer has to do then, as the end of a sentence: "the connection is closed". */
  readonly requires: string
  /** The socket types of the peer under test with which the case can be played, the best first. */
  readonly types: readonly SocketType[]
  /** Options of that socket, under the names of `conformance/peers/README.md`. */
  readonly options?: Options
  /** Whether the peer's socket binds, which is the default, or connects to the suite. */
  readonly side?: "binds" | "connects"
  /** Whether the peer's program has to do something: send, receive, subscribe. Then an adapter is needed. */
  readonly controlled?: boolean
  /** Whether what it does to the peer's process would disturb others: it is played when they are over, by itself. */
  readonly alone?: true
  play(subject: Subject): Promise<void>
}

/** A case that sends nothing: it looks at all connections of a run. */
export interface Inspection {
  readonly id: string
  readonly clauses: readonly string[]
  readonly weight?: "SHOULD"
  readonly requires: string
  /** Says what is wrong with a connection; nothing when all is well; false when there is nothing of the kind on it. */
  inspect(connection: Connection): string | undefined | false
}

const STRONG: ReadonlySet<Level> = new Set<Level>(["MUST", "MUST NOT", "SHALL", "SHALL NOT"])

/** How much a case weighs: as much as the strongest of its clauses, unless it says less. */
export function weightOf({ clauses, weight }: Pick<Case, "clauses" | "weight">): Weight {
  return weight ?? (clauses.some(id => STRONG.has(clause(id).level)) ? "MUST" : "SHOULD")
}
