/** 30/PIPELINE §The PUSH Socket Type: to whom messages go, and when they are refused. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import {
  fill,
  insist,
  large,
  MANY,
  MARK,
  nameOf,
  namesUntil,
  series,
  succeeds,
  reconnected,
} from "../play/queues.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, refused, same } from "../play/verdict.js"

const push = (...numbers: number[]) => numbers.map(number => `30/push/${number}`)

const BASICS = ["30/goals/1", "37/pipeline/1", "23/pipeline/1"]
const PUSH = { types: ["PUSH"], controlled: true } as const
const CONNECTS = { side: "connects", options: { reconnectInterval: 50 } } as const
const FULL = { sendHighWaterMark: MARK, sendTimeout: 300 } as const

/** Sends numbered messages until each peer has one: then all of them take part. Resolves with how many were sent. */
async function sendUntilAllHave(subject: Subject, raws: readonly Raw[]): Promise<number> {
  const start = performance.now()
  let sent = 0
  while (raws.some(raw => raw.pending === 0)) {
    demand(performance.now() - start < subject.patience, `Of ${sent} messages none came to one of the peers`)
    await subject.send(`${sent++}`)
    await new Promise(setImmediate)
  }
  return sent
}

/** Takes as many messages as were sent, from whoever has them; resolves with those of each peer. */
async function share(raws: readonly Raw[], count: number): Promise<string[][]> {
  const all = raws.map((): string[] => [])
  for (let taken = 0; taken < count; taken++) {
    const at = await Promise.race(
      raws.map(async (raw, i) => {
        await raw.until(() => raw.pending > 0, `message ${taken} of ${count}`)
        return i
      }),
    )
    all[at]?.push(nameOf((await raws[at]?.message()) ?? []))
  }
  return all
}

/** What comes to each peer of 30 messages more, when all take part already. */
async function thirty(subject: Subject, raws: readonly Raw[]): Promise<string[][]> {
  const before = await sendUntilAllHave(subject, raws)
  for (let i = 0; i < 30; i++) await subject.send(`m${i};`)
  const all = await share(raws, before + 30)
  return all.map(names => names.filter(name => name.startsWith("m")))
}

export const pushes: readonly Case[] = [
  {
    id: "pipeline/push-only-sends",
    clauses: push(1),
    sends: "a message, to a PUSH whose program receives, and sends a message itself",
    requires: "nothing is received: the call fails, or waits",
    ...PUSH,
    async play(subject) {
      const raw = await subject.peer()
      raw.send("x")
      const exchange = async () => {
        await subject.send("y")
        same("What the PUSH sent", await raw.message(), ["y"])
      }
      demand(!(await succeeds(subject.control.receive(), exchange)), "A message was received on a PUSH")
    },
  },
  ...CONTENTS.map((content): Case => ({
    id: `pipeline/push-${content.name}`,
    clauses: [...push(2, 6), ...BASICS],
    sends: `nothing; the PUSH sends ${content.what}`,
    requires: "it comes unchanged",
    ...PUSH,
    async play(subject) {
      const raw = await subject.peer()
      await subject.send(...content.parts)
      same("What came", await raw.message(), received(content))
    },
  })),
  {
    id: "pipeline/push-own-queues",
    clauses: push(3, 10, 14),
    sends: `nothing, on two connections of which one is not read; the PUSH, with a mark of ${MARK}, sends ${2 * MANY} messages of a mebibyte`,
    requires: "all are accepted; the other connection has what the first could not take, and each comes once",
    ...PUSH,
    options: { sendHighWaterMark: MARK },
    async play(subject) {
      const [slow, quick] = [await subject.peer(), await subject.peer()]
      slow.pause()
      for (let i = 0; i < 2 * MANY; i++) await subject.send(large(i))
      slow.resume()
      const [ofSlow = [], ofQuick = []] = await share([slow, quick], 2 * MANY)
      same("What came, sorted", [...ofSlow, ...ofQuick].sort(), series(2 * MANY).sort())
    },
  },
  {
    id: "pipeline/push-before-handshake",
    clauses: push(4),
    sends: "a greeting and READY only after the PUSH, which connects, has sent three messages",
    requires: "the three are accepted before, and come then, in order",
    ...PUSH,
    side: "connects",
    async play(subject) {
      const raw = await subject.connection()
      await sendThree(subject)
      await raw.shakeHands({ socketType: "PULL" })
      same("What came", await threeOf(raw), ["1", "2", "3"])
    },
  },
  {
    id: "pipeline/push-while-away",
    clauses: push(5),
    sends: "an end of the connection; the PUSH, which connects, sends three messages before the next",
    requires: "the three are accepted, and come on the next connection, in order",
    ...PUSH,
    ...CONNECTS,
    async play(subject) {
      const raw = await subject.peer()
      await raw.leave()
      await sendThree(subject)
      same("What came", await threeOf(await reconnected(subject)), ["1", "2", "3"])
    },
  },
  {
    id: "pipeline/push-discards",
    clauses: push(7, 8),
    sends: `a reset, after the PUSH, with a mark of ${MARK}, has filled the queue of a connection that is not read`,
    requires: "the messages of that queue come to no other connection, and later ones do",
    ...PUSH,
    options: FULL,
    async play(subject) {
      const slow = await subject.peer()
      slow.pause()
      await fill(subject)
      slow.reset()
      const next = await subject.peer()
      while (next.pending === 0) await insist(subject, "later")
      same("The first message", nameOf(await next.message()), "later")
    },
  },
  {
    id: "pipeline/push-mark",
    clauses: push(9, 13),
    sends: `nothing, and reads nothing; the PUSH, with a mark of ${MARK}, sends up to ${MANY} messages of a mebibyte`,
    requires: "not all of them are accepted",
    ...PUSH,
    options: FULL,
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      demand((await fill(subject)) < MANY, `All ${MANY} MiB were accepted for a connection that was not read`)
    },
  },
  {
    id: "pipeline/push-full",
    clauses: push(10, 12, 14),
    sends: `nothing, and reads nothing until the PUSH, with a mark of ${MARK}, refuses a message of a mebibyte`,
    requires: "those that were accepted come, in order, and the refused one does not",
    ...PUSH,
    options: FULL,
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      const accepted = await fill(subject)
      raw.resume()
      await insist(subject, "later")
      same("What came", await namesUntil(raw, "later"), series(accepted))
    },
  },
  {
    id: "pipeline/push-blocks",
    clauses: push(12, 14),
    sends: `nothing, and reads nothing until the PUSH, with a mark of ${MARK}, has been told to send ${MANY} messages of a mebibyte`,
    requires: "all of them come, in order, as they are read",
    ...PUSH,
    options: { sendHighWaterMark: MARK },
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      const sending = (async () => {
        for (let i = 0; i < MANY; i++) await subject.send(large(i))
        await subject.send("end")
      })()
      raw.resume()
      same("What came", await namesUntil(raw, "end"), series(MANY))
      await sending
    },
  },
  {
    id: "pipeline/push-no-peer-error",
    clauses: push(12, 13),
    sends:
      "nothing, before the PUSH, with a time limit, has failed to send a message without a peer; then it connects",
    requires: "the send ends with an error, and a later one succeeds",
    ...PUSH,
    options: { sendTimeout: 200 },
    async play(subject) {
      demand(await refused(subject.send("early")), "A message was accepted although there was no peer")
      const raw = await subject.peer()
      await insist(subject, "later")
      // Where the time limit is the adapter's, the first message may still be waiting, and come.
      await namesUntil(raw, "later")
    },
  },
  {
    id: "pipeline/push-no-peer-waits",
    clauses: push(12, 14),
    sends:
      "nothing, before the PUSH, without a time limit, has been told to send a message; then it connects",
    requires: "the message comes",
    ...PUSH,
    async play(subject) {
      const sending = subject.send("early")
      const raw = await subject.peer()
      same("The first message", await raw.message(), ["early"])
      await sending
    },
  },
  {
    id: "pipeline/push-round-robin",
    clauses: push(11),
    sends: "nothing, on three connections that all have messages already; the PUSH sends 30 more",
    requires: "each gets ten of them, in order, in turns of three",
    ...PUSH,
    async play(subject) {
      const raws = [await subject.peer(), await subject.peer(), await subject.peer()]
      inTurns(await thirty(subject, raws))
    },
  },
  {
    id: "pipeline/push-newcomer",
    clauses: push(6, 11),
    sends:
      "a handshake on a third connection, when the first two have messages already; the PUSH sends 30 more",
    requires: "each gets ten of them, in order, in turns of three",
    ...PUSH,
    async play(subject) {
      const raws = [await subject.peer(), await subject.peer()]
      await thirty(subject, raws)
      raws.push(await subject.peer())
      inTurns(await thirty(subject, raws))
    },
  },
  {
    id: "pipeline/push-leaver",
    clauses: push(7, 11),
    sends: "an end of one of three connections; the PUSH sends 30 messages",
    requires: "the two others get 15 each, in order, in turns",
    ...PUSH,
    async play(subject) {
      const [first, leaver, last] = [await subject.peer(), await subject.peer(), await subject.peer()]
      await thirty(subject, [first, leaver, last])
      await leaver.leave()
      // A message for the one that leaves may be under way; it is lost with its queue.
      await sendUntilAllHave(subject, [first, last])
      await Promise.all([insist(subject, "a"), insist(subject, "b")])
      for (let i = 0; i < 30; i++) await subject.send(`m${i};`)
      await Promise.all([insist(subject, "end"), insist(subject, "end")])
      inTurns(await Promise.all([first, last].map(raw => namesUntil(raw, "end"))))
    },
  },
]

async function sendThree(subject: Subject): Promise<void> {
  for (const text of ["1", "2", "3"]) await subject.send(text)
}

async function threeOf(raw: Raw): Promise<string[]> {
  return [...(await raw.message()), ...(await raw.message()), ...(await raw.message())]
}

/** Each has every so many-eth of the messages, as a strict turn gives them out. */
function inTurns(shares: readonly (readonly string[])[]): void {
  const told = shares.map(names =>
    names.filter(name => /^m\d+$/.test(name)).map(name => Number(name.slice(1))),
  )
  const expected = told.map(numbers =>
    Array.from({ length: 30 / told.length }, (_, i) => (numbers[0] ?? 0) + i * told.length),
  )
  same("The numbers of the messages", told, expected)
}
