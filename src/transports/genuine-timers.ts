/**
 * Where to find timers of Node.js when the timer functions that programs get are those of a fake clock. Loaded only
 * then. Each function gives undefined where the runtime has nothing of the kind.
 */
import { Socket } from "node:net"
import * as promises from "node:timers/promises"
import { runInThisContext } from "node:vm"

/** Functions of `node:timers`. */
export interface Timers {
  readonly setTimeout: (callback: () => void, milliseconds: number) => NodeJS.Timeout
  readonly setInterval: (callback: () => void, milliseconds: number) => NodeJS.Timeout
  readonly clearTimeout: (timer: NodeJS.Timeout | undefined) => void
}

/** The class of what `setTimeout` returns (seen in Node.js 20, 22, 24 and 26). */
type TimerClass = new (
  callback: () => void,
  milliseconds: number,
  args: undefined,
  repeat: boolean,
  hold: boolean,
) => NodeJS.Timeout

/** A socket's idle timer is one of Node.js, however it is set; what has its class needs no function to be started. */
export function genuineTimers(): Timers | undefined {
  const socket = new Socket()
  socket.setTimeout(1)
  const timer = Object.getOwnPropertySymbols(socket)
    .map((key): unknown => Reflect.get(socket, key))
    .find((value): value is NodeJS.Timeout => typeof (value as NodeJS.Timeout | null)?.refresh === "function")
  if (timer === undefined) return undefined
  timer.close()
  const Timer = timer.constructor as TimerClass
  const start =
    (repeat: boolean) =>
    (callback: () => void, milliseconds: number): NodeJS.Timeout =>
      new Timer(callback, milliseconds, undefined, repeat, true).refresh()
  return {
    setTimeout: start(false),
    setInterval: start(true),
    clearTimeout(stopped) {
      stopped?.close()
    },
  }
}

/** The scheduler does what `setImmediate` of `node:timers/promises` does, without calling that by its name. */
export function genuineImmediate(): ((callback: () => void) => void) | undefined {
  const { scheduler } = promises as Partial<typeof promises>
  if (scheduler === undefined) return undefined
  return callback => void scheduler.yield().then(callback)
}

/** The `process` of the main context, for code that runs in another. */
export function mainProcess(): typeof process | undefined {
  try {
    return runInThisContext("process") as typeof process
  } catch {
    return undefined
  }
}
