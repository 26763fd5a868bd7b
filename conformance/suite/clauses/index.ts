/**
 * All clauses on which the suite stands: the RFCs of the protocol, its mechanisms and its patterns, in the order
 * in which a reader would take them. It finds clauses by name; what was covered by whom is counted elsewhere.
 */
import type { Clause, Specification } from "./clause.js"
import { rfc13 } from "./rfc13.js"
import { rfc15 } from "./rfc15.js"
import { rfc23 } from "./rfc23.js"
import { rfc37 } from "./rfc37.js"
import { rfc24 } from "./rfc24.js"
import { rfc25 } from "./rfc25.js"
import { rfc26 } from "./rfc26.js"
import { rfc27 } from "./rfc27.js"
import { rfc28 } from "./rfc28.js"
import { rfc29 } from "./rfc29.js"
import { rfc30 } from "./rfc30.js"
import { rfc31 } from "./rfc31.js"

export type { Clause, Level, Specification } from "./clause.js"

export const specifications: readonly Specification[] = [
  rfc13,
  rfc15,
  rfc23,
  rfc37,
  rfc24,
  rfc25,
  rfc26,
  rfc27,
  rfc28,
  rfc29,
  rfc30,
  rfc31,
]

const byId = new Map(
  specifications.flatMap(({ clauses }) => clauses.map(clause => [clause.id, clause] as const)),
)

/** The clause with this id. Throws a RangeError where there is none, so that a case cannot name one in vain. */
export function clause(id: string): Clause {
  const found = byId.get(id)
  if (!found) throw new RangeError(`There is no clause ${id}`)
  return found
}
