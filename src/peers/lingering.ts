/**
 * Waiting for a pipe to have sent everything, for at most the socket's linger time (ZMQ_LINGER).
 */
import type { Runtime } from "./runtime.js"

/** What is waited for. */
export interface LingeringPipe {
  /** Messages written that the kernel has not taken. */
  readonly unsent: number
  flush(): void
  /** Calls back once, when everything written is with the kernel. */
  whenSent(done: () => void): void
}

/** Calls back once: when all is sent or the time is over. `milliseconds` is -1 for ever, 0 for not at all. */
export function linger(pipe: LingeringPipe, milliseconds: number, runtime: Runtime, done: () => void): void {
  // What the kernel takes now is sent, even without any time to linger, as it would be by libzmq's I/O thread.
  pipe.flush()
  if (pipe.unsent === 0 || milliseconds === 0) {
    done()
    return
  }
  let over = false
  const finish = (): void => {
    if (over) return
    over = true
    if (timer !== undefined) runtime.clearTimeout(timer)
    done()
  }
  const timer = milliseconds > 0 ? runtime.deadline(finish, milliseconds) : undefined
  pipe.whenSent(finish)
}
