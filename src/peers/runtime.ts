/**
 * Time and chance, as seen by everything that is not a transport: passed in, so that whole connections run
 * inside a test from one seed. Nothing else in this library asks for the time, a timer or a random number.
 */

export type Timer = object

/** The longest time that a timer waits, in milliseconds: 24 days. A longer time is cut to this. */
export const LONGEST_TIME = 2 ** 31 - 1

export interface Runtime {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** A timer; it keeps the process alive only when `hold` is true. */
  setTimeout(callback: () => void, milliseconds: number, hold?: boolean): Timer
  /**
   * A timer whose callback concludes something: that a peer is silent, that nothing has come, that there is no time
   * left. It is called after pending I/O was handled. When the event loop was blocked meanwhile, I/O gets some of the
   * time that it missed (deadlines.ts).
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
