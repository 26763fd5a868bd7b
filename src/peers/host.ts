/**
 * What the socket is to those who make its connections: its options, its sessions, and where pipes and events go.
 */
import type { ZapReply, ZapRequest } from "../security/zap.js"
import type { TransportOptions } from "../transports/transport.js"
import type { HandshakeError } from "../wire/errors.js"
import type { PeerEvent } from "./events.js"
import type { Pipe, PipeListener } from "./pipe.js"
import type { Runtime } from "./runtime.js"
import type { PipeOptions } from "./session-pipe.js"
import type { OpenSession } from "./session.js"

/** The options that connections depend on, as they are when `bind` or `connect` is called. */
export interface PeerOptions extends PipeOptions, TransportOptions {
  /** ZMQ_IMMEDIATE: messages are queued for established connections only. */
  readonly immediate: boolean
  /** ZMQ_CONNECT_TIMEOUT, milliseconds; 0 for the system's own time-out. */
  readonly connectTimeout: number
  /** ZMQ_RECONNECT_IVL, milliseconds; nobody connects again when it is not positive. */
  readonly reconnectInterval: number
  /** ZMQ_RECONNECT_IVL_MAX, milliseconds; 0 for no exponential growth. */
  readonly reconnectMaxInterval: number
}

export interface PeerHost {
  readonly runtime: Runtime
  readonly listener: PipeListener
  /** The options of this moment, in a snapshot, and what new connections speak. */
  snapshot(): { readonly options: PeerOptions; readonly openSession: OpenSession }
  /** A pipe is there for the pattern to use. */
  attach(pipe: Pipe): void
  event(event: PeerEvent): void
  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void
}
