/**
 * The endpoints of a socket: what it is bound to and connected to, over every transport, and the pipes that come of
 * it. It is to its connections what the socket is to them (PeerHost). When the user may call what, and what a call
 * rejects with, is the core's affair.
 */
import { constants } from "node:buffer"
import { Acceptor } from "../peers/acceptor.js"
import { Connecter } from "../peers/connecter.js"
import { DatagramConnecter } from "../peers/datagram-connecter.js"
import { DatagramPipe, type DatagramFormat } from "../peers/datagram-pipe.js"
import type { PeerEvent } from "../peers/events.js"
import type { PeerHost, PeerOptions } from "../peers/host.js"
import { InprocPipe, type InprocEnd } from "../peers/inproc-pipe.js"
import { linger } from "../peers/lingering.js"
import type { Pipe, PipeListener } from "../peers/pipe.js"
import type { Runtime } from "../peers/runtime.js"
import { SessionPipe } from "../peers/session-pipe.js"
import { rawSessions } from "../peers/raw-session.js"
import { zmtpSessions, type OpenSession } from "../peers/session.js"
import { warmUp } from "../peers/warm-up.js"
import { ZAP_NAME, type ZapReply, type ZapRequest } from "../security/zap.js"
import { parseEndpoint, type Endpoint } from "../transports/endpoint.js"
import type { InprocBinder } from "../transports/inproc.js"
import { allocateShared } from "../transports/threads.js"
import type {
  DatagramOptions,
  DatagramPort,
  DatagramTransport,
  Listener,
  SocksProxy,
  Transport,
} from "../transports/transport.js"
import type { HandshakeError } from "../wire/errors.js"
import type { SocketType } from "../wire/socket-types.js"
import type { ContextCore, Transports } from "./context.js"
import { errnoError } from "./errors.js"
import { holdLingering, releaseLingering } from "./lifetime.js"
import { EMPTY, type OptionValues } from "./options.js"
import type { Pattern } from "./pattern.js"
import { securitySettings } from "./security.js"
import { askZapHandler } from "./zap.js"

/** What a bind fails with before it asks the system for a socket. */
const UNRESOLVED = new Set(["EINVAL", "ENODEV", "ENAMETOOLONG", "ENOTSUP"])

/** The types that send one message to many peers, so that none of them may have its memory for itself. */
const FANNED_OUT: ReadonlySet<string> = new Set(["PUB", "XPUB", "RADIO"])

/** A bound or connected endpoint. */
interface Place {
  /** The name under which it can be unbound or disconnected. */
  readonly name: string
  pipes(): Iterable<SessionPipe | DatagramPipe>
  /** Connects again if the last attempt has failed for good; whether it does. */
  restart?(): boolean
  /** `released` when the name is free again, `done` when nothing more is sent. */
  close(lingerMilliseconds: number, released: () => void, done: () => void): void
}

/** What a socket is to its peers: a type of ZMTP, or one that speaks none and passes on streams or datagrams. */
export type WireType = SocketType | "STREAM" | "DGRAM"

/** What udp is to a socket type that uses it. */
export interface DatagramUse {
  readonly transport: DatagramTransport
  readonly format: DatagramFormat
  /** Whether the type receives datagrams, at a bound endpoint, or sends them to one. */
  readonly role: "bind" | "connect"
  /** The type uses udp alone, and has one endpoint at a time. */
  readonly alone: boolean
}

/** The socket that the endpoints belong to. */
export interface EndpointsOwner {
  readonly context: ContextCore
  readonly socketType: WireType
  readonly values: OptionValues
  readonly pattern: Pattern
  /** For the types that use udp. */
  readonly datagrams: DatagramUse | undefined
  /** Whether received parts may share memory; may change at any time. */
  readonly shareMemory: boolean
  event(event: PeerEvent): void
}

export class Endpoints implements PeerHost, InprocBinder<InprocEnd> {
  readonly runtime: Runtime
  /** The endpoint last bound, wildcards resolved, or last connected to, as given (ZMQ_LAST_ENDPOINT). */
  last: string | undefined

  private readonly owner: EndpointsOwner
  private readonly places: Place[] = []
  /** Places that were given up and still have something to send. */
  private readonly leaving = new Set<Place>()
  private readonly inprocPipes = new Set<InprocPipe>()

  constructor(owner: EndpointsOwner) {
    this.owner = owner
    this.runtime = owner.context.runtime
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.places.length > 0
  }

  async bind(endpoint: string): Promise<void> {
    const { protocol, address } = this.parse(endpoint)
    if (protocol === "inproc") {
      this.bindInproc(endpoint, address)
      return
    }
    if (protocol === "udp") {
      const use = this.datagramsFor("bind")
      const pipe = this.makeDatagramPipe(endpoint, use)
      this.boundDatagrams(pipe, await use.transport.listen(address, this.datagramOptions(), pipe))
      return
    }
    const acceptor = new Acceptor(this)
    try {
      const transport = this.checked(protocol, address, "bind")
      this.bound(acceptor, await transport.listen(address, acceptor.options, acceptor))
    } catch (error) {
      throw this.bindFailed(endpoint, address, error)
    }
  }

  bindSync(endpoint: string): void {
    const { protocol, address } = this.parse(endpoint)
    if (protocol === "inproc") {
      this.bindInproc(endpoint, address)
      return
    }
    if (protocol === "udp") {
      const use = this.datagramsFor("bind")
      const pipe = this.makeDatagramPipe(endpoint, use)
      this.boundDatagrams(pipe, use.transport.listenSync(address, this.datagramOptions(), pipe))
      return
    }
    const acceptor = new Acceptor(this)
    try {
      const transport = this.checked(protocol, address, "bind")
      this.bound(acceptor, transport.listenSync(address, acceptor.options, acceptor))
    } catch (error) {
      throw this.bindFailed(endpoint, address, error)
    }
  }

  connect(endpoint: string): void {
    const { protocol, address } = this.parse(endpoint)
    if (protocol === "inproc") this.connectInproc(endpoint, address, this.takeGivenId())
    else if (protocol === "udp") this.connectDatagrams(endpoint, address)
    else {
      const transport = this.checked(protocol, address, "connect")
      const known = this.find(endpoint)
      const named = this.owner.values.connectRoutingId.length > 0
      // With reconnection off the user tries again by hand: what is queued for the place arrives too.
      const restarted = !named && known.some(place => place.restart?.() === true)
      // A second connection to the same place would gain these types nothing (zmq_connect: "is_single_connect").
      if (!restarted && !(this.isSingleConnect() && known.length > 0)) {
        this.dial(transport, endpoint, address, this.takeGivenId())
      }
    }
    this.last = endpoint
  }

  /** Gives up an endpoint; throws `ENOENT` when there is none of that name. */
  leave(endpoint: string, released: () => void): void {
    this.parse(endpoint)
    let places = this.find(endpoint)
    // libzmq looks for the resolved name too.
    if (places.length === 0) places = this.find(endpoint.replace("tcp://localhost:", "tcp://127.0.0.1:"))
    if (places.length === 0) throw errnoError("ENOENT")
    let held = places.length
    for (const place of places) {
      this.places.splice(this.places.indexOf(place), 1)
      this.closePlace(
        place,
        () => {
          if (--held === 0) released()
        },
        () => undefined,
      )
    }
  }

  /** Gives up all. Calls `released` when all names are free again, and `done` when nothing more is to be sent. */
  close(released: () => void, done: () => void): void {
    const places = this.places.splice(0)
    let held = places.length
    let open = places.length
    for (const place of places) {
      this.closePlace(
        place,
        () => {
          if (--held === 0) released()
        },
        () => {
          if (--open === 0) done()
        },
      )
    }
    for (const pipe of [...this.inprocPipes]) pipe.leave()
    if (places.length > 0) return
    released()
    done()
  }

  private closePlace(place: Place, released: () => void, done: () => void): void {
    this.leaving.add(place)
    holdLingering(this.owner.context.values.blocky)
    place.close(this.owner.values.linger, released, () => {
      this.leaving.delete(place)
      releaseLingering()
      done()
    })
  }

  /** The process ends: hands the kernel what is unsent, and waits for it for at most this long, in milliseconds. */
  flushAtExit(linger: number): void {
    for (const place of [...this.places, ...this.leaving]) {
      for (const pipe of place.pipes()) if (pipe instanceof SessionPipe) pipe.flushAtExit(linger)
    }
  }

  /** The pipes to peers outside this process. */
  *sessionPipes(): Iterable<SessionPipe | DatagramPipe> {
    for (const place of this.places) yield* place.pipes()
  }

  /** The linger time has changed: places that were given up before linger no longer than that from now. */
  shortenLinger(): void {
    const milliseconds = this.owner.values.linger
    if (milliseconds < 0) return
    for (const place of [...this.leaving]) {
      for (const pipe of [...place.pipes()]) {
        if (!(pipe instanceof SessionPipe)) continue
        linger(pipe, milliseconds, this.runtime, () => {
          pipe.lost()
        })
      }
    }
  }

  /** High-water marks have changed. */
  updateMarks(): void {
    const { sendHighWaterMark, receiveHighWaterMark } = this.owner.values
    for (const pipe of [...this.sessionPipes(), ...this.inprocPipes]) {
      pipe.setMarks(sendHighWaterMark, receiveHighWaterMark)
    }
  }

  /** Splits an endpoint; throws `ENOCOMPATPROTO` for what sockets of this type cannot use. */
  private parse(endpoint: string): Endpoint {
    const parsed = parseEndpoint(endpoint)
    const { datagrams } = this.owner
    if (parsed.protocol === "udp" ? datagrams === undefined : datagrams?.alone === true) {
      throw errnoError("ENOCOMPATPROTO")
    }
    return parsed
  }

  /** The transport of a protocol, which has found nothing wrong with the address. */
  private checked(protocol: keyof Transports, address: string, role: "bind" | "connect"): Transport {
    const transport = this.owner.context.transports[protocol]
    transport.check(address, role)
    if (role === "bind" && this.owner.socketType !== "STREAM") warmUp()
    return transport
  }

  private bound(acceptor: Acceptor, listener: Listener): void {
    acceptor.bound(listener)
    this.last = listener.endpoint
    this.places.push({
      name: listener.endpoint,
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

  /** ZMQ_CONNECT_ROUTING_ID is for one connection. */
  private takeGivenId(): Buffer {
    const { values } = this.owner
    const id = values.connectRoutingId
    values.connectRoutingId = EMPTY
    return id
  }

  private dial(transport: Transport, endpoint: string, address: string, givenId: Buffer): void {
    const connecter = new Connecter(this, transport, endpoint, address, givenId, () => {
      const index = this.places.indexOf(place)
      if (index >= 0) this.places.splice(index, 1)
    })
    const place: Place = {
      name: endpoint,
      pipes: () => connecter.pipes(),
      restart: () => {
        const { resting } = connecter
        if (resting) connecter.restart()
        return resting
      },
      close: (milliseconds, released, done) => {
        connecter.close(milliseconds, done)
        released()
      },
    }
    this.places.push(place)
    connecter.start()
  }

  private isSingleConnect(): boolean {
    return ["DEALER", "SUB", "PUB", "REQ"].includes(this.owner.socketType)
  }

  private find(endpoint: string): Place[] {
    return this.places.filter(place => place.name === endpoint)
  }

  // udp

  private datagramsFor(role: "bind" | "connect"): DatagramUse {
    const { datagrams } = this.owner
    if (datagrams?.role !== role) throw errnoError("ENOCOMPATPROTO")
    if (datagrams.alone && this.any) throw errnoError("EINVAL")
    return datagrams
  }

  private makeDatagramPipe(endpoint: string, { format }: DatagramUse): DatagramPipe {
    return new DatagramPipe(endpoint, this.owner.pattern, format, this.owner.values)
  }

  private datagramOptions(): DatagramOptions {
    const { ipv6, sendBufferSize, receiveBufferSize, multicastHops, multicastLoop } = this.owner.values
    return { ipv6, sendBufferSize, receiveBufferSize, multicastHops, multicastLoop }
  }

  private boundDatagrams(pipe: DatagramPipe, port: DatagramPort): void {
    pipe.open(port)
    this.last = port.endpoint
    this.places.push({
      name: port.endpoint,
      pipes: () => [pipe],
      close: (milliseconds, released, done) => {
        pipe.end()
        linger(pipe, milliseconds, this.runtime, () => {
          port.close(() => {
            released()
            done()
          })
        })
      },
    })
    this.attach(pipe)
  }

  private connectDatagrams(endpoint: string, address: string): void {
    const use = this.datagramsFor("connect")
    const pipe = this.makeDatagramPipe(endpoint, use)
    const { values } = this.owner
    const options = this.datagramOptions()
    const connecter = new DatagramConnecter(pipe, this.runtime, values, event => {
      this.event(event)
    })
    connecter.start(() => use.transport.connect(address, options, connecter))
    this.places.push({
      name: endpoint,
      pipes: () => [pipe],
      close: (milliseconds, released, done) => {
        connecter.close(milliseconds, done)
        released()
      },
    })
    this.attach(pipe)
  }

  // inproc

  private bindInproc(endpoint: string, name: string): void {
    this.owner.context.names.bind(name, this)
    this.last = endpoint
    this.places.push({
      name: endpoint,
      pipes: () => [],
      close: (_milliseconds, released, done) => {
        this.owner.context.names.unbind(name)
        released()
        done()
      },
    })
  }

  private connectInproc(endpoint: string, name: string, givenId: Buffer): void {
    const pipe = this.makeInprocPipe(endpoint)
    pipe.givenId = givenId
    this.places.push({
      name: endpoint,
      pipes: () => [],
      close: (_milliseconds, released, done) => {
        pipe.leave()
        // What it was given before anybody had bound the name waits for that.
        if (!pipe.departed) this.owner.context.names.forget(name, pipe)
        released()
        done()
      },
    })
    this.attach(pipe)
    this.owner.context.names.connect(name, pipe)
  }

  /** Joins a socket of the same context that connects to a name of ours. */
  accept(peer: InprocEnd): void {
    const pipe = this.makeInprocPipe(peer.endpoint)
    InprocPipe.join(peer, pipe)
    this.attach(pipe)
    pipe.open()
    peer.open()
  }

  private makeInprocPipe(endpoint: string): InprocPipe {
    const pipe = new InprocPipe(endpoint, this.owner.pattern, this.owner.values, left => {
      this.inprocPipes.delete(left)
    })
    pipe.sole = !FANNED_OUT.has(this.owner.socketType)
    this.inprocPipes.add(pipe)
    return pipe
  }

  // PeerHost

  get listener(): PipeListener {
    return this.owner.pattern
  }

  attach(pipe: Pipe): void {
    this.owner.pattern.attach(pipe)
  }

  event(event: PeerEvent): void {
    this.owner.event(event)
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    const handler = this.owner.context.names.find(ZAP_NAME)
    if (handler === undefined) done(null)
    else askZapHandler(handler, request, done)
  }

  snapshot(): { readonly options: PeerOptions; readonly openSession: OpenSession } {
    const { values } = this.owner
    return {
      options: {
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
        socksProxy: socksProxy(values),
      },
      openSession: this.sessions(),
    }
  }

  private sessions(): OpenSession {
    const { owner } = this
    const { values, socketType } = owner
    if (socketType === "STREAM" || socketType === "DGRAM") return rawSessions(values.notify)
    const { maxMessageSize } = values
    const options = {
      socketType,
      routingId: values.routingId,
      maxFrameSize:
        maxMessageSize < 0 ? constants.MAX_LENGTH : Math.min(maxMessageSize, constants.MAX_LENGTH),
      handshakeInterval: values.handshakeInterval,
      heartbeatInterval: values.heartbeatInterval,
      heartbeatTimeout: values.heartbeatTimeout,
      heartbeatTimeToLive: values.heartbeatTimeToLive,
      get shareMemory() {
        return owner.shareMemory
      },
      allocateShared,
    }
    return zmtpSessions(options, securitySettings(socketType, values))
  }
}

function socksProxy({
  socksProxy: address,
  socksUsername,
  socksPassword,
}: OptionValues): SocksProxy | undefined {
  if (address.length === 0) return undefined
  return { address: address.toString(), username: socksUsername, password: socksPassword }
}
