/**
 * Time and chance, as seen by everything that is not a transport: passed in, so that whole connections run
 * inside a test from one seed. Nothing else in this library asks for the time, a timer or a random number.
 */

export type Timer = object

export interface Runtime {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** A timer; it keeps the process alive only when `hold` is true. */
  setTimeout(callback: () => void, milliseconds: number, hold?: boolean): Timer
  /**
   * A timer whose callback concludes something: that a peer is silent, that nothing has come, that there is no time
   * left. It is called after pending I/O was handled. When the event loop was blocked meanwhile, I/O gets some of the
   * time that it missed.
   */
  deadline(callback: () => void, milliseconds: number, hold?: boolean): Timer
  clearTimeout(timer: Timer): void
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number
  /** Runs a callback when the current turn's promise callbacks are done, before any I/O. */
  afterTurn(callback: () => void): void
  /** Runs a callback after pending I/O has had its chance. */
  afterIO(callback: () => void): void
}

/** A timer that fires this much later than it was due shows that the event loop was blocked, in milliseconds. */
const LATE = 10

/** The least extra time for I/O after the event loop was blocked, in milliseconds: enough for a handshake nearby. */
const LEAST_EXTRA = 50

class Deadline {
  over = false
  timer: Timer | undefined
}

/**
 * Implements {@link Runtime.deadline} with the rest of a runtime. The event loop runs timers before it reads: after a
 * long computation every timer fires before the bytes that came in time are seen.
 */
export function startDeadline(
  runtime: Runtime,
  callback: () => void,
  milliseconds: number,
  hold?: boolean,
): Timer {
  const deadline = new Deadline()
  const due = runtime.now() + milliseconds
  const conclude = (): void => {
    if (deadline.over) return
    deadline.over = true
    callback()
  }
  const afterIO = (): void => {
    deadline.timer = undefined
    if (!deadline.over) runtime.afterIO(conclude)
  }
  const fire = (): void => {
    const late = runtime.now() - due
    if (deadline.over) return
    if (late < LATE) afterIO()
    else {
      // What is under way may need several exchanges, such as a handshake.
      const extra = Math.min(milliseconds, Math.max(late, LEAST_EXTRA))
      deadline.timer = runtime.setTimeout(afterIO, extra, hold)
    }
  }
  deadline.timer = runtime.setTimeout(fire, milliseconds, hold)
  return deadline
}

/** Stops a deadline; false when the timer is none. */
export function stopDeadline(timer: Timer, runtime: Runtime): boolean {
  if (!(timer instanceof Deadline)) return false
  timer.over = true
  if (timer.timer !== undefined) runtime.clearTimeout(timer.timer)
  timer.timer = undefined
  return true
}
