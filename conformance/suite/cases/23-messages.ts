/** Messages as a whole or not at all (23/ZMTP and 37/ZMTP §Messages): what is sent, what is received, and what is cut off. */
import { command, frame, message, ping } from "../play/bytes.js"
import { both, type Case, type SocketType } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"

/** Types that receive from several peers, and what their messages need besides the parts that are meant. */
const RECEIVERS: readonly {
  readonly type: SocketType
  /** The empty part before a request. */
  readonly delimiter?: true
  /** Whether the program gets the peer's routing id before the parts. */
  readonly addressed?: true
}[] = [
  { type: "PULL" },
  { type: "DEALER" },
  { type: "ROUTER", addressed: true },
  { type: "SUB" },
  { type: "REP", delimiter: true },
]

type Receiver = (typeof RECEIVERS)[number]

/** Frames with MORE, the first of them the delimiter where one is due. */
function opening({ delimiter }: Receiver, ...parts: string[]): Buffer {
  return Buffer.concat([...(delimiter ? [""] : []), ...parts].map(part => frame(part, { more: true })))
}

/** The parts of the next message without what the peer's socket adds. A REP answers, or it would take no other. */
async function next(subject: Subject, { type, addressed }: Receiver): Promise<string[]> {
  const parts = await subject.receive()
  if (type === "REP") await subject.send("reply")
  return addressed ? parts.slice(1) : parts
}

const tornOff = (
  [
    ["after-frames", "two frames with MORE", (its: Receiver) => opening(its, "a", "b")],
    [
      "in-a-frame",
      "a frame with MORE and half of another",
      (its: Receiver) => Buffer.concat([opening(its, "a"), frame("0123456789").subarray(0, 6)]),
    ],
  ] as const
).flatMap(([name, what, bytes]) =>
  RECEIVERS.map((receiver): Case => ({
    id: `messages/cut-off-${name}-to-${receiver.type.toLowerCase()}`,
    clauses: both("messages/2", "semantics/5"),
    sends: `${what}, and the end of the connection; then another peer sends two messages`,
    requires: "nothing of the first is received, and the others are whole",
    types: [receiver.type],
    controlled: true,
    async play(subject) {
      if (receiver.type === "SUB") await subject.subscribe("")
      const torn = await subject.peer()
      torn.write(bytes(receiver))
      torn.end()
      // Whoever does not end its side as well is not to be blamed for it here.
      await torn.closed().catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
      })
      const whole = await subject.peer()
      for (const last of ["first", "second"]) {
        whole.write(opening(receiver, "whole"), frame(last))
        same("The message of the other peer", await next(subject, receiver), ["whole", last])
      }
    },
  })),
)

const unfinished = RECEIVERS.map((receiver): Case => ({
  id: `messages/unfinished-to-${receiver.type.toLowerCase()}`,
  clauses: both("messages/2", "semantics/5"),
  sends: "a frame with MORE; then a message of another peer; then the last frame of the first",
  requires: "the other's message is received, and the first when it is whole",
  types: [receiver.type],
  controlled: true,
  async play(subject) {
    if (receiver.type === "SUB") await subject.subscribe("")
    const slow = await subject.peer()
    slow.write(opening(receiver, "slow"))
    const quick = await subject.peer()
    quick.write(opening(receiver, "quick"), frame("end"))
    same("The first message", await next(subject, receiver), ["quick", "end"])
    slow.write(frame("end"))
    same("The second message", await next(subject, receiver), ["slow", "end"])
  },
}))

/** Two senders whose frames come by turns. */
const woven: Case = {
  id: "messages/frames-of-two-by-turns",
  clauses: both("messages/2", "semantics/5"),
  sends: "messages of 20 frames from two peers, a frame of the one and a frame of the other",
  requires: "both messages are received, each with its own parts",
  types: ["PULL", "DEALER"],
  controlled: true,
  async play(subject) {
    const raws = [await subject.peer(), await subject.peer()]
    const part = (who: number, i: number) => `${who}/${i}`
    for (let i = 0; i < 20; i++) raws.forEach((raw, who) => raw.write(frame(part(who, i), { more: i < 19 })))
    const seen = [await subject.receive(), await subject.receive()]
    const expected = raws.map((_, who) => Array.from({ length: 20 }, (_, i) => part(who, i)))
    same(
      "The messages",
      seen.sort(([a = ""], [b = ""]) => a.localeCompare(b)),
      expected,
    )
  },
}

const PARTS = ["head", "", "tail"]
/** What a publisher says until its subscribers hear it. */
export const PROBE = "probe"

/** Subscribes to everything, and has the peer publish until that has its effect on each connection. */
export async function subscribe(subject: Subject, raws: readonly Raw[]): Promise<void> {
  for (const raw of raws) raw.write(raw.greeting[11] === 0 ? message("\x01") : command("SUBSCRIBE"))
  const start = performance.now()
  while (raws.some(raw => raw.pending === 0)) {
    demand(performance.now() - start < subject.patience, "A subscriber to everything got nothing")
    await subject.send(PROBE)
  }
}

/** Takes messages from several connections until there are so many. */
async function gather(raws: readonly Raw[], count: number): Promise<string[][]> {
  const seen: string[][] = []
  return new Promise((resolve, reject) => {
    const take = async (raw: Raw) => {
      while (seen.length < count) {
        const parts = await raw.message()
        if (parts[0] !== PROBE) seen.push(parts)
        if (seen.length >= count) resolve(seen)
      }
    }
    for (const raw of raws) take(raw).catch(reject)
  })
}

const spread = (["PUSH", "DEALER", "PUB"] as const).map((type): Case => ({
  id: `messages/whole-from-${type.toLowerCase()}`,
  clauses: both("messages/1", "semantics/5"),
  sends: "nothing; the peer sends ten messages of four parts to two peers",
  requires: "the frames of each are on one connection, one after the other",
  types: [type],
  controlled: true,
  async play(subject) {
    const raws = [await subject.peer(), await subject.peer()]
    const copies = type === "PUB" ? 2 : 1
    if (type === "PUB") await subscribe(subject, raws)
    for (let i = 0; i < 10; i++) await subject.send(String(i), ...PARTS)
    for (const [number = "", ...rest] of await gather(raws, 10 * copies)) {
      same("A message", [Number(number) < 10, ...rest], [true, ...PARTS])
    }
  },
}))

/** Large enough that a connection ends with a message on its way. */
const LARGE = "A".repeat(65_536)

const afterLoss = (["PUSH", "DEALER"] as const).map((type): Case => ({
  id: `messages/none-resumed-by-${type.toLowerCase()}`,
  clauses: both("messages/1", "semantics/5"),
  sends: "a reset while the peer sends large messages of three parts; then another peer connects",
  requires: "what the other gets begins with the first frame of a message, and is whole throughout",
  types: [type],
  controlled: true,
  async play(subject) {
    const lost = await subject.peer()
    const sending = (async () => {
      // What a program is told of the connection that is lost is not looked at.
      const send = (...parts: string[]) => subject.send(...parts).catch(() => undefined)
      for (let i = 0; i < 60; i++) await send(`${i}/head`, `${i}/${LARGE}`, `${i}/tail`)
      await send("end")
    })()
    await lost.frame()
    lost.pause()
    lost.reset()
    const other = await subject.peer()
    for (;;) {
      const parts = await other.message()
      if (parts[0] === "end") break
      const [number = ""] = (parts[0] ?? "").split("/")
      same("A message", parts, [`${number}/head`, `${number}/${LARGE}`, `${number}/tail`])
    }
    await sending
  },
}))

/** More than the buffers between two sockets take, so that a peer that is not read from waits in the midst of it. */
const MANY = Array.from({ length: 300 }, () => LARGE)

const amidPongs: Case = {
  id: "messages/no-pong-between-frames",
  clauses: both("grammar/11", "messages/1"),
  sends:
    "a PING when one frame of a message of 300 large parts has come, and reads on when another peer has connected",
  requires: "the PONG comes before or after the message, not between its frames",
  types: ["PUSH", "DEALER", "PAIR"],
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    const sending = subject.send(...MANY)
    await raw.frame()
    raw.pause()
    raw.write(ping("amid"))
    if (subject.type !== "PAIR") await subject.peer()
    raw.resume()
    for (let more = true; more;) {
      const frame = await raw.frame()
      demand(!frame.command, `${frame.name} came between two frames of one message`)
      more = frame.more
    }
    await sending
    if (raw.greeting[11] === 0) throw new NotApplicable("A peer of ZMTP 3.0 need not answer the PING at all")
  },
}

export const messages: readonly Case[] = [
  ...tornOff,
  ...unfinished,
  woven,
  ...spread,
  ...afterLoss,
  amidPongs,
]
