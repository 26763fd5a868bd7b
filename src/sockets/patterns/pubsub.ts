/**
 * The sockets of publish-subscribe (29/PUBSUB) as users hold them: Publisher and Subscriber, and the two that show
 * subscriptions as messages, from which forwarders and caches are built. What they do is in publishing.ts and
 * subscribing.ts.
 */
import { SocketKind, SUBSCRIBE, UNSUBSCRIBE, XPUB_VERBOSE, XPUB_VERBOSER } from "../options.js"
import { PublisherPattern } from "./publishing.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import { SubscriberPattern } from "./subscribing.js"
import type {
  PublisherProperties,
  Readable,
  SocketOptions,
  SubscriberProperties,
  Writable,
  XPublisherProperties,
} from "../types.js"

const PUBLISHER: SocketDescription = {
  kind: SocketKind.Publisher,
  socketType: "PUB",
  makePattern: (host, values) => new PublisherPattern(host, values, "PUB"),
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
    return droppedBy(this)
  }
}

export interface Publisher extends Writable, PublisherProperties {}
defineSocketOptions(Publisher, PUBLISHER)

const SUBSCRIBER: SocketDescription = {
  kind: SocketKind.Subscriber,
  socketType: "SUB",
  makePattern: (host, values) => new SubscriberPattern(host, values, "SUB"),
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
    if (prefixes.length === 0) this.setStringOption(SUBSCRIBE, null)
    for (const prefix of prefixes) this.setStringOption(SUBSCRIBE, prefix)
  }

  /**
   * Takes back a {@link subscribe} of a prefix, or without one that to all messages (ZMQ_UNSUBSCRIBE). Does nothing
   * when there was none.
   */
  unsubscribe(...prefixes: (Buffer | string)[]): void {
    if (prefixes.length === 0) this.setStringOption(UNSUBSCRIBE, null)
    for (const prefix of prefixes) this.setStringOption(UNSUBSCRIBE, prefix)
  }
}

export interface Subscriber extends Readable, SubscriberProperties {}
defineSocketOptions(Subscriber, SUBSCRIBER)

const XPUBLISHER: SocketDescription = {
  kind: SocketKind.XPublisher,
  socketType: "XPUB",
  makePattern: (host, values) => new PublisherPattern(host, values, "XPUB"),
}

/**
 * A publisher that receives its subscribers' subscriptions: messages of a byte 1 or 0, for a subscription or its
 * cancellation, and the topic. They have taken effect by then, unless {@link manual} is set. Which ones are shown,
 * {@link verbosity} says. A subscriber that leaves cancels what it had. Other messages that an {@link XSubscriber}
 * sends are received as they are.
 *
 * Subscriptions take effect whether or not they are received. What is not received is kept: up to about 64 MiB from
 * one peer and 256 MiB from all, after which peers have to wait with what they say.
 *
 * ```typescript
 * for await (const [subscription] of publisher) {
 *   if (subscription[0] === 1) await publisher.send([subscription.subarray(1), "the last value"])
 * }
 * ```
 */
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super(XPUBLISHER, options)
  }

  /**
   * Which subscriptions and cancellations are received (ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER):
   * - `null`, the default: the first subscription to a topic and the last cancellation, over all subscribers;
   * - `"allSubs"`: every subscription, and the last cancellation;
   * - `"allSubsUnsubs"`: everything.
   *
   * Other values change nothing, as in native. Can only be set. Works at once.
   */
  set verbosity(value: null | "allSubs" | "allSubsUnsubs") {
    if (value === null) this.setBoolOption(XPUB_VERBOSE, false)
    else if (value === "allSubs") this.setBoolOption(XPUB_VERBOSE, true)
    else if ((value as unknown) === "allSubsUnsubs") this.setBoolOption(XPUB_VERBOSER, true)
  }

  /**
   * How many times a subscriber has missed a message because its queue was full (`sendHighWaterMark`). Native has
   * no such count.
   */
  get dropped(): number {
    return droppedBy(this)
  }

  /**
   * How many subscriptions and cancellations will not be received, because too much was unread: 64 MiB of one
   * subscriber, or 256 MiB of all. They took effect all the same. With `manual` (ZMQ_XPUB_MANUAL) none is dropped, and
   * the subscriber has to wait. Native has no such count, and keeps all of them.
   */
  get droppedNotices(): number {
    const { pattern } = coreOf(this)
    return pattern instanceof PublisherPattern ? pattern.droppedNotices : 0
  }
}

export interface XPublisher extends Readable, Writable, XPublisherProperties {}
defineSocketOptions(XPublisher, XPUBLISHER)

const XSUBSCRIBER: SocketDescription = {
  kind: SocketKind.XSubscriber,
  socketType: "XSUB",
  makePattern: (host, values) => new SubscriberPattern(host, values, "XSUB"),
}

/**
 * A subscriber that subscribes by sending: a byte 1 and a topic subscribe, a byte 0 and a topic undo that. Other
 * messages go to all publishers, of which an {@link XPublisher} receives them. A part of several that begins with 0
 * or 1 is a subscription too. {@link send} never waits: a publisher whose queue is full misses the message, but no
 * subscription.
 *
 * Together with an {@link XPublisher} it makes a forwarder:
 *
 * ```typescript
 * const up = async () => { for await (const subscription of publisher) await subscriber.send(subscription) }
 * const down = async () => { for await (const message of subscriber) await publisher.send(message) }
 * await Promise.all([up(), down()])
 * ```
 */
export class XSubscriber extends Socket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super(XSUBSCRIBER, options)
  }
}

export interface XSubscriber extends Readable, Writable {}
defineSocketOptions(XSubscriber, XSUBSCRIBER)

function droppedBy(socket: Socket): number {
  const { pattern } = coreOf(socket)
  return pattern instanceof PublisherPattern ? pattern.dropped : 0
}
