/**
 * The asynchronous server of request-reply (28/REQREP §The ROUTER Socket Type): ROUTER knows each of its peers by a
 * routing id. A message that it receives begins with the id of its sender; one that it sends begins with the id of
 * the peer that shall get it.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { RoutingIds } from "../../routing/routing-ids.js"
import { ownBytes } from "../../wire/bytes.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../wire/frames.js"
import { errnoError } from "../errors.js"
import { checkValue, EMPTY, SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { Readable, RouterConnectOptions, RouterProperties, SocketOptions, Writable } from "../types.js"

const CONNECT_ROUTING_ID = 61

export interface RouterOptions {
  /** ZMQ_ROUTER_MANDATORY: what cannot be sent is an error, not dropped. */
  readonly mandatory: boolean
  /** ZMQ_ROUTER_HANDOVER: a new peer takes over the id of an old one. */
  readonly handover: boolean
  /** ZMQ_PROBE_ROUTER: a new peer gets an empty message first, by which a ROUTER learns of us. */
  readonly probeRouter: boolean
}

export class RouterPattern implements Pattern {
  /** Messages for peers that are not there or whose queue was full. */
  dropped = 0

  private readonly host: PatternHost
  private readonly options: RouterOptions
  /** A pipe has its `routingId` as long as it holds it, and after that while it is read to its end. */
  private readonly ids: RoutingIds<Pipe>
  private readonly queue = new FairQueue<Message, Pipe>()

  constructor(host: PatternHost, options: RouterOptions, firstId: number) {
    this.host = host
    this.options = options
    this.ids = new RoutingIds(firstId)
  }

  attach(pipe: Pipe): void {
    if (this.options.probeRouter) pipe.write([EMPTY])
    this.identify(pipe)
  }

  /** Whether some peer has this id. */
  knows(id: Uint8Array): boolean {
    return this.ids.get(id) !== undefined
  }

  /** With `mandatory`, whether any peer's queue has room: to which one a message will go nobody knows yet. */
  canSend(): boolean {
    if (!this.options.mandatory) return true
    for (const pipe of this.ids.peers()) if (pipe.canWrite()) return true
    return false
  }

  send(message: OutgoingMessage): boolean {
    // An id with nothing after it is no message: dropped, as libzmq does.
    if (message.length === 1) return this.drop()
    const pipe = this.ids.get(bytes(message[0] as OutgoingPart))
    if (pipe === undefined) return this.refuse("EHOSTUNREACH")
    return pipe.write(message.slice(1)) || this.refuse("EAGAIN")
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.queue.canReceive()
  }

  receive(): Message | undefined {
    const message = this.queue.receive()
    const from = this.queue.last
    if (message === undefined || from === undefined) return undefined
    // A copy: users may write to what they receive, keep it, and give it away.
    const id = ownBytes(from.routingId)
    // Half the time of a spread, with most messages.
    return message.length === 1 ? [id, message[0] as Buffer] : [id, ...message]
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    if (pipe.routingId.length === 0) return
    this.queue.activate(pipe)
    this.host.wakeReceiver(pipe)
  }

  writable(): void {
    this.host.wakeSender()
  }

  /** As in libzmq, a peer that is there again keeps the id under which it is known. */
  established(pipe: Pipe): void {
    if (pipe.routingId.length === 0) this.identify(pipe)
  }

  ended(pipe: Pipe): void {
    const id = pipe.routingId
    if (id.length > 0) {
      const next = this.ids.release(id)
      if (next !== undefined) this.admit(next, id)
      // A send that waits for this peer has nobody to wait for any more.
      else this.host.wakeSender()
      return
    }
    this.ids.giveUp(pipe)
    // Nobody would know whose they are.
    while (pipe.read() !== undefined);
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  /** Finds the id of a peer, as soon as it can be known. */
  private identify(pipe: Pipe): void {
    const id = pipe.givenId.length > 0 ? pipe.givenId : pipe.peer?.routingId
    if (id === undefined) return
    if (id.length === 0) {
      this.admit(pipe, this.ids.generate())
      return
    }
    const holder = this.ids.get(id)
    if (holder === undefined) this.admit(pipe, id)
    else if (this.options.handover) {
      this.suspend(holder)
      this.admit(pipe, id)
    } else this.ids.wait(id, pipe)
  }

  private admit(pipe: Pipe, id: Buffer): void {
    pipe.routingId = id
    this.ids.assign(id, pipe)
    if (pipe.canRead()) this.readable(pipe)
    this.host.wakeSender()
  }

  /** Another peer takes over the id of this one, which waits to have it again. */
  private suspend(pipe: Pipe): void {
    this.ids.wait(pipe.routingId, pipe)
    pipe.routingId = EMPTY
    this.queue.remove(pipe)
  }

  /**
   * A message cannot be sent. One for a peer that is not there never waits: there is nothing to wait for, as
   * zmq_send() has it. One for a full queue waits while all queues are full, as with the native package.
   */
  private refuse(reason: "EAGAIN" | "EHOSTUNREACH"): boolean {
    if (!this.options.mandatory) return this.drop()
    if (reason === "EHOSTUNREACH" || this.canSend()) throw errnoError(reason)
    return false
  }

  private drop(): true {
    this.dropped++
    return true
  }
}

function bytes(part: OutgoingPart): Uint8Array {
  return typeof part === "string" ? Buffer.from(part) : part
}

const ROUTER: SocketDescription = {
  kind: SocketKind.Router,
  socketType: "ROUTER",
  makePattern: (host, values, runtime) => new RouterPattern(host, values, runtime.random() * 2 ** 32),
}

/**
 * A server that talks to each of its peers by name: the first part of a message is the routing id of the peer that
 * it came from, or shall go to. Peers choose their {@link DealerProperties.routingId}; the others get one of five bytes
 * that begins with zero, for as long as they stay connected.
 *
 * {@link send} never waits: a message for a peer that is not there, or whose queue is full, is dropped. With
 * {@link mandatory} one for a peer that is not there, or leaves while the message waits, rejects with `EHOSTUNREACH`.
 * One for a full queue rejects with `EAGAIN` while any other queue has room, and else waits.
 *
 * Of several peers with the same id the first has it, or with {@link handover} the last. The others stay connected,
 * but are neither heard nor spoken to until it is their turn.
 *
 * ```typescript
 * const router = new Router()
 * await router.bind("tcp://127.0.0.1:5559")
 * for await (const [id, ...request] of router) await router.send([id, ...answer(request)])
 * ```
 */
export class Router extends Socket {
  constructor(options?: SocketOptions<Router>) {
    super(ROUTER, options)
  }

  /**
   * Connects as every socket does. With `routingId` that is the id under which this socket knows the peer, whatever
   * it calls itself; messages can be queued for it before it is there (ZMQ_CONNECT_ROUTING_ID).
   *
   * ```typescript
   * router.connect("tcp://10.0.0.2:5559", { routingId: "north" })
   * await router.send(["north", "hello"])
   * ```
   *
   * Throws `EINVAL` when another peer has the id or it is longer than 255 bytes, and else what
   * {@link Socket.connect} throws.
   */
  override connect(address: string, options: RouterConnectOptions = {}): void {
    const { routingId } = options
    if (routingId) {
      checkValue("String", routingId)
      const { pattern } = coreOf(this)
      if (pattern instanceof RouterPattern && pattern.knows(Buffer.from(routingId))) {
        throw errnoError("EINVAL", "Another peer has this routing id", address)
      }
      this.setStringOption(CONNECT_ROUTING_ID, routingId)
    }
    super.connect(address)
  }

  /**
   * How many messages were dropped because their peer was not there or its queue was full (`sendHighWaterMark`), or
   * because they were an id with nothing after it. Native has no such count.
   */
  get dropped(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof RouterPattern ? pattern.dropped : 0
  }
}

export interface Router extends Readable, Writable, RouterProperties {}
defineSocketOptions(Router, ROUTER)
