/** 29/PUBSUB §The XSUB Socket Type: what its program sends. The rest is in 29-subscribers.ts. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import { insist, large, MANY, MARK, namesUntil, series, succeeds } from "../play/queues.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { cancellation } from "../play/subscriber.js"
import { demand, same } from "../play/verdict.js"

const of = (type: string, ...numbers: number[]) => numbers.map(number => `29/${type.toLowerCase()}/${number}`)
const SMALL = { sendHighWaterMark: MARK } as const

const XSUB = { types: ["XSUB"], controlled: true } as const

export const xsubs: readonly Case[] = [
  {
    id: "pubsub/sub-only-receives",
    clauses: of("SUB", 1),
    sends: "a message, to a SUB whose program sends one",
    requires: "nothing is sent: the call fails, or waits",
    types: ["SUB"],
    controlled: true,
    async play(subject) {
      await subject.subscribe("")
      const raw = await subject.peer()
      const exchange = async () => {
        raw.send("x")
        same("What the SUB received", await subject.receive(), ["x"])
      }
      demand(
        !(await succeeds(subject.control.send([Buffer.from("y")]), exchange)),
        "A message was sent by a SUB",
      )
    },
  },
  ...CONTENTS.map((content): Case => ({
    id: `pubsub/xsub-sends-${content.name}`,
    clauses: of("XSUB", 12, 13),
    sends: `nothing, on three connections; the XSUB sends ${content.what}`,
    requires: "it comes unchanged on all three",
    ...XSUB,
    async play(subject) {
      const raws = [await introduced(subject), await introduced(subject), await introduced(subject)]
      await subject.send(...content.parts)
      for (const raw of raws) same("What came", await raw.message(), received(content))
    },
  })),
  {
    id: "pubsub/xsub-before-handshake",
    clauses: of("XSUB", 2),
    sends: "a greeting and READY only after the XSUB, which connects, has sent three messages",
    requires: "they come then, in order",
    ...XSUB,
    side: "connects",
    async play(subject) {
      const raw = await subject.connection()
      for (const text of ["x1", "x2", "x3"]) await subject.send(text)
      await raw.shakeHands({ socketType: "PUB" })
      const all = [await raw.message(), await raw.message(), await raw.message()]
      same("What came", all, [["x1"], ["x2"], ["x3"]])
    },
  },
  {
    id: "pubsub/xsub-outgoing-mark",
    clauses: of("XSUB", 7, 14),
    sends: `nothing, and reads nothing while the XSUB, with a mark of ${MARK}, sends ${MANY} messages of a mebibyte`,
    requires: "not all of them come",
    ...XSUB,
    options: SMALL,
    async play(subject) {
      const raw = await introduced(subject)
      const names = await sentToSlow(subject, raw)
      demand(names.length < MANY, `All ${MANY} MiB came, far more than the mark of ${MARK}`)
    },
  },
  {
    id: "pubsub/xsub-outgoing-full",
    clauses: of("XSUB", 14, 15),
    sends: `nothing, and reads nothing while the XSUB, with a mark of ${MARK}, sends ${MANY} messages of a mebibyte`,
    requires: "no send waits; what comes is whole and in order, and later messages come",
    ...XSUB,
    options: SMALL,
    async play(subject) {
      const raw = await introduced(subject)
      const names = await sentToSlow(subject, raw)
      const kept = new Set(names)
      same(
        "What came",
        names,
        series(MANY).filter(name => kept.has(name)),
      )
    },
  },
  {
    id: "pubsub/xsub-cancels-at-end",
    clauses: of("XSUB", 18),
    sends: 'nothing; the XSUB subscribes to "A" and "B", and disconnects',
    requires: "a cancellation of each comes before the end of the connection",
    ...XSUB,
    async play(subject) {
      const place = await subject.listener()
      await subject.control.connect(place.endpoint)
      const raw = await place.accept()
      await raw.shakeHands({ socketType: "PUB" })
      await subject.subscribe("A", "B")
      for (let i = 0; i < 2; i++) await raw.frame("a subscription")
      // Some libraries do nothing while they are not called.
      void subject.control.receive().catch(() => undefined)
      await subject.control.disconnect(place.endpoint)
      await raw.closed()
      const bodies: string[] = []
      while (raw.pending > 0) bodies.push((await raw.frame()).body.toString("latin1"))
      const missing = ["A", "B"].filter(topic => !bodies.some(body => isCancellation(body, topic)))
      same("Subscriptions that were not cancelled", missing, [])
    },
  },
]

const isCancellation = (body: string, topic: string) =>
  [cancellation(topic, "command"), cancellation(topic, "message")].some(
    frame => frame.toString("latin1", 2) === body,
  )

/** A publisher that the XSUB has heard, so that it sends to it. */
async function introduced(subject: Subject): Promise<Raw> {
  const raw = await subject.peer()
  raw.send("hello")
  same("The first message", await subject.receive(), ["hello"])
  return raw
}

/** The names of what comes to a publisher that read nothing while many large messages were sent. */
async function sentToSlow(subject: Subject, raw: Raw): Promise<string[]> {
  raw.pause()
  for (let i = 0; i < MANY; i++) await subject.send(large(i))
  raw.resume()
  // While the queue is full, the end is dropped, too.
  let ended = false
  const ends = async () => {
    while (!ended) {
      await insist(subject, "the end")
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const sending = ends()
  try {
    return await namesUntil(raw, "the end")
  } finally {
    ended = true
    await sending
  }
}
