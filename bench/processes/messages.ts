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

/** Places in a ring of messages with topics: enough to spread over a million of them; prime as well. */
const topicRingLength = 4_093

function messageOf(place: number, size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => (place * 31 + at * 7) & 0xff))
}

let lastRing: readonly Buffer[] = []

/** The messages of one size, made once for all runs: large ones take seconds. */
export function ringOf(size: number): readonly Buffer[] {
  if (lastRing[0]?.length !== size) lastRing = makeRing(size)
  return lastRing
}

/** The first four bytes, as far as there are, are the place in the ring, little-endian. */
function makeRing(size: number): readonly Buffer[] {
  const length = ringLengths.find(candidate => candidate * size <= ringBytes) ?? 11
  return Array.from({ length }, (_, place) => {
    const message = messageOf(place, size)
    for (let at = 0; at < Math.min(4, size); at++) message[at] = place >>> (8 * at)
    return message
  })
}

/** Ten decimal digits, another for each index, that look like chance: an odd factor sends no two indexes to one place. */
export function topicOf(index: number): string {
  return (Math.imul(index, 2_654_435_761) >>> 0).toString().padStart(10, "0")
}

/**
 * Messages that begin with topics. Those at even places have one of the first `topics`, as far from each other as there
 * are; those at odd places have topics that nobody subscribed to.
 */
export function topicRing(size: number, topics: number): readonly Buffer[] {
  return Array.from({ length: topicRingLength }, (_, place) => {
    const message = messageOf(place, size)
    const index = Math.floor((place * topics) / topicRingLength) + (place % 2 === 0 ? 0 : topics)
    message.write(topicOf(index), "latin1")
    return message
  })
}

/** What a subscriber of the topics gets of such a ring. */
export function wantedOf(ring: readonly Buffer[]): readonly Buffer[] {
  return ring.filter((_, place) => place % 2 === 0)
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
