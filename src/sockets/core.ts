/**
 * The inside of a socket: its state, and the one send and the one receive that may be waiting. It joins a pattern,
 * which knows who gets what, to endpoints (endpoints.ts), which make the connections. The user holds a Socket
 * (socket.ts), which has nothing but a core; a core knows no Socket, so that a forgotten Socket can be collected and
 * its core closed.
 */
import type { PeerEvent } from "../peers/events.js"
import { linger } from "../peers/lingering.js"
import type { Pipe } from "../peers/pipe.js"
import type { Runtime, Timer } from "../peers/runtime.js"
import { turnOf, type Turn } from "../peers/turn.js"
import type { Message, OutgoingMessage } from "../wire/frames.js"
import { onAbort, reasonOf } from "./abort.js"
import type { ContextCore } from "./context.js"
import { Endpoints, type DatagramUse, type EndpointsOwner, type WireType } from "./endpoints.js"
import { errnoError, fromSystemError } from "./errors.js"
import {
  hold,
  holdLingering,
  register,
  release,
  releaseLingering,
  unregister,
  type Lingering,
} from "./lifetime.js"
import { keep } from "./message.js"
import type { OptionValues } from "./options.js"
import { closedPattern, type Pattern, type PatternHost } from "./pattern.js"

/**
 * After this many sends and receives in a turn of the event loop, none of which had to wait, one waits for pending I/O
 * all the same, so that a loop of them leaves room for everything else in the process.
 */
const OPERATIONS_A_TURN = 2048

/** Most messages of one batch. */
const BATCH = 1000

const DONE = Promise.resolve()

/** A send or a receive that waits. */
interface Waiting<T> {
  resolve(value: T): void
  reject(error: unknown): void
  timer: Timer | undefined
  cleanUp: (() => void) | undefined
  /** Whether it waits for nothing but pending I/O, since its timeout is 0. */
  readonly poll: boolean
}

interface WaitingSend extends Waiting<undefined> {
  readonly message: OutgoingMessage
}

export class SocketCore implements EndpointsOwner, PatternHost, Lingering {
  readonly context: ContextCore
  readonly socketType: WireType
  readonly datagrams: DatagramUse | undefined
  readonly values: OptionValues
  readonly runtime: Runtime
  pattern: Pattern
  /** Blocked while a bind or unbind is under way, or a proxy runs. */
  state: "open" | "blocked" | "closed" = "open"
  /** Where events go, when somebody wants them. */
  monitor: ((event: PeerEvent | { readonly type: "end" }) => void) | undefined
  /** Whether nobody holds the socket any more: it closes when nothing is waiting. */
  private orphaned = false

  readonly endpoints: Endpoints
  private readonly turn: Turn
  /** Operations until {@link look}, and how many these were at first. */
  private credit = 1
  private given = 1
  /** Operations in the turn of this number. */
  private operations = 0
  private turnNumber = -1
  /** The option of this name. It is ours, and so not among {@link values}. */
  zeroCopyReceive = false
  private sending: WaitingSend | undefined
  private receiving: Waiting<Message> | undefined
  private closeRequested = false
  private lingeringAtExit = false
  /** Whether {@link wake} is to come. */
  private waking = false
  private readonly wake = (): void => {
    this.waking = false
    if (this.receiving !== undefined) this.tryReceiving(this.receiving, false)
  }
  /** The borrower that currently drives this socket, if any. Woken instead of a pending `receive`. */
  private borrower: (() => void) | undefined

  constructor(
    context: ContextCore,
    socketType: WireType,
    values: OptionValues,
    makePattern: (host: PatternHost, values: OptionValues, runtime: Runtime) => Pattern,
    datagrams?: DatagramUse,
  ) {
    context.enter(this)
    this.context = context
    this.socketType = socketType
    this.datagrams = datagrams
    this.values = values
    this.runtime = context.runtime
    this.turn = turnOf(this.runtime)
    this.pattern = makePattern(this, values, this.runtime)
    this.endpoints = new Endpoints(this)
    register(this)
  }

  // Sending and receiving. Hot path: `npm run bench`.

  // Small enough for V8 to inline into the user's loop; what waits is elsewhere.

  send(message: OutgoingMessage): Promise<void> {
    if (this.state !== "open" || this.sending !== undefined) this.catchUpSending()
    try {
      if (message.length === 0) return DONE
      if (this.pattern.send(message)) return --this.credit > 0 ? DONE : this.look(undefined)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.sendLater(message)
  }

  receive(signal?: AbortSignal): Promise<Message> {
    if (this.state !== "open" || this.receiving !== undefined) this.catchUp()
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal))
    const message = this.pattern.receive()
    if (message === undefined) return this.receiveLater(signal)
    // A message is never empty. Reading its length tells V8 that it is an array, so that the promise is made in line,
    // without a look for `then` in it: a quarter of all time at 100 bytes. It must be one condition: what V8 knows it
    // forgets where branches meet (bench/NOTES.md).
    if (message.length > 0 && --this.credit > 0) return Promise.resolve(message)
    return this.look(message)
  }

  // The door beside promises. A send or receive that waits comes first: until it is done, these are refused as well.

  /** Queues the message and returns true; returns false where {@link send} would wait. */
  trySend(message: OutgoingMessage): boolean {
    if (this.state !== "open" || this.sending !== undefined) this.catchUpSending()
    if (message.length === 0) return true
    if (this.pattern.send(message)) {
      if (--this.credit <= 0) this.count()
      return true
    }
    // Otherwise a loop that tries again would never end.
    if (this.pattern.sendRefusal() === "ENOTSUP") throw errnoError("ENOTSUP")
    return false
  }

  /** The next message; undefined where {@link receive} would wait. */
  tryReceive(): Message | undefined {
    if (this.state !== "open" || this.receiving !== undefined) this.catchUp()
    const message = this.pattern.receive()
    if (message === undefined && this.pattern.receiveRefusal() === "ENOTSUP") throw errnoError("ENOTSUP")
    return message
  }

  /** The messages that are there, of which there is at least one; without `copy` they may share memory. */
  receiveBatch(copy: boolean): Promise<Message[]> {
    if (this.state !== "open" || this.receiving !== undefined) this.catchUp()
    const first = this.pattern.receive()
    if (first === undefined)
      return this.receiveLater(undefined).then(message => this.batchFrom(message, copy))
    const batch = this.batchFrom(first, copy)
    this.credit -= batch.length
    return this.credit > 0 ? Promise.resolve(batch) : this.look(batch)
  }

  private batchFrom(first: Message, copy: boolean): Message[] {
    const batch = [first]
    this.pattern.receiveMany?.(batch, BATCH, copy)
    while (batch.length < BATCH) {
      const message = this.pattern.receive()
      if (message === undefined) break
      batch.push(message)
    }
    return batch
  }

  /** Whether received parts may share memory: the user has asked for it, or never sees them, as behind a proxy. */
  get shareMemory(): boolean {
    return this.zeroCopyReceive || this.borrower !== undefined
  }

  get readable(): boolean {
    this.wakeAtOnce()
    return this.state === "open" && this.pattern.canReceive()
  }

  get writable(): boolean {
    return this.state === "open" && this.pattern.canSend()
  }

  /** Resolves with the value, after pending I/O when the turn of the event loop has lasted long enough. */
  private look<T>(value: T): Promise<T> {
    this.count()
    if (!this.turn.over && this.operations < OPERATIONS_A_TURN) return Promise.resolve(value)
    return new Promise(resolve => {
      this.runtime.afterIO(() => {
        resolve(value)
      })
    })
  }

  /** Adds up the operations since the last time, and asks how the turn is. */
  private count(): void {
    const { turn, given, credit } = this
    this.operations = given - credit + (this.turnNumber === turn.number ? this.operations : 0)
    this.turnNumber = turn.number
    this.credit = this.given = turn.look()
  }

  private sendLater(message: OutgoingMessage): Promise<void> {
    const { sendTimeout } = this.values
    return new Promise((resolve, reject) => {
      const sending: WaitingSend = {
        message: keep(message),
        resolve,
        reject,
        timer: undefined,
        cleanUp: undefined,
        poll: sendTimeout === 0,
      }
      this.sending = sending
      hold()
      // Not at once: a loop that tries again and again has to let in the I/O that it waits for.
      if (sendTimeout === 0) {
        this.poll(() => {
          this.trySending(sending, true)
        })
      } else if (sendTimeout > 0) {
        sending.timer = this.runtime.deadline(() => {
          this.trySending(sending, true)
        }, sendTimeout)
      }
    })
  }

  private receiveLater(signal: AbortSignal | undefined): Promise<Message> {
    const { receiveTimeout } = this.values
    return new Promise((resolve, reject) => {
      const poll = receiveTimeout === 0
      const receiving: Waiting<Message> = { resolve, reject, timer: undefined, cleanUp: undefined, poll }
      this.receiving = receiving
      hold()
      // Not at once: what came while the program was busy is received, and a loop of polls lets in what comes.
      if (poll) {
        this.poll(() => {
          this.tryReceiving(receiving, true)
        })
      } else if (receiveTimeout > 0) {
        receiving.timer = this.runtime.deadline(() => {
          this.tryReceiving(receiving, true)
        }, receiveTimeout)
      }
      if (signal !== undefined) this.watch(signal, receiving)
    })
  }

  /** Calls back when I/O that is pending now was handled, also when this is called while I/O is handled. */
  private poll(conclude: () => void): void {
    this.runtime.afterIO(() => {
      this.runtime.afterIO(conclude)
    })
  }

  private watch(signal: AbortSignal, receiving: Waiting<Message>): void {
    const abort = (): void => {
      this.wakeAtOnce()
      if (this.receiving !== receiving) return
      this.receiving = undefined
      this.settle(receiving)
      receiving.reject(reasonOf(signal))
    }
    receiving.cleanUp = onAbort(signal, abort)
  }

  private trySending(sending: WaitingSend, final: boolean): void {
    if (this.sending !== sending) return
    // Cleared first: what the pattern does may wake the sender again.
    this.sending = undefined
    let sent = false
    let fault: unknown
    try {
      sent = this.pattern.send(sending.message)
    } catch (error) {
      fault = error
    }
    if (!sent && fault === undefined && !final) {
      this.sending = sending
      return
    }
    this.settle(sending)
    if (sent) sending.resolve(undefined)
    else sending.reject(fault ?? errnoError(this.pattern.sendRefusal()))
  }

  private tryReceiving(receiving: Waiting<Message>, final: boolean): void {
    if (this.receiving !== receiving) return
    this.receiving = undefined
    const message = this.pattern.receive()
    if (message === undefined && !final) {
      this.receiving = receiving
      return
    }
    this.settle(receiving)
    if (message !== undefined) receiving.resolve(message)
    else receiving.reject(errnoError(this.pattern.receiveRefusal()))
  }

  private settle(waiting: Waiting<never> | Waiting<Message> | WaitingSend): void {
    if (waiting.timer !== undefined) this.runtime.clearTimeout(waiting.timer)
    waiting.cleanUp?.()
    release()
    this.closeIfOrphaned()
  }

  // PatternHost

  /**
   * A waiting `receive` is settled at the end of the turn: with a sender in this process more messages have come by
   * then, and these need not wait one by one. From a stream they come together, and there is nothing to wait for.
   */
  wakeReceiver(pipe?: Pipe): void {
    if (this.receiving !== undefined && pipe?.sameProcess === false) this.tryReceiving(this.receiving, false)
    else if (this.receiving !== undefined && !this.waking) {
      this.waking = true
      this.runtime.afterTurn(this.wake)
    }
    if (this.borrower === undefined) return
    this.wakeAtOnce()
    this.borrower()
  }

  /** Settles a waiting `receive` now that is to be settled at the end of the turn. */
  private wakeAtOnce(): void {
    if (this.waking && this.receiving !== undefined) this.tryReceiving(this.receiving, false)
  }

  /** Throws unless the next message can be sent: a poll that waits for I/O concludes now. */
  private catchUpSending(): void {
    if (this.state === "open" && this.sending?.poll === true) this.trySending(this.sending, true)
    if (this.state !== "open" || this.sending !== undefined) throw this.unusable("send")
  }

  /**
   * Throws unless the next message can be asked for, since nobody waits for the one that has come. A poll that waits
   * for I/O concludes now.
   */
  private catchUp(): void {
    this.wakeAtOnce()
    if (this.state === "open" && this.receiving?.poll === true) this.tryReceiving(this.receiving, true)
    if (this.state !== "open" || this.receiving !== undefined) throw this.unusable("receive")
  }

  wakeSender(): void {
    if (this.sending !== undefined) this.trySending(this.sending, false)
    this.borrower?.()
  }

  /**
   * Blocks the socket for somebody who moves its messages through the pattern, and calls `wake` when there may be
   * something to receive or room to send. What waited before still comes first.
   */
  lend(wake: () => void): void {
    if (this.state !== "open") throw this.unusable()
    this.state = "blocked"
    this.borrower = wake
  }

  /** The borrower is done, and the socket closes. */
  closeLent(): void {
    this.borrower = undefined
    this.state = "open"
    this.close()
  }

  /** Joins a group or leaves it; throws `ENOTSUP` for sockets that have none. */
  changeGroup(join: boolean, group: Uint8Array): void {
    if (this.state !== "open") throw this.unusable()
    if (this.pattern.changeGroup === undefined) throw errnoError("ENOTSUP")
    this.pattern.changeGroup(join, group)
  }

  // Endpoints

  /** ZMQ_LAST_ENDPOINT. */
  get lastEndpoint(): string | undefined {
    return this.endpoints.last
  }

  /** Whether any endpoint is bound or connected: most options then come too late. */
  get hasEndpoints(): boolean {
    return this.endpoints.any
  }

  bind(endpoint: string): Promise<void> {
    if (this.state !== "open") throw this.unusable()
    return this.blocking(endpoint, () => this.endpoints.bind(endpoint))
  }

  bindSync(endpoint: string): void {
    this.attempt(endpoint, () => {
      this.endpoints.bindSync(endpoint)
    })
  }

  unbind(endpoint: string): Promise<void> {
    if (this.state !== "open") throw this.unusable()
    return this.blocking(
      endpoint,
      () =>
        new Promise(released => {
          this.endpoints.leave(endpoint, released)
        }),
    )
  }

  connect(endpoint: string): void {
    this.attempt(endpoint, () => {
      this.endpoints.connect(endpoint)
    })
  }

  /** Gives up what is connected or bound under this name. */
  disconnect(endpoint: string): void {
    this.attempt(endpoint, () => {
      this.endpoints.leave(endpoint, () => undefined)
    })
  }

  close(): void {
    if (this.state === "closed") return
    if (this.state === "blocked") {
      this.closeRequested = true
      return
    }
    // As in native, what waits is tried once more, and fails for the usual reason and not because of the closing.
    if (this.receiving !== undefined) this.tryReceiving(this.receiving, true)
    if (this.sending !== undefined) this.trySending(this.sending, true)
    this.state = "closed"
    this.endpoints.close(
      () => {
        this.stopMonitor()
      },
      () => {
        unregister(this)
      },
    )
    this.pattern = closedPattern
    this.context.leave(this)
  }

  /** Nobody holds the socket any more. */
  orphan(): void {
    this.orphaned = true
    this.closeIfOrphaned()
  }

  lingerAtExit(): void {
    if (this.lingeringAtExit || this.values.linger === 0) return
    let open = 1
    this.lingeringAtExit = true
    const done = (): void => {
      if (--open > 0) return
      this.lingeringAtExit = this.unsent() > 0
    }
    for (const pipe of this.endpoints.sessionPipes()) {
      if (pipe.unsent === 0) continue
      open++
      holdLingering(this.context.values.blocky)
      linger(pipe, this.values.linger, this.runtime, () => {
        releaseLingering()
        done()
      })
    }
    done()
  }

  flushAtExit(wait: boolean): void {
    this.endpoints.flushAtExit(wait ? this.values.linger : 0)
  }

  private unsent(): number {
    let sum = 0
    for (const pipe of this.endpoints.sessionPipes()) sum += pipe.unsent
    return sum
  }

  private closeIfOrphaned(): void {
    if (this.orphaned && this.sending === undefined && this.receiving === undefined) this.close()
  }

  event(event: PeerEvent): void {
    this.monitor?.(event)
  }

  /** Ends observation; a socket has one observer at a time. */
  stopMonitor(): void {
    this.monitor?.({ type: "end" })
    this.monitor = undefined
  }

  /** Runs an operation during which the socket cannot be used. */
  private async blocking(endpoint: string, operation: () => Promise<void>): Promise<void> {
    this.state = "blocked"
    try {
      await operation()
    } catch (error) {
      throw fromSystemError(error, endpoint)
    } finally {
      this.state = "open"
      if (this.closeRequested) this.close()
    }
  }

  private attempt(endpoint: string, operation: () => void): void {
    if (this.state !== "open") throw this.unusable()
    try {
      operation()
    } catch (error) {
      throw fromSystemError(error, endpoint)
    }
  }

  /** Why an operation is refused: because of the socket's state, or because another one like it waits. */
  private unusable(operation?: "send" | "receive"): Error {
    if (this.state === "closed") return errnoError("EBADF")
    if (this.state === "blocked" || operation === undefined) {
      return errnoError("EBUSY", "Socket is blocked by a bind or unbind operation")
    }
    const doing = operation === "send" ? "writing" : "reading"
    return errnoError(
      "EBUSY",
      `Socket is busy ${doing}; only one ${operation} operation may be in progress at any time`,
    )
  }
}
