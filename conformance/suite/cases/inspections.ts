/**
 * What holds for whatever a peer sends, on every connection of a run, also where the suite itself kept no rule. Nothing
 * here sends. Metadata and errors are looked at in clear text only, frames on connections of ZMTP 3 only.
 */
import { both, type Inspection } from "../play/case.js"
import { framesOf, type Connection } from "../play/connection.js"
import type { Frame } from "../play/raw.js"

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex").toUpperCase()

/** Says what is wrong with a frame; false when it is not of the kind that is looked at. */
type Look = (frame: Frame, connection: Connection) => string | undefined | false

/** Looks at each frame after the greeting. */
function eachFrame(look: Look): Inspection["inspect"] {
  return connection => {
    let seen = false
    for (const frame of connection.frames) {
      const fault = look(frame, connection)
      if (typeof fault === "string") return fault
      seen ||= fault === undefined
    }
    return seen ? undefined : false
  }
}

/** Looks at the body of each command with this name, in clear text. */
function eachCommand(
  names: readonly string[],
  look: (data: Buffer, connection: Connection) => string | undefined,
): Look {
  return (frame, connection) =>
    frame.command && names.includes(frame.name) && isClear(connection) ? look(frame.data, connection) : false
}

const mechanismOf = ({ greeting }: Connection) => greeting.toString("latin1", 12, 32).replace(/\0+$/, "")
const isClear = (connection: Connection) => ["NULL", "PLAIN"].includes(mechanismOf(connection))

/** Looks at greetings that are whole, where the suite's own is one of ZMTP 3. */
function greetingOf(look: (greeting: Buffer) => string | undefined): Inspection["inspect"] {
  return ({ modern, greeting }) => (modern ? look(greeting) : false)
}

const greetings: readonly Inspection[] = [
  {
    id: "inspections/signature",
    clauses: both("grammar/1"),
    requires: "a greeting of ZMTP 3 begins with FF, eight octets and 7F",
    inspect: greetingOf(greeting =>
      greeting[0] === 0xff && greeting[9] === 0x7f
        ? undefined
        : `A greeting began with ${hexOf(greeting.subarray(0, 10))}`,
    ),
  },
  {
    id: "inspections/mechanism",
    clauses: both("grammar/5", "grammar/6"),
    requires: "a greeting's mechanism is a name of A to Z, 0 to 9, “-”, “_”, “.” and “+”, and zeros after it",
    inspect: greetingOf(greeting =>
      /^[A-Z0-9\-_.+]+\0*$/.test(greeting.toString("latin1", 12, 32))
        ? undefined
        : `The mechanism of a greeting was ${hexOf(greeting.subarray(12, 32))}`,
    ),
  },
  {
    id: "inspections/as-server",
    clauses: both("grammar/7"),
    requires: "a greeting's as-server is 00 or 01",
    inspect: greetingOf(({ 32: octet = 0 }) => (octet <= 1 ? undefined : `An as-server was ${octet}`)),
  },
  {
    id: "inspections/filler",
    clauses: both("grammar/8"),
    requires: "a greeting ends with 31 zeros",
    inspect: greetingOf(greeting =>
      greeting.subarray(33).every(octet => octet === 0)
        ? undefined
        : `The end of a greeting was ${hexOf(greeting.subarray(33))}`,
    ),
  },
]

const frames: readonly Inspection[] = [
  {
    id: "inspections/handshake-of-commands",
    clauses: both("grammar/9", "grammar/10"),
    requires: "the first frame after the greeting is a command",
    inspect: ({ frames: [first] }) => {
      if (first === undefined) return false
      return first.command ? undefined : `The first frame had the flags ${hexOf(Buffer.of(first.flags))}`
    },
  },
  {
    id: "inspections/reserved-bits",
    clauses: both("framing/4"),
    requires: "bits 7 to 3 of all flags are zero",
    inspect: eachFrame(({ flags }) =>
      (flags & 0xf8) === 0 ? undefined : `A frame had the flags ${hexOf(Buffer.of(flags))}`,
    ),
  },
  {
    id: "inspections/command-without-more",
    clauses: both("framing/8"),
    requires: "MORE is zero on all commands",
    inspect: eachFrame(({ command, more, name }) => command && (more ? `${name} had MORE` : undefined)),
  },
  {
    id: "inspections/command-size",
    clauses: both("mechanism/4", "mechanism/5"),
    requires: "commands of up to 255 octets have flags 04 and a size of one octet",
    inspect: eachFrame(({ command, long, name, body }) => {
      if (!command) return false
      return long && body.length <= 255
        ? `${name} of ${body.length} octets had a size of eight octets`
        : undefined
    }),
  },
  {
    id: "inspections/command-name",
    clauses: both("grammar/14", "grammar/15", "commands/1", "wire-analysis/4"),
    requires: "the names of all commands are 1 to 255 letters, after an octet that says how many",
    inspect: eachFrame(({ command, body }) => {
      if (!command) return false
      const length = body[0] ?? 0
      const whole = length > 0 && body.length > length
      if (whole && /^[A-Za-z]+$/.test(body.toString("latin1", 1, 1 + length))) return undefined
      return `A command began with ${body.length === 0 ? "nothing" : hexOf(body.subarray(0, 12))}`
    }),
  },
  {
    id: "inspections/command-between-messages",
    clauses: both("grammar/11", "grammar/16"),
    requires: "no command is sent between the frames of one message",
    inspect: ({ frames }) => {
      const at = frames.findIndex(
        ({ command }, i) => command && frames[i - 1]?.more && !frames[i - 1]?.command,
      )
      if (at >= 0) return `${frames[at]?.name ?? ""} was sent between two frames of one message`
      return frames.some(({ command }) => command) && undefined
    },
  },
  {
    id: "inspections/messages-in-clear",
    clauses: both("wire-analysis/1", "wire-analysis/2"),
    requires: "without encryption messages are sent as message frames, not as MESSAGE commands",
    inspect: eachFrame(({ command, name }, connection) => {
      if (!isClear(connection)) return false
      return command && name === "MESSAGE" ? "A command MESSAGE was sent in clear text" : undefined
    }),
  },
]

/** The properties of a READY or INITIATE; or, as text, what is wrong with their form. */
function propertiesOf(data: Buffer): [name: string, value: Buffer][] | string {
  const properties: [string, Buffer][] = []
  for (let at = 0; at < data.length;) {
    const value = at + 1 + data.readUInt8(at)
    const name = data.toString("latin1", at + 1, value)
    if (name === "") return "A property had no name"
    if (value + 4 > data.length) return `The property ${name} ends before its value's size`
    const length = data.readUInt32BE(value)
    if (length > 0x7fff_ffff) return `The value of ${name} has a size of ${length}`
    at = value + 4 + length
    if (at > data.length) return `The value of ${name}, of ${length} octets, goes beyond the command`
    properties.push([name, data.subarray(value + 4, at)])
  }
  return properties
}

const METADATA = ["READY", "INITIATE"]

function eachProperty(look: (name: string, value: Buffer) => string | undefined): Look {
  return eachCommand(METADATA, data => {
    const properties = propertiesOf(data)
    // Their form is another inspection's.
    if (typeof properties === "string") return undefined
    return properties.map(([name, value]) => look(name, value)).find(fault => fault !== undefined)
  })
}

const metadata: readonly Inspection[] = [
  {
    id: "inspections/metadata",
    clauses: [
      ...["37/null/13", "37/null/16", "37/null/17", "37/null/19"],
      ...["23/null/9", "23/null/12", "23/null/13", "23/null/15"],
    ],
    requires:
      "properties have a name, and a value whose four octets of size are right, and they fill their command",
    inspect: eachFrame(
      eachCommand(METADATA, data => {
        const properties = propertiesOf(data)
        return typeof properties === "string" ? properties : undefined
      }),
    ),
  },
  {
    id: "inspections/property-name",
    clauses: ["37/null/12", "23/null/8"],
    requires: "names of properties are of letters, digits, “-”, “_”, “.” and “+”",
    inspect: eachFrame(
      eachProperty(name =>
        /^[\w\-.+]+$/.test(name) ? undefined : `A property had the name ${JSON.stringify(name)}`,
      ),
    ),
  },
  {
    id: "inspections/no-application-property",
    clauses: both("metadata/4"),
    requires: "no property's name begins with “X-”, since no case asks an application for one",
    inspect: eachFrame(
      eachProperty(name => (/^x-/i.test(name) ? `The property ${name} was sent` : undefined)),
    ),
  },
  {
    id: "inspections/identity",
    clauses: [...both("identity/2"), "37/identity/3"],
    requires: "an Identity has at most 255 octets, of which the first is not zero",
    inspect: eachFrame(
      eachProperty((name, value) => {
        if (name.toLowerCase() !== "identity") return undefined
        if (value.length > 255) return `An Identity had ${value.length} octets`
        return value[0] === 0 ? `An Identity began with zero: ${hexOf(value)}` : undefined
      }),
    ),
  },
]

const commands: readonly Inspection[] = [
  {
    id: "inspections/error-reason",
    clauses: ["37/null/14", "37/null/15", "23/null/10", "23/null/11"],
    requires: "an ERROR has a reason of 0 to 255 visible characters, after an octet that says how many",
    inspect: eachFrame(
      eachCommand(["ERROR"], data =>
        data.length > 0 && data[0] === data.length - 1 && /^[\x21-\x7e]*$/.test(data.toString("latin1", 1))
          ? undefined
          : `An ERROR had ${data.length === 0 ? "no reason" : `the reason ${hexOf(data)}`}`,
      ),
    ),
  },
  {
    id: "inspections/ping",
    clauses: ["37/heartbeat/1", "37/heartbeat/3"],
    requires: "a PING has a TTL of two octets and a context of 0 to 16",
    inspect: eachFrame(
      eachCommand(["PING"], ({ length }) =>
        length >= 2 && length <= 18 ? undefined : `A PING had ${length} octets behind its name`,
      ),
    ),
  },
  {
    id: "inspections/pong",
    clauses: ["37/heartbeat/4", "37/heartbeat/5", "37/heartbeat/6"],
    requires: "a PONG has at most 16 octets, and echoes the context of a PING",
    inspect: eachFrame(
      eachCommand(["PONG"], (data, { sent }) => {
        if (data.length > 16) return `A PONG had a context of ${data.length} octets`
        // What a PING without a TTL is answered with is a case's.
        if (framesOf(sent.subarray(64)).some(({ name, data }) => name === "PING" && data.length < 2))
          return undefined
        return isEcho(data, sent) ? undefined : `A PONG echoed ${hexOf(data)}, which no PING had`
      }),
    ),
  },
  {
    id: "inspections/old-subscriptions",
    clauses: ["23/pubsub/3", "23/pubsub/5"],
    requires: "to a peer of ZMTP 3.0 subscriptions are sent as messages, not as commands",
    inspect: eachFrame(({ command, name }, { sent, frames: [first] }) => {
      const subscribes = first?.data.includes("SUB") ?? false
      if (sent[10] !== 3 || sent[11] !== 0 || !subscribes) return false
      return command && ["SUBSCRIBE", "CANCEL"].includes(name)
        ? `A command ${name} was sent to a peer of ZMTP 3.0`
        : undefined
    }),
  },
]

/** Whether some PING of the suite, in whatever frame, had this context or, where it had too much of it, began so. */
function isEcho(context: Buffer, sent: Buffer): boolean {
  for (let at = sent.indexOf("\x04PING"); at >= 0; at = sent.indexOf("\x04PING", at + 1)) {
    if (sent.subarray(at + 7, at + 7 + context.length).equals(context)) return true
  }
  return false
}

export const INSPECTIONS: readonly Inspection[] = [...greetings, ...frames, ...metadata, ...commands]
