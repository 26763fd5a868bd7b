/**
 * The Decoder turns a stream of bytes, however it is cut, into whole messages and commands. It is asked for one
 * at a time, so that whoever asks decides how much to take. It never trusts a length: what it holds grows with
 * the bytes received, beyond what a single read can bring. It does no I/O and knows no connection.
 */
import { append, copyInto, FastBuffer } from "./bytes.js"
import { COMMAND, LONG, MORE, RESERVED, type Framing, type Message } from "./frames.js"

/** The usual {@link Decoder.copyLimit}: 64 is the most that V8 stores inside a typed array. */
export const COPY_LIMIT = 64

/** A message of more parts than this is refused: its parts weigh far more in memory than on the wire. */
export const MAX_PARTS = 65_536

/** Up to this many bytes a plain loop copies fastest. */
const LOOP_LIMIT = 40

/** A body that arrives in pieces smaller than this is gathered in blocks of this size, not as views. */
const BLOCK = 16 * 1024

/** What a read can bring at once: so much is set aside for a body, or for a read, before any of it has come. */
const PAGE = 64 * 1024

/** A read of fewer bytes than this is better copied than given memory of its own; a shorter rest of a body too. */
const BULK = 16 * 1024

/** The name of the command, as it begins the body of its frame (37/ZMTP §Connection Heartbeating). */
const PING = Buffer.from("\x04PING")

const NOTHING = Buffer.alloc(0)
const NO_MEMORY: ArrayBufferLike = NOTHING.buffer
const NO_MESSAGE: Message = []

/** The bytes break the rules of framing. The connection they came on cannot go on. */
export class MalformedFrame extends Error {
  override readonly name = "MalformedFrame"
}

/** Where {@link Decoder.burst} puts messages. */
export interface MessageQueue {
  push(message: Message): void
}

export interface DecoderOptions {
  readonly framing: Framing
  /** Largest body of one frame in bytes; at most what a Buffer can hold, which is the caller's to know. */
  readonly maxFrameSize: number
}

export class Decoder {
  /** The message that the last {@link next} found. */
  message: Message = NO_MESSAGE
  /** Whether MORE means nothing, as with the identity by which 1.0 peers begin: each frame is a message. */
  single = false
  /**
   * Parts of up to this many bytes are copied out of the chunk onto the JavaScript heap, so that keeping one does not
   * keep the chunk; larger ones are views of it.
   */
  copyLimit = COPY_LIMIT
  /** The body of the command that the last {@link next} found. */
  command: Buffer = NOTHING

  private readonly framing: Framing
  private maxFrameSize: number

  /** The chunk being read: `chunk[position..end)` is still to come. */
  private chunk: Buffer = NOTHING
  private position = 0
  private end = 0
  /** Its memory, and where in it the chunk begins: read once a chunk, since the look-ups are slow. */
  private memory = NO_MEMORY
  private offset = 0
  /** Whether that memory is somebody else's, who will use it again: nothing may be a view of it. */
  private lent = false
  /** How far {@link commandsAhead} has looked, at least. */
  private ahead = 0
  /** Chunks after that one. */
  private waiting: Buffer[] = []

  /** Whether reads are large and messages views, so that the next read had better go to memory of its own. */
  private bulk = false
  /** That memory, from where it is free. */
  private page: Buffer | undefined

  /** Parts of the message that is not complete yet. */
  private parts: Message = NO_MESSAGE

  /** A header that is cut: its first bytes. */
  private readonly header: Buffer = Buffer.alloc(10)
  private headerLength = 0

  /** A body that is cut: its flags, its length, and the pieces that have come. */
  private cut = false
  private flags = 0
  private missing = 0
  /** Up to this length a body is given its memory before it has come: a read may bring it, or one as long has come. */
  private trusted = PAGE
  /** That memory, empty in its last {@link missing} bytes. Other bodies grow in pieces. */
  private target: Buffer | undefined
  /** Whether the next read may go there. */
  private direct = false
  private pieces: Buffer[] = []
  /** The block that small pieces are gathered in, and how much of it is filled. */
  private block: Buffer | undefined
  private blockLength = 0

  constructor(options: DecoderOptions) {
    this.framing = options.framing
    this.maxFrameSize = options.maxFrameSize
  }

  /** Changes the limit for frames whose header has not been read yet. */
  setMaxFrameSize(bytes: number): void {
    this.maxFrameSize = bytes
  }

  /** Whether bytes wait that {@link next} has not looked at. */
  get pending(): boolean {
    return this.position < this.end || this.waiting.length > 0 || (this.cut && this.missing === 0)
  }

  /**
   * Memory that the next bytes had better be read into, so that they need not be copied; what of it is filled then
   * comes by {@link push}, and nothing comes before. Undefined when it does not matter where they are.
   */
  space(): Buffer | undefined {
    const { target, missing } = this
    this.direct = target !== undefined && missing >= BULK && !this.pending
    if (this.direct) return target?.subarray(target.length - missing)
    if (!this.bulk) return undefined
    return (this.page ??= Buffer.allocUnsafeSlow(PAGE))
  }

  /**
   * Adds bytes. The chunk must not change afterwards, since messages may be views of it; unless it is only lent: then
   * it must not change before {@link settle}.
   */
  push(chunk: Buffer, lent = false): void {
    if (this.direct && this.target?.buffer === chunk.buffer) {
      this.missing -= chunk.length
      return
    }
    if (this.page?.buffer === chunk.buffer) {
      const rest = this.page.subarray(chunk.length)
      this.page = rest.length >= PAGE / 2 ? rest : undefined
    }
    if (chunk.length < BULK) {
      this.bulk = false
      this.page = undefined
    }
    if (this.position === this.end && this.waiting.length === 0) this.open(chunk, lent)
    else this.waiting.push(lent ? Buffer.from(chunk) : chunk)
  }

  /** The chunk that was lent is to be used again: what {@link next} has not looked at is copied. */
  settle(): void {
    if (this.lent && this.position < this.end) this.own()
  }

  /**
   * Finds the next whole message or command and says which it was; `undefined` when more bytes are needed.
   * Throws {@link MalformedFrame}; the decoder is of no use after that.
   */
  next(): "message" | "command" | undefined {
    // Hot path: frames of messages that lie whole in this chunk (`npm run bench -- --pieces`).
    if (this.framing === 2) {
      while (!this.cut && this.headerLength === 0) {
        const { chunk, memory, offset, position, end } = this
        if (end - position < 2) break
        const flags = chunk[position] as number
        let length = chunk[position + 1] as number
        let start = position + 2
        if (flags > MORE) {
          start = position + 9
          if ((flags & ~MORE) !== LONG || start > end) break
          length = shortenedLong(chunk, position + 1)
        }
        if (end - start < length || length > this.maxFrameSize) break
        if (length > this.copyLimit && this.lent) {
          this.view()
          continue
        }
        this.position = start + length
        const body = extract(chunk, memory, offset, start, length, this.copyLimit)
        if ((flags & MORE) === 0 && this.parts.length === 0) {
          this.message = [body]
          return "message"
        }
        if (this.accept(flags, body)) return "message"
      }
    }
    return this.nextOfAnyKind()
  }

  /**
   * Moves messages of one part that lie whole in this chunk to a queue, at most so many; returns how many. What
   * stops it, {@link next} deals with. Hot path: the fields are read once, not for each message.
   */
  burst(queue: MessageQueue, most: number): number {
    if (this.framing !== 2 || this.cut || this.headerLength > 0 || this.parts.length > 0) return 0
    const { chunk, end, memory, offset, copyLimit } = this
    const longest = this.lent ? Math.min(this.maxFrameSize, copyLimit) : this.maxFrameSize
    let { position } = this
    let count = 0
    for (; count < most && end - position >= 2; count++) {
      const flags = chunk[position] as number
      let length = chunk[position + 1] as number
      let start = position + 2
      if (flags !== 0) {
        start = position + 9
        if (flags !== LONG || start > end) break
        length = shortenedLong(chunk, position + 1)
      }
      if (end - start < length || length > longest) break
      position = start + length
      queue.push([extract(chunk, memory, offset, start, length, copyLimit)])
    }
    this.position = position
    return count
  }

  /**
   * How many messages end in what is left of the chunk, counted up to `most`; as many where that is not easily told,
   * as when a header is cut.
   */
  upcoming(most: number): number {
    if (this.framing !== 2 || this.headerLength > 0 || this.waiting.length > 0) return most
    const { chunk, end, cut } = this
    let position = this.position + (cut ? this.missing : 0)
    let count = cut && position <= end && (this.flags & (MORE | COMMAND)) === 0 ? 1 : 0
    while (count < most && end - position >= 2) {
      const flags = chunk[position] as number
      const long = (flags & LONG) !== 0
      if (long && end - position < 9) break
      position += long ? 9 + shortenedLong(chunk, position + 1) : 2 + (chunk[position + 1] as number)
      if (position <= end && (flags & (MORE | COMMAND)) === 0) count++
    }
    return count
  }

  /** Whether the frame that {@link next} comes to is cut and a command, or may be one. */
  get commandCut(): boolean {
    return this.headerLength > 0 || (this.cut && (this.flags & COMMAND) !== 0)
  }

  /**
   * The bodies of commands that {@link next} has not come to and this has not found before, as far as they lie whole in
   * what is left of the chunk: all of them when there is a PING among them, which is urgent, and else maybe none. They
   * are views of the chunk.
   */
  commandsAhead(): Buffer[] {
    const found: Buffer[] = []
    if (this.framing !== 2 || this.headerLength > 0 || this.waiting.length > 0) return found
    const { chunk, end } = this
    let at = Math.max(this.ahead, this.position + (this.cut ? this.missing : 0))
    // Much faster than to walk from frame to frame.
    if (chunk.indexOf(PING, at) < 0) return found
    while (end - at >= 2) {
      const flags = chunk[at] as number
      const long = (flags & LONG) !== 0
      if (long && end - at < 9) break
      const start = at + (long ? 9 : 2)
      const next = start + (long ? shortenedLong(chunk, at + 1) : (chunk[at + 1] as number))
      if (next > end) break
      if ((flags & COMMAND) !== 0) found.push(chunk.subarray(start, next))
      at = next
    }
    this.ahead = at
    return found
  }

  private nextOfAnyKind(): "message" | "command" | undefined {
    for (;;) {
      const filled = this.cut && this.missing === 0
      if (!filled && this.position === this.end && !this.turn()) return undefined
      if (this.cut) {
        if (!this.gather()) continue
        if (this.accept(this.flags, this.assemble())) return this.kind(this.flags)
        continue
      }
      if (!this.readHeader()) continue
      const { flags, missing } = this
      if (this.end - this.position < missing) {
        this.cut = true
        if (missing <= this.trusted) this.target = memoryOf(missing)
        continue
      }
      if (missing > this.copyLimit && this.lent) this.view()
      const body = extract(this.chunk, this.memory, this.offset, this.position, missing, this.copyLimit)
      this.position += missing
      if (this.accept(flags, body)) return this.kind(flags)
    }
  }

  private kind(flags: number): "message" | "command" {
    return (flags & COMMAND) !== 0 ? "command" : "message"
  }

  /** Goes to the next chunk; false when there is none. What was found before is not kept from then on. */
  private turn(): boolean {
    if (this.waiting.length > 0) {
      this.open(this.waiting.shift() as Buffer, false)
      return true
    }
    this.chunk = this.command = NOTHING
    this.memory = NO_MEMORY
    this.lent = false
    this.position = this.end = 0
    this.message = NO_MESSAGE
    return false
  }

  private open(chunk: Buffer, lent: boolean): void {
    this.chunk = chunk
    this.lent = lent
    this.memory = chunk.buffer
    this.offset = chunk.byteOffset
    this.position = this.ahead = 0
    this.end = chunk.length
  }

  /** Makes what is left of a lent chunk fit to be viewed. */
  private view(): void {
    this.bulk = this.end - this.position >= BULK
    this.own()
  }

  private own(): void {
    const rest = Buffer.allocUnsafe(this.end - this.position)
    this.chunk.copy(rest, 0, this.position, this.end)
    const ahead = this.ahead - this.position
    this.open(rest, false)
    this.ahead = Math.max(ahead, 0)
  }

  /** Takes a whole frame; true when it completes a message or is a command. */
  private accept(flags: number, body: Buffer): boolean {
    if ((flags & COMMAND) !== 0) {
      this.command = body
      return true
    }
    const parts = append(this.parts, body)
    if ((flags & MORE) !== 0 && !this.single) {
      if (parts.length >= MAX_PARTS) throw new MalformedFrame(`a message of more than ${MAX_PARTS} parts`)
      this.parts = parts
      return false
    }
    this.message = parts
    this.parts = NO_MESSAGE
    return true
  }

  /**
   * Reads a header that may be cut into `flags` and `missing`, and checks it. False when more bytes are needed.
   */
  private readHeader(): boolean {
    const { header } = this
    while (this.position < this.end) {
      header[this.headerLength++] = this.chunk[this.position++] as number
      const first = header[0] as number
      if (first === 0 && this.framing === 1) {
        // A frame without even its flags: discarded (13/ZMTP §The Framing Layer).
        this.headerLength = 0
        continue
      }
      const size = this.framing === 2 ? headerSizeV2(first) : headerSizeV1(first)
      if (this.headerLength < size) continue
      this.headerLength = 0
      if (this.framing === 2) this.parseV2(header, size)
      else this.parseV1(header, size)
      return true
    }
    return false
  }

  private parseV2(header: Buffer, size: number): void {
    const flags = header[0] as number
    if ((flags & RESERVED) !== 0) throw new MalformedFrame("a reserved flag bit is set (23/ZMTP §Framing)")
    if ((flags & (COMMAND | MORE)) === (COMMAND | MORE)) {
      throw new MalformedFrame("a command frame with MORE set (23/ZMTP §Framing)")
    }
    if ((flags & COMMAND) !== 0 && this.parts.length > 0) {
      throw new MalformedFrame("a command between the frames of a message (23/ZMTP §Framing)")
    }
    this.flags = flags
    this.expect(size === 2 ? (header[1] as number) : long(header, 1))
  }

  /** 13/ZMTP: the length counts the flags octet, of which only MORE has a meaning. */
  private parseV1(header: Buffer, size: number): void {
    const counted = size === 2 ? (header[0] as number) : long(header, 1)
    if (counted === 0) throw new MalformedFrame("a frame of length zero (13/ZMTP)")
    this.flags = (header[size - 1] as number) & MORE
    this.expect(counted - 1)
  }

  private expect(length: number): void {
    if (length > this.maxFrameSize) {
      throw new MalformedFrame(`a frame of ${length} bytes where ${this.maxFrameSize} are allowed`)
    }
    this.missing = length
  }

  /** Takes what the chunk has of the cut body; true when the body is complete. */
  private gather(): boolean {
    const { target, missing } = this
    const length = Math.min(missing, this.end - this.position)
    if (target !== undefined) {
      this.chunk.copy(target, target.length - missing, this.position, this.position + length)
    } else if (length >= BLOCK) {
      this.closeBlock()
      const piece = this.chunk.subarray(this.position, this.position + length)
      this.pieces.push(this.lent ? Buffer.from(piece) : piece)
    } else this.gatherSmall(length)
    this.position += length
    this.missing -= length
    return this.missing === 0
  }

  /** Copies a small piece, so that a body that trickles in costs its own size and not a chunk for each byte. */
  private gatherSmall(length: number): void {
    let from = this.position
    const to = from + length
    while (from < to) {
      this.block ??= Buffer.allocUnsafeSlow(Math.min(BLOCK, this.missing))
      const copied = this.chunk.copy(this.block, this.blockLength, from, to)
      from += copied
      this.blockLength += copied
      if (this.blockLength === this.block.length) this.closeBlock()
    }
  }

  private closeBlock(): void {
    if (this.block === undefined) return
    this.pieces.push(this.block.subarray(0, this.blockLength))
    this.block = undefined
    this.blockLength = 0
  }

  private assemble(): Buffer {
    this.cut = false
    const { target } = this
    if (target !== undefined) {
      this.target = undefined
      this.direct = false
      return target
    }
    this.closeBlock()
    const { pieces } = this
    this.pieces = []
    const whole = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    this.trusted = Math.max(this.trusted, whole.length)
    return whole
  }
}

/** Memory of its own for a body: on the JavaScript heap when it is small. */
function memoryOf(length: number): Buffer {
  return length > COPY_LIMIT ? Buffer.allocUnsafeSlow(length) : new FastBuffer(length)
}

function headerSizeV2(flags: number): number {
  return (flags & LONG) !== 0 ? 9 : 2
}

function headerSizeV1(length: number): number {
  return length === 0xff ? 10 : 2
}

/** An 8-byte length. Beyond 2^53 it is rounded, which no limit cares about. */
function long(header: Buffer, at: number): number {
  return header.readUInt32BE(at) * 0x100000000 + header.readUInt32BE(at + 4)
}

/** The same for a length below 2^32; Infinity beyond. */
function shortenedLong(chunk: Buffer, at: number): number {
  if (chunk[at] !== 0 || chunk[at + 1] !== 0 || chunk[at + 2] !== 0 || chunk[at + 3] !== 0) return Infinity
  return (
    (chunk[at + 4] as number) * 0x1000000 +
    (((chunk[at + 5] as number) << 16) | ((chunk[at + 6] as number) << 8) | (chunk[at + 7] as number))
  )
}

/**
 * A body out of `chunk`, which is `memory` from `offset` on: a copy up to the limit, else a view. Hot path: up to
 * {@link LOOP_LIMIT} bytes a loop over four a turn beats a call of `set` (`npm run bench -- --pieces`).
 */
function extract(
  chunk: Buffer,
  memory: ArrayBufferLike,
  offset: number,
  start: number,
  length: number,
  copyLimit: number,
): Buffer {
  if (length > LOOP_LIMIT || length > copyLimit) {
    const view = new FastBuffer(memory, offset + start, length)
    if (length > copyLimit) return view
    const copy = new FastBuffer(length)
    copyInto(copy, view, 0)
    return copy
  }
  if (length === 0) return NOTHING
  const copy = new FastBuffer(length)
  let i = 0
  for (; i + 4 <= length; i += 4) {
    copy[i] = chunk[start + i] as number
    copy[i + 1] = chunk[start + i + 1] as number
    copy[i + 2] = chunk[start + i + 2] as number
    copy[i + 3] = chunk[start + i + 3] as number
  }
  for (; i < length; i++) copy[i] = chunk[start + i] as number
  return copy
}
