/**
 * Cases of 27/ZAP for the server, which asks: what a request says, and which replies let a client in. The handler is
 * played in the server's process; the client is a hand-played one, of PLAIN where nothing else is said.
 */
import { greeting, metadata, ready } from "../play/bytes.js"
import type { Case } from "../play/case.js"
import { greeted, hello, letIn, refusal } from "../play/plain.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, NotApplicable, same } from "../play/verdict.js"
import { ZapHandler, type ZapReply, type ZapRequest } from "../play/zap.js"

const ZAP = { types: ["PULL"], controlled: true, alone: true } as const
const PLAIN = { ...ZAP, options: { plainServer: true, zapDomain: "test" } } as const
const NULL = { ...ZAP, options: { zapDomain: "test" } } as const

interface Dialog {
  readonly handler: ZapHandler
  readonly raw: Raw
  readonly request: ZapRequest
}

/** A client that has said HELLO, and the request that is made for it. */
async function asked(subject: Subject, name = "admin", password = "secret"): Promise<Dialog> {
  const handler = await ZapHandler.open(subject)
  const raw = await greeted(subject)
  raw.write(hello(name, password))
  return { handler, raw, request: await requestFor(raw, handler) }
}

/** The request, unless the client is let in without one. */
async function requestFor(raw: Raw, handler: ZapHandler): Promise<ZapRequest> {
  const unasked = raw.until(() => raw.pending > 0, "an answer to HELLO").then(() => undefined)
  const request = await Promise.race([handler.request(), unasked])
  if (request === undefined) throw new NotApplicable("It asks no ZAP handler: it goes on by itself")
  return request
}

/** A client of NULL, and the request that is made for it. */
async function askedByNull(subject: Subject): Promise<Dialog> {
  const handler = await ZapHandler.open(subject)
  const raw = await subject.connection()
  raw.write(greeting(), ready("PUSH"))
  await raw.take(64, "a greeting of 64 octets")
  return { handler, raw, request: await handler.request() }
}

/** A case that looks at a request. */
function request(
  name: string,
  requires: string,
  clauses: readonly string[],
  look: (request: ZapRequest) => void,
  its: Pick<Case, "types" | "options"> = PLAIN,
): Case {
  return {
    ...ZAP,
    ...its,
    id: `zap/request-${name}`,
    clauses: clauses.map(id => `27/${id}`),
    sends: "HELLO of PLAIN",
    requires,
    play: async subject => look((await asked(subject)).request),
  }
}

/** Lets another client in, before which the first would have been. Whether that one's connection ends is not looked at. */
async function keptOut(subject: Subject, { handler, raw }: Dialog, phrase: string): Promise<void> {
  const other = await greeted(subject)
  other.write(hello("other", "secret"))
  await handler.reply(await handler.request())
  await other.command("WELCOME")
  if (raw.pending > 0) await refusal(raw, `a reply ${phrase}`)
}

/** A case that sends a reply, after which the client is let in or not. */
function reply(
  name: string,
  phrase: string,
  clauses: readonly string[],
  act: (dialog: Dialog) => Promise<void>,
  verdict: "in" | "out",
  weight?: "SHOULD",
): Case {
  return {
    ...PLAIN,
    id: `zap/reply-${name}`,
    clauses,
    ...(weight === undefined ? {} : { weight }),
    sends: `HELLO, and from the handler a reply ${phrase}`,
    requires:
      verdict === "in"
        ? "the client is let in: WELCOME comes"
        : "no WELCOME comes, while another client is let in after it",
    async play(subject) {
      const dialog = await asked(subject)
      await act(dialog)
      if (verdict === "in") await dialog.raw.command("WELCOME")
      else await keptOut(subject, dialog, phrase)
    },
  }
}

const withFields =
  (fields: ZapReply) =>
  ({ handler, request }: Dialog): Promise<void> =>
    handler.reply(request, fields)

/** A reply of these frames behind the route and the delimiter; "id" stands for the request's own. */
const withFrames =
  (...frames: string[]) =>
  ({ handler, request }: Dialog): Promise<void> =>
    handler.send(...request.route, "", ...frames.map(frame => (frame === "id" ? request.id : frame)))

const isString = (text: string): boolean => text.length <= 255 && /^[\x20-\x7e]*$/.test(text)

const requests: readonly Case[] = [
  request(
    "frames",
    "a request comes of an empty delimiter, the version 1.0, five fields and two credentials",
    ["architecture/1", "architecture/4", "format/3", "format/4", "format/5", "example/2", "socket-types/3"],
    ({ frames }) => {
      same("The delimiter and the version", frames.slice(0, 2), ["", "1.0"])
      same("How many frames there are with the delimiter", frames.length, 9)
    },
  ),
  request("domain", 'its domain is the socket\'s, "test"', ["format/6"], ({ domain }) =>
    same("The domain", domain, "test"),
  ),
  request(
    "domain-not-empty",
    "the domain is not empty, although the socket was given none",
    ["format/6"],
    ({ domain }) => demand(domain !== "", "The domain is empty"),
    { ...ZAP, options: { plainServer: true } },
  ),
  request("address", 'its address is "127.0.0.1"', ["format/15"], ({ address }) =>
    same("The address", address, "127.0.0.1"),
  ),
  request(
    "identity",
    "its identity has at most 255 octets, at a socket whose own has 255",
    ["format/16"],
    ({ identity }) => demand(identity.length <= 255, `The identity has ${identity.length} octets`),
    { types: ["DEALER"], options: { ...PLAIN.options, routingId: "i".repeat(255) } },
  ),
  request("mechanism", 'its mechanism is "PLAIN"', ["format/7", "format/17", "plain/1"], ({ mechanism }) =>
    same("The mechanism", mechanism, "PLAIN"),
  ),
  request(
    "strings",
    "its domain, address and mechanism are ASCII of at most 255 characters",
    ["format/24"],
    ({ domain, address, mechanism }) =>
      demand([domain, address, mechanism].every(isString), "One of them is not, or is longer"),
  ),
  {
    ...PLAIN,
    id: "zap/request-address-6",
    clauses: ["27/format/15"],
    sends: "HELLO of PLAIN from ::1",
    requires: 'its address is "::1"',
    async play(subject) {
      const options = { ...PLAIN.options, ipv6: true }
      const other = await subject.other("PULL", options, "tcp://[::1]:*").catch((error: unknown) => {
        throw new NotApplicable(`It does not bind to ::1: ${String(error)}`)
      })
      try {
        same("The address", (await asked(other)).request.address, "::1")
      } finally {
        subject.raws.push(...other.raws)
      }
    },
  },
  {
    ...NULL,
    id: "zap/request-of-null",
    clauses: ["27/null/1", "27/null/2", "27/format/8"],
    sends: "a handshake of NULL, to a socket with a domain",
    requires: 'a request comes whose mechanism is "NULL", without credentials',
    async play(subject) {
      const { request } = await askedByNull(subject)
      same("The mechanism and the credentials", [request.mechanism, request.credentials], ["NULL", []])
    },
  },
  ...(
    [
      ["credentials", "a name and a password", "admin", "secret"],
      ["empty-password", "a name and an empty password", "admin", ""],
      ["empty-credentials", "an empty name and an empty password", "", ""],
      ["long-credentials", "a name and a password of 255 octets", "n".repeat(255), "p".repeat(255)],
    ] as const
  ).map(([name, phrase, user, password]): Case => ({
    ...PLAIN,
    id: `zap/request-${name}`,
    clauses: ["27/plain/2", "27/format/8"],
    sends: `HELLO with ${phrase}`,
    requires: "the credentials are two frames, the name and the password as they came",
    async play(subject) {
      const { request } = await asked(subject, user, password)
      same("The credentials", request.credentials, [user, password])
    },
  })),
]

const dialogs: readonly Case[] = [
  {
    ...PLAIN,
    id: "zap/one-request-a-connection",
    clauses: ["27/format/1"],
    sends: "two whole handshakes and a message after each",
    requires: "the handler gets two requests",
    async play(subject) {
      const handler = await ZapHandler.open(subject)
      handler.serve(() => ({}))
      for (const text of ["first", "second"]) {
        const raw = await letIn(subject)
        raw.send(text)
        same("The message", await subject.receive(), [text])
      }
      same("How many requests came", handler.asked, 2)
    },
  },
  {
    ...PLAIN,
    id: "zap/waits-for-the-reply",
    clauses: ["27/format/1", "27/format/2", "24/implementation/3"],
    sends: "HELLO on two connections, and replies only to the second request",
    requires: "WELCOME comes on that one's connection, and on the other only after its own reply",
    async play(subject) {
      const { handler, raw, request } = await asked(subject)
      const second = await greeted(subject)
      second.write(hello("other", "secret"))
      await handler.reply(await handler.request())
      await second.command("WELCOME")
      same("Octets that came before the reply", raw.pending, 0)
      await handler.reply(request)
      await raw.command("WELCOME")
    },
  },
  {
    ...PLAIN,
    id: "zap/replies-in-any-order",
    clauses: ["27/format/14", "27/format/2"],
    sends: "HELLO on two connections; the second is refused, and then the first let in",
    requires: "WELCOME comes on the first, and not on the second",
    async play(subject) {
      const { handler, raw, request } = await asked(subject)
      const second = await greeted(subject)
      second.write(hello("other", "secret"))
      await handler.reply(await handler.request(), { status: "400", text: "no" })
      await handler.reply(request)
      await raw.command("WELCOME")
      await refusal(second, "a reply of 400")
    },
  },
  {
    ...NULL,
    id: "zap/null-let-in",
    clauses: ["27/format/18"],
    sends: "a handshake of NULL, and from the handler a reply of 200",
    requires: "READY comes, and a message is received",
    async play(subject) {
      const { handler, raw, request } = await askedByNull(subject)
      await handler.reply(request)
      await raw.command("READY")
      raw.send("x")
      same("The message", await subject.receive(), ["x"])
    },
  },
  {
    ...NULL,
    id: "zap/null-refused",
    clauses: ["27/format/18"],
    sends:
      "a handshake of NULL and a message, and from the handler a reply of 400; then another client is let in",
    requires: "the first message that is received is the other's",
    async play(subject) {
      const { handler, raw, request } = await askedByNull(subject)
      raw.send("from one who is refused")
      await handler.reply(request, { status: "400", text: "no" })
      const other = await subject.connection()
      other.write(greeting(), ready("PUSH"))
      await other.take(64, "a greeting of 64 octets")
      await handler.reply(await handler.request())
      await other.command("READY")
      other.send("from one who is let in")
      same("The first message", await subject.receive(), ["from one who is let in"])
    },
  },
]

const STATUS = ["27/format/18", "24/implementation/3"]

const replies: readonly Case[] = [
  reply("200", "of status 200", ["27/format/18", "24/implementation/3"], withFields({}), "in"),
  ...["300", "400", "500"].map(status =>
    reply(status, `of status ${status}`, STATUS, withFields({ status, text: "no" }), "out"),
  ),
  ...(
    [
      ["status-unknown", 'of status "201"', "201"],
      ["status-short", 'of status "20"', "20"],
      ["status-long", 'of status "2000"', "2000"],
      ["status-empty", "with an empty status", ""],
      ["status-text", 'of status "yes"', "yes"],
    ] as const
  ).map(([name, phrase, status]) =>
    reply(name, phrase, ["27/format/18", "27/format/12"], withFields({ status }), "out", "SHOULD"),
  ),
  ...(
    [
      ["version-higher", 'of version "1.1"', "1.1"],
      ["version-empty", "with an empty version", ""],
    ] as const
  ).map(([name, phrase, version]) =>
    reply(name, phrase, ["27/format/11"], withFields({ version }), "out", "SHOULD"),
  ),
  ...(
    [
      ["other-id", "with another request id", "another"],
      ["no-id", "with an empty request id, where the request's is not", ""],
    ] as const
  ).map(([name, phrase, id]) =>
    reply(
      name,
      phrase,
      ["27/format/14"],
      async ({ handler, request }) => {
        if (request.id === id) throw new NotApplicable("The request's id is empty, as it may be")
        await handler.reply(request, { id })
      },
      "out",
      "SHOULD",
    ),
  ),
  ...(
    [
      ["without-metadata", "without its last frame", ["1.0", "id", "200", "OK", ""]],
      ["of-three-frames", "that ends with the status", ["1.0", "id", "200"]],
      ["of-seven-frames", "with a frame too many", ["1.0", "id", "200", "OK", "", "", ""]],
      ["of-nothing", "of an empty frame alone", [""]],
    ] as const
  ).map(([name, phrase, frames]) =>
    reply(name, phrase, ["27/format/9"], withFrames(...frames), "out", "SHOULD"),
  ),
  reply(
    "delimiter-filled",
    "whose delimiter is not empty",
    ["27/format/10"],
    withFields({ delimiter: "x" }),
    "out",
    "SHOULD",
  ),
  ...(
    [
      ["user-id", 'with the user id "joe"', { user: "joe" }],
      ["long-user-id", "with a user id of 255 characters", { user: "u".repeat(255) }],
      ["empty-text", "with an empty status text", { text: "" }],
    ] as const
  ).map(([name, phrase, fields]) => reply(name, phrase, ["27/format/13"], withFields(fields), "in")),
  reply(
    "metadata",
    "with two properties of metadata",
    ["27/format/21", "27/format/22", "27/format/23"],
    withFields({
      metadata: metadata([
        ["Hello", "World"],
        ["Empty", ""],
      ]),
    }),
    "in",
  ),
  ...(
    [
      ["metadata-cut-name", "whose metadata end within a name", "\x05Hel"],
      ["metadata-cut-value", "whose metadata end within a value", "\x05Hello\0\0\0\x06World"],
    ] as const
  ).map(([name, phrase, bytes]) =>
    reply(name, phrase, ["27/format/21"], withFields({ metadata: bytes }), "out", "SHOULD"),
  ),
]

export const zap: readonly Case[] = [...requests, ...dialogs, ...replies]
