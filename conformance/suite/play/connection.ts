/**
 * One connection of a run, taken apart after its end: the greeting and the frames that the peer under test sent, as far
 * as they can be told, for inspections and for the report's dump. It forgives everything and judges nothing.
 */
import { COMMAND, GREETING_SIZE, LONG, MORE } from "../../../src/wire.js"
import type { Entry, Frame } from "./raw.js"

export interface Connection {
  /** The case that it belongs to. */
  readonly caseId: string
  /** The type of the peer's socket. */
  readonly socketType: string
  readonly log: readonly Entry[]
  /** What the peer sent, one after the other. */
  readonly received: Buffer
  /** What the suite sent. */
  readonly sent: Buffer
  /** The peer's greeting as far as it came, and whether both sides are of version 3. */
  readonly greeting: Buffer
  readonly modern: boolean
  /** The frames of the peer after its greeting, when both sides are of version 3. */
  readonly frames: readonly Frame[]
}

export function dissect(caseId: string, socketType: string, log: readonly Entry[]): Connection {
  const [received, sent] = (["peer", "suite"] as const).map(side =>
    Buffer.concat(log.flatMap(({ from, what }) => (from === side && Buffer.isBuffer(what) ? [what] : []))),
  ) as [Buffer, Buffer]
  const modern = isModern(received) && isModern(sent)
  return {
    ...{ caseId, socketType, log, received, sent, modern },
    greeting: received.subarray(0, GREETING_SIZE),
    frames: modern ? framesOf(received.subarray(GREETING_SIZE)) : [],
  }
}

function isModern(bytes: Buffer): boolean {
  return (
    bytes.length >= GREETING_SIZE && bytes[0] === 0xff && ((bytes[9] ?? 0) & 1) === 1 && (bytes[10] ?? 0) >= 3
  )
}

/** The whole frames of a stream; one that is cut at the end is left out. */
export function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 2 <= bytes.length;) {
    const flags = bytes.readUInt8(at)
    const long = (flags & LONG) !== 0
    const start = at + (long ? 9 : 2)
    if (start > bytes.length) break
    const length = long ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUInt8(at + 1)
    if (start + length > bytes.length) break
    const body = bytes.subarray(start, start + length)
    const command = (flags & COMMAND) !== 0
    const named = command && length > 0 ? body.readUInt8() : 0
    frames.push({
      ...{ flags, body, long, command, more: (flags & MORE) !== 0 },
      name: body.toString("latin1", 1, 1 + named),
      data: command ? body.subarray(1 + named) : Buffer.alloc(0),
    })
    at = start + length
  }
  return frames
}
