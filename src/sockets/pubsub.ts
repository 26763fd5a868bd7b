/**
 * The publish-subscribe pattern (29/PUBSUB): PUB sends each message to every peer that subscribed to it, and drops
 * it for those that do not keep up; SUB tells its peers what it wants, and takes nothing else.
 */
import type { Pipe } from "../peers/pipe.js"
import { FairQueue } from "../routing/fair-queue.js"
import { TopicMap, TopicSet } from "../routing/subscriptions.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../wire/frames.js"
import { errnoError } from "./errors.js"
import { SocketKind, SUBSCRIBE as SUBSCRIBE_OPTION, UNSUBSCRIBE as UNSUBSCRIBE_OPTION } from "./options.js"
import { ReceiveOnly, SendOnly, type Pattern, type PatternHost, type Refusal } from "./pattern.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "./socket.js"
import type { PublisherProperties, Readable, SocketOptions, SubscriberProperties, Writable } from "./types.js"

/** First byte of a subscription message (29/PUBSUB §The Subscription Message). */
const SUBSCRIBE = 1
const CANCEL = 0

/** What one peer's subscriptions may weigh, in bytes of memory: about 2.5 million short topics. */
const SUBSCRIPTION_LIMIT = 512 * 1024 * 1024

export interface PublisherOptions {
  /** ZMQ_XPUB_NODROP: a message that some subscriber's queue cannot take is refused, not dropped. */
  readonly noDrop: boolean
  /** ZMQ_INVERT_MATCHING: messages go to those who did not subscribe to them. */
  readonly invertMatching: boolean
}

export class PublisherPattern extends SendOnly implements Pattern {
  /** Messages that were not queued for a subscriber because its queue was full. */
  dropped = 0

  private readonly options: PublisherOptions
  private readonly pipes = new Set<Pipe>()
  private readonly topics = new TopicMap<Pipe>()
  /** Peers that have been there. */
  private readonly met = new Set<Pipe>()
  /** Those that have connected anew, and whose subscriptions are still those of their last connection. */
  private readonly returned = new Set<Pipe>()
  /** The message under way, and the number of its pipes that are full. */
  private message: OutgoingMessage = []
  private full = 0

  constructor(options: PublisherOptions) {
    super()
    this.options = options
  }

  attach(pipe: Pipe): void {
    this.pipes.add(pipe)
  }

  /** A PUB never waits: what cannot be sent is dropped. */
  canSend(): boolean {
    return true
  }

  send(message: OutgoingMessage): boolean {
    if (this.pipes.size === 0) return true
    const first = bytes(message[0] as OutgoingPart)
    if (this.options.noDrop) {
      this.full = 0
      this.each(first, this.check)
      if (this.full > 0) throw errnoError("EAGAIN")
    }
    // Each pipe takes a copy of small parts; a string would be turned into bytes for each of them.
    this.message =
      first === message[0] && message.length === 1 ? message : [first, ...message.slice(1).map(bytes)]
    this.each(first, this.give)
    this.message = []
    return true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    for (let message = pipe.read(); message !== undefined; message = pipe.read()) this.heed(pipe, message)
  }

  writable(): void {
    // The next message finds out by itself.
  }

  /**
   * A peer that is there again sends its subscriptions anew. Until the first of these comes the earlier ones hold,
   * so that it misses nothing; counted twice, they would outlast its cancellations.
   */
  established(pipe: Pipe): void {
    if (this.met.has(pipe)) this.returned.add(pipe)
    else this.met.add(pipe)
  }

  ended(pipe: Pipe): void {
    this.pipes.delete(pipe)
    this.met.delete(pipe)
    this.returned.delete(pipe)
    this.topics.removeSubscriber(pipe)
  }

  drained(): void {
    // Nothing is kept for reading.
  }

  private each(first: Uint8Array, visit: (pipe: Pipe) => void): void {
    if (!this.options.invertMatching) {
      this.topics.match(first, visit)
      return
    }
    const others = new Set(this.pipes)
    this.topics.match(first, pipe => others.delete(pipe))
    others.forEach(visit)
  }

  private readonly check = (pipe: Pipe): void => {
    if (!pipe.canWrite()) this.full++
  }

  private readonly give = (pipe: Pipe): void => {
    if (!pipe.write(this.message)) this.dropped++
  }

  private heed(pipe: Pipe, message: Message): void {
    const [body] = message
    if (body === undefined || message.length > 1) return
    const topic = body.subarray(1)
    if (this.returned.delete(pipe)) this.topics.removeSubscriber(pipe)
    if (body[0] === SUBSCRIBE) {
      this.topics.add(topic, pipe)
      if (this.topics.weightOf(pipe) > SUBSCRIPTION_LIMIT) pipe.fail("Too many subscriptions")
    } else if (body[0] === CANCEL) this.topics.remove(topic, pipe)
    // Any other message is of no use to a PUB.
  }
}

function bytes(part: OutgoingPart): Uint8Array {
  return typeof part === "string" ? Buffer.from(part) : part
}

export interface SubscriberOptions {
  /** ZMQ_INVERT_MATCHING: messages that match no subscription are received, and no others. */
  readonly invertMatching: boolean
}

export class SubscriberPattern extends ReceiveOnly implements Pattern {
  private readonly host: PatternHost
  private readonly options: SubscriberOptions
  private readonly queue = new FairQueue<Message, Pipe>()
  private readonly topics = new TopicSet()
  /** Peers that are there to be told of subscriptions. */
  private readonly publishers = new Set<Pipe>()
  /** The next message that matches, when {@link canReceive} has found it. */
  private next: Message | undefined

  constructor(host: PatternHost, options: SubscriberOptions) {
    super()
    this.host = host
    this.options = options
  }

  /** Peers hear only of the first of equal subscriptions, and of the last cancellation. */
  subscribe(add: boolean, topic: Uint8Array): void {
    const changed = add ? this.topics.add(topic) : this.topics.remove(topic) === true
    if (changed) for (const pipe of this.publishers) pipe.subscription(add, topic)
  }

  attach(): void {
    // The pipe reports when it has something.
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
    this.host.wakeReceiver()
  }

  writable(): void {
    // Nothing is ever written but subscriptions.
  }

  /** A peer is there, or there again, and knows none of our subscriptions. */
  established(pipe: Pipe): void {
    this.publishers.add(pipe)
    for (const topic of this.topics.topics()) pipe.subscription(true, topic)
  }

  ended(pipe: Pipe): void {
    this.publishers.delete(pipe)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  private find(): Message | undefined {
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined) return undefined
      // Publishers filter too, but not those without versions, nor before they hear of a cancellation.
      if (this.topics.matches(message[0] as Buffer) !== this.options.invertMatching) return message
    }
  }
}

const PUBLISHER: SocketDescription = {
  kind: SocketKind.Publisher,
  socketType: "PUB",
  makePattern: (_host, values) => new PublisherPattern(values),
}

/**
 * A publisher: sends each message to all subscribers that want it, by the beginning of its first part.
 *
 * {@link send} never waits: a subscriber whose queue is full misses the message. What is sent before a subscriber's
 * connection is established and its subscription has arrived does not reach it.
 *
 * ```typescript
 * const publisher = new Publisher()
 * await publisher.bind("tcp://127.0.0.1:5556")
 * await publisher.send(["weather.oslo", "-3"])
 * ```
 */
export class Publisher extends Socket {
  constructor(options?: SocketOptions<Publisher>) {
    super(PUBLISHER, options)
  }

  /**
   * How many times a subscriber has missed a message because its queue was full (`sendHighWaterMark`). Native has
   * no such count.
   */
  get dropped(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof PublisherPattern ? pattern.dropped : 0
  }
}

export interface Publisher extends Writable, PublisherProperties {}
defineSocketOptions(Publisher, PUBLISHER)

const SUBSCRIBER: SocketDescription = {
  kind: SocketKind.Subscriber,
  socketType: "SUB",
  makePattern: (host, values) => new SubscriberPattern(host, values),
}

/**
 * A subscriber: receives the messages that it subscribed to, from all publishers in turn. At first it is subscribed
 * to nothing.
 *
 * ```typescript
 * const subscriber = new Subscriber()
 * subscriber.connect("tcp://127.0.0.1:5556")
 * subscriber.subscribe("weather.")
 * for await (const [topic, degrees] of subscriber) console.log(`${topic}: ${degrees}`)
 * ```
 */
export class Subscriber extends Socket {
  constructor(options?: SocketOptions<Subscriber>) {
    super(SUBSCRIBER, options)
  }

  /**
   * Subscribes to messages whose first part begins with a prefix; to all messages when none is given (ZMQ_SUBSCRIBE).
   * Each call counts: it takes as many {@link unsubscribe} to undo.
   */
  subscribe(...prefixes: (Buffer | string)[]): void {
    if (prefixes.length === 0) this.setStringOption(SUBSCRIBE_OPTION, null)
    for (const prefix of prefixes) this.setStringOption(SUBSCRIBE_OPTION, prefix)
  }

  /**
   * Takes back a {@link subscribe} of a prefix, or without one that to all messages (ZMQ_UNSUBSCRIBE). Does nothing
   * when there was none.
   */
  unsubscribe(...prefixes: (Buffer | string)[]): void {
    if (prefixes.length === 0) this.setStringOption(UNSUBSCRIBE_OPTION, null)
    for (const prefix of prefixes) this.setStringOption(UNSUBSCRIBE_OPTION, prefix)
  }
}

export interface Subscriber extends Readable, SubscriberProperties {}
defineSocketOptions(Subscriber, SUBSCRIBER)
