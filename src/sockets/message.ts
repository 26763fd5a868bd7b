/**
 * What a user may send, and what becomes of it: conversions as the native package makes them.
 */
import { types } from "node:util"
import type { OutgoingMessage, OutgoingPart } from "../wire/frames.js"

/** The parts of a received message. */
export type Message = Buffer

/**
 * What can be sent as a part: bytes, or text that is sent as UTF-8. Numbers are sent as their decimal text, `null`
 * as an empty part.
 */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null

const EMPTY = new Uint8Array(0)

/** First byte of a subscription message (29/PUBSUB §The Subscription Message). */
export const SUBSCRIBE = 1
export const CANCEL = 0

/** Parts of up to this many bytes belong to the caller again as soon as `send` returns. */
const COPY_LIMIT = 128

/** The parts of what a user sends. Throws what native throws for a value that has no text. */
export function toParts(message: unknown): OutgoingMessage {
  if (!Array.isArray(message)) return [toPart(message)]
  const parts = message as unknown[]
  // Unlike `every`, this does not pass over holes, which native sends as "undefined".
  for (const part of parts) if (!isPart(part)) return Array.from(parts, toPart)
  return parts as OutgoingMessage
}

function isPart(value: unknown): value is OutgoingPart {
  return typeof value === "string" || value instanceof Uint8Array
}

function toPart(value: unknown): OutgoingPart {
  if (isPart(value)) return value
  if (value === null) return EMPTY
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  // Anything else is sent as its text. Unlike String(), this throws for symbols, as native does.
  return "".concat(value as string)
}

/** A message that waits: small parts are copied, since the caller may write to its buffers again. */
export function keep(message: OutgoingMessage): OutgoingMessage {
  return message.map(part =>
    typeof part !== "string" && part.length <= COPY_LIMIT ? Buffer.from(part) : part,
  )
}

/** Whether a part subscribes to a topic or cancels that. */
export function isSubscription(part: Uint8Array): boolean {
  return part[0] === SUBSCRIBE || part[0] === CANCEL
}

export function bytes(part: OutgoingPart): Uint8Array {
  return typeof part === "string" ? Buffer.from(part) : part
}
