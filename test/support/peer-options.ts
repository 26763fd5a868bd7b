/** Options, listeners and hosts as a socket would give them to its peers, that remember what they are told. */
import type { PeerEvent } from "../../src/peers/events.js"
import type { PeerHost, PeerOptions } from "../../src/peers/host.js"
import type { Pipe, PipeListener } from "../../src/peers/pipe.js"
import {
  zmtpSessions,
  type OpenSession,
  type SecuritySettings,
  type SessionOptions,
} from "../../src/peers/session.js"
import { createMechanism } from "../../src/security/index.js"
import type { ZapReply, ZapRequest } from "../../src/security/zap.js"
import type { HandshakeError } from "../../src/wire/errors.js"
import type { Message, OutgoingMessage } from "../../src/wire/frames.js"
import type { SocketType } from "../../src/wire/socket-types.js"
import { FakeRuntime } from "./fake-runtime.js"

/** The options of a socket that speaks ZMTP. */
export interface ZmtpPeerOptions extends PeerOptions, SessionOptions {}

export function peerOptions(options: Partial<ZmtpPeerOptions> = {}): ZmtpPeerOptions {
  return {
    socketType: "DEALER",
    routingId: Buffer.alloc(0),
    maxFrameSize: 2 ** 31,
    handshakeInterval: 30_000,
    heartbeatInterval: 0,
    heartbeatTimeout: -1,
    heartbeatTimeToLive: 0,
    sendHighWaterMark: 1000,
    receiveHighWaterMark: 1000,
    conflate: false,
    immediate: false,
    reconnectInterval: 100,
    reconnectMaxInterval: 0,
    ipv6: false,
    backlog: 511,
    tcpKeepalive: -1,
    tcpKeepaliveIdle: -1,
    tcpAcceptFilters: [],
    connectTimeout: 0,
    ...options,
  }
}

export function nullSecurity(socketType: SocketType, zapDomain = ""): SecuritySettings {
  return {
    mechanism: "NULL",
    asServer: false,
    allowLegacy: zapDomain === "",
    eager: zapDomain === "",
    create: (host, peerAddress) =>
      createMechanism(
        "NULL",
        "client",
        {
          socketType,
          routingId: Buffer.alloc(0),
          peerAddress,
          zapDomain,
          zapEnforceDomain: true,
          plainUsername: "",
          plainPassword: "",
        },
        host,
      ),
  }
}

/** A pattern that writes down what its pipes tell it. */
export class FakeListener implements PipeListener {
  readonly told: string[] = []
  /** Called with each notice after it was written down. */
  react: ((notice: string, pipe: Pipe) => void) | undefined

  #note(notice: string, pipe: Pipe): void {
    this.told.push(notice)
    this.react?.(notice, pipe)
  }

  readable(pipe: Pipe): void {
    this.#note("readable", pipe)
  }

  writable(pipe: Pipe): void {
    this.#note("writable", pipe)
  }

  established(pipe: Pipe): void {
    this.#note("established", pipe)
  }

  ended(pipe: Pipe): void {
    this.#note("ended", pipe)
  }

  drained(pipe: Pipe): void {
    this.#note("drained", pipe)
  }

  /** What was told since the last call, without `readable`. */
  notices(): string[] {
    return this.told.splice(0).filter(notice => notice !== "readable")
  }

  count(notice: string): number {
    return this.told.filter(each => each === notice).length
  }
}

export class FakeHost implements PeerHost {
  readonly runtime: FakeRuntime
  readonly listener = new FakeListener()
  options: ZmtpPeerOptions
  readonly security: SecuritySettings
  readonly attached: Pipe[] = []
  readonly events: string[] = []
  /** Called with the type of each event. */
  react: ((type: string) => void) | undefined
  zap: ((request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void) => void) | undefined

  constructor(
    options: Partial<ZmtpPeerOptions> = {},
    runtime = new FakeRuntime(),
    security?: SecuritySettings,
  ) {
    this.runtime = runtime
    this.options = peerOptions(options)
    this.security = security ?? nullSecurity(this.options.socketType)
  }

  snapshot(): { readonly options: PeerOptions; readonly openSession: OpenSession } {
    return { options: this.options, openSession: zmtpSessions(this.options, this.security) }
  }

  attach(pipe: Pipe): void {
    this.attached.push(pipe)
  }

  event(event: PeerEvent): void {
    const interval = event.type === "connect:retry" ? ` ${event.interval}` : ""
    const error =
      "error" in event ? ` ${"code" in event.error ? String(event.error.code) : event.error.message}` : ""
    this.events.push(`${event.type}${interval}${error}`)
    this.react?.(event.type)
  }

  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    if (this.zap === undefined) done(null)
    else this.zap(request, done)
  }

  /** The events since the last call. */
  happened(): string[] {
    return this.events.splice(0)
  }
}

/** Everything that can be read from a pipe, each message as text. */
export function readAll(pipe: Pipe): string[] {
  const messages: string[] = []
  while (pipe.canRead()) messages.push(textOf(pipe.read() ?? []))
  return messages
}

export const textOf = (message: Message): string => message.map(part => part.toString("latin1")).join("|")

/** Writes messages until the pipe refuses one, at most `most`; returns how many it took. */
export function writeUntilFull(pipe: Pipe, most = 100, message: OutgoingMessage = ["x"]): number {
  for (let count = 0; count < most; count++) if (!pipe.write(message)) return count
  return most
}
