/**
 * What the subscribers of an XPUB have said and its user has not yet received. The order is that in which it
 * happened, over all subscribers; how much of it there may be is bounded for each of them and for all, so that who
 * says more is not listened to until the user has caught up. What the messages mean is the pattern's business.
 */
import type { Pipe } from "../../peers/pipe.js"
import { Queue } from "../../peers/queue.js"
import type { Message } from "../../wire/frames.js"

/** Bytes of memory that may be unread from one peer: about 400,000 subscriptions. */
const PEER_LIMIT = 64 * 1024 * 1024

/** Bytes that may be unread from all, those included that left. */
const TOTAL_LIMIT = 256 * 1024 * 1024

/** What a message costs beyond its bytes, about. */
const OVERHEAD = 128

export interface Unread {
  readonly message: Message
  /** Whose message it is. */
  readonly pipe: Pipe
  /** A subscription or cancellation that the user is asked to decide on (`ZMQ_XPUB_MANUAL`). */
  readonly request: boolean
}

export class UnreadMessages {
  private readonly queue = new Queue<Unread>()
  private readonly weights = new Map<Pipe, number>()
  private total = 0

  get length(): number {
    return this.queue.length
  }

  /** Whether nothing more should be taken from this peer for now. */
  full(pipe: Pipe): boolean {
    return this.total >= TOTAL_LIMIT || (this.weights.get(pipe) ?? 0) >= PEER_LIMIT
  }

  push(unread: Unread): void {
    this.queue.push(unread)
    this.weigh(unread, 1)
  }

  shift(): Unread | undefined {
    const unread = this.queue.shift()
    if (unread !== undefined) this.weigh(unread, -1)
    return unread
  }

  private weigh({ message, pipe }: Unread, sign: 1 | -1): void {
    let weight = OVERHEAD
    for (const part of message) weight += part.length
    this.total += sign * weight
    const sum = (this.weights.get(pipe) ?? 0) + sign * weight
    if (sum > 0) this.weights.set(pipe, sum)
    else this.weights.delete(pipe)
  }
}
