/**
 * The client-server pattern (41/CLISRV): CLIENT sends to its servers in turn and receives from all of them; SERVER
 * answers each of its clients by the routing id that came with the message. PEER is a SERVER to others of its kind
 * (peer.ts).
 */
import type { Pipe } from "../../peers/pipe.js"
import type { Runtime } from "../../peers/runtime.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import type { SocketCore } from "../core.js"
import { errnoError } from "../errors.js"
import { SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { DealerPattern } from "../patterns/dealer.js"
import { addressedParts, checkSinglePart, SinglePartQueue, withMetadata } from "./single-part.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { MessageLike, Readable, SocketOptions, Writable } from "../types.js"

const ID_SIZE = 4
const ID_VALUES = 2 ** 32

export class ClientPattern extends DealerPattern {
  constructor(host: PatternHost) {
    super(host, { probeRouter: false }, new SinglePartQueue())
  }

  override send(message: OutgoingMessage): boolean {
    checkSinglePart(message)
    return super.send(message)
  }
}

export class ServerPattern implements Pattern {
  /** The routing id of the last pipe that came. */
  lastId: number
  private readonly host: PatternHost
  private readonly queue = new SinglePartQueue()
  private readonly pipes = new Map<number, Pipe>()
  /** Still known when a pipe has gone and its last message is read. */
  private readonly ids = new WeakMap<Pipe, number>()

  /** `firstId` is where routing ids begin: at random, so that those of an earlier server mean nothing to this one. */
  constructor(host: PatternHost, firstId: number) {
    this.host = host
    this.lastId = firstId >>> 0
  }

  attach(pipe: Pipe): void {
    // 0 is nobody's (41/CLISRV §The SERVER Socket Type).
    do this.lastId = (this.lastId + 1) >>> 0
    while (this.lastId === 0 || this.pipes.has(this.lastId))
    this.pipes.set(this.lastId, pipe)
    this.ids.set(pipe, this.lastId)
  }

  /** As in libzmq: whether a message can be sent depends on whom it is for. */
  canSend(): boolean {
    return true
  }

  /** The first part is the routing id. */
  send([id, ...body]: OutgoingMessage): boolean {
    checkSinglePart(body)
    const pipe = this.pipes.get((id as Buffer).readUInt32BE())
    if (pipe === undefined) throw errnoError("EHOSTUNREACH")
    // Native does not wait either: one client that reads nothing would hold up all others.
    if (!pipe.write(body)) throw errnoError("EAGAIN")
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
    const { last } = this.queue
    const routingId = last === undefined ? undefined : this.ids.get(last)
    return withMetadata(message[0], { routingId })
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    this.host.wakeReceiver(pipe)
  }

  writable(): void {
    // Nobody waits to send.
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    this.pipes.delete(this.ids.get(pipe) ?? 0)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }
}

/** What comes with each message that a {@link Server} receives, and goes with each that it sends. */
export interface ServerRoutingOptions {
  /** The client: a number from 1 to 4294967295. */
  routingId: number
}

/** The message that a {@link ServerPattern} sends for what a user's `send` was given. */
export function routedMessage(
  core: SocketCore,
  message: unknown,
  options: unknown,
  received: number,
): OutgoingMessage {
  const parts = addressedParts(core, message, options, received)
  const { routingId } = options as { routingId: unknown }
  if (routingId === undefined) throw errnoError("EINVAL")
  if (typeof routingId !== "number") throw new TypeError("A number was expected")
  if (routingId >>> 0 === 0) throw errnoError("EINVAL")
  if (parts.length === 0) return parts
  const id = Buffer.allocUnsafe(ID_SIZE)
  id.writeUInt32BE(routingId >>> 0)
  return [id, ...parts]
}

/** Where the routing ids of a new socket begin. */
export function firstRoutingId(runtime: Runtime): number {
  return Math.floor(runtime.random() * ID_VALUES)
}

const CLIENT: SocketDescription = {
  kind: SocketKind.Client,
  socketType: "CLIENT",
  makePattern: host => new ClientPattern(host),
}

/**
 * A client: sends messages of one part to its servers in turn, and receives from all of them, in any order. With no
 * server, or with full queues to all of them, {@link send} waits.
 *
 * ```typescript
 * const client = new Client()
 * client.connect("tcp://127.0.0.1:5555")
 * await client.send("question")
 * const [answer] = await client.receive()
 * ```
 */
export class Client extends Socket {
  constructor(options?: SocketOptions<Client>) {
    super(CLIENT, options)
  }
}

export interface Client extends Readable<[Buffer]>, Writable<MessageLike> {}
defineSocketOptions(Client, CLIENT)

const SERVER: SocketDescription = {
  kind: SocketKind.Server,
  socketType: "SERVER",
  makePattern: (host, _values, runtime) => new ServerPattern(host, firstRoutingId(runtime)),
}

/**
 * A server: receives messages of one part from its clients in turn, each with the client's routing id, and sends to
 * the client of a routing id. An id is good until the client is gone.
 *
 * ```typescript
 * const server = new Server()
 * await server.bind("tcp://127.0.0.1:5555")
 * for await (const [question, client] of server) await server.send(answer(question), client)
 * ```
 */
export class Server extends Socket {
  constructor(options?: SocketOptions<Server>) {
    super(SERVER, options)
  }

  /**
   * Sends to one client. It never waits, whatever {@link sendTimeout} says, so that a client which reads nothing
   * holds up no others: as with the native package, a message that its queue cannot take is an error.
   *
   * Rejects with `EHOSTUNREACH` when there is no such client, `EAGAIN` when its queue is full, `EINVAL` for several
   * parts. Throws `EINVAL` for a routing id of 0 or undefined, TypeError for one that is no number, and what every
   * `send` does.
   */
  send(message: MessageLike, options: ServerRoutingOptions): Promise<void> {
    const core = coreOf(this)
    return core.send(routedMessage(core, message, options, arguments.length))
  }

  /** As {@link send}, without a promise: throws what that rejects with, and never returns false. */
  trySend(message: MessageLike, options: ServerRoutingOptions): boolean {
    const core = coreOf(this)
    return core.trySend(routedMessage(core, message, options, arguments.length))
  }
}

export interface Server
  extends Readable<[Buffer, ServerRoutingOptions]>, Writable<MessageLike, [ServerRoutingOptions]> {}
defineSocketOptions(Server, SERVER)
