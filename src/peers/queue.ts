/**
 * A first-in, first-out queue on a ring: appending and taking are constant time, and a queue that runs empty keeps
 * little memory. Knows nothing of what it holds.
 */

/** Places of a new ring, and of one that ran empty after it had grown beyond {@link KEPT}. A power of two. */
const SMALL = 16

/** An empty ring of up to this many places is kept for use again. */
const KEPT = 4096

/** Hot path: every message received passes through it. Indexes are masked, and nothing is moved or cut off. */
export class Queue<T> {
  /** Messages waiting. */
  length = 0
  private ring: (T | undefined)[] = new Array<T | undefined>(SMALL).fill(undefined)
  private mask = SMALL - 1
  private head = 0

  push(item: T): void {
    if (this.length > this.mask) this.grow()
    this.ring[(this.head + this.length++) & this.mask] = item
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.length === 0) return undefined
    const { ring, head } = this
    const item = ring[head]
    ring[head] = undefined
    this.head = (head + 1) & this.mask
    if (--this.length === 0 && this.mask >= KEPT) this.clear()
    return item
  }

  /** The items, oldest first. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.ring[(this.head + i) & this.mask] as T
  }

  clear(): void {
    this.ring = new Array<T | undefined>(SMALL).fill(undefined)
    this.mask = SMALL - 1
    this.head = this.length = 0
  }

  private grow(): void {
    const items = [...this]
    this.ring = new Array<T | undefined>(items.length * 2).fill(undefined)
    items.forEach((item, i) => (this.ring[i] = item))
    this.mask = this.ring.length - 1
    this.head = 0
  }
}

/** Appends a message; with ZMQ_CONFLATE it takes the place of all others, and only its last part is kept. */
export function conflatedPush<T>(queue: Queue<T[]>, message: T[], conflate: boolean): void {
  if (conflate) {
    // There is at most one.
    queue.shift()
    queue.push(message.slice(-1))
  } else queue.push(message)
}
