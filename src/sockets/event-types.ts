/**
 * The types of a socket's events. Names and fields are the native package's; libzmq's name of each is beside it.
 */
import type { ErrnoError } from "./errors.js"
import type { ProtocolErrorCode } from "../wire/errors.js"

/** The peer's ZAP handler refused us, or ours refused the peer. */
export interface AuthError extends Error {
  status: 300 | 400 | 500
}

/** The peer, or the ZAP handler, broke the protocol. */
export interface ProtoError extends Error {
  code: ProtocolErrorCode
}

/** Where it happened: the endpoint as bound or as connected to. */
export interface EventAddress {
  address: string
}

export interface EventInterval {
  /** Milliseconds until the next attempt. */
  interval: number
}

export interface EventError<E = ErrnoError> {
  error: E
}

/** Utility type that expands a type into its keys and values. */
export type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never

export type EventFor<T extends string, D = unknown> = Expand<{ type: T } & D>

/** All events. */
export type Event =
  /** ZMQ_EVENT_ACCEPTED: a peer has connected to a bound endpoint. */
  | EventFor<"accept", EventAddress>
  /** ZMQ_EVENT_ACCEPT_FAILED: a connection could not be accepted, or was refused by `tcpAcceptFilter`. */
  | EventFor<"accept:error", EventAddress & EventError>
  /** ZMQ_EVENT_LISTENING: the socket is bound. */
  | EventFor<"bind", EventAddress>
  /** ZMQ_EVENT_BIND_FAILED: the system refused to bind. */
  | EventFor<"bind:error", EventAddress & EventError>
  /** ZMQ_EVENT_CONNECTED: a connection is made; the handshake follows. */
  | EventFor<"connect", EventAddress>
  /** ZMQ_EVENT_CONNECT_DELAYED: a connection attempt is under way. */
  | EventFor<"connect:delay", EventAddress>
  /** ZMQ_EVENT_CONNECT_RETRIED: the next attempt follows after `interval`. */
  | EventFor<"connect:retry", EventAddress & EventInterval>
  /** ZMQ_EVENT_CLOSED: an attempt has failed, or a bound endpoint was closed. */
  | EventFor<"close", EventAddress>
  /** ZMQ_EVENT_CLOSE_FAILED: a bound endpoint could not be closed. */
  | EventFor<"close:error", EventAddress & EventError>
  /** ZMQ_EVENT_DISCONNECTED: a connection has ended, and not because this side wanted it. */
  | EventFor<"disconnect", EventAddress>
  /** ZMQ_EVENT_MONITOR_STOPPED: the socket was closed; no event follows. */
  | EventFor<"end">
  /** ZMQ_EVENT_HANDSHAKE_SUCCEEDED: messages may flow. */
  | EventFor<"handshake", EventAddress>
  /** ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: the peer, or the ZAP handler, broke the protocol. */
  | EventFor<"handshake:error:protocol", EventAddress & EventError<ProtoError>>
  /** ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: the ZAP handler refused. */
  | EventFor<"handshake:error:auth", EventAddress & EventError<AuthError>>
  /** ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: the connection was lost, or a deadline passed, during the handshake. */
  | EventFor<"handshake:error:other", EventAddress & EventError>
  /** Never emitted here; native has it for events that it does not know. */
  | EventFor<"unknown">

export type EventType = Event["type"]

/**
 * Not in native, and so not among {@link Event}s, though observers give it: a message was dropped before it was written,
 * since the program had detached the memory of one of its large parts, or made it smaller, after `send`. The error's
 * code is `EFAULT`.
 */
export type SendErrorEvent = EventFor<"send:error", EventAddress & EventError>

/** The event of one type. */
export type EventOfType<E extends EventType = EventType> = Expand<Extract<Event, Event & EventFor<E>>>

/** What {@link Observer.on} and {@link Observer.off} return, for chaining. */
export interface EventSubscriber {
  on(type: "send:error", listener: (data: SendErrorEvent) => void): EventSubscriber
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
  off(type: "send:error", listener: (data: SendErrorEvent) => void): EventSubscriber
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
}
