/** Frames that must not be, by 23/ZMTP and 37/ZMTP §Framing, and frames that are too large. */
import { command, frame, greeting, hex, octets, ping, ready, size } from "../play/bytes.js"
import { both, ANY, PARTNER, type Case, type SocketType } from "../play/case.js"
import { same } from "../play/verdict.js"

/** Types to which any message may be sent at any time, those first whose program gets it as it is. */
const TAKERS: readonly SocketType[] = ["PULL", "DEALER", "PAIR", "SUB", "XSUB", "ROUTER"]
/** A frame that must not be, and the types of socket to which it is wrong for this reason alone. */
interface Offence {
  readonly name: string
  readonly clauses: readonly string[]
  readonly what: string
  readonly bytes: Buffer
  readonly types: readonly SocketType[]
  readonly alone?: true
}

// The clauses bind who sends; what the receiver does is not said, and closing is how other errors are signalled
// (§Error Handling). So they weigh SHOULD.
const OFFENCES: readonly Offence[] = [
  ...[3, 4, 5, 6, 7].flatMap(bit => {
    const clauses = both("framing/4")
    const [plain, command] = [1 << bit, (1 << bit) | 4]
    return [
      {
        ...{ name: `reserved-bit-${bit}`, clauses },
        what: `a message frame whose flags have bit ${bit} set`,
        bytes: frame("A", { flags: plain }),
        types: TAKERS,
      },
      {
        ...{ name: `reserved-bit-${bit}-on-command`, clauses },
        what: `a PING whose flags have bit ${bit} set`,
        bytes: withFlags(ping(), command),
        types: ANY,
      },
    ]
  }),
  {
    name: "more-on-command",
    clauses: both("framing/8"),
    what: "a PING with MORE, flags 05",
    bytes: withFlags(ping(), 5),
    types: ANY,
  },
  {
    name: "more-on-subscribe",
    clauses: ["37/framing/8"],
    what: "a SUBSCRIBE with MORE, flags 05",
    bytes: command("SUBSCRIBE", "A", { flags: 5 }),
    types: ["PUB", "XPUB"],
  },
  ...[
    ["2-to-the-63", 2n ** 63n],
    ["2-to-the-64-less-1", 2n ** 64n - 1n],
  ].map(([name, length]) => ({
    name: `size-${name}`,
    clauses: both("framing/3", "grammar/13"),
    what: `a message frame with a size of ${Number(length).toExponential(2)}, whose first bit is set`,
    bytes: Buffer.concat([hex("02"), size(length as bigint), octets("A")]),
    types: TAKERS,
    alone: true as const,
  })),
]

function withFlags(bytes: Buffer, flags: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[0] = flags
  return changed
}

const offences = OFFENCES.map(({ name, what, bytes, ...rest }): Case => ({
  id: `framing/${name}`,
  ...rest,
  weight: "SHOULD",
  sends: what,
  requires: "the connection is closed",
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    await raw.refuses(what)
  },
}))

/** READYs whose frame is wrong, after a greeting that is right. */
const handshakes = (
  [
    ["reserved-bit-on-ready", "framing/4", "READY with flags 0C, of which bit 3 is reserved", 0x0c],
    ["more-on-ready", "framing/8", "READY with MORE, flags 05", 0x05],
    ["ready-in-message-frame", "framing/5", "READY in a message frame, flags 00", 0x00],
  ] as const
).map(([name, clause, what, flags]): Case => ({
  id: `framing/${name}`,
  clauses: both(clause, ...(flags === 0 ? ["grammar/10"] : [])),
  weight: "SHOULD",
  sends: what,
  requires: "the connection is closed",
  types: ANY,
  async play(subject) {
    const raw = await subject.connection()
    raw.write(greeting(), withFlags(ready(PARTNER[subject.type]), flags))
    raw.greeting = await raw.take(64, "a greeting of 64 octets")
    await raw.refuses(what)
  },
}))

const limits: readonly Case[] = [
  ...([1025n, 2n ** 31n, 2n ** 32n, 2n ** 63n - 1n] as const).map((length): Case => ({
    id: `framing/beyond-maximum-${length}`,
    clauses: [...both("framing/3"), ...both("error/3")],
    weight: "SHOULD",
    sends: `the head of a message frame of ${length} octets, where the peer takes no more than 1024`,
    requires: "the connection is closed, without waiting for the body",
    types: TAKERS,
    options: { maxMessageSize: 1024 },
    async play(subject) {
      const raw = await subject.peer()
      raw.write(hex("02"), size(length))
      await raw.closed("an end of the connection after a frame that is too large")
    },
  })),
  {
    id: "framing/at-maximum",
    clauses: both("framing/3"),
    sends: "a message frame of 1024 octets, where the peer takes no more than that",
    requires: "it is received",
    types: ["PULL", "DEALER", "PAIR"],
    options: { maxMessageSize: 1024 },
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      raw.send("A".repeat(1024))
      same("The message", await subject.receive(), ["A".repeat(1024)])
    },
  },
  {
    id: "framing/huge-frame-beside-others",
    clauses: both("framing/3"),
    weight: "SHOULD",
    sends: "the head of a message frame of 2^62 octets and no body; then another peer sends a message",
    requires: "the other's message is received",
    types: ["PULL", "DEALER"],
    controlled: true,
    alone: true,
    async play(subject) {
      const raw = await subject.peer()
      raw.write(hex("02"), size(2n ** 62n))
      const other = await subject.peer()
      other.send("of the other")
      same("The message", await subject.receive(), ["of the other"])
    },
  },
]

const between: readonly Case[] = [
  {
    id: "framing/command-between-frames",
    clauses: both("grammar/11"),
    weight: "SHOULD",
    sends: "a command PING between the two frames of a message",
    requires: "the connection is closed",
    types: TAKERS,
    async play(subject) {
      const raw = await subject.peer()
      raw.write(frame("first", { more: true }), ping(), frame("last"))
      await raw.refuses("a command between the frames of a message")
    },
  },
  {
    id: "framing/command-between-frames-tears-nothing",
    clauses: both("messages/2"),
    sends: "a command between the two frames of a message; then another peer sends a message",
    requires: "the first message is received whole or not at all",
    types: ["PULL", "DEALER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      raw.write(frame("first", { more: true }), command("UNKNOWN"), frame("last"))
      const other = await subject.peer()
      other.send("of the other")
      const seen = await subject.receive()
      if (seen.length === 2) same("The torn message", seen, ["first", "last"])
      else same("The message of the other", seen, ["of the other"])
    },
  },
]

export const framingFaults: readonly Case[] = [...offences, ...handshakes, ...limits, ...between]
