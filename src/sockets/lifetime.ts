/**
 * What keeps the process alive: pending operations, and messages that still linger. Streams, servers and timers
 * never do, so that an idle socket lets the process end, as with the native package.
 */
import { setInterval, setTimeout } from "../transports/clock.js"

/** Close to the longest time that a timer of Node.js takes, in milliseconds. */
const LONG = 2 ** 31 - 1

let holders = 0
let timer: NodeJS.Timeout | undefined

/** Keeps the process alive until {@link release} has been called as often. */
export function hold(): void {
  if (holders++ > 0) return
  if (timer === undefined) {
    timer = setInterval(() => {
      // Its existence is its work.
    }, LONG)
  } else timer.ref()
}

export function release(): void {
  if (--holders === 0) timer?.unref()
}

/** Sockets that may have messages to send when the program has nothing left to do. */
const lingering = new Set<Lingering>()

export interface Lingering {
  /** Called when the program has nothing left to do: {@link holdLingering} for as long as the socket lingers. */
  lingerAtExit(): void
  /**
   * Called when the process, or this thread, ends, and no event loop turns again: hands the kernel what is unsent.
   * Called for all sockets without `wait` before it is called for any with it.
   */
  flushAtExit(wait: boolean): void
}

/** In milliseconds: after so much waiting at the end native says what is waited for. */
const SILENCE = 500

let waiting = 0
/** Whether the program has nothing left to do but to deliver; only then does lingering hold the process. */
let idle = false
let anyBlocky = false

/**
 * Keeps the process alive, once the program has nothing left to do, until {@link releaseLingering}. `blocky` is
 * ZMQ_BLOCKY of the context whose messages these are.
 */
export function holdLingering(blocky: boolean): void {
  waiting++
  anyBlocky ||= blocky
  if (idle) hold()
}

export function releaseLingering(): void {
  waiting--
  if (idle) release()
}

let listening = false

function listen(): void {
  if (listening) return
  listening = true
  process.on("beforeExit", () => {
    if (!idle) for (let i = 0; i < waiting; i++) hold()
    idle = true
    for (const each of lingering) each.lingerAtExit()
    if (waiting > 0) setTimeout(warn, SILENCE).unref()
  })
  // Not when the process is killed by a signal, nor when a thread is terminated by another. Before the program's own
  // listeners: one that throws or calls `process.exit()` keeps later ones from being called. What they send leaves too.
  process.prependListener("exit", () => {
    for (const each of lingering) each.flushAtExit(false)
    for (const each of lingering) each.flushAtExit(true)
  })
}

/** Native's warning, letter by letter. Native cannot emit a warning of the process then, and so ours does not. */
function warn(): void {
  if (waiting === 0) return
  const advice = anyBlocky ? " Set 'context.blocky = false' to change this behaviour." : ""
  const text = `WARNING: Waiting for queued ZeroMQ messages to be delivered.${advice}`
  process.stderr.write(`(node:${process.pid}) ${text}\n`)
}

export function register(socket: Lingering): void {
  lingering.add(socket)
  listen()
}

export function unregister(socket: Lingering): void {
  lingering.delete(socket)
}
