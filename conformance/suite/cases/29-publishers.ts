/** 29/PUBSUB §The PUB Socket Type, and what §The XPUB Socket Type has in common with it: messages, peers and queues. */
import type { Case } from "../play/case.js"
import { CONTENTS, received } from "../play/contents.js"
import { large, MANY, MARK, nameOf, series, succeeds } from "../play/queues.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { Subscriber } from "../play/subscriber.js"
import { demand, same } from "../play/verdict.js"

const of = (type: string, ...numbers: number[]) => numbers.map(number => `29/${type.toLowerCase()}/${number}`)
const BASICS = ["29/goals/1", "37/pubsub/1", "23/pubsub/1"]
const CONNECTS = { side: "connects", options: { reconnectInterval: 50 } } as const
const SMALL = { sendHighWaterMark: MARK } as const

/** The numbers of the clauses that PUB and XPUB have in common, which differ between the two. */
const PUBLISHER = {
  PUB: {
    queues: 2,
    maintained: 4,
    created: 5,
    discarded: 7,
    mark: 8,
    unmodified: 10,
    drops: 12,
    unblocked: 13,
  },
  XPUB: {
    queues: 1,
    maintained: 3,
    created: 4,
    discarded: 6,
    mark: 7,
    unmodified: 8,
    drops: 10,
    unblocked: 11,
  },
} as const

const publishers: readonly Case[] = (["PUB", "XPUB"] as const).flatMap((type): Case[] => {
  const slug = `pubsub/${type.toLowerCase()}`
  const numbers = PUBLISHER[type]
  const common = { types: [type], controlled: true } as const
  return [
    ...CONTENTS.map((content): Case => ({
      id: `${slug}-${content.name}`,
      clauses: [...of(type, numbers.unmodified), ...BASICS],
      sends: `a subscription to everything; the ${type} sends ${content.what}`,
      requires: "it comes unchanged",
      ...common,
      async play(subject) {
        const subscriber = (await Subscriber.of(subject)).subscribe("")
        same("What came", await subscriber.gets(content.parts), [received(content)])
      },
    })),
    {
      id: `${slug}-everybody`,
      clauses: of(type, numbers.created),
      sends: `"A" on two connections; the ${type} sends "A1" and "A2"`,
      requires: "both messages come on each",
      ...common,
      async play(subject) {
        const first = (await Subscriber.of(subject)).subscribe("A")
        const second = (await Subscriber.of(subject)).subscribe("A")
        await first.heard()
        same("What came to the second", await second.gets("A1", "A2"), [["A1"], ["A2"]])
        same("What came to the first", await first.heard(), [["A1"], ["A2"]])
      },
    },
    {
      id: `${slug}-own-queues`,
      clauses: of(type, numbers.queues),
      sends: `a subscription on two connections, of which one is not read; the ${type}, with a mark of ${MARK}, sends ${MANY} messages of a mebibyte`,
      requires: "all of them come on the other",
      ...common,
      options: SMALL,
      async play(subject) {
        const slow = (await Subscriber.of(subject)).subscribe("m")
        const quick = (await Subscriber.of(subject)).subscribe("m")
        await slow.heard()
        await quick.heard()
        slow.raw.pause()
        for (let i = 0; i < MANY; i++) {
          await subject.send(large(i))
          // One at a time: its own queue never fills.
          same("The next message", await nextName(quick.raw), `m${i}`)
        }
      },
    },
    {
      id: `${slug}-while-away`,
      clauses: of(type, numbers.maintained),
      sends: `a subscription and the end of the connection; the ${type}, which connects, sends three messages before the next`,
      requires: "the three come on the next connection, in order",
      ...common,
      ...CONNECTS,
      async play(subject) {
        const subscriber = (await Subscriber.of(subject)).subscribe("A")
        await subscriber.heard()
        await subscriber.raw.leave()
        for (const text of ["A1", "A2", "A3"]) await subject.send(text)
        const next = (await Subscriber.of(subject)).subscribe("A")
        same("What came", await next.heard(), [["A1"], ["A2"], ["A3"]])
      },
    },
    {
      id: `${slug}-discards`,
      clauses: of(type, numbers.discarded),
      sends: `a reset, when the ${type} has more messages for a connection than it takes; then the same subscription on another`,
      requires: "none of them comes there, and later ones do",
      ...common,
      options: SMALL,
      async play(subject) {
        const slow = (await Subscriber.of(subject)).subscribe("m")
        await slow.heard()
        slow.raw.pause()
        for (let i = 0; i < MANY; i++) await subject.send(large(i))
        slow.raw.reset()
        const next = (await Subscriber.of(subject)).subscribe("m", "later")
        same("What came", (await next.gets("later")).map(nameOf), ["later"])
      },
    },
    {
      id: `${slug}-mark`,
      clauses: of(type, numbers.mark, numbers.drops),
      sends: `a subscription, and reads nothing while the ${type}, with a mark of ${MARK}, sends ${MANY} messages of a mebibyte`,
      requires: "not all of them come",
      ...common,
      options: SMALL,
      async play(subject) {
        const names = await overfilled(subject)
        demand(names.length < MANY, `All ${MANY} MiB came, far more than the mark of ${MARK}`)
      },
    },
    {
      id: `${slug}-full`,
      clauses: of(type, numbers.drops, numbers.unblocked),
      sends: `a subscription, and reads nothing while the ${type}, with a mark of ${MARK}, sends ${MANY} messages of a mebibyte`,
      requires: "no send waits; what comes is whole and in order, and later messages come",
      ...common,
      options: SMALL,
      async play(subject) {
        const names = await overfilled(subject)
        const kept = new Set(names)
        same(
          "What came",
          names,
          series(MANY).filter(name => kept.has(name)),
        )
      },
    },
  ]
})

async function nextName(raw: Raw): Promise<string> {
  for (;;) {
    const name = nameOf(await raw.message())
    if (!name.startsWith("~")) return name
  }
}

/** The names of what comes to a subscriber that read nothing while many large messages were sent. */
async function overfilled(subject: Subject): Promise<string[]> {
  const slow = (await Subscriber.of(subject)).subscribe("m")
  await slow.heard()
  slow.raw.pause()
  for (let i = 0; i < MANY; i++) await subject.send(large(i))
  slow.raw.resume()
  return (await slow.heard()).map(nameOf)
}

const pubs: readonly Case[] = [
  {
    id: "pubsub/pub-only-sends",
    clauses: of("PUB", 1, 15),
    sends: "a subscription, to a PUB whose program receives",
    requires: "nothing is received: the call fails, or waits",
    types: ["PUB"],
    controlled: true,
    async play(subject) {
      const subscriber = (await Subscriber.of(subject)).subscribe("A")
      const call = subject.control.receive()
      demand(!(await succeeds(call, () => subscriber.gets("A"))), "Something was received on a PUB")
    },
  },
  {
    id: "pubsub/pub-ignores-messages",
    clauses: of("PUB", 9),
    sends: "messages that are no subscriptions, of one part and of three",
    requires: "the connection lives: a PING gets its PONG",
    types: ["PUB"],
    async play(subject) {
      const raw = await subject.peer()
      raw.send("hello")
      raw.send("hello", "", "there")
      await raw.alive()
    },
  },
  {
    id: "pubsub/pub-discards-messages",
    clauses: of("PUB", 9),
    sends: 'a message that is no subscription, and then a subscription to "A"; the PUB sends "A"',
    requires: 'the PUB\'s program receives nothing, and "A" comes',
    types: ["PUB"],
    controlled: true,
    async play(subject) {
      const subscriber = await Subscriber.of(subject)
      subscriber.raw.send("hello")
      subscriber.subscribe("A")
      const exchange = async () => same("What came", await subscriber.gets("A"), [["A"]])
      demand(!(await succeeds(subject.control.receive(), exchange)), "Something was received on a PUB")
    },
  },
]

export const publishing: readonly Case[] = [...publishers, ...pubs]
