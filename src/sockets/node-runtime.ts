/**
 * Time and chance as Node.js gives them.
 */
import { startDeadline, stopDeadline, type Runtime, type Timer } from "../peers/runtime.js"

export const nodeRuntime: Runtime = {
  now: () => performance.now(),
  setTimeout(callback, milliseconds, hold = false): Timer {
    const timer = setTimeout(callback, milliseconds)
    if (!hold) timer.unref()
    return timer
  },
  deadline: (callback, milliseconds, hold) => startDeadline(nodeRuntime, callback, milliseconds, hold),
  clearTimeout(timer) {
    if (!stopDeadline(timer, nodeRuntime)) clearTimeout(timer as NodeJS.Timeout)
  },
  random: Math.random,
  // After a promise callback, the next tick comes when no promise callback is left: the end of the turn.
  afterTurn: callback => process.nextTick(callback),
  afterIO: callback => setImmediate(callback),
}
