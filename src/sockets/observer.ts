/**
 * Observers: the events of a socket as the user sees them, either asked for one by one or sent to listeners. They
 * mirror libzmq's monitor (zmq_socket_monitor) in the words of the native package.
 */
import { EventEmitter } from "node:events"
import type { PeerEvent } from "../peers/events.js"
import { Queue } from "../peers/queue.js"
import type { Runtime, Timer } from "../peers/runtime.js"
import { handshakeEvent, HandshakeFailure, type HandshakeError } from "../wire/errors.js"
import type { SocketCore } from "./core.js"
import { checkArgumentCount, errnoError } from "./errors.js"
import type { Event, EventOfType, SendErrorEvent, EventSubscriber, EventType } from "./event-types.js"
import { hold, release } from "./lifetime.js"

/** Events that nobody has read; later ones are dropped, since peers can cause them without end. */
const MOST_WAITING = 10_000

/**
 * How long the news that a peer was accepted may wait for what follows it, in milliseconds. In native it passes through
 * a socket between threads, and by the time that the program hears of it the handshake is over as a rule: programs that
 * publish when they see `accept` rely on that.
 */
const ACCEPT_DELAY = 5

const EMITTER_MODE =
  "Observer is in event emitter mode. " +
  "After a call to events.on() it is not possible to read events with events.receive()."

/** The socket core behind an object, if it is a socket. */
export type CoreOf = (socket: unknown) => SocketCore | undefined

/** Observers are made from sockets, whose room imports this one: it says here how to look inside. */
let coreOf: CoreOf = () => undefined
export function setCoreOf(lookUp: CoreOf): void {
  coreOf = lookUp
}

interface Receiver {
  resolve(event: Event): void
  reject(error: unknown): void
}

/**
 * The events of one socket. Use it in one of two ways: ask with {@link receive} or `for await`, or listen with
 * {@link on}. Events from before it was made are not seen.
 */
export class Observer {
  #closed = false
  readonly #waiting = new Queue<Event>()
  #receiver: Receiver | undefined
  #emitter: EventEmitter | undefined
  #stop: () => void = () => undefined
  readonly #runtime: Runtime
  /** Runs out when an `accept` has waited for long enough. */
  #patience: Timer | undefined
  #scheduled = false

  /**
   * Not needed: take {@link Socket.events}.
   * @param socket The socket to observe.
   */
  constructor(socket: object) {
    if (typeof socket !== "object" || (socket as unknown) === null) {
      throw new TypeError("Socket must be a socket object")
    }
    const core = coreOf(socket)
    if (core === undefined) throw errnoError("EINVAL")
    this.#runtime = core.runtime
    core.stopMonitor()
    core.monitor = event => {
      this.#take(event)
    }
    this.#stop = () => {
      core.monitor = undefined
    }
  }

  /** Whether the observer was closed, by {@link close} or with its socket. */
  get closed(): boolean {
    return this.#closed
  }

  /** Ends observation. A pending {@link receive} rejects with `ENOTSOCK`. */
  close(): void {
    checkArgumentCount(arguments.length, 0)
    if (this.#closed) return
    this.#stop()
    this.#end()
    this.#waiting.clear()
    this.#settle()?.reject(errnoError("ENOTSOCK"))
  }

  /**
   * The next event, now or when there is one.
   * @throws EBADF when the observer is closed, EBUSY when another call waits, and an Error once {@link on} was used.
   */
  receive(): Promise<Event> {
    checkArgumentCount(arguments.length, 0)
    if (this.#emitter !== undefined) throw new Error(EMITTER_MODE)
    if (this.#closed) throw errnoError("EBADF")
    if (this.#receiver !== undefined) {
      throw errnoError(
        "EBUSY",
        "Observer is busy reading; only one receive operation may be in progress at any time",
      )
    }
    const event = this.#waiting.shift()
    if (event !== undefined) {
      if (event.type === "end") this.#end()
      return Promise.resolve(event)
    }
    return new Promise((resolve, reject) => {
      this.#receiver = { resolve, reject }
      hold()
    })
  }

  /** Calls `listener` with each event of this type. While there are listeners the process stays alive. */
  on(type: "send:error", listener: (data: SendErrorEvent) => void): EventSubscriber
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
  on(type: string, listener: (data: never) => void): EventSubscriber {
    if (this.#emitter === undefined) {
      const emitter = new EventEmitter()
      emitter.on(type, listener as () => void)
      this.#emitter = emitter
      if (!this.#closed) hold()
      this.#deliverSoon()
    } else this.#emitter.on(type, listener as () => void)
    return this.#emitter
  }

  /** Takes back {@link on}. */
  off(type: "send:error", listener: (data: SendErrorEvent) => void): EventSubscriber
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
  off(type: string, listener: (data: never) => void): EventSubscriber {
    this.#emitter ??= new EventEmitter()
    this.#emitter.off(type, listener as () => void)
    return this.#emitter
  }

  /** Iterates over the events until the observer is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return {
      next: async () => {
        if (this.#closed) return { done: true, value: undefined }
        return { done: false, value: await this.receive() }
      },
    }
  }

  #take(event: PeerEvent | { readonly type: "end" }): void {
    const shown = toEvent(event)
    if (this.#waiting.length < MOST_WAITING || shown.type === "end") this.#waiting.push(shown)
    if (this.#emitter === undefined && this.#receiver === undefined) return
    if (shown.type === "end") this.#deliver()
    else if (shown.type !== "accept") this.#deliverSoon()
    else this.#patience ??= this.#runtime.setTimeout(this.#deliver, ACCEPT_DELAY)
  }

  /** As in native, nobody hears of anything within the call, or the read, that it comes from. */
  #deliverSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // Not queueMicrotask, which test tools replace by one that waits.
    void Promise.resolve().then(this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#scheduled = false
    if (this.#patience !== undefined) this.#runtime.clearTimeout(this.#patience)
    this.#patience = undefined
    while (this.#emitter !== undefined || this.#receiver !== undefined) {
      const event = this.#waiting.shift()
      if (event === undefined) return
      if (this.#emitter !== undefined) this.#emit(event)
      else {
        if (event.type === "end") this.#end()
        this.#settle()?.resolve(event)
      }
    }
  }

  #emit(event: Event): void {
    if (event.type === "end") this.#end()
    try {
      this.#emitter?.emit(event.type, event)
    } catch (error) {
      // A listener's fault is its own: it shows as an unhandled rejection, as in native, and no connection suffers.
      void Promise.reject(error)
    }
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#emitter !== undefined) release()
  }

  #settle(): Receiver | undefined {
    const receiver = this.#receiver
    this.#receiver = undefined
    if (receiver !== undefined) release()
    return receiver
  }
}

// Native adds these to the class, so that a program that lists an observer's properties finds them.
for (const name of ["on", "off", Symbol.asyncIterator]) {
  Object.defineProperty(Observer.prototype, name, { enumerable: true })
}

/** An event as native shows it, its properties in native's order. */
function toEvent(event: PeerEvent | { readonly type: "end" }): Event {
  if (event.type === "end") return { type: "end" }
  const where = event.address === "" ? {} : { address: event.address }
  switch (event.type) {
    case "handshake:error":
      return { type: handshakeEvent(event.error), ...where, error: handshakeError(event.error) } as Event
    case "connect:retry":
      return { type: event.type, ...where, interval: event.interval } as Event
    case "send:error": {
      const error = errnoError(
        "EFAULT",
        `${event.messages} message(s) dropped: the memory of a part was detached or resized after send()`,
      )
      return { type: event.type, ...where, error } as unknown as Event
    }
    case "accept:error":
    case "bind:error":
    case "close:error":
      return { type: event.type, ...where, error: errnoError(event.error.code ?? "EINVAL") } as Event
    default:
      return { type: event.type, ...where } as Event
  }
}

function handshakeError(error: HandshakeError): Error {
  return error instanceof HandshakeFailure ? errnoError(error.code) : error
}
