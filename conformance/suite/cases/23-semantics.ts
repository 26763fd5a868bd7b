/** What all sockets have in common (23/ZMTP and 37/ZMTP §Socket Semantics): connections, the order of messages, no copies. */
import { both, ANY, PARTNER, type Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import { Listening, type Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"
import { PROBE, subscribe } from "./23-messages.js"

const binds = ANY.map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-binds`,
  clauses: both("semantics/1"),
  sends: `a handshake, to a bound ${type}`,
  requires: "the handshake completes",
  types: [type],
  async play(subject) {
    await subject.peer()
  },
}))

const connects = ANY.map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-connects`,
  clauses: both("semantics/2"),
  sends: `a handshake, to a ${type} that connects`,
  requires: "the handshake completes",
  types: [type],
  side: "connects",
  async play(subject) {
    await subject.peer()
  },
}))

const reconnects = (["PUSH", "PULL", "DEALER", "REQ", "SUB"] as const).map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-connects-again`,
  clauses: both("semantics/4"),
  sends: `a handshake, to a ${type} that connects, and the end of the connection`,
  requires: "it connects again, and the handshake completes",
  types: [type],
  side: "connects",
  async play(subject) {
    const first = await subject.peer()
    first.end()
    await subject.peer()
  },
}))

const opportunistic: Case = {
  id: "semantics/connects-to-nobody",
  clauses: both("semantics/3"),
  sends: "nothing; the peer connects to a port at which somebody listens only later",
  requires: "its call to connect succeeds at once, and the connection is made when it can be",
  types: ["PUSH", "DEALER", "PULL"],
  controlled: true,
  async play(subject) {
    const endpoint = await nobody()
    await subject.connect(endpoint).catch((error: unknown) => {
      throw error instanceof NotApplicable ? error : new Failure(`Connecting failed: ${String(error)}`)
    })
    const { accept } = await subject.listener(Number(new URL(endpoint).port))
    const raw = await accept()
    await raw.shakeHands({ socketType: PARTNER[subject.type] })
  },
}

/** Where nobody listens: a port that was free a moment ago. */
async function nobody(): Promise<string> {
  const listening = await Listening.open()
  const { endpoint } = listening
  listening.close()
  return endpoint
}

const COUNT = 500

/** A message that tells its number, of different sizes. */
const numbered = (i: number) => `${i}:${"x".repeat([0, 10, 300, 3000][i % 4] ?? 0)}`

/** The numbers of messages, for a comparison that can be read. */
const numberOf = (part = "") => Number(part.split(":")[0])

const sent = (["PUSH", "DEALER", "PAIR", "ROUTER", "PUB"] as const).map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-sends-in-order`,
  clauses: both("semantics/7", "semantics/8"),
  sends: `nothing; a ${type} sends ${COUNT} messages of different sizes to one peer`,
  requires: "each comes once, in order",
  types: [type],
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    const to = type === "ROUTER" ? [await introduced(subject, raw)] : []
    if (type === "PUB") await subscribe(subject, [raw])
    for (let i = 0; i < COUNT; i++) await subject.send(...to, numbered(i))
    for (let i = 0; i < COUNT;) {
      const [part] = await raw.message()
      if (part !== PROBE) same(`The number of message ${i}`, numberOf(part), i++)
    }
  },
}))

/** What a ROUTER calls this peer. */
async function introduced(subject: Subject, raw: Raw): Promise<string> {
  raw.send("hello")
  return (await subject.receive())[0] ?? ""
}

const received = (["PULL", "DEALER", "PAIR", "ROUTER", "SUB"] as const).map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-receives-in-order`,
  clauses: both("semantics/7", "semantics/8"),
  sends: `${COUNT} messages of different sizes`,
  requires: "each is received once, in order",
  types: [type],
  controlled: true,
  async play(subject) {
    if (type === "SUB") await subject.subscribe("")
    const raw = await subject.peer()
    for (let i = 0; i < COUNT; i++) raw.send(numbered(i))
    for (let i = 0; i < COUNT; i++) {
      same(`The number of message ${i}`, numberOf((await subject.receive()).at(-1)), i)
    }
  },
}))

/** For cases that look at something else than whether it connects again. */
async function nextConnection(subject: Subject): Promise<Raw> {
  return subject.connection().catch((error: unknown) => {
    throw error instanceof Failure ? new NotApplicable("It does not connect again") : error
  })
}

const notAgain = (["PUSH", "DEALER", "PAIR"] as const).map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-sends-nothing-again`,
  clauses: both("semantics/7"),
  sends: `the end of the connection, when ten messages of a ${type} have come; it connects again, and sends another`,
  requires: "none of the ten comes again",
  types: [type],
  side: "connects",
  controlled: true,
  async play(subject) {
    const first = await subject.peer()
    for (let i = 0; i < 10; i++) await subject.send(numbered(i))
    for (let i = 0; i < 10; i++) same(`Message ${i}`, await first.message(), [numbered(i)])
    first.end()
    const second = await nextConnection(subject)
    await second.shakeHands({ socketType: PARTNER[type] })
    await subject.send("another")
    same("The message after those ten", await second.message(), ["another"])
  },
}))

const queued = (["PUSH", "DEALER"] as const).map((type): Case => ({
  id: `semantics/${type.toLowerCase()}-keeps-order-while-it-waits`,
  clauses: both("semantics/8"),
  sends: `the end of the connection; when a ${type} connects again it sends 20 messages before the handshake`,
  requires: "those that come are in order",
  types: [type],
  side: "connects",
  controlled: true,
  async play(subject) {
    const first = await subject.peer()
    first.end()
    const second = await nextConnection(subject)
    const sending = (async () => {
      for (let i = 0; i < 20; i++) await subject.send(numbered(i))
    })()
    sending.catch(() => undefined)
    await second.shakeHands({ socketType: PARTNER[type] })
    await sending
    for (let last = -1; last < 19;) {
      const [part] = await second.message()
      demand(numberOf(part) > last, `Message ${numberOf(part)} came after message ${last}`)
      last = numberOf(part)
    }
  },
}))

export const semantics: readonly Case[] = [
  ...binds,
  ...connects,
  ...reconnects,
  opportunistic,
  ...sent,
  ...received,
  ...notAgain,
  ...queued,
]
