/**
 * A first-in, first-out queue on a plain array: appending and taking are constant time, and a queue that runs
 * empty keeps no memory. Knows nothing of what it holds.
 */

/** The array of an empty queue is kept for use again when it is no longer than this. */
const KEPT = 4096

/** Taken items are cut off when they are this many and at least half of the array. */
const CUT = 1024

/**
 * Hot path: a message passes through it. The array is filled and emptied by index, since `push` after `length = 0`
 * would make V8 grow it anew each time.
 */
export class Queue<T> {
  private items: (T | undefined)[] = []
  private head = 0
  private tail = 0

  get length(): number {
    return this.tail - this.head
  }

  push(item: T): void {
    this.items[this.tail++] = item
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    const { head } = this
    if (head === this.tail) return undefined
    const item = this.items[head]
    this.items[head] = undefined
    this.head = head + 1
    if (this.head === this.tail) {
      this.head = this.tail = 0
      if (this.items.length > KEPT) this.items = []
    } else if (this.head >= CUT && this.head * 2 >= this.tail) this.cut()
    return item
  }

  /** The items, oldest first. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = this.head; i < this.tail; i++) yield this.items[i] as T
  }

  clear(): void {
    this.items = []
    this.head = this.tail = 0
  }

  private cut(): void {
    this.items = this.items.slice(this.head, this.tail)
    this.tail -= this.head
    this.head = 0
  }
}

/** Appends a message; with ZMQ_CONFLATE it takes the place of all others, and only its last part is kept. */
export function conflatedPush<T>(queue: Queue<T[]>, message: T[], conflate: boolean): void {
  if (conflate) {
    queue.clear()
    queue.push(message.slice(-1))
  } else queue.push(message)
}
