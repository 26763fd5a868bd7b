/** 31/EXPAIR: what a PAIR does with messages, its one peer, and its queues. */
import type { Case } from "../play/case.js"
import { ping } from "../play/bytes.js"
import { CONTENTS, received } from "../play/contents.js"
import {
  discardsOfLost,
  fill,
  flood,
  insist,
  large,
  MANY,
  MARK,
  nameOf,
  namesUntil,
  remains,
  series,
  reconnected,
} from "../play/queues.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { speaksCommands } from "../play/subscriber.js"
import { demand, Failure, NotApplicable, refused, same } from "../play/verdict.js"

const clauses = (...numbers: number[]) => numbers.map(number => `31/pair/${number}`)

const BASICS = ["31/goals/1", "37/pair/1", "23/pair/1"]
const PAIR = { types: ["PAIR"], controlled: true } as const
const CONNECTS = { side: "connects", options: { reconnectInterval: 50 } } as const
const FULL = { sendHighWaterMark: MARK, sendTimeout: 300 } as const

/** A peer that has been heard, so that it is the one that the PAIR is paired with. */
async function partner(subject: Subject): Promise<Raw> {
  const raw = await subject.peer()
  raw.send("hello")
  same("The first message", await subject.receive(), ["hello"])
  return raw
}

/** Another that comes when there is a partner; none where the PAIR lets it not even shake hands. */
async function intruder(subject: Subject): Promise<Raw | undefined> {
  try {
    return await subject.peer()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/**
 * How long the first newcomer is given before another comes, and the next twice that. It decides nothing but how many
 * there are.
 */
const TURN = 100

/**
 * A new connection that the PAIR has taken for its peer: its message is received. Who comes before the PAIR has noticed
 * that the last one is gone may stay a stranger to it, so that newcomers come until one is heard.
 */
async function successor(subject: Subject): Promise<Raw> {
  const listen = () => {
    const heard = subject.receive().then(nameOf)
    // It may run out of patience while a newcomer shakes hands; then the next look at it tells.
    heard.catch(() => undefined)
    return heard
  }
  let heard = listen()
  for (let turn = TURN; ; turn *= 2) {
    const raw = await intruder(subject)
    const hello = `hello${turn}`
    raw?.send(hello)
    const over = new Promise<undefined>(resolve => setTimeout(resolve, turn, undefined))
    for (let name = await Promise.race([heard, over]); name !== undefined;) {
      if (name === hello && raw !== undefined) return raw
      // One that was given up before is heard after all.
      heard = listen()
      name = await Promise.race([heard, over])
    }
    raw?.destroy()
  }
}

export const pair: readonly Case[] = [
  ...CONTENTS.flatMap((content): Case[] => [
    {
      id: `pair/sends-${content.name}`,
      clauses: [...clauses(1, 5), ...BASICS],
      sends: `nothing; the PAIR sends ${content.what}`,
      requires: "it comes unchanged",
      ...PAIR,
      async play(subject) {
        const raw = await subject.peer()
        await subject.send(...content.parts)
        same("What came", await raw.message(), received(content))
      },
    },
    {
      id: `pair/receives-${content.name}`,
      clauses: [...clauses(1, 13, 14), ...BASICS],
      sends: content.what,
      requires: "it is received unchanged",
      ...PAIR,
      async play(subject) {
        const raw = await subject.peer()
        raw.send(...content.parts)
        same("The message", await subject.receive(), received(content))
      },
    },
  ]),
  {
    id: "pair/both-ways",
    clauses: clauses(2),
    sends: `a message, and reads nothing, when the PAIR, with a mark of ${MARK}, has filled its outgoing queue`,
    requires: "the message is received",
    ...PAIR,
    options: FULL,
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      await fill(subject)
      raw.send("x")
      same("The message", await subject.receive(), ["x"])
    },
  },
  {
    id: "pair/before-handshake",
    clauses: clauses(3),
    sends: "a greeting and READY only after the PAIR, which connects, has sent three messages",
    requires: "the three are accepted before, and come then, in order",
    ...PAIR,
    side: "connects",
    async play(subject) {
      const raw = await subject.connection()
      for (const text of ["1", "2", "3"]) await subject.send(text)
      await raw.shakeHands({ socketType: "PAIR" })
      await insist(subject, "end")
      same("What came", await namesUntil(raw, "end"), ["1", "2", "3"])
    },
  },
  {
    id: "pair/while-away",
    clauses: clauses(4),
    sends: "an end of the connection; the PAIR, which connects, sends three messages before the next",
    requires: "the three are accepted, and come on the next connection, in order",
    ...PAIR,
    ...CONNECTS,
    async play(subject) {
      const raw = await subject.peer()
      await raw.leave()
      for (const text of ["1", "2", "3"]) await subject.send(text)
      const next = await reconnected(subject)
      await insist(subject, "end")
      same("What came", await namesUntil(next, "end"), ["1", "2", "3"])
    },
  },
  {
    id: "pair/next-peer",
    clauses: clauses(5, 6, 13),
    sends: "an end of the connection; then a handshake and a message on another, until one is heard",
    requires: "the newcomer is the peer: its message is received, and the PAIR's comes to it",
    ...PAIR,
    async play(subject) {
      const first = await partner(subject)
      await first.leave()
      const second = await successor(subject)
      await subject.send("y")
      same("What came", await second.message(), ["y"])
    },
  },
  {
    id: "pair/discards-outgoing",
    clauses: clauses(6, 7),
    sends: `a reset, after the PAIR, with a mark of ${MARK}, has filled the queue of a connection that is not read`,
    requires: "the messages of that queue come to no other connection, and later ones do",
    ...PAIR,
    options: FULL,
    async play(subject) {
      const slow = await subject.peer()
      slow.pause()
      await fill(subject)
      slow.reset()
      const next = await successor(subject)
      await insist(subject, "later")
      same("The first message", nameOf(await next.message()), "later")
    },
  },
  {
    id: "pair/discards-incoming",
    clauses: clauses(7),
    sends:
      "three messages and the end of the connection, before the PAIR's program receives; then one on another connection",
    requires: "only the last is received, since the queue of a peer that has left goes with it",
    ...PAIR,
    play: subject => discardsOfLost(subject),
  },
  {
    id: "pair/mark-outgoing",
    clauses: clauses(8, 11),
    sends: `nothing, and reads nothing; the PAIR, with a mark of ${MARK}, sends up to ${MANY} messages of a mebibyte`,
    requires: "not all of them are accepted",
    ...PAIR,
    options: FULL,
    async play(subject) {
      const raw = await subject.peer()
      raw.pause()
      demand((await fill(subject)) < MANY, `All ${MANY} MiB were accepted for a connection that was not read`)
    },
  },
  {
    id: "pair/mark-incoming",
    clauses: clauses(8),
    sends: `${MANY} messages of a mebibyte, to a PAIR with a mark of ${MARK} whose program receives nothing`,
    requires: "not all of them are taken off the connection",
    ...PAIR,
    options: { receiveHighWaterMark: MARK },
    async play(subject) {
      const taken = await flood(subject, await subject.peer())
      demand(!taken, `All ${MANY} MiB were taken in, far more than the mark of ${MARK}`)
    },
  },
  {
    id: "pair/full-outgoing",
    clauses: clauses(9, 10, 12),
    sends: `nothing, and reads nothing until the PAIR, with a mark of ${MARK}, refuses a message of a mebibyte`,
    requires: "those that were accepted come, in order, and the refused one does not",
    ...PAIR,
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
    id: "pair/full-incoming",
    clauses: clauses(14),
    sends: `${MANY} messages of a mebibyte, to a PAIR with a mark of ${MARK} that receives them later`,
    requires: "all of them are received, in order",
    ...PAIR,
    options: { receiveHighWaterMark: MARK },
    async play(subject) {
      const raw = await subject.peer()
      for (let i = 0; i < MANY; i++) raw.send(large(i))
      same("What was received", await remains(subject, raw), series(MANY))
    },
  },
  {
    id: "pair/no-peer-error",
    clauses: clauses(10, 11),
    sends:
      "nothing, before the PAIR, with a time limit, has failed to send a message without a peer; then it connects",
    requires: "the send ends with an error, and a later one succeeds",
    ...PAIR,
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
    id: "pair/no-peer-waits",
    clauses: clauses(10, 12),
    sends:
      "nothing, before the PAIR, without a time limit, has been told to send a message; then it connects",
    requires: "the message comes",
    ...PAIR,
    async play(subject) {
      const sending = subject.send("early")
      const raw = await subject.peer()
      same("The first message", await raw.message(), ["early"])
      await sending
    },
  },
  {
    id: "pair/second-not-heard",
    clauses: clauses(13),
    sends: "a message on a second connection, while the first goes on; then one on the first",
    requires: "only that of the first is received",
    ...PAIR,
    async play(subject) {
      const first = await partner(subject)
      const second = await intruder(subject)
      if (second !== undefined) {
        if (!speaksCommands(second))
          throw new NotApplicable("When it has a message cannot be told without PONG")
        second.send("intruder")
        second.write(ping())
        await second.until(
          () => second.ended || second.pending > 0,
          "a PONG, or the end of a second connection",
          true,
        )
      }
      first.send("mine")
      same("The message", await subject.receive(), ["mine"])
    },
  },
  {
    id: "pair/second-not-spoken-to",
    clauses: clauses(13),
    weight: "SHOULD",
    sends: "a handshake on a second connection, while the first goes on; the PAIR sends ten messages",
    requires: "all of them come on the first",
    ...PAIR,
    async play(subject) {
      const first = await partner(subject)
      await intruder(subject)
      for (let i = 0; i < 10; i++) await subject.send(`m${i};`)
      const names: string[] = []
      while (names.length < 10) names.push(nameOf(await first.message()))
      same("What came", names, series(10))
    },
  },
]
