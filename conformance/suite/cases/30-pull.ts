/** 30/PIPELINE §The PULL Socket Type: what is received from whom, and what queues keep. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import {
  discardsOfLost,
  FAIR,
  fairly,
  flood,
  large,
  MANY,
  MARK,
  pastTheFull,
  remains,
  series,
  succeeds,
  reconnected,
} from "../play/queues.js"
import { demand, same } from "../play/verdict.js"

const pull = (...numbers: number[]) => numbers.map(number => `30/pull/${number}`)

const BASICS = ["30/goals/1", "37/pipeline/1", "23/pipeline/1"]
const PULL = { types: ["PULL"], controlled: true } as const
const CONNECTS = { side: "connects", options: { reconnectInterval: 50 } } as const

export const pulls: readonly Case[] = [
  {
    id: "pipeline/pull-only-receives",
    clauses: pull(1),
    sends: "a message, to a PULL whose program sends one, too",
    requires: "nothing is sent: the call fails, or waits; the message is received",
    ...PULL,
    async play(subject) {
      const raw = await subject.peer()
      const exchange = async () => {
        raw.send("x")
        same("What the PULL received", await subject.receive(), ["x"])
      }
      const sent = await succeeds(subject.control.send([Buffer.from("y")]), exchange)
      demand(!sent && raw.pending === 0, "A message was sent by a PULL")
    },
  },
  ...CONTENTS.map((content): Case => ({
    id: `pipeline/pull-${content.name}`,
    clauses: [...pull(2, 11), ...BASICS],
    sends: content.what,
    requires: "it is received unchanged",
    ...PULL,
    async play(subject) {
      const raw = await subject.peer()
      raw.send(...content.parts)
      same("The message", await subject.receive(), received(content))
    },
  })),
  {
    id: "pipeline/pull-fair",
    clauses: pull(3, 10),
    sends: `${FAIR} messages on one connection and three on each of two others, all before the PULL receives`,
    requires: `the three of each are received before the ${FAIR} are`,
    ...PULL,
    play: subject => fairly(subject),
  },
  {
    id: "pipeline/pull-own-queues",
    clauses: pull(3),
    sends: `${MANY} messages of a mebibyte on one connection, more than a mark of ${MARK} lets in, and one on another`,
    requires: `the one is received before all ${MANY} are`,
    ...PULL,
    options: { receiveHighWaterMark: MARK },
    play: subject => pastTheFull(subject),
  },
  {
    id: "pipeline/pull-keeps-of-lost",
    clauses: pull(5),
    sends:
      "three messages and the end of the connection, to a PULL that connects and receives later; then one on the next",
    requires: "all four are received",
    ...PULL,
    ...CONNECTS,
    async play(subject) {
      const raw = await subject.peer()
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
    id: "pipeline/pull-early",
    clauses: pull(6),
    sends: "three messages right after READY, before the PULL's program receives",
    requires: "all three are received, in order",
    ...PULL,
    async play(subject) {
      const raw = await subject.peer()
      for (const text of ["1", "2", "3"]) raw.send(text)
      const all = [await subject.receive(), await subject.receive(), await subject.receive()]
      same("What was received", all, [["1"], ["2"], ["3"]])
    },
  },
  {
    id: "pipeline/pull-discards",
    clauses: pull(8),
    sends:
      "three messages and the end of the connection, before the PULL's program receives; then one on another connection",
    requires: "only the last is received, since the queue of a peer that has left goes with it",
    ...PULL,
    play: subject => discardsOfLost(subject),
  },
  {
    id: "pipeline/pull-mark",
    clauses: pull(9),
    sends: `${MANY} messages of a mebibyte, to a PULL with a mark of ${MARK} whose program receives nothing`,
    requires: "not all of them are taken off the connection",
    ...PULL,
    options: { receiveHighWaterMark: MARK },
    async play(subject) {
      const taken = await flood(subject, await subject.peer())
      demand(!taken, `All ${MANY} MiB were taken in, far more than the mark of ${MARK}`)
    },
  },
  {
    id: "pipeline/pull-full",
    clauses: pull(11),
    sends: `${MANY} messages of a mebibyte, to a PULL with a mark of ${MARK} that receives them later`,
    requires: "all of them are received, in order",
    ...PULL,
    options: { receiveHighWaterMark: MARK },
    async play(subject) {
      const raw = await subject.peer()
      for (let i = 0; i < MANY; i++) raw.send(large(i))
      same("What was received", await remains(subject, raw), series(MANY))
    },
  },
]
