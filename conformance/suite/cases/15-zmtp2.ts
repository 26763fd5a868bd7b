/**
 * Cases of 15/ZMTP, which is ZMTP 2.0, for peers of 3.x that work with it too: greeting, framing, and what of 3.x must
 * not come.
 */
import { frame, message } from "../play/bytes.js"
import { both, PARTNER, type Case } from "../play/case.js"
import {
  peer2,
  readGreeting2,
  greeting2,
  SIGNATURE,
  TYPE_OCTETS,
  type OldType,
  unwelcome,
} from "../play/old.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"

/** A clause that 23/ZMTP and 37/ZMTP have alike. */

const ANY_OLD: readonly OldType[] = [
  "PULL",
  "PUSH",
  "DEALER",
  "ROUTER",
  "REP",
  "REQ",
  "PAIR",
  "PUB",
  "SUB",
  "XPUB",
  "XSUB",
]

const partnerOf = (type: OldType): OldType => PARTNER[type] as OldType

/** Lengths on both sides of where a size needs eight octets. */
const LENGTHS = [0, 1, 255, 256, 70_000] as const

const greetings: readonly Case[] = [
  ...(
    [
      ["none", "no routing id", undefined],
      ["abc", 'the routing id "abc"', "abc"],
      ["255-octets", "a routing id of 255 octets", "i".repeat(255)],
    ] as const
  ).map(([name, phrase, routingId]): Case => ({
    id: `zmtp2/signature-with-identity-${name}`,
    clauses: [...both("zmtp1/1"), ...both("zmtp1/2"), "15/backwards/2", "15/backwards/3"],
    sends: "nothing",
    requires: `the signature of a socket with ${phrase} has in its padding the length of that plus one`,
    types: ["DEALER", "ROUTER"],
    ...(routingId === undefined ? {} : { options: { routingId } }),
    async play(subject) {
      const raw = await subject.connection()
      const signature = await raw.take(10, "a signature of ten octets")
      const length = signature.readBigUInt64BE(1)
      if (length === 0n) throw new NotApplicable("It works with no peer of ZMTP 1.0: its padding is zero")
      same("The length", Number(length), (routingId ?? "").length + 1)
    },
  })),
  ...[1, 2].map((revision): Case => ({
    id: `zmtp2/revision-${revision}`,
    clauses: [...both("zmtp2/2"), ...both("zmtp1/5"), ...both("zmtp1/9"), "15/grammar/1", "15/backwards/6"],
    sends: `a signature, revision ${revision}, a socket type and an empty identity`,
    requires: "the peer's socket type and identity come, and nothing of 3.x",
    types: ANY_OLD.filter(type => !type.startsWith("X")),
    async play(subject) {
      const type = subject.type as OldType
      // Whether it works with 2.0 at all.
      ;(await peer2(subject, partnerOf(type))).destroy()
      const raw = await subject.connection()
      raw.write(greeting2(partnerOf(type), { revision }))
      const told = await readGreeting2(raw).catch((error: unknown) => {
        throw error instanceof NotApplicable
          ? new Failure(`Revision 1 gets the greeting of 2.0, and revision ${revision} that of 3.x`)
          : error
      })
      same("The socket type", told.type, TYPE_OCTETS[type])
    },
  })),
  {
    id: "zmtp2/octet-by-octet",
    clauses: [...both("zmtp1/5"), ...both("zmtp2/2")],
    sends: "a 2.0 greeting and a message, an octet at a time",
    requires: "the message is received",
    types: ["PULL", "DEALER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.connection()
      await raw.trickle(Buffer.concat([greeting2(partnerOf(subject.type as OldType)), message("a", "bc")]))
      await readGreeting2(raw)
      same("The message", await subject.receive(), ["a", "bc"])
    },
  },
  {
    id: "zmtp2/greeting-after-ours",
    clauses: [...both("zmtp1/5"), ...both("zmtp1/9"), "15/backwards/6"],
    sends: "a signature alone, and the rest of a 2.0 greeting when the peer's signature has come",
    requires: "the peer's socket type and identity come",
    types: ["PULL", "PUSH", "DEALER", "ROUTER"],
    async play(subject) {
      const raw = await subject.connection()
      const type = subject.type as OldType
      raw.write(SIGNATURE)
      await raw.until(() => raw.pending >= 10, "a signature")
      raw.write(greeting2(partnerOf(type)).subarray(SIGNATURE.length))
      same("The socket type", (await readGreeting2(raw)).type, TYPE_OCTETS[type])
    },
  },
  ...ANY_OLD.map((type): Case => ({
    id: `zmtp2/socket-type-of-${type.toLowerCase()}`,
    clauses: type.startsWith("X") ? ["15/grammar/4", "15/pubsub/1"] : ["15/grammar/4"],
    sends: "a 2.0 greeting",
    requires: `the socket type is ${TYPE_OCTETS[type]}`,
    types: [type],
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting2(partnerOf(type)))
      same("The socket type", (await readGreeting2(raw)).type, TYPE_OCTETS[type])
    },
  })),
  ...(["", "abc"] as const).map((routingId): Case => ({
    id: `zmtp2/identity-${routingId === "" ? "empty" : routingId}`,
    clauses: ["15/grammar/5", "15/grammar/7"],
    sends: "a 2.0 greeting",
    requires: routingId === "" ? "the identity frame is 00 00" : "the identity frame is 00 03 and abc",
    types: ["DEALER", "ROUTER"],
    ...(routingId === "" ? {} : { options: { routingId } }),
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting2(partnerOf(subject.type as OldType)))
      same("The identity", (await readGreeting2(raw)).identity.toString("latin1"), routingId)
    },
  })),
]

const frames: readonly Case[] = [
  ...LENGTHS.flatMap((length): Case[] => [
    {
      id: `zmtp2/receives-${length}-octets`,
      clauses: [
        "15/framing/1",
        "15/framing/3",
        length > 255 ? "15/grammar/8" : "15/grammar/7",
        "15/backwards/7",
      ],
      sends: `a 2.0 greeting and a frame of ${length} octets`,
      requires: "it is received",
      types: ["PULL", "DEALER", "PAIR"],
      controlled: true,
      async play(subject) {
        const raw = await peer2(subject, partnerOf(subject.type as OldType))
        const body = Buffer.alloc(length, "x")
        raw.write(frame(body))
        same("The message", await subject.receive(), [body.toString()])
      },
    },
    {
      id: `zmtp2/sends-${length}-octets`,
      clauses: [
        "15/grammar/6",
        length > 255 ? "15/grammar/8" : "15/grammar/7",
        "15/framing/2",
        "15/framing/4",
      ],
      sends: "a 2.0 greeting",
      requires: `a message of ${length} octets comes in one frame, its flags 00 or 02`,
      types: ["PUSH", "DEALER", "PAIR"],
      controlled: true,
      async play(subject) {
        const raw = await peer2(subject, partnerOf(subject.type as OldType))
        const body = Buffer.alloc(length, "x")
        await subject.send(body)
        const came = await raw.frame()
        same("The flags and the body", [came.flags & ~2, came.body], [0, body])
      },
    },
  ]),
  {
    id: "zmtp2/receives-parts",
    clauses: ["15/grammar/6", "15/grammar/9", "15/grammar/10"],
    sends: "a 2.0 greeting and a message of three parts, of 1, 300 and 0 octets",
    requires: "they are received as one message",
    types: ["PULL", "DEALER", "PAIR"],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, partnerOf(subject.type as OldType))
      const parts = ["a", "b".repeat(300), ""]
      raw.send(...parts)
      same("The message", await subject.receive(), parts)
    },
  },
  {
    id: "zmtp2/sends-parts",
    clauses: ["15/grammar/6", "15/grammar/9", "15/grammar/10", "15/framing/4"],
    sends: "a 2.0 greeting",
    requires: "a message of three parts, of 1, 300 and 0 octets, comes with the flags 01, 03 and 00",
    types: ["PUSH", "DEALER", "PAIR"],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, partnerOf(subject.type as OldType))
      const parts = ["a", "b".repeat(300), ""]
      await subject.send(...parts)
      const came = [await raw.frame(), await raw.frame(), await raw.frame()]
      same(
        "The flags",
        came.map(({ flags }) => flags),
        [1, 3, 0],
      )
      same(
        "The parts",
        came.map(({ body }) => body.toString()),
        parts,
      )
    },
  },
  ...[2, 3, 4, 5, 6, 7].map((bit): Case => ({
    id: `zmtp2/reserved-bit-${bit}`,
    clauses: ["15/framing/4"],
    weight: "SHOULD",
    sends: `a 2.0 greeting, a frame whose flags have bit ${bit} set, and then a proper one`,
    requires: "the first is not received as a message; the connection may be closed",
    types: ["PULL"],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, "PUSH")
      raw.write(frame("reserved", { flags: 1 << bit }), frame("proper"))
      const first = await Promise.race([subject.receive(), raw.closed().then(() => undefined)])
      if (first !== undefined) same("The first message", first, ["proper"])
    },
  })),
  {
    id: "zmtp2/router-prefix",
    clauses: ["15/grammar/5", "28/router/8"],
    sends: 'a 2.0 greeting with the identity "abc", and a message',
    requires: 'the program receives it behind "abc", and its answer to "abc" arrives',
    types: ["ROUTER"],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, "DEALER", { identity: "abc" })
      raw.send("x")
      same("The message", await subject.receive(), ["abc", "x"])
      await subject.send("abc", "y")
      same("The answer", await raw.message(), ["y"])
    },
  },
]

/** Whom each type accepts (15/ZMTP §Socket Compatibility). */
const ACCEPTS: readonly (readonly [OldType, number, readonly OldType[]])[] = [
  ["PAIR", 2, ["PAIR"]],
  ["PUB", 3, ["SUB"]],
  ["SUB", 4, ["PUB"]],
  ["REQ", 5, ["REP", "ROUTER"]],
  ["REP", 6, ["REQ", "DEALER"]],
  ["DEALER", 7, ["REP", "DEALER", "ROUTER"]],
  ["ROUTER", 8, ["REQ", "DEALER", "ROUTER"]],
  ["PULL", 9, ["PUSH"]],
  ["PUSH", 10, ["PULL"]],
]
const ALL_NINE = ACCEPTS.map(([type]) => type)

const compatibility: readonly Case[] = ACCEPTS.flatMap(([type, clause, accepted]): Case[] => [
  {
    id: `zmtp2/${type.toLowerCase()}-accepts`,
    clauses: [`15/compatibility/${clause}`],
    sends: `2.0 greetings of ${accepted.join(", ")}`,
    requires: "each gets the peer's socket type and identity",
    types: [type],
    async play(subject) {
      for (const other of accepted) await peer2(subject, other)
    },
  },
  {
    id: `zmtp2/${type.toLowerCase()}-refuses-others`,
    clauses: ["15/compatibility/1", "15/compatibility/11"],
    sends: `2.0 greetings of all types but ${accepted.join(", ")}, a connection each`,
    requires: "each connection is closed",
    types: [type],
    async play(subject) {
      // Whether it works with 2.0 at all.
      ;(await peer2(subject, accepted[0] ?? type)).destroy()
      const others = ALL_NINE.filter(other => !accepted.includes(other))
      const letIn = await Promise.all(
        others.map(async other => {
          const raw = await subject.connection()
          raw.write(greeting2(other))
          return raw.closed().then(
            () => [],
            () => [other],
          )
        }),
      )
      same("The types that were let in", letIn.flat(), [])
    },
  },
])

const subscriptions: readonly Case[] = [
  ...(["SUB", "XSUB"] as const).map((type): Case => ({
    id: `zmtp2/subscriptions-of-${type.toLowerCase()}`,
    clauses: ["15/pubsub/2", "15/pubsub/3", "15/backwards/7"],
    sends: "a 2.0 greeting of a PUB",
    requires: 'a subscription to "A" comes as the message 01 41, and its end as 00 41: no commands',
    types: [type],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, "PUB")
      // A socket may take up what is new only while its program waits for a message.
      void subject.control.receive().catch(() => undefined)
      await subject.subscribe("A")
      same("The subscription", await raw.message(), ["\x01A"])
      await subject.unsubscribe("A")
      same("Its end", await raw.message(), ["\0A"])
    },
  })),
  {
    id: "zmtp2/xpub-is-subscribed-to",
    clauses: ["15/pubsub/2", "15/pubsub/3"],
    sends: "a 2.0 greeting of a SUB, the messages 01 41 and 01 42, and then 00 41",
    requires: 'the program sees them in turn, and of its messages "A" and "B" then only "B" arrives',
    types: ["XPUB"],
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, "SUB")
      for (const subscription of ["\x01A", "\x01B", "\0A"]) {
        raw.send(subscription)
        same("What the program sees", await subject.receive(), [subscription])
      }
      await subject.send("A")
      await subject.send("B")
      same("The message", await raw.message(), ["B"])
    },
  },
]

const security: readonly Case[] = [
  {
    id: "zmtp2/server-of-plain-refuses",
    clauses: [...both("zmtp1/6"), ...both("security/1")],
    sends: "a 2.0 greeting, to a server of PLAIN",
    requires: "the connection is closed, and no socket type was told",
    types: ["PULL", "DEALER"],
    options: { plainServer: true },
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting2(partnerOf(subject.type as OldType)))
      await unwelcome(raw)
    },
  },
  {
    id: "zmtp2/client-of-plain-refuses",
    clauses: [...both("zmtp1/6"), ...both("security/1")],
    sends: "a 2.0 greeting, to a client of PLAIN",
    requires: "the connection is closed, and neither a password nor a message came",
    types: ["PUSH", "DEALER"],
    side: "connects",
    options: { plainUsername: "admin", plainPassword: "secret" },
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting2(partnerOf(subject.type as OldType)))
      await unwelcome(raw)
      demand(raw.pending <= 64, "Something came behind the greeting")
    },
  },
  {
    id: "zmtp2/no-ping",
    clauses: ["15/backwards/7", "15/framing/4"],
    sends: "a 2.0 greeting and a message, to a socket with heartbeats of 100 ms; after 500 ms another",
    requires: "no PING comes, and the second message is received on the same connection",
    types: ["DEALER"],
    options: { heartbeatInterval: 100, heartbeatTimeout: 200 },
    controlled: true,
    async play(subject) {
      const raw = await peer2(subject, "ROUTER")
      raw.send("first")
      same("The message", await subject.receive(), ["first"])
      // Several intervals: not before then can a PING, or an end for want of a PONG, be missed.
      await new Promise(resolve => setTimeout(resolve, 500))
      raw.send("second")
      same("The message", await subject.receive(), ["second"])
      await subject.send("x")
      same("The first message that comes", await raw.message(), ["x"])
    },
  },
]

export const zmtp2: readonly Case[] = [
  ...greetings,
  ...frames,
  ...compatibility,
  ...subscriptions,
  ...security,
]
