/**
 * Deadlines that a busy program does not bring about. The event loop runs timers before it reads: after a long
 * computation every timer fires before the bytes that came in time are seen. So a deadline concludes after pending I/O
 * was handled; and when the event loop was blocked, what needs several exchanges, such as a handshake, gets some time
 * as well. Runtimes use this for {@link Runtime.deadline}; what is concluded is not known here.
 */
import type { Runtime, Timer } from "./runtime.js"

/** A timer that fires this much later than it was due shows that the event loop was blocked, in milliseconds. */
const LATE = 10

/** I/O then gets as much time as the timer was late, but at least and at most this, in milliseconds. */
const LEAST_EXTRA = 50
const MOST_EXTRA = 250

class Deadline {
  readonly due: number
  readonly callback: () => void
  /** Until it fires. */
  timer: Timer | undefined
  over = false

  constructor(due: number, callback: () => void) {
    this.due = due
    this.callback = callback
  }
}

export class Deadlines {
  private readonly runtime: Runtime
  /** Deadlines that have passed and wait until {@link until}. */
  private readonly passed: Deadline[] = []
  private until = -Infinity
  private timer: Timer | undefined

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  start(callback: () => void, milliseconds: number, hold?: boolean): Timer {
    const { runtime } = this
    const deadline = new Deadline(runtime.now() + milliseconds, callback)
    const fire = (): void => {
      deadline.timer = undefined
      // A short one is a way to poll, which is not to become slow.
      if (milliseconds < LEAST_EXTRA || !this.extend(deadline.due)) {
        runtime.afterIO(() => {
          conclude(deadline)
        })
      } else this.putOff(deadline, hold)
    }
    deadline.timer = runtime.setTimeout(fire, milliseconds, hold)
    return deadline
  }

  /** Stops a deadline; false when the timer is none. */
  stop(timer: Timer): boolean {
    if (!(timer instanceof Deadline)) return false
    timer.over = true
    if (timer.timer !== undefined) this.runtime.clearTimeout(timer.timer)
    timer.timer = undefined
    const index = this.passed.indexOf(timer)
    if (index >= 0) this.passed.splice(index, 1)
    if (this.passed.length === 0 && this.timer !== undefined) {
      this.runtime.clearTimeout(this.timer)
      this.timer = undefined
    }
    return true
  }

  /** Whether there is extra time, for a deadline that was due then. */
  private extend(due: number): boolean {
    const now = this.runtime.now()
    const late = now - due
    // Those that were put off already are not put off again by the next one.
    if (late >= LATE && this.passed.length === 0) {
      this.until = now + Math.min(Math.max(late, LEAST_EXTRA), MOST_EXTRA)
    }
    return now < this.until
  }

  private putOff(deadline: Deadline, hold?: boolean): void {
    const { runtime, passed } = this
    const index = passed.findIndex(each => each.due > deadline.due)
    passed.splice(index < 0 ? passed.length : index, 0, deadline)
    if (this.timer !== undefined && hold === true) {
      runtime.clearTimeout(this.timer)
      this.timer = undefined
    }
    this.timer ??= runtime.setTimeout(
      () => {
        this.timer = undefined
        runtime.afterIO(() => {
          for (const each of passed.splice(0)) conclude(each)
        })
      },
      this.until - runtime.now(),
      hold,
    )
  }
}

function conclude(deadline: Deadline): void {
  if (deadline.over) return
  deadline.over = true
  deadline.callback()
}
