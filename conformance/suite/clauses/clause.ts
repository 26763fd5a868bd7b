/**
 * What a clause is: one demand of one RFC, quoted, with a name that cases refer to. The lists themselves are in
 * the files beside this one, an RFC each; nothing here knows how a clause is tried.
 */

/** The key words of RFC 2119 that demand or forbid; what is merely allowed (MAY) makes no clause. */
export type Level = "MUST" | "MUST NOT" | "SHALL" | "SHALL NOT" | "SHOULD" | "SHOULD NOT"

export interface Clause {
  /** `37/framing/4`: the RFC, a slug of the section, and the clause's number within it, counted from 1. */
  readonly id: string
  /** Heading of the section, as in the RFC. */
  readonly section: string
  readonly level: Level
  /** The sentence as the RFC has it, without markup; cut with … where it is long or holds several demands. */
  readonly text: string
  /** Whom it binds, where that is not any peer: a socket type, "client", "server", "ZAP handler". */
  readonly of?: string
  /** No keyword stands here, but the grammar (ABNF), a figure or a plain statement demands it. */
  readonly source?: "grammar"
  /** Why nobody outside can see whether it is kept. Such a clause has no case. */
  readonly unobservable?: string
}

export interface Specification {
  readonly rfc: number
  readonly name: string
  readonly url: string
  readonly clauses: readonly Clause[]
}

/** The clauses of one section, so that its heading is written once. */
export function under(section: string, clauses: readonly Omit<Clause, "section">[]): Clause[] {
  return clauses.map(clause => ({ section, ...clause }))
}
