/** Faults of heartbeats: PING, its time to live, PONG and its context, and what silence means. */
import { Heartbeat } from "../../../src/peers/heartbeat.js"
import { Session } from "../../../src/peers/session.js"
import { buildPing, buildPong, commandData, parsePing } from "../../../src/wire/commands.js"
import { override, type Fault } from "./fault.js"

interface Connection {
  options: { readonly heartbeatTimeToLive: number }
  readonly control: { command(body: Buffer): void }
  readonly heartbeat: Heartbeat
  transmit(): void
}

interface Beats {
  options: { readonly heartbeatInterval: number; readonly heartbeatTimeout: number }
}

function say(session: Connection, body: Buffer): void {
  session.control.command(body)
  session.transmit()
}

/** Changes what a time to live, in milliseconds, is taken for. */
function understands(change: (milliseconds: number) => number): void {
  override<object, [number]>(Heartbeat, "expect", (_, original, milliseconds) =>
    original(change(milliseconds)),
  )
}

/** What asks for a PONG with a context. */
const ANSWERS = [
  "heartbeat/context-of-1-octet",
  "heartbeat/context-of-8-octets",
  "heartbeat/context-of-15-octets",
  "heartbeat/context-of-16-octets",
  "heartbeat/context-of-zeros",
  "heartbeat/context-of-binary",
  "heartbeat/pull-that-binds-answers",
  "heartbeat/push-that-binds-answers",
  "heartbeat/dealer-that-binds-answers",
  "heartbeat/router-that-binds-answers",
  "heartbeat/rep-that-binds-answers",
  "heartbeat/req-that-binds-answers",
  "heartbeat/pair-that-binds-answers",
  "heartbeat/pub-that-binds-answers",
  "heartbeat/sub-that-binds-answers",
  "heartbeat/xpub-that-binds-answers",
  "heartbeat/xsub-that-binds-answers",
  "heartbeat/push-that-connects-answers",
  "heartbeat/sub-that-connects-answers",
  "heartbeat/req-that-connects-answers",
  "heartbeat/ten-in-one-write",
  "heartbeat/ping-in-pieces",
  "heartbeat/ping-with-first-message",
]

export const heartbeat: readonly Fault[] = [
  {
    name: "ping-unanswered",
    breaks: ["37/heartbeat/4"],
    describes: "It answers no PING.",
    apply: () =>
      override<Connection, [Buffer]>(Session, "onPing", (session, _, body) => {
        const { ttl } = parsePing(body)
        if (ttl > 0) session.heartbeat.expect(ttl * 100)
      }),
    fails: ["framing/messages-and-commands", "heartbeat/context-of-no-octet", ...ANSWERS],
    blinds: /PONG/,
  },
  {
    name: "pong-without-context",
    breaks: ["37/heartbeat/4", "37/heartbeat/6"],
    describes: "Its PONG has no context.",
    apply: () =>
      override<object, [Buffer]>(Session, "onPing", (_, original, body) =>
        original(buildPing(parsePing(body).ttl)),
      ),
    fails: ["framing/messages-and-commands", ...ANSWERS],
    blinds: /PONG/,
  },
  {
    name: "pong-context-cut",
    breaks: ["37/heartbeat/4", "37/heartbeat/6"],
    describes: "Its PONG has the first twelve octets of the context only.",
    apply: () =>
      override<object, [Buffer]>(Session, "onPing", (_, original, body) => {
        const { ttl, context } = parsePing(body)
        original(buildPing(ttl, context.subarray(0, 12)))
      }),
    fails: ["heartbeat/context-of-15-octets", "heartbeat/context-of-16-octets"],
  },
  {
    name: "long-contexts-echoed",
    breaks: ["37/heartbeat/3", "37/heartbeat/5"],
    describes: "Its PONG has contexts of more than 16 octets.",
    apply: () =>
      override<Connection, [Buffer]>(Session, "onPing", (session, original, body) => {
        const context = commandData(body).subarray(2)
        if (context.length > 16) say(session, buildPong(context))
        else original(body)
      }),
    fails: [
      "heartbeat/context-of-17-octets",
      "heartbeat/context-of-200-octets",
      "heartbeat/context-of-300-octets",
      "inspections/pong",
    ],
  },
  {
    name: "ping-without-ttl-accepted",
    breaks: ["37/heartbeat/1", "37/heartbeat/2"],
    describes: "It answers a PING that ends before its TTL does.",
    apply: () =>
      override<object, [Buffer]>(Session, "onPing", (_, original, body) =>
        original(commandData(body).length < 2 ? buildPing(0) : body),
      ),
    fails: ["heartbeat/ping-without-ttl", "heartbeat/ping-half-a-ttl"],
  },
  {
    name: "ttl-ignored",
    breaks: ["37/heartbeat/11"],
    describes: "It does not mind the TTL of a PING.",
    apply: () => override(Heartbeat, "expect", () => undefined),
    fails: ["heartbeat/ttl-ends-silence"],
  },
  {
    name: "ttl-in-milliseconds",
    breaks: ["37/heartbeat/2", "37/heartbeat/11"],
    describes: "It takes a TTL for milliseconds.",
    apply: () => understands(milliseconds => milliseconds / 100),
    fails: [
      "heartbeat/ttl-ends-silence",
      "heartbeat/ttl-counts-anew",
      "heartbeat/ttl-of-100-tenths",
      "heartbeat/ttl-of-656-tenths",
    ],
  },
  {
    name: "ttl-in-16-bits",
    breaks: ["37/heartbeat/2", "37/heartbeat/11"],
    describes: "It keeps a TTL as milliseconds in 16 bits, so that 65.6 seconds are 64 milliseconds.",
    apply: () => understands(milliseconds => milliseconds & 0xffff),
    fails: ["heartbeat/ttl-of-656-tenths"],
  },
  {
    name: "ping-never-sent",
    breaks: ["37/heartbeat/1", "37/heartbeat/10"],
    describes: "It sends no PING, whatever heartbeats it is asked for.",
    apply: () => override(Session, "ping", () => undefined),
    fails: [
      "heartbeat/form-of-ping",
      "heartbeat/sends-ttl-of-10-tenths",
      "heartbeat/sends-ttl-of-256-tenths",
      "heartbeat/sends-ttl-of-6553-tenths",
      "heartbeat/lives-on-messages",
      "heartbeat/lives-on-pongs",
      "heartbeat/lives-on-pings",
      "heartbeat/lives-on-half-a-message",
      "heartbeat/silence-ends",
      "heartbeat/connects-again",
      "heartbeat/few-unanswered",
    ],
  },
  {
    name: "ping-ttl-in-milliseconds",
    breaks: ["37/heartbeat/2"],
    describes: "It sends its TTL in milliseconds.",
    apply: () =>
      override<Connection, [], boolean>(Session, "ping", (session, original) => {
        const { options } = session
        const heartbeatTimeToLive = Math.min(options.heartbeatTimeToLive, 0xffff) * 100
        session.options = { ...options, heartbeatTimeToLive }
        const sent = original()
        session.options = options
        return sent
      }),
    fails: [
      "heartbeat/sends-ttl-of-10-tenths",
      "heartbeat/sends-ttl-of-256-tenths",
      "heartbeat/sends-ttl-of-6553-tenths",
    ],
  },
  {
    name: "silence-tolerated",
    breaks: ["37/heartbeat/10"],
    describes: "It sends PINGs and waits for an answer for ever.",
    apply: () =>
      override<Beats>(Heartbeat, "start", (beats, original) => {
        beats.options = { ...beats.options, heartbeatTimeout: 0 }
        original()
      }),
    fails: ["heartbeat/silence-ends", "heartbeat/connects-again"],
  },
  {
    name: "traffic-no-sign-of-life",
    breaks: ["37/heartbeat/8"],
    describes: "It wants commands as a sign of life, and takes no messages for one.",
    apply: () => {
      const { heard } = Heartbeat.prototype
      override(Heartbeat, "heard", () => undefined)
      override<Connection, [Buffer]>(Session, "onCommand", (session, original, body) => {
        heard.call(session.heartbeat)
        original(body)
      })
    },
    fails: ["heartbeat/lives-on-messages", "heartbeat/lives-on-half-a-message"],
  },
]
