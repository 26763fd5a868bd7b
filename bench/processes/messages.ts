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

/** The messages of one size: the first four bytes, as far as there are, are the place in the ring, little-endian. */
export function ringOf(size: number): readonly Buffer[] {
  const length = ringLengths.find(candidate => candidate * size <= ringBytes) ?? 11
  return Array.from({ length }, (_, place) => {
    const message = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (place * 31 + at * 7) & 0xff))
    for (let at = 0; at < Math.min(4, size); at++) message[at] = place >>> (8 * at)
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

/**
 * Throws unless a message is the one expected, behind so many parts of an envelope. The cheap check is part of every
 * figure, alike for all sides.
 */
export function checkMessage(
  at: number,
  expected: Buffer,
  parts: readonly Buffer[],
  check: Check,
  envelope = 0,
): void {
  const message = parts[envelope]
  if (
    message === undefined ||
    parts.length !== envelope + 1 ||
    message.length !== expected.length ||
    message[0] !== expected[0] ||
    message[message.length - 1] !== expected[expected.length - 1] ||
    (check === "all" && !message.equals(expected))
  ) {
    throw fault(at, expected, parts)
  }
}
