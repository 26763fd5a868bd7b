/**
 * The messages of the conformance suite, made from a seed: message `index` of a stream is the same in every
 * process and every language, so that a consumer checks each one without being told what to expect. The
 * algorithm is written down in README.md; nothing here knows sockets.
 */
import { createHash } from "node:crypto"
import { endianness } from "node:os"

/** A stream of messages; two equal streams have equal messages. */
export interface Stream {
  /** An unsigned 32-bit integer. */
  readonly seed: number
  /** Every `largeEvery`th message has a first part of 1 to 5 MiB; 0, the default, for none. */
  readonly largeEvery?: number
  /** When given, message `index` has `topics[index % topics.length]` as an extra first part. */
  readonly topics?: readonly string[]
  /** The parts after the topic are joined into one, for socket types whose messages have one part only. */
  readonly single?: boolean
}

/** Lengths on either side of where ZMTP's short frames end and where 16-bit lengths would. */
const BORDERS = [254, 255, 256, 257, 65_534, 65_535, 65_536, 65_537] as const
const MEBIBYTE = 1_048_576
const BIG_ENDIAN = endianness() === "BE"

/** MurmurHash3's finaliser: neighbouring indices give unrelated states. */
function firstState(seed: number, index: number): number {
  let h = (seed + Math.imul(index + 1, 0x9e3779b9)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  h ^= h >>> 16
  return h === 0 ? 1 : h
}

/** Marsaglia's xorshift32: four lines in any language. */
class Random {
  #state: number

  constructor(state: number) {
    this.#state = state
  }

  below(limit: number): number {
    return (this.#next() >>> 0) % limit
  }

  /** Whole words, least significant byte first, cut to the length. */
  bytes(length: number): Buffer {
    const words = new Int32Array((length + 3) >>> 2)
    for (let i = 0; i < words.length; i++) words[i] = this.#next()
    const buffer = Buffer.from(words.buffer)
    if (BIG_ENDIAN) buffer.swap32()
    return buffer.subarray(0, length)
  }

  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x
  }
}

function partLength(random: Random): number {
  const dice = random.below(100)
  if (dice < 10) return 0
  if (dice < 80) return random.below(64)
  if (dice < 95) return random.below(1024)
  if (dice < 99) return BORDERS[random.below(4)] ?? 0
  return BORDERS[4 + random.below(4)] ?? 0
}

/** Message `index` of a stream. */
export function messageOf(stream: Stream, index: number): Buffer[] {
  const random = new Random(firstState(stream.seed, index))
  const parts: Buffer[] = []
  const topics = stream.topics ?? []
  const topic = topics[index % topics.length]
  if (topic !== undefined) parts.push(Buffer.from(topic))
  const count = 1 + random.below(4)
  const large = (stream.largeEvery ?? 0) > 0 && (index + 1) % (stream.largeEvery ?? 0) === 0
  for (let i = 0; i < count; i++) {
    const length = large && i === 0 ? MEBIBYTE + random.below(4 * MEBIBYTE) : partLength(random)
    parts.push(random.bytes(length))
  }
  if (stream.single !== true) return parts
  const head = topic === undefined ? 0 : 1
  return [...parts.slice(0, head), Buffer.concat(parts.slice(head))]
}

/** Messages `from` to `from + count - 1`. */
export function messagesOf(stream: Stream, from: number, count: number): Buffer[][] {
  return Array.from({ length: count }, (_, i) => messageOf(stream, from + i))
}

export function byteLength(messages: readonly (readonly Buffer[])[]): number {
  let total = 0
  for (const message of messages) for (const part of message) total += part.length
  return total
}

/** Says what is wrong with a received message, or nothing when it is the expected one. */
export function difference(received: readonly Buffer[], expected: readonly Buffer[]): string | undefined {
  if (received.length !== expected.length) {
    return `has ${received.length} parts, not ${expected.length}`
  }
  for (let i = 0; i < expected.length; i++) {
    const was = received[i]
    const should = expected[i]
    if (was === undefined || should === undefined) continue
    if (was.length !== should.length) return `part ${i} has ${was.length} bytes, not ${should.length}`
    if (!should.equals(was)) return `part ${i} (${should.length} bytes) has other bytes`
  }
  return undefined
}

/** SHA-256 over each message: number of parts, then each part's length and bytes (32 bits, big-endian). */
export function digestOf(stream: Stream, from: number, count: number): string {
  const hash = createHash("sha256")
  const number = Buffer.alloc(4)
  const word = (value: number) => {
    number.writeUInt32BE(value)
    hash.update(number)
  }
  for (let i = from; i < from + count; i++) {
    const parts = messageOf(stream, i)
    word(parts.length)
    for (const part of parts) {
      word(part.length)
      hash.update(part)
    }
  }
  return hash.digest("hex")
}
