/** Frames (23/ZMTP and 37/ZMTP §Framing) that are as they ought to be: in both directions, in pieces, and many at once. */
import { command, frame, hex, message, octets, ping, type Octets } from "../play/bytes.js"
import { both, ANY, type Case, type SocketType } from "../play/case.js"
import { demand, same } from "../play/verdict.js"
import { framingFaults } from "./23-framing-faults.js"

const RECEIVERS: readonly SocketType[] = ["PULL", "DEALER", "PAIR"]
const SENDERS: readonly SocketType[] = ["PUSH", "DEALER", "PAIR"]

/** Octets of every value, none of which is where a wrong offset would look for it. */
function body(length: number): string {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff)).toString("latin1")
}

/** Fails unless these are the parts; says at first which length is wrong, since a long part tells nothing. */
function sameParts(what: string, seen: readonly string[], expected: readonly string[]): void {
  const lengths = (parts: readonly string[]) => parts.map(part => part.length)
  same(`${what}'s sizes of parts`, lengths(seen), lengths(expected))
  same(what, seen, expected)
}

interface Delivery {
  readonly name: string
  readonly clauses: readonly string[]
  readonly sends: string
  readonly bytes: Buffer
  readonly parts: readonly string[]
}

/** What the program of the peer has to get, from octets that are written at once. */
const DELIVERIES: readonly Delivery[] = [
  {
    name: "empty-part",
    clauses: both("framing/1"),
    sends: "a message of one empty frame, 00 00",
    bytes: hex("00 00"),
    parts: [""],
  },
  ...[1, 127, 128, 254, 255].map(length => ({
    name: `short-${length}`,
    clauses: both("framing/2", "grammar/18"),
    sends: `a message frame of ${length} octets with a size of one octet`,
    bytes: frame(body(length)),
    parts: [body(length)],
  })),
  ...[256, 65_535, 65_536, 1_048_576].map(length => ({
    name: `long-${length}`,
    clauses: both("framing/3", "framing/6", "grammar/18"),
    sends: `a message frame of ${length} octets with a size of eight octets`,
    bytes: frame(body(length)),
    parts: [body(length)],
  })),
  ...[0, 1, 255].map(length => ({
    name: `long-form-of-${length}`,
    clauses: both("framing/3", "framing/6", "grammar/18"),
    sends: `a message frame of ${length} octets that has its size in eight octets all the same`,
    bytes: frame(body(length), { long: true }),
    parts: [body(length)],
  })),
  ...[2, 3, 100, 1000].map(count => {
    const parts = Array.from({ length: count }, (_, i) => `part ${i}`)
    return {
      name: `parts-${count}`,
      clauses: both("framing/7", "grammar/16", "grammar/17"),
      sends: `a message of ${count} frames, MORE on each but the last`,
      bytes: message(...parts),
      parts,
    }
  }),
  ...[
    ["", "a"],
    ["a", ""],
    ["", "", ""],
    ["a", "", "b"],
  ].map(parts => ({
    name: `parts-${parts.map(part => (part === "" ? "empty" : part)).join("-")}`,
    clauses: both("framing/7", "framing/1", "grammar/16"),
    sends: `a message of the parts ${parts.map(part => (part === "" ? "“”" : `“${part}”`)).join(", ")}`,
    bytes: message(...parts),
    parts,
  })),
  ...[3, 256].map(length => ({
    name: `more-in-long-form-${length}`,
    clauses: both("framing/7", "grammar/17"),
    sends: `a message of two frames, the first with flags 03 and ${length} octets`,
    bytes: Buffer.concat([frame(body(length), { more: true, long: true }), frame("end")]),
    parts: [body(length), "end"],
  })),
]

const deliveries = DELIVERIES.map(({ name, clauses, sends, bytes, parts }): Case => ({
  id: `framing/${name}`,
  ...{ clauses, sends },
  requires: "it is received as it was sent",
  types: RECEIVERS,
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    sameParts("The message", await subject.receive(), parts)
  },
}))

/** A message of two frames, cut in each place where a decoder may have to wait. The first frame is a long one. */
const CUT = [body(300), "end"]
const CUTS: readonly (readonly [name: string, at: number])[] = [
  ["behind-flags", 1],
  ...[1, 2, 3, 4, 5, 6, 7].map(i => [`in-size-${i}`, 1 + i] as const),
  ["before-body", 9],
  ["in-body", 150],
  ["behind-body", 309],
  ["in-short-head", 310],
  ["before-short-body", 311],
]

const cuts = CUTS.map(([name, at]): Case => ({
  id: `framing/cut-${name}`,
  clauses: both("framing/6", "grammar/17"),
  sends: `a frame of 300 octets and one of 3, cut after octet ${at}; another peer connects before the rest is sent`,
  requires: "the message is received whole",
  types: ["PULL", "DEALER"],
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    const bytes = message(...CUT)
    raw.write(bytes.subarray(0, at))
    // When the peer has talked with somebody else, it has seen what was there before.
    await subject.peer()
    raw.write(bytes.subarray(at))
    sameParts("The message", await subject.receive(), CUT)
  },
}))

const streams: readonly Case[] = [
  {
    id: "framing/octet-by-octet",
    clauses: both("framing/6", "grammar/17"),
    sends: "a message of an empty part, 300 octets and 5 octets, each octet in a segment of its own",
    requires: "it is received as it was sent",
    types: RECEIVERS,
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      const parts = ["", body(300), "fifth"]
      await raw.trickle(message(...parts))
      sameParts("The message", await subject.receive(), parts)
    },
  },
  {
    id: "framing/many-in-one-write",
    clauses: both("grammar/11", "semantics/8"),
    sends: "300 messages of a few octets in one write",
    requires: "all are received, in order",
    types: RECEIVERS,
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      raw.write(...Array.from({ length: 300 }, (_, i) => message(String(i))))
      for (let i = 0; i < 300; i++) same(`Message ${i}`, await subject.receive(), [String(i)])
    },
  },
  {
    id: "framing/messages-and-commands",
    clauses: ["37/grammar/11", "37/heartbeat/4"],
    sends: "100 times a message and a PING, in one write",
    requires: "the messages are received and the PONGs come, each in order",
    types: RECEIVERS,
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      const numbers = Array.from({ length: 100 }, (_, i) => String(i))
      raw.write(...numbers.flatMap(number => [message(number), ping(number)]))
      const replies = await raw.alive()
      for (const number of numbers) same(`Message ${number}`, await subject.receive(), [number])
      same(
        "What the PONGs echo",
        replies.map(({ data }) => data.toString("latin1")),
        numbers,
      )
    },
  },
]

/** Commands come and go without the program. */
const hidden = (
  [
    ["unknown-command", "a command with the name UNKNOWN", command("UNKNOWN", "data")],
    ["pong", "a PONG that nobody asked for", command("PONG", "context")],
    ["empty-command", "a command without a body, 04 00", hex("04 00")],
  ] as const
).map(([name, what, bytes]): Case => ({
  id: `framing/${name}-is-no-message`,
  clauses: both("framing/5"),
  sends: `${what}; then a message, from another peer if the connection was closed`,
  requires: "the message is the first thing that is received",
  types: ["PULL", "DEALER"],
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    raw.send("a message")
    // Those that refuse what the first one said hear it from another.
    const other = await subject.peer()
    other.send("a message")
    same("The first message", await subject.receive(), ["a message"])
  },
}))

const longCommand: Case = {
  id: "framing/long-command",
  clauses: ["37/grammar/12", "37/framing/6"],
  sends: "a PING whose size has eight octets, flags 06",
  requires: "its PONG comes",
  types: ANY,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(command("PING", "\0\0long", { long: true }))
    const [first] = await raw.alive()
    same("The answer", first?.name, "PONG")
    same("Its context", first?.data, octets("long"))
  },
}

/** What the peer's program sends, as frames on the wire. */
const SENT: readonly (readonly [name: string, parts: readonly string[]])[] = [
  ...[0, 1, 254, 255, 256, 65_536, 1_048_576].map(length => [`part-of-${length}`, [body(length)]] as const),
  ["two-parts", ["first", "last"]],
  ["five-parts", ["", "a", body(255), body(256), ""]],
]

const sent = SENT.map(([name, parts]): Case => ({
  id: `framing/sends-${name}`,
  clauses: both(
    ...(parts.some(part => part.length > 255) ? ["framing/3", "framing/6"] : ["framing/1", "framing/2"]),
    ...(parts.length > 1 ? ["framing/7", "grammar/16", "grammar/17"] : ["grammar/18"]),
  ),
  sends: `nothing; the peer sends a message whose parts have ${parts.map(({ length }) => length).join(", ")} octets`,
  requires: "a frame for each part, MORE on all but the last, and no other flag than LONG",
  types: SENDERS,
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    await subject.send(...(parts as readonly Octets[]))
    const seen: string[] = []
    for (let i = 0; i < parts.length; i++) {
      const { flags, more, body } = await raw.frame(`frame ${i + 1} of ${parts.length}`)
      demand((flags & ~3) === 0, `Frame ${i + 1} has the flags ${flags.toString(16).padStart(2, "0")}`)
      same(`MORE of frame ${i + 1} of ${parts.length}`, more, i < parts.length - 1)
      seen.push(body.toString("latin1"))
    }
    sameParts("The message", seen, parts)
  },
}))

export const framing: readonly Case[] = [
  ...deliveries,
  ...cuts,
  ...streams,
  longCommand,
  ...hidden,
  ...sent,
  ...framingFaults,
]
