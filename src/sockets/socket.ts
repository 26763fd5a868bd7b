/**
 * The Socket that users hold: calls are checked here, in the words of the native package, and passed to the core.
 * Each socket type is a class beside its pattern. A Socket has nothing but its core, so that one which the program
 * forgets can be collected and its core closed, as with the native package.
 */
import type { PatternHost, Pattern } from "./pattern.js"
import type { Runtime } from "../peers/runtime.js"
import { isAbortSignal } from "./abort.js"
import { context as defaultContext, contextCoreOf, isContext, type Context } from "./context.js"
import { SocketCore } from "./core.js"
import type { DatagramUse, WireType } from "./endpoints.js"
import { changeGroups } from "./draft/groups.js"
import { checkArgumentCount, errnoError } from "./errors.js"
import { toParts, type Message, type MessageLike } from "./message.js"
import { Observer, setCoreOf } from "./observer.js"
import {
  checkValue,
  createOptionValues,
  defineOptionAccessors,
  getOption,
  READABLE,
  setOption,
  SUBSCRIBE,
  subscriptionBytes,
  TOPICS_COUNT,
  UNSUBSCRIBE,
  warnUnlessImmediate,
  type OptionType,
  type OptionValues,
  type SocketKind,
} from "./options.js"
import type { BatchOptions, SocketProperties } from "./types.js"

/** What a socket class tells the base class about itself. */
export interface SocketDescription {
  readonly kind: SocketKind
  readonly socketType: WireType
  readonly makePattern: (host: PatternHost, values: OptionValues, runtime: Runtime) => Pattern
  /** For the types that use udp. */
  readonly datagrams?: DatagramUse
}

/** Options that work on existing connections: ZMQ_SNDHWM and ZMQ_RCVHWM. */
const MARKS = new Set([23, 24])

/** ZMQ_LINGER. */
const LINGER = 17

/** The socket types by their numbers. */
const descriptions = new Map<number, SocketDescription>()

/** Closes the cores of sockets that the program forgot. */
const forgotten = new FinalizationRegistry<SocketCore>(core => {
  core.orphan()
})

/** The inside of a socket that a user holds. */
export let coreOf: (socket: Socket) => SocketCore

/**
 * What all sockets have. Make one of the classes that extend it:
 *
 * ```typescript
 * const socket = new Push({ sendHighWaterMark: 100 })
 * await socket.bind("tcp://127.0.0.1:5555")
 * ```
 *
 * Options are given to the constructor or set as properties. Most take effect with the next {@link bind} or
 * {@link connect}; setting such an option later emits a process warning.
 */
export abstract class Socket {
  readonly #core: SocketCore
  #observer: Observer | undefined
  readonly #context: Context

  static {
    coreOf = socket => socket.#core
    setCoreOf(value =>
      typeof value === "object" && value !== null && #core in value ? value.#core : undefined,
    )
    Object.defineProperties(Socket.prototype, {
      send: { value: send, configurable: true },
      receive: { value: receive, configurable: true },
      // As in native all sockets have these two; only a Dish shows them to TypeScript.
      join: { value: join, configurable: true },
      leave: { value: leave, configurable: true },
      trySend: { value: trySend, configurable: true },
      tryReceive: { value: tryReceive, configurable: true },
      batches: { value: batches, configurable: true },
    })
    // The earliest versions of Node.js 20 know no `using`.
    for (const symbol of [Symbol.dispose, Symbol.asyncDispose] as (symbol | undefined)[]) {
      if (symbol !== undefined) Object.defineProperty(Socket.prototype, symbol, { value: dispose })
    }

    function send(this: Socket, message: MessageLike | MessageLike[]): Promise<void> {
      if ((message as unknown) === undefined) throw new TypeError("Message must be present")
      if (arguments.length > 1) checkArgumentCount(arguments.length, 1)
      return this.#core.send(toParts(message))
    }

    function trySend(this: Socket, message: MessageLike | MessageLike[]): boolean {
      if ((message as unknown) === undefined) throw new TypeError("Message must be present")
      if (arguments.length > 1) checkArgumentCount(arguments.length, 1)
      return this.#core.trySend(toParts(message))
    }

    function tryReceive(this: Socket): Message[] | undefined {
      if (arguments.length > 0) checkArgumentCount(arguments.length, 0)
      return this.#core.tryReceive()
    }

    function batches(this: Socket, options: BatchOptions = {}): AsyncIterable<Message[][]> {
      checkArgumentCount(arguments.length, 1)
      if (!isObject(options)) throw new TypeError("Options must be an object")
      const { copy = true } = options
      if (typeof copy !== "boolean") throw new TypeError("Option copy must be a boolean")
      return { [Symbol.asyncIterator]: () => iterator(this, core => core.receiveBatch(copy)) }
    }

    function join(this: Socket, ...groups: unknown[]): void {
      changeGroups(this.#core, true, groups)
    }

    function leave(this: Socket, ...groups: unknown[]): void {
      changeGroups(this.#core, false, groups)
    }

    /** `await using` takes a plain value as well as a promise. */
    function dispose(this: Socket): void {
      this.close()
    }

    function receive(this: Socket, options?: { signal?: AbortSignal }): Promise<Message[]> {
      if (arguments.length === 0) return this.#core.receive()
      return this.#core.receive(signalOf(options, arguments.length))
    }
  }

  /**
   * @param type What the classes that extend this one say of themselves; for classes of a program's own also the
   *   number of a socket type, as with the native package: `super(8)` makes a Push.
   * @throws TypeError for what is neither, or options that are no object; `EINVAL` for a number that no type has.
   */
  protected constructor(type: SocketDescription | number, options?: object) {
    const description = typeof type === "number" ? descriptions.get(Math.trunc(type) || 0) : type
    if (description === undefined && typeof type === "number") throw errnoError("EINVAL")
    if (description?.makePattern === undefined) throw new TypeError("Socket type must be a number")
    if (options !== undefined && !isObject(options)) {
      throw new TypeError("Options must be an object")
    }
    checkArgumentCount(arguments.length, 2)
    const { context, ...own } = { context: defaultContext as unknown, ...options }
    if (!isContext(context)) throw new Error("Invalid argument")
    const contextCore = contextCoreOf(context)
    const { kind, socketType, makePattern, datagrams } = description
    this.#context = context
    this.#core = new SocketCore(
      contextCore,
      socketType,
      createOptionValues(kind, contextCore.values),
      makePattern,
      datagrams,
    )
    forgotten.register(this, this.#core, this.#core)
    // A sealed object refuses options that do not exist, where others would swallow a typing mistake.
    Object.seal(this)
    Object.assign(this, own)
  }

  /**
   * The socket's events: connections made and lost, handshakes, faults of peers. Events from before the first
   * access are not seen.
   * @throws ENOTSOCK when the socket is closed and was never observed.
   */
  get events(): Observer {
    if (this.#observer === undefined) {
      if (this.#core.state === "closed") throw errnoError("ENOTSOCK")
      this.#observer = new Observer(this)
    }
    return this.#observer
  }

  /** The context that this socket belongs to. Once the socket is closed it is `undefined`, as in native. */
  get context(): Context {
    // Native's types do not tell.
    return (this.closed ? undefined : this.#context) as Context
  }

  /** Whether the socket was closed. */
  get closed(): boolean {
    return this.#core.state === "closed"
  }

  /** Whether {@link Readable.receive} would return a message at once. */
  get readable(): boolean {
    return this.#core.readable
  }

  /** Whether {@link Writable.send} would queue a message at once. */
  get writable(): boolean {
    return this.#core.writable
  }

  /**
   * Closes the socket. Messages that are queued are still sent for as long as {@link linger} says, and hold the
   * process meanwhile; a pending `receive` or `send` rejects with `EAGAIN`. During a `bind` or `unbind` the socket
   * closes when that is done. Closing a closed socket does nothing.
   */
  close(): void {
    checkArgumentCount(arguments.length, 0)
    forgotten.unregister(this.#core)
    this.#core.close()
  }

  /**
   * Binds the socket to an endpoint: `tcp://`, `ipc://` or `inproc://`, or `udp://` for a Dish or a Datagram. `*`
   * stands for all interfaces, and for a free port or path, which {@link lastEndpoint} then shows. Until the promise
   * settles the socket cannot be used: calls throw `EBUSY`.
   *
   * Rejects with the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`), with `EINVAL` for what is no
   * endpoint, `ENODEV` for an unknown host or interface, and `EPROTONOSUPPORT` for another protocol; each error
   * has `errno`, `code` and `address`. Throws `EBADF` when the socket is closed.
   */
  bind(address: string): Promise<void> {
    checkAddress(address, arguments.length)
    return this.#core.bind(address)
  }

  /**
   * Binds as {@link bind} does, before it returns. Host names that need a look-up cannot be bound in this way, nor
   * anything where Node.js lacks the means: both throw `ENOTSUP`.
   */
  bindSync(address: string): void {
    checkAddress(address, arguments.length)
    this.#core.bindSync(address)
  }

  /**
   * Stops listening at an endpoint, given as {@link lastEndpoint} showed it, and ends the connections that came
   * through it. Rejects with `ENOENT` when it is not bound.
   */
  unbind(address: string): Promise<void> {
    checkAddress(address, arguments.length)
    return this.#core.unbind(address)
  }

  /** Unbinds as {@link unbind} does; throws where that rejects. The system frees the endpoint a moment later. */
  unbindSync(address: string): void {
    checkAddress(address, arguments.length)
    this.#core.disconnect(address)
  }

  /**
   * Connects to an endpoint. Returns at once: the connection is made in the background, and made anew whenever it
   * is lost. `tcp://source:port;host:port` connects from a given address.
   *
   * Throws `EINVAL` for what is no endpoint, `EPROTONOSUPPORT` for another protocol, `EBADF` when the socket is
   * closed.
   */
  connect(address: string): void {
    checkAddress(address, arguments.length)
    this.#core.connect(address)
  }

  /**
   * Gives up an endpoint, given as to {@link connect}. Messages queued for it are still sent for as long as
   * {@link linger} says; a shorter time that is set later counts from then. Throws `ENOENT` when there is no such connection.
   */
  disconnect(address: string): void {
    checkAddress(address, arguments.length)
    this.#core.disconnect(address)
  }

  // Options by number, as native has them for its own subclasses.

  protected getBoolOption(option: number): boolean {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "Bool") as boolean
  }

  protected setBoolOption(option: number, value: boolean): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "Bool", value)
  }

  protected getInt32Option(option: number): number {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "Int32") as number
  }

  protected setInt32Option(option: number, value: number): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "Int32", value)
  }

  protected getUint32Option(option: number): number {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "Uint32") as number
  }

  protected setUint32Option(option: number, value: number): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "Uint32", value)
  }

  protected getInt64Option(option: number): number {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "Int64") as number
  }

  protected setInt64Option(option: number, value: number): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "Int64", value)
  }

  protected getUint64Option(option: number): number {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "Uint64") as number
  }

  protected setUint64Option(option: number, value: number): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "Uint64", value)
  }

  protected getStringOption(option: number): string | null {
    checkArgumentCount(arguments.length, 1)
    return this.#getOption(option, "String") as string | null
  }

  protected setStringOption(option: number, value: string | Buffer | null): void {
    checkArgumentCount(arguments.length, 2)
    this.#setOption(option, "String", value)
  }

  #getOption(id: number, type: OptionType): unknown {
    const core = this.#core
    if (core.state === "closed") throw errnoError("ENOTSOCK")
    return getOption(core.values, id, type, option =>
      option === TOPICS_COUNT ? (core.pattern.topicsCount ?? 0) : (core.lastEndpoint ?? null),
    )
  }

  #setOption(id: number, type: OptionType, value: unknown): void {
    const core = this.#core
    if (core.state === "closed") {
      checkValue(type, value)
      warnUnlessImmediate(id)
      throw errnoError("ENOTSOCK")
    }
    if (
      type === "String" &&
      core.pattern.subscribe !== undefined &&
      (id === SUBSCRIBE || id === UNSUBSCRIBE)
    ) {
      core.pattern.subscribe(id === SUBSCRIBE, subscriptionBytes(value))
      return
    }
    setOption(core.values, id, type, value, core.hasEndpoints || core.state === "blocked")
    if (MARKS.has(id)) core.endpoints.updateMarks()
    else if (id === LINGER) core.endpoints.shortenLinger()
  }
}

declare global {
  // Nothing is added to them; they are there for versions of TypeScript, before 5.2, that do not have them.
  /* eslint-disable @typescript-eslint/no-empty-object-type */
  interface Disposable {}
  interface AsyncDisposable {}
  /* eslint-enable @typescript-eslint/no-empty-object-type */
}

/** `using` and `await using` close a socket at the end of their block. */
export interface Socket extends SocketProperties, Disposable, AsyncDisposable {}

defineOptionAccessors(Socket.prototype, "all")

/** Gives a socket class the options that are its own. */
export function defineSocketOptions(
  socket: { readonly prototype: object },
  description: SocketDescription,
): void {
  descriptions.set(description.kind, description)
  defineOptionAccessors(socket.prototype, description.kind)
  if ((READABLE as readonly SocketKind[]).includes(description.kind)) {
    Object.defineProperty(socket.prototype, "zeroCopyReceive", zeroCopyReceive)
  }
}

/** Ours, and so in no table of libzmq's options. */
const zeroCopyReceive: PropertyDescriptor = {
  get(this: Socket): boolean {
    return openCore(this).zeroCopyReceive
  },
  set(this: Socket, value: unknown) {
    checkValue("Bool", value)
    openCore(this).zeroCopyReceive = value as boolean
  },
}

function openCore(socket: Socket): SocketCore {
  const core = coreOf(socket)
  if (core.state === "closed") throw errnoError("ENOTSOCK")
  return core
}

/** Iterates over received messages until the socket is closed. Leaving the loop does not close the socket. */
function messages(this: Socket): AsyncIterator<Message[], undefined> {
  return iterator(this, core => core.receive())
}

/** Iterates over what `receive` gives, until the socket is closed. */
function iterator<T>(socket: Socket, receive: (core: SocketCore) => Promise<T>): AsyncIterator<T, undefined> {
  return {
    // The iterator holds the socket, not only its core, lest the socket be collected while it is iterated over.
    next: (): Promise<IteratorResult<T, undefined>> => {
      const core = coreOf(socket)
      if (core.state === "closed") return Promise.resolve({ done: true, value: undefined })
      let receiving: Promise<T>
      try {
        receiving = receive(core)
      } catch (error) {
        // Users of an iterator do not expect that `next` throws.
        return Promise.reject(error)
      }
      return receiving.then(
        value => ({ done: false, value }),
        (error: unknown) => {
          if (core.state === "closed" && (error as NodeJS.ErrnoException).code === "EAGAIN") {
            return { done: true, value: undefined }
          }
          throw error
        },
      )
    },
  }
}

Object.assign(Socket.prototype, { [Symbol.asyncIterator]: messages })

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function"
}

function checkAddress(address: unknown, received: number): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string")
  checkArgumentCount(received, 1)
}

function signalOf(options: unknown, received: number): AbortSignal | undefined {
  const signal =
    typeof options === "object" && options !== null ? (options as { signal?: unknown }).signal : undefined
  // Native takes no argument here; ours takes one that it cannot mistake for a native program's.
  if (received > 1 || !isAbortSignal(signal)) {
    if (received === 1 && isSignalBag(options)) return undefined
    checkArgumentCount(received, 0)
  }
  return signal as AbortSignal
}

function isSignalBag(options: unknown): boolean {
  return (
    typeof options === "object" && options !== null && "signal" in options && options.signal === undefined
  )
}
