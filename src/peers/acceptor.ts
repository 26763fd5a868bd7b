/**
 * A bound endpoint and the connections that came in through it. Each connection is a session; it gets a pipe
 * when its handshake is complete, and takes it along when it ends.
 */
import type { ZapReply, ZapRequest } from "../security/zap.js"
import type { ByteStream, Listener, ListenHandler } from "../transports/transport.js"
import type { HandshakeError } from "../wire/errors.js"
import { DepartedPipes } from "./departed.js"
import type { PeerHost, PeerOptions } from "./host.js"
import { linger } from "./lingering.js"
import type { PeerInfo } from "./pipe.js"
import type { Runtime } from "./runtime.js"
import { SessionPipe } from "./session-pipe.js"
import type { OpenSession, PeerSession, SessionEnd, SessionOwner } from "./session.js"

export class Acceptor implements ListenHandler, SessionOwner {
  readonly runtime: Runtime
  readonly options: PeerOptions
  private readonly host: PeerHost
  private readonly openSession: OpenSession
  private listener: Listener | undefined
  /** Connections, and their pipes once there are any. */
  private readonly sessions = new Map<PeerSession, SessionPipe | undefined>()
  private readonly departed = new DepartedPipes()
  private closed = false

  constructor(host: PeerHost) {
    const { options, openSession } = host.snapshot()
    this.host = host
    this.runtime = host.runtime
    this.options = options
    this.openSession = openSession
  }

  /** The endpoint as bound, with wildcards resolved. */
  get endpoint(): string {
    return this.listener?.endpoint ?? ""
  }

  /** Called once, with what the transport has bound for this handler. */
  bound(listener: Listener): void {
    this.listener = listener
    this.host.event({ type: "bind", address: listener.endpoint })
  }

  /** The pipes of all established connections. */
  *pipes(): Iterable<SessionPipe> {
    for (const pipe of this.sessions.values()) if (pipe !== undefined) yield pipe
  }

  /**
   * Stops listening and ends all connections, each when its queue is sent or the linger time is over. Calls
   * `released` when the endpoint can be bound again and `done` when everything is over.
   */
  close(lingerMilliseconds: number, released: () => void, done: () => void): void {
    this.closed = true
    let open = this.sessions.size + 1
    const one = (): void => {
      if (--open === 0) done()
    }
    const { listener } = this
    if (listener === undefined) {
      released()
      one()
    } else {
      listener.close(error => {
        if (error === undefined) this.host.event({ type: "close", address: listener.endpoint })
        else this.host.event({ type: "close:error", address: listener.endpoint, error })
        released()
        one()
      })
    }
    for (const [session, pipe] of [...this.sessions]) {
      if (pipe === undefined) {
        session.destroy()
        this.sessions.delete(session)
        one()
        continue
      }
      pipe.end()
      linger(pipe, lingerMilliseconds, this.runtime, () => {
        session.finish(pipe.unsent === 0 ? lingerMilliseconds : 0)
        this.sessions.delete(session)
        one()
      })
    }
  }

  // ListenHandler

  onConnection(stream: ByteStream): void {
    if (this.closed) {
      stream.destroy()
      return
    }
    if (this.departed.full) {
      stream.destroy()
      const error = Object.assign(new Error("Too many messages of departed peers are unread"), {
        code: "ENOBUFS",
      })
      this.host.event({ type: "accept:error", address: this.endpoint, error })
      return
    }
    const session = this.openSession(stream, this)
    this.sessions.set(session, undefined)
    this.host.event({ type: "accept", address: this.endpoint })
    // Who heard of the event may have closed the socket.
    if (this.sessions.has(session)) session.start()
  }

  onError(error: NodeJS.ErrnoException): void {
    this.host.event({ type: "accept:error", address: this.endpoint, error })
  }

  // SessionOwner

  spoiled(session: PeerSession, messages: number): void {
    this.host.event({ type: "send:error", address: session.stream.localEndpoint, messages })
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    this.host.authenticate(request, done)
  }

  establish(session: PeerSession, peer: PeerInfo | undefined): SessionPipe {
    const address = session.stream.localEndpoint
    const pipe = new SessionPipe(address, this.host.listener, this.options, this.runtime)
    pipe.peer = peer
    this.sessions.set(session, pipe)
    this.host.attach(pipe)
    if (peer !== undefined) this.host.event({ type: "handshake", address })
    return pipe
  }

  ended(session: PeerSession, end: SessionEnd): void {
    const address = session.stream.localEndpoint
    const pipe = this.sessions.get(session)
    this.sessions.delete(session)
    if (end.error !== undefined) this.host.event({ type: "handshake:error", address, error: end.error })
    if (end.asked !== true) this.host.event({ type: "disconnect", address })
    if (pipe === undefined) return
    this.departed.add(pipe)
    pipe.lost()
  }
}
