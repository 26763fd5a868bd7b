/**
 * Cases of 13/ZMTP, which is ZMTP 1.0, for peers of 3.x that work with it too: identity frames for a greeting, lengths
 * that count the flags, and nothing of later versions.
 */
import { hex, oldFrame, size } from "../play/bytes.js"
import { both, type Case } from "../play/case.js"
import { oldMessage, peer1, readIdentity1, unwelcome } from "../play/old.js"
import { demand, same } from "../play/verdict.js"

/** A clause that 23/ZMTP and 37/ZMTP have alike. */

const C = { controlled: true } as const
const RECEIVES = { ...C, types: ["PULL", "DEALER", "PAIR"] } as const
const SENDS = { ...C, types: ["PUSH", "DEALER", "PAIR"] } as const

const LONG_IDENTITY = "i".repeat(255)

/** An identity frame with a length of eight octets. */
const longIdentity = (identity: string, flags = 0): Buffer =>
  Buffer.concat([hex("ff"), size(identity.length + 1), Buffer.of(flags), Buffer.from(identity)])

const connection: readonly Case[] = [
  ...(
    [
      ["anonymous", "01 00", hex("01 00"), ""],
      ["short", "04 00 and abc", oldFrame("abc"), "abc"],
      ["long", "FF, a length of 4 in eight octets, 00 and abc", longIdentity("abc"), "abc"],
      ["255-octets", "an identity frame of 255 octets", longIdentity(LONG_IDENTITY), LONG_IDENTITY],
    ] as const
  ).map(([name, phrase, bytes, identity]): Case => ({
    ...C,
    id: `zmtp1/identity-${name}`,
    clauses: [
      ...both(name === "short" || name === "anonymous" ? "zmtp1/3" : "zmtp1/4"),
      name === "short" || name === "anonymous" ? "15/backwards/4" : "15/backwards/5",
      identity === "" ? "13/connection/6" : "13/connection/7",
      "13/connection/5",
    ],
    sends: `${phrase} for a greeting, and a message`,
    requires: identity === "" ? "the message is received" : "the message is received behind that identity",
    types: ["ROUTER"],
    async play(subject) {
      const raw = await subject.connection()
      raw.framing = 1
      raw.write(bytes)
      await readIdentity1(raw)
      raw.write(oldMessage("x"))
      const [prefix = "", ...parts] = await subject.receive()
      if (identity === "") demand(prefix !== "", "The identity that was made up is empty")
      else same("The identity", prefix, identity)
      same("The message", parts, ["x"])
      await subject.send(prefix, "y")
      same("The answer", await raw.message(), ["y"])
    },
  })),
  ...(
    [
      ["anonymous", "without a routing id", undefined],
      ["abc", 'with the routing id "abc"', "abc"],
      ["255-octets", "with a routing id of 255 octets", LONG_IDENTITY],
    ] as const
  ).map(([name, phrase, routingId]): Case => ({
    ...C,
    id: `zmtp1/greeting-${name}`,
    clauses: [
      ...both("zmtp1/7"),
      "15/backwards/8",
      ...[1, 2, 5, 7].map(n => `13/connection/${n}`),
      ...both("zmtp1/8"),
    ],
    ...(routingId === undefined ? {} : { options: { routingId } }),
    sends: "01 00 for a greeting",
    requires: `a socket ${phrase} sends an identity frame with that, and then its messages and nothing else`,
    types: ["DEALER"],
    async play(subject) {
      const raw = await subject.connection()
      raw.framing = 1
      raw.write(hex("01 00"))
      same("The identity", (await readIdentity1(raw)).toString("latin1"), routingId ?? "")
      await subject.send("x")
      same("The message", await raw.message(), ["x"])
    },
  })),
  ...([0x01, 0xfe] as const).map((flags): Case => ({
    ...C,
    id: `zmtp1/identity-with-flags-${flags.toString(16).padStart(2, "0")}`,
    clauses: ["13/connection/8"],
    sends: `04 ${flags.toString(16).padStart(2, "0")} and abc for a greeting, and a message`,
    requires: 'the message is received behind "abc"',
    types: ["ROUTER"],
    async play(subject) {
      const raw = await subject.connection()
      raw.framing = 1
      raw.write(Buffer.of(4, flags), "abc")
      await readIdentity1(raw)
      raw.write(oldMessage("x"))
      same("The message", await subject.receive(), ["abc", "x"])
    },
  })),
  {
    ...RECEIVES,
    id: "zmtp1/octet-by-octet",
    clauses: [...both("zmtp1/3"), "13/connection/5"],
    sends: "a greeting and a message of two parts, an octet at a time",
    requires: "the message is received",
    async play(subject) {
      const raw = await subject.connection()
      raw.framing = 1
      await raw.trickle(Buffer.concat([oldFrame(""), oldMessage("a", "b".repeat(300))]))
      await readIdentity1(raw)
      same("The message", await subject.receive(), ["a", "b".repeat(300)])
    },
  },
]

const framing: readonly Case[] = [
  ...[0, 1, 253, 254, 255, 65_536].flatMap((length): Case[] => {
    const isShort = length + 1 < 255
    const body = Buffer.alloc(length, "x")
    return [
      {
        ...SENDS,
        id: `zmtp1/sends-${length}-octets`,
        clauses: ["13/framing/1", isShort ? "13/framing/2" : "13/framing/4", "13/framing/6", "13/framing/7"],
        sends: "a 1.0 greeting",
        requires: isShort
          ? `a message of ${length} octets comes as the octet ${length + 1}, flags 00 and the body`
          : `a message of ${length} octets comes as FF, ${length + 1} in eight octets, flags 00 and the body`,
        async play(subject) {
          const raw = await peer1(subject)
          await subject.send(body)
          const came = await raw.frame()
          same("The flags and the body", [came.flags, came.body], [0, body])
          same("Whether the length has eight octets", came.long, !isShort)
        },
      },
      {
        ...RECEIVES,
        id: `zmtp1/receives-${length}-octets`,
        clauses: ["13/framing/1", "13/framing/10", isShort ? "13/framing/5" : "13/framing/4"],
        sends: `a 1.0 greeting and a frame of ${length} octets`,
        requires: "it is received",
        async play(subject) {
          const raw = await peer1(subject)
          raw.write(oldFrame(body))
          same("The message", await subject.receive(), [body.toString()])
        },
      },
    ]
  }),
  {
    ...RECEIVES,
    id: "zmtp1/long-length-of-short-frame",
    clauses: ["13/framing/5"],
    sends: "a 1.0 greeting and a frame of three octets with a length of eight",
    requires: "it is received",
    async play(subject) {
      const raw = await peer1(subject)
      raw.write(oldFrame("abc", { long: true }))
      same("The message", await subject.receive(), ["abc"])
    },
  },
  {
    ...RECEIVES,
    id: "zmtp1/receives-parts",
    clauses: ["13/framing/8", "13/framing/9", "13/framing/10", "13/neutral/1"],
    sends: "a 1.0 greeting and a message of three parts, of 1, 300 and 0 octets",
    requires: "they are received as one message",
    async play(subject) {
      const raw = await peer1(subject)
      const parts = ["a", "b".repeat(300), ""]
      raw.write(oldMessage(...parts))
      same("The message", await subject.receive(), parts)
    },
  },
  {
    ...SENDS,
    id: "zmtp1/sends-parts",
    clauses: ["13/framing/8", "13/framing/9", "13/framing/10", "13/framing/7", "13/neutral/1"],
    sends: "a 1.0 greeting",
    requires: "a message of three parts, of 1, 300 and 0 octets, comes with the flags 01, 01 and 00",
    async play(subject) {
      const raw = await peer1(subject)
      const parts = ["a", "b".repeat(300), ""]
      await subject.send(...parts)
      const came = [await raw.frame(), await raw.frame(), await raw.frame()]
      same(
        "The flags",
        came.map(({ flags }) => flags),
        [1, 1, 0],
      )
      same(
        "The parts",
        came.map(({ body }) => body.toString()),
        parts,
      )
    },
  },
  {
    ...RECEIVES,
    id: "zmtp1/length-of-zero",
    clauses: ["13/framing/3"],
    sends: "a 1.0 greeting and two messages, with an octet of 00 between, a frame of length zero",
    requires: "it is discarded silently, and both messages are received",
    async play(subject) {
      const raw = await peer1(subject)
      raw.write(oldMessage("first"), hex("00"), oldMessage("second"))
      same("The first message", await subject.receive(), ["first"])
      const second = await Promise.race([subject.receive(), raw.closed().then(() => undefined)])
      demand(second !== undefined, "The connection was closed for it")
      same("The second message", second, ["second"])
    },
  },
  {
    ...RECEIVES,
    id: "zmtp1/reserved-bits",
    clauses: ["13/framing/7"],
    weight: "SHOULD",
    sends: "a 1.0 greeting, a frame whose flags are FE, and a proper message",
    requires:
      "the connection is not left hanging: the proper message is received, or the connection is closed",
    async play(subject) {
      const raw = await peer1(subject)
      raw.write(Buffer.of(2, 0xfe), "x", oldMessage("proper"))
      const closed = raw.closed().then(() => undefined)
      const first = await Promise.race([subject.receive(), closed])
      if (first?.[0] === "x") same("The next message", await subject.receive(), ["proper"])
    },
  },
]

const content: readonly Case[] = [
  ...(["PUB", "XPUB"] as const).map((type): Case => ({
    ...C,
    id: `zmtp1/${type.toLowerCase()}-sends-everything`,
    clauses: ["13/broadcast/1", "13/broadcast/3"],
    sends: "a 1.0 greeting, and no subscription: 1.0 has none",
    requires: "what the program publishes arrives",
    types: [type],
    async play(subject) {
      const raw = await peer1(subject)
      // A publisher sends only to those whom it knows of: it goes on until the first message arrives.
      let arrived = false
      const first = raw.message().finally(() => (arrived = true))
      while (!arrived) {
        await subject.send("x", "y")
        await new Promise(setImmediate)
      }
      same("The message", await first, ["x", "y"])
    },
  })),
  ...(["SUB", "XSUB"] as const).map((type): Case => ({
    ...C,
    id: `zmtp1/${type.toLowerCase()}-sends-nothing`,
    clauses: ["13/broadcast/2"],
    sends: "a 1.0 greeting and a message, to a socket that has subscribed",
    requires: "the message is received, and nothing is sent",
    types: [type],
    async play(subject) {
      const raw = await peer1(subject)
      await subject.subscribe("A")
      raw.write(oldMessage("A1"))
      same("The message", await subject.receive(), ["A1"])
      await subject.subscribe("B")
      raw.write(oldMessage("A2"))
      same("The message", await subject.receive(), ["A2"])
      same("How many octets were sent", raw.pending, 0)
    },
  })),
  {
    ...C,
    id: "zmtp1/req-delimiter",
    clauses: ["13/addressed/1", "13/addressed/2", "13/addressed/3"],
    sends: "a 1.0 greeting, and a reply to the request that comes",
    requires: "the request is 01 01 and the data, and the reply is received",
    types: ["REQ"],
    async play(subject) {
      const raw = await peer1(subject)
      await subject.send("question")
      same("The delimiter", await raw.take(2), hex("01 01"))
      same("The data", await raw.message(), ["question"])
      raw.write(oldMessage("", "answer"))
      same("The reply", await subject.receive(), ["answer"])
    },
  },
  {
    ...C,
    id: "zmtp1/rep-envelope",
    clauses: ["13/addressed/5", "13/addressed/6", "13/addressed/7"],
    sends: "a 1.0 greeting and a request behind two identities and the delimiter",
    requires: "the program receives the data, and its reply comes behind the same envelope",
    types: ["REP"],
    async play(subject) {
      const raw = await peer1(subject)
      raw.write(oldMessage("one", "two", "", "question"))
      same("The request", await subject.receive(), ["question"])
      await subject.send("answer")
      same("The reply", await raw.message(), ["one", "two", "", "answer"])
    },
  },
  {
    ...C,
    id: "zmtp1/router-prepends",
    clauses: ["13/addressed/4"],
    sends: 'the identity "abc" for a greeting and a request',
    requires: 'the program has "abc" before the envelope to forward it with',
    types: ["ROUTER"],
    async play(subject) {
      const raw = await peer1(subject, "abc")
      raw.write(oldMessage("", "question"))
      same("The request", await subject.receive(), ["abc", "", "question"])
    },
  },
]

const later: readonly Case[] = [
  ...(
    [
      ["server", { plainServer: true }, "binds"],
      ["client", { plainUsername: "admin", plainPassword: "secret" }, "connects"],
    ] as const
  ).map(([name, options, side]): Case => ({
    id: `zmtp1/${name}-of-plain-refuses`,
    clauses: [...both("zmtp1/6"), ...both("security/1")],
    sends: `a 1.0 greeting and a message, to a ${name} of PLAIN`,
    requires: "the connection is closed, and no message frame came",
    types: side === "binds" ? ["PULL", "DEALER"] : ["PUSH", "DEALER"],
    options,
    side,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(oldFrame(""), oldMessage("x"))
      await unwelcome(raw)
      demand(raw.pending <= 64, "Something came behind the greeting")
    },
  })),
  {
    ...C,
    id: "zmtp1/no-ping",
    clauses: [...both("zmtp1/8"), "15/backwards/9"],
    sends: "a 1.0 greeting and a message, to a socket with heartbeats of 100 ms; after 500 ms another",
    requires: "no PING comes, and the second message is received on the same connection",
    types: ["DEALER"],
    options: { heartbeatInterval: 100, heartbeatTimeout: 200 },
    async play(subject) {
      const raw = await peer1(subject)
      raw.write(oldMessage("first"))
      same("The message", await subject.receive(), ["first"])
      // Several intervals: not before then can a PING, or an end for want of a PONG, be missed.
      await new Promise(resolve => setTimeout(resolve, 500))
      raw.write(oldMessage("second"))
      same("The message", await subject.receive(), ["second"])
      await subject.send("x")
      same("The first message that comes", await raw.message(), ["x"])
    },
  },
]

export const zmtp1: readonly Case[] = [...connection, ...framing, ...content, ...later]
