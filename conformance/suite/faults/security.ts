/** Faults of PLAIN, and of what a ZAP handler is asked. */
import { Session } from "../../../src/peers/session.js"
import { PlainServer } from "../../../src/security/plain.js"
import type { ZapReply, ZapRequest } from "../../../src/security/zap.js"
import {
  buildHello,
  buildWelcome,
  buildCommand,
  commandData,
  isCommand,
  parseHello,
} from "../../../src/wire/commands.js"
import { GreetingReader, type GreetingStep } from "../../../src/wire/greeting.js"
import { Metadata } from "../../../src/wire/metadata.js"
import { override, type Fault } from "./fault.js"

type Done = (outcome: ZapReply | null) => void

const WELCOME: ZapReply = {
  status: 200,
  statusText: "OK",
  userId: Buffer.alloc(0),
  metadata: Metadata.empty,
}

/** Changes what the ZAP handler is asked. */
function asks(change: (request: ZapRequest) => ZapRequest): void {
  override<object, [ZapRequest, Done]>(Session, "authenticate", (_, original, request, done) =>
    original(change(request), done),
  )
}

/** Changes the commands that this side sends in a handshake. */
function sends(change: (body: Buffer) => Buffer): void {
  override<object, [Buffer]>(Session, "send", (_, original, body) => original(change(body)))
}

export const security: readonly Fault[] = [
  {
    name: "plain-server-without-as-server",
    breaks: ["23/topology/1", "24/implementation/1"],
    describes: "Its PLAIN server does not say as-server.",
    apply: () =>
      override<object, [Buffer], GreetingStep>(GreetingReader, "push", (_, original, chunk) => {
        const step = original(chunk)
        // Octet 32 of 64, in the tail that goes out last.
        if (step.send !== undefined && step.send.length >= 53) step.send[step.send.length - 32] = 0
        return step
      }),
    fails: ["plain/server-says-so"],
  },
  {
    name: "plain-lets-everybody-in",
    breaks: ["24/implementation/4"],
    describes: "Its PLAIN server welcomes everybody, whatever the ZAP handler says.",
    apply: () =>
      override<object, [ZapRequest, Done]>(Session, "authenticate", (_, original, request, done) => {
        original(request, outcome => done(request.mechanism === "PLAIN" ? WELCOME : outcome))
      }),
    fails: [
      "plain/refuses-other-password",
      "plain/refuses-other-name",
      "plain/refuses-no-password",
      "plain/refuses-nothing",
      "plain/closes-when-it-refuses",
      "zap/replies-in-any-order",
      "zap/reply-300",
      "zap/reply-400",
      "zap/reply-500",
      "zap/reply-status-unknown",
      "zap/reply-status-short",
      "zap/reply-status-long",
      "zap/reply-status-empty",
      "zap/reply-status-text",
      "zap/reply-version-higher",
      "zap/reply-version-empty",
      "zap/reply-other-id",
      "zap/reply-no-id",
      "zap/reply-without-metadata",
      "zap/reply-of-three-frames",
      "zap/reply-of-seven-frames",
      "zap/reply-of-nothing",
      "zap/reply-delimiter-filled",
      "zap/reply-metadata-cut-name",
      "zap/reply-metadata-cut-value",
    ],
  },
  {
    name: "plain-hello-goes-on",
    breaks: ["24/implementation/9"],
    describes: "Its PLAIN server does not mind octets after the password.",
    apply: () =>
      override<object, [Buffer]>(PlainServer, "receive", (_, original, body) => {
        const data = commandData(body)
        const user = data[0] ?? 0
        const end = 2 + user + (data[1 + user] ?? 0)
        original(
          isCommand(body, "HELLO") && data.length > end ? buildCommand("HELLO", data.subarray(0, end)) : body,
        )
      }),
    fails: ["plain/hello-with-octets-behind"],
  },
  {
    name: "plain-welcome-has-data",
    breaks: ["24/implementation/12"],
    describes: "Its PLAIN server sends a WELCOME with data.",
    apply: () =>
      sends(body => (isCommand(body, "WELCOME") ? Buffer.concat([buildWelcome(), Buffer.of(0)]) : body)),
    fails: ["plain/welcome"],
  },
  {
    name: "plain-password-first",
    breaks: ["24/implementation/9"],
    describes: "Its PLAIN client sends the password before the name.",
    apply: () =>
      sends(body => {
        if (!isCommand(body, "HELLO")) return body
        const { username, password } = parseHello(body)
        return buildHello(password, username)
      }),
    fails: ["plain/client-hello", "plain/client-hello-of-one", "plain/client-hello-of-most"],
  },
  {
    name: "null-asks-nobody",
    breaks: ["27/null/1", "27/format/18"],
    describes: "It lets NULL peers in without asking the ZAP handler of its domain.",
    apply: () =>
      override<object, [ZapRequest, Done]>(Session, "authenticate", (_, original, request, done) => {
        if (request.mechanism === "NULL") done(null)
        else original(request, done)
      }),
    fails: ["zap/request-of-null", "zap/null-let-in", "zap/null-refused"],
  },
  {
    name: "zap-domain-left-out",
    breaks: ["27/format/6"],
    describes: "It asks the ZAP handler without a domain.",
    apply: () => asks(request => ({ ...request, domain: "" })),
    fails: ["zap/request-domain"],
  },
  {
    name: "zap-address-an-endpoint",
    breaks: ["27/format/15"],
    describes: "It tells the ZAP handler an endpoint where the address belongs.",
    apply: () => asks(request => ({ ...request, address: `tcp://${request.address}` })),
    fails: ["zap/request-address", "zap/request-address-6"],
  },
  {
    name: "zap-credentials-in-one-frame",
    breaks: ["27/plain/2"],
    describes: "It gives the ZAP handler user name and password in one frame.",
    apply: () => asks(request => ({ ...request, credentials: [Buffer.concat([...request.credentials])] })),
    fails: [
      "plain/welcome",
      "plain/ready",
      "plain/message-to-server",
      "plain/message-from-server",
      "plain/octet-by-octet",
      "plain/credentials-of-one",
      "plain/credentials-of-most",
      "plain/credentials-of-none",
      "plain/second-is-hello",
      "plain/second-is-message",
      "plain/second-is-ready",
      "plain/initiate-with-cut-metadata",
      "plain/initiate-with-illegal-type",
      "zap/request-frames",
      "zap/request-of-null",
      "zap/request-credentials",
      "zap/request-empty-password",
      "zap/request-empty-credentials",
      "zap/request-long-credentials",
    ],
  },
]
