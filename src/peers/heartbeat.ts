/**
 * Heartbeats of one connection (37/ZMTP §Connection Heartbeating): when to send a PING, and when a peer has been
 * silent for too long. What a PING looks like, and what happens to the connection, is the session's affair.
 */
import type { Runtime, Timer } from "./runtime.js"

/** Milliseconds, as in the options of the same name. */
export interface HeartbeatOptions {
  /** ZMQ_HEARTBEAT_IVL; 0 for no heartbeats. */
  readonly heartbeatInterval: number
  /** ZMQ_HEARTBEAT_TIMEOUT; -1 for the interval. */
  readonly heartbeatTimeout: number
}

export interface HeartbeatHost {
  /** Sends a PING, unless the last one is still on its way; whether it did. */
  ping(): boolean
  /** Whether we take nothing from the peer at present, so that its silence means nothing. */
  readonly heldBack: boolean
  /** The peer is gone. */
  silent(): void
}

/** So many PINGs without a PONG, and no more go out (37/ZMTP §Connection Heartbeating: "a small number"). */
const MOST_UNANSWERED = 10

export class Heartbeat {
  private readonly options: HeartbeatOptions
  private readonly runtime: Runtime
  private readonly host: HeartbeatHost
  /** Counts what was received, so that a deadline can tell whether the peer was heard since. */
  private received = 0
  /** What {@link received} was when {@link silence} was set. */
  private receivedBefore = -1
  private unanswered = 0
  private beat: Timer | undefined
  private silence: Timer | undefined
  private promise: Timer | undefined

  constructor(options: HeartbeatOptions, runtime: Runtime, host: HeartbeatHost) {
    this.options = options
    this.runtime = runtime
    this.host = host
  }

  /** Something was received. Hot path: once a chunk, and no timer is touched. */
  heard(): void {
    this.received++
  }

  /** A PONG came. */
  answered(): void {
    this.unanswered = 0
  }

  /** Sends PINGs from now on, when the options ask for them. */
  start(): void {
    const { heartbeatInterval, heartbeatTimeout } = this.options
    if (heartbeatInterval <= 0) return
    const timeout = heartbeatTimeout >= 0 ? heartbeatTimeout : heartbeatInterval
    const beat = (): void => {
      if (this.unanswered < MOST_UNANSWERED && this.host.ping()) this.unanswered++
      // A peer that has been silent since an earlier PING gains no time by this one.
      if (timeout > 0 && this.received !== this.receivedBefore) {
        this.clear(this.silence)
        this.receivedBefore = this.received
        this.silence = this.unlessHeard(timeout)
      }
      this.beat = this.runtime.setTimeout(beat, heartbeatInterval)
    }
    this.beat = this.runtime.setTimeout(beat, heartbeatInterval)
  }

  /** The peer has promised, by the TTL of its PING, to be heard within this time. */
  expect(milliseconds: number): void {
    this.clear(this.promise)
    this.promise = this.unlessHeard(milliseconds)
  }

  stop(): void {
    this.clear(this.beat)
    this.clear(this.silence)
    this.clear(this.promise)
  }

  private unlessHeard(milliseconds: number): Timer {
    const { received } = this
    return this.runtime.setTimeout(() => {
      if (this.host.heldBack) this.expect(milliseconds)
      else if (this.received === received) this.host.silent()
    }, milliseconds)
  }

  private clear(timer: Timer | undefined): void {
    if (timer !== undefined) this.runtime.clearTimeout(timer)
  }
}
