/**
 * The API of version 5 of the native package, as its door `zeromq/v5-compat` has it: event emitters with callbacks
 * instead of promises. It is a layer over the sockets of version 6 and knows nothing of what is below them.
 */
import { EventEmitter } from "node:events"
import { nextTick, setImmediate } from "../../transports/clock.js"
import { context } from "../context.js"
import { curveKeyPair } from "../curve-keys.js"
import { Dealer } from "../patterns/dealer.js"
import { Queue } from "../../peers/queue.js"
import { errnoError, type ErrnoError } from "../errors.js"
import type { Event, EventType } from "../event-types.js"
import type { Message, MessageLike } from "../message.js"
import { Observer } from "../observer.js"
import { Pair } from "../patterns/pair.js"
import { Pull, Push } from "../patterns/pipeline.js"
import { Publisher, Subscriber, XPublisher, XSubscriber } from "../patterns/pubsub.js"
import { Reply, Request } from "../patterns/reqrep.js"
import { Router } from "../patterns/router.js"
import type { Socket as Socket6 } from "../socket.js"
import { Stream } from "../patterns/stream.js"
import type { Readable, Writable } from "../types.js"
import { ZMQ_SNDMORE } from "./constants.js"
import { options, readOption, writeOption, type ShortName } from "./options.js"

/** The names of the socket types. `xreq` and `xrep` are older names of `dealer` and `router`. */
export type SocketType =
  | "pair"
  | "req"
  | "rep"
  | "pub"
  | "sub"
  | "dealer"
  | "xreq"
  | "router"
  | "xrep"
  | "pull"
  | "push"
  | "xpub"
  | "xsub"
  | "stream"

type Callback = (err?: Error) => void

/** Whatever the type, at run time every socket has both methods. */
type AnySocket = Socket6 & Readable & Writable

const CLASSES: Readonly<Record<SocketType, new () => Socket6>> = {
  pair: Pair,
  req: Request,
  rep: Reply,
  pub: Publisher,
  sub: Subscriber,
  dealer: Dealer,
  xreq: Dealer,
  router: Router,
  xrep: Router,
  pull: Pull,
  push: Push,
  xpub: XPublisher,
  xsub: XSubscriber,
  stream: Stream,
}

/** Version 5's names of the events that {@link Socket.monitor} reports. Handshakes were unknown to it. */
const MONITORED: Readonly<Partial<Record<EventType, string>>> = {
  connect: "connect",
  "connect:delay": "connect_delay",
  "connect:retry": "connect_retry",
  bind: "listen",
  "bind:error": "bind_error",
  accept: "accept",
  "accept:error": "accept_error",
  close: "close",
  "close:error": "close_error",
  disconnect: "disconnect",
}

/** Options of the one context that version 5 had. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- as programs know it
export class Context {
  /** Sets the number of threads for I/O, of which there are none: see `Context.ioThreads` of version 6. */
  static setMaxThreads(value: number): void {
    context.ioThreads = value
  }

  static getMaxThreads(): number {
    return context.ioThreads
  }

  /** Sets how many sockets may be open at a time: see `Context.maxSockets` of version 6. */
  static setMaxSockets(value: number): void {
    context.maxSockets = value
  }

  static getMaxSockets(): number {
    return context.maxSockets
  }

  /** @throws Error always. */
  constructor() {
    throw new Error("Context cannot be instantiated in compatibility mode")
  }
}

/**
 * A socket of version 5. It receives by itself, from the beginning, and emits each message as `message`, with a
 * Buffer a part. What goes wrong without a callback to tell is emitted as `error`.
 *
 * ```typescript
 * const pull = socket("pull")
 * pull.on("message", (...parts) => console.log(parts.map(String)))
 * pull.bindSync("tcp://127.0.0.1:5555")
 * ```
 */
export class Socket extends EventEmitter {
  // Programs set options as properties, by their short names; native's type is as open.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [key: string]: any

  type: SocketType
  /** Parts given with ZMQ_SNDMORE, until the last one comes. */
  private _msg: MessageLike[] = []
  /** Received while paused. */
  private readonly _recvQueue: Message[][] = []
  /** Not an array, which takes a millisecond to lose its first item once it has a million. */
  private readonly _sendQueue = new Queue<[MessageLike[], Callback | undefined]>()
  private _paused = false
  /** The socket of version 6, where programs look for what version 5 had no means for. */
  private readonly _socket: AnySocket
  #receiving = false
  /** Whether a message waits for room, or all wait for a bind. */
  #sending = false
  /** Who is told what became of messages, as soon as the program's own call is over. */
  #outcomes: (() => unknown)[] = []
  /** Reads the events while the socket is monitored. */
  #observer: Observer | undefined
  /** Settles when a `bind` or `unbind` does: the socket cannot be used meanwhile. */
  #blocked: Promise<void> | undefined

  /** @throws Error for a type that does not exist. */
  constructor(type: SocketType) {
    super()
    this.type = type
    if (!Object.hasOwn(CLASSES, type)) throw new Error(`Invalid socket type: ${type}`)
    this._socket = new CLASSES[type]() as AnySocket
    void this.#receiveAll()
  }

  /** Whether the socket was closed. */
  get closed(): boolean {
    return this._socket.closed
  }

  /** Binds, then emits `bind` and calls `cb`. */
  bind(address: string, cb?: Callback): this {
    this.#block("bind", address, this._socket.bind(address), cb)
    return this
  }

  /** Unbinds, then emits `unbind` and calls `cb`. */
  unbind(address: string, cb?: Callback): this {
    this.#block("unbind", address, this._socket.unbind(address), cb)
    return this
  }

  bindSync(address: string): void {
    this._socket.bindSync(address)
  }

  unbindSync(address: string): void {
    this._socket.unbindSync(address)
  }

  connect(address: string): this {
    this._socket.connect(address)
    return this
  }

  disconnect(address: string): this {
    this._socket.disconnect(address)
    return this
  }

  /**
   * Sends one part or several, or queues them while the socket has no room, is paused, or binds; the queue has no
   * limit.
   *
   * @param givenFlags `ZMQ_SNDMORE` keeps the parts as the beginning of a message that later calls go on with.
   * @param cb Called when the message was taken, or with an error. Without it errors are emitted.
   */
  send(message: MessageLike[] | MessageLike, givenFlags: number | undefined | null = 0, cb?: Callback): this {
    const parts = this._msg.concat(message)
    if (((givenFlags ?? 0) & ZMQ_SNDMORE) !== 0) {
      this._msg = parts
      return this
    }
    this._msg = []
    this._sendQueue.push([parts, cb])
    this.#sendAll()
    return this
  }

  /** @throws Error always: messages are emitted. */
  read(): void {
    throw new Error("read() has been removed from compatibility mode; use on('message', ...) instead.")
  }

  /** Holds back messages in both directions: they wait for {@link resume}. */
  pause(): void {
    this._paused = true
  }

  resume(): void {
    this._paused = false
    void this.#receiveAll()
    this.#sendAll()
  }

  /** Closes the socket. Messages that wait for room are given up: their callbacks hear of it. */
  close(): this {
    this._socket.close()
    return this
  }

  /**
   * Emits what becomes of connections: `connect`, `connect_delay`, `connect_retry`, `listen`, `bind_error`,
   * `accept`, `accept_error`, `close`, `close_error`, `disconnect`, with three arguments: the interval or error
   * number, the address, and the error, as far as there are.
   *
   * Events are read as they come, so that the arguments have no effect.
   *
   * @throws ENOTSOCK when the socket is closed.
   */
  monitor(interval?: number, num?: number): this {
    if (interval || num) {
      process.emitWarning(
        "Arguments to monitor() are ignored in compatibility mode; all events are read automatically",
      )
    }
    if (this.closed) throw errnoError("ENOTSOCK")
    if (this.#observer !== undefined) return this
    const { events } = this._socket
    this.#observer = events.closed ? new Observer(this._socket) : events
    void this.#monitorAll(this.#observer)
    return this
  }

  /** Ends {@link monitor}, until it is called again. Does nothing when it was not, or the socket is closed. */
  unmonitor(): this {
    const observer = this.#observer
    this.#observer = undefined
    observer?.close()
    return this
  }

  /** @throws Error unless this is a `sub` socket. */
  subscribe(filter: string): this {
    this.#subscriber().subscribe(filter)
    return this
  }

  /** @throws Error unless this is a `sub` socket. */
  unsubscribe(filter: string): this {
    this.#subscriber().unsubscribe(filter)
    return this
  }

  /** @throws Error for an option that version 5 did not have, and whatever setting the option throws. */
  setsockopt(givenOption: number | ShortName, value: unknown): this {
    writeOption(this._socket, givenOption, value)
    return this
  }

  /** @throws Error for an option that version 5 did not have, or that cannot be told. */
  getsockopt(givenOption: number | ShortName): string | number | boolean | null {
    return readOption(this._socket, givenOption) as string | number | boolean | null
  }

  /** Receives one message and emits it. The socket does so by itself. */
  async _recv(): Promise<void> {
    const socket = this._socket
    if (socket instanceof Push || socket instanceof Publisher) {
      throw new Error("Cannot receive on this socket type.")
    }
    const waiting = this._recvQueue.shift()
    if (waiting !== undefined) this.#emitLater("message", ...waiting)
    try {
      const message = await socket.receive()
      if (this._paused) this._recvQueue.push(message)
      else this.#emitLater("message", ...message)
    } catch (error) {
      if (socket.closed) return
      if (codeOf(error) !== "EBUSY") this.#emitLater("error", error)
      // A fault that stays must not keep everything else from happening.
      await (this.#blocked ?? turn())
    }
  }

  /** Sends the next message that waits. The socket does so by itself. */
  async _send(): Promise<void> {
    await this.#sendNext()
  }

  async #receiveAll(): Promise<void> {
    if (this.#receiving || this.type === "push" || this.type === "pub") return
    this.#receiving = true
    while (!this.closed && !this._paused) await this._recv()
    this.#receiving = false
  }

  /**
   * Hands over all that there is room for at once, so that a program may close the socket after its last send. No
   * promise is made for what need not wait: a loop of sends would gather them until it is over.
   */
  #sendAll(): void {
    while (!this.#sending && this._sendQueue.length > 0 && !this._paused) {
      const waiting = this.#blocked ?? this.#sendNext()
      if (waiting === undefined) continue
      this.#sending = true
      void waiting.then(() => {
        this.#sending = false
        this.#sendAll()
      })
    }
  }

  /** Sends the next message that waits; a promise when it has to wait for room, which never rejects. */
  #sendNext(): Promise<void> | undefined {
    const socket = this._socket
    const next = this._sendQueue.shift()
    if (socket instanceof Pull || socket instanceof Subscriber) {
      if (this.closed) return undefined
      void Promise.reject(new Error("Cannot send on this socket type."))
      return undefined
    }
    if (next === undefined) return undefined
    const [message, callback] = next
    const failed = (error: unknown): void => {
      // Without a callback nobody hears that a socket closed before the message's turn.
      if (callback !== undefined) this.#tell(() => callback(error as Error))
      else if (codeOf(error) !== "EBADF") this.#tell(() => this.emit("error", error))
    }
    try {
      if (!socket.trySend(message)) {
        return socket.send(message).then(() => {
          if (callback !== undefined) this.#tell(callback)
        }, failed)
      }
      if (callback !== undefined) this.#tell(callback)
    } catch (error) {
      failed(error)
    }
    return undefined
  }

  /** Runs callbacks of the program, and listeners, in their order, and not within its own call. */
  #tell(outcome: () => unknown): void {
    this.#outcomes.push(outcome)
    if (this.#outcomes.length > 1) return
    void Promise.resolve().then(() => {
      const outcomes = this.#outcomes
      this.#outcomes = []
      for (const each of outcomes) aside(each)
    })
  }

  async #monitorAll(events: Observer): Promise<void> {
    while (this.#observer === events) {
      try {
        const event = await events.receive()
        if (event.type === "end") break
        // It may have ended meanwhile.
        if (this.#observer === (events as Observer | undefined)) this.#report(event)
      } catch (error) {
        if (events.closed) break
        aside(() => this.emit("error", error))
      }
    }
  }

  #report(event: Event): void {
    const name = MONITORED[event.type]
    if (name === undefined) return
    const { address, interval, error } = event as { address?: string; interval?: number; error?: ErrnoError }
    this.emit(name, interval ?? error?.errno, address, error)
  }

  #block(event: "bind" | "unbind", address: string, operation: Promise<void>, callback?: Callback): void {
    const done = (): void => {
      this.emit(event, address)
      callback?.()
    }
    const failed = (error: unknown): void => {
      if (callback !== undefined) callback(error as Error)
      else this.emit("error", error)
    }
    this.#blocked = operation
      .then(
        () => nextTick(done),
        (error: unknown) => nextTick(failed, error),
      )
      .then(() => {
        this.#blocked = undefined
      })
  }

  /** Listeners run outside of the promises of this file: what they throw is the program's own fault. */
  #emitLater(event: string, ...args: unknown[]): void {
    nextTick(() => this.emit(event, ...args))
  }

  #subscriber(): Subscriber {
    if (!(this._socket instanceof Subscriber)) throw new Error("Subscriber socket required")
    return this._socket
  }
}

for (const name of Object.keys(options) as ShortName[]) {
  Object.defineProperty(Socket.prototype, name, {
    get(this: Socket) {
      return this.getsockopt(name)
    },
    set(this: Socket, value: unknown) {
      this.setsockopt(name, typeof value === "string" ? Buffer.from(value) : value)
    },
  })
}

/**
 * Makes a socket.
 *
 * @param options Properties that are set on it, options by their short names among them.
 * @throws Error for a type that does not exist.
 */
export function createSocket(type: SocketType, options: Record<string, unknown> = {}): Socket {
  return Object.assign(new Socket(type), options)
}

/** A new key pair for CURVE, see `curveKeyPair` of version 6. */
export function curveKeypair(): { public: string; secret: string } {
  const { publicKey, secretKey } = curveKeyPair()
  return { public: publicKey, secret: secretKey }
}

/** How many parts of the messages of these pairs of sockets are no content. */
const ENVELOPES: ReadonlyMap<string, number> = new Map([
  ["push/pull", 0],
  ["pull/push", 0],
  ["xpub/xsub", 0],
  ["router/dealer", 2],
  ["xrep/xreq", 2],
])

/**
 * Passes the messages of each socket on to the other. With a third one, a copy of what the second receives goes
 * there, without the envelope of a router.
 *
 * @throws Error for types other than push and pull, pull and push, xpub and xsub, router and dealer, in this order.
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): void {
  const envelope = ENVELOPES.get(`${frontend.type}/${backend.type}`)
  if (envelope === undefined) {
    throw new Error("This socket type order is not supported in compatibility mode")
  }
  frontend.on("message", (...parts: Message[]) => void backend.send(parts))
  backend.on("message", (...parts: Message[]) => {
    frontend.send(parts)
    capture?.send(parts.slice(envelope))
  })
}

/** Runs a callback of the program: what it throws becomes an unhandled rejection, as in native. */
function aside(callback: () => unknown): void {
  try {
    callback()
  } catch (error) {
    void Promise.reject(error)
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}

/** A turn of the event loop. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
