/** 29/PUBSUB §The XPUB Socket Type: what its program receives. The rest is in 29-publishers.ts. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import { FAIR, fairly, large, MANY, MARK } from "../play/queues.js"
import { Subscriber } from "../play/subscriber.js"
import { same } from "../play/verdict.js"

const of = (type: string, ...numbers: number[]) => numbers.map(number => `29/${type.toLowerCase()}/${number}`)
const SMALL = { sendHighWaterMark: MARK } as const

const TOPICS = [
  ["topic", '"A"', "A"],
  ["empty", '""', ""],
  ["binary", "the octets 00 FF", "\0\xff"],
] as const

const XPUB = { types: ["XPUB"], controlled: true } as const

export const xpubs: readonly Case[] = [
  ...(["commands", "messages"] as const).flatMap(form =>
    TOPICS.map(([name, what, topic]): Case => ({
      id: `pubsub/xpub-delivers-${name}${form === "messages" ? "-of-messages" : ""}`,
      clauses: of("XPUB", 14, 15),
      sends: `a subscription to ${what} and its cancellation, as ${form}`,
      requires: "01 and the topic is received, and 00 and the topic",
      ...XPUB,
      async play(subject) {
        const subscriber = await Subscriber.of(subject, form === "commands" ? "command" : "message")
        subscriber.subscribe(topic)
        same("The subscription", await subject.receive(), [`\x01${topic}`])
        subscriber.cancel(topic)
        same("The cancellation", await subject.receive(), [`\0${topic}`])
      },
    })),
  ),
  {
    id: "pubsub/xpub-leaver",
    clauses: of("XPUB", 16),
    sends: 'subscriptions to "A" and "B", and the end of the connection',
    requires: "a cancellation of each is received",
    ...XPUB,
    async play(subject) {
      const subscriber = (await Subscriber.of(subject)).subscribe("A", "B")
      same("The subscriptions", [await subject.receive(), await subject.receive()], [["\x01A"], ["\x01B"]])
      subscriber.raw.end()
      const cancelled = [...(await subject.receive()), ...(await subject.receive())]
      same("The cancellations, sorted", cancelled.sort(), ["\0A", "\0B"])
    },
  },
  {
    id: "pubsub/xpub-last-leaver",
    clauses: of("XPUB", 16),
    sends: '"A" on two connections, and the ends of both',
    requires: 'a cancellation of "A" is received, at the latest after the second end',
    ...XPUB,
    async play(subject) {
      const raws = [
        (await Subscriber.of(subject)).subscribe("A").raw,
        (await Subscriber.of(subject)).subscribe("A").raw,
      ]
      for (const raw of raws) raw.end()
      while ((await subject.receive())[0] !== "\0A");
    },
  },
  {
    id: "pubsub/xpub-reset",
    clauses: of("XPUB", 16),
    sends: 'a subscription to "A", and a reset of the connection',
    requires: "a cancellation of it is received",
    ...XPUB,
    async play(subject) {
      const subscriber = (await Subscriber.of(subject)).subscribe("A")
      same("The subscription", await subject.receive(), ["\x01A"])
      subscriber.raw.reset()
      same("The cancellation", await subject.receive(), ["\0A"])
    },
  },
  ...CONTENTS.map((content): Case => ({
    id: `pubsub/xpub-receives-${content.name}`,
    clauses: of("XPUB", 13),
    sends: content.what,
    requires: "it is received",
    ...XPUB,
    async play(subject) {
      const raw = await subject.peer()
      raw.send(...content.parts)
      same("The message", await subject.receive(), received(content))
    },
  })),
  {
    id: "pubsub/xpub-fair",
    clauses: of("XPUB", 12),
    sends: `${FAIR} messages on one connection and three on each of two others, all before the XPUB receives`,
    requires: `the three of each are received before the ${FAIR} are`,
    ...XPUB,
    play: subject => fairly(subject),
  },
  {
    id: "pubsub/xpub-both-ways",
    clauses: of("XPUB", 1),
    sends: `a subscription, and reads nothing; a message, when the XPUB, with a mark of ${MARK}, has filled its outgoing queue`,
    requires: "the message is received",
    ...XPUB,
    options: SMALL,
    async play(subject) {
      const subscriber = (await Subscriber.of(subject)).subscribe("m")
      same("The subscription", await subject.receive(), ["\x01m"])
      subscriber.raw.pause()
      for (let i = 0; i < MANY; i++) await subject.send(large(i))
      subscriber.raw.send("x")
      same("The message", await subject.receive(), ["x"])
    },
  },
]
