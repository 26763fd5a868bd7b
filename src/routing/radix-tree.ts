/**
 * A compressed radix tree over bytes: the shape under every set of subscriptions. It finds, adds and removes the
 * node of a topic and walks down a message; what the number at a node means is its owner's business
 * (`subscriptions.ts`). It never keeps the buffer that a topic came in.
 *
 * With a million topics what takes time is memory that is not in the processor's cache. So the tree is no web of
 * objects but lies in one array of 32-bit words, where a node takes half a cache line, a short label in it included,
 * and each step down looks at one slot of a table and at the node that it leads to. A node is named by its place in the
 * array, and stays where it is as long as it is in the tree.
 */

/** No node. */
export const NONE = 0

/** The words of a node, by their distance from its place. */
const LENGTH = 0
const PARENT = 1
const VALUE = 2
/** The place of its children's table, and the number of that table's slots: none, or a power of two up to 256. */
const TABLE = 3
const SLOTS = 4
/** The label itself if it fits into the rest of the node, else the place of the block that it is in. */
const LABEL = 5
const NODE = 8

/** A slot is the first byte of a child's label plus one, and the child; 0 where it is empty. */
const SLOT = 2

/** Bytes of the longest label that is in its node. */
const SHORT = (NODE - LABEL) * 4

/** Words in the smallest block for a longer one; all have a multiple of it. */
const BLOCK = 2

/**
 * Bytes of the longest label of one node. Longer topics are chains of nodes, so that a short topic which parts a long
 * one copies at most this much: without the limit a peer could make each 2-byte topic copy megabytes.
 */
const MAX_LABEL = 1024

/** How far from its home slot a child may lie; bounds both a look-up and the waste of a table. */
const MAX_PROBES = 8

/** The most words that are taken at once: a table of 256 slots. */
const MOST = 256 * SLOT

/** Words of an empty tree. */
const SMALL = 64

/** Labels are put together here, since the memory of the tree moves when it grows. */
const scratch = new Uint8Array(MAX_LABEL)

export class RadixTree {
  readonly root = NODE
  private words = new Int32Array(SMALL)
  /** The same memory, for labels. */
  private bytes = new Uint8Array(this.words.buffer)
  /** Where the words begin that were never used. */
  private end = this.root + NODE
  /** The first of the free places with so many words; each begins with the next one. */
  private readonly free = new Int32Array(MOST + 1).fill(NONE)

  /** How many words the nodes, tables and labels take, those included that are free to be used again. */
  get extent(): number {
    return this.end
  }

  /** The number at a node, 0 where none was set: there no topic ends. */
  valueOf(node: number): number {
    return this.words[node + VALUE] as number
  }

  setValue(node: number, value: number): void {
    this.words[node + VALUE] = value
  }

  /** How many bytes of a message lead from the node's parent to it. */
  lengthOf(node: number): number {
    return this.words[node + LENGTH] as number
  }

  parentOf(node: number): number {
    return this.words[node + PARENT] as number
  }

  /** The bytes between the parent and this node. They are the tree's, and good until it changes. */
  labelOf(node: number): Uint8Array {
    const from = this.labelAt(node)
    return this.bytes.subarray(from, from + this.lengthOf(node))
  }

  /** The number of slots of the table with the node's children. */
  slotsOf(node: number): number {
    return this.words[node + SLOTS] as number
  }

  childrenOf(node: number): number[] {
    const { words } = this
    const table = words[node + TABLE] as number
    const children: number[] = []
    for (let slot = table; slot < table + this.slotsOf(node) * SLOT; slot += SLOT) {
      if (words[slot] !== 0) children.push(words[slot + 1] as number)
    }
    return children
  }

  /** The topic that ends at this node, in a buffer of its own. */
  topicOf(node: number): Buffer {
    let length = 0
    for (let up = node; up !== NONE; up = this.parentOf(up)) length += this.lengthOf(up)
    const topic = Buffer.allocUnsafe(length)
    for (let up = node; up !== NONE; up = this.parentOf(up)) {
      length -= this.lengthOf(up)
      topic.set(this.labelOf(up), length)
    }
    return topic
  }

  /**
   * The child of `node` whose whole label stands in `message` at `at`, or {@link NONE}. The caller goes on behind it,
   * {@link lengthOf} further. Hot: runs once a node on the way of every message published or filtered.
   */
  descend(node: number, message: Uint8Array, at: number): number {
    if (at >= message.length) return NONE
    const child = this.childAt(node, message[at] as number)
    if (child === NONE) return NONE
    const length = this.words[child + LENGTH] as number
    if (length === 1) return child
    if (length > message.length - at) return NONE
    const { bytes } = this
    const label = this.labelAt(child)
    for (let i = 1; i < length; i++) if (bytes[label + i] !== message[at + i]) return NONE
    return child
  }

  /** The node where this topic ends, with or without a value, or {@link NONE}. */
  find(topic: Uint8Array): number {
    let node: number = this.root
    for (let at = 0; at < topic.length && node !== NONE; at += this.lengthOf(node)) {
      node = this.descend(node, topic, at)
    }
    return node
  }

  /** The node where this topic ends, made if need be. The caller gives it a value, or calls {@link prune}. */
  insert(topic: Uint8Array): number {
    let node: number = this.root
    let at = 0
    while (at < topic.length) {
      const child = this.childAt(node, topic[at] as number)
      if (child === NONE) return this.append(node, topic, at)
      const common = this.commonLength(child, topic, at)
      at += common
      node = common === this.lengthOf(child) ? child : this.split(child, common)
    }
    return node
  }

  /** Takes a node that lost its value out of the tree, with every ancestor that led to nothing else. */
  prune(node: number): void {
    let last = node
    while (this.valueOf(last) === 0 && this.slotsOf(last) === 0 && last !== this.root) {
      const parent = this.parentOf(last)
      this.removeChild(parent, last)
      this.discard(last)
      last = parent
    }
    if (last === this.root && this.slotsOf(last) === 0) this.clear()
    else this.join(last)
  }

  /** Every node with a value, ancestors first. The tree must not change meanwhile. */
  *nodes(): Generator<number, void, undefined> {
    const waiting: number[] = [this.root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (this.valueOf(node) !== 0) yield node
      for (const child of this.childrenOf(node)) waiting.push(child)
    }
  }

  // Labels.

  /** Where the label of a node begins, in bytes. */
  private labelAt(node: number): number {
    const { words } = this
    return 4 * ((words[node + LENGTH] as number) > SHORT ? (words[node + LABEL] as number) : node + LABEL)
  }

  /** The bytes must not be the tree's own. */
  private setLabel(node: number, label: Uint8Array): void {
    this.dropLabel(node)
    const block = label.length > SHORT ? this.take(blockFor(label.length)) : NONE
    if (block !== NONE) this.words[node + LABEL] = block
    this.words[node + LENGTH] = label.length
    this.bytes.set(label, this.labelAt(node))
  }

  private dropLabel(node: number): void {
    const length = this.lengthOf(node)
    if (length > SHORT) this.release(this.words[node + LABEL] as number, blockFor(length))
  }

  private commonLength(node: number, topic: Uint8Array, at: number): number {
    const { bytes } = this
    const label = this.labelAt(node)
    const most = Math.min(this.lengthOf(node), topic.length - at)
    let i = 0
    while (i < most && bytes[label + i] === topic[at + i]) i++
    return i
  }

  // Children.

  private childAt(node: number, byte: number): number {
    const { words } = this
    const slots = words[node + SLOTS] as number
    const table = words[node + TABLE] as number
    const probes = Math.min(slots, MAX_PROBES)
    for (let i = 0; i < probes; i++) {
      const slot = table + SLOT * ((byte + i) & (slots - 1))
      const first = words[slot] as number
      if (first === byte + 1) return words[slot + 1] as number
      if (first === 0) return NONE
    }
    return NONE
  }

  /** Adds a child whose first byte no other child has. */
  private addChild(node: number, child: number): void {
    this.words[child + PARENT] = node
    if (this.place(node, child)) return
    this.setChildren(node, [...this.childrenOf(node), child])
  }

  private removeChild(node: number, child: number): void {
    this.setChildren(
      node,
      this.childrenOf(node).filter(other => other !== child),
    )
  }

  /** Puts `child` where `old`, which has the same first byte, was. */
  private replaceChild(node: number, old: number, child: number): void {
    const { words } = this
    words[child + PARENT] = node
    let slot = words[node + TABLE] as number
    while (words[slot] === 0 || words[slot + 1] !== old) slot += SLOT
    words[slot + 1] = child
  }

  /** Gives the node the smallest table in which each child finds a slot close enough; 256 slots always do. */
  private setChildren(node: number, children: readonly number[]): void {
    let slots = children.length === 0 ? 0 : 1
    while (slots < children.length) slots *= 2
    for (this.setTable(node, slots); !children.every(child => this.place(node, child));) {
      slots *= 2
      this.setTable(node, slots)
    }
  }

  /** An empty one. */
  private setTable(node: number, slots: number): void {
    const old = this.slotsOf(node)
    if (old > 0) this.release(this.words[node + TABLE] as number, old * SLOT)
    const table = slots > 0 ? this.take(slots * SLOT) : NONE
    this.words[node + TABLE] = table
    this.words[node + SLOTS] = slots
  }

  private place(node: number, child: number): boolean {
    const { words } = this
    const slots = words[node + SLOTS] as number
    const table = words[node + TABLE] as number
    const byte = this.bytes[this.labelAt(child)] as number
    const probes = Math.min(slots, MAX_PROBES)
    for (let i = 0; i < probes; i++) {
      const slot = table + SLOT * ((byte + i) & (slots - 1))
      if (words[slot] !== 0) continue
      words[slot] = byte + 1
      words[slot + 1] = child
      return true
    }
    return false
  }

  // Nodes.

  private make(label: Uint8Array): number {
    const node = this.take(NODE)
    this.setLabel(node, label)
    return node
  }

  private discard(node: number): void {
    this.dropLabel(node)
    this.setTable(node, 0)
    this.release(node, NODE)
  }

  /** Hangs the rest of a topic under `node`, in as many links as MAX_LABEL asks for; returns the last. */
  private append(node: number, topic: Uint8Array, from: number): number {
    let last = node
    for (let at = from; at < topic.length; at += MAX_LABEL) {
      const child = this.make(topic.subarray(at, at + MAX_LABEL))
      this.addChild(last, child)
      last = child
    }
    return last
  }

  /**
   * Puts a node of its own after the first `length` bytes of this node's label, and returns it. The old node
   * stays the lower one: whoever holds on to a node with a value finds it in place.
   */
  private split(node: number, length: number): number {
    const parent = this.parentOf(node)
    const whole = this.lengthOf(node)
    scratch.set(this.labelOf(node))
    const upper = this.make(scratch.subarray(0, length))
    this.replaceChild(parent, node, upper)
    this.setLabel(node, scratch.subarray(length, whole))
    this.addChild(upper, node)
    // Where this was a link of a long topic's chain, its parts may be short enough for the links beside them.
    this.join(node)
    this.join(parent)
    return upper
  }

  /** Makes a node that only leads to one child one with it, where the labels fit; the child is what stays. */
  private join(node: number): void {
    if (this.valueOf(node) !== 0 || node === this.root || this.slotsOf(node) === 0) return
    const [child = NONE, ...others] = this.childrenOf(node)
    const above = this.lengthOf(node)
    const length = above + this.lengthOf(child)
    if (others.length > 0 || length > MAX_LABEL) return
    scratch.set(this.labelOf(node))
    scratch.set(this.labelOf(child), above)
    this.setLabel(child, scratch.subarray(0, length))
    this.replaceChild(this.parentOf(node), node, child)
    this.discard(node)
  }

  // Memory.

  /** So many words, all 0. */
  private take(count: number): number {
    const place = this.free[count] as number
    if (place === NONE) {
      if (this.end + count > this.words.length) this.resize(Math.ceil(1.5 * this.words.length) + count)
      this.end += count
      return this.end - count
    }
    this.free[count] = this.words[place] as number
    this.words.fill(0, place, place + count)
    return place
  }

  private release(place: number, count: number): void {
    this.words[place] = this.free[count] as number
    this.free[count] = place
  }

  private resize(length: number): void {
    const words = new Int32Array(length)
    words.set(this.words.subarray(0, this.end))
    this.words = words
    this.bytes = new Uint8Array(words.buffer)
  }

  /** Keeps nothing but the root. */
  private clear(): void {
    this.end = this.root + NODE
    this.free.fill(NONE)
    this.resize(SMALL)
  }
}

function blockFor(length: number): number {
  return BLOCK * Math.ceil(length / (4 * BLOCK))
}
