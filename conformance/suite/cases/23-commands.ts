/** Commands after the handshake (23/ZMTP and 37/ZMTP §Formal Grammar, §Commands): names that are none, and unknown ones. */
import { command, frame, hex, size } from "../play/bytes.js"
import { both, ANY, type Case } from "../play/case.js"
import type { Subject } from "../play/subject.js"
import { same } from "../play/verdict.js"

const COMMAND = { flags: 4 }

// The grammar binds who sends; that the receiver closes is how other errors are signalled (§Error Handling).
const malformed = (
  [
    ["without-body", "a command frame without a body, 04 00", hex("04 00")],
    ["without-name", "a command whose name has no letter, 04 01 00", hex("04 01 00")],
    ["without-name-but-data", "a command whose name has no letter, with data", frame("\0data", COMMAND)],
    [
      "name-beyond-body",
      "a command whose name of 5 letters is cut after 2, 04 03 05 41 42",
      frame("\x05AB", COMMAND),
    ],
    ["ping-cut", "a PING whose name is cut after 3 letters, 04 04 04 50 49 4E", frame("\x04PIN", COMMAND)],
    [
      "longest-name-cut",
      "a command whose name of 255 letters is cut after 254",
      frame(`\xff${"A".repeat(254)}`, COMMAND),
    ],
  ] as const
).map(([name, what, bytes]): Case => ({
  id: `commands/${name}`,
  clauses: both("commands/1", "grammar/14"),
  weight: "SHOULD",
  sends: what,
  requires: "the connection is closed",
  types: ANY,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    await raw.refuses(what)
  },
}))

// What a peer does with names that it does not know is its own affair: security mechanisms may use any (§Commands).
const foreign = (
  [
    ["unknown", "a command with the name UNKNOWN", command("UNKNOWN", "data")],
    ["one-letter", "a command with the name X", command("X")],
    ["longest-name", "a command with a name of 255 letters", command("A".repeat(255))],
    [
      "longest-name-and-data",
      "a command with a name of 255 letters and data, in a long frame",
      command("A".repeat(255), "data"),
    ],
    ["long-data", "an unknown command of 64 KiB", command("UNKNOWN", "A".repeat(65_536))],
    ["digit-in-name", "a command with the name PING2", command("PING2")],
    ["space-in-name", "a command with the name “P NG”", command("P NG")],
    ["null-in-name", "a command with the name PI, 00, G", command("PI\0G")],
    ["high-octet-in-name", "a command with the name 80 FF", command("\x80\xff")],
    ["second-ready", "READY once more after the handshake", command("READY")],
  ] as const
).map(([name, what, bytes]): Case => ({
  id: `commands/${name}-harms-nobody`,
  clauses: both("framing/5", "commands/1", ...(name.endsWith("-in-name") ? ["grammar/15"] : [])),
  weight: "SHOULD",
  sends: `${what}; then another peer sends a message`,
  requires: "the command is not received as a message, and the other's message is",
  types: ["PULL", "DEALER"],
  controlled: true,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(bytes)
    await othersAreServed(subject)
  },
}))

const endless: Case = {
  id: "commands/huge-command-beside-others",
  clauses: both("framing/3", "grammar/13"),
  weight: "SHOULD",
  sends: "the head of a command frame of 2^62 octets and no body; then another peer sends a message",
  requires: "the other's message is received",
  types: ["PULL", "DEALER"],
  controlled: true,
  alone: true,
  async play(subject) {
    const raw = await subject.peer()
    raw.write(hex("06"), size(2n ** 62n))
    await othersAreServed(subject)
  },
}

async function othersAreServed(subject: Subject): Promise<void> {
  const other = await subject.peer()
  other.send("of the other")
  same("The first message", await subject.receive(), ["of the other"])
}

export const commands: readonly Case[] = [...malformed, ...foreign, endless]
