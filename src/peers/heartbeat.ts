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
  /** Sends a PING with the next write, unless one waits already; {@link Heartbeat.pinged} follows. */
  ping(): void
  /** Whether we take nothing from the peer at present, so that its silence means nothing. */
  readonly heldBack: boolean
  /** Whether the kernel has not taken all that was written, so that the peer may not have got our PING. */
  readonly busy: boolean
  /** The peer is gone. */
  silent(): void
}

/**
 * While the kernel takes nothing more of what was written, a PING may not have reached the peer: its silence counts
 * after so many time-outs, and after this many milliseconds at least.
 */
const BUSY_TIMEOUTS = 10
const LEAST_BUSY_TIME = 30_000

/** So many PINGs to a silent peer, and no more go out (37/ZMTP §Connection Heartbeating: "a small number"). */
const MOST_UNANSWERED = 10

export class Heartbeat {
  private readonly options: HeartbeatOptions
  private readonly runtime: Runtime
  private readonly host: HeartbeatHost
  /** Counts what was received, so that a deadline can tell whether the peer was heard since. */
  private received = 0
  /** What {@link received} was when {@link silence} was set, and at the last beat. */
  private receivedBefore = -1
  private receivedAtBeat = 0
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
    const { heartbeatInterval } = this.options
    if (heartbeatInterval <= 0) return
    const beat = (): void => {
      if (this.received !== this.receivedAtBeat) this.unanswered = 0
      this.receivedAtBeat = this.received
      if (this.unanswered < MOST_UNANSWERED) this.host.ping()
      this.beat = this.runtime.setTimeout(beat, heartbeatInterval)
    }
    this.beat = this.runtime.setTimeout(beat, heartbeatInterval)
  }

  /** The kernel has taken a PING: from now on the peer may be silent for a while. */
  pinged(): void {
    this.unanswered++
    const { heartbeatInterval, heartbeatTimeout } = this.options
    const timeout = heartbeatTimeout >= 0 ? heartbeatTimeout : heartbeatInterval
    // A peer that has been silent since an earlier PING gains no time by this one.
    if (timeout <= 0 || this.received === this.receivedBefore) return
    this.clear(this.silence)
    this.receivedBefore = this.received
    const { received } = this
    const patience = this.runtime.now() + Math.max(timeout * BUSY_TIMEOUTS, LEAST_BUSY_TIME)
    const wait = (): void => {
      this.silence = this.runtime.deadline(() => {
        if (this.received !== received) return
        if (this.host.heldBack || (this.host.busy && this.runtime.now() < patience)) wait()
        else this.host.silent()
      }, timeout)
    }
    wait()
  }

  /** The peer has promised, by the TTL of its PING, to be heard within this time. */
  expect(milliseconds: number): void {
    this.clear(this.promise)
    const { received } = this
    this.promise = this.runtime.deadline(() => {
      if (this.host.heldBack) this.expect(milliseconds)
      else if (this.received === received) this.host.silent()
    }, milliseconds)
  }

  stop(): void {
    this.clear(this.beat)
    this.clear(this.silence)
    this.clear(this.promise)
  }

  private clear(timer: Timer | undefined): void {
    if (timer !== undefined) this.runtime.clearTimeout(timer)
  }
}
