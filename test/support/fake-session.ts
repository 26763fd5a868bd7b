/** A real session between a {@link FakeStream}, whose other end the test plays, and a pipe that the test reads. */
import type { PeerInfo } from "../../src/peers/pipe.js"
import { SessionPipe } from "../../src/peers/session-pipe.js"
import {
  Session,
  type PeerSession,
  type SecuritySettings,
  type SessionEnd,
  type SessionOwner,
} from "../../src/peers/session.js"
import type { ZapReply, ZapRequest } from "../../src/security/zap.js"
import type { HandshakeError } from "../../src/wire/errors.js"
import { signature } from "../../src/wire/greeting.js"
import { FakeRuntime } from "./fake-runtime.js"
import { FakeStream } from "./fake-stream.js"
import { frame, greeting, readyFrame } from "./frames.js"
import { FakeListener, nullSecurity, peerOptions, type ZmtpPeerOptions } from "./peer-options.js"

/** Versions that a peer may have; `unversioned` is one that libzmq 2.x shows. */
export type PeerVersion = "3.1" | "3.0" | "2.0" | "unversioned"

export class SessionRig implements SessionOwner {
  readonly runtime = new FakeRuntime()
  readonly stream = new FakeStream()
  readonly listener = new FakeListener()
  readonly options: ZmtpPeerOptions
  readonly security: SecuritySettings
  readonly session: Session
  readonly ends: SessionEnd[] = []
  spoiledMessages = 0
  peer: PeerInfo | undefined
  onEstablish: (() => void) | undefined
  #pipe: SessionPipe | undefined

  constructor(options: Partial<ZmtpPeerOptions> = {}, security?: SecuritySettings) {
    this.options = peerOptions(options)
    this.security = security ?? nullSecurity(this.options.socketType)
    this.session = new Session(this.stream, this, this.options, this.security)
    this.session.start()
  }

  get pipe(): SessionPipe {
    this.#pipe ??= new SessionPipe("tcp://a:1", this.listener, this.options, this.runtime)
    return this.#pipe
  }

  authenticate(_request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void {
    done(null)
  }

  establish(_session: PeerSession, peer: PeerInfo): SessionPipe {
    this.peer = peer
    this.onEstablish?.()
    return this.pipe
  }

  spoiled(_session: PeerSession, messages: number): void {
    this.spoiledMessages += messages
  }

  ended(_session: PeerSession, end: SessionEnd): void {
    this.ends.push(end)
  }

  /** How the connection ended: the code of the error, and `fault` when the peer is to blame. */
  get end(): string | undefined {
    const [end] = this.ends
    if (end === undefined) return undefined
    const code =
      end.error === undefined ? "no error" : "code" in end.error ? end.error.code : end.error.message
    return `${code}${end.fault ? ", fault" : ""}${this.ends.length > 1 ? ", more than once" : ""}`
  }

  /** Whether the connection is over for good. */
  get gone(): boolean {
    return this.stream.destroyed
  }

  /** What was sent since the last call, after the end of the turn. */
  sent(): Buffer {
    this.runtime.endTurn()
    return this.stream.taken()
  }
}

/** The bytes by which a peer of some version shows itself, up to the first message. */
export function opening(version: PeerVersion, socketType = "DEALER", id = ""): Buffer {
  const octet =
    { PAIR: 0, PUB: 1, SUB: 2, REQ: 3, REP: 4, DEALER: 5, ROUTER: 6, PULL: 7, PUSH: 8 }[socketType] ?? 0
  switch (version) {
    case "unversioned":
      return frame(id, 0, 1)
    case "2.0":
      return Buffer.concat([signature(0), Buffer.of(1, octet), frame(id)])
    default:
      return Buffer.concat([greeting(version === "3.0" ? 0 : 1), readyFrame(socketType, id)])
  }
}

/** A session whose handshake with a peer of that version is done, and nothing of it left to look at. */
export function establishedRig(
  version: PeerVersion = "3.1",
  options: Partial<ZmtpPeerOptions> = {},
  peerType = "DEALER",
): SessionRig {
  const rig = new SessionRig(options)
  rig.stream.receive(opening(version, peerType))
  rig.sent()
  rig.listener.notices()
  rig.stream.writes = 0
  return rig
}
