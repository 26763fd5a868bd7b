/**
 * Time and chance as Node.js gives them.
 */
import { LONGEST_TIME, type Runtime, type Timer } from "../peers/runtime.js"

export const nodeRuntime: Runtime = {
  now: () => performance.now(),
  setTimeout(callback, milliseconds, hold = false): Timer {
    // Node.js would fire at once after a time that it cannot hold.
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIME))
    if (!hold) timer.unref()
    return timer
  },
  clearTimeout(timer) {
    clearTimeout(timer as NodeJS.Timeout)
  },
  random: Math.random,
  // After a promise callback, the next tick comes when no promise callback is left: the end of the turn.
  afterTurn: callback => process.nextTick(callback),
  afterIO: callback => setImmediate(callback),
}
