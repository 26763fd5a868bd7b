/**
 * Heartbeats (37/ZMTP §Connection Heartbeating): how a PING is answered, what a peer's own look like, and whom they save
 * or end. Peers of ZMTP 3.0 have none. Where time is the matter, only "not before" is judged; a suite that was too slow
 * itself to keep a connection alive says so and judges nothing.
 */
import { setTimeout as passed } from "node:timers/promises"
import { command, frame, message, octets, ping, type Octets } from "../play/bytes.js"
import { ANY, type Case } from "../play/case.js"
import type { Frame, Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"

/** A connection to a peer of 3.1 or later. */
async function modern(subject: Subject): Promise<Raw> {
  const raw = await subject.peer()
  if (raw.greeting[11] === 0) throw new NotApplicable("A peer of ZMTP 3.0 has no heartbeats")
  return raw
}

/** The frames that answer these PINGs, which another one follows. */
async function answers(raw: Raw, ...pings: Octets[]): Promise<Frame[]> {
  raw.write(...pings)
  return (await raw.alive()).filter(({ name }) => name === "PONG")
}

const contexts = (
  [
    ["no-octet", ""],
    ["1-octet", "A"],
    ["8-octets", "ABCDEFGH"],
    ["15-octets", "ABCDEFGHIJKLMNO"],
    ["16-octets", "ABCDEFGHIJKLMNOP"],
    ["zeros", "\0\0\0"],
    ["binary", "\xff\x00\x80\x04PONG"],
  ] as const
).map(([name, context]): Case => ({
  id: `heartbeat/context-of-${name}`,
  clauses: ["37/heartbeat/4", "37/heartbeat/6"],
  sends: `PING with ${context === "" ? "an empty context" : `the context ${octets(context).toString("hex").toUpperCase()}`}`,
  requires: "a PONG with the same context comes",
  types: ANY,
  async play(subject) {
    const raw = await modern(subject)
    raw.write(ping(context))
    same("The context of PONG", (await raw.command("PONG")).data, octets(context))
  },
}))

const types = [
  ...ANY.map(type => [type, "binds"] as const),
  ...(["PUSH", "SUB", "REQ"] as const).map(type => [type, "connects"] as const),
].map(([type, side]): Case => ({
  id: `heartbeat/${type.toLowerCase()}-that-${side}-answers`,
  clauses: ["37/heartbeat/4"],
  sends: `PING, to a ${type} that ${side}`,
  requires: "a PONG with the same context comes",
  types: [type],
  side,
  async play(subject) {
    const raw = await modern(subject)
    await raw.alive()
  },
}))

const series: readonly Case[] = [
  {
    id: "heartbeat/ten-in-one-write",
    clauses: ["37/heartbeat/4"],
    sends: "ten PINGs with contexts of their own in one write",
    requires: "the ten PONGs come, in order",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      const all = Array.from({ length: 10 }, (_, i) => `ping ${i}`)
      const pongs = await answers(raw, ...all.map(context => ping(context)))
      same(
        "What the PONGs echo",
        pongs.map(({ data }) => data.toString("latin1")),
        all,
      )
    },
  },
  {
    id: "heartbeat/ping-in-pieces",
    clauses: ["37/heartbeat/4"],
    sends: "a PING, each octet in a segment of its own",
    requires: "its PONG comes",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      await raw.trickle(ping("pieces"))
      same("The context of PONG", (await raw.command("PONG")).data, octets("pieces"))
    },
  },
  {
    id: "heartbeat/ping-with-first-message",
    clauses: ["37/heartbeat/4", "37/grammar/11"],
    sends: "a message, a PING and another message in one write",
    requires: "the PONG comes, and both messages are received",
    types: ["PULL", "DEALER", "PAIR"],
    controlled: true,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(message("one"), ping("amid"), message("two"))
      same("The context of PONG", (await raw.command("PONG")).data, octets("amid"))
      same("The messages", [await subject.receive(), await subject.receive()], [["one"], ["two"]])
    },
  },
]

// What the receiver does with a PING that must not be is not said; what it must not do is to send such a PONG.
const wrong: readonly Case[] = [
  ...[17, 200, 300].map((length): Case => ({
    id: `heartbeat/context-of-${length}-octets`,
    clauses: ["37/heartbeat/5"],
    sends: `PING with a context of ${length} octets`,
    requires: "no PONG with more than 16 octets comes",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(ping("A".repeat(length)), ping("barrier"))
      for (let last = ""; last !== "barrier";) {
        await raw.until(() => raw.ended || raw.pending > 0, "an answer", true)
        if (raw.pending === 0) return
        const { name, data } = await raw.frame()
        demand(name !== "PONG" || data.length <= 16, `A PONG with a context of ${data.length} octets came`)
        last = data.toString("latin1")
      }
    },
  })),
  ...(
    [
      ["without-ttl", "a PING that ends behind its name, 04 05 04 50 49 4E 47", command("PING")],
      ["half-a-ttl", "a PING with one octet behind its name", command("PING", "\0")],
    ] as const
  ).map(([name, what, bytes]): Case => ({
    id: `heartbeat/ping-${name}`,
    clauses: ["37/heartbeat/1", "37/heartbeat/2"],
    weight: "SHOULD",
    sends: what,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(bytes)
      await raw.refuses(what)
    },
  })),
]

/** Whoever reads a context where the command has ended answers with what is in its memory there. */
const disclosure: Case = {
  id: "heartbeat/ping-without-ttl-echoes-nothing",
  clauses: ["37/heartbeat/4", "37/heartbeat/6"],
  sends: "PINGs that end behind their name or one octet later",
  requires: "the connection is closed, or no PONG to them has a context",
  types: ANY,
  async play(subject) {
    const raw = await modern(subject)
    raw.write(command("PING"), command("PING", "\0"), ping("barrier"))
    for (;;) {
      await raw.until(() => raw.ended || raw.pending > 0, "an answer", true)
      if (raw.pending === 0) return
      const { name, data } = await raw.frame()
      if (name === "PONG" && data.equals(octets("barrier"))) return
      demand(
        name !== "PONG" || data.length === 0,
        `A PONG had the context ${data.toString("hex")}, and the PING had none`,
      )
    }
  },
}

/** What is judged after this silence of the suite holds after any longer one too. */
const silence = (milliseconds: number) => passed(milliseconds)

/** When the other side ended the connection, once it has, and when the suite last said something, in milliseconds. */
async function endOf(raw: Raw, what: string): Promise<{ end: number; said: number }> {
  await raw.closed(what)
  const said = raw.log.filter(({ from }) => from === "suite").at(-1)?.at ?? 0
  const end = raw.log.find(({ what }) => what === "end" || what === "reset")?.at ?? 0
  return { end, said }
}

/** Says something every so often for a while; fails when the connection ends, unless the suite itself was late. */
async function chat(
  raw: Raw,
  say: () => Buffer,
  { every, during, limit }: { every: number; during: number; limit: number },
): Promise<void> {
  const start = performance.now()
  let before = start
  let longest = 0
  while (performance.now() - start < during && !raw.ended) {
    raw.write(say())
    await passed(every)
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
  }
  if (!raw.ended) return
  if (longest > limit / 2) throw new NotApplicable("The suite was too slow to keep the connection alive")
  throw new Failure(`The connection was ended although something was sent every ${every} ms`)
}

const timesToLive: readonly Case[] = [
  {
    id: "heartbeat/ttl-ends-silence",
    clauses: ["37/heartbeat/11"],
    sends: "PING with a TTL of 0.3 s, and nothing more",
    requires: "the connection is closed, and not before that",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(ping("ttl", 3))
      const { said, end } = await endOf(raw, "an end of the connection after a TTL of 0.3 s")
      demand(end - said >= 270, `It was closed after ${Math.round(end - said)} ms, before the TTL was over`)
    },
  },
  {
    id: "heartbeat/ttl-counts-anew",
    clauses: ["37/heartbeat/11"],
    sends: "PING with a TTL of 1 s, and a command every 0.1 s for 1.6 s",
    requires: "the connection lives",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(ping("ttl", 10))
      await chat(raw, () => command("PONG", "alive"), { every: 100, during: 1600, limit: 1000 })
      await raw.alive()
    },
  },
  {
    id: "heartbeat/no-ttl",
    clauses: ["37/heartbeat/11"],
    sends: "PING with a TTL of zero, and nothing more for 0.8 s",
    requires: "the connection lives",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(ping("ttl", 0))
      await raw.command("PONG")
      await silence(800)
      await raw.alive()
    },
  },
  // 100 tells tenths from milliseconds; 656 tenths are 64 ms to those who count milliseconds in 16 bits.
  ...([100, 656, 0xffff] as const).map((ttl): Case => ({
    id: `heartbeat/ttl-of-${ttl}-tenths`,
    clauses: ["37/heartbeat/2", "37/heartbeat/11"],
    weight: "SHOULD",
    sends: `PING with a TTL of ${ttl / 10} s, and nothing more for 0.8 s`,
    requires: "the connection lives",
    types: ANY,
    async play(subject) {
      const raw = await modern(subject)
      raw.write(ping("ttl", ttl))
      await raw.command("PONG")
      await silence(800)
      const after = Math.round(raw.log.at(-1)?.at ?? 0)
      demand(
        !raw.ended,
        `It was closed when the connection was ${after} ms old, long before the TTL of ${ttl / 10} s`,
      )
      await raw.alive()
    },
  })),
]

const BEATING = { heartbeatInterval: 100, heartbeatTimeout: 1000 }

const own: readonly Case[] = [
  {
    id: "heartbeat/form-of-ping",
    clauses: ["37/heartbeat/1", "37/heartbeat/2", "37/heartbeat/3"],
    sends: "nothing; the peer's heartbeats have an interval of 0.1 s",
    requires: "PINGs come, with a TTL of two octets and a context of 0 to 16",
    types: ANY,
    options: BEATING,
    async play(subject) {
      const raw = await modern(subject)
      for (let i = 0; i < 2; i++) {
        const { data } = await nextPing(raw)
        demand(data.length >= 2 && data.length <= 18, `A PING has ${data.length} octets behind its name`)
        raw.write(command("PONG", data.subarray(2)))
      }
    },
  },
  ...(
    [
      [1000, 10],
      [25_600, 256],
      [655_300, 6553],
    ] as const
  ).map(([milliseconds, tenths]): Case => ({
    id: `heartbeat/sends-ttl-of-${tenths}-tenths`,
    clauses: ["37/heartbeat/2"],
    sends: `nothing; the peer's heartbeats have a TTL of ${milliseconds} ms`,
    requires: `its PINGs have a TTL of ${tenths.toString(16).padStart(4, "0").toUpperCase()}, which is in tenths of a second`,
    types: ANY,
    options: { ...BEATING, heartbeatTimeToLive: milliseconds },
    async play(subject) {
      const raw = await modern(subject)
      const { data } = await nextPing(raw)
      same("The TTL", data.subarray(0, 2), Buffer.of(tenths >> 8, tenths & 0xff))
    },
  })),
  ...(
    [
      ["messages", "messages", () => message("alive")],
      ["pongs", "PONGs", () => command("PONG")],
      ["pings", "PINGs of its own", () => ping("alive")],
      ["half-a-message", "frames of an endless message", () => frame("alive", { more: true })],
    ] as const
  ).map(([name, what, say]): Case => ({
    id: `heartbeat/lives-on-${name}`,
    clauses: ["37/heartbeat/8"],
    sends: `${what} every 0.1 s for 1.8 s, and no answer to PINGs, which the peer sends with a time-out of 1 s`,
    requires: "the connection lives",
    types: name === "pings" || name === "pongs" ? ANY : ["SUB", "PULL", "DEALER"],
    options: BEATING,
    async play(subject) {
      const raw = await modern(subject)
      await nextPing(raw)
      await chat(raw, say, { every: 100, during: 1800, limit: 1000 })
    },
  })),
  {
    id: "heartbeat/silence-ends",
    clauses: ["37/heartbeat/10"],
    sends: "nothing; the peer sends PINGs with a time-out of 0.4 s",
    requires: "the connection is closed, and not before 0.4 s",
    types: ANY,
    options: { heartbeatInterval: 100, heartbeatTimeout: 400 },
    async play(subject) {
      const raw = await modern(subject)
      await nextPing(raw)
      // When the PING left is not known, but it was after the connection began.
      const { end } = await endOf(raw, "an end of the connection after the time-out of a PING")
      demand(end >= 360, `It was closed after ${Math.round(end)} ms, before any time-out could be over`)
    },
  },
  {
    id: "heartbeat/connects-again",
    clauses: ["37/heartbeat/12"],
    sends: "nothing to a peer that connects and sends PINGs with a time-out of 0.2 s",
    requires: "the connection is closed, and the peer connects again",
    types: ["DEALER", "PUSH", "PULL", "SUB", "REQ"],
    side: "connects",
    options: { heartbeatInterval: 100, heartbeatTimeout: 200 },
    async play(subject) {
      const raw = await modern(subject)
      await raw.closed("an end of the connection after the time-out of a PING")
      await subject.peer()
    },
  },
  {
    id: "heartbeat/few-unanswered",
    clauses: ["37/heartbeat/9"],
    sends: "no PONG, to a peer that sends a PING every 20 ms and has a time-out of 60 s, for 1.5 s",
    requires: "no more than 20 PINGs come, which is taken for a small number",
    types: ANY,
    options: { heartbeatInterval: 20, heartbeatTimeout: 60_000 },
    async play(subject) {
      const raw = await modern(subject)
      await nextPing(raw)
      await silence(1500)
      let count = 1
      while (raw.pending >= 9) if ((await raw.frame()).name === "PING") count++
      demand(count <= 20, `${count} PINGs came without an answer`)
    },
  },
]

/** The next PING, whatever comes before. */
async function nextPing(raw: Raw): Promise<Frame> {
  for (;;) {
    const frame = await raw.frame("a PING")
    if (frame.name === "PING") return frame
  }
}

export const heartbeat: readonly Case[] = [
  ...contexts,
  ...types,
  ...series,
  ...wrong,
  disclosure,
  ...timesToLive,
  ...own,
]
