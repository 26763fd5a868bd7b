/**
 * The end of a connection that this side has asked for: our direction is closed, and the peer is given time to read
 * what was written and to close its own. A kernel that is told to close a connection on which the peer still talks
 * drops what the peer has not got; so after lingering a peer that talks is waited for. Who decides that a connection
 * is to end is the session's affair.
 */
import type { ByteStream } from "../transports/transport.js"
import type { Runtime, Timer } from "./runtime.js"

/** How long a peer may take to close its side after we closed ours, in milliseconds. */
export const PARTING_TIME = 1000

/**
 * The same for a peer that talks meanwhile, since it was last heard. The process waits with it, unless it has waited for
 * this long already.
 */
const TALKING_TIME = 60_000

export class Parting {
  private readonly stream: ByteStream
  private readonly runtime: Runtime
  private readonly hold: boolean
  private readonly until: number
  private readonly since: number
  private timer: Timer

  /**
   * Ends our direction.
   * @param linger How long a peer that talks may take, in milliseconds; -1 for ever.
   */
  constructor(stream: ByteStream, runtime: Runtime, linger: number) {
    this.stream = stream
    this.runtime = runtime
    this.hold = linger !== 0
    this.since = runtime.now()
    this.until = linger < 0 ? Infinity : runtime.now() + linger
    this.timer = this.destroyAfter(PARTING_TIME)
    // What the peer still sends is dropped: unread bytes would keep its end from being seen.
    stream.resume()
    stream.end()
  }

  /** The peer was heard. */
  heard(): void {
    const left = Math.min(this.until - this.runtime.now(), TALKING_TIME)
    if (left <= PARTING_TIME) return
    this.over()
    this.timer = this.destroyAfter(left)
  }

  /** The connection is closed. */
  over(): void {
    this.runtime.clearTimeout(this.timer)
  }

  private destroyAfter(milliseconds: number): Timer {
    const destroy = (): void => {
      this.stream.destroy()
    }
    const hold = this.hold && this.runtime.now() - this.since < TALKING_TIME
    return this.runtime.deadline(destroy, milliseconds, hold)
  }
}
