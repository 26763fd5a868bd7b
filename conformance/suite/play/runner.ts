/**
 * Plays cases against a peer under test, several at once, and tells how each ended. A verdict does not depend on how fast
 * anything is: what is due is waited for, and only patience ends a wait.
 */
import { weightOf, type Case, type Inspection, type Weight } from "./case.js"
import { dissect, type Connection } from "./connection.js"
import type { Subject } from "./subject.js"
import type { Target } from "./target.js"
import { Failure, NotApplicable } from "./verdict.js"

export type Status = "pass" | "fail" | "n/a" | "error"

export interface Result {
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
  /** What passed, for the report. */
  readonly connections: readonly Connection[]
}

export interface RunOptions {
  readonly cases: readonly Case[]
  readonly inspections: readonly Inspection[]
  /** In milliseconds. */
  readonly patience: number
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result, done: number, total: number) => void
}

type Outcome = Pick<Result, "status" | "reason" | "notes" | "connections" | "milliseconds">

/** Plays everything; results come in the order of the cases. */
export async function runSuite(target: Target, options: RunOptions): Promise<Result[]> {
  process.on("unhandledRejection", forgive)
  try {
    return await playAll(target, options)
  } finally {
    process.off("unhandledRejection", forgive)
  }
}

/** A case that has failed may leave something behind that it waited for, of which nobody needs to hear any more. */
function forgive(): void {}

async function playAll(target: Target, options: RunOptions): Promise<Result[]> {
  const { cases, inspections, patience, onResult } = options
  const total = cases.length + inspections.length
  const results = new Map<string, Result>()
  const keep = (its: Case | Inspection, outcome: Outcome) => {
    const result = resultOf(its, outcome)
    results.set(its.id, result)
    onResult?.(result, results.size, total)
  }

  const waiting = cases.filter(({ alone }) => !alone)
  while (waiting.length > 0) {
    const { suspects, death } = await playTogether(target, waiting, patience, keep)
    // Which of those that were under way killed the peer shows when each is played alone.
    for (const [its, outcome] of suspects) {
      if (death === undefined) keep(its, outcome)
      else keep(its, await playAlone(target, its, patience))
    }
  }

  for (const its of cases.filter(({ alone }) => alone)) keep(its, await playAlone(target, its, patience))

  const connections = [...results.values()].flatMap(result => result.connections)
  for (const inspection of inspections) keep(inspection, look(inspection, connections))
  return [...cases, ...inspections].flatMap(({ id }) => results.get(id) ?? [])
}

/** What went wrong while others were played, and how the peer died meanwhile, if it did. */
interface Incident {
  readonly suspects: readonly [Case, Outcome][]
  readonly death: string | undefined
}

/** Takes cases from the list and plays them, several at once, until it is empty, one of them ends with an error, or the peer dies. */
async function playTogether(
  target: Target,
  waiting: Case[],
  patience: number,
  keep: (its: Case, outcome: Outcome) => void,
): Promise<Incident> {
  const suspects: [Case, Outcome][] = []
  const player = async (): Promise<void> => {
    // Calls to a process that died end with errors: that is how a death shows.
    while (suspects.length === 0) {
      const its = waiting.shift()
      if (its === undefined) return
      const outcome = await play(target, its, patience)
      // A death ends the connections of others too, which then look like a verdict.
      if (outcome.status === "error" || target.dead) suspects.push([its, outcome])
      else keep(its, outcome)
    }
  }
  await Promise.all(Array.from({ length: target.parallel }, player))
  return { suspects, death: await target.casualty() }
}

async function playAlone(target: Target, its: Case, patience: number): Promise<Outcome> {
  const outcome = await play(target, its, patience)
  const death = await target.casualty()
  return death === undefined ? outcome : { ...outcome, status: "fail", reason: `The peer's process ${death}` }
}

async function play(target: Target, its: Case, patience: number): Promise<Outcome> {
  const start = performance.now()
  let subject: Subject | undefined
  let status: Status = "pass"
  let reason = ""
  try {
    subject = await target.open(its, patience)
    await toItsEnd(its.play(subject), patience)
  } catch (error) {
    status = error instanceof Failure ? "fail" : error instanceof NotApplicable ? "n/a" : "error"
    reason = error instanceof Error ? error.message : String(error)
  }
  await subject?.close()
  const type = subject?.type ?? ""
  return {
    status,
    reason,
    notes: subject?.notes ?? [],
    connections: (subject?.raws ?? []).map(({ log }) => dissect(its.id, type, log)),
    milliseconds: performance.now() - start,
  }
}

/** A case takes a few times the patience at most, unless it goes round for ever. */
const ROUNDS = 15

/** Waits for the end of a case; closing the socket ends one that goes round for ever. */
async function toItsEnd(play: Promise<void>, patience: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const over = () => reject(new Failure("What was waited for did not come, however often it was asked for"))
    timer = setTimeout(over, ROUNDS * patience)
  })
  try {
    await Promise.race([play, late])
  } finally {
    clearTimeout(timer)
  }
}

function look({ inspect }: Inspection, all: readonly Connection[]): Outcome {
  const rest = { notes: [], milliseconds: 0 }
  let seen = 0
  for (const connection of all) {
    const verdict = inspect(connection)
    if (verdict === false) continue
    seen++
    if (verdict !== undefined) return { status: "fail", reason: verdict, connections: [connection], ...rest }
  }
  if (seen === 0) return { status: "n/a", reason: "Nothing of the kind was seen", connections: [], ...rest }
  return { status: "pass", reason: "", connections: [], ...rest, notes: [`seen ${seen} times`] }
}

function resultOf(its: Case | Inspection, outcome: Outcome): Result {
  const sends = "sends" in its ? its.sends : "nothing: all connections of the run are looked at"
  const { id, clauses, requires } = its
  return { id, clauses, weight: weightOf(its), sends, requires, ...outcome }
}
