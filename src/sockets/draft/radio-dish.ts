/**
 * The radio-dish pattern (48/RADIO-DISH): RADIO sends each message to one group, and drops it for members that do not
 * keep up; DISH joins groups, and takes messages of no other. Over connections the RADIO knows who is in which group;
 * over udp everybody gets everything, and each DISH filters.
 */
import { DatagramPipe, type DatagramFormat } from "../../peers/datagram-pipe.js"
import { InprocPipe } from "../../peers/inproc-pipe.js"
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { udp } from "../../transports/udp.js"
import {
  buildDatagram,
  LARGEST_DATAGRAM,
  LONGEST_GROUP,
  parseDatagram,
  partBytes,
} from "../../wire/datagrams.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../wire/frames.js"
import type { SocketCore } from "../core.js"
import { errnoError } from "../errors.js"
import { checkGroup, groupBytes, groupKey } from "./groups.js"
import { SocketKind } from "../options.js"
import { ReceiveOnly, SendOnly, type Pattern, type PatternHost, type Refusal } from "../pattern.js"
import { addressedParts, checkSinglePart, withMetadata } from "./single-part.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { MessageLike, Readable, SocketOptions, Writable } from "../types.js"

/** Most groups that one peer may be in: of the longest ones about 40 MB. */
const GROUPS_LIMIT = 100_000

/** First byte of a message by which a peer of the same process joins a group. */
const JOIN = 1

const FORMAT: DatagramFormat = {
  build: ([group, body]) => ({
    bytes: buildDatagram(partBytes(group as OutgoingPart), partBytes(body as OutgoingPart)),
  }),
  parse: parseDatagram,
}

export class RadioPattern extends SendOnly implements Pattern {
  /** Messages that were not queued for a member because its queue was full. */
  dropped = 0

  private readonly members = new Map<string, Set<Pipe>>()
  /** The groups of each peer. */
  private readonly groups = new Map<Pipe, Set<string>>()
  /** Those who get everything. */
  private readonly ports = new Set<DatagramPipe>()
  /** Peers that have been there. */
  private readonly met = new Set<Pipe>()
  /** Those that have connected anew, and whose groups are still those of their last connection. */
  private readonly returned = new Set<Pipe>()

  attach(pipe: Pipe): void {
    if (pipe instanceof DatagramPipe) this.ports.add(pipe)
  }

  /** A RADIO never waits: what cannot be sent is dropped. */
  canSend(): boolean {
    return true
  }

  /** The first part is the group. */
  send([group, ...rest]: OutgoingMessage): boolean {
    checkSinglePart(rest)
    const message = [group as Buffer, partBytes(rest[0] as OutgoingPart)] as const
    if (this.ports.size > 0) this.transmit(message)
    const members = this.members.get(groupKey(message[0]))
    if (members !== undefined) for (const pipe of members) this.give(pipe, message)
    return true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    for (let message = pipe.read(); message !== undefined; message = pipe.read()) {
      const [body] = message
      // Nothing else comes from a DISH. What comes over a connection is discarded.
      if (body !== undefined && pipe instanceof InprocPipe) {
        this.membership(pipe, body[0] === JOIN, body.subarray(1))
      }
    }
  }

  writable(): void {
    // The next message finds out by itself.
  }

  /**
   * A peer that is there again joins its groups anew. Until the first of these comes the earlier ones hold, so that
   * it misses nothing.
   */
  established(pipe: Pipe): void {
    if (this.met.has(pipe)) this.returned.add(pipe)
    else this.met.add(pipe)
  }

  membership(pipe: Pipe, join: boolean, group: Buffer): void {
    if (this.returned.delete(pipe)) this.forget(pipe)
    if (group.length > LONGEST_GROUP) {
      pipe.fail("A group of more than 255 bytes")
      return
    }
    const key = groupKey(group)
    if (join) this.join(pipe, key)
    else this.leave(pipe, key)
  }

  ended(pipe: Pipe): void {
    if (pipe instanceof DatagramPipe) this.ports.delete(pipe)
    this.met.delete(pipe)
    this.returned.delete(pipe)
    this.forget(pipe)
  }

  drained(): void {
    // Nothing is kept for reading.
  }

  lost(): void {
    this.dropped++
  }

  private transmit(message: readonly [Uint8Array, Uint8Array]): void {
    // Before anybody has got it: a DISH of libzmq would read the beginning and take it for the whole.
    if (1 + message[0].length + message[1].length > LARGEST_DATAGRAM) throw errnoError("EMSGSIZE")
    for (const port of this.ports) this.give(port, message)
  }

  private give(pipe: Pipe, message: OutgoingMessage): void {
    if (!pipe.write(message)) this.dropped++
  }

  private join(pipe: Pipe, key: string): void {
    const groups = this.groups.get(pipe) ?? new Set()
    this.groups.set(pipe, groups)
    groups.add(key)
    const members = this.members.get(key) ?? new Set()
    this.members.set(key, members)
    members.add(pipe)
    if (groups.size > GROUPS_LIMIT) pipe.fail("Too many groups")
  }

  private leave(pipe: Pipe, key: string): void {
    this.groups.get(pipe)?.delete(key)
    const members = this.members.get(key)
    if (members?.delete(pipe) === true && members.size === 0) this.members.delete(key)
  }

  private forget(pipe: Pipe): void {
    for (const key of this.groups.get(pipe) ?? []) this.leave(pipe, key)
    this.groups.delete(pipe)
  }
}

export class DishPattern extends ReceiveOnly implements Pattern {
  /** Datagrams that came while the queue was full. */
  dropped = 0

  private readonly host: PatternHost
  private readonly queue = new FairQueue<Message, Pipe>()
  private readonly groups = new Map<string, Uint8Array>()
  /** Peers that are there to be told of groups. */
  private readonly radios = new Set<Pipe>()
  /** The next message of a group that was joined, when {@link canReceive} has found it. */
  private next: Message | undefined

  constructor(host: PatternHost) {
    super()
    this.host = host
  }

  changeGroup(join: boolean, group: Uint8Array): void {
    checkGroup(group)
    const key = groupKey(group)
    if (this.groups.has(key) === join) throw errnoError("EINVAL")
    if (join) this.groups.set(key, Buffer.from(group))
    else this.groups.delete(key)
    for (const pipe of this.radios) pipe.subscription(join, group)
  }

  attach(): void {
    // The pipe reports when it has something.
  }

  /** As in libzmq, which says that a DISH may join groups at any time. */
  override canSend(): boolean {
    return true
  }

  override send(): boolean {
    throw errnoError("ENOTSUP")
  }

  canReceive(): boolean {
    this.next ??= this.find()
    return this.next !== undefined
  }

  receive(): Message | undefined {
    const { next } = this
    if (next === undefined) return this.find()
    this.next = undefined
    return next
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    this.host.wakeReceiver(pipe)
  }

  writable(): void {
    // Nothing is ever written but groups.
  }

  /** A peer is there, or there again, and knows none of our groups. */
  established(pipe: Pipe): void {
    this.radios.add(pipe)
    for (const group of this.groups.values()) pipe.subscription(true, group)
  }

  ended(pipe: Pipe): void {
    this.radios.delete(pipe)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  lost(): void {
    this.dropped++
  }

  private find(): Message | undefined {
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined) return undefined
      // 37/ZMTP §Thread-Safe Socket Types: messages of several parts are discarded.
      if (message.length > 2) continue
      const [group, body] = message
      if (group === undefined || message.length !== 2 || group.length > LONGEST_GROUP) {
        this.queue.last?.fail("A message that is not a group and a body (37/ZMTP §The Radio-Dish Pattern)")
        continue
      }
      // Radios filter too, but not those that send by udp, nor before they hear that a group was left.
      if (this.groups.has(groupKey(group))) return withMetadata(body, { group })
    }
  }
}

/** What goes with each message that a {@link Radio} sends. */
export interface RadioGroupOptions {
  /** Up to 255 bytes, none of them zero. */
  group: Buffer | string
}

/** What comes with each message that a {@link Dish} receives. */
export interface DishGroupOptions {
  group: Buffer
}

function groupMessage(
  core: SocketCore,
  message: unknown,
  options: unknown,
  received: number,
): OutgoingMessage {
  const parts = addressedParts(core, message, options, received)
  const { group } = options as { group: unknown }
  if (group === undefined) throw errnoError("EINVAL")
  const bytes = groupBytes(group)
  checkGroup(bytes)
  return parts.length === 0 ? parts : [bytes, ...parts]
}

const RADIO: SocketDescription = {
  kind: SocketKind.Radio,
  socketType: "RADIO",
  makePattern: () => new RadioPattern(),
  datagrams: { transport: udp, format: FORMAT, role: "connect", alone: false },
}

/**
 * A radio: sends each message, of one part, to all who are in its group.
 *
 * {@link send} never waits: a dish whose queue is full misses the message. What is sent before a dish's connection is
 * established and the news of its groups has arrived does not reach it.
 *
 * It connects to `udp://host:port` and `udp://interface;group:port` too. That sends one packet a message, of at most
 * 8192 bytes with the group, to whoever is bound there, who may miss some.
 *
 * ```typescript
 * const radio = new Radio()
 * await radio.bind("tcp://127.0.0.1:5556")
 * await radio.send("-3", { group: "weather.oslo" })
 * ```
 */
export class Radio extends Socket {
  constructor(options?: SocketOptions<Radio>) {
    super(RADIO, options)
  }

  /**
   * How many times a dish has missed a message because its queue was full (`sendHighWaterMark`), or a packet could not
   * be sent. Native has no such count.
   */
  get dropped(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof RadioPattern ? pattern.dropped : 0
  }

  /**
   * Sends to one group. Rejects with `EINVAL` for several parts, and with `EMSGSIZE`, having sent nothing, for what
   * is too large for a udp endpoint of this socket. Throws `EINVAL` for a group that is undefined or longer than 255
   * bytes; TypeError for one that is neither text nor a Buffer; and what every `send` does. A group ends before its
   * first zero byte.
   */
  send(message: MessageLike, options: RadioGroupOptions): Promise<void> {
    const core = coreOf(this)
    return core.send(groupMessage(core, message, options, arguments.length))
  }

  /** As {@link send}, without a promise: throws what that rejects with, and never returns false. */
  trySend(message: MessageLike, options: RadioGroupOptions): boolean {
    const core = coreOf(this)
    return core.trySend(groupMessage(core, message, options, arguments.length))
  }
}

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged with the class above
export interface Radio extends Writable<MessageLike, [RadioGroupOptions]> {}
defineSocketOptions(Radio, RADIO)

const DISH: SocketDescription = {
  kind: SocketKind.Dish,
  socketType: "DISH",
  makePattern: host => new DishPattern(host),
  datagrams: { transport: udp, format: FORMAT, role: "bind", alone: false },
}

/**
 * A dish: receives the messages, of one part, of the groups that it joined, from all radios in turn. At first it is in
 * no group.
 *
 * It binds to `udp://host:port` and, to receive multicast, `udp://interface;group:port` or `udp://group:port` too.
 *
 * ```typescript
 * const dish = new Dish()
 * dish.connect("tcp://127.0.0.1:5556")
 * dish.join("weather.oslo")
 * for await (const [degrees, { group }] of dish) console.log(`${group}: ${degrees}`)
 * ```
 */
export class Dish extends Socket {
  constructor(options?: SocketOptions<Dish>) {
    super(DISH, options)
  }

  /** How many packets came over udp while the queue was full (`receiveHighWaterMark`). Native has no such count. */
  get dropped(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof DishPattern ? pattern.dropped : 0
  }
}

export interface Dish extends Readable<[Buffer, DishGroupOptions]> {
  /**
   * Joins groups, each of up to 255 bytes, the first zero byte being the end (zmq_join). Throws `EINVAL` for a group
   * that is too long or was joined before, and joins the others; TypeError for what is neither text nor a Buffer.
   */
  join(...groups: (Buffer | string)[]): void

  /** Leaves groups (zmq_leave). Throws `EINVAL` for one that was not joined, and leaves the others. */
  leave(...groups: (Buffer | string)[]): void
}
defineSocketOptions(Dish, DISH)
