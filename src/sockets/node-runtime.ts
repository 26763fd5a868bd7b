/**
 * Time and chance as Node.js gives them.
 */
import type { Runtime, Timer } from "../peers/runtime.js"
import { clearTimeout, nextTick, now, setImmediate, setTimeout } from "../transports/clock.js"

export const nodeRuntime: Runtime = {
  now,
  setTimeout(callback, milliseconds, hold = false): Timer {
    const timer = setTimeout(callback, milliseconds)
    if (!hold) timer.unref()
    return timer
  },
  clearTimeout(timer) {
    clearTimeout(timer as NodeJS.Timeout)
  },
  random: Math.random,
  // After a promise callback, the next tick comes when no promise callback is left: the end of the turn.
  afterTurn: callback => nextTick(callback),
  afterIO: callback => setImmediate(callback),
}
