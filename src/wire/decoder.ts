/**
 * The Decoder turns a stream of bytes, however it is cut, into whole messages and commands. It is asked for one
 * at a time, so that whoever asks decides how much to take. It never trusts a length: what it holds grows with
 * the bytes received, beyond what a single read can bring. Parts have memory of their own, unless it is told to let them
 * share some; of what is still to be decoded nobody else ever has the memory. It does no I/O and knows no connection.
 */
import { append, FastBuffer, ownSlice } from "./bytes.js"
import { COMMAND, LONG, MORE, RESERVED, type Framing, type Message } from "./frames.js"

/** Up to so many bytes V8 stores inside a typed array, which costs a tenth of other memory. */
export const HEAP_LIMIT = 64

/** A message of more parts than this is refused: its parts weigh far more in memory than on the wire. */
export const MAX_PARTS = 65_536

/** A body of unknown trust is given memory in pieces, the first of this size, as it comes. */
const PIECE = 16 * 1024

/** What a read can bring at once: so much is set aside for a body before any of it has come. */
const PAGE = 64 * 1024

/** A read of fewer bytes than this is better copied than made into memory of its own. */
const DIRECT = 16 * 1024

/** The name of the command, as it begins the body of its frame (37/ZMTP §Connection Heartbeating). */
const PING = Buffer.from("\x04PING")

/** A place for the rest of a chunk, of {@link PAGE} bytes, while no decoder has it: each needs one for a moment only. */
let spare: Buffer | undefined

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
  /** Makes the memory that parts share; `Buffer.allocUnsafeSlow` when left out. */
  readonly allocateShared?: ((bytes: number) => Buffer) | undefined
}

export class Decoder {
  /** The message that the last {@link next} found. */
  message: Message = NO_MESSAGE
  /** Whether MORE means nothing, as with the identity by which 1.0 peers begin: each frame is a message. */
  single = false
  /**
   * Parts of up to this many bytes have memory of their own. Larger ones share it with those that came in the same chunk,
   * as far as they came whole. May change between calls.
   */
  ownLimit = Infinity
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
  /** Whether that memory is somebody else's, who will use it again. */
  private lent = false
  /** How far {@link commandsAhead} has looked, at least. */
  private ahead = 0
  /** The place that the chunk is in, where it is one to be used again. */
  private place: Buffer | undefined
  /**
   * What parts are views of: a copy of the chunk, or of its end; or the chunk, if it was read into a page, and then what is
   * left of it is moved before anybody sees a part. Empty while there is none, or it was detached.
   */
  private shared: Buffer = NOTHING
  private sharedMemory = NO_MEMORY
  /** Where in it `chunk[0]` would be. */
  private sharedOffset = 0
  /** Whether reads are large and parts share memory, so that the next read had better go there. */
  private bulk = false
  /** What it would go to. */
  private page: Buffer | undefined
  /** Chunks after that one. */
  private waiting: Buffer[] = []

  /** Parts of the message that is not complete yet. */
  private parts: Message = NO_MESSAGE

  /** A header that is cut: its first bytes. */
  private readonly header: Buffer = Buffer.alloc(10)
  private headerLength = 0

  /** A body that is cut: its flags, and how much of it is still to come. */
  private cut = false
  private flags = 0
  private missing = 0
  /** Up to this length a body is given its memory before it has come: a read may bring it, or one as long has come. */
  private trusted = PAGE
  /** That memory, or, of a longer body, the last piece: as much again as had come before. How much of it is filled. */
  private target: Buffer = NOTHING
  private filled = 0
  /** Whether the next read may go there. */
  private direct = false
  /** The pieces before that one, and their length. */
  private pieces: Buffer[] = []
  private gathered = 0

  private readonly allocateShared: (bytes: number) => Buffer

  constructor(options: DecoderOptions) {
    this.framing = options.framing
    this.maxFrameSize = options.maxFrameSize
    this.allocateShared = options.allocateShared ?? (bytes => Buffer.allocUnsafeSlow(bytes))
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
    this.direct = false
    if (this.pending) return undefined
    if (this.cut && this.missing >= DIRECT) {
      if (this.filled === this.target.length) this.extend()
      this.direct = this.target.length - this.filled >= DIRECT
      return this.direct ? this.target.subarray(this.filled) : undefined
    }
    return this.bulk ? (this.page ??= this.allocateShared(PAGE)) : undefined
  }

  /**
   * Adds bytes. The chunk must not change before all of it is decoded; or, when it is only lent, before {@link settle}.
   */
  push(chunk: Buffer, lent = false): void {
    if (this.direct && this.target.buffer === chunk.buffer) {
      this.filled += chunk.length
      this.missing -= chunk.length
      return
    }
    const paged = this.page?.buffer === chunk.buffer
    if (paged) this.page = undefined
    if (chunk.length < DIRECT) {
      this.bulk = false
      this.page = undefined
    }
    if (this.position < this.end || this.waiting.length > 0) {
      this.waiting.push(lent ? Buffer.from(chunk) : chunk)
    } else {
      this.open(chunk, lent)
      if (paged) this.shareWith(chunk, chunk.byteOffset)
    }
  }

  /**
   * What {@link next} has not looked at is copied out of memory that is lent, and will be used again, or shared, and may be
   * given away. Called before whoever lent it, or a user, goes on.
   */
  settle(): void {
    const { position, shared, sharedOffset } = this
    if (position === this.end || (!this.lent && this.chunk !== shared)) return
    const length = this.end - position
    const again = length > DIRECT && length <= PAGE
    const place = again ? (spare ?? Buffer.allocUnsafeSlow(PAGE)) : Buffer.allocUnsafe(length)
    this.chunk.copy(place, 0, position, this.end)
    const ahead = this.ahead - position
    this.open(place.subarray(0, length), false)
    this.ahead = Math.max(ahead, 0)
    this.shareWith(shared, sharedOffset + position)
    if (!again) return
    this.place = place
    spare = undefined
  }

  /**
   * Finds the next whole message or command and says which it was; `undefined` when more bytes are needed.
   * Throws {@link MalformedFrame}; the decoder is of no use after that.
   */
  next(): "message" | "command" | undefined {
    // Hot path: frames of messages that lie whole in this chunk (`npm run bench -- --pieces`).
    if (this.framing === 2) {
      while (!this.cut && this.headerLength === 0) {
        const { chunk, position, end } = this
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
        const body = this.body(start, length)
        this.position = start + length
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
    const { chunk, end, memory, offset, ownLimit, maxFrameSize } = this
    let { position, shared, sharedMemory, sharedOffset } = this
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
      if (end - start < length || length > maxFrameSize) break
      position = start + length
      if (length <= ownLimit) queue.push([ownSlice(chunk, memory, offset, start, length)])
      else {
        if (shared.length === 0) ({ shared, sharedMemory, sharedOffset } = this.share())
        queue.push([new FastBuffer(sharedMemory, sharedOffset + start, length)])
      }
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
      const body = this.body(this.position, missing)
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
    this.open(NOTHING, false)
    this.command = NOTHING
    this.message = NO_MESSAGE
    return false
  }

  private open(chunk: Buffer, lent: boolean): void {
    if (this.place !== undefined) spare = this.place
    this.place = undefined
    this.chunk = chunk
    this.lent = lent
    this.shared = NOTHING
    this.sharedMemory = NO_MEMORY
    this.memory = chunk.buffer
    this.offset = chunk.byteOffset
    this.position = this.ahead = 0
    this.end = chunk.length
  }

  /** A body that lies whole in the chunk. */
  private body(start: number, length: number): Buffer {
    return length > this.ownLimit
      ? this.view(start, length)
      : ownSlice(this.chunk, this.memory, this.offset, start, length)
  }

  /** The same in shared memory. */
  private view(start: number, length: number): Buffer {
    if (this.shared.length === 0) this.share()
    return new FastBuffer(this.sharedMemory, this.sharedOffset + start, length)
  }

  private shareWith(shared: Buffer, offset: number): void {
    this.shared = shared
    this.sharedMemory = shared.buffer
    this.sharedOffset = offset
  }

  /** Copies what is left of the chunk all at once. Whatever becomes of the copy, it is not what is decoded. */
  private share(): this {
    const { position } = this
    const shared = this.allocateShared(this.end - position)
    this.chunk.copy(shared, 0, position, this.end)
    this.shareWith(shared, shared.byteOffset - position)
    this.bulk = this.lent && shared.length >= DIRECT
    return this
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
    while (this.missing > 0 && this.position < this.end) {
      if (this.filled === this.target.length) this.extend()
      const copied = this.chunk.copy(this.target, this.filled, this.position, this.end)
      this.filled += copied
      this.position += copied
      this.missing -= copied
    }
    return this.missing === 0
  }

  /** Begins the next piece of the cut body. */
  private extend(): void {
    const { target } = this
    if (target.length > 0) this.pieces.push(target)
    this.gathered += target.length
    this.target = memoryOf(Math.min(this.missing, Math.max(PIECE, this.gathered)))
    this.filled = 0
  }

  private assemble(): Buffer {
    const { target, pieces } = this
    this.cut = this.direct = false
    this.target = NOTHING
    this.filled = this.gathered = 0
    if (pieces.length === 0) return target
    this.pieces = []
    const whole = Buffer.concat([...pieces, target])
    this.trusted = Math.max(this.trusted, whole.length)
    return whole
  }
}

/** Memory of its own for a body: on the JavaScript heap when it is small. */
function memoryOf(length: number): Buffer {
  return length > HEAP_LIMIT ? Buffer.allocUnsafeSlow(length) : new FastBuffer(length)
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
