/**
 * The inside of a socket: its state, its endpoints, and the one send and the one receive that may be waiting. It
 * joins a pattern, which knows who gets what, to connections, which know how. The user holds a Socket (socket.ts),
 * which has nothing but a core; a core knows no Socket, so that a forgotten Socket can be collected and its core
 * closed.
 */
import { constants } from "node:buffer"
import { Acceptor } from "../peers/acceptor.js"
import { Connecter } from "../peers/connecter.js"
import type { PeerEvent } from "../peers/events.js"
import type { PeerHost, PeerOptions } from "../peers/host.js"
import { InprocPipe } from "../peers/inproc-pipe.js"
import { linger } from "../peers/lingering.js"
import type { Pipe, PipeListener } from "../peers/pipe.js"
import type { Runtime, Timer } from "../peers/runtime.js"
import type { SessionPipe } from "../peers/session-pipe.js"
import type { SecuritySettings } from "../peers/session.js"
import type { ZapReply, ZapRequest } from "../security/zap.js"
import { parseEndpoint } from "../transports/endpoint.js"
import type { InprocBinder } from "../transports/inproc.js"
import type { Listener, Transport } from "../transports/transport.js"
import type { HandshakeError } from "../wire/errors.js"
import type { Message, OutgoingMessage } from "../wire/frames.js"
import type { SocketType } from "../wire/socket-types.js"
import type { ContextCore } from "./context.js"
import { errnoError, fromSystemError } from "./errors.js"
import { hold, register, release, unregister, type Lingering } from "./lifetime.js"
import { keep } from "./message.js"
import type { OptionValues } from "./options.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { securitySettings } from "./security.js"
import { askZapHandler, ZAP_NAME } from "./zap.js"

/**
 * After this many sends, or receives, none of which had to wait, one waits for pending I/O all the same, so that a
 * loop of them leaves room for everything else in the process.
 */
const OPERATIONS_A_TURN = 2048

const DONE = Promise.resolve()

/** What a bind fails with before it asks the system for a socket. */
const UNRESOLVED = new Set(["EINVAL", "ENODEV", "ENAMETOOLONG", "ENOTSUP"])

/** A send or a receive that waits. */
interface Waiting<T> {
  resolve(value: T): void
  reject(error: unknown): void
  timer: Timer | undefined
  cleanUp: (() => void) | undefined
}

interface WaitingSend extends Waiting<undefined> {
  readonly message: OutgoingMessage
}

/** A bound or connected endpoint. */
interface Place {
  /** The names under which it can be unbound or disconnected. */
  readonly names: readonly string[]
  pipes(): Iterable<SessionPipe>
  /** `released` when the name is free again, `done` when nothing more is sent. */
  close(lingerMilliseconds: number, released: () => void, done: () => void): void
}

export class SocketCore implements PeerHost, PatternHost, InprocBinder<InprocPipe>, Lingering {
  readonly context: ContextCore
  readonly socketType: SocketType
  readonly values: OptionValues
  readonly runtime: Runtime
  readonly pattern: Pattern
  /** Blocked while a bind or unbind is under way. */
  state: "open" | "blocked" | "closed" = "open"
  lastEndpoint: string | undefined
  /** Where events go, when somebody wants them. */
  monitor: ((event: PeerEvent | { readonly type: "end" }) => void) | undefined
  /** Whether nobody holds the socket any more: it closes when nothing is waiting. */
  private orphaned = false

  private readonly places: Place[] = []
  /** Operations since one waited. */
  private sent = 0
  private received = 0
  private sending: WaitingSend | undefined
  private receiving: Waiting<Message> | undefined
  private closeRequested = false
  private lingeringAtExit = false

  constructor(
    context: ContextCore,
    socketType: SocketType,
    values: OptionValues,
    makePattern: (host: PatternHost, values: OptionValues, runtime: Runtime) => Pattern,
  ) {
    context.enter(this)
    this.context = context
    this.socketType = socketType
    this.values = values
    this.runtime = context.runtime
    this.pattern = makePattern(this, values, this.runtime)
    register(this)
  }

  /** Whether any endpoint is bound or connected: most options then come too late. */
  get hasEndpoints(): boolean {
    return this.places.length > 0
  }

  // Sending and receiving. Hot path: `npm run bench`.

  send(message: OutgoingMessage): Promise<void> {
    if (this.state !== "open") throw this.unusable()
    if (this.sending !== undefined) {
      throw errnoError(
        "EBUSY",
        "Socket is busy writing; only one send operation may be in progress at any time",
      )
    }
    if (message.length === 0) return DONE
    try {
      if (this.pattern.send(message)) return ++this.sent < OPERATIONS_A_TURN ? DONE : this.breathe()
    } catch (error) {
      return Promise.reject(error)
    }
    this.sent = 0
    const { sendTimeout } = this.values
    if (sendTimeout === 0) return Promise.reject(errnoError(this.pattern.sendRefusal()))
    return new Promise((resolve, reject) => {
      const sending: WaitingSend = {
        message: keep(message),
        resolve,
        reject,
        timer: undefined,
        cleanUp: undefined,
      }
      this.sending = sending
      hold()
      if (sendTimeout > 0) {
        sending.timer = this.runtime.setTimeout(() => {
          this.trySending(sending, true)
        }, sendTimeout)
      }
    })
  }

  receive(signal?: AbortSignal): Promise<Message> {
    if (this.state !== "open") throw this.unusable()
    if (this.receiving !== undefined) {
      throw errnoError(
        "EBUSY",
        "Socket is busy reading; only one receive operation may be in progress at any time",
      )
    }
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const message = this.pattern.receive()
    if (message !== undefined) {
      return ++this.received < OPERATIONS_A_TURN ? Promise.resolve(message) : this.breathe(message)
    }
    this.received = 0
    const { receiveTimeout } = this.values
    if (receiveTimeout === 0) return Promise.reject(errnoError(this.pattern.receiveRefusal()))
    return new Promise((resolve, reject) => {
      const receiving: Waiting<Message> = { resolve, reject, timer: undefined, cleanUp: undefined }
      this.receiving = receiving
      hold()
      if (receiveTimeout > 0) {
        receiving.timer = this.runtime.setTimeout(() => {
          this.tryReceiving(receiving, true)
        }, receiveTimeout)
      }
      if (signal !== undefined) this.watch(signal, receiving)
    })
  }

  get readable(): boolean {
    return this.state === "open" && this.pattern.canReceive()
  }

  get writable(): boolean {
    return this.state === "open" && this.pattern.canSend()
  }

  /** A promise that is settled after pending I/O. */
  private breathe(): Promise<void>
  private breathe<T>(value: T): Promise<T>
  private breathe<T>(value?: T): Promise<T | undefined> {
    this.sent = this.received = 0
    return new Promise(resolve => {
      this.runtime.afterIO(() => {
        resolve(value)
      })
    })
  }

  private watch(signal: AbortSignal, receiving: Waiting<Message>): void {
    const abort = (): void => {
      if (this.receiving !== receiving) return
      this.receiving = undefined
      this.settle(receiving)
      receiving.reject(signal.reason)
    }
    signal.addEventListener("abort", abort, { once: true })
    receiving.cleanUp = () => {
      signal.removeEventListener("abort", abort)
    }
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

  wakeReceiver(): void {
    if (this.receiving !== undefined) this.tryReceiving(this.receiving, false)
  }

  wakeSender(): void {
    if (this.sending !== undefined) this.trySending(this.sending, false)
  }

  // Endpoints

  bind(endpoint: string): Promise<void> {
    if (this.state !== "open") throw this.unusable()
    return this.blocking(async () => {
      const { protocol, address } = parseEndpoint(endpoint)
      if (protocol === "inproc") this.bindInproc(endpoint, address)
      else {
        const transport = this.context.transports[protocol]
        const acceptor = new Acceptor(this)
        try {
          transport.check(address, "bind")
          this.bound(acceptor, await transport.listen(address, acceptor.options, acceptor))
        } catch (error) {
          throw this.bindFailed(endpoint, address, error)
        }
      }
    }, endpoint)
  }

  bindSync(endpoint: string): void {
    if (this.state !== "open") throw this.unusable()
    try {
      const { protocol, address } = parseEndpoint(endpoint)
      if (protocol === "inproc") this.bindInproc(endpoint, address)
      else {
        const transport = this.context.transports[protocol]
        const acceptor = new Acceptor(this)
        try {
          transport.check(address, "bind")
          this.bound(acceptor, transport.listenSync(address, acceptor.options, acceptor))
        } catch (error) {
          throw this.bindFailed(endpoint, address, error)
        }
      }
    } catch (error) {
      throw fromSystemError(error, endpoint)
    }
  }

  unbind(endpoint: string): Promise<void> {
    if (this.state !== "open") throw this.unusable()
    return this.blocking(
      () =>
        new Promise(resolve => {
          this.leave(endpoint, resolve)
        }),
      endpoint,
    )
  }

  unbindSync(endpoint: string): void {
    this.disconnect(endpoint)
  }

  connect(endpoint: string): void {
    if (this.state !== "open") throw this.unusable()
    try {
      const { protocol, address } = parseEndpoint(endpoint)
      if (protocol === "inproc") this.connectInproc(endpoint, address)
      else {
        const transport = this.context.transports[protocol]
        transport.check(address, "connect")
        // A second connection to the same place would gain these types nothing (zmq_connect: "is_single_connect").
        if (!this.isSingleConnect() || this.find(endpoint).length === 0)
          this.dial(transport, endpoint, address)
      }
    } catch (error) {
      throw fromSystemError(error, endpoint)
    }
    this.lastEndpoint = endpoint
  }

  disconnect(endpoint: string): void {
    if (this.state !== "open") throw this.unusable()
    try {
      this.leave(endpoint, () => undefined)
    } catch (error) {
      throw fromSystemError(error, endpoint)
    }
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
    let held = this.places.length
    let open = this.places.length
    for (const place of this.places.splice(0)) {
      hold()
      place.close(
        this.values.linger,
        () => {
          if (--held === 0) this.stopMonitor()
        },
        () => {
          release()
          if (--open === 0) unregister(this)
        },
      )
    }
    for (const pipe of [...this.inprocPipes]) pipe.leave()
    if (held === 0) this.stopMonitor()
    if (open === 0) unregister(this)
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
    for (const pipe of this.sessionPipes()) {
      if (pipe.unsent === 0) continue
      open++
      hold()
      linger(pipe, this.values.linger, this.runtime, () => {
        release()
        done()
      })
    }
    done()
  }

  /** Options that work on existing connections have changed. */
  updateMarks(): void {
    const { sendHighWaterMark, receiveHighWaterMark } = this.values
    for (const place of this.places) {
      for (const pipe of place.pipes()) pipe.setMarks(sendHighWaterMark, receiveHighWaterMark)
    }
    for (const pipe of this.inprocPipes) pipe.setMarks(sendHighWaterMark, receiveHighWaterMark)
  }

  private *sessionPipes(): Iterable<SessionPipe> {
    for (const place of this.places) yield* place.pipes()
  }

  private unsent(): number {
    let sum = 0
    for (const pipe of this.sessionPipes()) sum += pipe.unsent
    return sum
  }

  private closeIfOrphaned(): void {
    if (this.orphaned && this.sending === undefined && this.receiving === undefined) this.close()
  }

  /** Ends observation; a socket has one observer at a time. */
  stopMonitor(): void {
    this.monitor?.({ type: "end" })
    this.monitor = undefined
  }

  /** Runs an operation during which the socket cannot be used. */
  private async blocking(operation: () => Promise<void>, endpoint: string): Promise<void> {
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

  private bound(acceptor: Acceptor, listener: Listener): void {
    acceptor.bound(listener)
    this.lastEndpoint = listener.endpoint
    this.places.push({
      names: [listener.endpoint],
      pipes: () => acceptor.pipes(),
      close: (milliseconds, released, done) => {
        acceptor.close(milliseconds, released, done)
      },
    })
  }

  /** Tells the monitor. As in libzmq a socket that the system had made, and did not bind, shows as closed before. */
  private bindFailed(endpoint: string, address: string, error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) return error
    if (!UNRESOLVED.has(code)) {
      this.event({ type: "close", address: endpoint.startsWith("ipc:") ? endpoint : "" })
    }
    this.event({ type: "bind:error", address, error: errnoError(code) })
    return error
  }

  private dial(transport: Transport, endpoint: string, address: string): void {
    const connecter = new Connecter(this, transport, endpoint, address, () => {
      const index = this.places.indexOf(place)
      if (index >= 0) this.places.splice(index, 1)
    })
    const place: Place = {
      names: [endpoint],
      pipes: () => connecter.pipes(),
      close: (milliseconds, released, done) => {
        connecter.close(milliseconds, done)
        released()
      },
    }
    this.places.push(place)
    connecter.start()
  }

  private isSingleConnect(): boolean {
    return ["DEALER", "SUB", "PUB", "REQ"].includes(this.socketType)
  }

  private find(endpoint: string): Place[] {
    return this.places.filter(place => place.names.includes(endpoint))
  }

  /** Gives up an endpoint; throws `ENOENT` when there is none of that name. */
  private leave(endpoint: string, released: () => void): void {
    parseEndpoint(endpoint)
    let places = this.find(endpoint)
    // libzmq looks for the resolved name too.
    if (places.length === 0) places = this.find(endpoint.replace("tcp://localhost:", "tcp://127.0.0.1:"))
    if (places.length === 0) throw errnoError("ENOENT")
    let held = places.length
    for (const place of places) {
      this.places.splice(this.places.indexOf(place), 1)
      hold()
      place.close(
        this.values.linger,
        () => {
          if (--held === 0) released()
        },
        release,
      )
    }
  }

  // inproc

  private readonly inprocPipes = new Set<InprocPipe>()

  private bindInproc(endpoint: string, name: string): void {
    this.context.names.bind(name, this)
    this.lastEndpoint = endpoint
    this.places.push({
      names: [endpoint],
      pipes: () => [],
      close: (_milliseconds, released, done) => {
        this.context.names.unbind(name)
        released()
        done()
      },
    })
  }

  private connectInproc(endpoint: string, name: string): void {
    const pipe = this.makeInprocPipe(endpoint)
    this.places.push({
      names: [endpoint],
      pipes: () => [],
      close: (_milliseconds, released, done) => {
        this.context.names.forget(name, pipe)
        pipe.leave()
        released()
        done()
      },
    })
    this.attach(pipe)
    this.context.names.connect(name, pipe)
  }

  /** Joins a socket of the same context that connects to a name of ours. */
  accept(peer: InprocPipe): void {
    const pipe = this.makeInprocPipe(peer.endpoint)
    InprocPipe.join(peer, pipe)
    this.attach(pipe)
    pipe.open()
    peer.open()
  }

  private makeInprocPipe(endpoint: string): InprocPipe {
    const pipe = new InprocPipe(endpoint, this.pattern, this.values, left => {
      this.inprocPipes.delete(left)
    })
    this.inprocPipes.add(pipe)
    return pipe
  }

  // PeerHost

  get listener(): PipeListener {
    return this.pattern
  }

  attach(pipe: Pipe): void {
    this.pattern.attach(pipe)
  }

  event(event: PeerEvent): void {
    this.monitor?.(event)
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    const handler = this.context.names.find(ZAP_NAME)
    if (handler === undefined) done(null)
    else askZapHandler(handler, request, done)
  }

  snapshot(): { readonly options: PeerOptions; readonly security: SecuritySettings } {
    const { values, socketType } = this
    const { maxMessageSize } = values
    return {
      options: {
        socketType,
        routingId: values.routingId,
        maxFrameSize:
          maxMessageSize < 0 ? constants.MAX_LENGTH : Math.min(maxMessageSize, constants.MAX_LENGTH),
        handshakeInterval: values.handshakeInterval,
        heartbeatInterval: values.heartbeatInterval,
        heartbeatTimeout: values.heartbeatTimeout,
        heartbeatTimeToLive: values.heartbeatTimeToLive,
        sendHighWaterMark: values.sendHighWaterMark,
        receiveHighWaterMark: values.receiveHighWaterMark,
        conflate: values.conflate,
        immediate: values.immediate,
        reconnectInterval: values.reconnectInterval,
        reconnectMaxInterval: values.reconnectMaxInterval,
        ipv6: values.ipv6,
        backlog: values.backlog,
        tcpKeepalive: values.tcpKeepalive,
        tcpKeepaliveIdle: values.tcpKeepaliveIdle,
        tcpAcceptFilters: values.tcpAcceptFilters,
        connectTimeout: values.connectTimeout,
      },
      security: securitySettings(socketType, values),
    }
  }

  private unusable(): Error {
    return this.state === "closed"
      ? errnoError("EBADF")
      : errnoError("EBUSY", "Socket is blocked by a bind or unbind operation")
  }
}
