/**
 * The Identity property (23/ZMTP, 37/ZMTP §The Identity Property): what a peer says of itself, what a ROUTER takes, and who does not
 * look at it. How a ROUTER sends by identities is for 28-router.ts.
 */
import { admitted } from "../play/admitted.js"
import { message, octets, ready, type Octets } from "../play/bytes.js"
import type { Case, SocketType } from "../play/case.js"
import { ownProperties } from "../play/properties.js"
import { placeOf, Subject } from "../play/subject.js"
import { demand, NotApplicable, refused, same } from "../play/verdict.js"

const GRAMMAR = ["37/identity/2", "23/identity/2"]

/** The Identity that a peer announces to a ROUTER, which it may leave out. */
async function announced(subject: Subject): Promise<string | undefined> {
  return ownProperties(await subject.peer({ socketType: "ROUTER" })).get("identity")
}

const LONGEST = "i".repeat(255)

/** Routing ids that the program sets, by type. */
const SET: readonly (readonly [name: string, type: SocketType, id: string])[] = [
  ["dealer", "DEALER", "abc"],
  ["req", "REQ", "abc"],
  ["router", "ROUTER", "abc"],
  ["longest", "DEALER", LONGEST],
]

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => 255 - i))

/** Identities that a ROUTER hears. */
const HEARD: readonly (readonly [name: string, what: string, identity: Octets])[] = [
  ["one-octet", "of one octet, FF,", bytes(1)],
  ["254-octets", "of 254 octets, FF down to 02,", bytes(254)],
  ["255-octets", "of 255 octets, FF down to 01,", bytes(255)],
  ["zero-inside", '"a", 00, "b"', "a\0b"],
]

/** What the grammar does not allow. */
const ILLEGAL: readonly (readonly [
  name: string,
  clauses: readonly string[],
  what: string,
  identity: string,
])[] = [
  ["256-octets", GRAMMAR, "of 256 octets", "i".repeat(256)],
  ["zero-first", ["37/identity/3"], '00 "abc"', "\0abc"],
]

/** Types that are no ROUTER, and a type that they may talk to. */
const OTHERS: readonly (readonly [type: SocketType, partner: SocketType])[] = [
  ["PULL", "PUSH"],
  ["DEALER", "DEALER"],
  ["REP", "REQ"],
  ["SUB", "PUB"],
]

export const identity: readonly Case[] = [
  ...SET.map(([name, type, id]): Case => ({
    id: `identity/announced-${name}`,
    clauses: GRAMMAR,
    sends: `READY of a ROUTER to a ${type} whose routing id is ${id.length > 9 ? `${id.length} octets long` : `"${id}"`}`,
    requires: "the Identity in its READY, if it has one, is that",
    types: [type],
    options: { routingId: id },
    async play(subject) {
      const own = await announced(subject)
      if (own === undefined) throw new NotApplicable("It announces no Identity")
      same("Its Identity", Buffer.from(own, "latin1"), Buffer.from(id))
    },
  })),
  ...(["DEALER", "REQ", "ROUTER"] as const).map((type): Case => ({
    id: `identity/of-${type.toLowerCase()}-without-a-routing-id`,
    clauses: [...GRAMMAR, "37/identity/3"],
    sends: `READY of a ROUTER to a ${type} without a routing id`,
    requires: "its Identity is absent, or of up to 255 octets of which the first is not zero",
    types: [type],
    async play(subject) {
      const own = (await announced(subject)) ?? ""
      demand(own.length <= 255, `Its Identity has ${own.length} octets`)
      demand(!own.startsWith("\0"), "Its Identity starts with 00")
    },
  })),
  {
    id: "identity/zero-first-not-announced",
    clauses: ["37/identity/3"],
    sends: 'READY to a DEALER whose program asks for the routing id 00 "abc"',
    requires: "the program is refused, or the Identity does not start with 00",
    types: ["DEALER"],
    controlled: true,
    async play(subject) {
      const opening = subject.control.open("DEALER", { routingId: "\0abc" })
      if (await refused(opening)) return
      const control = await opening
      const place = placeOf(await control.bind("tcp://127.0.0.1:*"))
      const asked = new Subject({ type: "DEALER", place, control, patience: subject.patience })
      subject.closeToo(asked)
      const own = (await announced(asked)) ?? ""
      demand(!own.startsWith("\0"), `Its Identity is ${Buffer.from(own, "latin1").toString("hex")}`)
    },
  },
  ...HEARD.map(([name, what, identity]): Case => ({
    id: `identity/heard-${name}`,
    clauses: GRAMMAR,
    sends: `READY of a DEALER with an Identity ${what} and a message`,
    requires: "the message that the ROUTER receives begins with it",
    types: ["ROUTER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.peer({ properties: [["Identity", identity]] })
      raw.send("body")
      const [first = ""] = await subject.receive()
      same("The first part", Buffer.from(first, "latin1"), octets(identity))
    },
  })),
  ...ILLEGAL.map(([name, clauses, what, identity]): Case => ({
    id: `identity/refused-${name}`,
    clauses,
    weight: "SHOULD",
    sends: `READY of a DEALER with an Identity ${what} and a message`,
    requires: "the connection is closed, or the ROUTER takes another identity in its place",
    types: ["ROUTER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(ready("DEALER", [["Identity", identity]]), message("body"))
      // A second peer's message is the only one when the first is turned away.
      const honest = await subject.peer({ properties: [["Identity", "honest"]] })
      honest.send("body")
      for (let last = ""; last !== "honest";) {
        const [first = ""] = await subject.receive()
        demand(first !== identity, "A message came from this Identity")
        last = first
      }
    },
  })),
  {
    id: "identity/made-for-an-empty-one",
    clauses: ["37/identity/2", "23/identity/2"],
    sends: "READY of two DEALERs, each with an empty Identity, and a message of each",
    requires: "the ROUTER tells them apart",
    types: ["ROUTER"],
    controlled: true,
    async play(subject) {
      const ids = new Set<string>()
      for (const body of ["first", "second"]) {
        const raw = await subject.peer({ properties: [["Identity", ""]] })
        raw.send(body)
        const [id = "", ...parts] = await subject.receive()
        same("The message after its identity", parts, [body])
        ids.add(id)
      }
      demand(ids.size === 2 && !ids.has(""), `The identities were ${JSON.stringify([...ids])}`)
    },
  },
  ...OTHERS.map(([type, partner]): Case => ({
    id: `identity/ignored-by-${type.toLowerCase()}`,
    clauses: ["37/identity/1", "23/identity/1"],
    sends: `READY of two ${partner}s with the Identity "abc" to a ${type}`,
    requires: "both connections are used, and the Identity is no part of what they bring",
    types: [type],
    async play(subject) {
      const properties = [["Identity", "abc"]] as const
      const [first, second] = [
        await subject.peer({ socketType: partner, properties }),
        await subject.peer({ socketType: partner, properties }),
      ]
      await admitted(subject, first)
      // A REP has to answer before it takes the next request.
      if (subject.driven && type === "REP") await subject.send("reply")
      await admitted(subject, second)
    },
  })),
]
