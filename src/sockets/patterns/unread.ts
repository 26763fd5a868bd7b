/**
 * What the subscribers of an XPUB have said and its user has not yet received, in the order in which it happened, over
 * all subscribers. How much of it there may be is bounded for each of them and for all. Beyond that, notices of
 * subscriptions that hold already are dropped; of what the user has to have, messages and requests, no more is taken
 * from the peer. What the messages mean is the pattern's business.
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
  /**
   * - `notice`: a subscription or cancellation that took effect, whether or not the user hears of it;
   * - `request`: one that the user is asked to decide on (`ZMQ_XPUB_MANUAL`);
   * - `message`: anything else.
   */
  readonly kind: "notice" | "request" | "message"
}

/** Weighs what is unread, of each peer and in all. */
class Scales {
  private readonly weights = new Map<Pipe, number>()
  private total = 0

  full(pipe: Pipe): boolean {
    return this.total >= TOTAL_LIMIT || (this.weights.get(pipe) ?? 0) >= PEER_LIMIT
  }

  add(pipe: Pipe, weight: number): void {
    this.total += weight
    const sum = (this.weights.get(pipe) ?? 0) + weight
    if (sum > 0) this.weights.set(pipe, sum)
    else this.weights.delete(pipe)
  }
}

export class UnreadMessages {
  /** Notices that were dropped because too many were unread. */
  dropped = 0
  private readonly queue = new Queue<Unread>()
  /** Weighed apart, so that notices which nobody reads never stand in the way of messages. */
  private readonly notices = new Scales()
  private readonly others = new Scales()

  get length(): number {
    return this.queue.length
  }

  /** Whether nothing more should be taken from this peer for now. */
  full(pipe: Pipe): boolean {
    return this.others.full(pipe)
  }

  /** A notice is dropped, and counted, when too many are unread; everything else is taken. */
  push(unread: Unread): void {
    if (unread.kind === "notice" && this.notices.full(unread.pipe)) {
      this.dropped++
      return
    }
    this.queue.push(unread)
    this.weigh(unread, 1)
  }

  shift(): Unread | undefined {
    const unread = this.queue.shift()
    if (unread !== undefined) this.weigh(unread, -1)
    return unread
  }

  private weigh({ message, pipe, kind }: Unread, sign: 1 | -1): void {
    let weight = OVERHEAD
    for (const part of message) weight += part.length
    const scales = kind === "notice" ? this.notices : this.others
    scales.add(pipe, sign * weight)
  }
}
