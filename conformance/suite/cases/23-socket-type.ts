/**
 * The Socket-Type property (23/ZMTP, 37/ZMTP §The Socket-Type Property): what each type says of itself, whom it may talk to, and how
 * it turns others away. The types of drafts are in 37-drafts.ts.
 */
import { admitted } from "../play/admitted.js"
import { message, ready } from "../play/bytes.js"
import { ANY, PARTNER, type Case, type SocketType } from "../play/case.js"
import { ownProperties } from "../play/properties.js"
import type { Frame, Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"

/** The table of the section, in its order; a row's place gives the clause, from 3 on in both RFCs. */
const LEGAL: readonly (readonly [type: SocketType, partners: readonly SocketType[]])[] = [
  ["REQ", ["REP", "ROUTER"]],
  ["REP", ["REQ", "DEALER"]],
  ["DEALER", ["REP", "DEALER", "ROUTER"]],
  ["ROUTER", ["REQ", "DEALER", "ROUTER"]],
  ["PUB", ["SUB", "XSUB"]],
  ["XPUB", ["SUB", "XSUB"]],
  ["SUB", ["PUB", "XPUB"]],
  ["XSUB", ["PUB", "XPUB"]],
  ["PUSH", ["PULL"]],
  ["PULL", ["PUSH"]],
  ["PAIR", ["PAIR"]],
]

const clausesOf = (row: number) => [`37/socket-type/${row + 3}`, `23/socket-type/${row + 3}`]

const ENFORCES = ["37/socket-type/2", "23/socket-type/2"]

const low = (type: string) => type.toLowerCase()

/** Names that are near to a legal partner's, and none. */
const UNKNOWN: readonly (readonly [name: string, what: string, of: (partner: string) => string])[] = [
  ["unknown", '"FOO"', () => "FOO"],
  ["empty", "empty", () => ""],
  ["lower-case", "a legal one in lower case", low],
  ["longer", "a legal one with an X behind it", partner => `${partner}X`],
  ["shorter", "a legal one without its last letter", partner => partner.slice(0, -1)],
]

/** A type that may not talk to the one under test. */
const illegalFor = (type: SocketType): SocketType => (type === "PAIR" ? "PUSH" : "PAIR")

/** The types of the table that are let in although they are illegal. */
async function letIn(subject: Subject, legal: readonly SocketType[]): Promise<SocketType[]> {
  const wrong = LEGAL.map(([type]) => type).filter(type => !legal.includes(type))
  const tried = wrong.map(async type => {
    const raw = await subject.greeted()
    raw.write(ready(type))
    try {
      await raw.refuses(`a ${type}`)
      return []
    } catch (error) {
      if (error instanceof Failure) return [type]
      throw error
    }
  })
  return (await Promise.all(tried)).flat()
}

/** What comes for a READY of an illegal type until the connection ends, for peers that end it. */
async function rejection(subject: Subject): Promise<Frame[]> {
  const raw = await subject.greeted()
  raw.write(ready(illegalFor(subject.type)))
  await raw.closed().catch(() => {
    throw new NotApplicable("It does not validate the socket type")
  })
  return rest(raw)
}

async function rest(raw: Raw): Promise<Frame[]> {
  const frames: Frame[] = []
  while (raw.pending > 0) frames.push(await raw.frame())
  return frames
}

const WRONG_TYPE = "READY with the type PAIR (PUSH, to a PAIR)"

export const socketType: readonly Case[] = [
  ...LEGAL.map(([type]): Case => ({
    id: `socket-type/name-of-${low(type)}`,
    clauses: ["37/socket-type/1", "23/socket-type/1"],
    sends: `a greeting and READY to a ${type}`,
    requires: `the Socket-Type in its READY is "${type}"`,
    types: [type],
    async play(subject) {
      const own = ownProperties(await subject.peer()).get("socket-type")
      if (own === undefined) throw new NotApplicable("It names no type")
      same("Its Socket-Type", own, type)
    },
  })),
  ...LEGAL.flatMap(([type, partners], row) =>
    partners.map((partner): Case => ({
      id: `socket-type/${low(type)}-takes-${low(partner)}`,
      clauses: clausesOf(row),
      sends: `READY of a ${partner} to a ${type}`,
      requires: "the handshake is completed, and the connection used",
      types: [type],
      async play(subject) {
        await admitted(subject, await subject.peer({ socketType: partner }))
      },
    })),
  ),
  ...LEGAL.map(([type, partners], row): Case => ({
    id: `socket-type/${low(type)}-takes-no-other`,
    clauses: [...clausesOf(row), ...ENFORCES],
    sends: `READY of each of the ${11 - partners.length} other types to a ${type}, on a connection each`,
    requires: "all of these connections are closed",
    types: [type],
    async play(subject) {
      const wrong = await letIn(subject, partners)
      demand(wrong.length === 0, `The ${type} did not close the connection of ${wrong.join(", ")}`)
    },
  })),
  ...UNKNOWN.map(([name, what, of]): Case => ({
    id: `socket-type/${name}`,
    clauses: ENFORCES,
    sends: `READY whose Socket-Type is ${what}`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready("", [["Socket-Type", of(PARTNER[subject.type])]]))
      await raw.refuses(`a Socket-Type that is ${what}`)
    },
  })),
  {
    id: "socket-type/illegal-to-a-peer-that-connects",
    clauses: ENFORCES,
    sends: `${WRONG_TYPE}, to a peer that connects`,
    requires: "the connection is closed",
    types: ANY,
    side: "connects",
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready(illegalFor(subject.type)))
      await raw.refuses("an illegal socket type")
    },
  },
  {
    id: "socket-type/message-of-an-illegal-one",
    clauses: ENFORCES,
    sends: `${WRONG_TYPE} and a message in one write, and a message on a second connection of a legal type`,
    requires: "the first connection is closed, and only the second message received",
    types: ["PULL", "DEALER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready(illegalFor(subject.type)), message("refused"))
      await raw.closed("end of the connection of an illegal socket type")
      await admitted(subject, await subject.peer())
    },
  },
  {
    id: "socket-type/error-for-an-illegal-one",
    clauses: ["37/socket-type/22", "23/socket-type/14"],
    sends: `${WRONG_TYPE}, to a peer that refuses it`,
    requires: "the command ERROR comes",
    types: ANY,
    async play(subject) {
      const names = (await rejection(subject)).map(({ name }) => name)
      demand(names.includes("ERROR"), "It closed the connection without ERROR")
    },
  },
  {
    id: "socket-type/end-after-error",
    clauses: ["37/socket-type/23", "23/socket-type/15"],
    sends: `${WRONG_TYPE}, to a peer that answers with ERROR`,
    requires: "nothing comes after ERROR but the end of the connection",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready(illegalFor(subject.type)))
      const seen: string[] = []
      while (!seen.includes("ERROR")) {
        const frame = await raw.frame().catch(() => undefined)
        if (frame === undefined) throw new NotApplicable("It sends no ERROR")
        seen.push(frame.name)
      }
      await raw.closed("end of the connection after its ERROR")
      demand(raw.pending === 0, `After its ERROR came ${raw.pending} octets`)
    },
  },
  {
    id: "socket-type/form-of-error",
    clauses: ["37/null/14", "23/null/10", "37/null/15", "23/null/11", "37/null/9", "23/null/5"],
    sends: `${WRONG_TYPE}, to a peer that answers with ERROR`,
    requires: "its ERROR is 05 'ERROR', the length of a reason, and a reason of printable characters",
    types: ANY,
    async play(subject) {
      const error = (await rejection(subject)).find(({ name }) => name === "ERROR")
      if (error === undefined) throw new NotApplicable("It sends no ERROR")
      const { data, flags } = error
      demand(flags === 4 || flags === 6, `Its ERROR has flags ${flags}`)
      demand(data.length > 0 && data[0] === data.length - 1, `After its name stands ${data.toString("hex")}`)
      const reason = data.toString("latin1", 1)
      demand(/^[\x21-\x7e]*$/.test(reason), `Its reason is ${JSON.stringify(reason)}`)
    },
  },
]
