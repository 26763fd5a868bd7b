/**
 * Who wants which messages. `TopicSet` is what a SUB or XSUB asks for, `TopicMap` what the subscribers of a PUB
 * or XPUB ask of it. A topic matches every message whose first part begins with it, byte for byte; the empty
 * topic matches all (37/ZMTP §The Publish-Subscribe Pattern). No commands, pipes or messages here.
 *
 * Matching takes time with the bytes of the message that some topic shares, not with the number of topics.
 */
import { NONE, RadixTree } from "./radix-tree.js"

/**
 * What a `remove` found: `true`, the topic is gone; `false`, it still counts; `undefined`, it was never there.
 */
export type Removed = boolean | undefined

/** Counted topics: as many removals as additions undo one. */
export class TopicSet {
  /** The number at a node is the count of its topic. */
  readonly #tree = new RadixTree()
  #size = 0

  /** The number of distinct topics. */
  get size(): number {
    return this.#size
  }

  /** Adds a topic, or counts it once more; true when it is new, and so has to be sent to publishers. */
  add(topic: Uint8Array): boolean {
    const node = this.#tree.insert(topic)
    const count = this.#tree.valueOf(node) + 1
    this.#tree.setValue(node, count)
    if (count > 1) return false
    this.#size++
    return true
  }

  remove(topic: Uint8Array): Removed {
    const node = this.#tree.find(topic)
    const count = node === NONE ? 0 : this.#tree.valueOf(node)
    if (count === 0) return undefined
    this.#tree.setValue(node, count - 1)
    if (count > 1) return false
    this.#tree.prune(node)
    this.#size--
    return true
  }

  /** How many additions of a topic have not been undone. */
  count(topic: Uint8Array): number {
    const node = this.#tree.find(topic)
    return node === NONE ? 0 : this.#tree.valueOf(node)
  }

  /** Whether the message begins with some topic. */
  matches(message: Uint8Array): boolean {
    const tree = this.#tree
    let at = 0
    for (let node: number = tree.root; node !== NONE; at += tree.lengthOf(node)) {
      if (tree.valueOf(node) > 0) return true
      node = tree.descend(node, message, at)
    }
    return false
  }

  /** Each distinct topic once, in no order worth relying on. The set must not change meanwhile. */
  *topics(): Generator<Buffer, void, undefined> {
    for (const node of this.#tree.nodes()) yield this.#tree.topicOf(node)
  }
}

/** What a TopicMap needs of a subscriber: a place for its mark, 0 at first and then left alone. */
export interface Subscriber {
  matchedBy: number
}

/** From this many subscribers of one topic on, finding one takes an index; below, a scan is faster. */
const CROWD = 16

/**
 * What a subscription costs beyond its bytes: 40 to 240 were measured, the most with topics too long for one node
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
  /** What the nodes know it by. */
  readonly number: number
  /** Whether many nodes refer to it, so that it must not change. */
  readonly shared: boolean

  constructor(number: number, shared: boolean, subscriber: S) {
    this.number = number
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
  readonly nodes = new Set<number>()
  weight = 0

  constructor(alone: Group<S>) {
    this.alone = alone
  }
}

/**
 * The mark of the latest match, of whichever map: a subscriber may be in two. A property and not a variable,
 * since V8 would allocate a number a match for a variable beyond 2^31.
 */
const latest = { match: 0 }

/** The topics of many subscribers. */
export class TopicMap<S extends Subscriber> {
  /** The number at a node is that of its group. */
  readonly #tree = new RadixTree()
  /** By their numbers, of which 0 is nobody's and some are free to be given again. */
  readonly #groups: (Group<S> | undefined)[] = [undefined]
  readonly #vacant: number[] = []
  readonly #accounts = new Map<S, Account<S>>()
  readonly #counted: boolean
  #size = 0
  /** Who was found and is to be visited, the latest match last. */
  readonly #found: (S | undefined)[] = []
  #finds = 0

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
    const group = this.#groupAt(node)
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
    this.#tree.setValue(node, account.alone.number)
    this.#size++
    return true
  }

  /** Ends one subscription; true when no subscriber has this topic any more. */
  remove(topic: Uint8Array, subscriber: S): Removed {
    const node = this.#tree.find(topic)
    const group = node === NONE ? undefined : this.#groupAt(node)
    if (group === undefined) return undefined
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
    const last = this.#leave(node, group, place)
    if (account.nodes.size === 0) this.#close(subscriber, account)
    return last
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
    for (const node of account.nodes) {
      const group = this.#groupAt(node)
      if (group === undefined) continue
      // The topic has to be read off before its nodes leave the tree.
      const topic =
        gone !== undefined && (every || group.members.length === 1) ? this.#tree.topicOf(node) : undefined
      this.#leave(node, group, group.find(subscriber))
      if (gone !== undefined && topic !== undefined) gone(topic)
    }
    this.#close(subscriber, account)
  }

  /**
   * Calls `visit` once with each subscriber that has a topic the message begins with, in no set order. `visit` may
   * change the map, and match something else.
   *
   * Hot: allocates nothing and writes only the marks. `visit` should be a function made once, not a message.
   */
  match(message: Uint8Array, visit: (subscriber: S) => void): void {
    const first = this.#finds
    this.#search(message)
    const found = this.#found
    const end = this.#finds
    try {
      for (let i = first; i < end; i++) {
        const subscriber = found[i] as S
        found[i] = undefined
        visit(subscriber)
      }
    } finally {
      this.#finds = first
    }
  }

  #search(message: Uint8Array): void {
    const mark = ++latest.match
    const tree = this.#tree
    const found = this.#found
    let at = 0
    for (let node: number = tree.root; node !== NONE; at += tree.lengthOf(node)) {
      const number = tree.valueOf(node)
      if (number > 0) {
        for (const subscriber of (this.#groups[number] as Group<S>).members) {
          if (subscriber.matchedBy === mark) continue
          subscriber.matchedBy = mark
          found[this.#finds++] = subscriber
        }
      }
      node = tree.descend(node, message, at)
    }
  }

  #groupAt(node: number): Group<S> | undefined {
    return this.#groups[this.#tree.valueOf(node)]
  }

  #newGroup(shared: boolean, subscriber: S): Group<S> {
    const number = this.#vacant.pop() ?? this.#groups.length
    const group = new Group(number, shared, subscriber)
    this.#groups[number] = group
    return group
  }

  #dropGroup(group: Group<S>): void {
    this.#groups[group.number] = undefined
    this.#vacant.push(group.number)
  }

  #account(subscriber: S): Account<S> {
    let account = this.#accounts.get(subscriber)
    if (account === undefined) {
      account = new Account(this.#newGroup(true, subscriber))
      this.#accounts.set(subscriber, account)
    }
    return account
  }

  /** Ends an account whose topics are gone. */
  #close(subscriber: S, account: Account<S>): void {
    this.#accounts.delete(subscriber)
    this.#dropGroup(account.alone)
  }

  /** The group of a node, made its own if it is one that many nodes share. */
  #own(node: number, group: Group<S>): Group<S> {
    const [first] = group.members
    if (!group.shared || first === undefined) return group
    const own = this.#newGroup(false, first)
    this.#tree.setValue(node, own.number)
    return own
  }

  /** Gives a node whose group came down to one subscriber, counted once, the shared group again. */
  #share(node: number, group: Group<S>): void {
    const [first] = group.members
    if (first === undefined || group.members.length > 1 || group.countAt(0) > 1) return
    this.#tree.setValue(node, this.#account(first).alone.number)
    this.#dropGroup(group)
  }

  /** Takes one member out of a node; true when it was the last. */
  #leave(node: number, group: Group<S>, place: number): boolean {
    if (group.members.length > 1) {
      group.removeAt(place)
      this.#share(node, group)
      return false
    }
    this.#tree.setValue(node, 0)
    this.#tree.prune(node)
    if (!group.shared) this.#dropGroup(group)
    this.#size--
    return true
  }
}
