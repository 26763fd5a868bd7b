/**
 * The Encoder turns whole messages and commands into frames and gathers them, so that many leave in one write, and says
 * when they are enough for one. It is at the same time the outbound queue of a pipe: what waits for the kernel waits
 * here, already encoded. Small parts are copied, which also frees the caller's buffer at once; large ones are taken by
 * reference. It does no I/O and knows no connection.
 */
import { append, copyInto, FastBuffer } from "./bytes.js"
import { Decoder } from "./decoder.js"
import { COMMAND, LONG, MORE, SHORT_BODY, type Framing, type OutgoingMessage } from "./frames.js"

/**
 * The buffers that small parts are copied into. A batch begins in a small one, since of thousands of connections each
 * may have a few bytes to send in the same turn.
 */
const SMALL_SLAB = 2 * 1024
const LARGE_SLAB = 64 * 1024

/**
 * The most that a packet of Linux' loopback carries, with TCP's timestamps. A few bytes more are a packet of their own,
 * which costs both ends as much as a full one.
 */
const BATCH = 65_483

/** Slabs that nobody uses, at most so many of either size, so that an idle connection holds none. */
const POOL_SIZE = { small: 512, large: 32 }
const smallPool: Buffer[] = []
const largePool: Buffer[] = []

/** Parts of more bytes than this are passed by reference instead of being copied into the slab. */
export const COPY_LIMIT = 16 * 1024

/** The same for parts that wait for a connection. */
const LONG_COPY_LIMIT = 128 * 1024

/** Up to this many bytes a plain loop copies faster than a call of `set` or `write` (`npm run bench -- --pieces`). */
const LOOP_LIMIT = 8

/**
 * Strings of up to this many characters surely have a short header: no character takes more than three bytes. In
 * framing 1 a short header ends two bytes earlier.
 */
const SHORT_STRING = (SHORT_BODY - 2) / 3

/** Taken batches are forgotten when there are this many. */
const MOST_TAKEN = 1024

const NO_CHUNKS: Uint8Array[] = []
const NO_SLABS: Buffer[] = []

/** Whole messages that leave together, and are lost together when the connection breaks. */
interface Batch {
  readonly chunks: Uint8Array[]
  readonly bytes: number
  readonly messages: number
  /** Slabs that were filled up. */
  readonly slabs: Buffer[]
}

/** The last chunk that was cut, and its slab: requests of one length leave as the same chunk again and again. */
let latest: Buffer = Buffer.alloc(0)
let latestSlab = latest

export class Encoder {
  /** Bytes encoded and not yet taken. */
  byteLength = 0
  /** Messages encoded and not yet taken. */
  messages = 0
  /** Messages in what {@link take} returned last. */
  takenMessages = 0
  /**
   * Whether what is encoded has to wait for long. Then parts of up to {@link LONG_COPY_LIMIT} bytes are copied too, since
   * the program may use their memory again.
   */
  waiting = false
  /** Messages dropped since the program took away the memory of a part before it was written. */
  spoiled = 0

  private readonly framing: Framing
  /** Batches that are full, from `first` on, and what they hold together. */
  private batches: (Batch | undefined)[] = []
  private first = 0
  private batchedBytes = 0
  private batchedMessages = 0
  /** Finished chunks of the open batch that come before the open one in the slab. */
  private chunks = NO_CHUNKS
  private slab: Buffer | undefined
  /** The open chunk is `slab[start..end)`. */
  private start = 0
  private end = 0
  /** Slabs that were filled up by the open batch, and those of batches that may not be written yet. */
  private full = NO_SLABS
  private leaving = NO_SLABS

  constructor(framing: Framing = 2) {
    this.framing = framing
  }

  /**
   * Appends one message; its parts become frames, all but the last with MORE set. Returns whether it is time to write:
   * another message of this length would not fit into the batch.
   */
  message(parts: OutgoingMessage): boolean {
    const before = this.byteLength
    const last = parts.length - 1
    for (let i = 0; i <= last; i++) {
      const part = parts[i] as Uint8Array | string
      if (typeof part === "string") this.text(part, i < last ? MORE : 0)
      else this.frame(part, i < last ? MORE : 0)
    }
    this.messages++
    if (this.byteLength - this.batchedBytes + (this.byteLength - before) <= BATCH) return false
    this.closeBatch()
    return true
  }

  /** Appends one command, given as the whole body of its frame. ZMTP 1.0 and 2.0 know no commands. */
  command(body: Uint8Array): void {
    this.frame(body, COMMAND)
  }

  /**
   * Takes what was encoded first, as chunks to write in order: whole messages, of some `most` bytes together. They
   * stay unchanged until {@link written} is called after they have been written, and forever if it is never called.
   */
  take(most = Infinity): Uint8Array[] {
    this.takenMessages = 0
    if (this.batchedBytes < most) this.closeBatch()
    let chunks = NO_CHUNKS
    for (let bytes = 0; this.first < this.batches.length; this.first++) {
      const batch = this.batches[this.first] as Batch
      bytes += batch.bytes
      if (bytes > most && bytes > batch.bytes) break
      this.batches[this.first] = undefined
      chunks = chunks.length === 0 ? this.hand(batch) : chunks.concat(this.hand(batch))
    }
    // What was taken is cut off in large pieces, since each cut moves the rest.
    if (this.first === this.batches.length || this.first > MOST_TAKEN) {
      this.batches = this.batches.slice(this.first)
      this.first = 0
    }
    return chunks
  }

  /** All chunks ever taken have been written: their memory may be used again. */
  written(): void {
    if (this.leaving.length > 0) {
      for (const slab of this.leaving) release(slab)
      this.leaving = NO_SLABS
    }
    // The open slab may hold headers of large parts that are not taken yet, even when no chunk is open in it.
    if (this.byteLength === 0 && this.slab !== undefined) {
      release(this.slab)
      this.slab = undefined
      this.start = this.end = 0
    }
  }

  /** What was taken will never be written: its memory is left to whoever has it. */
  abandon(): void {
    this.leaving = NO_SLABS
    this.full = NO_SLABS
    for (let i = this.first; i < this.batches.length; i++) (this.batches[i] as Batch).slabs.length = 0
    this.cut()
    this.slab = undefined
    this.start = this.end = 0
  }

  /** Drops everything that was not taken. */
  clear(): void {
    if (this.batches.length > 0) this.batches = []
    this.first = 0
    this.chunks = NO_CHUNKS
    this.full = NO_SLABS
    this.end = this.start
    this.byteLength = this.batchedBytes = 0
    this.messages = this.batchedMessages = 0
  }

  /** Ends the open batch, if anything is in it. */
  private closeBatch(): void {
    const bytes = this.byteLength - this.batchedBytes
    if (bytes === 0) return
    this.cut()
    this.batches.push({
      chunks: this.chunks,
      bytes,
      messages: this.messages - this.batchedMessages,
      slabs: this.full,
    })
    this.batchedBytes = this.byteLength
    this.batchedMessages = this.messages
    this.chunks = NO_CHUNKS
    this.full = NO_SLABS
  }

  /** The chunks of a batch that leaves the queue. */
  private hand({ chunks, bytes, messages, slabs }: Batch): Uint8Array[] {
    this.byteLength -= bytes
    this.batchedBytes -= bytes
    this.messages -= messages
    this.batchedMessages -= messages
    if (slabs.length > 0) this.leaving = this.leaving.length > 0 ? this.leaving.concat(slabs) : slabs
    let present = 0
    for (const chunk of chunks) present += chunk.length
    if (present === bytes) {
      this.takenMessages += messages
      return chunks
    }
    const { kept, whole } = withoutSpoiled(chunks)
    this.spoiled += messages - whole
    this.takenMessages += whole
    return kept
  }

  private frame(body: Uint8Array, flags: number): void {
    const length = body.length
    if (length > COPY_LIMIT) {
      this.header(length, flags)
      this.cut()
      const copied = this.waiting && length <= LONG_COPY_LIMIT
      this.chunks = append(this.chunks, copied ? Buffer.from(body) : body)
      this.byteLength += length
      return
    }
    const slab = this.header(length, flags, length)
    const end = this.end
    // Hot path: measured with `npm run bench -- --pieces`.
    if (length <= LOOP_LIMIT) for (let i = 0; i < length; i++) slab[end + i] = body[i] as number
    else copyInto(slab, body, end)
    this.end = end + length
    this.byteLength += length
  }

  private text(text: string, flags: number): void {
    const length = text.length
    if (length > SHORT_STRING) {
      const bytes = Buffer.byteLength(text)
      if (bytes > COPY_LIMIT) {
        this.frame(Buffer.from(text), flags)
        return
      }
      const slab = this.header(bytes, flags, bytes)
      slab.write(text, this.end, bytes, "utf8")
      this.end += bytes
      this.byteLength += bytes
      return
    }
    // The header is written as for plain ASCII and corrected when the text turns out to be longer in UTF-8.
    const slab = this.header(length, flags, length * 3)
    const body = this.end
    let bytes = length <= LOOP_LIMIT ? writeAscii(slab, body, text) : -1
    if (bytes < 0) bytes = slab.write(text, body, length * 3, "utf8")
    if (bytes !== length) {
      if (this.framing === 2) slab[body - 1] = bytes
      else slab[body - 2] = bytes + 1
    }
    this.end = body + bytes
    this.byteLength += bytes
  }

  /** Writes a frame's header, with room after it for `room` bytes of the body; returns the slab. */
  private header(length: number, flags: number, room = 0): Buffer {
    let slab = this.slab
    // 10 bytes hold the longest header of either framing.
    if (slab === undefined || this.end + room + 10 > slab.length) slab = this.turn(room + 10)
    let end = this.end
    if (this.framing === 1) {
      end = headerV1(slab, end, length, flags)
    } else if (length <= SHORT_BODY) {
      slab[end] = flags
      slab[end + 1] = length
      end += 2
    } else {
      slab[end] = flags | LONG
      slab.writeUInt32BE(Math.floor(length / 0x100000000), end + 1)
      slab.writeUInt32BE(length >>> 0, end + 5)
      end += 9
    }
    this.byteLength += end - this.end
    this.end = end
    return slab
  }

  /** Ends the open chunk. */
  private cut(): void {
    const { slab, start, end } = this
    if (slab === undefined || end === start) return
    if (slab !== latestSlab || latest.byteOffset !== start || latest.length !== end - start) {
      latestSlab = slab
      latest = new FastBuffer(slab.buffer, start, end - start)
    }
    this.chunks = append(this.chunks, latest)
    this.start = end
  }

  /** Goes on in another slab, in which there is so much room. */
  private turn(room: number): Buffer {
    const { slab } = this
    if (slab === undefined) return (this.slab = room <= SMALL_SLAB ? smallSlab() : largeSlab())
    const next = largeSlab()
    // What a small slab holds moves along, so that the batch stays in one piece, unless some of it has been given away.
    if (slab.length === SMALL_SLAB && this.start === 0) {
      slab.copy(next, 0, 0, this.end)
      release(slab)
    } else {
      this.cut()
      this.full = append(this.full, slab)
      this.start = this.end = 0
    }
    return (this.slab = next)
  }
}

/** Writes a text of ASCII characters and returns its length; -1 when there are others. */
function writeAscii(slab: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return -1
    slab[at + i] = code
  }
  return text.length
}

function smallSlab(): Buffer {
  return smallPool.pop() ?? Buffer.allocUnsafeSlow(SMALL_SLAB)
}

function largeSlab(): Buffer {
  return largePool.pop() ?? Buffer.allocUnsafeSlow(LARGE_SLAB)
}

function release(slab: Buffer): void {
  if (slab.length === SMALL_SLAB) {
    if (smallPool.length < POOL_SIZE.small) smallPool.push(slab)
  } else if (largePool.length < POOL_SIZE.large) largePool.push(slab)
}

/** 13/ZMTP: the length counts the flags octet, which follows it. */
function headerV1(slab: Buffer, end: number, length: number, flags: number): number {
  const counted = length + 1
  if (counted < 0xff) {
    slab[end] = counted
    slab[end + 1] = flags
    return end + 2
  }
  slab[end] = 0xff
  slab.writeUInt32BE(Math.floor(counted / 0x100000000), end + 1)
  slab.writeUInt32BE(counted >>> 0, end + 5)
  slab[end + 9] = flags
  return end + 10
}

/** One frame in the chunks of an encoder of framing 2. */
interface EncodedFrame {
  readonly flags: number
  readonly header: Uint8Array
  readonly body: Uint8Array
  /** Whether the body is shorter than the header says. */
  readonly spoiled: boolean
}

/** The frames in chunks that hold whole messages. */
function* framesIn(chunks: readonly Uint8Array[]): Generator<EncodedFrame, void, undefined> {
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i] as Uint8Array
    for (let at = 0; at < chunk.length;) {
      const flags = chunk[at] as number
      const isLong = (flags & LONG) !== 0
      const start = at + (isLong ? 9 : 2)
      const header = chunk.subarray(at, start)
      // A body that went in by reference is the next chunk; those in a slab are shorter than 64 KiB.
      if (isLong && start === chunk.length) {
        const body = chunks[++i] as Uint8Array
        const { buffer, byteOffset } = header
        const length = Number(new DataView(buffer, byteOffset, 9).getBigUint64(1))
        yield { flags, header, body, spoiled: body.length !== length }
        at = start
      } else {
        const length = isLong
          ? ((chunk[start - 2] as number) << 8) | (chunk[start - 1] as number)
          : (chunk[start - 1] as number)
        at = start + length
        yield { flags, header, body: chunk.subarray(start, at), spoiled: false }
      }
    }
  }
}

/** Leaves out the messages with a part whose memory the program has detached or made smaller. */
function withoutSpoiled(chunks: readonly Uint8Array[]): { kept: Uint8Array[]; whole: number } {
  let kept: Uint8Array[] = []
  let whole = 0
  let message: Uint8Array[] = []
  let spoiled = false
  for (const frame of framesIn(chunks)) {
    message.push(frame.header, frame.body)
    spoiled ||= frame.spoiled
    if ((frame.flags & MORE) !== 0) continue
    if (!spoiled) kept = kept.concat(message)
    if (!spoiled && (frame.flags & COMMAND) === 0) whole++
    message = []
    spoiled = false
  }
  return { kept, whole }
}

/**
 * What an Encoder of framing 2 has gathered, without the headers: the body of each frame. `chunks` hold whole
 * messages; the result shares their memory.
 */
export function bodies(chunks: readonly Uint8Array[]): Uint8Array[] {
  return Array.from(framesIn(chunks), ({ body }) => body)
}

/** Seals frames before they leave: what a security mechanism with encryption does. */
export interface Sealer {
  seal(body: Uint8Array, more: boolean, command: boolean): Uint8Array
}

/**
 * Encodes anew what an Encoder of framing 2 has gathered: in another framing, or sealed. `chunks` hold whole
 * messages and commands. The result shares no memory with them, except parts that are passed by reference.
 */
export function translate(chunks: readonly Uint8Array[], framing: Framing, sealer?: Sealer): Uint8Array[] {
  const decoder = new Decoder({ framing: 2, maxFrameSize: Infinity })
  const encoder = new Encoder(framing)
  const one = (part: Uint8Array, more: boolean, command: boolean): void => {
    // 26/CURVEZMQ §Message Commands: the flags travel inside, and every frame is a whole message outside.
    if (sealer !== undefined) encoder.message([sealer.seal(part, more, command)])
  }
  for (const chunk of chunks) {
    decoder.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    for (;;) {
      const kind = decoder.next()
      if (kind === undefined) break
      if (sealer === undefined) {
        if (kind === "message") encoder.message(decoder.message)
        else encoder.command(decoder.command)
      } else if (kind === "command") one(decoder.command, false, true)
      else {
        const { message } = decoder
        message.forEach((part, i) => {
          one(part, i < message.length - 1, false)
        })
      }
    }
  }
  return encoder.take()
}
