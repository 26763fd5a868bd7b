/** 29/PUBSUB §The SUB Socket Type, and what §The XSUB Socket Type has in common with it: messages, peers and queues. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import {
  discardsOfLost,
  FAIR,
  fairly,
  flood,
  MANY,
  MARK,
  pastTheFull,
  remains,
  reconnected,
} from "../play/queues.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, same } from "../play/verdict.js"

const of = (type: string, ...numbers: number[]) => numbers.map(number => `29/${type.toLowerCase()}/${number}`)
const BASICS = ["29/goals/1", "37/pubsub/1", "23/pubsub/1"]
const CONNECTS = { side: "connects", options: { reconnectInterval: 50 } } as const

/** The numbers of the clauses that SUB and XSUB have in common. */
const SUBSCRIBER = {
  SUB: {
    queues: 2,
    maintained: 4,
    created: 5,
    discarded: 7,
    mark: 8,
    full: 9,
    fair: 10,
    unmodified: 11,
    delivers: 12,
  },
  XSUB: {
    queues: 1,
    maintained: 3,
    created: 4,
    discarded: 6,
    mark: 7,
    full: 9,
    fair: 10,
    unmodified: 8,
    delivers: 11,
  },
} as const

export const subscribers: readonly Case[] = (["SUB", "XSUB"] as const).flatMap((type): Case[] => {
  const slug = `pubsub/${type.toLowerCase()}`
  const numbers = SUBSCRIBER[type]
  const common = { types: [type], controlled: true } as const
  const full = { options: { receiveHighWaterMark: MARK } } as const
  return [
    ...CONTENTS.map((content): Case => ({
      id: `${slug}-${content.name}`,
      clauses: [...of(type, numbers.unmodified, numbers.delivers), ...BASICS],
      sends: `${content.what}, to a ${type} that has subscribed to everything`,
      requires: "it is received unchanged",
      ...common,
      async play(subject) {
        const raw = await subscribed(subject)
        raw.send(...content.parts)
        same("The message", await subject.receive(), received(content))
      },
    })),
    {
      id: `${slug}-accepts`,
      clauses: of(type, numbers.created),
      sends: `a message, when the ${type}, which binds and has subscribed before, has said so`,
      requires: "the subscription comes without being asked for, and the message is received",
      ...common,
      async play(subject) {
        await subject.subscribe("")
        const receiving = subject.receive()
        const raw = await subject.peer()
        await raw.frame("a subscription")
        raw.send("x")
        same("The message", await receiving, ["x"])
      },
    },
    {
      id: `${slug}-keeps-of-lost`,
      clauses: of(type, numbers.maintained),
      sends: `three messages and the end of the connection, to a ${type} that connects and receives later; then one on the next`,
      requires: "all four are received",
      ...common,
      ...CONNECTS,
      async play(subject) {
        const raw = await subscribed(subject)
        for (const text of ["1", "2", "3"]) raw.send(text)
        raw.end()
        const next = await reconnected(subject)
        next.send("4")
        const all: string[] = []
        while (all.length < 4) all.push(...(await subject.receive()))
        same("What was received", all, ["1", "2", "3", "4"])
      },
    },
    {
      id: `${slug}-discards`,
      clauses: of(type, numbers.discarded),
      sends: `three messages and the end of the connection, before the ${type}'s program receives; then one on another connection`,
      requires: "only the last is received, since the queue of a peer that has left goes with it",
      ...common,
      play: subject => discardsOfLost(subject, () => subject.subscribe("")),
    },
    {
      id: `${slug}-fair`,
      clauses: of(type, numbers.fair),
      sends: `${FAIR} messages on one connection and three on each of two others, all before the ${type} receives`,
      requires: `the three of each are received before the ${FAIR} are`,
      ...common,
      play: subject => fairly(subject, () => subject.subscribe("")),
    },
    {
      id: `${slug}-own-queues`,
      clauses: of(type, numbers.queues),
      sends: `${MANY} messages of a mebibyte on one connection, more than a mark of ${MARK} lets in, and one on another`,
      requires: `the one is received before all ${MANY} are`,
      ...common,
      ...full,
      play: subject => pastTheFull(subject, () => subject.subscribe("")),
    },
    {
      id: `${slug}-mark`,
      clauses: of(type, numbers.mark),
      sends: `${MANY} messages of a mebibyte, to a ${type} with a mark of ${MARK} whose program receives them later`,
      requires: "it leaves some on the connection, or discards some",
      ...common,
      ...full,
      async play(subject) {
        const raw = await subscribed(subject)
        if (!(await flood(subject, raw))) return
        await takePong(raw)
        const names = await remains(subject, raw)
        demand(
          names.length < MANY,
          `All ${MANY} MiB were taken in and kept, far more than the mark of ${MARK}`,
        )
      },
    },
    // What libzmq does instead, and those that follow it, is to stop reading: the publisher has to discard.
    {
      id: `${slug}-full`,
      clauses: of(type, numbers.full),
      sends: `${MANY} messages of a mebibyte, to a ${type} with a mark of ${MARK} whose program receives them later`,
      requires: "some of them are discarded",
      ...common,
      ...full,
      async play(subject) {
        const raw = await subscribed(subject)
        await flood(subject, raw)
        const names = await remains(subject, raw)
        demand(names.length < MANY, `All ${MANY} were received, however late: none was discarded`)
      },
    },
  ]
})

async function takePong(raw: Raw): Promise<void> {
  while ((await raw.frame("a PONG")).name !== "PONG");
}

/** A publisher, known to a socket that has subscribed to everything. */
async function subscribed(subject: Subject): Promise<Raw> {
  const raw = await subject.peer()
  await subject.subscribe("")
  raw.send("hello")
  same("The first message", await subject.receive(), ["hello"])
  await raw.frame("a subscription")
  return raw
}
