/**
 * The pattern of PUB and XPUB (29/PUBSUB): each message goes to every peer that subscribed to it, and is dropped for
 * those that do not keep up. A PUB keeps the subscriptions to itself; an XPUB lets its user receive them, and what
 * else its peers send.
 */
import type { Pipe } from "../../peers/pipe.js"
import { TopicMap } from "../../routing/subscriptions.js"
import { ownPrefixed } from "../../wire/bytes.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../wire/frames.js"
import { errnoError } from "../errors.js"
import { bytes, CANCEL, isSubscription, SUBSCRIBE } from "../message.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { UnreadMessages } from "./unread.js"

/** What one peer's subscriptions may weigh, in bytes of memory: about 2.5 million short topics. */
const SUBSCRIPTION_LIMIT = 512 * 1024 * 1024

/** The options that count, under their names in the table of options; each may change at any time. */
export interface PublisherOptions {
  /** ZMQ_XPUB_NODROP: a message that some subscriber's queue cannot take is refused, not dropped. */
  readonly noDrop: boolean
  /** ZMQ_INVERT_MATCHING: messages go to those who did not subscribe to them. */
  readonly invertMatching: boolean
  /** ZMQ_XPUB_VERBOSE: the user sees each subscription, and not only the first to a topic. */
  readonly verbose: boolean
  /** ZMQ_XPUB_VERBOSER: the user sees each cancellation too. */
  readonly verboser: boolean
  /** ZMQ_XPUB_MANUAL: the user sees everything, and {@link PublisherPattern.subscribe} makes it count. */
  readonly manual: boolean
  /** ZMQ_XPUB_MANUAL_LAST_VALUE: the next message goes to the peer alone whose subscription was received last. */
  readonly manualLastValue: boolean
  /** ZMQ_ONLY_FIRST_SUBSCRIBE: a message that does not begin with a subscription has none in its other parts. */
  readonly onlyFirstSubscribe: boolean
  /** ZMQ_XPUB_WELCOME_MSG: the first message to each peer, or nothing. */
  readonly welcomeMessage: Uint8Array
}

export class PublisherPattern implements Pattern {
  /** Messages that were not queued for a subscriber because its queue was full. */
  dropped = 0

  private readonly host: PatternHost
  private readonly options: PublisherOptions
  private readonly pipes = new Set<Pipe>()
  /** A set for each peer, as in libzmq, whose SUB and XSUB say each subscription and the last cancellation only. */
  private readonly topics = new TopicMap<Pipe>({ counted: false })
  /** What peers asked for in manual mode, where the user decides what they get. */
  private readonly asked = new TopicMap<Pipe>({ counted: false })
  /** Peers that have been there. */
  private readonly met = new Set<Pipe>()
  /** Those that have connected anew, and whose subscriptions are still those of their last connection. */
  private readonly returned = new Set<Pipe>()
  private message: OutgoingMessage = []
  /** With noDrop, who is to get the message under way: so many, of whom so many are full. */
  private readonly chosen: (Pipe | undefined)[] = []
  private choices = 0
  private full = 0

  /** What an XPUB has for its user. */
  private readonly unread: UnreadMessages | undefined
  /** Pipes that are not read because too much of theirs is unread. */
  private readonly held = new Set<Pipe>()
  /** The pipe that is being read. */
  private reading: Pipe | undefined
  /** In manual mode, who made the subscription that was received last. */
  private last: Pipe | undefined

  constructor(host: PatternHost, options: PublisherOptions, type: "PUB" | "XPUB") {
    this.host = host
    this.options = options
    this.unread = type === "XPUB" ? new UnreadMessages() : undefined
  }

  /** In manual mode: (un)subscribes the peer whose subscription was received last, if it is still there. */
  subscribe(add: boolean, topic: Uint8Array): void {
    if (!this.options.manual) throw errnoError("EINVAL")
    if (this.last === undefined) return
    if (add) this.topics.add(topic, this.last)
    else this.topics.remove(topic, this.last)
  }

  /** Subscriptions and cancellations that took effect and will not be received, since too many were unread. */
  get droppedNotices(): number {
    return this.unread?.dropped ?? 0
  }

  /** The number of distinct topics (ZMQ_TOPICS_COUNT). */
  get topicsCount(): number {
    return this.topics.size
  }

  attach(pipe: Pipe): void {
    this.pipes.add(pipe)
    const { welcomeMessage } = this.options
    if (welcomeMessage.length > 0) pipe.write([welcomeMessage])
  }

  /** A PUB never waits: what cannot be sent is dropped. */
  canSend(): boolean {
    return true
  }

  send(message: OutgoingMessage): boolean {
    if (this.pipes.size === 0) return true
    const { noDrop, manual, manualLastValue } = this.options
    const only = manual && manualLastValue ? this.last : undefined
    const first = bytes(message[0] as OutgoingPart)
    // Each pipe takes a copy of small parts; a string would be turned into bytes for each of them.
    this.message =
      first === message[0] && message.length === 1 ? message : [first, ...message.slice(1).map(bytes)]
    if (noDrop) {
      this.choices = this.full = 0
      this.each(first, only, this.choose)
      this.giveChosen()
    } else this.each(first, only, this.give)
    this.message = []
    if (noDrop && this.full > 0) throw errnoError("EAGAIN")
    if (only !== undefined) this.last = undefined
    return true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.unread !== undefined && this.unread.length > 0
  }

  receive(): Message | undefined {
    const next = this.unread?.shift()
    if (next === undefined) return undefined
    if (next.kind === "request" && this.options.manual)
      this.last = this.pipes.has(next.pipe) ? next.pipe : undefined
    for (const pipe of this.held) if (this.unread?.full(pipe) === false) this.readable(pipe)
    return next.message
  }

  receiveRefusal(): Refusal {
    return this.unread === undefined ? "ENOTSUP" : "EAGAIN"
  }

  /**
   * Everything is read at once: subscriptions take effect whether or not the user receives, and what tells of them is
   * dropped when too much is unread. Only where too many other messages are unread, or requests that the user has to
   * decide on, the peer's own queue and the connection have to hold what follows.
   */
  readable(pipe: Pipe): void {
    // Reading may let more come in, of which this is the report: the loop below will find it.
    if (this.reading === pipe) return
    const outer = this.reading
    this.reading = pipe
    this.held.delete(pipe)
    for (;;) {
      if (this.unread?.full(pipe) === true) {
        this.held.add(pipe)
        break
      }
      const message = pipe.read()
      if (message === undefined) break
      this.heed(pipe, message)
    }
    this.reading = outer
    this.tellUser()
  }

  writable(): void {
    // A message that noDrop refused may go now: a proxy holds it.
    this.host.wakeSender()
  }

  /**
   * A peer that is there again sends its subscriptions anew. Until the first of these comes the earlier ones hold,
   * so that it misses nothing; what it has cancelled meanwhile it will not say.
   */
  established(pipe: Pipe): void {
    if (this.met.has(pipe)) this.returned.add(pipe)
    else this.met.add(pipe)
  }

  ended(pipe: Pipe): void {
    this.pipes.delete(pipe)
    this.met.delete(pipe)
    this.returned.delete(pipe)
    if (this.last === pipe) this.last = undefined
    this.forget(pipe)
    this.tellUser()
  }

  drained(pipe: Pipe): void {
    this.held.delete(pipe)
  }

  private each(first: Uint8Array, only: Pipe | undefined, visit: (pipe: Pipe) => void): void {
    if (only === undefined && !this.options.invertMatching) {
      this.topics.match(first, visit)
      return
    }
    const matching = new Set<Pipe>()
    this.topics.match(first, pipe => {
      if (only === undefined || pipe === only) matching.add(pipe)
    })
    if (!this.options.invertMatching) matching.forEach(visit)
    else for (const pipe of this.pipes) if (!matching.has(pipe)) visit(pipe)
  }

  private readonly choose = (pipe: Pipe): void => {
    if (!pipe.canWrite()) this.full++
    this.chosen[this.choices++] = pipe
  }

  /** Gives all of them the message, or none. They are remembered, since to find them again would take longer. */
  private giveChosen(): void {
    const { chosen, choices, full } = this
    for (let i = 0; i < choices; i++) {
      if (full === 0) this.give(chosen[i] as Pipe)
      chosen[i] = undefined
    }
  }

  private readonly give = (pipe: Pipe): void => {
    if (!pipe.write(this.message)) this.dropped++
  }

  /** Takes the subscriptions out of a message; what remains of it is for the user. */
  private heed(pipe: Pipe, message: Message): void {
    let looking = true
    const rest: Message = []
    for (let i = 0; i < message.length; i++) {
      const part = message[i] as Buffer
      const subscription: boolean = looking && isSubscription(part)
      if (i === 0 && this.options.onlyFirstSubscribe) looking = subscription
      if (subscription) this.onSubscription(pipe, part)
      else rest.push(part)
    }
    if (rest.length > 0) this.unread?.push({ message: rest, pipe, kind: "message" })
  }

  private onSubscription(pipe: Pipe, part: Buffer): void {
    // Of a peer that left, what was not looked at in time means nothing any more.
    if (!this.pipes.has(pipe)) return
    if (this.returned.delete(pipe)) this.forget(pipe)
    const { manual, verbose, verboser } = this.options
    const topics = manual ? this.asked : this.topics
    const topic = part.subarray(1)
    const subscribe = part[0] === SUBSCRIBE
    const changed = subscribe ? topics.add(topic, pipe) : topics.remove(topic, pipe) === true
    if (topics.weightOf(pipe) > SUBSCRIPTION_LIMIT) pipe.fail("Too many subscriptions")
    if (manual || changed || (subscribe ? verbose : verboser)) {
      this.unread?.push({ message: [part], pipe, kind: manual ? "request" : "notice" })
    }
  }

  /** Ends all subscriptions of a peer, and tells the user of them as if it had cancelled each. */
  private forget(pipe: Pipe): void {
    const { manual, verboser } = this.options
    const { unread } = this
    const tell =
      unread === undefined
        ? undefined
        : (topic: Buffer): void => {
            unread.push({ message: [ownPrefixed(CANCEL, topic)], pipe, kind: manual ? "request" : "notice" })
          }
    this.topics.removeSubscriber(pipe, manual ? undefined : tell, verboser)
    this.asked.removeSubscriber(pipe, manual ? tell : undefined, true)
  }

  private tellUser(): void {
    if (this.canReceive()) this.host.wakeReceiver()
  }
}
