/**
 * The greeting (23/ZMTP, 37/ZMTP §Formal Grammar): its 64 octets one by one, and how they may arrive. What its version and
 * its mechanism lead to is for other files.
 */
import { admitted } from "../play/admitted.js"
import { greeting as octetsOfGreeting, ready } from "../play/bytes.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import { demand, same } from "../play/verdict.js"

type Field = Pick<Case, "clauses" | "requires"> & {
  readonly name: string
  readonly from: number
  /** The end, not included. */
  readonly to: number
  readonly keeps: (octets: Buffer) => boolean
}

const only = (...values: number[]) => {
  return (octets: Buffer) => octets.every(octet => values.includes(octet))
}

const FIELDS: readonly Field[] = [
  {
    name: "first-octet",
    clauses: ["37/grammar/1", "23/grammar/1"],
    requires: "octet 0 of its greeting is FF",
    ...{ from: 0, to: 1, keeps: only(0xff) },
  },
  {
    name: "end-of-signature",
    clauses: ["37/grammar/1", "23/grammar/1", "37/grammar/2", "23/grammar/2"],
    requires: "octet 9 of its greeting, after eight octets of padding, is 7F",
    ...{ from: 9, to: 10, keeps: only(0x7f) },
  },
  {
    name: "major-version",
    clauses: ["37/grammar/3", "23/grammar/3"],
    requires: "octet 10 of its greeting is 03",
    ...{ from: 10, to: 11, keeps: only(3) },
  },
  {
    name: "minor-version",
    clauses: ["37/grammar/4", "23/grammar/4"],
    requires: "octet 11 of its greeting is 01, or 00 when it is of ZMTP 3.0",
    ...{ from: 11, to: 12, keeps: only(0, 1) },
  },
  {
    name: "mechanism-padded-with-zeros",
    clauses: ["37/grammar/5", "23/grammar/5"],
    requires: "octets 12 to 31 of its greeting are a name, and zeros to the end",
    ...{ from: 12, to: 32, keeps: octets => /^[^\0]+\0*$/.test(octets.toString("latin1")) },
  },
  {
    name: "mechanism-characters",
    clauses: ["37/grammar/6", "23/grammar/6", "37/mechanism/3", "23/mechanism/3"],
    requires: "the mechanism is of A to Z, digits, and hyphens and underscores between them",
    ...{ from: 12, to: 32 },
    keeps: octets => /^[A-Z0-9]+([-_]+[A-Z0-9]+)*\0*$/.test(octets.toString("latin1")),
  },
  {
    name: "as-server-values",
    clauses: ["37/grammar/7", "23/grammar/7"],
    requires: "octet 32 of its greeting is 00 or 01",
    ...{ from: 32, to: 33, keeps: only(0, 1) },
  },
  {
    name: "as-server-of-null-binding",
    clauses: ["37/null/2", "23/null/4", "37/topology/2", "23/topology/3"],
    requires: "octet 32 of its greeting is 00, since NULL has no servers",
    ...{ from: 32, to: 33, keeps: only(0) },
  },
  {
    name: "filler",
    clauses: ["37/grammar/8", "23/grammar/8"],
    requires: "octets 33 to 63 of its greeting are zero",
    ...{ from: 33, to: 64, keeps: only(0) },
  },
]

async function look({ from, to, keeps, requires }: Field, seen: Buffer): Promise<void> {
  const octets = seen.subarray(from, to)
  demand(keeps(octets), `It is required that ${requires}, and what came is ${octets.toString("hex")}`)
}

/** Where a greeting is cut in two, and why there. */
const CUTS: readonly (readonly [at: number, name: string])[] = [
  [1, "first-octet"],
  [9, "padding"],
  [10, "signature"],
  [11, "major-version"],
  [12, "minor-version"],
  [16, "name-of-the-mechanism"],
  [32, "mechanism"],
  [33, "as-server"],
  [63, "filler-but-one-octet"],
]

export const greeting: readonly Case[] = [
  ...FIELDS.map((field): Case => ({
    id: `greeting/${field.name}`,
    clauses: field.clauses,
    sends: "a greeting of ZMTP 3.1 for NULL",
    requires: field.requires,
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      await look(field, raw.greeting)
    },
  })),
  {
    id: "greeting/as-server-of-null-connecting",
    clauses: ["37/null/2", "23/null/4", "37/topology/2", "23/topology/3"],
    sends: "a greeting of ZMTP 3.1 for NULL to a peer that connects",
    requires: "octet 32 of its greeting is 00, since NULL has no servers",
    types: ANY,
    side: "connects",
    async play(subject) {
      const raw = await subject.greeted()
      same("Octet 32", raw.greeting.subarray(32, 33), Buffer.of(0))
    },
  },
  {
    id: "greeting/then-a-command",
    clauses: [
      "37/grammar/8",
      "23/grammar/8",
      "37/grammar/9",
      "23/grammar/9",
      "37/grammar/10",
      "23/grammar/10",
    ],
    sends: "a greeting and READY",
    requires: "the greeting has 64 octets, and a command frame is next: flags 04 or 06",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready(PARTNER[subject.type]))
      const { flags } = await raw.frame("a command after the greeting")
      demand([4, 6].includes(flags), `After the 64 octets of the greeting came a frame with flags ${flags}`)
    },
  },
  ...(["binds", "connects"] as const).map((side): Case => ({
    id: `greeting/as-server-ignored-${side === "binds" ? "binding" : "connecting"}`,
    clauses: ["37/topology/1", "23/topology/2"],
    sends: `a greeting for NULL with as-server 01, to a peer that ${side}`,
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    side,
    async play(subject) {
      await admitted(subject, await subject.peer({ asServer: 1 }))
    },
  })),
  {
    id: "greeting/octet-by-octet",
    clauses: ["37/grammar/9", "23/grammar/9"],
    sends: "a greeting and READY, an octet at a time",
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      await raw.trickle(Buffer.concat([octetsOfGreeting(), ready(PARTNER[subject.type])]))
      raw.greeting = await raw.take(64, "a greeting of 64 octets")
      await raw.command("READY")
      await admitted(subject, raw)
    },
  },
  ...CUTS.map(([at, name]): Case => ({
    id: `greeting/cut-after-${name}`,
    clauses: ["37/grammar/9", "23/grammar/9"],
    sends: `${at} octets of a greeting, and the others when the peer's first ten octets have come`,
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      const bytes = octetsOfGreeting()
      raw.write(bytes.subarray(0, at))
      await raw.until(() => raw.pending >= 10, "a signature of 10 octets")
      raw.write(bytes.subarray(at))
      raw.greeting = await raw.take(64, "a greeting of 64 octets")
      raw.write(ready(PARTNER[subject.type]))
      await raw.command("READY")
      await admitted(subject, raw)
    },
  })),
]
