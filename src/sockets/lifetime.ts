/**
 * What keeps the process alive: pending operations, and messages that still linger. Streams, servers and timers
 * never do, so that an idle socket lets the process end, as with the native package.
 */

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
  /** Called when the program has nothing left to do: keeps the process alive for as long as the socket lingers. */
  lingerAtExit(): void
}

let listening = false

export function register(socket: Lingering): void {
  lingering.add(socket)
  if (listening) return
  listening = true
  process.on("beforeExit", () => {
    for (const each of lingering) each.lingerAtExit()
  })
}

export function unregister(socket: Lingering): void {
  lingering.delete(socket)
}
