/**
 * The request-reply pattern (28/REQREP): REQ sends a request to the next service and waits for its reply, REP
 * answers the requests of its clients one by one. The envelope of a message is everything up to and including
 * the first empty part.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { LoadBalancer } from "../../routing/load-balancer.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { Readable, ReplyProperties, RequestProperties, SocketOptions, Writable } from "../types.js"

const EMPTY = Buffer.alloc(0)
const EMPTY_ENVELOPE = [EMPTY]
/** Bytes of the request id that ZMQ_REQ_CORRELATE puts before the empty part. */
const REQUEST_ID_SIZE = 4

export interface RequestOptions {
  /** ZMQ_REQ_CORRELATE: mark each request with an id, and take only the reply that has it. */
  readonly correlate: boolean
  /** ZMQ_REQ_RELAXED: a new request may be sent before the last one was answered. */
  readonly relaxed: boolean
  /** ZMQ_PROBE_ROUTER: a new peer gets an empty message first, by which a ROUTER learns of us. */
  readonly probeRouter: boolean
}

export class RequestPattern implements Pattern {
  private readonly host: PatternHost
  private readonly options: RequestOptions
  private readonly balancer = new LoadBalancer<OutgoingMessage, Pipe>()
  private readonly queue = new FairQueue<Message, Pipe>()
  private awaiting = false
  /** Whom the request went to; nobody else may answer it while that peer lives. */
  private asked: Pipe | undefined
  private requestId: number
  /** The reply, when {@link canReceive} has found it. */
  private reply: Message | undefined

  /** `firstId` is where request ids begin: at random, so that a restarted client does not take an old reply. */
  constructor(host: PatternHost, options: RequestOptions, firstId: number) {
    this.host = host
    this.options = options
    this.requestId = firstId >>> 0
  }

  attach(pipe: Pipe): void {
    if (this.options.probeRouter) pipe.write([EMPTY])
    // There is nothing to gather: the next message can only follow the reply.
    pipe.prompt = true
    this.writable(pipe)
  }

  canSend(): boolean {
    return (!this.awaiting || this.options.relaxed) && this.balancer.canSend()
  }

  send(message: OutgoingMessage): boolean {
    if (this.awaiting && !this.options.relaxed) return false
    const pipe = this.balancer.send(this.enclose(message))
    if (pipe === undefined) return false
    this.asked = pipe
    this.awaiting = true
    this.reply = undefined
    // Over inproc the reply can be here already, from a service that had it ready.
    this.host.wakeReceiver()
    return true
  }

  sendRefusal(): Refusal {
    return this.awaiting && !this.options.relaxed ? "EFSM" : "EAGAIN"
  }

  canReceive(): boolean {
    if (!this.awaiting) return false
    this.reply ??= this.findReply()
    return this.reply !== undefined
  }

  receive(): Message | undefined {
    if (!this.awaiting) return undefined
    const reply = this.reply ?? this.findReply()
    if (reply === undefined) return undefined
    this.reply = undefined
    this.awaiting = false
    this.asked = undefined
    this.host.wakeSender()
    return reply
  }

  receiveRefusal(): Refusal {
    return this.awaiting ? "EAGAIN" : "EFSM"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    if (this.awaiting) this.host.wakeReceiver(pipe)
  }

  writable(pipe: Pipe): void {
    this.balancer.activate(pipe)
    this.host.wakeSender()
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    this.balancer.remove(pipe)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
    // As in libzmq, the reply may come from anybody once the peer that was asked is gone.
    if (this.asked === pipe) this.asked = undefined
  }

  private enclose(message: OutgoingMessage): OutgoingPart[] {
    // Replies to earlier requests that nobody waits for.
    while (this.queue.receive() !== undefined);
    if (!this.options.correlate) return enclosed(EMPTY_ENVELOPE, message)
    this.requestId = (this.requestId + 1) >>> 0
    const id = Buffer.allocUnsafe(REQUEST_ID_SIZE)
    id.writeUInt32LE(this.requestId)
    return [id, EMPTY, ...message]
  }

  private findReply(): Message | undefined {
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined) return undefined
      const from = this.queue.last
      const idParts = message[0]?.length === REQUEST_ID_SIZE && message.length > 2 ? 1 : 0
      if (message.length < idParts + 2 || message[idParts]?.length !== 0) {
        from?.fail("A reply without the empty part that ends its envelope (28/REQREP)")
        continue
      }
      if (this.asked !== undefined && from !== this.asked) continue
      // Without correlate a reply has no id; libzmq drops one that has.
      const id = idParts === 1 ? message[0]?.readUInt32LE() : undefined
      if (id !== (this.options.correlate ? this.requestId : undefined)) continue
      return behind(message, idParts + 1)
    }
  }
}

export class ReplyPattern implements Pattern {
  private readonly host: PatternHost
  private readonly queue = new FairQueue<Message, Pipe>()
  /** The client to be answered, while there is one; `gone` when it left. */
  private client: Pipe | "gone" | undefined
  private envelope: Message = []
  /** The request, when {@link canReceive} has found it, and its client. */
  private request: Message | undefined
  private requester: Pipe | undefined

  constructor(host: PatternHost) {
    this.host = host
  }

  attach(pipe: Pipe): void {
    pipe.prompt = true
  }

  canSend(): boolean {
    return this.client !== undefined
  }

  send(message: OutgoingMessage): boolean {
    const { client } = this
    if (client === undefined) return false
    // A reply that cannot be delivered is dropped: the client is gone or reads nothing (28/REQREP §The REP Socket Type).
    if (client !== "gone") client.write(enclosed(this.envelope, message))
    this.client = undefined
    this.host.wakeReceiver()
    return true
  }

  sendRefusal(): Refusal {
    return "EFSM"
  }

  canReceive(): boolean {
    if (this.client !== undefined) return false
    if (this.request === undefined) this.findRequest()
    return this.request !== undefined
  }

  receive(): Message | undefined {
    if (!this.canReceive()) return undefined
    const { request } = this
    this.client = this.requester ?? "gone"
    this.request = this.requester = undefined
    this.host.wakeSender()
    return request
  }

  receiveRefusal(): Refusal {
    return this.client === undefined ? "EAGAIN" : "EFSM"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    if (this.client === undefined) this.host.wakeReceiver(pipe)
  }

  writable(): void {
    // A reply never waits.
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    if (this.client === pipe) this.client = "gone"
    if (this.requester === pipe) this.requester = undefined
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  private findRequest(): void {
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined) return
      // What comes straight from a REQ has the empty part first.
      const end = message[0]?.length === 0 ? 0 : message.findIndex(part => part.length === 0)
      // Without an empty part, or with nothing after it, it is no request: dropped, as libzmq does.
      if (end < 0 || end === message.length - 1) continue
      this.envelope = end === 0 ? EMPTY_ENVELOPE : message.slice(0, end + 1)
      this.request = behind(message, end + 1)
      this.requester = this.queue.last
      return
    }
  }
}

/** The parts after so many; the usual case by itself, as below. */
function behind(message: Message, count: number): Message {
  return message.length === count + 1 ? [message[count] as Buffer] : message.slice(count)
}

/** The message behind its envelope; the usual case by itself, since spreading takes more time and memory. */
function enclosed(envelope: Message, message: OutgoingMessage): OutgoingPart[] {
  if (envelope.length !== 1 || message.length !== 1) return [...envelope, ...message]
  return [envelope[0] as Buffer, message[0] as OutgoingPart]
}

const REQUEST: SocketDescription = {
  kind: SocketKind.Request,
  socketType: "REQ",
  makePattern: (host, values, runtime) => new RequestPattern(host, values, runtime.random() * 2 ** 32),
}

/**
 * A client: sends a request to the next of its services and receives the reply. Sending and receiving take turns;
 * a second {@link send} waits until the reply was received, unless {@link relaxed} is set.
 *
 * ```typescript
 * const request = new Request()
 * request.connect("tcp://127.0.0.1:5558")
 * await request.send("4")
 * const [result] = await request.receive()
 * ```
 */
export class Request extends Socket {
  constructor(options?: SocketOptions<Request>) {
    super(REQUEST, options)
  }
}

export interface Request extends Readable, Writable, RequestProperties {}
defineSocketOptions(Request, REQUEST)

const REPLY: SocketDescription = {
  kind: SocketKind.Reply,
  socketType: "REP",
  makePattern: host => new ReplyPattern(host),
}

/**
 * A service: receives a request from one of its clients, in turn, and sends the reply to that client. A reply to a
 * client that is gone is dropped.
 *
 * ```typescript
 * const reply = new Reply()
 * await reply.bind("tcp://127.0.0.1:5558")
 * for await (const [number] of reply) await reply.send(String(2 * Number(number)))
 * ```
 */
export class Reply extends Socket {
  constructor(options?: SocketOptions<Reply>) {
    super(REPLY, options)
  }
}

export interface Reply extends Readable, Writable, ReplyProperties {}
defineSocketOptions(Reply, REPLY)
