/**
 * One connection from its first byte to its last, as a state machine: greeting, handshake, traffic, closed.
 * It joins a stream of bytes to a pipe: bytes become messages, messages become bytes; it answers PINGs, keeps
 * deadlines, and ends the connection when the peer breaks the rules. Who connects again, and which message goes
 * where, is not decided here.
 */
import type { Cipher, Mechanism, MechanismHost } from "../security/mechanism.js"
import type { ZapReply, ZapRequest } from "../security/zap.js"
import type { ByteStream, StreamHandler } from "../transports/transport.js"
import {
  buildCancel,
  buildJoin,
  buildLeave,
  buildPing,
  buildPong,
  buildSubscribe,
  commandData,
  commandName,
  parsePing,
} from "../wire/commands.js"
import { ownPrefixed } from "../wire/bytes.js"
import { Decoder, HEAP_LIMIT, MalformedFrame, MAX_PARTS, type MessageQueue } from "../wire/decoder.js"
import { Encoder, translate } from "../wire/encoder.js"
import { HandshakeFailure, ProtocolError, type HandshakeError } from "../wire/errors.js"
import type { Message } from "../wire/frames.js"
import { GreetingReader, type PeerGreeting } from "../wire/greeting.js"
import type { Metadata } from "../wire/metadata.js"
import type { SocketType } from "../wire/socket-types.js"
import { Heartbeat, type HeartbeatHost, type HeartbeatOptions } from "./heartbeat.js"
import type { PipeSession, SessionPipe } from "./session-pipe.js"
import { Parting } from "./parting.js"
import type { Runtime, Timer } from "./runtime.js"
import type { PeerInfo } from "./pipe.js"

/** Largest frame that a peer may send before its handshake is complete, in bytes. */
export const HANDSHAKE_FRAME_LIMIT = 8 * 1024

/** While a write is under way at most this many PINGs are answered, so that a flood of them piles up nothing. */
const PONGS_WAITING = 4

/** Subscriptions leave when this many bytes wait, or with the next flush. */
const CONTROL_BATCH = 64 * 1024

/** Most bytes that are copied together at the end of a handshake. */
const LONGEST_JOINED = 4096

/** Bytes of the longest routing id (15/ZMTP, 23/ZMTP §The Identity Property). */
const LONGEST_ID = 255

const NOTHING = Buffer.alloc(0)
const NO_CHUNKS: readonly Uint8Array[] = []

/** What a session needs to know of its socket. Values as in the options of the same name. */
export interface SessionOptions extends HeartbeatOptions {
  readonly socketType: SocketType
  readonly routingId: Buffer
  /** Largest frame that may be received, in bytes: ZMQ_MAXMSGSIZE, and what a Buffer can hold. */
  readonly maxFrameSize: number
  readonly handshakeInterval: number
  /** ZMQ_HEARTBEAT_TTL, milliseconds. */
  readonly heartbeatTimeToLive: number
  /** Whether parts may share memory: the `zeroCopyReceive` of the moment. */
  readonly shareMemory?: boolean
  /** Makes that memory. */
  readonly allocateShared?: (bytes: number) => Buffer
}

/** The security of a socket: which mechanism it speaks, and how to start one. */
export interface SecuritySettings {
  readonly mechanism: string
  readonly asServer: boolean
  /** Whether ZMTP 1.0 and 2.0 peers, which know no security, may connect. */
  readonly allowLegacy: boolean
  /**
   * Whether our first command depends on nothing that the peer says: it then leaves together with our greeting, before
   * the peer's is complete. False when left out.
   */
  readonly eager?: boolean
  create(host: MechanismHost, peerAddress: string): Mechanism
}

/** How a connection ended, for the events. */
export interface SessionEnd {
  /** Whether the peer broke the rules, or was refused, so that connecting to it again is of no use. */
  readonly fault: boolean
  /** Whether this side asked for it, so that there is nothing to tell and nothing to connect again. */
  readonly asked?: boolean
  /** What the event says, when there is one besides `disconnect`. */
  readonly error?: HandshakeError
}

/** One connection, as whoever made it sees it. */
export interface PeerSession {
  readonly stream: ByteStream
  start(): void
  /** Closes at once, without a word to the owner. */
  destroy(): void
  /**
   * Says goodbye: what was written still arrives, and what the peer sends is dropped.
   * @param linger The linger time of the socket, in milliseconds; -1 for ever.
   */
  finish(linger?: number): void
}

/** Whoever made the connection: the connecter or the acceptor. */
export interface SessionOwner {
  readonly runtime: Runtime
  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void
  /**
   * Messages may flow. Gives the pipe that they go through, not yet attached.
   * @param peer What the handshake told, if there is any with these sessions.
   */
  establish(session: PeerSession, peer: PeerInfo | undefined): SessionPipe
  /** The connection is over; called once, and not after {@link PeerSession.destroy}. */
  ended(session: PeerSession, end: SessionEnd): void
  /** Messages were dropped, since the program took away the memory of a part before it was written. */
  spoiled(session: PeerSession, messages: number): void
}

/** Makes the session of a new connection; what it speaks depends on the socket that the connection is for. */
export type OpenSession = (stream: ByteStream, owner: SessionOwner) => PeerSession

/** An array to fill: V8 puts `push` in line for this class beside Queue, which it does not for an array itself. */
class Batch implements MessageQueue {
  private readonly messages: Message[]

  constructor(messages: Message[]) {
    this.messages = messages
  }

  push(message: Message): void {
    this.messages.push(message)
  }
}

/** Some chunks as one, when they are short: that is a third of the cost of writing several. */
function joined(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  return chunks.length > 1 && length <= LONGEST_JOINED ? [Buffer.concat(chunks, length)] : chunks
}

/** Sessions that speak ZMTP. */
export function zmtpSessions(options: SessionOptions, security: SecuritySettings): OpenSession {
  return (stream, owner) => new Session(stream, owner, options, security)
}

type State = "greeting" | "handshake" | "identity" | "traffic" | "closed"

export class Session implements PeerSession, StreamHandler, MechanismHost, HeartbeatHost, PipeSession {
  /** Whether bytes wait to be decoded until the pipe has room. */
  stalled = false

  readonly stream: ByteStream
  private readonly owner: SessionOwner
  private readonly runtime: Runtime
  private readonly options: SessionOptions
  private readonly security: SecuritySettings

  private state: State = "greeting"
  private readonly greeting: GreetingReader
  private mechanism: Mechanism | undefined
  private decoder: Decoder | undefined
  private pipe: SessionPipe | undefined
  private version: PeerInfo["version"] = 3
  /** The peer is so old that it sends no subscriptions. */
  private unversioned = false

  /** Bytes of the greeting, and frames that are not messages; both go before the messages of the pipe. */
  private raw: Uint8Array[] = []
  private readonly control = new Encoder()
  /** A write is under way: nothing more may be written. */
  private writing = false
  /** PONGs are to leave when what has come is decoded: those to all PINGs of one read go together. */
  private replying = false
  /** What is due before and with the end of the handshake waits until the chunk is read, and leaves in one write. */
  private gathering = false
  /** PINGs that were answered before the decoder came to them. */
  private pingsAhead = 0
  /** PINGs answered since the last write. */
  private pongs = 0
  /** A PING that waits for the next write, and one that the kernel has not taken. */
  private pingWaiting = false
  private pingLeaving = false
  private paused = false

  private parting: Parting | undefined
  private deadline: Timer | undefined
  private readonly heartbeat: Heartbeat

  /** Parts of an encrypted message that is not complete. */
  private opened: Message = []

  constructor(stream: ByteStream, owner: SessionOwner, options: SessionOptions, security: SecuritySettings) {
    this.stream = stream
    this.owner = owner
    this.runtime = owner.runtime
    this.options = options
    this.security = security
    this.heartbeat = new Heartbeat(options, owner.runtime, this)
    this.greeting = new GreetingReader({
      socketType: options.socketType,
      routingId: options.routingId,
      mechanism: security.mechanism,
      asServer: security.asServer,
      allowLegacy: security.allowLegacy,
    })
  }

  start(): void {
    const { handshakeInterval } = this.options
    if (handshakeInterval > 0) {
      this.deadline = this.runtime.deadline(() => {
        this.endHandshake(new HandshakeFailure("EAGAIN", "The handshake took too long"))
      }, handshakeInterval)
    }
    this.stream.start(this)
    this.raw.push(this.greeting.start())
    this.transmit()
  }

  /** Whether messages flow. */
  get established(): boolean {
    return this.state === "traffic"
  }

  /** Closes at once, without a word to the owner. */
  destroy(): void {
    if (this.quit()) this.stream.destroy()
  }

  finish(linger = 0): void {
    this.sendGathered()
    if (this.quit()) this.part(linger)
  }

  /** The peer broke a rule of the pattern or of the framing. */
  fault(reason: string): void {
    if (this.state === "closed") return
    if (this.state === "traffic") this.over({ fault: true })
    else this.endHandshake(new ProtocolError("ERR_ZMTP_UNSPECIFIED", reason))
  }

  /** Subscribes or cancels at the peer: by command since ZMTP 3.1, before that by message. Not sent at once. */
  subscription(subscribe: boolean, topic: Uint8Array): void {
    // RADIO and DISH came with ZMTP 3.1; as in libzmq, peers of 3.0 are told in the same way.
    if (this.options.socketType === "DISH") {
      if (this.version >= 3) this.control.command(subscribe ? buildJoin(topic) : buildLeave(topic))
    } else if (this.version === 3.1) {
      this.control.command(subscribe ? buildSubscribe(topic) : buildCancel(topic))
    } else this.control.message([ownPrefixed(subscribe ? 1 : 0, topic)])
    if (this.control.byteLength >= CONTROL_BATCH) this.transmit()
  }

  /** Hands what waits to the stream, piece by piece, until the kernel takes no more. */
  transmit(): void {
    while (!this.writing && !this.gathering && this.state !== "closed" && this.waits) {
      const chunks = this.nextChunks()
      // Nothing remains of messages that were all spoiled.
      if (chunks.length === 0 || this.stream.write(chunks)) this.sent()
      else this.writing = true
    }
  }

  /** Whether anything is to be written. */
  private get waits(): boolean {
    if (this.control.byteLength > 0 || this.raw.length > 0) return true
    return this.pipe !== undefined && this.pipe.encoder.byteLength > 0
  }

  transmitAtExit(linger: number): void {
    if (this.state === "closed") return
    this.stream.writeAtExit(this.nextChunks(Infinity), linger)
    // No event will say that an earlier write is through, and what listeners for the end send later goes after it.
    this.writing = false
  }

  /** What is to be written next: commands first, and some of what the pipe holds. */
  private nextChunks(most?: number): readonly Uint8Array[] {
    const { pipe, mechanism } = this
    let chunks = this.control.byteLength > 0 ? this.control.take() : NO_CHUNKS
    if (this.pingWaiting) {
      this.pingWaiting = false
      this.pingLeaving = true
    }
    if (pipe !== undefined && pipe.encoder.byteLength > 0) {
      const messages = pipe.take(most)
      chunks = chunks.length > 0 ? chunks.concat(messages) : messages
      const spoiled = pipe.takeSpoiled()
      if (spoiled > 0) this.owner.spoiled(this, spoiled)
    }
    if (
      chunks.length > 0 &&
      (this.version === 1 || (mechanism?.cipher !== undefined && pipe !== undefined))
    ) {
      chunks = translate(chunks, this.version === 1 ? 1 : 2, mechanism?.cipher)
    }
    if (this.raw.length > 0) {
      chunks = joined(this.raw.concat(chunks))
      this.raw = []
    }
    return chunks
  }

  private sendGathered(): void {
    if (!this.gathering) return
    this.gathering = false
    this.transmit()
  }

  // StreamHandler

  space(): Buffer | undefined {
    return this.decoder?.space()
  }

  onData(chunk: Buffer, lent: boolean): void {
    this.heartbeat.heard()
    this.parting?.heard()
    this.gathering = this.state !== "traffic"
    if (this.state === "greeting") this.readGreeting(chunk, lent)
    else if (this.decoder !== undefined && this.state !== "closed") {
      // Only the last chunk waits as bytes, as long as there is room.
      if (this.stalled) this.pump("room")
      this.decoder.push(chunk, lent)
      this.pump()
    }
    if (this.gathering) this.sendGathered()
    if (this.stalled) this.lookAhead()
    this.holdBack()
    this.decoder?.settle()
  }

  onDrain(): void {
    if (this.state === "closed") return
    this.writing = false
    this.sent()
    this.transmit()
  }

  onClose(error?: NodeJS.ErrnoException): void {
    this.parting?.over()
    if (this.state === "closed") return
    if (this.state !== "traffic") {
      // A peer that refuses our greeting leaves READY unread behind it: the system tells us by a reset.
      const refused =
        this.state === "greeting" && this.mechanism !== undefined && error?.code === "ECONNRESET"
      // Not endHandshake(), which says goodbye: there is nobody left to hear it.
      this.quit()
      const code = refused ? "EPIPE" : (error?.code ?? "EPIPE")
      const failure = new HandshakeFailure(code, "The connection was lost during the handshake")
      this.owner.ended(this, { fault: false, error: failure })
      return
    }
    this.over({ fault: false })
  }

  // MechanismHost

  send(body: Buffer): void {
    this.control.command(body)
    this.transmit()
  }

  ready(metadata: Metadata): void {
    this.establish(metadata.get("Identity") ?? NOTHING)
  }

  fail(error: HandshakeError): void {
    this.endHandshake(error)
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    this.owner.authenticate(request, outcome => {
      if (this.state === "closed") return
      this.gathering = true
      done(outcome)
      this.pump()
      this.sendGathered()
      this.holdBack()
    })
  }

  // Inbound

  private readGreeting(chunk: Buffer, lent: boolean): void {
    const step = this.greeting.push(chunk)
    if (step.send !== undefined) this.raw.push(step.send)
    if (step.fault !== undefined) {
      this.endHandshake(step.fault)
      return
    }
    if (step.current === true && this.security.eager === true) this.startMechanism()
    if (step.done !== undefined) this.negotiated(step.done, step.rest, lent)
  }

  private startMechanism(): void {
    if (this.mechanism !== undefined) return
    this.mechanism = this.security.create(this, this.stream.peerAddress)
    this.mechanism.start()
  }

  /** Both sides know which version to speak. */
  private negotiated(peer: PeerGreeting, rest: Buffer, lent: boolean): void {
    const framing = peer.version === "1.0" ? 1 : 2
    const { allocateShared } = this.options
    this.decoder = new Decoder({ framing, maxFrameSize: HANDSHAKE_FRAME_LIMIT, allocateShared })
    // The flags of a 1.0 peer's identity mean nothing (13/ZMTP §The Connection Layer).
    this.decoder.single = framing === 1
    this.decoder.push(rest, lent)
    if (peer.version === "1.0" || peer.version === "2.0") {
      this.version = framing
      this.unversioned = peer.unversioned
      this.state = "identity"
    } else {
      this.version = peer.version === "3.0" ? 3 : 3.1
      this.state = "handshake"
      this.startMechanism()
    }
    this.pump()
  }

  /** Decodes what has come, as far as the pipe wants it, or else as it has room. */
  pump(extent: "wanted" | "room" = "wanted"): void {
    if (this.decoder === undefined || this.state === "closed") return
    try {
      while (this.state === "handshake") if (!this.nextHandshakeFrame(this.decoder)) return
      if (this.state === "identity" && !this.readIdentity(this.decoder)) return
      this.decode(extent)
    } catch (error) {
      this.blame(error)
    }
    this.reply()
  }

  /** Answers all PINGs that were found. */
  private reply(): void {
    if (!this.replying) return
    this.replying = false
    this.transmit()
  }

  /** Hands the pipe what has come, whatever the high-water mark says: nothing else will be taken from the peer. */
  decodeAll(): void {
    if (!this.stalled) return
    this.stalled = false
    try {
      this.decode("all")
    } catch (error) {
      // The connection is at its end already.
      if (!(error instanceof ProtocolError || error instanceof MalformedFrame)) throw error
    }
  }

  private blame(error: unknown): void {
    this.stalled = false
    if (error instanceof ProtocolError) {
      this.over({ fault: true, error })
    } else if (error instanceof MalformedFrame) this.fault(error.message)
    else throw error
  }

  /** False when more bytes are needed. */
  private nextHandshakeFrame(decoder: Decoder): boolean {
    const kind = decoder.next()
    if (kind === undefined) return false
    if (kind === "message") {
      throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "A message before the handshake was complete")
    }
    this.mechanism?.receive(decoder.command)
    return true
  }

  /** Peers of ZMTP 1.0 and 2.0 open with their routing id in a message (13/ZMTP, 15/ZMTP). */
  private readIdentity(decoder: Decoder): boolean {
    const kind = decoder.next()
    if (kind === undefined) return false
    decoder.single = false
    const [id = NOTHING, ...more] = decoder.message
    if (kind === "command" || more.length > 0 || id.length > LONGEST_ID) {
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "The first message is no routing id")
    }
    this.establish(id)
    return true
  }

  /** The next message; commands before it are obeyed. Undefined when more bytes are needed. */
  private next(): Message | undefined {
    const { decoder } = this
    if (decoder === undefined) return undefined
    const cipher = this.mechanism?.cipher
    for (;;) {
      const kind = decoder.next()
      if (kind === undefined || this.state !== "traffic") return undefined
      if (cipher !== undefined) {
        const [sealed = NOTHING, ...others] = kind === "message" ? decoder.message : [decoder.command]
        if (others.length > 0) throw new MalformedFrame("an encrypted frame with MORE set")
        const message = this.open(cipher, sealed)
        if (message !== undefined) return message
      } else if (kind === "message") return decoder.message
      else this.onCommand(decoder.command)
    }
  }

  /** Decodes as far as the pipe wants it or has room, or all. Hot path: most messages come in bursts. */
  private decode(extent: "wanted" | "room" | "all"): void {
    const { pipe, decoder } = this
    if (pipe === undefined || decoder === undefined) return
    decoder.ownLimit = this.ownLimit
    const sealed = this.mechanism?.cipher !== undefined
    while (this.state === "traffic" && (extent === "all" || pipe[extent] > 0)) {
      const message = this.next()
      if (message === undefined) break
      pipe.deliver(message)
      if (!sealed) pipe.deliverBurst(decoder, extent === "all" ? Infinity : pipe[extent])
    }
    if (this.state !== "traffic") return
    this.stalled = decoder.pending
    if (this.stalled || !this.paused) return
    this.paused = false
    this.stream.resume()
  }

  pumpInto(into: Message[], most: number, copy: boolean): void {
    const { decoder } = this
    if (decoder === undefined) return
    decoder.ownLimit = copy ? this.ownLimit : 0
    const sealed = this.mechanism?.cipher !== undefined
    const queue = new Batch(into)
    try {
      while (this.state === "traffic" && into.length < most) {
        const message = this.next()
        if (message === undefined) break
        queue.push(message)
        if (!sealed) decoder.burst(queue, most - into.length)
      }
    } catch (error) {
      this.blame(error)
    }
    // A queue that is found empty would not be asked again while bytes wait.
    this.pump()
  }

  /** Answers PINGs that wait behind messages which nobody has read yet. */
  private lookAhead(): void {
    // Encrypted commands come in order only, since each is opened with the number of the last one.
    const { decoder, pipe } = this
    if (decoder === undefined || pipe === undefined || this.mechanism?.cipher !== undefined) return
    try {
      if (decoder.commandCut && pipe.room > 0) {
        const message = this.next()
        if (message !== undefined) pipe.deliver(message)
      }
      for (const body of decoder.commandsAhead()) {
        if (commandName(body) !== "PING") continue
        this.onPing(body)
        this.pingsAhead++
      }
    } catch (error) {
      this.blame(error)
    }
    this.reply()
  }

  /** Parts of up to this many bytes get memory of their own. Where V8 has it cheaply, there is little to gain. */
  private get ownLimit(): number {
    return this.options.shareMemory === true ? HEAP_LIMIT : Infinity
  }

  /** Pauses the stream when what has come is as much as the pipe may hold, decoded or not. */
  private holdBack(): void {
    const { pipe, decoder } = this
    if (!this.stalled || this.paused || pipe === undefined || decoder === undefined) return
    if (decoder.upcoming(pipe.room) < pipe.room) return
    this.paused = true
    this.stream.pause()
  }

  /** Opens an encrypted frame; returns the message that it completes, if it does. */
  private open(cipher: Cipher, sealed: Buffer): Message | undefined {
    const { body, more, command } = cipher.open(sealed)
    if (command) {
      this.onCommand(body)
      return undefined
    }
    const { opened } = this
    opened.push(body)
    if (more) {
      if (opened.length >= MAX_PARTS) throw new MalformedFrame("a message of too many parts")
      return undefined
    }
    this.opened = []
    return opened
  }

  private onCommand(body: Buffer): void {
    const name = commandName(body)
    switch (name) {
      case "PING":
        if (this.pingsAhead > 0) this.pingsAhead--
        else this.onPing(body)
        break
      case "SUBSCRIBE":
      case "CANCEL":
        this.onSubscription(name === "SUBSCRIBE", commandData(body))
        break
      case "JOIN":
      case "LEAVE":
        this.pipe?.membership(name === "JOIN", commandData(body))
        break
      case "ERROR":
      case "READY":
        throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", `The peer sent ${name} after the handshake`)
      case "PONG":
        this.heartbeat.answered()
        break
      // Commands that nobody knows are ignored.
      default:
    }
  }

  /** To the pattern a subscription is the message that ZMTP 3.0 peers send. */
  private onSubscription(subscribe: boolean, topic: Buffer): void {
    const { socketType } = this.options
    if (socketType !== "PUB" && socketType !== "XPUB") return
    this.pipe?.deliver([ownPrefixed(subscribe ? 1 : 0, topic)])
  }

  // HeartbeatHost

  private onPing(body: Buffer): void {
    const { ttl, context } = parsePing(body)
    if (ttl > 0) this.heartbeat.expect(ttl * 100)
    if (this.writing && this.pongs >= PONGS_WAITING) return
    this.pongs++
    this.control.command(buildPong(context))
    this.replying = true
  }

  ping(): void {
    if (this.pingWaiting || this.pingLeaving) return
    this.control.command(buildPing(Math.floor(this.options.heartbeatTimeToLive / 100)))
    this.pingWaiting = true
    this.transmit()
  }

  get busy(): boolean {
    return this.writing
  }

  get heldBack(): boolean {
    return this.paused
  }

  silent(): void {
    this.over({ fault: false })
  }

  // The course of the connection

  private establish(routingId: Buffer): void {
    if (this.state === "closed") return
    if (this.deadline !== undefined) this.runtime.clearTimeout(this.deadline)
    this.deadline = undefined
    this.decoder?.setMaxFrameSize(this.options.maxFrameSize)
    this.state = "traffic"
    // The mechanism's last commands are not sealed, even when they wait.
    if (this.writing || this.gathering) {
      this.raw.push(...this.control.take())
      this.control.abandon()
    }
    this.transmit()
    const pipe = this.owner.establish(this, { version: this.version, routingId })
    // Who heard of it may have closed the socket.
    if (!this.established) return
    this.pipe = pipe
    pipe.attach(this)
    // As in libzmq, peers of ZMTP 3.0 get PINGs too: many know them, and the others ignore them.
    if (this.version >= 3) this.heartbeat.start()
    // A peer without versions cannot subscribe, so it gets everything and filters by itself.
    if (this.unversioned) this.onSubscription(true, NOTHING)
  }

  private endHandshake(error: HandshakeError): void {
    this.over({ fault: !(error instanceof HandshakeFailure), error })
  }

  private over(end: SessionEnd): void {
    this.sendGathered()
    if (!this.quit()) return
    // What was said last, such as ERROR, still goes out.
    if (end.error !== undefined) this.part()
    else this.stream.destroy()
    this.owner.ended(this, end)
  }

  private part(linger = 0): void {
    this.parting = new Parting(this.stream, this.runtime, linger)
  }

  /** False when the connection was over before, which the pattern may bring about by what it reads here. */
  private quit(): boolean {
    this.decodeAll()
    if (this.state === "closed") return false
    this.state = "closed"
    if (this.deadline !== undefined) this.runtime.clearTimeout(this.deadline)
    this.heartbeat.stop()
    this.pipe?.detach()
    this.pipe = undefined
    return true
  }

  private sent(): void {
    this.pongs = 0
    this.control.written()
    if (this.pingLeaving) {
      this.pingLeaving = false
      this.heartbeat.pinged()
    }
    this.pipe?.taken()
  }
}
