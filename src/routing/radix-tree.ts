/**
 * A compressed radix tree over bytes: the shape under every set of subscriptions. It finds, adds and removes the
 * node of a topic and walks down a message; what a node's value means is its owner's business
 * (`subscriptions.ts`). It never keeps the buffer that a topic came in.
 */

/**
 * The longest label of one node. Longer topics are chains of nodes, so that a short topic which parts a long
 * one copies at most this much: without the limit a peer could make each 2-byte topic copy megabytes.
 */
const MAX_LABEL = 1024

/** How far from its home slot a child may lie; bounds both a look-up and the waste of a table. */
const MAX_PROBES = 8

/** Labels are rebuilt here, since a substring or a concatenation of strings would keep its origins alive. */
const scratch = Buffer.allocUnsafeSlow(MAX_LABEL)

/** Every node has the same fields in the same order, whatever its value, so that walking stays monomorphic. */
export class RadixNode<V> {
  /** The bytes between the parent and this node as a Latin-1 string: a third of the memory of a small Buffer. */
  label = ""
  /**
   * The first of these bytes and their number. With a million topics what takes time is memory that is not in the
   * cache, and most labels are one byte long: so their strings need not be looked at.
   */
  first = -1
  length = 0
  parent: RadixNode<V> | null
  /**
   * Children, hashed by the first byte of their label: a power of two of slots up to 256, each child at most
   * MAX_PROBES from its home. At 256 slots every child is at home.
   */
  table: (RadixNode<V> | null)[] | null = null
  /** Undefined where no topic ends. */
  value: V | undefined = undefined

  constructor(label: string, parent: RadixNode<V> | null) {
    this.parent = parent
    this.relabel(label)
  }

  relabel(label: string): void {
    this.label = label
    this.length = label.length
    this.first = label.length > 0 ? label.charCodeAt(0) : -1
  }
}

export class RadixTree<V> {
  readonly root = new RadixNode<V>("", null)

  /** The node where this topic ends, with or without a value. */
  find(topic: Uint8Array): RadixNode<V> | null {
    let node = this.root
    let at = 0
    while (at < topic.length) {
      const next = descend(node, topic, at)
      if (next === null) return null
      at += next.length
      node = next
    }
    return node
  }

  /** The node where this topic ends, made if need be. The caller gives it a value, or calls `prune`. */
  insert(topic: Uint8Array): RadixNode<V> {
    let node = this.root
    let at = 0
    while (at < topic.length) {
      const child = childAt(node, topic[at] as number)
      if (child === null) return append(node, topic, at)
      const common = commonLength(child.label, topic, at)
      at += common
      node = common === child.length ? child : split(child, common)
    }
    return node
  }

  /** Takes a node that lost its value out of the tree, with every ancestor that led to nothing else. */
  prune(node: RadixNode<V>): void {
    while (node.value === undefined && node.table === null && node.parent !== null) {
      const parent: RadixNode<V> = node.parent
      removeChild(parent, node)
      node.parent = null
      node = parent
    }
    join(node)
  }

  /** Every node with a value, ancestors first. The tree must not change meanwhile. */
  *nodes(): Generator<RadixNode<V>, void, undefined> {
    const waiting: RadixNode<V>[] = [this.root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.value !== undefined) yield node
      if (node.table === null) continue
      for (const child of node.table) if (child !== null) waiting.push(child)
    }
  }
}

/**
 * The child of `node` whose whole label stands in `message` at `at`. The caller goes on at
 * `at + child.length`. Hot: runs once a node on the way of every message published or filtered.
 */
export function descend<V>(node: RadixNode<V>, message: Uint8Array, at: number): RadixNode<V> | null {
  if (at >= message.length) return null
  const child = childAt(node, message[at] as number)
  if (child === null) return null
  const { length } = child
  if (length === 1) return child
  if (length > message.length - at) return null
  const { label } = child
  for (let i = 1; i < length; i++) if (label.charCodeAt(i) !== message[at + i]) return null
  return child
}

/** The topic that ends at this node, in a buffer of its own. */
export function topicOf<V>(node: RadixNode<V>): Buffer {
  let end = 0
  for (let up: RadixNode<V> | null = node; up !== null; up = up.parent) end += up.length
  const topic = Buffer.allocUnsafe(end)
  for (let up: RadixNode<V> | null = node; up !== null; up = up.parent) {
    end -= up.length
    topic.write(up.label, end, "latin1")
  }
  return topic
}

function childAt<V>(node: RadixNode<V>, byte: number): RadixNode<V> | null {
  const table = node.table
  if (table === null) return null
  const mask = table.length - 1
  const probes = Math.min(table.length, MAX_PROBES)
  for (let i = 0; i < probes; i++) {
    const child = table[(byte + i) & mask]
    if (child === null || child === undefined) return null
    if (child.first === byte) return child
  }
  return null
}

/** Adds a child whose first byte no other child has. */
function addChild<V>(node: RadixNode<V>, child: RadixNode<V>): void {
  child.parent = node
  if (node.table !== null && place(node.table, child)) return
  const children = childrenOf(node)
  children.push(child)
  node.table = tableOf(children)
}

function removeChild<V>(node: RadixNode<V>, child: RadixNode<V>): void {
  const rest = childrenOf(node).filter(other => other !== child)
  node.table = rest.length === 0 ? null : tableOf(rest)
}

/** Puts `child` where `old`, which has the same first byte, was. */
function replaceChild<V>(node: RadixNode<V>, old: RadixNode<V>, child: RadixNode<V>): void {
  child.parent = node
  if (node.table !== null) node.table[node.table.indexOf(old)] = child
}

function childrenOf<V>(node: RadixNode<V>): RadixNode<V>[] {
  const children: RadixNode<V>[] = []
  if (node.table !== null) for (const child of node.table) if (child !== null) children.push(child)
  return children
}

/** The smallest table in which each child finds a slot close enough; 256 slots always do. */
function tableOf<V>(children: RadixNode<V>[]): (RadixNode<V> | null)[] {
  let size = 1
  while (size < children.length) size *= 2
  for (; ; size *= 2) {
    const table = new Array<RadixNode<V> | null>(size).fill(null)
    if (children.every(child => place(table, child))) return table
  }
}

function place<V>(table: (RadixNode<V> | null)[], child: RadixNode<V>): boolean {
  const mask = table.length - 1
  const home = child.first
  const probes = Math.min(table.length, MAX_PROBES)
  for (let i = 0; i < probes; i++) {
    const slot = (home + i) & mask
    if (table[slot] !== null) continue
    table[slot] = child
    return true
  }
  return false
}

function commonLength(label: string, topic: Uint8Array, at: number): number {
  const most = Math.min(label.length, topic.length - at)
  let i = 0
  while (i < most && label.charCodeAt(i) === topic[at + i]) i++
  return i
}

/** Hangs the rest of a topic under `node`, in as many links as MAX_LABEL asks for; returns the last. */
function append<V>(node: RadixNode<V>, topic: Uint8Array, at: number): RadixNode<V> {
  const bytes = Buffer.from(topic.buffer, topic.byteOffset, topic.byteLength)
  while (at < bytes.length) {
    const end = Math.min(at + MAX_LABEL, bytes.length)
    const child = new RadixNode<V>(bytes.toString("latin1", at, end), node)
    addChild(node, child)
    node = child
    at = end
  }
  return node
}

/**
 * Puts a node of its own after the first `length` bytes of this node's label, and returns it. The old node
 * stays the lower one: whoever holds on to a node with a value finds it in place.
 */
function split<V>(node: RadixNode<V>, length: number): RadixNode<V> {
  const { label, parent } = node
  scratch.write(label, 0, "latin1")
  const upper = new RadixNode<V>(scratch.toString("latin1", 0, length), parent)
  if (parent !== null) replaceChild(parent, node, upper)
  node.relabel(scratch.toString("latin1", length, label.length))
  addChild(upper, node)
  // Where this was a link of a long topic's chain, its parts may be short enough for the links beside them.
  join(node)
  if (parent !== null) join(parent)
  return upper
}

/** Makes a node that only leads to one child one with it, where the labels fit; the child is what stays. */
function join<V>(node: RadixNode<V>): void {
  const { parent, table, label } = node
  if (node.value !== undefined || parent === null || table === null) return
  const children = childrenOf(node)
  const child = children[0]
  if (child === undefined || children.length > 1) return
  const length = label.length + child.label.length
  if (length > MAX_LABEL) return
  scratch.write(label, 0, "latin1")
  scratch.write(child.label, label.length, "latin1")
  child.relabel(scratch.toString("latin1", 0, length))
  replaceChild(parent, node, child)
}
