/**
 * NULL (23/ZMTP, 37/ZMTP §The NULL Security Mechanism): who sends READY when, its form, and the properties in it, whatever they
 * say. What they say is for the files of metadata, socket types and identities.
 */
import { admitted } from "../play/admitted.js"
import {
  command,
  message,
  metadata,
  octets,
  ping,
  ready,
  type Octets,
  type Properties,
} from "../play/bytes.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import { ownProperties } from "../play/properties.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, Failure, NotApplicable, same } from "../play/verdict.js"

/** A connection on which our READY is these octets. */
async function answering(subject: Subject, bytes: Octets): Promise<Raw> {
  const raw = await subject.greeted()
  raw.write(bytes)
  return raw
}

/** Shows that a READY with these properties, next to the Socket-Type, is taken. */
async function taken(subject: Subject, all: (own: Properties) => Properties): Promise<Raw> {
  const raw = await answering(subject, ready("", all([["Socket-Type", PARTNER[subject.type]]])))
  await raw.command("READY")
  await admitted(subject, raw)
  return raw
}

const NAME = /^[A-Za-z0-9\-_.+]{1,255}$/

/** What is wrong in properties, written as octets behind a legal Socket-Type. */
const MALFORMED: readonly (readonly [name: string, what: string, octets: Buffer])[] = [
  ["name-beyond-the-end", "a name of 20 octets is announced and 3 are there", Buffer.from("\x14X-A")],
  ["size-cut-short", "a name is followed by two octets of a size", Buffer.from("\x03X-A\0\0")],
  [
    "value-beyond-the-end",
    "a value of 9 octets is announced and 1 is there",
    Buffer.from("\x03X-A\0\0\0\x09x"),
  ],
  ["size-of-2-31", "the size of a value is 80000000", Buffer.from("\x03X-A\x80\0\0\0x", "latin1")],
  [
    "size-of-2-32-less-1",
    "the size of a value is FFFFFFFF",
    Buffer.from("\x03X-A\xff\xff\xff\xffx", "latin1"),
  ],
  ["an-octet-left", "an octet 03 is left at the end", Buffer.of(3)],
]

/** What is no READY, and comes in its place. */
const NO_READY: readonly (readonly [name: string, what: string, octets: Buffer])[] = [
  ["message", 'the message "early"', message("early")],
  ["ping", "PING", ping("early")],
  ["subscription", "SUBSCRIBE", command("SUBSCRIBE", "early")],
  ["hello", "HELLO of PLAIN", command("HELLO", "\x05admin\x06secret")],
  ["unknown-command", "the command NONSENSE", command("NONSENSE", "early")],
  ["lower-case-ready", "the command ready", command("ready", metadata([["Socket-Type", "PUSH"]]))],
]

const ILLEGAL_NAMES: readonly (readonly [name: string, what: string, illegal: string])[] = [
  ["empty-name", "has no octet", ""],
  ["space-in-name", 'is "X A"', "X A"],
  ["zero-in-name", "has a zero octet in it", "X-\0A"],
  ["high-octet-in-name", "has the octet FF in it", "X-\xff"],
]

const LEGAL: readonly (readonly [
  name: string,
  what: string,
  clauses: readonly string[],
  all: (own: Properties) => Properties,
])[] = [
  ...([1, 255] as const).map(
    length =>
      [
        `name-of-${length === 1 ? "one" : length}`,
        `a property whose name has ${length} ${length === 1 ? "octet" : "octets"}`,
        ["37/null/11", "23/null/7", "37/null/16", "23/null/12"],
        (own: Properties): Properties => [...own, ["N".repeat(length), "value"]],
      ] as const,
  ),
  [
    "characters-of-names",
    "a property with the name Az09-_.+",
    ["37/null/12", "23/null/8"],
    own => [...own, ["Az09-_.+", "value"]],
  ],
  [
    "empty-value",
    "a property with an empty value",
    ["37/null/20", "23/null/16"],
    own => [...own, ["X-E", ""]],
  ],
  ...[1, 255, 256, 4096].map(
    length =>
      [
        `value-of-${length}`,
        `a property with a value of ${length} octets`,
        ["37/null/19", "23/null/15", "37/null/13", "23/null/9"],
        (own: Properties): Properties => [...own, ["X-V", bytes(length)]],
      ] as const,
  ),
  [
    "many-properties",
    "READY with forty properties more",
    ["37/null/10", "23/null/6"],
    own => [...own, ...forty],
  ],
  [
    "order-of-properties",
    "a property before the Socket-Type, and one after it",
    ["37/null/10", "23/null/6"],
    own => [["X-Before", "1"], ...own, ["X-After", "2"]],
  ],
]

/** All octets, one after the other. */
function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => i % 256))
}

const forty: Properties = Array.from({ length: 40 }, (_, i) => [`X-${i}`, String(i)] as const)

const SPELLINGS = [
  ["lower-case", "socket-type"],
  ["upper-case", "SOCKET-TYPE"],
  ["mixed-case", "sOcKeT-tYpE"],
] as const

/** Whether the peer lets in one of an illegal type that is named in this way. */
async function admits(subject: Subject, name: string): Promise<boolean> {
  const wrong = subject.type === "PAIR" ? "PUSH" : "PAIR"
  const raw = await answering(subject, ready("", [[name, wrong]]))
  try {
    await raw.refuses(`a peer of type ${wrong}`)
    return false
  } catch (error) {
    if (error instanceof Failure) return true
    throw error
  }
}

const TAKEN = "the handshake is completed, and the connection used"

export const nullMechanism: readonly Case[] = [
  {
    id: "null/ready-for-ready",
    clauses: ["37/null/3", "37/null/8", "23/null/2", "37/null/9", "23/null/5"],
    sends: "READY after the greetings, to a peer that binds",
    requires: "READY comes in reply",
    types: ANY,
    async play(subject) {
      const raw = await answering(subject, ready(PARTNER[subject.type]))
      await raw.command("READY")
    },
  },
  {
    id: "null/ready-unasked-connecting",
    clauses: ["37/null/4", "37/null/5", "23/null/18"],
    sends: "a greeting and no READY, to a peer that connects",
    requires: "READY comes",
    types: ANY,
    side: "connects",
    async play(subject) {
      const raw = await subject.greeted()
      await raw.command("READY")
    },
  },
  {
    id: "null/ready-unasked-to-an-older-peer",
    clauses: ["23/null/18"],
    sends: "a greeting of version 3.0 and no READY, to a peer that binds",
    requires: "READY comes, since each side of ZMTP 3.0 sends its own before it receives the other's",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted({ minor: 0 })
      await raw.command("READY")
    },
  },
  {
    id: "null/no-message-before-ready",
    clauses: ["37/null/6", "37/null/9", "23/null/5"],
    sends:
      "a greeting to a PUSH that connects and has a message, and READY when another socket has sent its own",
    requires: "READY comes at first, and the message after our READY",
    types: ["PUSH", "DEALER"],
    side: "connects",
    controlled: true,
    async play(subject) {
      const exchange = async () => {
        const raw = await subject.greeted()
        await raw.command("READY")
        const other = await subject.other(subject.type)
        await admitted(other, await other.peer())
        demand(raw.pending === 0, "Something came before our READY")
        raw.write(ready(PARTNER[subject.type]))
        same("The message", await raw.message(), ["early"])
      }
      await Promise.all([exchange(), subject.send("early")])
    },
  },
  {
    id: "null/form-of-ready",
    clauses: ["37/null/10", "23/null/6", "37/null/13", "23/null/9"],
    sends: "a greeting and READY",
    requires: "the properties in its READY fill it to the last octet",
    types: ANY,
    async play(subject) {
      ownProperties(await subject.peer())
    },
  },
  {
    id: "null/names-in-ready",
    clauses: ["37/null/11", "23/null/7", "37/null/12", "23/null/8", "37/null/16", "23/null/12"],
    sends: "a greeting and READY",
    requires: "each name in its READY has 1 to 255 letters, digits, '-', '_', '.' and '+'",
    types: ANY,
    async play(subject) {
      for (const name of ownProperties(await subject.peer()).keys()) {
        demand(NAME.test(name), `A name in READY is ${JSON.stringify(name)}`)
      }
    },
  },
  {
    id: "null/no-empty-name-in-ready",
    clauses: ["37/null/17", "23/null/13"],
    sends: "a greeting and READY",
    requires: "no name in its READY is empty",
    types: ANY,
    async play(subject) {
      const empty = ownProperties(await subject.peer()).has("")
      demand(!empty, "A name in READY is empty")
    },
  },
  {
    id: "null/sizes-in-ready",
    clauses: ["37/null/21", "23/null/17", "37/null/19", "23/null/15"],
    sends: 'a greeting and READY to a DEALER with the routing id "abc"',
    requires: "each size in its READY is four octets in network byte order: 00 00 00 03 before abc",
    types: ["DEALER"],
    options: { routingId: "abc" },
    async play(subject) {
      const raw = await subject.peer()
      ownProperties(raw)
      const field = Buffer.concat([Buffer.of(0, 0, 0, 3), Buffer.from("abc")])
      demand(raw.ready?.data.includes(field) === true, "Its READY has no 00 00 00 03 before abc")
    },
  },
  ...MALFORMED.map(([name, what, ill]): Case => ({
    id: `null/malformed-${name}`,
    clauses: ["37/null/7", "23/null/3"],
    sends: `READY with a legal Socket-Type, behind which ${what}`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const properties = Buffer.concat([metadata([["Socket-Type", PARTNER[subject.type]]]), ill])
      const raw = await answering(subject, command("READY", properties))
      await raw.refuses("malformed metadata")
    },
  })),
  ...NO_READY.map(([name, what, other]): Case => ({
    id: `null/${name}-for-ready`,
    clauses: ["37/null/9", "23/null/5", "37/grammar/10", "23/grammar/10"],
    weight: "SHOULD",
    sends: `${what} in place of READY, and READY after it`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await answering(subject, Buffer.concat([other, ready(PARTNER[subject.type])]))
      await raw.refuses(`${what} in place of READY`)
    },
  })),
  {
    id: "null/early-message-is-lost",
    clauses: ["37/null/9", "23/null/5"],
    sends: "a message in place of READY, and a message on a second connection",
    requires: "only the second is received",
    types: ["PULL", "DEALER", "PAIR"],
    controlled: true,
    async play(subject) {
      const raw = await answering(subject, message("early"))
      raw.end()
      await admitted(subject, await subject.peer())
    },
  },
  ...LEGAL.map(([name, what, clauses, all]): Case => ({
    id: `null/${name}`,
    clauses,
    sends: `READY with ${what.replace(/^READY with /, "")}`,
    requires: TAKEN,
    types: ANY,
    async play(subject) {
      await taken(subject, all)
    },
  })),
  ...ILLEGAL_NAMES.map(([name, what, illegal]): Case => ({
    id: `null/${name}`,
    clauses: illegal === "" ? ["37/null/17", "23/null/13"] : ["37/null/12", "23/null/8"],
    weight: "SHOULD",
    sends: `READY with a property whose name ${what}`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const legal = metadata([["Socket-Type", PARTNER[subject.type]]])
      const property = Buffer.concat([
        Buffer.of(illegal.length),
        octets(illegal),
        Buffer.from("\0\0\0\x05value"),
      ])
      const raw = await answering(subject, command("READY", Buffer.concat([legal, property])))
      await raw.refuses(`a property whose name ${what}`)
    },
  })),
  ...SPELLINGS.flatMap(([name, spelling]): Case[] => [
    {
      id: `null/${name}-legal-type`,
      clauses: ["37/null/18", "23/null/14", "37/metadata/2", "23/metadata/2"],
      sends: `READY with a legal type under the name ${spelling}`,
      requires: TAKEN,
      types: ANY,
      async play(subject) {
        const raw = await answering(subject, ready("", [[spelling, PARTNER[subject.type]]]))
        await raw.command("READY")
        await admitted(subject, raw)
      },
    },
    {
      id: `null/${name}-illegal-type`,
      clauses: ["37/null/18", "23/null/14", "37/metadata/2", "23/metadata/2"],
      sends: `READY with the type PAIR under the name ${spelling}, to a peer that refuses it under Socket-Type`,
      requires: "the connection is closed",
      types: ANY,
      async play(subject) {
        if (await admits(subject, "Socket-Type")) throw new NotApplicable("It takes any type")
        demand(
          !(await admits(subject, spelling)),
          `It refuses the type as Socket-Type, and takes it as ${spelling}`,
        )
      },
    },
  ]),
  ...["identity", "IDENTITY"].map((spelling): Case => ({
    id: `null/${spelling === "identity" ? "lower" : "upper"}-case-identity`,
    clauses: ["37/null/18", "23/null/14", "37/metadata/2", "23/metadata/2"],
    sends: `READY of a DEALER with "abc" under the name ${spelling}, and a message`,
    requires: 'the ROUTER\'s message begins with "abc"',
    types: ["ROUTER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.peer({ properties: [[spelling, "abc"]] })
      raw.send("body")
      same("The message", await subject.receive(), ["abc", "body"])
    },
  })),
]
