/**
 * Datagrams without a protocol, to and from any program that speaks udp: the DGRAM socket of libzmq. A message is an
 * address and a body, a packet each. It is described by no RFC.
 */
import type { DatagramFormat } from "../../peers/datagram-pipe.js"
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { parseDatagramAddress, udp } from "../../transports/udp.js"
import { ownText } from "../../wire/bytes.js"
import { partBytes } from "../../wire/datagrams.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../wire/frames.js"
import { errnoError } from "../errors.js"
import { SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { MessageLike, Readable, SocketOptions, Writable } from "../types.js"

/** Bytes of the largest packet that udp can carry over IPv4. */
const LARGEST_BODY = 65507

function addressOf(part: OutgoingPart): ReturnType<typeof parseDatagramAddress> {
  return parseDatagramAddress(typeof part === "string" ? part : Buffer.from(part).toString("latin1"))
}

const FORMAT: DatagramFormat = {
  build([address, body]) {
    const to = addressOf(address as OutgoingPart)
    // Copied: the caller may write to its buffer again.
    const bytes = Buffer.from(partBytes(body as OutgoingPart))
    return to === undefined ? { bytes } : { bytes, to }
  },
  // libzmq ends the address with a zero byte.
  parse: (bytes, from) => [ownText(`${from}\0`), bytes],
}

export class DatagramPattern implements Pattern {
  /** Packets that came while the queue was full, or could not be sent. */
  dropped = 0

  private readonly host: PatternHost
  /** The bound endpoint. */
  private pipe: Pipe | undefined
  /** Of this one, and of earlier ones whose last packets are not read yet. */
  private readonly queue = new FairQueue<Message, Pipe>()

  constructor(host: PatternHost) {
    this.host = host
  }

  attach(pipe: Pipe): void {
    this.pipe = pipe
    this.host.wakeSender()
  }

  canSend(): boolean {
    return this.pipe?.canWrite() === true
  }

  send(message: OutgoingMessage): boolean {
    const [address, body] = message
    if (address === undefined || body === undefined || message.length > 2) throw errnoError("EINVAL")
    if (addressOf(address) === undefined) throw errnoError("EINVAL")
    if (partBytes(body).length > LARGEST_BODY) throw errnoError("EMSGSIZE")
    return this.pipe?.write(message) === true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.queue.canReceive()
  }

  receive(): Message | undefined {
    return this.queue.receive()
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    this.host.wakeReceiver(pipe)
  }

  writable(): void {
    this.host.wakeSender()
  }

  established(): void {
    // There is no peer to tell anything.
  }

  ended(): void {
    this.pipe = undefined
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  lost(): void {
    this.dropped++
  }
}

const DATAGRAM: SocketDescription = {
  kind: SocketKind.Datagram,
  socketType: "DGRAM",
  makePattern: host => new DatagramPattern(host),
  datagrams: { transport: udp, format: FORMAT, role: "bind", alone: true },
}

/**
 * A datagram socket: bound to one `udp://host:port`, it receives packets from anybody and sends them to anybody. A
 * message has two parts, an address such as `192.0.2.1:5555` (IPv6 in brackets) and the body. As with the native
 * package, received addresses end with a zero byte; one to send to may have it or not.
 *
 * {@link send} waits until the socket is bound. It rejects with `EINVAL` for what is not an IP address with a port and
 * a body, and `EMSGSIZE` for a body of more than 65507 bytes. Packets may be lost.
 *
 * ```typescript
 * const datagram = new Datagram()
 * await datagram.bind("udp://127.0.0.1:5555")
 * for await (const [from, body] of datagram) await datagram.send([from, body])
 * ```
 */
export class Datagram extends Socket {
  constructor(options?: SocketOptions<Datagram>) {
    super(DATAGRAM, options)
  }

  /**
   * How many packets came while the queue was full (`receiveHighWaterMark`), or could not be sent. Native has no such
   * count.
   */
  get dropped(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof DatagramPattern ? pattern.dropped : 0
  }
}

export interface Datagram extends Readable<[Buffer, Buffer]>, Writable<[MessageLike, MessageLike]> {}
defineSocketOptions(Datagram, DATAGRAM)
