/**
 * Cases of 24/ZMTP-PLAIN for a server: whom it lets in, and at which step it closes. Who is let in a ZAP handler says,
 * which the cases play in the server's process.
 */
import { command, greeting, metadata } from "../play/bytes.js"
import { PARTNER, type Case } from "../play/case.js"
import { counted, greeted, hello, initiate, letIn, PLAIN, refusal } from "../play/plain.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, NotApplicable, same } from "../play/verdict.js"
import { ZapHandler } from "../play/zap.js"

const SERVER = { types: ["PULL", "DEALER"], options: { plainServer: true } } as const
/** With a handler in its process. */
const ASKING = { ...SERVER, controlled: true, alone: true } as const

/** Lets in one user only. */
function guard(subject: Subject): Promise<ZapHandler> {
  return withHandler(subject, ([name, password]) => name === "admin" && password === "secret")
}

async function withHandler(
  subject: Subject,
  knows: (credentials: readonly string[]) => boolean,
): Promise<ZapHandler> {
  const handler = await ZapHandler.open(subject)
  handler.serve(({ credentials }) =>
    knows(credentials) ? {} : { status: "400", text: "No such user, or another password" },
  )
  return handler
}

/** Plays a client that must not get further, on a connection of which both greetings have passed. */
function outOfOrder(
  id: string,
  phrase: string,
  clauses: readonly string[],
  act: (raw: Raw) => Promise<void>,
): Case {
  return {
    ...ASKING,
    id: `plain/${id}`,
    clauses,
    // The grammar does not say what becomes of who breaks it.
    ...(clauses === FLOW ? { weight: "SHOULD" } : {}),
    sends: phrase,
    requires: "the server goes no further: it sends ERROR or closes the connection",
    async play(subject) {
      await guard(subject)
      const raw = await greeted(subject)
      await act(raw)
      await refusal(raw, phrase)
    },
  }
}

const FLOW = ["24/implementation/8"]
const FORM = ["24/implementation/4", "24/implementation/9"]

/** Sends a good HELLO, and takes the WELCOME. */
async function welcomed(raw: Raw): Promise<void> {
  raw.write(hello("admin", "secret"))
  await raw.command("WELCOME")
}

export const plainServer: readonly Case[] = [
  {
    ...SERVER,
    id: "plain/server-says-so",
    clauses: ["24/implementation/1", "23/topology/1"],
    sends: "a greeting of a client, as-server 0",
    requires: "the server's greeting has as-server 1",
    async play(subject) {
      const raw = await greeted(subject)
      same("Octet 32 of the greeting", raw.greeting.subarray(32, 33), Buffer.of(1))
    },
  },
  ...(["NULL", "CURVE"] as const).map((mechanism): Case => ({
    ...SERVER,
    id: `plain/server-meets-${mechanism.toLowerCase()}`,
    clauses: ["37/mechanism/8", "23/mechanism/8"],
    sends: `a greeting with the mechanism ${mechanism}`,
    requires: "the connection is closed, and nothing but a greeting was sent",
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting({ mechanism }))
      await raw.closed("end of the connection")
      demand(raw.pending <= 64, "Something came behind the greeting")
    },
  })),
  {
    ...ASKING,
    id: "plain/welcome",
    clauses: ["24/implementation/3", "24/implementation/12"],
    sends: "HELLO with a name and a password that the handler knows",
    requires: "WELCOME comes, without data: 04 08 07 and the name",
    async play(subject) {
      await guard(subject)
      const raw = await greeted(subject)
      raw.write(hello("admin", "secret"))
      const { flags, body } = await raw.frame("WELCOME")
      same("The command", [flags, body], [4, Buffer.from("\x07WELCOME")])
    },
  },
  {
    ...ASKING,
    id: "plain/ready",
    clauses: ["24/implementation/6", "24/implementation/7", "24/implementation/14"],
    sends: "HELLO and, after WELCOME, INITIATE with its Socket-Type",
    requires: "READY comes with the server's Socket-Type",
    async play(subject) {
      await guard(subject)
      const raw = await letIn(subject)
      const property = metadata([["Socket-Type", subject.type]])
      demand(raw.ready?.data.includes(property) ?? false, "READY has no Socket-Type, or another")
    },
  },
  {
    ...ASKING,
    id: "plain/message-to-server",
    clauses: FLOW,
    sends: "a whole handshake and a message",
    requires: "the message is received",
    async play(subject) {
      await guard(subject)
      const raw = await letIn(subject)
      raw.send("x", "y")
      same("The message", await subject.receive(), ["x", "y"])
    },
  },
  {
    ...ASKING,
    id: "plain/message-from-server",
    types: ["PUSH", "DEALER"],
    clauses: FLOW,
    sends: "a whole handshake",
    requires: "a message that the server's program sends then arrives",
    async play(subject) {
      await guard(subject)
      const raw = await letIn(subject)
      await subject.send("x", "y")
      same("The message", await raw.message(), ["x", "y"])
    },
  },
  {
    ...ASKING,
    id: "plain/octet-by-octet",
    clauses: FLOW,
    sends: "a whole handshake and a message, an octet at a time",
    requires: "the message is received",
    async play(subject) {
      await guard(subject)
      const raw = await subject.connection()
      await raw.trickle(greeting({ mechanism: PLAIN }))
      await raw.take(64, "a greeting of 64 octets")
      await raw.trickle(hello("admin", "secret"))
      await raw.command("WELCOME")
      await raw.trickle(initiate(PARTNER[subject.type]))
      await raw.command("READY")
      raw.send("x")
      same("The message", await subject.receive(), ["x"])
    },
  },
  ...(
    [
      ["other-password", "another password", "admin", "Secret"],
      ["other-name", "a name that nobody has", "nobody", "secret"],
      ["no-password", "no password", "admin", ""],
      ["nothing", "neither a name nor a password", "", ""],
    ] as const
  ).map(([id, phrase, name, password]): Case => ({
    ...ASKING,
    id: `plain/refuses-${id}`,
    clauses: ["24/implementation/3", "24/implementation/4"],
    sends: `HELLO with ${phrase}`,
    requires: "the server sends ERROR or closes the connection, and no WELCOME",
    async play(subject) {
      const handler = await guard(subject)
      const raw = await greeted(subject)
      raw.write(hello(name, password))
      await raw.until(() => raw.pending > 0 || raw.ended, "answer to HELLO", true)
      if (handler.asked === 0 && raw.pending > 0)
        throw new NotApplicable("It asks no ZAP handler, so that it cannot be told whom to refuse")
      await refusal(raw, `HELLO with ${phrase}`)
    },
  })),
  {
    ...ASKING,
    id: "plain/closes-when-it-refuses",
    clauses: ["24/implementation/4"],
    // By the grammar it may send ERROR, for which the client has to close.
    weight: "SHOULD",
    sends: "HELLO with another password",
    requires: "the server closes the connection",
    async play(subject) {
      const handler = await guard(subject)
      const raw = await greeted(subject)
      raw.write(hello("admin", "another"))
      await raw.until(() => raw.pending > 0 || raw.ended, "answer to HELLO", true)
      if (handler.asked === 0 && raw.pending > 0)
        throw new NotApplicable("It asks no ZAP handler, so that it cannot be told whom to refuse")
      await raw.closed("end of the connection")
    },
  },
  ...(
    [
      ["one", "a name and a password of one octet", "n", "p"],
      ["most", "a name and a password of 255 octets", "n".repeat(255), "p".repeat(255)],
      ["none", "an empty name and an empty password", "", ""],
    ] as const
  ).map(([id, phrase, name, password]): Case => ({
    ...ASKING,
    id: `plain/credentials-of-${id}`,
    clauses: ["24/implementation/10", "24/implementation/11"],
    sends: `HELLO with ${phrase}, which the handler knows`,
    requires: "WELCOME comes",
    async play(subject) {
      await withHandler(subject, ([n, p]) => n === name && p === password)
      const raw = await greeted(subject)
      raw.write(hello(name, password))
      await raw.command("WELCOME")
    },
  })),
  ...(
    [
      ["no-name", "no data at all", ""],
      ["name-cut", "a length of the name that is beyond its end", "\x06admin"],
      ["no-password", "a name, and no length of a password", "\x05admin"],
      ["password-cut", "a length of the password that is beyond its end", "\x05admin\x07secret"],
      ["octets-behind", "an octet behind the password", "\x05admin\x06secret\0"],
    ] as const
  ).map(([id, phrase, data]) =>
    outOfOrder(`hello-with-${id}`, `HELLO with ${phrase}`, FORM, async raw =>
      raw.write(command("HELLO", data)),
    ),
  ),
  // The prose has names of eight characters, padded with spaces; the grammar, which counts them, has none.
  outOfOrder("hello-padded", "HELLO whose name is padded to eight characters", FORM, async raw =>
    raw.write(command("HELLO   ", Buffer.concat([counted("admin"), counted("secret")]))),
  ),
  ...(
    [
      ["initiate", "INITIATE where HELLO is due", initiate("PUSH")],
      ["ready", "READY where HELLO is due", command("READY", metadata([["Socket-Type", "PUSH"]]))],
      ["welcome", "WELCOME where HELLO is due", command("WELCOME")],
      ["message", "a message where HELLO is due", Buffer.of(0, 1, 120)],
      ["unknown", "an unknown command where HELLO is due", command("GREET", "x")],
    ] as const
  ).map(([id, phrase, bytes]) => outOfOrder(`first-is-${id}`, phrase, FLOW, async raw => raw.write(bytes))),
  ...(
    [
      ["hello", "HELLO where INITIATE is due", hello("admin", "secret")],
      ["message", "a message where INITIATE is due", Buffer.of(0, 1, 120)],
      ["ready", "READY where INITIATE is due", command("READY", metadata([["Socket-Type", "PUSH"]]))],
    ] as const
  ).map(([id, phrase, bytes]) =>
    outOfOrder(`second-is-${id}`, phrase, FLOW, async raw => {
      await welcomed(raw)
      raw.write(bytes)
    }),
  ),
  ...(
    [
      [
        "cut-metadata",
        "INITIATE whose metadata end within a value",
        command("INITIATE", "\x0bSocket-Type\0\0\0\x08PUSH"),
      ],
      ["illegal-type", "INITIATE with a Socket-Type that may not talk to the server's", initiate("PUB")],
    ] as const
  ).map(([id, phrase, bytes]) =>
    outOfOrder(`initiate-with-${id}`, phrase, ["24/implementation/6"], async raw => {
      await welcomed(raw)
      raw.write(bytes)
    }),
  ),
]
