/**
 * Cases of 24/ZMTP-PLAIN for a client that connects: what it tells of itself and when, and which servers it leaves.
 */
import { command, greeting, metadata, ready } from "../play/bytes.js"
import { PARTNER, type Case } from "../play/case.js"
import { counted, greeted, hello } from "../play/plain.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, same } from "../play/verdict.js"

const CREDENTIALS = { plainUsername: "admin", plainPassword: "secret" }
const CLIENT = { types: ["PUSH", "DEALER"], side: "connects", options: CREDENTIALS } as const

const WELCOME = command("WELCOME")
const FLOW = ["24/implementation/8"]
const ERROR = [...FLOW, "37/error/1", "23/error/1"]

/** A connection of a client that has said HELLO. */
async function introduced(subject: Subject): Promise<Raw> {
  const raw = await greeted(subject, 1)
  await raw.command("HELLO")
  return raw
}

/** One of a client that has said INITIATE. */
async function initiated(subject: Subject): Promise<Raw> {
  const raw = await introduced(subject)
  raw.write(WELCOME)
  await raw.command("INITIATE")
  return raw
}

function left(
  name: string,
  sends: string,
  clauses: readonly string[],
  reach: (subject: Subject) => Promise<Raw>,
  bytes: Uint8Array,
): Case {
  return {
    ...CLIENT,
    id: `plain/client-${name}`,
    clauses,
    // Of an ERROR it is said what it means. The grammar does not say what becomes of who breaks it.
    ...(clauses === ERROR ? {} : { weight: "SHOULD" }),
    sends,
    requires: "the client closes the connection",
    async play(subject) {
      const raw = await reach(subject)
      raw.write(bytes)
      await raw.closed("end of the connection")
    },
  }
}

const error = (reason: string): Buffer => command("ERROR", counted(reason))

export const plainClient: readonly Case[] = [
  {
    ...CLIENT,
    id: "plain/client-says-so",
    clauses: ["24/implementation/1", "23/topology/1"],
    sends: "a greeting of a server, as-server 1",
    requires: "the client's greeting has as-server 0",
    async play(subject) {
      const raw = await greeted(subject, 1)
      same("Octet 32 of the greeting", raw.greeting.subarray(32, 33), Buffer.of(0))
    },
  },
  ...(
    [
      ["hello", "admin", "secret"],
      ["hello-of-one", "n", "p"],
      ["hello-of-most", "n".repeat(255), "p".repeat(255)],
    ] as const
  ).map(([name, plainUsername, plainPassword]): Case => ({
    ...CLIENT,
    id: `plain/client-${name}`,
    clauses: [2, 9, 10, 11].map(n => `24/implementation/${n}`),
    options: { plainUsername, plainPassword },
    sends: `its greeting, to a client with a name and a password of ${plainUsername.length} and ${plainPassword.length} octets`,
    requires: "HELLO comes with the two, each behind its length, and nothing else",
    async play(subject) {
      const raw = await greeted(subject, 1)
      const { body } = await raw.command("HELLO")
      same("HELLO", body, hello(plainUsername, plainPassword).subarray(-body.length))
      same("Its length", body.length, 8 + plainUsername.length + plainPassword.length)
    },
  })),
  {
    ...CLIENT,
    id: "plain/client-initiate",
    clauses: ["24/implementation/5", "24/implementation/13"],
    sends: "WELCOME",
    requires: "INITIATE comes with the client's Socket-Type",
    async play(subject) {
      const raw = await introduced(subject)
      raw.write(WELCOME)
      const { data } = await raw.command("INITIATE")
      const property = metadata([["Socket-Type", subject.type]])
      demand(data.includes(property), "INITIATE has no Socket-Type, or another")
    },
  },
  {
    ...CLIENT,
    id: "plain/client-message",
    clauses: FLOW,
    controlled: true,
    sends: "WELCOME and, when the client's program has begun to send a message, READY",
    requires: "the message comes after READY and not before",
    async play(subject) {
      const sent = subject.send("x")
      const raw = await initiated(subject)
      // One more connection: its greeting comes after whatever a hasty client has sent on the first.
      const { endpoint, accept } = await subject.listener()
      await subject.control.connect(endpoint)
      await (await accept()).take(10, "a signature")
      same("Octets before READY", raw.pending, 0)
      raw.write(ready(PARTNER[subject.type]))
      same("The message", await raw.message(), ["x"])
      await sent
    },
  },
  {
    ...CLIENT,
    id: "plain/client-receives",
    types: ["PULL", "DEALER"],
    clauses: FLOW,
    controlled: true,
    sends: "a whole handshake and a message",
    requires: "the client's program receives it",
    async play(subject) {
      const raw = await initiated(subject)
      raw.write(ready(PARTNER[subject.type]))
      raw.send("x", "y")
      same("The message", await subject.receive(), ["x", "y"])
    },
  },
  ...(["NULL", "CURVE"] as const).map((mechanism): Case => ({
    ...CLIENT,
    id: `plain/client-meets-${mechanism.toLowerCase()}`,
    clauses: ["37/mechanism/8", "23/mechanism/8", "37/security/1", "23/security/1"],
    sends: `a greeting with the mechanism ${mechanism}`,
    requires: "the connection is closed, and nothing but a greeting was sent: no password",
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting({ mechanism, asServer: 1 }))
      await raw.closed("end of the connection")
      demand(raw.pending <= 64, "Something came behind the greeting")
    },
  })),
  left("error-for-welcome", "ERROR where WELCOME is due", ERROR, introduced, error("no")),
  left("error-for-ready", "ERROR where READY is due", ERROR, initiated, error("no")),
  left("ready-for-welcome", "READY where WELCOME is due", FLOW, introduced, ready("PULL")),
  left("hello-for-welcome", "HELLO where WELCOME is due", FLOW, introduced, hello("admin", "secret")),
  left("unknown-for-welcome", "an unknown command where WELCOME is due", FLOW, introduced, command("ENTER")),
  left("message-for-welcome", "a message where WELCOME is due", FLOW, introduced, Buffer.of(0, 1, 120)),
  left("message-for-ready", "a message where READY is due", FLOW, initiated, Buffer.of(0, 1, 120)),
  left("welcome-twice", "WELCOME where READY is due", FLOW, initiated, WELCOME),
  left(
    "welcome-with-data",
    "WELCOME with an octet of data",
    ["24/implementation/8", "24/implementation/12"],
    introduced,
    command("WELCOME", "x"),
  ),
  left(
    "ready-with-cut-metadata",
    "READY whose metadata end within a value",
    ["24/implementation/14"],
    initiated,
    command("READY", "\x0bSocket-Type\0\0\0\x08PULL"),
  ),
  left(
    "ready-with-illegal-type",
    "READY with a Socket-Type that may not talk to the client's",
    FLOW,
    initiated,
    ready("SUB"),
  ),
]
