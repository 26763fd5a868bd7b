/**
 * A first-in, first-out queue on a plain array: appending and taking are constant time, and a queue that runs
 * empty keeps no memory. Knows nothing of what it holds.
 */

/** Taken items are cut off when they are this many and at least half of the array. */
const CUT = 1024

export class Queue<T> {
  private items: T[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: T): void {
    this.items.push(item)
  }

  /** The oldest item, left where it is. */
  peek(): T | undefined {
    return this.items[this.head]
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    const { items, head } = this
    if (head === items.length) return undefined
    const item = items[head]
    items[head] = undefined as T
    this.head = head + 1
    if (this.head === items.length) {
      items.length = 0
      this.head = 0
    } else if (this.head >= CUT && this.head * 2 >= items.length) {
      this.items = items.slice(this.head)
      this.head = 0
    }
    return item
  }

  clear(): void {
    this.items = []
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
