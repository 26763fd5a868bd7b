/**
 * The Proxy that users hold: two sockets between which messages pass, its state, and the errors of the native
 * package. How messages pass is in mover.ts.
 */
import type { SocketCore } from "./core.js"
import { checkArgumentCount, errnoError } from "./errors.js"
import { hold, release } from "./lifetime.js"
import { Mover } from "./mover.js"
import { coreOf, Socket } from "./socket.js"

/** A proxy that runs. */
interface Run {
  readonly mover: Mover
  readonly cores: ReadonlySet<SocketCore>
  resolve(): void
  reject(error: unknown): void
}

/**
 * Passes messages on between two sockets, both ways: what one receives the other sends. A Router and a Dealer make a
 * queue, an XSubscriber and an XPublisher a forwarder, a Pull and a Push a streamer; where a socket only sends or
 * only receives, messages pass one way.
 *
 * ```typescript
 * const proxy = new Proxy(new Router(), new Dealer())
 * await proxy.frontEnd.bind("tcp://127.0.0.1:5559")
 * await proxy.backEnd.bind("tcp://127.0.0.1:5560")
 * await proxy.run()
 * ```
 *
 * A message is taken from one socket only when the other can send it. Until then it stays in its queue, which at its
 * high-water mark holds back the peer: nothing is lost in a proxy but what the sending socket drops by its type.
 *
 * @typeParam F The type of the front-end socket.
 * @typeParam B The type of the back-end socket.
 */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly #frontEnd: F
  readonly #backEnd: B
  #capture: Socket | undefined
  #running: Run | undefined

  /**
   * @param frontEnd One of the two sockets.
   * @param backEnd The other one.
   * @throws TypeError for what is no object, Error for an object that is no socket.
   */
  constructor(frontEnd: F, backEnd: B) {
    checkObject(frontEnd, "Front-end")
    checkObject(backEnd, "Back-end")
    checkArgumentCount(arguments.length, 2)
    checkSocket(frontEnd)
    checkSocket(backEnd)
    this.#frontEnd = frontEnd
    this.#backEnd = backEnd
  }

  /** The front-end socket. */
  get frontEnd(): F {
    return this.#frontEnd
  }

  /** The back-end socket. */
  get backEnd(): B {
    return this.#backEnd
  }

  /**
   * A socket that gets a copy of every message before it is passed on: a Publisher, Push, Pair or Dealer. While it
   * cannot send, nothing passes. None by default. As in `zmq_proxy()`; the native package has no such thing.
   * @throws When set: TypeError for what is no object, Error for an object that is no socket, `EINVAL` for one of the
   *   proxy's two, `EBUSY` while the proxy runs.
   */
  get capture(): Socket | undefined {
    return this.#capture
  }

  set capture(socket: Socket | undefined) {
    if (this.#running !== undefined) throw errnoError("EBUSY")
    if (socket !== undefined) {
      checkObject(socket, "Capture")
      checkSocket(socket)
      if (socket === (this.#frontEnd as Socket) || socket === (this.#backEnd as Socket)) {
        throw errnoError("EINVAL", "Capture must be a socket of its own")
      }
    }
    this.#capture = socket
  }

  /**
   * Starts to pass messages on, and holds the process until {@link terminate}. Meanwhile the sockets cannot be used:
   * calls throw `EBUSY`, and a `close` waits for the end. Set options, bind and connect before.
   *
   * @returns Resolves when the proxy has ended, and its sockets are closed. Rejects, with the sockets closed too,
   *   when a socket refuses a message for good, as a `mandatory` Router does one to an unknown peer.
   * @throws `EINVAL` when a socket is neither bound nor connected, or closed; `EBUSY` while one is in use by this
   *   or another proxy, or by a `bind` or `unbind`; `ENOTSUP` when the capture socket never sends.
   */
  run(): Promise<void> {
    checkArgumentCount(arguments.length, 0)
    const frontEnd = ready(this.#frontEnd, "Front-end")
    const backEnd = ready(this.#backEnd, "Back-end")
    const capture = this.#capture === undefined ? undefined : ready(this.#capture, "Capture")
    if (capture?.pattern.sendRefusal() === "ENOTSUP") throw errnoError("ENOTSUP")
    const cores = new Set([frontEnd, backEnd, ...(capture === undefined ? [] : [capture])])
    for (const core of cores) {
      if (core.state === "blocked") {
        throw errnoError("EBUSY", "Socket is blocked by a proxy, or by a bind or unbind operation")
      }
    }
    return new Promise((resolve, reject) => {
      const mover = new Mover(
        frontEnd.pattern,
        backEnd.pattern,
        capture?.pattern,
        frontEnd.runtime,
        error => {
          this.#end(error)
        },
      )
      this.#running = { mover, cores, resolve, reject }
      hold()
      for (const core of cores) core.lend(mover.wake)
      mover.wake()
    })
  }

  /**
   * Leaves messages in their queues until {@link resume}. Peers can send until these are full.
   * @throws `EBADF` when the proxy does not run.
   */
  pause(): void {
    checkArgumentCount(arguments.length, 0)
    this.#run.mover.pause()
  }

  /**
   * Passes messages on again after {@link pause}.
   * @throws `EBADF` when the proxy does not run.
   */
  resume(): void {
    checkArgumentCount(arguments.length, 0)
    this.#run.mover.resume()
  }

  /**
   * Ends the proxy: nothing passes any more, and a moment later its sockets are closed and {@link run} resolves.
   * Messages that were sent still leave for as long as the sockets' `linger` says; those that were not read are lost.
   * @throws `EBADF` when the proxy does not run.
   */
  terminate(): void {
    checkArgumentCount(arguments.length, 0)
    this.#run.mover.end()
    // Until then the sockets are open and further commands do nothing, as in native.
    coreOf(this.#frontEnd).runtime.afterIO(() => {
      this.#end()
    })
  }

  get #run(): Run {
    if (this.#running === undefined) throw errnoError("EBADF")
    return this.#running
  }

  #end(error?: unknown): void {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    for (const core of running.cores) core.closeLent()
    release()
    if (error === undefined) running.resolve()
    else running.reject(error)
  }
}

// The words and the order of native's mistakes.

function checkObject(value: unknown, name: string): void {
  if ((typeof value === "object" && value !== null) || typeof value === "function") return
  throw new TypeError(`${name} must be a socket object`)
}

function checkSocket(value: unknown): void {
  if (!(value instanceof Socket)) throw new Error("Invalid argument")
}

function ready(socket: Socket, name: string): SocketCore {
  const core = coreOf(socket)
  if (core.state === "closed" || !core.hasEndpoints) {
    throw errnoError("EINVAL", `${name} socket must be bound or connected`)
  }
  return core
}
