/**
 * Streams of bytes (ZMQ_STREAM): a socket that talks to peers which know nothing of ZeroMQ, over TCP or ipc. Each
 * connection has a routing id; what comes is received after the id of its connection, and what is sent names the
 * connection first.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { RoutingIds } from "../../routing/routing-ids.js"
import { ownBytes } from "../../wire/bytes.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { errnoError } from "../errors.js"
import { checkValue, EMPTY, SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type {
  Message as Part,
  MessageLike,
  Readable,
  SocketOptions,
  StreamProperties,
  Writable,
} from "../types.js"

/** ZMQ_CONNECT_ROUTING_ID. */
const CONNECT_ROUTING_ID = 61

export class StreamPattern implements Pattern {
  private readonly host: PatternHost
  private readonly queue = new FairQueue<Message, Pipe>()
  /** The connections that can be written to. A pipe keeps its id until it is read to its end, or hung up. */
  private readonly ids: RoutingIds<Pipe>

  constructor(host: PatternHost, firstId: number) {
    this.host = host
    this.ids = new RoutingIds(firstId)
  }

  /** Whether a connection has this routing id. */
  knows(id: Uint8Array): boolean {
    return this.ids.get(id) !== undefined
  }

  attach(pipe: Pipe): void {
    const { givenId } = pipe
    pipe.routingId = givenId.length > 0 && !this.knows(givenId) ? givenId : this.ids.generate()
    this.ids.assign(pipe.routingId, pipe)
  }

  /** As in libzmq a Stream is always ready, so no send ever waits: one slow peer must not hold up the others. */
  canSend(): boolean {
    return true
  }

  send(message: OutgoingMessage): boolean {
    const [id, data] = message
    if (id === undefined || data === undefined || message.length > 2) {
      throw errnoError("EINVAL", "A Stream sends two parts: the routing id of a connection, and its bytes")
    }
    const pipe = this.ids.get(typeof id === "string" ? Buffer.from(id) : id)
    if (pipe === undefined) throw errnoError("EHOSTUNREACH")
    if (data.length === 0) {
      // Taken although the queue may be full: else nobody could get rid of a client that reads nothing.
      this.forget(pipe)
      pipe.hangUp()
    } else if (!pipe.write([data])) throw errnoError("EAGAIN")
    return true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.queue.canReceive()
  }

  receive(): Message | undefined {
    const message = this.queue.receive()
    if (message === undefined) return undefined
    // A copy: the id that is received is the user's to write to.
    return [ownBytes((this.queue.last as Pipe).routingId), ...message]
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    if (pipe.routingId.length === 0) discard(pipe)
    else {
      this.queue.activate(pipe)
      this.host.wakeReceiver(pipe)
    }
  }

  writable(): void {
    // Nobody waits for room.
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    if (pipe.routingId.length > 0) this.ids.release(pipe.routingId)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  /** The user has closed the connection: what came from it and was not received is dropped, as in libzmq. */
  private forget(pipe: Pipe): void {
    this.ids.release(pipe.routingId)
    pipe.routingId = EMPTY
    this.queue.remove(pipe)
    discard(pipe)
  }
}

function discard(pipe: Pipe): void {
  while (pipe.read() !== undefined);
}

const STREAM: SocketDescription = {
  kind: SocketKind.Stream,
  socketType: "STREAM",
  makePattern: (host, _values, runtime) => new StreamPattern(host, runtime.random() * 2 ** 32),
}

/** What {@link Stream.connect} takes besides the address. */
export interface StreamConnectOptions {
  /**
   * The routing id of the connection, by which messages are sent over it and received from it: 1 to 255 bytes, the
   * first of them not zero. The same id stays when the connection is lost and made again.
   */
  routingId?: string
}

/**
 * A socket for plain TCP: it talks to peers that know nothing of ZeroMQ, such as web browsers, as a server, a
 * client, or both. Every message has two parts. The first is the routing id of a connection, the second some of the
 * bytes that came over it, or are to be sent; bytes arrive in order, but in pieces that need not be those they were
 * sent in.
 *
 * An empty second part tells that the connection was made, and later that it was lost (see {@link notify}). Sending
 * one closes the connection, once all that was sent before has left; a peer that takes nothing of it for 30 seconds is
 * given up. Sending to an id that no connection has rejects with `EHOSTUNREACH`. {@link send} never waits: when the queue of the connection is full
 * ({@link sendHighWaterMark}), it rejects with `EAGAIN` whatever {@link sendTimeout} says, and the peer has to read
 * before more is taken. An empty part is always taken.
 *
 * ```typescript
 * const stream = new Stream()
 * await stream.bind("tcp://127.0.0.1:8080")
 * for await (const [id, data] of stream) {
 *   if (data.length === 0) continue
 *   await stream.send([id, "HTTP/1.0 200 OK\r\n\r\nHello"])
 *   await stream.send([id, ""])
 * }
 * ```
 */
export class Stream extends Socket {
  constructor(options?: SocketOptions<Stream>) {
    super(STREAM, options)
  }

  /**
   * Connects as every socket does, and again whenever the connection is lost. The first message from the connection,
   * which is empty, shows the routing id it got, unless one is given here.
   *
   * Throws `EINVAL` when another connection has the id or it is longer than 255 bytes, and else what
   * {@link Socket.connect} throws.
   *
   * @param address The endpoint, such as `tcp://127.0.0.1:80`.
   * @param options The routing id of the connection.
   */
  override connect(address: string, options: StreamConnectOptions = {}): void {
    const { routingId } = options
    if (routingId) {
      checkValue("String", routingId)
      const { pattern } = coreOf(this)
      if (pattern instanceof StreamPattern && pattern.knows(Buffer.from(routingId))) {
        throw errnoError("EINVAL", "Another connection has this routing id", address)
      }
      this.setStringOption(CONNECT_ROUTING_ID, routingId)
    }
    super.connect(address)
  }
}

export interface Stream
  extends Readable<[Part, Part]>, Writable<[MessageLike, MessageLike]>, StreamProperties {}
defineSocketOptions(Stream, STREAM)
