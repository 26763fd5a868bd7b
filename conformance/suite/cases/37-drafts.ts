/**
 * The types that are new in 37/ZMTP: CLIENT and SERVER, RADIO and DISH, SCATTER and GATHER, CHANNEL. All are drafts, and
 * few libraries have them. PEER has no name in the protocol of adapters, so that nothing is tried of it.
 */
import type { Case, SocketType } from "../play/case.js"
import { FAIR, fairly, insist, nameOf } from "../play/queues.js"
import type { Subject } from "../play/subject.js"
import { Subscriber } from "../play/subscriber.js"
import { demand, refused, same } from "../play/verdict.js"

const of = (type: SocketType) => ({ types: [type], controlled: true }) as const

const groups = (...numbers: number[]) => numbers.map(number => `37/radio-dish/${number}`)
const safe = (...numbers: number[]) => numbers.map(number => `37/thread-safe/${number}`)

// DISH: what it says of its groups.

const GROUPS = [
  ["octets", "the octets 01 to 7F", String.fromCharCode(...Array.from({ length: 127 }, (_, i) => i + 1))],
  ["group", '"g"', "g"],
  ["of-255", "255 octets", "g".repeat(255)],
] as const

const dishes: readonly Case[] = [
  ...GROUPS.flatMap(([name, what, group]): Case[] => [
    {
      id: `drafts/dish-joins-${name}`,
      clauses: groups(1, 3, 4, 5, 6),
      sends: `nothing, to a DISH that joins a group, ${what}`,
      requires: "a JOIN command with the group comes",
      ...of("DISH"),
      side: "connects",
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe(group)
        same("The group", (await raw.command("JOIN")).data.toString("latin1"), group)
      },
    },
    {
      id: `drafts/dish-leaves-${name}`,
      clauses: groups(1, 7, 8),
      sends: `nothing, to a DISH that joins a group, ${what}, and leaves it`,
      requires: "a LEAVE command with the group comes",
      ...of("DISH"),
      side: "connects",
      async play(subject) {
        const raw = await subject.peer()
        await subject.subscribe(group)
        await raw.command("JOIN")
        await subject.unsubscribe(group)
        same("The group", (await raw.command("LEAVE")).data.toString("latin1"), group)
      },
    },
  ]),
  {
    id: "drafts/dish-joined-earlier",
    clauses: groups(3),
    sends: 'a handshake, after the DISH has joined "g" and "h"',
    requires: "JOIN commands for both come, in any order",
    ...of("DISH"),
    side: "connects",
    async play(subject) {
      await subject.subscribe("g", "h")
      const raw = await subject.peer()
      const joined = [await raw.command("JOIN"), await raw.command("JOIN")]
      same("The groups, sorted", joined.map(({ data }) => data.toString("latin1")).sort(), ["g", "h"])
    },
  },
  {
    id: "drafts/dish-receives",
    clauses: [...groups(10, 11), ...safe(3, 6)],
    sends: 'the frames 01 01 "g" and 00 04 "body", to a DISH that has joined "g"',
    requires: 'one message is received, "body" with the group "g"',
    ...of("DISH"),
    async play(subject) {
      await subject.subscribe("g")
      const raw = await subject.peer()
      raw.send("g", "body")
      same("The message, its group first", await subject.receive(), ["g", "body"])
    },
  },
]

// RADIO: what it sends to whom.

interface Row {
  readonly name: string
  readonly numbers: readonly number[]
  readonly says: string
  ask(member: Subscriber): void
  readonly sent: readonly string[]
  readonly come: readonly string[]
}

const ROWS: readonly Row[] = [
  { name: "joined", numbers: [2, 9], says: 'JOIN "g"', ask: m => m.subscribe("g"), sent: ["g"], come: ["g"] },
  { name: "nothing", numbers: [2], says: "no JOIN", ask: () => undefined, sent: ["g", "h"], come: [] },
  {
    name: "exact",
    numbers: [2, 9],
    says: 'JOIN "gg"',
    ask: m => m.subscribe("gg"),
    sent: ["g", "ggg", "GG", "gg", "h"],
    come: ["gg"],
  },
  {
    name: "left",
    numbers: [2, 9],
    says: 'JOIN "g" and "h", and LEAVE "g"',
    ask: m => m.subscribe("g", "h").cancel("g"),
    sent: ["g", "h"],
    come: ["h"],
  },
  {
    name: "left-unknown",
    numbers: [2, 9],
    says: 'JOIN "g", and LEAVE "h"',
    ask: m => m.subscribe("g").cancel("h"),
    sent: ["g", "h"],
    come: ["g"],
  },
]

const radios: readonly Case[] = [
  ...ROWS.map(({ name, numbers, says, ask, sent, come }): Case => ({
    id: `drafts/radio-${name}`,
    clauses: groups(...numbers),
    sends: `${says}; then the RADIO sends to the groups ${sent.join(", ")}`,
    requires:
      come.length === 0
        ? "none of the messages comes"
        : `the message to ${come.join(" and ")} comes, and no other`,
    ...of("RADIO"),
    async play(subject) {
      const member = await Subscriber.of(subject, "group")
      ask(member)
      const all = await member.gets(...sent.map(group => [group, "body"]))
      same(
        "What came",
        all,
        come.map(group => [group, "body"]),
      )
    },
  })),
  {
    id: "drafts/radio-frames",
    clauses: [...groups(10, 11), ...safe(6)],
    sends: 'JOIN "g"; then the RADIO sends "body" to the group "g"',
    requires: 'the frames 01 01 "g" and 00 04 "body" come',
    ...of("RADIO"),
    async play(subject) {
      const member = (await Subscriber.of(subject, "group")).subscribe("g")
      await member.heard()
      await subject.send("g", "body")
      for (;;) {
        const [group, body] = [await member.raw.frame(), await member.raw.frame()]
        if (group.body.toString().startsWith("~")) continue
        same("The flags", [group.flags, body.flags], [1, 0])
        return same("The bodies", [group.body.toString(), body.body.toString()], ["g", "body"])
      }
    },
  },
]

// Messages to and fro.

const LARGE = Buffer.alloc(1_048_576, "M")

const twoWays: readonly Case[] = [
  ...(["CLIENT", "CHANNEL"] as const).map((type): Case => ({
    id: `drafts/${type.toLowerCase()}-both-ways`,
    clauses: [type === "CLIENT" ? "37/client-server/1" : "37/channel/1", ...safe(2, 3)],
    sends: "a message of a mebibyte, and one of no octet",
    requires: `both are received; and the same come when the ${type} sends them`,
    ...of(type),
    async play(subject) {
      const raw = await subject.peer()
      await subject.send(LARGE)
      await subject.send("")
      same("What came", [await raw.message(), await raw.message()], [[LARGE.toString()], [""]])
      raw.send(LARGE)
      raw.send("")
      same(
        "What was received",
        [await subject.receive(), await subject.receive()],
        [[LARGE.toString()], [""]],
      )
    },
  })),
  {
    id: "drafts/server-answers",
    clauses: ["37/client-server/1", ...safe(6)],
    sends: "a message each on two connections, which the SERVER answers, the second first",
    requires: "each answer comes on the connection of its message",
    ...of("SERVER"),
    async play(subject) {
      const raws = [await subject.peer(), await subject.peer()] as const
      const ids: string[] = []
      for (const raw of raws) {
        raw.send("question")
        const [id = "", body] = await subject.receive()
        same("The message", body, "question")
        ids.push(id)
      }
      demand(ids[0] !== ids[1], "Both clients have one routing id")
      await subject.send(ids[1] ?? "", "two")
      await subject.send(ids[0] ?? "", "one")
      same("What came", [await raws[0].message(), await raws[1].message()], [["one"], ["two"]])
    },
  },
  {
    id: "drafts/scatter-round-robin",
    clauses: ["37/scatter-gather/1", ...safe(2)],
    sends: "nothing, on two connections that have a message already; the SCATTER sends ten more",
    requires: "five come on each",
    ...of("SCATTER"),
    play: scatters,
  },
  {
    id: "drafts/gather-fair",
    clauses: ["37/scatter-gather/1", ...safe(3)],
    sends: `${FAIR} messages on one connection and three on each of two others, all before the GATHER receives`,
    requires: `the three of each are received before the ${FAIR} are`,
    ...of("GATHER"),
    play: subject => fairly(subject),
  },
]

async function scatters(subject: Subject): Promise<void> {
  const raws = [await subject.peer(), await subject.peer()]
  while (raws.some(raw => raw.pending === 0)) await insist(subject, "hello")
  for (let i = 0; i < 10; i++) await subject.send(`m${i}`)
  // One for each.
  for (let i = 0; i < 2; i++) await subject.send("end")
  for (const raw of raws) {
    const names: string[] = []
    for (let name = ""; name !== "end"; name = nameOf(await raw.message())) names.push(name)
    same("How many came on a connection", names.filter(name => name.startsWith("m")).length, 5)
  }
}

// Messages of several parts, which none of these types has.

const single: readonly Case[] = [
  ...(["CLIENT", "SCATTER", "CHANNEL"] as const).map((type): Case => ({
    id: `drafts/${type.toLowerCase()}-sends-no-parts`,
    clauses: safe(4),
    sends: `nothing; the ${type} sends a message of two parts`,
    requires: "its program gets an error, and nothing comes",
    ...of(type),
    async play(subject) {
      const raw = await subject.peer()
      demand(await refused(subject.send("A", "B")), "A message of two parts was accepted")
      await insist(subject, "single")
      same("The first message", await raw.message(), ["single"])
    },
  })),
  ...(["CLIENT", "SERVER", "GATHER", "CHANNEL"] as const).map((type): Case => ({
    id: `drafts/${type.toLowerCase()}-receives-no-parts`,
    clauses: safe(5),
    sends: "a message of two parts, and then one of a single part",
    requires: "only the second is received",
    ...of(type),
    async play(subject) {
      const raw = await subject.peer()
      raw.send("A", "B")
      raw.send("single")
      same("What was received", (await subject.receive()).slice(-1), ["single"])
    },
  })),
  {
    id: "drafts/dish-receives-no-more-parts",
    clauses: [...groups(10), ...safe(5)],
    sends:
      "a message of three parts, of which the first is a group that the DISH has joined; then a group and a body",
    requires: "only the second is received",
    ...of("DISH"),
    async play(subject) {
      await subject.subscribe("g")
      await discarded(subject, ["g", "A", "B"], ["g", "single"])
      same("What was received", await subject.receive(), ["g", "single"])
    },
  },
]

/**
 * The frames of a message that has to be discarded, and then one that has not: on another connection where the peer has
 * ended this one, as 41/CLIENTSERVER allows it.
 */
async function discarded(
  subject: Subject,
  parts: readonly string[],
  honest: readonly string[],
): Promise<void> {
  const raw = await subject.peer()
  raw.send(...parts)
  // What else has come, such as a JOIN, tells nothing of these parts.
  await raw.alive().catch((error: unknown) => {
    if (!raw.ended) throw error
  })
  const next = raw.ended ? await subject.peer() : raw
  next.send(...honest)
}

export const drafts: readonly Case[] = [...dishes, ...radios, ...twoWays, ...single]
