/**
 * The pattern of SUB and XSUB (29/PUBSUB): tells all peers what it wants, again whenever one comes, and receives from
 * them in turn. A SUB has calls for its subscriptions and takes nothing else; the user of an XSUB sends them as
 * messages, may send others too, and receives whatever the peers send.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue } from "../../routing/fair-queue.js"
import { TopicSet } from "../../routing/subscriptions.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { errnoError } from "../errors.js"
import { bytes, isSubscription, SUBSCRIBE } from "../message.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"

/** The options that count, under their names in the table of options; each may change at any time. */
export interface SubscriberOptions {
  /** ZMQ_INVERT_MATCHING: a SUB receives messages that match no subscription, and no others. */
  readonly invertMatching: boolean
  /** ZMQ_ONLY_FIRST_SUBSCRIBE: a message that does not begin with a subscription has none in its other parts. */
  readonly onlyFirstSubscribe: boolean
  /** ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: peers hear of each cancellation, and not only of the last for a topic. */
  readonly verboseUnsubscribe: boolean
}

/** A subscription, or the cancellation of one. */
interface Request {
  readonly add: boolean
  readonly topic: Buffer
  /** Whether a cancellation was that of the last subscription to the topic, so that nobody wants it any more. */
  readonly last: boolean
}

/** So many requests at most are remembered in their order for a peer that is not there yet. */
const MOST_REMEMBERED = 10_000

export class SubscriberPattern implements Pattern {
  private readonly host: PatternHost
  private readonly options: SubscriberOptions
  private readonly type: "SUB" | "XSUB"
  private readonly queue = new FairQueue<Message, Pipe>()
  private readonly topics = new TopicSet()
  private readonly publishers = new Set<Pipe>()
  /** What was requested since a pipe was attached whose peer has never been there, in order, as it is to hear it. */
  private readonly early = new Map<Pipe, Request[]>()
  /**
   * With `verboseUnsubscribe`: the topics of which a peer was told fewer subscriptions than there are, and how many
   * fewer. It need not hear of as many cancellations, of which one would end all equal subscriptions there.
   */
  private readonly untold = new Map<Pipe, Map<string, number>>()
  /** The next message of a SUB that matches, when {@link canReceive} has found it. */
  private next: Message | undefined
  /** Whether messages were sent that may not have left yet. */
  private spoken = false

  constructor(host: PatternHost, options: SubscriberOptions, type: "SUB" | "XSUB") {
    this.host = host
    this.options = options
    this.type = type
  }

  subscribe(add: boolean, topic: Uint8Array): void {
    if (this.type === "XSUB") throw errnoError("EINVAL")
    this.request(add, topic)
  }

  /** The number of distinct topics (ZMQ_TOPICS_COUNT). */
  get topicsCount(): number {
    return this.topics.size
  }

  attach(pipe: Pipe): void {
    this.publishers.add(pipe)
    this.early.set(pipe, [])
  }

  /** An XSUB never waits: a full queue drops the message. */
  canSend(): boolean {
    return this.type === "XSUB"
  }

  /** Takes the subscriptions out of a message; what remains of it goes to all peers. */
  send(message: OutgoingMessage): boolean {
    if (this.type === "SUB") return false
    let looking = true
    const rest: Uint8Array[] = []
    for (const [i, part] of message.map(bytes).entries()) {
      const subscription: boolean = looking && isSubscription(part)
      if (i === 0 && this.options.onlyFirstSubscribe) looking = subscription
      if (subscription) this.request(part[0] === SUBSCRIBE, part.subarray(1))
      else rest.push(part)
    }
    if (rest.length === 0) return true
    for (const pipe of this.publishers) pipe.write(rest)
    this.spoken = true
    return true
  }

  sendRefusal(): Refusal {
    return this.type === "SUB" ? "ENOTSUP" : "EAGAIN"
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
    // The next message finds out by itself.
  }

  /** A peer is there, or there again, and knows none of our subscriptions. */
  established(pipe: Pipe): void {
    const requests = this.early.get(pipe) ?? []
    this.early.delete(pipe)
    if (!this.options.verboseUnsubscribe) {
      this.untold.delete(pipe)
      for (const { add, topic } of this.retold(requests)) pipe.subscription(add, topic)
      return
    }
    const told = new Map<string, number>()
    for (const { add, topic } of this.retold(requests)) {
      pipe.subscription(add, topic)
      told.set(key(topic), add ? (told.get(key(topic)) ?? 0) + 1 : 0)
    }
    this.untold.set(pipe, this.missing(told))
  }

  ended(pipe: Pipe): void {
    this.publishers.delete(pipe)
    this.early.delete(pipe)
    this.untold.delete(pipe)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  /**
   * As in libzmq peers hear of each subscription, since an XPUB may want to know of equal ones, and of the last
   * cancellation only, since for a peer one undoes them all.
   */
  private request(add: boolean, topic: Uint8Array): void {
    let last = false
    if (add) this.topics.add(topic)
    else {
      last = this.topics.remove(topic) === true
      if (!last && !this.options.verboseUnsubscribe) return
    }
    // Subscriptions leave before the messages that wait in a pipe: those that were sent earlier have to go first.
    if (this.spoken) for (const pipe of this.publishers) pipe.flush()
    this.spoken = false
    for (const pipe of this.publishers) {
      if (add || this.mustHear(pipe, topic, last)) pipe.subscription(add, topic)
    }
    for (const [pipe, requests] of this.early) {
      if (requests.length < MOST_REMEMBERED) requests.push({ add, topic: Buffer.from(topic), last })
      else this.early.delete(pipe)
    }
  }

  /** Whether a cancellation means anything to this peer: not when it undoes a subscription that it was not told. */
  private mustHear(pipe: Pipe, topic: Uint8Array, last: boolean): boolean {
    const untold = this.untold.get(pipe)
    const count = untold?.get(key(topic))
    if (untold === undefined || count === undefined) return true
    if (last || count === 1) untold.delete(key(topic))
    else untold.set(key(topic), count - 1)
    return last
  }

  /** The topics of which so many subscriptions are fewer than there are, and how many are missing. */
  private missing(told: ReadonlyMap<string, number>): Map<string, number> {
    const missing = new Map<string, number>()
    for (const topic of this.topics.topics()) {
      const count = this.topics.count(topic) - (told.get(key(topic)) ?? 0)
      if (count > 0) missing.set(key(topic), count)
    }
    return missing
  }

  /**
   * All that is wanted, ending with these requests in their order. Left out are cancellations of what was never told;
   * and, together with the subscription that it undoes, one that was not the last: the peer would end them all.
   */
  private *retold(requests: readonly Request[]): Generator<Omit<Request, "last">, void, undefined> {
    const holding = new Map<string, Request[]>()
    const omitted = new Set<Request>()
    for (const request of requests) {
      const name = key(request.topic)
      const additions = holding.get(name)
      if (request.add) {
        if (additions === undefined) holding.set(name, [request])
        else additions.push(request)
      } else if (request.last) {
        if (!holding.delete(name)) omitted.add(request)
      } else {
        omitted.add(request)
        const undone = additions?.pop()
        if (undone !== undefined) omitted.add(undone)
        if (additions?.length === 0) holding.delete(name)
      }
    }
    for (const topic of this.topics.topics()) if (!holding.has(key(topic))) yield { add: true, topic }
    for (const request of requests) if (!omitted.has(request)) yield request
  }

  private find(): Message | undefined {
    if (this.type === "XSUB") return this.queue.receive()
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined) return undefined
      // Publishers filter too, but not those without versions, nor before they hear of a cancellation.
      if (this.topics.matches(message[0] as Buffer) !== this.options.invertMatching) return message
    }
  }
}

function key(topic: Uint8Array): string {
  return Buffer.from(topic.buffer, topic.byteOffset, topic.length).toString("latin1")
}
