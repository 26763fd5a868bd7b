/**
 * Pieces of the hot path by themselves, in one process and without I/O: where a change to the codec, to a queue or to
 * subscription matching shows before the flows' noise hides it. Also the ways of doing small things between which
 * the hot path chose. Run with `npm run bench -- --pieces`.
 */
import benny from "benny"
import { Queue } from "../src/peers/queue.js"
import { FairQueue, type Source } from "../src/routing/fair-queue.js"
import { TopicMap, TopicSet, type Subscriber } from "../src/routing/subscriptions.js"
import { FastBuffer } from "../src/wire/bytes.js"
import { Decoder } from "../src/wire/decoder.js"
import { Encoder, translate } from "../src/wire/encoder.js"
import type { Message } from "../src/wire/frames.js"
import { digits, plainTable, quantity } from "./report.js"
import { spreadOf } from "./findings.js"

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
const decoded = [10, 33, 64, 65, 100, 1_000, 10_000, 100_000] as const
const encodedSizes = [10, 24, 25, 100, 1_000, 10_000, 100_000] as const
/** Around the limits up to which the codec copies by loops of its own. */
const copied = [4, 10, 16, 24, 33, 48, 64] as const
const copiedOut = [...copied, 65, 100, 1_000, 10_000] as const

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

/** All messages of a chunk into a queue and out of it. */
function bursting(size: number, ownLimit = Infinity): Piece {
  const count = countFor(size)
  return {
    name: `${size} B`,
    messages: count,
    prepare() {
      const decoder = new Decoder({ framing: 2, maxFrameSize: Infinity })
      decoder.ownLimit = ownLimit
      const chunk = encoded([Buffer.alloc(size, 1)], count)
      const queue = new Queue<Message>()
      return () => {
        decoder.push(chunk)
        const found = decoder.burst(queue, Infinity)
        if (found !== count) throw new Error(`${found} messages decoded, not ${count}`)
        let bytes = 0
        for (let message = queue.shift(); message !== undefined; message = queue.shift())
          bytes += message.length
        return bytes
      }
    },
  }
}

/** What a pipe to a peer of ZMTP 1.0 pays beyond the others. */
function translating(size: number): Piece {
  const count = countFor(size)
  return {
    name: `${size} B to framing 1`,
    messages: count,
    prepare() {
      const chunk = encoded([Buffer.alloc(size, 1)], count)
      return () => translate([chunk], 1)
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

/** Fills a queue with `count` messages and empties it, `times` times over. */
function queueing(count: number, times: number): Piece {
  return {
    name: `${count} in, ${count} out`,
    messages: count * times,
    prepare() {
      const queue = new Queue<Message>()
      const message: Message = [Buffer.alloc(10)]
      return () => {
        for (let time = 0; time < times; time++) {
          for (let i = 0; i < count; i++) queue.push(message)
          for (let i = 0; i < count; i++) queue.shift()
        }
        return queue.length
      }
    },
  }
}

/** A queue that is never empty, as where the reader is slower. */
function standing(length: number): Piece {
  return {
    name: `one in, one out, ${length} stay`,
    messages: 1_000,
    prepare() {
      const queue = new Queue<Message>()
      const message: Message = [Buffer.alloc(10)]
      for (let i = 0; i < length; i++) queue.push(message)
      return () => {
        for (let i = 0; i < 1_000; i++) {
          queue.push(message)
          queue.shift()
        }
        return queue.length
      }
    },
  }
}

/** Sources that have `each` messages, activated and read until all are empty. */
function takingTurns(count: number, each: number): Piece {
  return {
    name: `${count} sources of ${each}`,
    messages: count * each,
    prepare() {
      class Counted implements Source<Message> {
        inIndex = -1
        left = 0
        canRead(): boolean {
          return this.left > 0
        }
        read(): Message | undefined {
          if (this.left === 0) return undefined
          this.left--
          return message
        }
      }
      const message: Message = [Buffer.alloc(10)]
      const queue = new FairQueue<Message, Counted>()
      const sources = Array.from({ length: count }, () => new Counted())
      return () => {
        for (const source of sources) {
          source.left = each
          queue.activate(source)
        }
        let received = 0
        while (queue.receive() !== undefined) received++
        if (received !== count * each) throw new Error(`${received} messages received, not ${count * each}`)
        return received
      }
    },
  }
}

/** Buffers that were just made, so that none is optimized away and none lives long. */
const made = new Array<Uint8Array>(64).fill(Buffer.alloc(0))

/** What views are made of; its memory is looked up once, as the decoder does for each chunk. */
const source = Buffer.alloc(chunkSize, 1)
const { buffer: memory, byteOffset } = source

type Copy = (from: Buffer, start: number, length: number) => Buffer

/** A Buffer of its own with some bytes of a chunk, as the decoder makes. */
const copies: Record<string, Copy> = {
  "new, four bytes a turn": (from, start, length) => {
    const copy = new FastBuffer(length)
    let i = 0
    for (; i + 4 <= length; i += 4) {
      copy[i] = from[start + i] as number
      copy[i + 1] = from[start + i + 1] as number
      copy[i + 2] = from[start + i + 2] as number
      copy[i + 3] = from[start + i + 3] as number
    }
    for (; i < length; i++) copy[i] = from[start + i] as number
    return copy
  },
  "new, a byte a turn": (from, start, length) => {
    const copy = new FastBuffer(length)
    for (let i = 0; i < length; i++) copy[i] = from[start + i] as number
    return copy
  },
  "new, set of a view": (from, start, length) => {
    const copy = new FastBuffer(length)
    copy.set(new FastBuffer(memory, byteOffset + start, length), 0)
    return copy
  },
  "of a view": (_from, start, length) => new FastBuffer(new FastBuffer(memory, byteOffset + start, length)),
  "of a slice of the memory": (_from, start, length) =>
    new FastBuffer(memory.slice(byteOffset + start, byteOffset + start + length), 0, length),
  "allocUnsafeSlow, copy": (from, start, length) => {
    const copy = Buffer.allocUnsafeSlow(length)
    from.copy(copy, 0, start, start + length)
    return copy
  },
}

function copying(name: string, copy: Copy, size: number): Piece {
  return {
    name: `${size} B, ${name}`,
    messages: 1_000,
    prepare() {
      return () => {
        for (let i = 0; i < 1_000; i++) made[i & 63] = copy(source, (i * 61) & 0x7fff, size)
        return made
      }
    },
  }
}

type Append = (to: Buffer, at: number, body: Uint8Array) => void

/** A body into the middle of a slab, as the encoder writes. */
const appends: Record<string, Append> = {
  "a byte a turn": (to, at, body) => {
    for (let i = 0, { length } = body; i < length; i++) to[at + i] = body[i] as number
  },
  set: (to, at, body) => to.set(body, at),
}

function appending(name: string, append: Append, size: number): Piece {
  return {
    name: `${size} B, ${name}`,
    messages: 1_000,
    prepare() {
      const slab = Buffer.alloc(chunkSize)
      const bodies = Array.from({ length: 64 }, () => Buffer.alloc(size, 1))
      return () => {
        for (let i = 0; i < 1_000; i++) append(slab, (i * 61) & 0x7fff, bodies[i & 63] as Buffer)
        return slab
      }
    },
  }
}

/** Making Buffers: the constructor that `bytes.ts` finds, and the ways that end in it. */
const makers: Record<string, Copy> = {
  "view by constructor": (_from, start, length) => new FastBuffer(memory, byteOffset + start, length),
  "view by subarray": (_from, start, length) => source.subarray(start, start + length),
  "memory by constructor": (_from, _start, length) => new FastBuffer(length),
  "memory by allocUnsafeSlow": (_from, _start, length) => Buffer.allocUnsafeSlow(length),
}

/** Each way at each size, sizes outermost, so that what is compared runs in neighbouring moments. */
function ways<W>(
  all: Record<string, W>,
  sizes: readonly number[],
  piece: (name: string, way: W, size: number) => Piece,
): readonly Piece[] {
  return sizes.flatMap(size => Object.entries(all).map(([name, way]) => piece(name, way, size)))
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
  const parts = Array<Buffer>(5).fill(Buffer.alloc(10, 1))
  return [
    {
      name: "decoder",
      pieces: [
        ...decoded.map(size => decoding(`${size} B`, [Buffer.alloc(size, 1)], countFor(size), chunkSize)),
        decoding("5 parts of 10 B", parts, 1_000, chunkSize),
        decoding("10 B, cut every 7 bytes", [Buffer.alloc(10, 1)], 1_000, 7),
        decoding("100 B, a byte at a time", [Buffer.alloc(100, 1)], 100, 1),
        decoding("10 MB in reads of 64 KiB", [Buffer.alloc(10_000_000, 1)], 1, chunkSize),
      ],
    },
    { name: "decoder, burst", pieces: decoded.slice(0, -1).map(size => bursting(size)) },
    {
      name: "decoder, burst into shared memory",
      pieces: [100, 1_000, 10_000].map(size => bursting(size, 64)),
    },
    {
      name: "encoder",
      pieces: [
        ...encodedSizes.map(size => encoding(`${size} B`, [Buffer.alloc(size, 1)], countFor(size))),
        encoding("5 parts of 10 B", parts, 1_000),
        ...encodedSizes.map(size => encoding(`string of ${size}`, ["x".repeat(size)], countFor(size))),
        encoding("string of 10, none ASCII", ["é".repeat(10)], countFor(20)),
      ],
    },
    { name: "translate", pieces: [10, 100, 1_000, 10_000].map(translating) },
    { name: "queue", pieces: [queueing(1, 1_000), queueing(1_000, 1), queueing(10_000, 1), standing(1_000)] },
    { name: "fair queue", pieces: [takingTurns(1, 1_000), takingTurns(10, 100), takingTurns(1_000, 1)] },
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
    { name: "ways to copy out", pieces: ways(copies, copiedOut, copying) },
    { name: "ways to copy in", pieces: ways(appends, copied, appending) },
    { name: "ways to make", pieces: ways(makers, [33, 100], copying) },
  ]
}

/** Runs every piece whose name, with its suite's before it, matches. */
export async function runPieces(only: RegExp, quick: boolean): Promise<void> {
  const rows: string[][] = []
  for (const suite of suites()) {
    const pieces = suite.pieces.filter(piece => only.test(`${suite.name} ${piece.name}`))
    if (pieces.length === 0) continue
    const options = { maxTime: quick ? 0.1 : 0.4 }
    // The pieces of a suite take turns; what is shown is the median.
    const rounds = quick ? 1 : 3
    const seconds = pieces.map((): number[] => [])
    for (let round = 0; round < rounds; round++) {
      const { results } = await benny.suite(
        suite.name,
        ...pieces.map(piece => benny.add(piece.name, piece.prepare, options)),
      )
      for (const [i, { name, completed, details }] of results.entries()) {
        if (!completed) throw new Error(`${suite.name}, ${name}: failed`)
        seconds[i]?.push(details.median / (pieces[i]?.messages ?? NaN))
      }
    }
    for (const [i, { name }] of pieces.entries()) {
      const { median, min, max } = spreadOf(seconds[i] ?? [])
      rows.push([
        `${suite.name}, ${name}`,
        quantity(1 / median, "messages/s"),
        `${digits(median * 1e9)} ns`,
        `${digits(min * 1e9)} – ${digits(max * 1e9)} ns`,
      ])
    }
  }
  console.log(plainTable(["piece", "a second", "time", "least – most"], rows))
}
