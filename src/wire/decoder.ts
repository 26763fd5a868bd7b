/**
 * The Decoder turns a stream of bytes, however it is cut, into whole messages and commands. It is asked for one
 * at a time, so that whoever asks decides how much to take. It never trusts a length: what it holds grows with
 * the bytes received. It does no I/O and knows no connection.
 */
import { COMMAND, LONG, MORE, RESERVED, type Framing, type Message } from "./frames.js"

/**
 * Parts of up to this many bytes are copied out of the chunk onto the JavaScript heap, so that keeping one does
 * not keep the chunk; larger ones are views of it. 64 is the most that V8 stores inside a typed array.
 */
export const COPY_LIMIT = 64

/** A message of more parts than this is refused: its parts weigh far more in memory than on the wire. */
export const MAX_PARTS = 65_536

/** A body that arrives in pieces smaller than this is gathered in blocks of this size, not as views. */
const BLOCK = 16 * 1024

const NOTHING = Buffer.alloc(0)

/** The bytes break the rules of framing. The connection they came on cannot go on. */
export class MalformedFrame extends Error {
  override readonly name = "MalformedFrame"
}

export interface DecoderOptions {
  readonly framing: Framing
  /** Largest body of one frame in bytes; at most what a Buffer can hold, which is the caller's to know. */
  readonly maxFrameSize: number
}

export class Decoder {
  /** The message that the last {@link next} found. */
  message: Message = []
  /** The body of the command that the last {@link next} found. */
  command: Buffer = NOTHING

  private readonly framing: Framing
  private maxFrameSize: number

  /** The chunk being read: `chunk[position..end)` is still to come. */
  private chunk: Buffer = NOTHING
  private position = 0
  private end = 0
  /** Chunks after that one. */
  private waiting: Buffer[] = []

  /** Parts of the message that is not complete yet. */
  private parts: Message = []

  /** A header that is cut: its first bytes. */
  private readonly header: Buffer = Buffer.alloc(10)
  private headerLength = 0

  /** A body that is cut: its flags, its length, and the pieces that have come. */
  private cut = false
  private flags = 0
  private missing = 0
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
    return this.position < this.end || this.waiting.length > 0
  }

  /** Adds bytes. The chunk must not change afterwards: messages may be views of it. */
  push(chunk: Buffer): void {
    if (this.position === this.end && this.waiting.length === 0) {
      this.chunk = chunk
      this.position = 0
      this.end = chunk.length
    } else this.waiting.push(chunk)
  }

  /**
   * Finds the next whole message or command and says which it was; `undefined` when more bytes are needed.
   * Throws {@link MalformedFrame}; the decoder is of no use after that.
   */
  next(): "message" | "command" | undefined {
    for (;;) {
      if (this.position === this.end && !this.turn()) return undefined

      let flags: number
      let length: number
      if (this.cut) {
        if (!this.gather()) continue
        const body = this.assemble()
        if (this.accept(this.flags, body)) return this.kind(this.flags)
        continue
      }

      // Hot path: a frame with a short header, whole in this chunk (`npm run bench -- --pieces`).
      const { chunk, position, end } = this
      if (
        this.framing === 2 &&
        this.headerLength === 0 &&
        end - position >= 2 &&
        (chunk[position] as number) <= MORE
      ) {
        flags = chunk[position] as number
        length = chunk[position + 1] as number
        const start = position + 2
        if (end - start >= length && length <= this.maxFrameSize) {
          this.position = start + length
          const body = slice(chunk, start, length)
          if (flags === 0 && this.parts.length === 0) {
            this.message = [body]
            return "message"
          }
          if (this.accept(flags, body)) return "message"
          continue
        }
      }

      const headerSize = this.readHeader()
      if (headerSize === 0) continue
      flags = this.flags
      length = this.missing
      if (this.end - this.position >= length) {
        const body = slice(this.chunk, this.position, length)
        this.position += length
        if (this.accept(flags, body)) return this.kind(flags)
      } else this.cut = true
    }
  }

  private kind(flags: number): "message" | "command" {
    return (flags & COMMAND) !== 0 ? "command" : "message"
  }

  /** Goes to the next chunk; false when there is none. */
  private turn(): boolean {
    const chunk = this.waiting.shift()
    if (chunk === undefined) {
      this.chunk = NOTHING
      this.position = this.end = 0
      return false
    }
    this.chunk = chunk
    this.position = 0
    this.end = chunk.length
    return true
  }

  /** Takes a whole frame; true when it completes a message or is a command. */
  private accept(flags: number, body: Buffer): boolean {
    if ((flags & COMMAND) !== 0) {
      this.command = body
      return true
    }
    this.parts.push(body)
    if ((flags & MORE) !== 0) {
      if (this.parts.length >= MAX_PARTS)
        throw new MalformedFrame(`a message of more than ${MAX_PARTS} parts`)
      return false
    }
    this.message = this.parts
    this.parts = []
    return true
  }

  /**
   * Reads a header that may be cut into `flags` and `missing`, and checks it. Returns 0 when more bytes are
   * needed, else its size.
   */
  private readHeader(): number {
    const { header } = this
    while (this.position < this.end) {
      header[this.headerLength++] = this.chunk[this.position++] as number
      const first = header[0] as number
      const size = this.framing === 2 ? headerSizeV2(first) : headerSizeV1(first)
      if (this.headerLength < size) continue
      this.headerLength = 0
      if (this.framing === 2) this.parseV2(header, size)
      else this.parseV1(header, size)
      return size
    }
    return 0
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
    const length = Math.min(this.missing, this.end - this.position)
    if (length >= BLOCK) {
      this.closeBlock()
      this.pieces.push(this.chunk.subarray(this.position, this.position + length))
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
    this.closeBlock()
    const { pieces } = this
    this.pieces = []
    this.cut = false
    if (pieces.length !== 1) return Buffer.concat(pieces)
    const whole = pieces[0] as Buffer
    return whole.length <= COPY_LIMIT ? slice(whole, 0, whole.length) : whole
  }
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

function slice(chunk: Buffer, start: number, length: number): Buffer {
  if (length > COPY_LIMIT) return chunk.subarray(start, start + length)
  const copy = Buffer.allocUnsafeSlow(length)
  for (let i = 0; i < length; i++) copy[i] = chunk[start + i] as number
  return copy
}
