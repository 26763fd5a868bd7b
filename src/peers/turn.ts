/**
 * The current turn of the event loop, one for all sockets of a runtime: what is to be written when it ends, and how
 * long it has lasted. A loop of `await` that never has to wait keeps the event loop from turning; so does a
 * computation. What turns the event loop is the runtime's affair.
 */
import type { Runtime } from "./runtime.js"

/** After this many milliseconds in one turn what is queued is written, and an operation waits for pending I/O. */
const LONGEST_TURN = 10

/**
 * Operations of a socket between two looks at the clock: at first in a turn, and at most. Looks of every 64th operation
 * cost a fifth of a `receive` of 100 bytes, those of every 256th nothing that can be measured.
 */
const FIRST_PACE = 16
const LONGEST_PACE = 256

/** What has something to write when the turn ends. */
export interface Flushable {
  endTurn(): void
}

export class Turn {
  /** Whether the turn has lasted long enough, as of the last {@link look}. */
  over = false
  /** Counts turns, as far as there were looks in them. */
  number = 0

  private readonly runtime: Runtime
  /** What is to be flushed when the turn ends. */
  private waiting: Flushable[] = []
  /** Whether {@link next} is to come, and since when. */
  private marked = false
  private since = 0
  private lastLook = 0
  private pace = FIRST_PACE

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  /** Flushes at the end of the turn. */
  flushAtEnd(pipe: Flushable): void {
    if (this.waiting.push(pipe) === 1) this.runtime.afterTurn(this.flush)
  }

  /**
   * Finds {@link over}. Returns after how many operations a socket is to ask again: slow ones are looked at one by one,
   * and fast ones cost next to nothing.
   */
  look(): number {
    const now = this.runtime.now()
    const slow = now - this.lastLook > LONGEST_TURN / 4
    this.lastLook = now
    this.over = false
    if (!this.marked) {
      this.marked = true
      this.since = now
      this.pace = Math.min(this.pace, FIRST_PACE)
      this.runtime.afterIO(this.next)
      return this.pace
    }
    this.pace = slow ? 1 : Math.min(Math.max(this.pace * 4, FIRST_PACE), LONGEST_PACE)
    if (now - this.since >= LONGEST_TURN) {
      // A loop that never waits goes on in the same turn.
      this.since = now
      this.flush()
      this.over = true
    }
    return this.pace
  }

  /** The event loop has turned. */
  private readonly next = (): void => {
    this.marked = false
    this.number++
  }

  private readonly flush = (): void => {
    const { waiting } = this
    if (waiting.length === 0) return
    this.waiting = []
    for (const pipe of waiting) pipe.endTurn()
  }
}

const turns = new WeakMap<Runtime, Turn>()

/** The turn of a runtime. */
export function turnOf(runtime: Runtime): Turn {
  let turn = turns.get(runtime)
  if (turn === undefined) turns.set(runtime, (turn = new Turn(runtime)))
  return turn
}
