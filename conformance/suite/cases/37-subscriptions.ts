/**
 * 37/ZMTP and 23/ZMTP §The Publish-Subscribe Pattern: subscriptions on the wire, from a peer that subscribes; and after
 * 37-matching.ts those to one that publishes. What the four socket types do besides is in 29-pubsub.ts.
 */
import type { Case } from "../play/case.js"
import type { Frame, Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { speaksCommands } from "../play/subscriber.js"
import { demand, NotApplicable, same } from "../play/verdict.js"
import { matches } from "./37-matching.js"

const both = (...numbers: number[]) =>
  numbers.flatMap(number => [`37/pubsub/${number}`, `23/pubsub/${number}`])

/** What a subscriber says in its next frame, as `+A` or `-A`; fails when that is nothing of the kind. */
async function said(raw: Raw): Promise<string> {
  const next = await raw.frame("a subscription")
  const text = spoken(next)
  demand(
    text !== undefined,
    `A subscription was due, and the frame ${next.body.toString("hex").slice(0, 80)} came`,
  )
  return text
}

function spoken({ command, name, data, body, more }: Frame): string | undefined {
  if (command) {
    const sign = { SUBSCRIBE: "+", CANCEL: "-" }[name]
    return sign === undefined ? undefined : sign + data.toString("latin1")
  }
  const sign = { 1: "+", 0: "-" }[body[0] ?? 2]
  return sign === undefined || more ? undefined : sign + body.toString("latin1", 1)
}

async function sayings(raw: Raw, count: number): Promise<string[]> {
  const all: string[] = []
  while (all.length < count) all.push(await said(raw))
  return all
}

/** Everything up to the saying that is known to be the last, without it. */
async function sayingsUntil(raw: Raw, last: string): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const next = await said(raw)
    if (next === last) return all
    all.push(next)
  }
}

/** The program waits for messages from now on: some libraries do nothing while they are not called. */
function listens(subject: Subject): void {
  void subject.control.receive().catch(() => undefined)
}

/** How often a topic is subscribed to after all that was said. */
const net = (all: readonly string[], topic: string) =>
  all.filter(each => each === `+${topic}`).length - all.filter(each => each === `-${topic}`).length

function needsCommands(raw: Raw): void {
  if (!speaksCommands(raw)) throw new NotApplicable("The peer is of ZMTP 3.0, which has no such command")
}

const TOPICS = [
  ["topic", '"A"', "A"],
  ["empty", '""', ""],
  ["of-245", "245 octets", "x".repeat(245)],
  ["of-300", "300 octets", "x".repeat(300)],
] as const

const subscribers: readonly Case[] = (["SUB", "XSUB"] as const).flatMap((type): Case[] => {
  const slug = `subscriptions/${type.toLowerCase()}`
  const common = { types: [type], side: "connects", controlled: true } as const
  const sends29 = type === "XSUB" ? ["29/xsub/16", "29/xsub/17"] : []
  return [
    ...TOPICS.flatMap(([name, what, topic]): Case[] => [
      {
        id: `${slug}-sends-${name}`,
        clauses: ["37/pubsub/3", "37/pubsub/4", ...sends29],
        sends: `nothing, to a ${type} that subscribes to ${what}`,
        requires: "a SUBSCRIBE command with the topic comes",
        ...common,
        async play(subject) {
          const raw = await subject.peer()
          needsCommands(raw)
          await subject.subscribe(topic)
          const { data, more } = await raw.command("SUBSCRIBE")
          same("The topic", data, Buffer.from(topic))
          demand(!more, "The SUBSCRIBE command has the MORE flag")
        },
      },
      {
        id: `${slug}-cancels-${name}`,
        clauses: ["37/pubsub/5", "37/pubsub/6", ...sends29],
        sends: `nothing, to a ${type} that subscribes to ${what} and unsubscribes`,
        requires: "a CANCEL command with the topic comes",
        ...common,
        async play(subject) {
          const raw = await subject.peer()
          needsCommands(raw)
          await subject.subscribe(topic)
          await raw.command("SUBSCRIBE")
          await subject.unsubscribe(topic)
          same("The topic", (await raw.command("CANCEL")).data, Buffer.from(topic))
        },
      },
    ]),
    ...TOPICS.filter(([name]) => name !== "of-300").map(([name, what, topic]): Case => ({
      id: `${slug}-messages-${name}`,
      clauses: ["23/pubsub/3", "23/pubsub/4", "23/pubsub/5", "23/pubsub/6", ...sends29],
      sends: `minor version 0, to a ${type} that subscribes to ${what} and unsubscribes`,
      requires: "two messages of one frame come: 01 and the topic, 00 and the topic",
      ...common,
      async play(subject) {
        const raw = await subject.peer({ minor: 0 })
        await subject.subscribe(topic)
        const first = await raw.frame("a subscription")
        same(
          "The subscription, flags and body",
          [first.flags, first.body.toString("latin1")],
          [0, `\x01${topic}`],
        )
        await subject.unsubscribe(topic)
        const second = await raw.frame("a cancellation")
        same(
          "The cancellation, flags and body",
          [second.flags, second.body.toString("latin1")],
          [0, `\0${topic}`],
        )
      },
    })),
    {
      id: `${slug}-earlier`,
      clauses: both(3),
      sends: `a handshake, after the ${type} has subscribed to "A", "B" and "" and then connected`,
      requires: "all three subscriptions come, in any order",
      types: [type],
      controlled: true,
      async play(subject) {
        const place = await subject.listener()
        await subject.subscribe("A", "B", "")
        await subject.control.connect(place.endpoint)
        const raw = await place.accept()
        await raw.shakeHands({ socketType: "PUB" })
        same("The subscriptions, sorted", (await sayings(raw, 3)).sort(), ["+", "+A", "+B"])
      },
    },
    {
      id: `${slug}-again`,
      clauses: both(3),
      sends: `an end of the connection, after the ${type} has subscribed to "A" and "B"; then a handshake on the next`,
      requires: "both subscriptions come again",
      ...common,
      options: { reconnectInterval: 50 },
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe("A", "B")
        await sayings(raw, 2)
        listens(subject)
        raw.end()
        same("The subscriptions, sorted", (await sayings(await subject.peer(), 2)).sort(), ["+A", "+B"])
      },
    },
    {
      id: `${slug}-cancelled-while-away`,
      clauses: both(5),
      sends: `an end of the connection; the ${type} unsubscribes from "A" while there is none`,
      requires: 'on the next connection "A" is not subscribed to, and "B" is',
      ...common,
      options: { reconnectInterval: 50 },
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe("A", "B")
        await sayings(raw, 2)
        listens(subject)
        raw.end()
        const next = await subject.connection()
        await subject.unsubscribe("A")
        await next.shakeHands({ socketType: "PUB" })
        await subject.subscribe("C")
        const all = await sayingsUntil(next, "+C")
        same('Subscriptions to "A" and "B"', [net(all, "A"), net(all, "B")], [0, 1])
      },
    },
    {
      id: `${slug}-twice-cancelled-once`,
      clauses: both(3, 5),
      sends: `nothing, to a ${type} that subscribes to "A" twice and unsubscribes once`,
      requires: '"A" is still subscribed to, by what came',
      ...common,
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe("A")
        await subject.subscribe("A")
        await subject.unsubscribe("A")
        await subject.subscribe("B")
        const all = await sayingsUntil(raw, "+B")
        demand(net(all, "A") > 0, `What came, ${JSON.stringify(all)}, leaves no subscription to "A"`)
      },
    },
    {
      id: `${slug}-twice-cancelled-twice`,
      clauses: both(5),
      sends: `nothing, to a ${type} that subscribes to "A" twice and unsubscribes twice`,
      requires: 'as many cancellations as subscriptions of "A" come, since each undoes one',
      ...common,
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe("A")
        await subject.subscribe("A")
        await subject.unsubscribe("A")
        await subject.unsubscribe("A")
        await subject.subscribe("B")
        const all = await sayingsUntil(raw, "+B")
        demand(
          net(all, "A") === 0,
          `What came, ${JSON.stringify(all)}, leaves a publisher that counts with a subscription to "A"`,
        )
      },
    },
  ]
})

export const subscriptions: readonly Case[] = [...matches, ...subscribers]
