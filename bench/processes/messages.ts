/**
 * What the flows send, and how the other end knows that it is what was sent. Every end makes the same ring of
 * messages from a size alone; a sender goes round it and a receiver follows. Nothing is written while messages
 * are under way, since either library may still be reading a large one from the sender's own memory.
 */
import type { Check } from "./control.js"

/** Bytes that a ring of large messages may take, so that no size is slow merely for missing the cache. */
const ringBytes = 1 << 20

/** Prime, so that no batch a library makes has a whole number of rounds in it. */
const ringLengths = [251, 101, 11] as const

/** The messages of one size: the first four bytes are the place in the ring, little-endian. */
export function ringOf(size: number): readonly Buffer[] {
  if (size < 4) throw new RangeError(`a message needs 4 bytes for its number, not ${size}`)
  const length = ringLengths.find(candidate => candidate * size <= ringBytes) ?? 11
  return Array.from({ length }, (_, place) => {
    const message = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (place * 31 + at * 7) & 0xff))
    message.writeUInt32LE(place, 0)
    return message
  })
}

function fault(at: number, expected: Buffer, parts: readonly Buffer[]): Error {
  const found = parts
    .map(part => `${part.length} bytes, ${part.subarray(0, 8).toString("hex")}...`)
    .join(" + ")
  const wanted = `${expected.length} bytes, ${expected.subarray(0, 8).toString("hex")}...`
  return new Error(`message ${at} is not what was sent: ${found} instead of ${wanted}`)
}

/** Throws unless a message is the one expected. The cheap check is part of every figure, alike for all sides. */
export function checkMessage(at: number, expected: Buffer, parts: readonly Buffer[], check: Check): void {
  const message = parts[0]
  if (
    message === undefined ||
    parts.length !== 1 ||
    message.length !== expected.length ||
    message[0] !== expected[0] ||
    message[message.length - 1] !== expected[expected.length - 1] ||
    (check === "all" && !message.equals(expected))
  ) {
    throw fault(at, expected, parts)
  }
}
