/**
 * Who wants which messages. `TopicSet` is what a SUB or XSUB asks for, `TopicMap` what the subscribers of a PUB
 * or XPUB ask of it. A topic matches every message whose first part begins with it, byte for byte; the empty
 * topic matches all (37/ZMTP §The Publish-Subscribe Pattern). No commands, pipes or messages here.
 *
 * Matching takes time with the bytes of the message that some topic shares, not with the number of topics.
 */
import { RadixTree, descend, topicOf, type RadixNode } from "./radix-tree.js"

/**
 * What a `remove` found: `true`, the topic is gone; `false`, it still counts; `undefined`, it was never there.
 */
export type Removed = boolean | undefined

/** Counted topics: as many removals as additions undo one. */
export class TopicSet {
  readonly #tree = new RadixTree<number>()
  #size = 0

  /** The number of distinct topics. */
  get size(): number {
    return this.#size
  }

  /** Adds a topic, or counts it once more; true when it is new, and so has to be sent to publishers. */
  add(topic: Uint8Array): boolean {
    const node = this.#tree.insert(topic)
    if (node.value !== undefined) {
      node.value++
      return false
    }
    node.value = 1
    this.#size++
    return true
  }

  remove(topic: Uint8Array): Removed {
    const node = this.#tree.find(topic)
    if (node?.value === undefined) return undefined
    if (node.value > 1) {
      node.value--
      return false
    }
    node.value = undefined
    this.#tree.prune(node)
    this.#size--
    return true
  }

  /** Whether the message begins with some topic. */
  matches(message: Uint8Array): boolean {
    let node = this.#tree.root
    for (let at = 0; ; at += node.length) {
      if (node.value !== undefined) return true
      const next = descend(node, message, at)
      if (next === null) return false
      node = next
    }
  }

  /** Each distinct topic once, in no order worth relying on. The set must not change meanwhile. */
  *topics(): Generator<Buffer, void, undefined> {
    for (const node of this.#tree.nodes()) yield topicOf(node)
  }
}

/** What a TopicMap needs of a subscriber: a place for its mark, 0 at first and then left alone. */
export interface Subscriber {
  matchedBy: number
}

/** From this many subscribers of one topic on, finding one takes an index; below, a scan is faster. */
const CROWD = 16

/**
 * What a subscription costs beyond its bytes: 80 to 280 were measured, the most with topics too long for one node
 * (`npm run bench -- --subscriptions`).
 */
const OVERHEAD = 192

/**
 * The subscribers of one topic, how often each asked, and where each is once there are many. Small lists are
 * copied and not pushed to: `push` reserves 16 slots too many, which a million topics of two subscribers would pay.
 */
class Group<S> {
  members: S[]
  /** Null while everybody asked once. */
  #counts: number[] | null = null
  #places: Map<S, number> | null = null
  /** Whether many nodes refer to it, so that it must not change. */
  readonly shared: boolean

  constructor(shared: boolean, subscriber: S) {
    this.shared = shared
    this.members = [subscriber]
  }

  find(subscriber: S): number {
    if (this.#places === null) return this.members.indexOf(subscriber)
    return this.#places.get(subscriber) ?? -1
  }

  countAt(place: number): number {
    return this.#counts?.[place] ?? 1
  }

  count(place: number, by: 1 | -1): void {
    this.#counts ??= this.members.map(() => 1)
    this.#counts[place] = this.countAt(place) + by
    // Only where a look at all of them is cheap.
    if (this.members.length <= CROWD && this.#counts.every(each => each === 1)) this.#counts = null
  }

  add(subscriber: S): void {
    const place = this.members.length
    if (place < CROWD) this.members = [...this.members, subscriber]
    else this.members.push(subscriber)
    this.#counts?.push(1)
    if (this.#places !== null) this.#places.set(subscriber, place)
    else if (place >= CROWD) this.#places = new Map(this.members.map((each, at) => [each, at]))
  }

  /** The last member takes the place of the one that leaves. */
  removeAt(place: number): void {
    const leaver = this.members[place] as S
    const end = this.members.length - 1
    const last = this.members[end] as S
    if (this.#counts !== null) {
      this.#counts[place] = this.countAt(end)
      this.#counts.pop()
    }
    this.members[place] = last
    if (end < CROWD) this.members = this.members.slice(0, end)
    else this.members.pop()
    if (this.#places === null) return
    this.#places.set(last, place)
    this.#places.delete(leaver)
    if (end < CROWD / 2) this.#places = null
  }
}

/** All that one subscriber asks for, so that its leaving costs its own topics and not everybody's. */
class Account<S> {
  /** Stands, never changed, at each topic that this subscriber alone asked for once: the usual case, for free. */
  readonly alone: Group<S>
  readonly nodes = new Set<RadixNode<Group<S>>>()
  weight = 0

  constructor(subscriber: S) {
    this.alone = new Group(true, subscriber)
  }
}

/**
 * The mark of the latest match, of whichever map: a subscriber may be in two. A property and not a variable,
 * since V8 would allocate a number a match for a variable beyond 2^31.
 */
const latest = { match: 0 }

/** The topics of many subscribers. */
export class TopicMap<S extends Subscriber> {
  readonly #tree = new RadixTree<Group<S>>()
  readonly #accounts = new Map<S, Account<S>>()
  readonly #counted: boolean
  #size = 0

  /**
   * @param options.counted Whether a subscriber that asks for a topic twice has to cancel it twice. True is
   * 37/ZMTP ("SHALL NOT be idempotent"); false is libzmq.
   */
  constructor(options: { counted?: boolean } = {}) {
    this.#counted = options.counted ?? true
  }

  /** The number of distinct topics over all subscribers. */
  get size(): number {
    return this.#size
  }

  /** About how many bytes of memory this subscriber's topics hold: what a limit for a peer can go by. */
  weightOf(subscriber: S): number {
    return this.#accounts.get(subscriber)?.weight ?? 0
  }

  /** Adds a subscription; true when no subscriber had this topic before. */
  add(topic: Uint8Array, subscriber: S): boolean {
    const node = this.#tree.insert(topic)
    const group = node.value
    const place = group === undefined ? -1 : group.find(subscriber)
    if (group !== undefined && place >= 0) {
      if (this.#counted) this.#own(node, group).count(place, 1)
      return false
    }
    const account = this.#account(subscriber)
    account.nodes.add(node)
    account.weight += topic.length + OVERHEAD
    if (group !== undefined) {
      this.#own(node, group).add(subscriber)
      return false
    }
    node.value = account.alone
    this.#size++
    return true
  }

  /** Ends one subscription; true when no subscriber has this topic any more. */
  remove(topic: Uint8Array, subscriber: S): Removed {
    const node = this.#tree.find(topic)
    const group = node?.value
    if (node === null || group === undefined) return undefined
    const place = group.find(subscriber)
    if (place < 0) return undefined
    if (group.countAt(place) > 1) {
      group.count(place, -1)
      this.#share(node, group)
      return false
    }
    const account = this.#account(subscriber)
    account.nodes.delete(node)
    account.weight -= topic.length + OVERHEAD
    if (account.nodes.size === 0) this.#accounts.delete(subscriber)
    return this.#leave(node, group, place)
  }

  /**
   * Ends all subscriptions of a subscriber, in the order they were made.
   *
   * @param gone Called with each topic that nobody wants any more, after it is removed.
   * @param every Call `gone` with topics that others still want, too (`ZMQ_XPUB_VERBOSER`).
   */
  removeSubscriber(subscriber: S, gone?: (topic: Buffer) => void, every = false): void {
    const account = this.#accounts.get(subscriber)
    if (account === undefined) return
    this.#accounts.delete(subscriber)
    for (const node of account.nodes) {
      const group = node.value
      if (group === undefined) continue
      // The topic has to be read off before its nodes leave the tree.
      const topic = gone !== undefined && (every || group.members.length === 1) ? topicOf(node) : undefined
      this.#leave(node, group, group.find(subscriber))
      if (gone !== undefined && topic !== undefined) gone(topic)
    }
  }

  /**
   * Calls `visit` once with each subscriber that has a topic the message begins with, in no set order.
   *
   * Hot: allocates nothing and writes only the marks. `visit` should be a function made once, not a message.
   */
  match(message: Uint8Array, visit: (subscriber: S) => void): void {
    const mark = ++latest.match
    let node = this.#tree.root
    for (let at = 0; ; at += node.length) {
      const group = node.value
      if (group !== undefined) {
        const members = group.members
        // Backwards, so that a subscriber which leaves inside `visit` makes no other one be passed over.
        for (let i = members.length - 1; i >= 0; i--) {
          const subscriber = members[i]
          if (subscriber === undefined || subscriber.matchedBy === mark) continue
          subscriber.matchedBy = mark
          visit(subscriber)
        }
      }
      const next = descend(node, message, at)
      if (next === null) return
      node = next
    }
  }

  #account(subscriber: S): Account<S> {
    let account = this.#accounts.get(subscriber)
    if (account === undefined) this.#accounts.set(subscriber, (account = new Account(subscriber)))
    return account
  }

  /** The group of a node, made its own if it is one that many nodes share. */
  #own(node: RadixNode<Group<S>>, group: Group<S>): Group<S> {
    const [first] = group.members
    if (!group.shared || first === undefined) return group
    const own = new Group(false, first)
    node.value = own
    return own
  }

  /** Gives a node whose group came down to one subscriber, counted once, the shared group again. */
  #share(node: RadixNode<Group<S>>, group: Group<S>): void {
    const [first] = group.members
    if (first !== undefined && group.members.length === 1 && group.countAt(0) === 1) {
      node.value = this.#account(first).alone
    }
  }

  /** Takes one member out of a node; true when it was the last. */
  #leave(node: RadixNode<Group<S>>, group: Group<S>, place: number): boolean {
    if (group.members.length > 1) {
      group.removeAt(place)
      this.#share(node, group)
      return false
    }
    node.value = undefined
    this.#tree.prune(node)
    this.#size--
    return true
  }
}
