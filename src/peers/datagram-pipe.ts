/**
 * The pipe to whoever is reached by datagrams: a port of the udp transport. There is no connection and no handshake;
 * what is sent may be lost, and what arrives while the queue is full is. Both queues are bounded by the marks of the
 * socket. How a message becomes a datagram is the format's affair, addresses are the transport's.
 */
import type { Datagram, DatagramHandler, DatagramPort } from "../transports/transport.js"
import type { Message, OutgoingMessage } from "../wire/frames.js"
import type { LingeringPipe } from "./lingering.js"
import { mark } from "./marks.js"
import { Pipe, type PipeListener } from "./pipe.js"
import { Queue } from "./queue.js"
import type { PipeOptions } from "./session-pipe.js"

/** How the messages of a socket type look as datagrams. */
export interface DatagramFormat {
  build(message: OutgoingMessage): Datagram
  /** The message in a datagram that came from `from`, an address and port; undefined when there is none. */
  parse(bytes: Buffer, from: string): Message | undefined
}

export class DatagramPipe extends Pipe implements DatagramHandler, LingeringPipe {
  readonly sameProcess = false
  readonly endpoint: string
  private readonly listener: PipeListener
  private readonly format: DatagramFormat
  private readonly inbound = new Queue<Message>()
  /** What was written before the port was there. */
  private readonly early = new Queue<Datagram>()
  private port: DatagramPort | undefined
  private inFlight = 0
  private sendMark: number
  private receiveMark: number
  private sentCallbacks: (() => void)[] = []

  constructor(endpoint: string, listener: PipeListener, format: DatagramFormat, options: PipeOptions) {
    super()
    this.endpoint = endpoint
    this.listener = listener
    this.format = format
    this.sendMark = mark(options.sendHighWaterMark)
    this.receiveMark = mark(options.receiveHighWaterMark)
  }

  // The socket's side.

  canWrite(): boolean {
    if (this.over) return false
    if (this.unsent < this.sendMark) return true
    this.blocked = true
    return false
  }

  write(message: OutgoingMessage): boolean {
    if (!this.canWrite()) return false
    const datagram = this.format.build(message)
    if (this.port === undefined) this.early.push(datagram)
    else this.transmit(this.port, datagram)
    return true
  }

  flush(): void {
    // Nothing waits, save for the port.
  }

  hangUp(): void {
    // There is no connection to end.
  }

  canRead(): boolean {
    return this.inbound.length > 0
  }

  read(): Message | undefined {
    const message = this.inbound.shift()
    if (this.over && this.inbound.length === 0) this.listener.drained(this)
    return message
  }

  subscription(): void {
    // There is no way to tell the senders: they send everything, and the receiver filters.
  }

  fail(): void {
    // A datagram with a fault is dropped. There is no connection to end.
  }

  setMarks(send: number, receive: number): void {
    this.sendMark = mark(send)
    this.receiveMark = mark(receive)
    this.unblock()
  }

  // The endpoint's side.

  /** Datagrams that the kernel has not taken. */
  get unsent(): number {
    return this.early.length + this.inFlight
  }

  whenSent(done: () => void): void {
    this.sentCallbacks.push(done)
    this.reportSent()
  }

  /** The port is there. */
  open(port: DatagramPort): void {
    this.port = port
    for (let one = this.early.shift(); one !== undefined; one = this.early.shift()) this.transmit(port, one)
    this.unblock()
  }

  /** No more messages either way. */
  end(): void {
    if (this.over) return
    this.over = true
    this.listener.ended(this)
    if (this.inbound.length === 0) this.listener.drained(this)
  }

  // DatagramHandler

  onDatagram(bytes: Buffer, from: string): void {
    if (this.over) return
    const message = this.format.parse(bytes, from)
    if (message === undefined) return
    if (this.inbound.length >= this.receiveMark) {
      this.listener.lost?.(this)
      return
    }
    this.inbound.push(message)
    if (this.inbound.length === 1) this.listener.readable(this)
  }

  private transmit(port: DatagramPort, datagram: Datagram): void {
    this.inFlight++
    port.send(datagram, error => {
      this.inFlight--
      if (error !== null) this.listener.lost?.(this)
      this.unblock()
      this.reportSent()
    })
  }

  private reportSent(): void {
    if (this.unsent > 0 || this.sentCallbacks.length === 0) return
    for (const done of this.sentCallbacks.splice(0)) done()
  }

  private unblock(): void {
    if (!this.blocked || this.over || this.unsent >= this.sendMark) return
    this.blocked = false
    this.listener.writable(this)
  }
}
