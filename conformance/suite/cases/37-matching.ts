/** 37/ZMTP and 23/ZMTP §The Publish-Subscribe Pattern: what subscriptions match, for a peer that publishes. */
import type { Octets } from "../play/bytes.js"
import type { Case, SocketType } from "../play/case.js"
import type { Subject } from "../play/subject.js"
import { cancellation, Subscriber, subscription, type Form } from "../play/subscriber.js"
import { same } from "../play/verdict.js"

const both = (...numbers: number[]) =>
  numbers.flatMap(number => [`37/pubsub/${number}`, `23/pubsub/${number}`])

const FILTER = 2
const MATCH = 7
const ALL = 8
const ADDITIVE = 9
const COUNTED = 10

type Message = Octets | readonly Octets[]

/** What a hand-played subscriber says, what the publisher's program sends then, and which of that has to come. */
interface Row {
  readonly name: string
  readonly numbers: readonly number[]
  readonly says: string
  ask(subscriber: Subscriber): void
  readonly sent: readonly Message[]
  readonly come: readonly (string | readonly string[])[]
}

const LONG = "L".repeat(300)

const ROWS: readonly Row[] = [
  {
    name: "nothing",
    numbers: [FILTER],
    says: "no subscription",
    ask: () => undefined,
    sent: ["A", "", ["", "A"]],
    come: [],
  },
  {
    name: "prefix",
    numbers: [MATCH],
    says: '"A"',
    ask: s => s.subscribe("A"),
    sent: ["A", "AB", "A\0", ["A", ""]],
    come: ["A", "AB", "A\0", ["A", ""]],
  },
  {
    name: "other-beginning",
    numbers: [FILTER, MATCH],
    says: '"A"',
    ask: s => s.subscribe("A"),
    sent: ["B", "a", "BA", "", "A"],
    come: ["A"],
  },
  {
    name: "longer-than-message",
    numbers: [FILTER, MATCH],
    says: '"ABC"',
    ask: s => s.subscribe("ABC"),
    sent: ["A", "AB", "ABC", "ABCD"],
    come: ["ABC", "ABCD"],
  },
  {
    name: "first-frame-only",
    numbers: [FILTER, MATCH],
    says: '"A"',
    ask: s => s.subscribe("A"),
    sent: [
      ["B", "A"],
      ["", "A"],
      ["A", "B"],
    ],
    come: [["A", "B"]],
  },
  {
    name: "binary",
    numbers: [FILTER, MATCH],
    says: "the octets FF 00",
    ask: s => s.subscribe("\xff\0"),
    sent: ["\xff", "\xff\x01", "\0\xff", "\xff\0", "\xff\0\x80"],
    come: ["\xff\0", "\xff\0\x80"],
  },
  {
    name: "zero-octet",
    numbers: [FILTER, MATCH],
    says: "one zero octet",
    ask: s => s.subscribe("\0"),
    sent: ["", "\x01", "\0", "\0\x01"],
    come: ["\0", "\0\x01"],
  },
  {
    name: "long",
    numbers: [FILTER, MATCH],
    says: "a subscription of 300 octets",
    ask: s => s.subscribe(LONG),
    sent: [LONG.slice(1), LONG, `${LONG}!`],
    come: [LONG, `${LONG}!`],
  },
  {
    name: "empty",
    numbers: [ALL],
    says: "the empty subscription",
    ask: s => s.subscribe(""),
    sent: ["x", "", "\0\xff", ["", "x"]],
    come: ["x", "", "\0\xff", ["", "x"]],
  },
  {
    name: "two-topics",
    numbers: [ADDITIVE],
    says: '"A" and "B"',
    ask: s => s.subscribe("A", "B"),
    sent: ["A", "C", "B"],
    come: ["A", "B"],
  },
  {
    name: "empty-and-topic",
    numbers: [ADDITIVE, ALL],
    says: '"A" and ""',
    ask: s => s.subscribe("A", ""),
    sent: ["A", "B"],
    come: ["A", "B"],
  },
  {
    name: "overlap",
    numbers: [ADDITIVE],
    says: '"A" and "AB"',
    ask: s => s.subscribe("A", "AB"),
    sent: ["AB", "A"],
    come: ["AB", "A"],
  },
  {
    name: "cancelled",
    numbers: [FILTER],
    says: '"A" and "B", then a cancellation of "A"',
    ask: s => s.subscribe("A", "B").cancel("A"),
    sent: ["A", "B"],
    come: ["B"],
  },
  {
    name: "cancelled-below",
    numbers: [ADDITIVE, MATCH],
    says: '"A" and "AB", then a cancellation of "A"',
    ask: s => s.subscribe("A", "AB").cancel("A"),
    sent: ["A", "AB"],
    come: ["AB"],
  },
  {
    name: "cancelled-above",
    numbers: [ADDITIVE, MATCH],
    says: '"A" and "AB", then a cancellation of "AB"',
    ask: s => s.subscribe("A", "AB").cancel("AB"),
    sent: ["A", "AB"],
    come: ["A", "AB"],
  },
  {
    name: "empty-cancelled",
    numbers: [FILTER, ADDITIVE],
    says: '"" and "A", then a cancellation of ""',
    ask: s => s.subscribe("", "A").cancel(""),
    sent: ["A", "B"],
    come: ["A"],
  },
  {
    name: "cancelled-unknown",
    numbers: [MATCH],
    says: '"AB", then cancellations of "A", "ABC" and "B"',
    ask: s => s.subscribe("AB").cancel("A", "ABC", "B"),
    sent: ["AB"],
    come: ["AB"],
  },
  {
    name: "renewed",
    numbers: [MATCH],
    says: '"A", its cancellation, and "A" again',
    ask: s => s.subscribe("A").cancel("A").subscribe("A"),
    sent: ["A"],
    come: ["A"],
  },
  {
    name: "twice-cancelled-once",
    numbers: [COUNTED],
    says: '"A" twice, then one cancellation of "A"',
    ask: s => s.subscribe("A", "A").cancel("A"),
    sent: ["A"],
    come: ["A"],
  },
  {
    name: "twice-cancelled-twice",
    numbers: [FILTER],
    says: '"A" twice, then two cancellations of "A"',
    ask: s => s.subscribe("A", "A").cancel("A", "A"),
    sent: ["A"],
    come: [],
  },
  {
    name: "empty-twice-cancelled-once",
    numbers: [COUNTED],
    says: '"" twice, then one cancellation of ""',
    ask: s => s.subscribe("", "").cancel(""),
    sent: ["A"],
    come: ["A"],
  },
]

/** The same of the type's own chapter in 29/PUBSUB, where it has it. */
function ofType(type: SocketType, numbers: readonly number[]): string[] {
  const chapter = `29/${type.toLowerCase()}`
  const comparison = type === "PUB" ? 11 : 9
  return [`${chapter}/14`, ...(numbers.includes(MATCH) ? [`${chapter}/${comparison}`] : [])]
}

function told(come: Row["come"]): string {
  const names = come.map(parts => JSON.stringify(parts).replaceAll("\\u00", "\\x"))
  if (come.length === 0) return "none of them comes"
  const list = names.join(", ")
  return list.length > 80
    ? "the messages that begin with it come, each once"
    : `${list} come, each once, and no other`
}

/** A publisher's answer to subscriptions in the form of the clauses: 37/ZMTP's commands, 23/ZMTP's messages. */
const matching = (type: "PUB" | "XPUB", form: Form, row: Row): Case => ({
  id: `subscriptions/${type.toLowerCase()}-${form === "command" ? "" : "messages-"}${row.name}`,
  clauses: [
    ...(form === "command" ? both(...row.numbers) : row.numbers.map(number => `23/pubsub/${number}`)),
    ...ofType(type, row.numbers),
  ],
  sends: `${row.says}${form === "command" ? "" : ", as messages of ZMTP 3.0"}; then the ${type} sends ${sentences(row.sent)}`,
  requires: told(row.come),
  types: [type],
  controlled: true,
  async play(subject) {
    const subscriber = await Subscriber.of(subject, form)
    row.ask(subscriber)
    const expected = row.come.map(parts => (typeof parts === "string" ? [parts] : parts))
    same("What came", await subscriber.gets(...row.sent), expected)
  },
})

function sentences(sent: readonly Message[]): string {
  const text = sent.map(parts => JSON.stringify(parts).replaceAll("\\u00", "\\x")).join(", ")
  return text.length > 80 ? "messages that begin with it and one that does not" : text
}

/** Of those that are worth telling a second time, to a publisher that hears messages. */
const AGAIN = new Set([
  "prefix",
  "binary",
  "long",
  "empty",
  "two-topics",
  "cancelled",
  "twice-cancelled-once",
])

const publishers: readonly Case[] = (["PUB", "XPUB"] as const).flatMap(type => [
  ...ROWS.map(row => matching(type, "command", row)),
  ...ROWS.filter(({ name }) => AGAIN.has(name)).map(row => matching(type, "message", row)),
  {
    id: `subscriptions/${type.toLowerCase()}-two-subscribers`,
    clauses: both(FILTER, MATCH),
    sends: `"A" from one subscriber and "B" from another; then the ${type} sends "A" and "B"`,
    requires: "each gets what it has subscribed to, and no other",
    types: [type],
    controlled: true,
    async play(subject: Subject) {
      const [first, second] = [await Subscriber.of(subject), await Subscriber.of(subject)]
      first.subscribe("A")
      second.subscribe("B")
      await second.heard()
      same("What came to the first", await first.gets("A", "B"), [["A"]])
      same("What came to the second", await second.heard(), [["B"]])
    },
  },
  {
    id: `subscriptions/${type.toLowerCase()}-other-cancels`,
    clauses: both(MATCH),
    sends: `"A" from two subscribers, and a cancellation from one; then the ${type} sends "A"`,
    requires: "it comes to the other",
    types: [type],
    controlled: true,
    async play(subject: Subject) {
      const [first, second] = [await Subscriber.of(subject), await Subscriber.of(subject)]
      first.subscribe("A")
      second.subscribe("A").cancel("A")
      await second.heard()
      same("What came to the one that kept it", await first.gets("A"), [["A"]])
      same("What came to the one that cancelled it", await second.heard(), [])
    },
  },
])

/** Nothing is asked of the program: these run against a publisher at a mere address. */
const tolerated: readonly Case[] = (
  [
    ["empty", "an empty SUBSCRIBE command", subscription("")],
    ["of-255", "a SUBSCRIBE command of 255 octets", subscription("x".repeat(255))],
    ["of-70000", "a SUBSCRIBE command of 70,000 octets", subscription("x".repeat(70_000))],
    ["unknown-cancelled", "a CANCEL command for what was not subscribed to", cancellation("x")],
    [
      "thousand",
      "a thousand SUBSCRIBE commands",
      Buffer.concat(Array.from({ length: 1000 }, (_, i) => subscription(`${i}`))),
    ],
  ] as const
).map(([name, what, bytes]) => ({
  id: `subscriptions/takes-${name}`,
  clauses: [name === "unknown-cancelled" ? "37/pubsub/6" : "37/pubsub/4"],
  weight: "SHOULD",
  sends: what,
  requires: "the connection lives: a PING gets its PONG",
  types: ["PUB", "XPUB"],
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    await raw.alive()
  },
}))

export const matches: readonly Case[] = [...publishers, ...tolerated]
