/** Virtual time for unit tests, moved by hand and without promises: nothing happens until {@link advance}. */
import { Deadlines } from "../../src/peers/deadlines.js"
import type { Runtime, Timer } from "../../src/peers/runtime.js"

interface FakeTimer {
  readonly time: number
  readonly hold: boolean
  readonly callback: () => void
}

export class FakeRuntime implements Runtime {
  /** What {@link random} says. */
  chance = 0
  #now = 0
  private readonly deadlines = new Deadlines(this)
  #timers: FakeTimer[] = []
  #turn: (() => void)[] = []

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, milliseconds: number, hold = false): Timer {
    const timer = { time: this.#now + milliseconds, hold, callback }
    this.#timers.push(timer)
    return timer
  }

  deadline(callback: () => void, milliseconds: number, hold?: boolean): Timer {
    return this.deadlines.start(callback, milliseconds, hold)
  }

  clearTimeout(timer: Timer): void {
    if (this.deadlines.stop(timer)) return
    this.#timers = this.#timers.filter(each => each !== timer)
  }

  random(): number {
    return this.chance
  }

  afterTurn(callback: () => void): void {
    this.#turn.push(callback)
  }

  afterIO(callback: () => void): void {
    this.setTimeout(callback, 0)
  }

  /** Whether a timer holds the process. */
  get holds(): boolean {
    return this.#timers.some(timer => timer.hold)
  }

  /** How many timers run. */
  get timers(): number {
    return this.#timers.length
  }

  /** How many wait for the end of the turn. */
  get turnTasks(): number {
    return this.#turn.length
  }

  /** Ends the current turn. */
  endTurn(): void {
    for (let task = this.#turn.shift(); task !== undefined; task = this.#turn.shift()) task()
  }

  /** Lets time pass while the event loop does nothing, as in a long computation. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** Ends the turn and lets time pass, timer by timer. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      this.endTurn()
      let next: FakeTimer | undefined
      for (const timer of this.#timers) if (next === undefined || timer.time < next.time) next = timer
      if (next === undefined || next.time > until) break
      this.#now = Math.max(this.#now, next.time)
      this.clearTimeout(next)
      next.callback()
    }
    this.#now = until
  }
}
