/**
 * An endpoint that the socket connects to: attempts, one connection at a time, and new attempts when it is lost.
 * Its pipe is there from the first moment, so that messages can wait for the peer, and survives lost connections;
 * with ZMQ_IMMEDIATE a pipe lives only as long as its connection.
 */
import type { ZapReply, ZapRequest } from "../security/zap.js"
import type { Attempt, ByteStream, ConnectHandler, Transport } from "../transports/transport.js"
import type { HandshakeError } from "../wire/errors.js"
import type { PeerHost, PeerOptions } from "./host.js"
import { linger } from "./lingering.js"
import type { PeerInfo } from "./pipe.js"
import { nextInterval } from "./reconnection.js"
import type { Runtime, Timer } from "./runtime.js"
import { SessionPipe } from "./session-pipe.js"
import type { OpenSession, PeerSession, SessionEnd, SessionOwner } from "./session.js"

/** Time for a proxy to make a connection when connectTimeout sets none, in milliseconds: TCP's own ends with the proxy. */
const PROXY_TIME = 120_000

export class Connecter implements ConnectHandler, SessionOwner {
  readonly runtime: Runtime
  options: PeerOptions
  /** The endpoint as the user gave it. */
  readonly endpoint: string
  private readonly host: PeerHost
  private openSession: OpenSession
  private readonly transport: Transport
  private readonly address: string
  /** The routing id that the socket gives this peer; else empty. */
  private readonly givenId: Buffer
  /** Called when the endpoint is given up without the socket having asked. */
  private readonly abandoned: (connecter: Connecter) => void

  private pipe: SessionPipe | undefined
  private attempt: Attempt | undefined
  private timer: Timer | undefined
  /** Ends the attempt. */
  private patience: Timer | undefined
  private session: PeerSession | undefined
  /** The last interval before a new attempt; undefined after a handshake. */
  private interval: number | undefined
  private closed = false
  /** Closed, and done lingering. Listeners of events may bring it about at any time. */
  private stopped = false

  constructor(
    host: PeerHost,
    transport: Transport,
    endpoint: string,
    address: string,
    givenId: Buffer,
    abandoned: (connecter: Connecter) => void,
  ) {
    const { options, openSession } = host.snapshot()
    this.host = host
    this.runtime = host.runtime
    this.options = options
    this.openSession = openSession
    this.transport = transport
    this.endpoint = endpoint
    this.address = address
    this.givenId = givenId
    this.abandoned = abandoned
  }

  start(): void {
    if (!this.options.immediate) this.makePipe()
    this.dial()
  }

  /** Whether an attempt has failed and none is to follow, since reconnection is off. */
  get resting(): boolean {
    const { attempt, timer, session } = this
    return !this.closed && attempt === undefined && timer === undefined && session === undefined
  }

  /** The user connects here once more: tries again, with the options of now and what is queued. */
  restart(): void {
    const { options, openSession } = this.host.snapshot()
    this.options = options
    this.openSession = openSession
    this.interval = undefined
    if (this.pipe === undefined) this.start()
    else this.dial()
  }

  *pipes(): Iterable<SessionPipe> {
    if (this.pipe !== undefined) yield this.pipe
  }

  /** Ends the connection when its queue is sent or the linger time is over; until then it even connects anew. */
  close(lingerMilliseconds: number, done: () => void): void {
    this.closed = true
    const { pipe } = this
    const finish = (): void => {
      this.stop(pipe?.unsent === 0 ? lingerMilliseconds : 0)
      done()
    }
    if (pipe === undefined) {
      finish()
      return
    }
    pipe.end()
    linger(pipe, lingerMilliseconds, this.runtime, finish)
  }

  private makePipe(): SessionPipe {
    const pipe = new SessionPipe(this.endpoint, this.host.listener, this.options, this.runtime)
    pipe.givenId = this.givenId
    this.pipe = pipe
    this.host.attach(pipe)
    return pipe
  }

  private dial(): void {
    this.timer = undefined
    const attempt = this.transport.connect(this.address, this.options, this)
    // Who heard of it may have closed the socket.
    if (this.stopped) attempt.cancel()
    else this.attempt = attempt
  }

  /** Gives up whatever is under way. */
  private stop(linger: number): void {
    this.stopped = true
    this.attempt?.cancel()
    this.attemptOver()
    if (this.timer !== undefined) this.runtime.clearTimeout(this.timer)
    this.timer = undefined
    this.session?.finish(linger)
    this.session = undefined
  }

  private attemptOver(): void {
    this.attempt = undefined
    if (this.patience !== undefined) this.runtime.clearTimeout(this.patience)
    this.patience = undefined
  }

  private retry(): void {
    if (this.stopped) return
    const interval = nextInterval(this.options, this.interval, this.runtime)
    if (interval === undefined) return
    this.interval = interval.current
    this.timer = this.runtime.setTimeout(() => {
      this.dial()
    }, interval.wait)
    this.host.event({ type: "connect:retry", address: this.endpoint, interval: interval.wait })
  }

  // ConnectHandler

  onPending(): void {
    const { connectTimeout, socksProxy } = this.options
    const time = connectTimeout > 0 || socksProxy === undefined ? connectTimeout : PROXY_TIME
    if (time > 0) {
      this.patience = this.runtime.deadline(() => {
        this.attempt?.cancel()
        this.failed(true)
      }, time)
    }
    this.host.event({ type: "connect:delay", address: this.endpoint })
  }

  onConnect(stream: ByteStream): void {
    this.attemptOver()
    const session = this.openSession(stream, this)
    this.session = session
    this.host.event({ type: "connect", address: this.endpoint })
    if (this.session === session) session.start()
  }

  onError(_error: NodeJS.ErrnoException, tried: boolean): void {
    this.failed(tried)
  }

  private failed(tried: boolean): void {
    this.attemptOver()
    if (tried) this.host.event({ type: "close", address: this.endpoint })
    this.retry()
  }

  // SessionOwner

  spoiled(_session: PeerSession, messages: number): void {
    this.host.event({ type: "send:error", address: this.endpoint, messages })
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    this.host.authenticate(request, done)
  }

  establish(_session: PeerSession, peer: PeerInfo | undefined): SessionPipe {
    // Only now: a peer that accepts and refuses would else be called at the shortest interval for ever.
    this.interval = undefined
    const pipe = this.pipe ?? this.makePipe()
    pipe.peer = peer
    if (peer !== undefined) this.host.event({ type: "handshake", address: this.endpoint })
    return pipe
  }

  ended(_session: PeerSession, end: SessionEnd): void {
    this.session = undefined
    const address = this.endpoint
    if (end.error !== undefined) this.host.event({ type: "handshake:error", address, error: end.error })
    if (end.asked !== true) this.host.event({ type: "disconnect", address })
    if (this.stopped) return
    if (this.options.immediate && !this.closed) {
      this.pipe?.lost()
      this.pipe = undefined
    }
    // As in libzmq, a peer that broke the protocol is given up.
    if (this.options.reconnectInterval > 0 && !end.fault) {
      this.retry()
      this.pipe?.unblock()
    } else {
      this.pipe?.lost()
      this.abandoned(this)
    }
  }
}
