/** Faults of frames, commands and whole messages, in what is sent and in what is understood. */
import { Session } from "../../../src/peers/session.js"
import { SessionPipe } from "../../../src/peers/session-pipe.js"
import { ProtocolError } from "../../../src/wire/errors.js"
import { Decoder, MalformedFrame } from "../../../src/wire/decoder.js"
import { Encoder } from "../../../src/wire/encoder.js"
import { COMMAND, MORE, RESERVED, type Message, type OutgoingMessage } from "../../../src/wire/frames.js"
import { override, remembering, type Fault } from "./fault.js"

interface Reader {
  /** The frames so far of a message that is not complete. */
  parts: Message
  headerLength: number
  missing: number
  nextOfAnyKind(): "message" | "command" | undefined
}

/** Lets no frame be read on one of the fast ways, which do not pass {@link header}. */
function readSlowly(): void {
  override<Reader, [], "message" | "command" | undefined>(Decoder, "next", reader => reader.nextOfAnyKind())
  override<object, [], number>(Decoder, "burst", () => 0)
}

/** Changes how the header of a frame of 2 or 9 octets is understood. */
function header(change: (octets: Buffer, reader: Reader) => void): void {
  override<Reader, [Buffer, number]>(Decoder, "parseV2", (reader, original, octets, size) => {
    change(octets.subarray(0, size), reader)
    original(octets, size)
  })
}

interface Writer {
  readonly framing: 1 | 2
  readonly end: number
  frame(body: Uint8Array, flags: number): void
}

/** Changes how the header of a frame is written, from its length and its flags. */
function writes(change: (length: number, flags: number) => readonly [length: number, flags: number]): void {
  override<Writer, [number, number, number?], Buffer>(
    Encoder,
    "header",
    (writer, original, length, flags, room) => {
      const changed = writer.framing === 2 ? change(length, flags) : ([length, flags] as const)
      return original(...changed, room)
    },
  )
}

/** A session, as far as faults of commands and messages meddle with it. */
interface Connection {
  readonly state: string
  readonly decoder?: Reader
  readonly pipe?: SessionPipe
  fault(reason: string): void
}

const KNOWN = ["PING", "PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE", "ERROR", "READY"]

function isKnown(body: Buffer): boolean {
  return KNOWN.includes(body.toString("latin1", 1, 1 + (body[0] ?? 0)))
}

/** Whether a command's name is there to its end. */
function isWhole(body: Buffer): boolean {
  return body.length > 1 && body.length > (body[0] ?? 0)
}

/** Hands the pipe messages one by one, so that all pass {@link SessionPipe.deliver}. */
function deliverOneByOne(): void {
  override(SessionPipe, "deliverBurst", () => undefined)
}

/** Cases in which a frame of more than 255 octets is sent for another purpose than to see its head. */
const SEND_LONG_FRAMES = [
  "identity/announced-longest",
  "subscriptions/pub-long",
  "subscriptions/pub-messages-long",
  "subscriptions/xpub-long",
  "subscriptions/xpub-messages-long",
  "subscriptions/sub-sends-of-300",
  "subscriptions/sub-cancels-of-300",
  "subscriptions/xsub-sends-of-300",
  "subscriptions/xsub-cancels-of-300",
  "drafts/dish-joins-of-255",
  "drafts/dish-leaves-of-255",
]

const frames: readonly Fault[] = [
  {
    name: "reserved-bits-accepted",
    breaks: ["37/framing/4", "23/framing/4"],
    describes: "It does not look at the reserved bits of the flags.",
    apply: () =>
      header(octets => {
        octets[0] = (octets[0] ?? 0) & ~RESERVED
      }),
    fails: [
      "framing/reserved-bit-3",
      "framing/reserved-bit-3-on-command",
      "framing/reserved-bit-4",
      "framing/reserved-bit-4-on-command",
      "framing/reserved-bit-5",
      "framing/reserved-bit-5-on-command",
      "framing/reserved-bit-6",
      "framing/reserved-bit-6-on-command",
      "framing/reserved-bit-7",
      "framing/reserved-bit-7-on-command",
      "framing/reserved-bit-on-ready",
      "zmtp2/reserved-bit-3",
      "zmtp2/reserved-bit-4",
      "zmtp2/reserved-bit-5",
      "zmtp2/reserved-bit-6",
      "zmtp2/reserved-bit-7",
    ],
  },
  {
    name: "reserved-bit-sent",
    breaks: ["37/framing/4", "23/framing/4"],
    describes: "It sets bit 7 of the flags of long frames.",
    apply: () => writes((length, flags) => [length, length > 255 ? flags | 0x80 : flags]),
    fails: [
      "framing/sends-part-of-256",
      "framing/sends-part-of-65536",
      "framing/sends-part-of-1048576",
      "framing/sends-five-parts",
      "zmtp2/sends-256-octets",
      "zmtp2/sends-70000-octets",
      "zmtp2/sends-parts",
      "inspections/reserved-bits",
    ],
    also: ["zmtp1/sends-65536-octets", "zmtp1/sends-parts"],
  },
  {
    name: "more-on-commands-accepted",
    breaks: ["37/framing/8", "23/framing/8"],
    describes: "It does not look at MORE in the flags of commands.",
    apply: () =>
      header(octets => {
        if (((octets[0] ?? 0) & COMMAND) !== 0) octets[0] = (octets[0] ?? 0) & ~MORE
      }),
    fails: ["framing/more-on-command", "framing/more-on-subscribe", "framing/more-on-ready"],
  },
  {
    name: "more-on-commands-sent",
    breaks: ["37/framing/8", "23/framing/8", "37/grammar/12", "23/grammar/12"],
    describes: "It sets MORE in the flags of its commands.",
    apply: () =>
      override<Writer, [Uint8Array]>(Encoder, "command", (writer, _, body) => {
        writer.frame(body, COMMAND | MORE)
      }),
    fails: ["inspections/command-without-more"],
    also: [
      "greeting/then-a-command",
      "version/own-framing-to-a-higher-one",
      "socket-type/form-of-error",
      "subscriptions/sub-sends-topic",
      "subscriptions/sub-sends-empty",
      "subscriptions/sub-sends-of-245",
      "subscriptions/sub-sends-of-300",
      "subscriptions/xsub-sends-topic",
      "subscriptions/xsub-sends-empty",
      "subscriptions/xsub-sends-of-245",
      "subscriptions/xsub-sends-of-300",
      "plain/welcome",
    ],
  },
  {
    name: "commands-within-messages-accepted",
    breaks: ["37/grammar/11", "23/grammar/11"],
    describes: "It obeys a command that comes between the frames of a message.",
    apply: () =>
      override<Reader, [Buffer, number]>(Decoder, "parseV2", (reader, original, octets, size) => {
        const { parts } = reader
        if (((octets[0] ?? 0) & COMMAND) !== 0) reader.parts = []
        original(octets, size)
        reader.parts = parts
      }),
    fails: ["framing/command-between-frames"],
  },
  {
    name: "size-octet-signed",
    breaks: ["37/framing/2", "23/framing/2"],
    describes:
      "It takes the size of a short frame of more than 127 octets for a negative number, and closes.",
    apply: () => {
      readSlowly()
      header(octets => {
        if (octets.length === 2 && (octets[1] ?? 0) > 127) throw new MalformedFrame("a negative size")
      })
    },
    fails: ["framing/short-128", "framing/short-254", "framing/short-255", "zmtp2/receives-255-octets"],
    also: [
      "zmtp1/sends-253-octets",
      "zmtp1/sends-254-octets",
      "zmtp1/sends-255-octets",
      "rep/envelope-of-binary-identities",
    ],
  },
  {
    name: "size-cut-to-one-octet",
    breaks: ["37/framing/2", "37/framing/3", "23/framing/2", "23/framing/3"],
    describes: "It sends bodies of 256 to 511 octets in a short frame, with the last octet of their size.",
    apply: () => writes((length, flags) => [length < 512 ? length & 0xff : length, flags]),
    fails: [
      "mechanism/size-of-ready-256",
      "framing/sends-part-of-256",
      "framing/sends-five-parts",
      "semantics/push-sends-in-order",
      "semantics/dealer-sends-in-order",
      "semantics/pair-sends-in-order",
      "semantics/router-sends-in-order",
      "semantics/pub-sends-in-order",
      "semantics/push-sends-nothing-again",
      "semantics/dealer-sends-nothing-again",
      "semantics/pair-sends-nothing-again",
      "semantics/push-keeps-order-while-it-waits",
      "semantics/dealer-keeps-order-while-it-waits",
      "zmtp2/sends-256-octets",
      "zmtp2/sends-parts",
      "inspections/reserved-bits",
      "inspections/command-without-more",
      "inspections/metadata",
    ],
    also: [...SEND_LONG_FRAMES, "zmtp1/sends-parts", "rep/data-as-it-is"],
  },
  {
    name: "long-size-sent-little-endian",
    breaks: ["37/framing/6", "23/framing/6"],
    describes: "It sends the size of long frames with the least significant octet first.",
    apply: () =>
      override<Writer, [number, number, number?], Buffer>(
        Encoder,
        "header",
        (writer, original, length, flags, room) => {
          const slab = original(length, flags, room)
          if (writer.framing === 2 && length > 255) slab.subarray(writer.end - 8, writer.end).reverse()
          return slab
        },
      ),
    fails: [
      "mechanism/size-of-ready-256",
      "mechanism/size-of-ready-with-the-longest-identity",
      "framing/sends-part-of-256",
      "framing/sends-part-of-65536",
      "framing/sends-part-of-1048576",
      "framing/sends-five-parts",
      "messages/none-resumed-by-push",
      "messages/none-resumed-by-dealer",
      "messages/no-pong-between-frames",
      "semantics/push-sends-in-order",
      "semantics/dealer-sends-in-order",
      "semantics/pair-sends-in-order",
      "semantics/router-sends-in-order",
      "semantics/pub-sends-in-order",
      "semantics/push-sends-nothing-again",
      "semantics/dealer-sends-nothing-again",
      "semantics/pair-sends-nothing-again",
      "semantics/push-keeps-order-while-it-waits",
      "semantics/dealer-keeps-order-while-it-waits",
      "zmtp2/sends-256-octets",
      "zmtp2/sends-70000-octets",
      "zmtp2/sends-parts",
    ],
    also: [
      ...SEND_LONG_FRAMES,
      "drafts/client-both-ways",
      "drafts/channel-both-ways",
      "zmtp1/sends-65536-octets",
      "zmtp1/sends-parts",
      "plain/client-hello-of-most",
      "rep/data-as-it-is",
      "dealer/nothing-lost-when-full",
      "dealer/passes-over-the-full",
      "pubsub/pub-octets",
      "pubsub/pub-large",
      "pubsub/pub-own-queues",
      "pubsub/pub-mark",
      "pubsub/pub-full",
      "pubsub/xpub-octets",
      "pubsub/xpub-large",
      "pubsub/xpub-own-queues",
      "pubsub/xpub-mark",
      "pubsub/xpub-full",
      "pubsub/xsub-sends-octets",
      "pubsub/xsub-sends-large",
      "pubsub/xsub-outgoing-mark",
      "pubsub/xsub-outgoing-full",
      "pipeline/push-octets",
      "pipeline/push-large",
      "pipeline/push-own-queues",
      "pipeline/push-full",
      "pipeline/push-blocks",
      "pair/sends-octets",
      "pair/sends-large",
      "pair/full-outgoing",
    ],
  },
  {
    name: "long-size-read-little-endian",
    breaks: ["37/framing/6", "23/framing/6"],
    describes: "It reads the size of long frames with the least significant octet first.",
    apply: () => {
      readSlowly()
      header(octets => {
        if (octets.length === 9) octets.subarray(1).reverse()
      })
    },
    fails: [
      "mechanism/long-size-of-a-short-command",
      "framing/long-256",
      "framing/long-65535",
      "framing/long-65536",
      "framing/long-1048576",
      "framing/long-form-of-1",
      "framing/long-form-of-255",
      "framing/more-in-long-form-3",
      "framing/more-in-long-form-256",
      "framing/cut-behind-flags",
      "framing/cut-in-size-1",
      "framing/cut-in-size-2",
      "framing/cut-in-size-3",
      "framing/cut-in-size-4",
      "framing/cut-in-size-5",
      "framing/cut-in-size-6",
      "framing/cut-in-size-7",
      "framing/cut-before-body",
      "framing/cut-in-body",
      "framing/cut-behind-body",
      "framing/cut-in-short-head",
      "framing/cut-before-short-body",
      "framing/octet-by-octet",
      "framing/long-command",
      "framing/size-2-to-the-63",
      "framing/at-maximum",
      "semantics/pull-receives-in-order",
      "semantics/dealer-receives-in-order",
      "semantics/pair-receives-in-order",
      "semantics/router-receives-in-order",
      "semantics/sub-receives-in-order",
      "zmtp2/receives-256-octets",
      "zmtp2/receives-70000-octets",
      "zmtp2/receives-parts",
    ],
    also: [
      "null/name-of-255",
      "null/value-of-255",
      "null/value-of-256",
      "null/value-of-4096",
      "null/many-properties",
      "identity/heard-254-octets",
      "identity/heard-255-octets",
      "subscriptions/pub-long",
      "subscriptions/pub-messages-long",
      "subscriptions/xpub-long",
      "subscriptions/xpub-messages-long",
      "subscriptions/takes-of-255",
      "subscriptions/takes-of-70000",
      "drafts/client-both-ways",
      "drafts/channel-both-ways",
      "zmtp1/sends-65536-octets",
      "zmtp1/sends-parts",
      "plain/credentials-of-most",
      "zap/request-long-credentials",
      "rep/data-as-it-is",
      "pubsub/xpub-receives-octets",
      "pubsub/xpub-receives-large",
      "pubsub/sub-octets",
      "pubsub/sub-large",
      "pubsub/xsub-octets",
      "pubsub/xsub-large",
      "pipeline/pull-octets",
      "pipeline/pull-large",
      "pipeline/pull-full",
      "pair/receives-octets",
      "pair/receives-large",
      "pair/full-incoming",
    ],
  },
  {
    name: "long-sizes-cut-to-32-bits",
    breaks: ["37/framing/3", "37/framing/6", "23/framing/3", "23/framing/6"],
    describes: "It reads the last four octets of a long size only.",
    apply: () => {
      readSlowly()
      header(octets => {
        if (octets.length === 9) octets.fill(0, 1, 5)
      })
    },
    fails: [
      "framing/size-2-to-the-64-less-1",
      "framing/beyond-maximum-4294967296",
      "framing/huge-frame-beside-others",
    ],
  },
  {
    name: "cut-headers-misread",
    breaks: ["37/framing/1", "37/framing/6", "23/framing/1", "23/framing/6"],
    describes: "It forgets the octets of a frame's header that came in an earlier segment.",
    apply: () =>
      override<Reader, [], boolean>(Decoder, "readHeader", (reader, original) => {
        const whole = original()
        if (!whole) reader.headerLength = 0
        return whole
      }),
    fails: [
      "framing/cut-behind-flags",
      "framing/cut-in-size-1",
      "framing/cut-in-size-2",
      "framing/cut-in-size-3",
      "framing/cut-in-size-4",
      "framing/cut-in-size-5",
      "framing/cut-in-size-6",
      "framing/cut-in-size-7",
      "framing/cut-in-short-head",
    ],
  },
  {
    name: "empty-messages-lost",
    breaks: ["37/framing/1", "23/framing/1"],
    describes: "It passes over messages of one empty frame.",
    apply: () => {
      deliverOneByOne()
      override<object, [Message]>(SessionPipe, "deliver", (_, original, message) => {
        if (message.length > 1 || message[0]?.length !== 0) original(message)
      })
    },
    fails: ["framing/empty-part", "framing/long-form-of-0", "zmtp2/receives-0-octets"],
    also: ["drafts/client-both-ways", "drafts/channel-both-ways", "zmtp1/receives-0-octets"],
  },
  {
    name: "size-limit-ignored",
    breaks: ["37/error/3", "23/error/3"],
    describes: "It waits for the body of a frame of any size, whatever limit it is set.",
    apply: () =>
      override<Reader, [number]>(Decoder, "expect", (reader, _, length) => {
        reader.missing = length
      }),
    fails: [
      "error/other-errors-close",
      "framing/size-2-to-the-63",
      "framing/size-2-to-the-64-less-1",
      "framing/beyond-maximum-1025",
      "framing/beyond-maximum-2147483648",
      "framing/beyond-maximum-4294967296",
      "framing/beyond-maximum-9223372036854775807",
    ],
  },
]

const commands: readonly Fault[] = [
  {
    name: "unknown-commands-delivered",
    breaks: ["37/framing/5", "23/framing/5"],
    describes: "It delivers commands that it does not know as messages.",
    apply: () =>
      override<Connection, [Buffer]>(Session, "onCommand", (session, original, body) => {
        if (isKnown(body) || !isWhole(body)) original(body)
        else session.pipe?.deliver([body])
      }),
    fails: ["framing/unknown-command-is-no-message"],
    also: [
      "commands/without-name-but-data",
      "commands/unknown-harms-nobody",
      "commands/one-letter-harms-nobody",
      "commands/longest-name-harms-nobody",
      "commands/longest-name-and-data-harms-nobody",
      "commands/long-data-harms-nobody",
      "commands/digit-in-name-harms-nobody",
      "commands/space-in-name-harms-nobody",
      "commands/null-in-name-harms-nobody",
      "commands/high-octet-in-name-harms-nobody",
    ],
  },
  {
    name: "malformed-commands-accepted",
    breaks: ["37/grammar/14", "23/grammar/14", "37/commands/1", "23/commands/1"],
    describes: "It passes over commands that have no whole name.",
    apply: () =>
      override<object, [Buffer]>(Session, "onCommand", (_, original, body) => {
        try {
          original(body)
        } catch (error) {
          if (!(error instanceof ProtocolError) || isKnown(body)) throw error
        }
      }),
    fails: [
      "commands/without-body",
      "commands/without-name",
      "commands/name-beyond-body",
      "commands/ping-cut",
      "commands/longest-name-cut",
      "commands/without-name-but-data",
    ],
  },
  {
    name: "messages-before-ready-ignored",
    breaks: ["37/grammar/10", "37/null/9", "23/grammar/10", "23/null/5"],
    describes: "It passes over messages that come before READY.",
    apply: () =>
      override<object, [Decoder], boolean>(Session, "nextHandshakeFrame", (_, original, decoder) => {
        try {
          return original(decoder)
        } catch (error) {
          if (error instanceof ProtocolError) return true
          throw error
        }
      }),
    fails: ["null/message-for-ready"],
    also: [
      "plain/first-is-message",
      "plain/second-is-message",
      "plain/client-message-for-welcome",
      "plain/client-message-for-ready",
    ],
  },
]

/** How long a frame that is held back waits for one to overtake it, in milliseconds. */
const HELD = 100

interface Outbound {
  readonly encoder: Writer
  flushSoon(): void
}

/** Sends the last part of each message later, so that the next one's first may come before it. */
function interleave(): void {
  const held = remembering<(() => void)[]>(() => [])
  override<Outbound, [OutgoingMessage], boolean>(SessionPipe, "write", (pipe, original, message) => {
    const waiting = held(pipe)
    const last = message.at(-1) ?? ""
    for (const part of message.slice(0, -1)) pipe.encoder.frame(Buffer.from(part), MORE)
    const release = waiting.shift()
    release?.()
    if (message.length === 1) return original(message)
    let done = false
    const finish = () => {
      if (!done) original([last])
      done = true
    }
    waiting.push(finish)
    setTimeout(finish, HELD)
    pipe.flushSoon()
    return true
  })
}

const messages: readonly Fault[] = [
  {
    name: "frames-interleaved",
    breaks: ["37/messages/1", "37/semantics/5", "23/messages/1", "23/semantics/5"],
    describes: "It sends the first frames of a message before the last frame of the one before.",
    apply: interleave,
    fails: [
      "messages/whole-from-push",
      "messages/whole-from-dealer",
      "messages/whole-from-pub",
      "messages/none-resumed-by-push",
      "messages/none-resumed-by-dealer",
      "messages/no-pong-between-frames",
      "inspections/command-between-messages",
    ],
    also: ["zmtp1/sends-parts", "zmtp1/req-delimiter", "zmtp1/rep-envelope"],
  },
  {
    name: "torn-messages-delivered",
    breaks: ["37/messages/2", "37/semantics/5", "23/messages/2", "23/semantics/5"],
    describes: "It delivers what has come of a message when the connection ends before its last frame.",
    apply: () =>
      override<Connection>(Session, "quit", (session, original) => {
        const parts = session.decoder?.parts ?? []
        if (session.state === "traffic" && parts.length > 0) session.pipe?.deliver([...parts])
        return original()
      }),
    fails: [
      "framing/command-between-frames-tears-nothing",
      "messages/cut-off-after-frames-to-pull",
      "messages/cut-off-after-frames-to-dealer",
      "messages/cut-off-after-frames-to-router",
      "messages/cut-off-after-frames-to-sub",
      "messages/cut-off-after-frames-to-rep",
      "messages/cut-off-in-a-frame-to-pull",
      "messages/cut-off-in-a-frame-to-dealer",
      "messages/cut-off-in-a-frame-to-router",
      "messages/cut-off-in-a-frame-to-sub",
      "messages/cut-off-in-a-frame-to-rep",
    ],
  },
  {
    name: "tenth-message-sent-twice",
    breaks: ["37/semantics/7", "23/semantics/7"],
    describes: "It sends every tenth message to a peer twice.",
    apply: () => {
      const sent = remembering<{ count: number }>(() => ({ count: 0 }))
      override<object, [OutgoingMessage], boolean>(SessionPipe, "write", (pipe, original, message) => {
        const taken = original(message)
        if (taken && ++sent(pipe).count % 10 === 0) original(message)
        return taken
      })
    },
    fails: [
      "semantics/push-sends-in-order",
      "semantics/dealer-sends-in-order",
      "semantics/pair-sends-in-order",
      "semantics/router-sends-in-order",
      "semantics/pub-sends-in-order",
      "semantics/push-keeps-order-while-it-waits",
      "semantics/dealer-keeps-order-while-it-waits",
    ],
    also: [
      "dealer/nothing-lost-when-full",
      "dealer/passes-over-the-full",
      "pubsub/pub-own-queues",
      "pubsub/xpub-own-queues",
      "pipeline/push-own-queues",
      "pipeline/push-blocks",
      "pipeline/push-round-robin",
      "pipeline/push-newcomer",
      "pipeline/push-leaver",
    ],
  },
  {
    name: "tenth-message-received-late",
    breaks: ["37/semantics/8", "23/semantics/8"],
    describes: "It delivers every tenth message of a peer after the one that follows it.",
    apply: () => {
      const received = remembering<{ count: number; late: Message[] }>(() => ({ count: 0, late: [] }))
      deliverOneByOne()
      override<object, [Message]>(SessionPipe, "deliver", (pipe, original, message) => {
        const state = received(pipe)
        if (++state.count % 10 === 0) {
          state.late.push(message)
          return
        }
        original(message)
        for (const late of state.late.splice(0)) original(late)
      })
    },
    fails: [
      "framing/many-in-one-write",
      "framing/messages-and-commands",
      "semantics/pull-receives-in-order",
      "semantics/dealer-receives-in-order",
      "semantics/pair-receives-in-order",
      "semantics/router-receives-in-order",
      "semantics/sub-receives-in-order",
    ],
    also: [
      "req/next-request-after-reply",
      "rep/fair-queuing",
      "rep/never-blocks",
      "dealer/fair-queuing",
      "router/fair-queuing",
      "pipeline/pull-full",
      "pair/full-incoming",
    ],
  },
]

export const framing: readonly Fault[] = [...frames, ...commands, ...messages]
