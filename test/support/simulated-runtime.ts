/**
 * Time and chance for tests: a clock that stands still while code runs and jumps from event to event, and random
 * numbers from a seed. Two runs with one seed do the same things in the same order.
 */
import { Deadlines } from "../../src/peers/deadlines.js"
import type { Runtime, Timer } from "../../src/peers/runtime.js"

interface Event extends Timer {
  readonly time: number
  /** Breaks ties: first come, first served. */
  readonly order: number
  callback: (() => void) | undefined
}

export class SimulatedRuntime implements Runtime {
  private readonly deadlines = new Deadlines(this)
  private clock = 0
  private order = 0
  private state: number
  /** A binary heap: no event is earlier than the one at half its index. */
  private readonly events: Event[] = []
  private turn: (() => void)[] = []

  constructor(seed: number) {
    this.state = seed | 0
  }

  now(): number {
    return this.clock
  }

  setTimeout(callback: () => void, milliseconds: number, _hold?: boolean): Timer {
    const event: Event = { time: this.clock + Math.max(0, milliseconds), order: this.order++, callback }
    this.push(event)
    return event
  }

  deadline(callback: () => void, milliseconds: number): Timer {
    return this.deadlines.start(callback, milliseconds)
  }

  clearTimeout(timer: Timer): void {
    if (this.deadlines.stop(timer)) return
    ;(timer as Event).callback = undefined
  }

  /** Mulberry32. */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1))
  }

  afterTurn(callback: () => void): void {
    this.turn.push(callback)
  }

  afterIO(callback: () => void): void {
    this.setTimeout(callback, 0)
  }

  /**
   * Runs events, each to its end with all promises that it settles, until there are none or the clock would pass
   * `until`, where it then stands. Throws when `limit` events were not enough. Returns how many ran.
   */
  async run(until = Infinity, limit = 1_000_000): Promise<number> {
    await this.settle()
    for (let count = 0; count < limit; count++) {
      while (this.events[0] !== undefined && this.events[0].callback === undefined) this.shift()
      const next = this.events[0]
      if (next === undefined || next.time > until) {
        if (until !== Infinity) this.clock = Math.max(this.clock, until)
        return count
      }
      this.shift()
      const { callback } = next
      next.callback = undefined
      this.clock = next.time
      callback?.()
      await this.settle()
    }
    throw new Error(`More than ${limit} events: does it never come to rest?`)
  }

  /** Runs promise callbacks and what was put off to the end of the turn, until nothing is left of either. */
  private async settle(): Promise<void> {
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      const callbacks = this.turn
      if (callbacks.length === 0) return
      this.turn = []
      for (const callback of callbacks) callback()
    }
  }

  private push(event: Event): void {
    const { events } = this
    let index = events.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!earlier(event, events[parent] as Event)) break
      events[index] = events[parent] as Event
      index = parent
    }
    events[index] = event
  }

  private shift(): void {
    const { events } = this
    const last = events.pop()
    if (last === undefined || events.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= events.length) break
      if (child + 1 < events.length && earlier(events[child + 1] as Event, events[child] as Event)) child++
      if (!earlier(events[child] as Event, last)) break
      events[index] = events[child] as Event
      index = child
    }
    events[index] = last
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
