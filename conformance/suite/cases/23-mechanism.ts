/**
 * Mechanisms (23/ZMTP, 37/ZMTP §Authentication and Confidentiality): both sides have to name the same one, and how the size of a
 * command is said. What PLAIN says after the greeting is for 24-plain.ts.
 */
import { admitted } from "../play/admitted.js"
import { command, greeting, metadata, ready, type Octets } from "../play/bytes.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import { framesOf } from "../play/connection.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure } from "../play/verdict.js"

const OTHERS: readonly (readonly [name: string, mechanism: Octets])[] = [
  ["plain", "PLAIN"],
  ["curve", "CURVE"],
  ["gssapi", "GSSAPI"],
  ["unknown", "XYZZY"],
  ["nothing", ""],
  ["lower-case", "null"],
  ["longer", "NULLX"],
  ["shorter", "NUL"],
  ["without-an-end", "N".repeat(20)],
  ["space-before", " NULL"],
  ["more-after-a-zero", "NULL\0X"],
]

/** The commands that the peer under test has sent on a connection, whatever was taken of them. */
function commandsOf(raw: Raw): string[] {
  const seen = Buffer.concat(
    raw.log.flatMap(({ from, what }) => (from === "peer" && Buffer.isBuffer(what) ? [what] : [])),
  )
  return framesOf(seen.subarray(64)).map(({ name }) => name)
}

/** A greeting of NULL and READY, which a peer with another mechanism has to answer with nothing of its own. */
async function downgrade(subject: Subject): Promise<void> {
  const raw = await subject.connection()
  raw.write(greeting(), ready(PARTNER[subject.type]))
  await raw.closed("end of the connection with a peer that has another mechanism")
  const commands = commandsOf(raw)
  if (commands.length > 0) throw new Failure(`It sent ${commands.join(", ")} before it closed the connection`)
}

/** Shows that a command has the form that fits its size. */
function fits(raw: Raw): void {
  const { name, long, body } = raw.ready ?? {}
  demand(body !== undefined, "There was no READY")
  demand(
    long === body.length > 255,
    `${name} has ${body.length} octets, and its size has ${long ? "eight" : "one"}`,
  )
}

/** READY of a DEALER without its Identity's value, when it has no properties but these. */
const REST =
  6 +
  metadata([
    ["Socket-Type", "DEALER"],
    ["Identity", ""],
  ]).length

const SIZES: readonly (readonly [name: string, size: number])[] = [
  ["255", 255],
  ["256", 256],
  ["with-the-longest-identity", REST + 255],
]

export const mechanism: readonly Case[] = [
  ...OTHERS.map(([name, octets]): Case => ({
    id: `mechanism/other-${name}`,
    clauses: ["37/mechanism/8", "23/mechanism/8"],
    sends: `a greeting whose mechanism is ${shown(octets)}, to a peer with NULL`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting({ mechanism: octets }))
      await raw.closed("end of the connection with a peer that has another mechanism")
    },
  })),
  {
    id: "mechanism/other-to-a-peer-that-connects",
    clauses: ["37/mechanism/8", "23/mechanism/8"],
    sends: "a greeting whose mechanism is PLAIN, to a peer with NULL that connects",
    requires: "the connection is closed",
    types: ANY,
    side: "connects",
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting({ mechanism: "PLAIN", asServer: 1 }))
      await raw.closed("end of the connection with a peer that has another mechanism")
    },
  },
  {
    id: "mechanism/null-to-a-plain-server",
    clauses: ["37/mechanism/8", "23/mechanism/8", "37/security/1", "23/security/1"],
    sends: "a greeting for NULL and READY to a PLAIN server",
    requires: "the connection is closed, and no command comes before",
    types: ANY,
    options: { plainServer: true },
    play: downgrade,
  },
  {
    id: "mechanism/null-to-a-plain-client",
    clauses: ["37/mechanism/8", "23/mechanism/8", "37/security/1", "23/security/1"],
    sends: "a greeting for NULL and READY to a PLAIN client that connects",
    requires: "the connection is closed, and its password was not sent",
    types: ANY,
    options: { plainUsername: "admin", plainPassword: "secret" },
    side: "connects",
    play: downgrade,
  },
  {
    id: "mechanism/greeting-before-it-reads",
    clauses: ["37/mechanism/7", "23/mechanism/7"],
    sends: "a whole greeting, and nothing after it",
    requires: "the peer's whole greeting comes",
    types: ANY,
    async play(subject) {
      await subject.greeted()
    },
  },
  {
    id: "mechanism/greeting-to-another-mechanism",
    clauses: ["37/mechanism/7", "23/mechanism/7"],
    sends: "a whole greeting with the mechanism PLAIN, to a peer with NULL",
    requires: "the peer's whole greeting comes before the connection ends",
    types: ANY,
    async play(subject) {
      await subject.greeted({ mechanism: "PLAIN" })
    },
  },
  {
    id: "mechanism/greeting-to-another-mechanism-in-two",
    clauses: ["37/mechanism/7", "23/mechanism/7"],
    sends: "a greeting with the mechanism PLAIN in two: 11 octets, and 53 when the peer has sent as many",
    requires: "the peer's whole greeting comes before the connection ends",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      const bytes = greeting({ mechanism: "PLAIN" })
      raw.write(bytes.subarray(0, 11))
      await raw.until(() => raw.pending >= 11, "a signature and a version")
      raw.write(bytes.subarray(11))
      await raw.take(64, "a greeting of 64 octets")
    },
  },
  {
    id: "mechanism/short-size-of-ready",
    clauses: ["37/mechanism/4", "23/mechanism/4"],
    sends: "a greeting and READY",
    requires: "its READY, if it has up to 255 octets, has flags 04 and one octet of size",
    types: ANY,
    async play(subject) {
      fits(await subject.peer())
    },
  },
  ...SIZES.map(([name, size]): Case => ({
    id: `mechanism/size-of-ready-${name}`,
    clauses: ["37/mechanism/4", "23/mechanism/4", "37/mechanism/5", "23/mechanism/5"],
    sends: `a greeting and READY to a DEALER whose routing id makes its READY ${size} octets`,
    requires:
      "its READY has flags 04 and one octet of size up to 255 octets, and 06 and eight of them from 256",
    types: ["DEALER"],
    options: { routingId: "i".repeat(size - REST) },
    async play(subject) {
      const raw = await subject.peer()
      const length = raw.ready?.body.length
      if (length !== size) subject.note(`Its READY has ${length} octets`)
      fits(raw)
    },
  })),
  {
    id: "mechanism/long-size-of-a-short-command",
    clauses: ["37/grammar/12", "23/grammar/12"],
    sends: "READY with fewer than 256 octets, with flags 06 and eight octets of size",
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      const properties = metadata([["Socket-Type", PARTNER[subject.type]]])
      raw.write(command("READY", properties, { long: true }))
      await raw.command("READY")
      await admitted(subject, raw)
    },
  },
]

function shown(mechanism: Octets): string {
  const text = String(mechanism)
  if (text === "") return "20 zeros"
  return /^[ -~]*$/.test(text) ? `"${text}"` : `"${text.replace("\0", '", 00, "')}"`
}
