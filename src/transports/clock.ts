/**
 * The timers and the clock of Node.js itself, which everything in this library waits on. A fake clock that a program
 * installs for its tests (Jest, Vitest, Sinon, `node:test`) stops the program and not its sockets, as with the native
 * package. Fake clocks replace globals, functions of `node:timers` and functions of `process`. So these are taken when the
 * library is loaded; and where they are fake by then, from where no fake clock reaches (genuine-timers.ts).
 */
import {
  clearImmediate,
  clearTimeout as givenClearTimeout,
  setImmediate as givenSetImmediate,
  setInterval as givenSetInterval,
  setTimeout as givenSetTimeout,
} from "node:timers"
import { genuineImmediate, genuineTimers, mainProcess, type Timers } from "./genuine-timers.js"

function takeTimers(): Timers {
  const given: Timers = {
    setTimeout: givenSetTimeout,
    setInterval: givenSetInterval,
    clearTimeout: givenClearTimeout,
  }
  const probe = given.setTimeout(nothing, 1)
  given.clearTimeout(probe)
  return isGenuine(probe, "_onTimeout") ? given : (genuineTimers() ?? given)
}

function takeImmediate(): (callback: () => void) => unknown {
  const probe = givenSetImmediate(nothing)
  clearImmediate(probe)
  return isGenuine(probe, "_onImmediate") ? givenSetImmediate : (genuineImmediate() ?? givenSetImmediate)
}

function nothing(): void {
  // Never called: what it is given to is cleared at once.
}

/** Whether something is a timer of Node.js; those of fake clocks do not have this property. */
function isGenuine(timer: unknown, property: string): boolean {
  return typeof timer === "object" && timer !== null && property in timer
}

export const { setTimeout, setInterval, clearTimeout } = takeTimers()

/** Calls back after pending I/O has had its turn. */
export const setImmediate = takeImmediate()

type NextTick = <A extends unknown[]>(callback: (...args: A) => void, ...args: A) => void

/**
 * Jest runs a program in a context of its own, whose `process` is a copy, and `nextTick` of that may be fake. The functions
 * of Node.js belong to the main context, and so does the `process` that Node.js itself uses.
 */
const system: { nextTick: NextTick; uptime: () => number } =
  givenSetTimeout instanceof Function ? process : (mainProcess() ?? process)

/** What `process.nextTick` was when it was looked at last. */
let known: NextTick | undefined
let genuine: NextTick = microtask

export const nextTick: NextTick = (callback, ...args) => {
  keepNodeTicking()
  genuine(callback, ...args)
}

/**
 * Streams and servers of Node.js call `process.nextTick` by that name, and stand still for ever when it is fake, as it is
 * by default with Sinon. So Node.js's own calls, and they alone, get the genuine one. To be called before anything is
 * asked of a stream or a server, since a fake clock may have been installed meanwhile.
 */
export function keepNodeTicking(): void {
  if (system.nextTick === known) return
  known = system.nextTick
  if ("clock" in known) known = system.nextTick = letNodeTick(known)
  else if (genuine === microtask) genuine = known.bind(system)
}

function letNodeTick(fake: NextTick): NextTick {
  const mixed: NextTick = (callback, ...args) => {
    const tick = isCalledByNode(mixed) ? genuine : fake
    tick(callback, ...args)
  }
  return Object.defineProperties(mixed, Object.getOwnPropertyDescriptors(fake))
}

/** Whether it is code of Node.js that calls a function, which is asked by that function. */
function isCalledByNode(called: (...args: never[]) => void): boolean {
  const prepareStackTrace: unknown = Reflect.get(Error, "prepareStackTrace")
  const { stackTraceLimit } = Error
  const asked: { stack?: unknown } = {}
  Error.stackTraceLimit = 1
  Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName()?.startsWith("node:")
  Error.captureStackTrace(asked, called)
  const answer = asked.stack
  Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  return answer === true
}

/** In the place of a `nextTick` that was fake from the beginning. */
function microtask<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
  void Promise.resolve().then(() => {
    callback(...args)
  })
}

keepNodeTicking()

/** No fake clock has this function; they have `performance.now` and `process.hrtime`. */
const uptime = system.uptime.bind(system)

/** Milliseconds on a clock that never goes back. */
export function now(): number {
  return uptime() * 1000
}
