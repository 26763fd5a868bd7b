/**
 * The current turn of the event loop, one for all sockets of a runtime: what is to be written when it ends, and how
 * long it has lasted. A loop of `await` that never has to wait keeps the event loop from turning; so does a
 * computation. What turns the event loop is the runtime's affair.
 */
import type { Runtime } from "./runtime.js"

/** After this many milliseconds in one turn what is queued is written, and an operation waits for pending I/O. */
const LONGEST_TURN = 10

/** After this many operations in one turn an operation waits for pending I/O. */
const OPERATIONS_A_TURN = 2048

/** At most so many operations pass between two looks at the clock. */
const PACE = 16

/** What has something to write when the turn ends. */
export interface Flushable {
  endTurn(): void
}

export class Turn {
  /** Operations until {@link over} is to be asked. Hot path: counted down by whoever sends or receives. */
  left = PACE

  private readonly runtime: Runtime
  /** What is to be flushed when the turn ends. */
  private waiting: Flushable[] = []
  /** Whether {@link next} is to come, and since when. */
  private marked = false
  private since = 0
  private operations = 0
  private pace = PACE
  private lastLook = 0

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  /** Flushes at the end of the turn. */
  flushAtEnd(pipe: Flushable): void {
    if (this.waiting.push(pipe) === 1) this.runtime.afterTurn(this.flush)
  }

  /** Whether the turn has lasted long enough. To be asked when {@link left} is down to zero. */
  over(): boolean {
    const now = this.runtime.now()
    this.operations += this.pace - this.left
    // Slow operations are looked at one by one, fast ones cost next to nothing.
    this.pace = now - this.lastLook > LONGEST_TURN / 4 ? 1 : PACE
    this.lastLook = now
    this.left = this.pace
    if (!this.marked) {
      this.marked = true
      this.since = now
      this.runtime.afterIO(this.next)
      return false
    }
    if (now - this.since < LONGEST_TURN) return this.operations >= OPERATIONS_A_TURN
    // A loop that never waits goes on in the same turn.
    this.since = now
    this.flush()
    return true
  }

  /** An operation waits anyway, or will: the count begins anew. */
  private readonly next = (): void => {
    this.marked = false
    this.operations = 0
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
