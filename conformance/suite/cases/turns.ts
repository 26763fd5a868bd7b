/**
 * Several hand-played peers of one socket: whose turn it is to get a message, and whose to be heard. For the cases of
 * round-robin and of fair queuing, whatever the pattern.
 */
import type { Handshake, Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure } from "../play/verdict.js"

/** Connections of legal partners, after their handshakes. */
export async function peers(
  subject: Subject,
  count: number,
  handshake: Partial<Handshake> = {},
): Promise<Raw[]> {
  return Promise.all(Array.from({ length: count }, () => subject.peer(handshake)))
}

/** The index of a connection on which something came that was not taken. */
export function arrival(raws: readonly Raw[]): Promise<number> {
  return Promise.race(
    raws.map(async (raw, i) => {
      await raw.until(() => raw.pending > 0, "a message on any connection", true)
      return i
    }),
  )
}

/**
 * Shows that turns go round. The socket may know of some connections later than of others: it is judged from when each
 * has had a turn.
 *
 * @param turn Gives the index of the connection whose turn it was.
 */
export async function cycle(turn: () => Promise<number>, count: number): Promise<void> {
  const seen = new Set<number>()
  for (let i = 0; seen.size < count; i++) {
    demand(i < 50 * count, `Of ${count} connections only ${seen.size} had a turn in ${i}`)
    seen.add(await turn())
  }
  const turns: number[] = []
  for (let i = 0; i < 3 * count; i++) turns.push(await turn())
  const round = turns.every((each, i) => i < count || each === turns[i - count])
  const fair = new Set(turns.slice(0, count)).size === count
  demand(round && fair, `The turns of ${count} connections were ${turns.map(i => i + 1).join(" ")}`)
}

/** The first message that the program receives, if it receives one: a connection may be closed, or an error returned. */
export async function firstOrNone(subject: Subject, raw: Raw): Promise<string[] | undefined> {
  const received = subject.receive().catch((error: unknown) => {
    if (error instanceof Failure) throw error
    return undefined
  })
  return Promise.race([received, raw.closed().then(() => undefined)])
}

export interface Crowd {
  readonly subject: Subject
  /** Sends much. */
  readonly busy: Raw | undefined
  /** Each sends one message. */
  readonly others: readonly Raw[]
  /** What goes before each message. */
  readonly delimiter: readonly string[]
  /** What the program does between two messages. */
  readonly answer?: () => Promise<void>
}

/**
 * Shows that those who send little are heard beside one who sends much: all has come before the first is received, and
 * each of the others is received within the next two rounds, however many of the busy one's were fetched before.
 */
export async function served({ subject, busy, others, delimiter, answer }: Crowd): Promise<void> {
  const many = 20
  for (let i = 0; i < many; i++) busy?.send(...delimiter, "busy")
  await busy?.settled()
  for (const raw of others) {
    raw.send(...delimiter, "other")
    await raw.settled()
  }
  const bound = 2 * (others.length + 1) + 1
  const order: string[] = []
  for (let i = 0; i < many + others.length; i++) {
    order.push((await subject.receive()).at(-1) ?? "")
    await answer?.()
  }
  const early = order.slice(0, bound).filter(text => text === "other").length
  const places = order.flatMap((text, i) => (text === "other" ? [i + 1] : []))
  demand(early === others.length, `Those who sent one message each were heard in places ${places.join(", ")}`)
}
