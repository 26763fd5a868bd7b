/**
 * The pipe to a peer that is reached by a connection. Its outbound queue is the encoder: messages wait there as
 * frames, and the high-water mark counts those that the kernel has not taken. It outlives its connection when
 * the socket connects: then another session takes over. What flows when is the session's affair.
 */
import { Encoder } from "../wire/encoder.js"
import type { Decoder } from "../wire/decoder.js"
import type { Message, OutgoingMessage } from "../wire/frames.js"
import { mark } from "./marks.js"
import { Pipe, type PipeListener } from "./pipe.js"
import { conflatedPush, Queue } from "./queue.js"
import type { Runtime } from "./runtime.js"
import { turnOf, type Flushable, type Turn } from "./turn.js"

/**
 * Messages are decoded this far ahead of the reader, and the rest is left as the bytes it is: what waits long enough
 * to outlive a collection of garbage costs more than the decoding, with many connections above all.
 */
const AHEAD = 128

/**
 * The stream is given this many bytes at a time, or one message. What it has is lost with the connection; the rest of
 * the queue survives.
 */
const WRITE_SIZE = 256 * 1024

/** After this many milliseconds without a flush a message leaves with its write, not at the end of the turn. */
const QUIET = 1

const NOTHING = Buffer.alloc(0)

/** The high-water marks and ZMQ_CONFLATE of the socket that a pipe belongs to. */
export interface PipeOptions {
  readonly sendHighWaterMark: number
  readonly receiveHighWaterMark: number
  /** Each queue keeps only its last message. */
  readonly conflate: boolean
}

/** What a pipe needs of the session that serves it. */
export interface PipeSession {
  /** Whether bytes wait to be decoded until the pipe has room. */
  readonly stalled: boolean
  /** Decodes what waits, as far as the pipe has room. */
  pump(): void
  /** Decodes what waits, until `into` holds `most`, and then for the pipe; without `copy` parts share memory. */
  pumpInto(into: Message[], most: number, copy: boolean): void
  /** Decodes what waits, whatever room there is. */
  decodeAll(): void
  /** Writes what the pipe holds. */
  transmit(): void
  /** The process ends: writes everything, and waits for the kernel ({@link ByteStream.writeAtExit}). */
  transmitAtExit(linger: number): void
  subscription(subscribe: boolean, topic: Uint8Array): void
  /** The peer broke a rule of the pattern. */
  fault(reason: string): void
}

export class SessionPipe extends Pipe implements Flushable {
  readonly sameProcess = false
  readonly endpoint: string
  /** What waits to be written, as frames of ZMTP 2.0 and later. */
  readonly encoder = new Encoder()

  /** Whether {@link hangUp} was called: the connection ends with what is queued. */
  hungUp = false

  private readonly listener: PipeListener
  private readonly runtime: Runtime
  private readonly conflate: boolean
  private readonly inbound = new Queue<Message>()

  private sendMark: number
  private receiveMark: number
  /** Messages that the stream has and the kernel has not. */
  private inFlight = 0
  private readonly turn: Turn
  private flushScheduled = false
  private lastFlush = -Infinity
  /** The session whose connection is established. */
  private session: PipeSession | undefined
  private sentCallbacks: (() => void)[] = []

  constructor(endpoint: string, listener: PipeListener, options: PipeOptions, runtime: Runtime) {
    super()
    this.endpoint = endpoint
    this.listener = listener
    this.runtime = runtime
    this.turn = turnOf(runtime)
    this.conflate = options.conflate
    this.sendMark = mark(options.sendHighWaterMark)
    this.receiveMark = mark(options.receiveHighWaterMark)
    this.encoder.waiting = true
  }

  // The socket's side.

  canWrite(): boolean {
    if (this.over) return false
    if (this.encoder.messages + this.inFlight < this.sendMark || this.conflate) return true
    this.blocked = true
    return false
  }

  write(message: OutgoingMessage): boolean {
    if (!this.canWrite()) return false
    const { encoder } = this
    if (this.conflate) encoder.clear()
    const enough = encoder.message(this.conflate ? message.slice(-1) : message)
    if (enough || this.prompt || encoder.messages + this.inFlight >= this.sendMark) this.flush()
    else if (!this.flushScheduled) this.flushSoon()
    return true
  }

  /** To the sessions of a STREAM an empty message says that the connection is to end (raw-session.ts). */
  hangUp(): void {
    const { sendMark } = this
    this.sendMark = Infinity
    this.hungUp = true
    this.write([NOTHING])
    this.sendMark = sendMark
    this.flush()
  }

  flush(): void {
    this.session?.transmit()
  }

  /** The process ends: what is queued leaves before the call returns, or never; what is written later, too. */
  flushAtExit(linger: number): void {
    this.prompt = true
    this.session?.transmitAtExit(linger)
  }

  canRead(): boolean {
    return this.inbound.length > 0
  }

  read(): Message | undefined {
    const message = this.inbound.shift()
    const { session, inbound } = this
    // Half, so that a reader finds the queue never empty while bytes wait.
    if (session !== undefined && session.stalled && inbound.length <= Math.min(this.receiveMark, AHEAD) / 2) {
      session.pump()
    }
    if (this.over && inbound.length === 0) this.listener.drained(this)
    return message
  }

  /** What is not decoded yet does not pass through the queue. */
  readMany(into: Message[], most: number, copy: boolean): void {
    const { session, inbound } = this
    for (let left = Math.min(inbound.length, most - into.length); left > 0; left--) {
      into.push(inbound.shift() as Message)
    }
    if (session !== undefined && session.stalled && inbound.length === 0) session.pumpInto(into, most, copy)
    if (this.over && inbound.length === 0) this.listener.drained(this)
  }

  subscription(subscribe: boolean, topic: Uint8Array): void {
    if (this.session === undefined) return
    this.session.subscription(subscribe, topic)
    if (!this.flushScheduled) this.flushSoon()
  }

  fail(reason: string): void {
    this.session?.fault(reason)
  }

  setMarks(send: number, receive: number): void {
    this.sendMark = mark(send)
    this.receiveMark = mark(receive)
    this.unblock()
  }

  // The session's side.

  /** Messages written that the kernel has not taken. */
  get unsent(): number {
    return this.encoder.messages + this.inFlight
  }

  /** Bytes of the messages that were delivered and not read. */
  unreadBytes(): number {
    let sum = 0
    for (const message of this.inbound) for (const part of message) sum += part.length
    return sum
  }

  /** How many more messages may be delivered. */
  get room(): number {
    return this.conflate ? Infinity : this.receiveMark - this.inbound.length
  }

  /** How many of them are worth decoding before the reader has come closer. */
  get wanted(): number {
    return this.conflate ? Infinity : Math.min(this.receiveMark, AHEAD) - this.inbound.length
  }

  /** The peer joined or left a group; of no interest to most sockets. */
  membership(join: boolean, group: Buffer): void {
    if (!this.over) this.listener.membership?.(this, join, group)
  }

  /** Hands the pipe a message from the peer. */
  deliver(message: Message): void {
    if (this.over) return
    conflatedPush(this.inbound, message, this.conflate)
    if (this.inbound.length === 1) this.listener.readable(this)
  }

  /**
   * Takes the messages that follow one just delivered. Nobody waits for them in particular: whoever waited has got
   * that one, or knows of it.
   */
  deliverBurst(decoder: Decoder, most: number): void {
    if (this.inbound.length > 0 && !this.conflate && !this.over) decoder.burst(this.inbound, most)
  }

  /** A connection is established: what is queued goes out on it. */
  attach(session: PipeSession): void {
    this.session = session
    this.encoder.waiting = false
    this.listener.established(this)
    this.flush()
  }

  /** The connection is gone. What the kernel had not taken of a batch in flight is lost with it. */
  detach(): void {
    this.session = undefined
    this.encoder.waiting = true
    this.inFlight = 0
    this.encoder.abandon()
    if (this.unsent === 0) this.reportSent()
  }

  /** The connection is gone for good, and with it what was queued. */
  lost(): void {
    this.end()
    this.encoder.clear()
    this.reportSent()
  }

  /** Takes what is to be written next: whole messages, of some {@link WRITE_SIZE} bytes or as many as given. */
  take(most = WRITE_SIZE): Uint8Array[] {
    const chunks = this.encoder.take(most)
    this.inFlight += this.encoder.takenMessages
    return chunks
  }

  /** Messages that {@link take} left out since the last call, because their memory was detached. */
  takeSpoiled(): number {
    const { encoder } = this
    const { spoiled } = encoder
    if (spoiled > 0) encoder.spoiled = 0
    return spoiled
  }

  /** The kernel has taken all that {@link take} gave. */
  taken(): void {
    this.inFlight = 0
    this.encoder.written()
    this.unblock()
    if (this.unsent === 0) this.reportSent()
  }

  /** Calls back once, when everything written is with the kernel. */
  whenSent(done: () => void): void {
    this.sentCallbacks.push(done)
    if (this.unsent === 0) this.reportSent()
  }

  /** No more messages either way: the connection is gone for good, or the socket gave the pipe up. */
  end(): void {
    if (this.over) return
    this.session?.decodeAll()
    this.over = true
    this.listener.ended(this)
    if (this.inbound.length === 0) this.listener.drained(this)
  }

  /** Flushes at the end of the turn, or now when nothing was sent just before. */
  private flushSoon(): void {
    if (this.session === undefined) return
    const now = this.runtime.now()
    // With ZMQ_CONFLATE what follows in the same turn takes the message's place.
    if (now - this.lastFlush > QUIET && !this.conflate) {
      this.lastFlush = now
      this.flush()
    } else {
      this.flushScheduled = true
      this.turn.flushAtEnd(this)
    }
  }

  endTurn(): void {
    this.flushScheduled = false
    this.lastFlush = this.runtime.now()
    this.flush()
  }

  private reportSent(): void {
    if (this.sentCallbacks.length === 0) return
    for (const done of this.sentCallbacks.splice(0)) done()
  }

  /** Reports room to the listener, if it waits for some. */
  unblock(): void {
    if (this.blocked && !this.over && this.unsent < this.sendMark) {
      this.blocked = false
      this.listener.writable(this)
    }
  }
}
