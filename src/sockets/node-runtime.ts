/**
 * Time and chance as Node.js gives them.
 */
import { Deadlines } from "../peers/deadlines.js"
import { LONGEST_TIME, type Runtime, type Timer } from "../peers/runtime.js"
import { clearTimeout, nextTick, now, setImmediate, setTimeout } from "../transports/clock.js"

export const nodeRuntime: Runtime = {
  now,
  setTimeout(callback, milliseconds, hold = false): Timer {
    // Node.js would fire at once after a time that it cannot hold.
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIME))
    if (!hold) timer.unref()
    return timer
  },
  deadline: (callback, milliseconds, hold) => deadlines().start(callback, milliseconds, hold),
  clearTimeout(timer) {
    if (!deadlines().stop(timer)) clearTimeout(timer as NodeJS.Timeout)
  },
  random: Math.random,
  // After a promise callback, the next tick comes when no promise callback is left: the end of the turn.
  afterTurn: callback => nextTick(callback),
  afterIO: callback => setImmediate(callback),
}

let started: Deadlines | undefined

/** Made when it is first asked for: to import this library loads nothing of what stands behind the sockets. */
function deadlines(): Deadlines {
  return (started ??= new Deadlines(nodeRuntime))
}
