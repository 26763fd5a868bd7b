/** Frames and greetings built in the plainest way, to check the real ones against. */
import { buildReady } from "../../src/wire/commands.js"
import type { Framing, OutgoingMessage } from "../../src/wire/frames.js"
import { greetingTail, signature } from "../../src/wire/greeting.js"
import { encodeMetadata } from "../../src/wire/metadata.js"

export const MORE = 1
export const LONG = 2
export const COMMAND = 4

const bytesOf = (part: Uint8Array | string): Buffer =>
  typeof part === "string" ? Buffer.from(part) : Buffer.from(part)

/** The eight octets of a length. */
export function long(length: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

/** One frame of the given framing. */
export function frame(part: Uint8Array | string, flags = 0, framing: Framing = 2): Buffer {
  const body = bytesOf(part)
  if (framing === 1) {
    const counted = body.length + 1
    const length = counted < 255 ? Buffer.of(counted) : Buffer.concat([Buffer.of(255), long(counted)])
    return Buffer.concat([length, Buffer.of(flags), body])
  }
  return body.length > 255
    ? Buffer.concat([Buffer.of(flags | LONG), long(body.length), body])
    : Buffer.concat([Buffer.of(flags, body.length), body])
}

export function messageFrames(parts: OutgoingMessage, framing: Framing = 2): Buffer {
  return Buffer.concat(parts.map((part, i) => frame(part, i < parts.length - 1 ? MORE : 0, framing)))
}

export function commandFrame(body: Uint8Array | string): Buffer {
  return frame(body, COMMAND)
}

/** The whole greeting of a 3.x peer. */
export function greeting(minor = 1, mechanism = "NULL"): Buffer {
  const tail = greetingTail(mechanism, false)
  tail[0] = minor
  return Buffer.concat([signature(0), Buffer.of(3), tail])
}

export function readyFrame(socketType: string, identity?: string): Buffer {
  const properties: [string, string][] = [["Socket-Type", socketType]]
  if (identity !== undefined) properties.push(["Identity", identity])
  return commandFrame(buildReady(encodeMetadata(properties)))
}
