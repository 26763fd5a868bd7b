/**
 * Pieces of the hot path by themselves, in one process and without I/O: where a change to the codec or to
 * subscription matching shows before the flows' noise hides it. Run with `npm run bench -- --pieces`.
 */
import benny from "benny"
import { TopicMap, TopicSet, type Subscriber } from "../src/routing/subscriptions.js"
import { Decoder } from "../src/wire/decoder.js"
import { Encoder } from "../src/wire/encoder.js"
import { digits, plainTable, quantity } from "./report.js"

interface Piece {
  readonly name: string
  /** Prepares the piece; what it returns is called over and over, and does `messages` messages a call. */
  prepare(): () => unknown
  readonly messages: number
}

interface Suite {
  readonly name: string
  readonly pieces: readonly Piece[]
}

/** What a read from the kernel brings at most. */
const chunkSize = 64 * 1024
const sizes = [10, 64, 65, 100, 1_000, 10_000, 100_000] as const

/** Messages of one size that fill about a chunk, or one that is larger. */
function countFor(size: number): number {
  return Math.max(1, Math.floor(chunkSize / (size + 9)))
}

function encoded(parts: readonly Buffer[], count: number): Buffer {
  const encoder = new Encoder()
  for (let i = 0; i < count; i++) encoder.message(parts)
  return Buffer.concat(encoder.take())
}

/** Cuts bytes as reads of `length` would. */
function cut(bytes: Buffer, length: number): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += length) chunks.push(bytes.subarray(at, at + length))
  return chunks
}

function decode(decoder: Decoder, chunks: readonly Buffer[], expected: number): number {
  let bytes = 0
  let messages = 0
  for (const chunk of chunks) {
    decoder.push(chunk)
    while (decoder.next() !== undefined) {
      messages++
      bytes += decoder.message.length
    }
  }
  if (messages !== expected) throw new Error(`${messages} messages decoded, not ${expected}`)
  return bytes
}

function decoding(name: string, parts: readonly Buffer[], count: number, cutAt: number): Piece {
  return {
    name,
    messages: count,
    prepare() {
      const decoder = new Decoder({ framing: 2, maxFrameSize: Infinity })
      const chunks = cut(encoded(parts, count), cutAt)
      return () => decode(decoder, chunks, count)
    },
  }
}

function encoding(name: string, parts: readonly (Buffer | string)[], count: number): Piece {
  return {
    name,
    messages: count,
    prepare() {
      const encoder = new Encoder()
      return () => {
        for (let i = 0; i < count; i++) encoder.message(parts)
        const chunks = encoder.take()
        encoder.written()
        return chunks
      }
    },
  }
}

/** Topics like those of a market feed: a few levels, long common beginnings. */
function topicsOf(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`feed.${i % 7}.instrument.${i}.`))
}

/** Messages of which every second one begins with some topic. */
function published(topics: readonly Buffer[]): readonly Buffer[] {
  return Array.from({ length: 1_000 }, (_, i) => {
    const topic = topics[(i * 7919) % topics.length] as Buffer
    return Buffer.concat([i % 2 === 0 ? topic : topic.subarray(0, -2), Buffer.from("/price=1")])
  })
}

function filtering(count: number): Piece {
  return {
    name: `SUB of ${count} topics`,
    messages: 1_000,
    prepare() {
      const topics = topicsOf(count)
      const messages = published(topics)
      const set = new TopicSet()
      for (const topic of topics) set.add(topic)
      return () => {
        let matched = 0
        for (const message of messages) if (set.matches(message)) matched++
        return matched
      }
    },
  }
}

function fanningOut(count: number, subscribers: number): Piece {
  return {
    name: `PUB with ${count} topics of ${subscribers} subscribers`,
    messages: 1_000,
    prepare() {
      const topics = topicsOf(count)
      const messages = published(topics)
      const map = new TopicMap<Subscriber>()
      const peers = Array.from({ length: subscribers }, () => ({ matchedBy: 0 }))
      for (const [i, topic] of topics.entries()) map.add(topic, peers[i % subscribers] as Subscriber)
      let visited = 0
      const visit = (): void => {
        visited++
      }
      return () => {
        for (const message of messages) map.match(message, visit)
        return visited
      }
    },
  }
}

function suites(): readonly Suite[] {
  return [
    {
      name: "decoder",
      pieces: [
        ...sizes.map(size => decoding(`${size} B`, [Buffer.alloc(size, 1)], countFor(size), chunkSize)),
        decoding("5 parts of 10 B", Array<Buffer>(5).fill(Buffer.alloc(10, 1)), 1_000, chunkSize),
        decoding("10 B, cut every 7 bytes", [Buffer.alloc(10, 1)], 1_000, 7),
        decoding("100 B, a byte at a time", [Buffer.alloc(100, 1)], 100, 1),
        decoding("10 MB in reads of 64 KiB", [Buffer.alloc(10_000_000, 1)], 1, chunkSize),
      ],
    },
    {
      name: "encoder",
      pieces: [
        ...sizes.map(size => encoding(`${size} B`, [Buffer.alloc(size, 1)], countFor(size))),
        encoding("5 parts of 10 B", Array<Buffer>(5).fill(Buffer.alloc(10, 1)), 1_000),
        encoding("string of 10 characters", ["0123456789"], countFor(10)),
        encoding("string of 1,000 characters", ["0123456789".repeat(100)], countFor(1_000)),
      ],
    },
    {
      name: "subscriptions",
      pieces: [
        filtering(1),
        filtering(1_000),
        filtering(100_000),
        fanningOut(1, 1),
        fanningOut(1_000, 10),
        fanningOut(100_000, 100),
      ],
    },
  ]
}

/** Runs every piece whose name, with its suite's before it, matches. */
export async function runPieces(only: RegExp, quick: boolean): Promise<void> {
  const rows: string[][] = []
  for (const suite of suites()) {
    const pieces = suite.pieces.filter(piece => only.test(`${suite.name} ${piece.name}`))
    if (pieces.length === 0) continue
    const options = { maxTime: quick ? 0.5 : 2 }
    const { results } = await benny.suite(
      suite.name,
      ...pieces.map(piece => benny.add(piece.name, piece.prepare, options)),
    )
    for (const [i, { name, margin, completed, details }] of results.entries()) {
      if (!completed) throw new Error(`${suite.name}, ${name}: failed`)
      const perSecond = (pieces[i]?.messages ?? NaN) / details.median
      rows.push([
        `${suite.name}, ${name}`,
        quantity(perSecond, "messages/s"),
        `${digits(1e9 / perSecond)} ns`,
        `± ${margin} %`,
      ])
    }
  }
  console.log(plainTable(["piece", "messages a second", "time a message", "margin"], rows))
}
