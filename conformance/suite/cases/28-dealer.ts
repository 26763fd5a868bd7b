/**
 * Cases of 28/REQREP §The DEALER Socket Type: messages as they are, turns among peers, and queues with an end.
 */
import type { Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, refused, same } from "../play/verdict.js"
import { arrival, cycle, peers, served } from "./turns.js"

const DEALER = { types: ["DEALER"], controlled: true } as const

const KIB = 1024
/** More than the buffers of two TCP sockets hold between them. */
const FLOOD = 160

/** A message of 64 KiB that is known by its beginning. */
const large = (i: number): string => `${i} `.padEnd(64 * KIB, ".")
const numberOf = ([text = ""]: readonly string[]): number => Number(text.split(" ")[0])

/** Sends until it is refused; resolves with how many were accepted. */
async function fill(subject: Subject): Promise<number> {
  const accepted = await acceptedBy(subject)
  if (accepted < FLOOD) return accepted
  throw new NotApplicable(`Its queue is not full when it has ${FLOOD} messages of 64 KiB`)
}

async function acceptedBy(subject: Subject): Promise<number> {
  for (let i = 0; i < FLOOD; i++) if (await refused(subject.send(large(i)))) return i
  return FLOOD
}

/** The numbers of the messages that come, until there are so many. */
async function numbers(raw: Raw, count: number): Promise<number[]> {
  const all: number[] = []
  while (all.length < count) all.push(numberOf(await raw.message(`message ${all.length + 1} of ${count}`)))
  return all
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

const MARKS = { sendHighWaterMark: 5, sendTimeout: 200 }

export const dealer: readonly Case[] = [
  ...(
    [
      ["one-part", "one part", ["x"]],
      ["empty-first-part", "an empty part and one more", ["", "x"]],
      ["three-parts", "three parts, the second of them empty", ["a", "", "c"]],
      ["empty-parts", "two empty parts", ["", ""]],
    ] as const
  ).map(([name, phrase, parts]): Case => ({
    ...DEALER,
    id: `dealer/${name}-as-it-is`,
    clauses: ["28/dealer/1", "28/dealer/15", "37/reqrep/1", "23/reqrep/1"],
    sends: `a message of ${phrase}; the peer's program sends the same`,
    requires: "it is received as it is, and arrives as it is: without a delimiter more or less",
    async play(subject) {
      const raw = await subject.peer()
      raw.send(...parts)
      same("The message received", await subject.receive(), parts)
      await subject.send(...parts)
      same("The message sent", await raw.message(), parts)
    },
  })),
  {
    ...DEALER,
    id: "dealer/round-robin",
    clauses: ["28/dealer/10", "28/dealer/5"],
    sends: "nothing; the peer's program sends to three connections",
    requires: "of nine messages each connection gets every third",
    async play(subject) {
      const raws = await peers(subject, 3)
      let count = 0
      await cycle(async () => {
        await subject.send(`${++count}`)
        const turn = await arrival(raws)
        const [text] = (await raws[turn]?.message()) ?? []
        demand(text === `${count}`, `Message ${text} arrived on two connections`)
        return turn
      }, 3)
    },
  },
  {
    ...DEALER,
    id: "dealer/fair-queuing",
    clauses: ["28/dealer/14", "28/dealer/15"],
    sends: "20 messages on one connection, then one on each of two others, before any is received",
    requires: "the two are received among the first seven",
    async play(subject) {
      const [busy, ...others] = await peers(subject, 3)
      await served({ subject, busy, others, delimiter: [] })
    },
  },
  {
    ...DEALER,
    id: "dealer/no-peer",
    clauses: ["28/dealer/11", "28/dealer/12"],
    options: { sendTimeout: 100 },
    sends: "nothing: nobody is connected when the peer's program sends",
    requires: "sending blocks or returns an error",
    async play(subject) {
      demand(await refused(subject.send("x")), "A message was accepted for nobody")
    },
  },
  {
    ...DEALER,
    id: "dealer/queue-before-connection",
    clauses: ["28/dealer/3", "28/dealer/4"],
    side: "connects",
    options: { sendTimeout: 500 },
    sends: "no greeting until the peer's program, which has connected, has sent three messages",
    requires: "the three are accepted, and arrive once the handshake is complete",
    async play(subject) {
      for (const text of ["1", "2", "3"])
        demand(
          !(await refused(subject.send(text))),
          `Message ${text} was refused before the connection was made`,
        )
      const raw = await subject.peer()
      for (const text of ["1", "2", "3"]) same("The message", await raw.message(), [text])
    },
  },
  {
    ...DEALER,
    id: "dealer/queue-between-connections",
    clauses: ["28/dealer/4", "28/dealer/13"],
    side: "connects",
    options: { reconnectInterval: 100, sendTimeout: 500 },
    sends: "the end of a connection that the peer's program has made, and accepts the next",
    requires: "what is sent between the two is accepted, and arrives on the second",
    async play(subject) {
      const first = await subject.peer()
      await subject.send("before")
      same("The message", await first.message(), ["before"])
      await first.leave()
      for (const text of ["1", "2", "3"])
        demand(
          !(await refused(subject.send(text))),
          `Message ${text} was refused while no connection was there`,
        )
      const second = await subject.peer()
      for (const text of ["1", "2", "3"]) same("The message", await second.message(), [text])
    },
  },
  {
    ...DEALER,
    id: "dealer/queue-ends-with-connection",
    clauses: ["28/dealer/6", "28/dealer/7"],
    options: { sendTimeout: 100 },
    sends: "the end of a connection that was made to the bound socket; then another connection is made",
    requires: "sending is refused in between, and nothing from before arrives at the other",
    async play(subject) {
      const first = await subject.peer()
      await subject.send("x")
      await first.message()
      await first.leave()
      await demandRefusal(subject)
      const second = await subject.peer()
      await subject.send("for the second")
      same("The first message", await second.message(), ["for the second"])
    },
  },
  {
    ...DEALER,
    id: "dealer/mark",
    clauses: ["28/dealer/8"],
    options: MARKS,
    sends: "nothing, and reads nothing",
    requires: "with a high-water mark of 5, messages of 64 KiB are refused or wait before 160 are accepted",
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      const accepted = await acceptedBy(subject)
      demand(accepted < FLOOD, `${FLOOD} messages were accepted for a peer that reads nothing`)
    },
  },
  {
    ...DEALER,
    id: "dealer/nothing-lost-when-full",
    clauses: ["28/dealer/9", "28/dealer/11", "28/dealer/13"],
    options: MARKS,
    sends: "nothing, and reads only once the peer's queue is full",
    requires: "each message that was accepted arrives once, in order, and then there is room for more",
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      const accepted = await fill(subject)
      raw.resume()
      same("The messages", await numbers(raw, accepted), upTo(accepted))
      await subject.send(large(accepted))
      same("The next message", await numbers(raw, 1), [accepted])
    },
  },
  {
    ...DEALER,
    id: "dealer/receives-when-full",
    clauses: ["28/dealer/2"],
    options: MARKS,
    sends: "a message, when the queue in the other direction is full",
    requires: "it is received",
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      await fill(subject)
      raw.send("x")
      same("The message", await subject.receive(), ["x"])
    },
  },
  {
    ...DEALER,
    id: "dealer/passes-over-the-full",
    clauses: ["28/dealer/9", "28/dealer/10", "28/dealer/13"],
    options: { sendHighWaterMark: 5 },
    sends: "nothing: of two connections one reads nothing until 160 messages of 64 KiB were sent",
    requires: "all are accepted, for the other has room, and each arrives once",
    async play(subject) {
      const raws = await peers(subject, 2)
      const [slow] = raws
      slow?.pause()
      for (let i = 0; i < FLOOD; i++) await subject.send(large(i))
      slow?.resume()
      const arrived: number[] = []
      while (arrived.length < FLOOD) {
        const raw = raws[await arrival(raws)]
        if (raw !== undefined) arrived.push(numberOf(await raw.message()))
      }
      same(
        "The messages",
        [...arrived].sort((a, b) => a - b),
        upTo(FLOOD),
      )
    },
  },
]

/** A socket need not know at once that a peer has left: it is asked until it does. */
async function demandRefusal(subject: Subject): Promise<void> {
  for (let i = 0; i < 100; i++) if (await refused(subject.send("for nobody"))) return
  throw new Failure("After the only connection had ended 100 messages were accepted")
}
