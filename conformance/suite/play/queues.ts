/**
 * What cases about queues have in common. A high-water mark is hidden by the system's buffers, which take the first
 * mebibytes of a connection that nobody reads; so queues are filled with large messages, and how many go in is never
 * counted exactly.
 */
import { ping, type Octets } from "./bytes.js"
import { PARTNER } from "./case.js"
import type { Raw } from "./raw.js"
import type { Subject } from "./subject.js"
import { demand, Failure, refused, same } from "./verdict.js"

const MEBIBYTE = 1_048_576

/** Far more messages of a mebibyte than a small mark and the system's buffers hold. */
export const MANY = 12

/** A mark that is small beside that. */
export const MARK = 2

/** Between two tries of what goes as soon as there is room; how long it is decides nothing. */
const RETRY = 5

const pause = () => new Promise(resolve => setTimeout(resolve, RETRY))

/** A message of one part and a mebibyte that begins with a word and its number. */
export function large(index: number, word = "m"): Buffer {
  const bytes = Buffer.alloc(MEBIBYTE, ".")
  bytes.write(`${word}${index};`)
  return bytes
}

/** The names of the first `count` such messages. */
export function series(count: number, word = "m"): string[] {
  return Array.from({ length: count }, (_, i) => `${word}${i}`)
}

/** The word and number of such a message, or the first part of any other. */
export function nameOf([first = ""]: readonly string[]): string {
  return (/^\w+(?=;)/.exec(first.slice(0, 40)) ?? [first])[0]
}

/** Whether a call of the peer's program has succeeded by the time that something else is done there; it may wait on. */
export async function succeeds(call: Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<boolean> {
  let done = false
  void call.then(
    () => (done = true),
    () => undefined,
  )
  await meanwhile()
  return done
}

/**
 * The peer's program sends large messages until one is refused or all are sent; resolves with how many were accepted.
 * The socket needs a `sendTimeout`.
 */
export async function fill(subject: Subject, word = "m"): Promise<number> {
  for (let sent = 0; sent < MANY; sent++) {
    if (await refused(subject.send(large(sent, word)))) return sent
  }
  return MANY
}

/** The peer's program sends this, again and again while it is refused. */
export async function insist(subject: Subject, ...parts: Octets[]): Promise<void> {
  for (const start = performance.now(); performance.now() - start < subject.patience; await pause()) {
    if (!(await refused(subject.send(...parts)))) return
  }
  throw new Failure(`Within ${subject.patience / 1000} s no message was accepted, although its queue is read`)
}

/** The peer's next connection that gets as far as a handshake: after a loss some begin one or two that they give up. */
export async function reconnected(subject: Subject): Promise<Raw> {
  for (;;) {
    const raw = await subject.connection()
    try {
      return await raw.shakeHands({ socketType: PARTNER[subject.type] })
    } catch (error) {
      if (!raw.ended) throw error
    }
  }
}

/** The names of the messages that come until one has this name. */
export async function namesUntil(raw: Raw, last: string): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const name = nameOf(await raw.message())
    if (name === last) return names
    names.push(name)
  }
}

/**
 * More than the peer needs to take in all of a flood: in each, another connection to the same process is served, and
 * this one as well if it is read.
 */
const ROUNDS = 400

/**
 * Many large messages for a socket whose program receives nothing. Resolves with whether the peer has taken all of them
 * off the connection. Not applicable to peers without PONG.
 */
export async function flood(subject: Subject, raw: Raw): Promise<boolean> {
  const clock = await (await subject.other("PULL")).peer()
  for (let i = 0; i < MANY; i++) raw.send(large(i))
  raw.write(ping("flood"))
  const taken = () => raw.pending > 0
  await clock.settled()
  try {
    for (let round = 0; round < ROUNDS && !taken(); round++) await clock.alive()
  } catch (error) {
    // It is slow, and had time enough.
    if (!(error instanceof Failure)) throw error
  }
  return taken()
}

/** After a flood the peer's program receives; resolves with the names of what it gets. */
export async function remains(subject: Subject, raw: Raw): Promise<string[]> {
  const names: string[] = []
  let ended = false
  // A full queue may discard the end, too, so that it is sent until it arrives.
  const ends = async () => {
    for (; !ended; await pause()) raw.send("the end")
  }
  const sending = ends()
  try {
    for (;;) {
      const name = nameOf(await subject.receive())
      if (name === "the end") return names
      names.push(name)
    }
  } finally {
    ended = true
    await sending
  }
}

// Whole plays, for each type that receives.

/** How many messages the loudest of three peers sends in {@link fairly}; all fit below the usual marks. */
export const FAIR = 100

/** What else the program has to do when there are connections, such as to subscribe. */
type Preparation = () => Promise<void>

const nothing: Preparation = () => Promise.resolve()

/** One peer sends many messages and two send three, and all are in their queues before the program receives. */
export async function fairly(subject: Subject, prepare = nothing): Promise<void> {
  const loud = await subject.peer()
  const others = [await subject.peer(), await subject.peer()]
  await prepare()
  // Each is known to the socket by the end of this.
  for (const raw of [loud, ...others]) {
    raw.send("hello")
    await subject.receive()
  }
  for (let i = 0; i < FAIR; i++) loud.send("loud")
  await loud.settled()
  for (const raw of others) {
    for (let i = 0; i < 3; i++) raw.send("other")
    await raw.settled()
  }
  const order: string[] = []
  while (order.length < FAIR + 6) order.push(...(await subject.receive()))
  const last = order.lastIndexOf("other")
  demand(
    last < FAIR / 2,
    `The sixth message of the two others was the ${last + 1}th of ${FAIR + 6} that were received`,
  )
}

/** One peer has filled its queue and more; another's message is not behind all that. */
export async function pastTheFull(subject: Subject, prepare = nothing): Promise<void> {
  const [full, other] = [await subject.peer(), await subject.peer()]
  await prepare()
  for (let i = 0; i < MANY; i++) full.send(large(i))
  other.send("other")
  await other.settled()
  let before = 0
  while (nameOf(await subject.receive()) !== "other") {
    demand(++before < MANY, "The other connection's message came after all of the full one's")
  }
}

/** What the socket has of a peer that left is gone; seen by what is received first. */
export async function discardsOfLost(subject: Subject, prepare = nothing): Promise<void> {
  const lost = await subject.peer()
  await prepare()
  for (const text of ["1", "2", "3"]) lost.send(text)
  await lost.leave()
  const next = await subject.peer()
  next.send("later")
  same("The first message that is received", await subject.receive(), ["later"])
}
