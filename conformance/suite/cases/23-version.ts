/**
 * Version negotiation (23/ZMTP, 37/ZMTP §Version Negotiation): who says what first, the padding, and versions above and below
 * the peer's own. Conversations in an older version are in files of their RFCs.
 */
import { admitted } from "../play/admitted.js"
import { greeting, hex, message, ready, type GreetingFields, type Octets } from "../play/bytes.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, NotApplicable, same } from "../play/verdict.js"

const BACKWARDS = "It works with older versions too: it sends a part of its greeting at first"

/**
 * The greeting of a peer that sends all of it unasked. What it sent unasked is what had come by the time that another
 * connection was in use.
 */
async function unasked(subject: Subject): Promise<Buffer> {
  const raw = await subject.connection()
  await raw.until(() => raw.pending >= 10, "a signature of 10 octets")
  const more = raw.until(() => raw.pending > 11, "more than a partial greeting")
  const other = subject.peer().then(peer => admitted(subject, peer))
  await Promise.any([more, other]).catch(() => undefined)
  if (raw.pending <= 11) throw new NotApplicable(BACKWARDS)
  return raw.take(64, "a whole greeting: it began with more than 11 octets unasked")
}

const PADDINGS: readonly (readonly [name: string, padding: Octets])[] = [
  ["zeros", ""],
  ["ones", hex("ffffffffffffffff")],
  ["length-one", hex("0000000000000001")],
  ["length-256", hex("0000000000000100")],
  ["highest-bit", hex("8000000000000000")],
  ["highest-length", hex("7fffffffffffffff")],
  ["text", "PADDING!"],
  ["signature-like", hex("ff00000000000000")],
]

const HIGHER: readonly (readonly [name: string, major: number, minor: number])[] = [
  ["minor-two", 3, 2],
  ["highest-minor", 3, 255],
  ["major-four", 4, 0],
  ["major-four-minor-one", 4, 1],
  ["major-five", 5, 0],
  ["major-127", 127, 0],
  ["highest-version", 255, 255],
]

/** Our octets from and to, and how many of the peer's are due before them: those that our last step has earned. */
const STEPS = [
  [0, 10, 10],
  [10, 11, 11],
  [11, 64, 64],
] as const

const COMPLETES = "the handshake is completed, and the connection used"

/** A handshake whose greeting is of this kind, and then use. */
async function handshake(subject: Subject, fields: GreetingFields): Promise<Raw> {
  const raw = await subject.greeted(fields)
  raw.write(ready(PARTNER[subject.type]))
  await raw.command("READY")
  await admitted(subject, raw)
  return raw
}

export const version: readonly Case[] = [
  {
    id: "version/signature-unasked",
    clauses: ["37/version/1", "23/version/1"],
    sends: "nothing",
    requires: "the first ten octets of its greeting come all the same",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      const signature = await raw.take(10, "a signature of 10 octets")
      same("The ends of the signature", [signature[0], signature[9]], [0xff, 0x7f])
    },
  },
  {
    id: "version/version-after-signature",
    clauses: ["37/version/1", "23/version/1", "37/zmtp2/1", "23/zmtp2/1"],
    sends: "a signature of 10 octets, and no more",
    requires: "eleven octets come, of which the last is 03",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting().subarray(0, 10))
      const partial = await raw.take(11, "a signature and a version")
      same("The major version", partial[10], 3)
    },
  },
  {
    id: "version/rest-after-version",
    clauses: ["37/version/2", "23/version/2", "37/zmtp2/3", "23/zmtp2/3"],
    sends: "the first eleven octets of a greeting, and no more",
    requires: "all 64 octets of its greeting come",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting().subarray(0, 11))
      await raw.take(64, "the rest of a greeting, now that the version is known")
    },
  },
  {
    id: "version/step-by-step",
    clauses: [
      ...["37/version/1", "23/version/1", "37/version/2", "23/version/2"],
      ...["37/zmtp1/10", "23/zmtp1/10"],
    ],
    sends: "a greeting in steps of 10, 1 and 53 octets, each when the peer has sent as much",
    requires: COMPLETES,
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      const bytes = greeting()
      for (const [from, to, due] of STEPS) {
        await raw.until(() => raw.pending >= due, `greeting up to octet ${due}`)
        raw.write(bytes.subarray(from, to))
      }
      raw.greeting = await raw.take(64, "a greeting of 64 octets")
      raw.write(ready(PARTNER[subject.type]))
      await raw.command("READY")
      await admitted(subject, raw)
    },
  },
  {
    id: "version/whole-greeting-unasked",
    clauses: ["37/version/3", "23/version/3", "37/version/4", "23/version/4", "37/backwards/1"],
    sends: "nothing, to a peer that demands ZMTP 3",
    requires: "all 64 octets of its greeting come",
    types: ANY,
    async play(subject) {
      await unasked(subject)
    },
  },
  {
    id: "version/padding-of-who-demands",
    clauses: ["37/version/5", "23/version/5"],
    sends: "nothing, to a peer that demands ZMTP 3",
    requires: "octets 1 to 8 of its greeting are zero",
    types: ANY,
    async play(subject) {
      const whole = await unasked(subject)
      same("The padding", whole.subarray(1, 9), Buffer.alloc(8))
    },
  },
  ...PADDINGS.map(([name, padding]): Case => ({
    id: `version/padding-${name}`,
    clauses: ["37/version/6", "23/version/6", "37/version/7", "23/version/7"],
    sends: `a greeting with the padding ${greeting({ padding }).toString("hex", 1, 9)}`,
    requires: COMPLETES,
    types: ANY,
    async play(subject) {
      await handshake(subject, { padding })
    },
  })),
  ...HIGHER.map(([name, major, minor]): Case => ({
    id: `version/${name}`,
    clauses: ["37/version/8", "23/version/8", "37/version/9", "23/version/9"],
    sends: `a greeting of version ${major}.${minor}`,
    requires: COMPLETES,
    types: ANY,
    async play(subject) {
      await handshake(subject, { major, minor })
    },
  })),
  {
    id: "version/major-four-to-a-peer-that-connects",
    clauses: ["37/version/8", "23/version/8"],
    sends: "a greeting of version 4.0 to a peer that connects",
    requires: COMPLETES,
    types: ANY,
    side: "connects",
    async play(subject) {
      await handshake(subject, { major: 4, minor: 0 })
    },
  },
  {
    id: "version/filler-of-a-later-version",
    clauses: ["37/version/8", "23/version/8"],
    weight: "SHOULD",
    sends: "a greeting of version 3.2 whose filler is not zero",
    requires: COMPLETES,
    types: ANY,
    async play(subject) {
      await handshake(subject, { minor: 2, filler: Buffer.alloc(31, 0xff) })
    },
  },
  {
    id: "version/own-framing-to-a-higher-one",
    clauses: ["37/version/10", "23/version/10"],
    sends: "a greeting of version 5.0 and READY",
    requires: "the peer says its own version, and its READY is a command frame of that",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted({ major: 5, minor: 0 })
      same("Octet 10 of its greeting", raw.greeting[10], 3)
      raw.write(ready(PARTNER[subject.type]))
      const { flags } = await raw.command("READY")
      demand(flags === 4 || flags === 6, `Its READY has flags ${flags}`)
    },
  },
  {
    id: "version/own-subscription-to-a-higher-one",
    clauses: ["37/version/10", "37/version/8"],
    sends: "a greeting of version 3.2 of a PUB to a SUB that connects and subscribes",
    requires: "the subscription comes as the command SUBSCRIBE of ZMTP 3.1",
    types: ["SUB", "XSUB"],
    side: "connects",
    controlled: true,
    async play(subject) {
      const raw = await subject.peer({ minor: 2 })
      if (raw.greeting[11] === 0) throw new NotApplicable("It is of ZMTP 3.0, which has no such command")
      await subject.subscribe("topic")
      const { data } = await raw.command("SUBSCRIBE")
      same("The subscription", data, Buffer.from("topic"))
    },
  },
  {
    id: "version/lower-minor",
    clauses: ["23/version/9", "37/version/11"],
    sends: "a greeting of version 3.0 and READY",
    requires: "READY comes, or the connection is closed when the peer is of a higher version",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting({ minor: 0 }), ready(PARTNER[subject.type]))
      await raw.until(() => raw.ended || raw.pending > 64, "READY or end of the connection", true)
      if (raw.pending > 64) {
        raw.greeting = await raw.take(64)
        await raw.command("READY")
      } else {
        const own = raw.pending >= 12 ? (await raw.take(12))[11] : undefined
        demand(own !== 0, "It is of version 3.0 itself, and closed the connection of another")
      }
    },
  },
  ...[1, 2].flatMap((revision): Case[] =>
    (["binds", "connects"] as const).map((side): Case => ({
      id: `version/revision-${revision === 1 ? "one" : "two"}-${side === "binds" ? "binding" : "connecting"}`,
      clauses: ["37/version/11", "23/version/11"],
      sends: `the greeting and a message of a PUSH of ZMTP 2.0 that says revision 0${revision}, to a PULL that ${side}`,
      requires: "what comes is ZMTP 2.0, or the connection is closed",
      types: ["PULL"],
      side,
      async play(subject) {
        const raw = await subject.connection()
        // Signature, revision, socket type PUSH, and a final frame with an empty identity (15/ZMTP). The message is for who
        // looks at a greeting when all its 64 octets are there.
        raw.write(
          greeting().subarray(0, 10),
          Buffer.of(revision, 8),
          Buffer.of(0, 0),
          message("A".repeat(64)),
        )
        await raw.until(() => raw.ended || raw.pending >= 14, "greeting of ZMTP 2.0 or end", true)
        if (raw.pending < 14) return
        const own = await raw.take(14)
        // The identity of 2.0 begins with its flags, 00, where 3.x has the first letter of a mechanism.
        if (own[12] !== 0) await raw.closed("end of the connection with a peer of ZMTP 2.0")
        else same("Its socket type in ZMTP 2.0", own[11], 7)
      },
    })),
  ),
]
