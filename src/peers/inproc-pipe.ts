/**
 * The pipe between two sockets of one process. What one end writes, the other reads: no frames, no session. Parts are
 * copied when they are written, so that each side has memory of its own. One queue a direction serves both sockets, so
 * its mark is the sum of theirs. The other end may stand for a socket of another thread (thread-end.ts).
 */
import { ownBytes, ownPrefixed, ownText } from "../wire/bytes.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../wire/frames.js"
import { jointMark, mark } from "./marks.js"
import { Pipe, type PipeListener } from "./pipe.js"
import { conflatedPush, Queue } from "./queue.js"
import type { PipeOptions } from "./session-pipe.js"
import { passedOn } from "./thread-batch.js"

/** What an end needs of its socket's options. */
export interface InprocOptions extends PipeOptions {
  /** The routing id by which the other end knows this one. */
  readonly routingId: Buffer
}

/** What an end of a pipe is to the other one. */
export interface InprocEnd {
  readonly endpoint: string
  /** The routing id of the socket behind it. */
  readonly ownRoutingId: Buffer
  /** ZMQ_RCVHWM of the socket behind it. */
  readonly receiveMark: number
  /** Messages delivered here that were not read. */
  readonly unread: number
  /** Whether its socket has left before it met anybody: it has early messages to give, and takes none. */
  readonly departed: boolean
  /** Gets to know its other end. Neither is attached to its pattern here. */
  meet(other: InprocEnd): void
  /** The pattern has this end, and the ends are joined: what the other wrote before comes in. */
  open(): void
  /** Delivers to another end what was written before there was one. */
  giveEarly(to: InprocEnd): void
  deliver(message: Message): void
  /** The other end has been read, and has so many left. */
  otherRead(left: number): void
  /** High-water marks of either socket have changed. */
  updateMarks(): void
  /** The other end has left: no more comes from it. */
  otherLeft(): void
}

export class InprocPipe extends Pipe implements InprocEnd {
  readonly sameProcess = true
  readonly endpoint: string
  /** Whether its socket gives each message to one pipe alone, so that memory which the user gives away can go along. */
  sole = false
  private readonly listener: PipeListener
  private readonly options: InprocOptions
  private readonly inbound = new Queue<Message>()
  private other: InprocEnd | undefined
  private sendMark: number
  private marks: { send: number; receive: number }
  /** The other end gives what it had written before it left, and reads nothing. */
  private readOnly = false
  /** Called when this end leaves. */
  private readonly left: (pipe: InprocPipe) => void

  constructor(
    endpoint: string,
    listener: PipeListener,
    options: InprocOptions,
    left: (pipe: InprocPipe) => void,
  ) {
    super()
    this.endpoint = endpoint
    this.listener = listener
    this.options = options
    this.marks = { send: options.sendHighWaterMark, receive: options.receiveHighWaterMark }
    this.sendMark = mark(this.marks.send)
    this.left = left
  }

  /** Joins two ends. What `connecting` was given before is read by `bound`. */
  static join(connecting: InprocEnd, bound: InprocEnd): void {
    connecting.meet(bound)
    bound.meet(connecting)
    connecting.updateMarks()
    bound.updateMarks()
  }

  meet(other: InprocEnd): void {
    this.other = other
    this.readOnly = other.departed
    this.peer = { version: 3.1, routingId: other.ownRoutingId }
  }

  open(): void {
    if (this.over) {
      const { other } = this
      this.other = undefined
      other?.otherLeft()
      return
    }
    this.other?.giveEarly(this)
    this.listener.established(this)
  }

  giveEarly(to: InprocEnd): void {
    const { early } = this
    for (let message = early.shift(); message !== undefined; message = early.shift()) to.deliver(message)
  }

  get ownRoutingId(): Buffer {
    return this.options.routingId
  }

  /** The options of the socket, as they are now. */
  get socketMarks(): { readonly send: number; readonly receive: number } {
    return this.marks
  }

  get receiveMark(): number {
    return this.marks.receive
  }

  get unread(): number {
    return this.inbound.length
  }

  /** Messages written while nobody had bound the name. */
  private readonly early = new Queue<Message>()

  /** Early messages wait for the socket that binds the name, as in libzmq, for which linger does not count here. */
  get departed(): boolean {
    return this.over && this.early.length > 0
  }

  canWrite(): boolean {
    if (this.over || this.readOnly) return false
    if (this.early.length + (this.other?.unread ?? 0) < this.sendMark) return true
    this.blocked = true
    return false
  }

  write(message: OutgoingMessage): boolean {
    if (!this.canWrite()) return false
    const delivered =
      message.length === 1 ? [this.part(message[0] as OutgoingPart)] : message.map(part => this.part(part))
    // While early messages wait or are being delivered, this one comes after them.
    if (this.other === undefined || this.early.length > 0) this.early.push(delivered)
    else this.other.deliver(delivered)
    return true
  }

  hangUp(): void {
    this.leave()
  }

  flush(): void {
    // Nothing waits: what is written is delivered.
  }

  canRead(): boolean {
    return this.inbound.length > 0
  }

  read(): Message | undefined {
    const message = this.inbound.shift()
    this.other?.otherRead(this.inbound.length)
    if (this.over && this.inbound.length === 0) this.listener.drained(this)
    return message
  }

  subscription(subscribe: boolean, topic: Uint8Array): void {
    this.other?.deliver([ownPrefixed(subscribe ? 1 : 0, topic)])
  }

  fail(): void {
    this.leave()
  }

  setMarks(send: number, receive: number): void {
    this.marks = { send, receive }
    this.updateMarks()
    this.other?.updateMarks()
  }

  /** This end is given up; the other one reads what it has and ends. */
  leave(): void {
    if (this.over) return
    this.inbound.clear()
    this.end()
    const { other } = this
    this.other = undefined
    this.left(this)
    other?.otherLeft()
  }

  otherLeft(): void {
    this.other = undefined
    this.end()
    this.left(this)
  }

  otherRead(left: number): void {
    if (this.blocked && left <= this.sendMark / 2) this.unblock()
  }

  private end(): void {
    if (this.over) return
    this.over = true
    this.listener.ended(this)
    if (this.inbound.length === 0) this.listener.drained(this)
  }

  deliver(message: Message): void {
    if (this.over) return
    conflatedPush(this.inbound, message, this.options.conflate)
    if (this.inbound.length === 1) this.listener.readable(this)
  }

  updateMarks(): void {
    const { other } = this
    this.sendMark =
      other === undefined ? mark(this.marks.send) : jointMark(this.marks.send, other.receiveMark)
    this.unblock()
  }

  private unblock(): void {
    if (!this.blocked || this.over) return
    this.blocked = false
    this.listener.writable(this)
  }

  /** A part as the other side gets it. */
  private part(part: OutgoingPart): Buffer {
    if (typeof part === "string") return ownText(part)
    return passedOn(part, this.sole) ?? ownBytes(part)
  }
}
