/**
 * The options of version 5's sockets: which numbers there are, what each is in version 6, and the conversions
 * between. Version 5 knew fewer options; it took any value for a switch and gave 0 or 1 back.
 */
import { capability } from "../capability.js"
import { errnoError } from "../errors.js"
import * as zmq from "./constants.js"

/** The short names of options, each also a property of every socket. */
export const options = {
  _fd: zmq.ZMQ_FD,
  _ioevents: zmq.ZMQ_EVENTS,
  _receiveMore: zmq.ZMQ_RCVMORE,
  _subscribe: zmq.ZMQ_SUBSCRIBE,
  _unsubscribe: zmq.ZMQ_UNSUBSCRIBE,
  affinity: zmq.ZMQ_AFFINITY,
  backlog: zmq.ZMQ_BACKLOG,
  identity: zmq.ZMQ_IDENTITY,
  linger: zmq.ZMQ_LINGER,
  rate: zmq.ZMQ_RATE,
  rcvbuf: zmq.ZMQ_RCVBUF,
  last_endpoint: zmq.ZMQ_LAST_ENDPOINT,
  reconnect_ivl: zmq.ZMQ_RECONNECT_IVL,
  recovery_ivl: zmq.ZMQ_RECOVERY_IVL,
  sndbuf: zmq.ZMQ_SNDBUF,
  mechanism: zmq.ZMQ_MECHANISM,
  plain_server: zmq.ZMQ_PLAIN_SERVER,
  plain_username: zmq.ZMQ_PLAIN_USERNAME,
  plain_password: zmq.ZMQ_PLAIN_PASSWORD,
  curve_server: zmq.ZMQ_CURVE_SERVER,
  curve_publickey: zmq.ZMQ_CURVE_PUBLICKEY,
  curve_secretkey: zmq.ZMQ_CURVE_SECRETKEY,
  curve_serverkey: zmq.ZMQ_CURVE_SERVERKEY,
  zap_domain: zmq.ZMQ_ZAP_DOMAIN,
  heartbeat_ivl: zmq.ZMQ_HEARTBEAT_IVL,
  heartbeat_ttl: zmq.ZMQ_HEARTBEAT_TTL,
  heartbeat_timeout: zmq.ZMQ_HEARTBEAT_TIMEOUT,
  connect_timeout: zmq.ZMQ_CONNECT_TIMEOUT,
}

export type ShortName = keyof typeof options

/** What rows read and set: a holder of a socket of version 6, whatever options that has. */
interface Holder {
  readonly _socket: Record<string, unknown> & {
    subscribe(value: unknown): void
    unsubscribe(value: unknown): void
  }
}

/** How an option is read and set. What is left out is unknown in that direction. */
interface Row {
  readonly read?: (this: Holder) => unknown
  readonly write?: (this: Holder, value: unknown) => void
}

/** An option of version 6 as it is. */
function plain(name: string): Row {
  return {
    read() {
      return this._socket[name]
    },
    write(value) {
      this._socket[name] = value
    },
  }
}

/** A switch: any value sets it, by its truth; it reads as 0 or 1. */
function flag(name: string): Row {
  return {
    read() {
      return this._socket[name] ? 1 : 0
    },
    write(value) {
      this._socket[name] = Boolean(value)
    },
  }
}

/** Can be set only if CURVE is there. Else that fails as with a libzmq that lacks CURVE, by which programs find out. */
function curve(row: Row): Row {
  return {
    ...row,
    write(value) {
      if (!capability.curve) throw errnoError("EINVAL")
      row.write?.call(this, value)
    },
  }
}

/** The same without its other half. */
const readOnly = ({ read }: Row): Row => ({ ...(read && { read }) })
const writeOnly = ({ write }: Row): Row => ({ ...(write && { write }) })

/** Throws, as native's layer does for what its version 6 cannot tell. */
function refuse(message: string): () => never {
  return () => {
    throw new Error(message)
  }
}

const NOT_SUPPORTED = "is not supported in compatibility mode"
const noRaw = refuse(`ZMQ_ROUTER_RAW ${NOT_SUPPORTED}`)

const MECHANISMS: readonly unknown[] = [null, "plain", "curve", "gssapi"]

const ROWS: Readonly<Record<number, Row>> = {
  [zmq.ZMQ_AFFINITY]: plain("affinity"),
  [zmq.ZMQ_IDENTITY]: plain("routingId"),
  // The messages of these two, for sockets without subscriptions, are V8's, and name what stands here.
  [zmq.ZMQ_SUBSCRIBE]: {
    write(value) {
      this._socket.subscribe(value)
    },
  },
  [zmq.ZMQ_UNSUBSCRIBE]: {
    write(value) {
      this._socket.unsubscribe(value)
    },
  },
  [zmq.ZMQ_RATE]: plain("rate"),
  [zmq.ZMQ_RECOVERY_IVL]: plain("recoveryInterval"),
  [zmq.ZMQ_SNDBUF]: plain("sendBufferSize"),
  [zmq.ZMQ_RCVBUF]: plain("receiveBufferSize"),
  [zmq.ZMQ_RCVMORE]: { read: refuse(`ZMQ_RCVMORE ${NOT_SUPPORTED}`) },
  [zmq.ZMQ_FD]: { read: refuse(`ZMQ_FD ${NOT_SUPPORTED}`) },
  [zmq.ZMQ_EVENTS]: {
    read() {
      return (this._socket.readable ? zmq.ZMQ_POLLIN : 0) | (this._socket.writable ? zmq.ZMQ_POLLOUT : 0)
    },
  },
  [zmq.ZMQ_TYPE]: readOnly(plain("type")),
  [zmq.ZMQ_LINGER]: plain("linger"),
  [zmq.ZMQ_RECONNECT_IVL]: plain("reconnectInterval"),
  [zmq.ZMQ_BACKLOG]: plain("backlog"),
  [zmq.ZMQ_RECONNECT_IVL_MAX]: plain("reconnectMaxInterval"),
  [zmq.ZMQ_MAXMSGSIZE]: plain("maxMessageSize"),
  [zmq.ZMQ_SNDHWM]: plain("sendHighWaterMark"),
  [zmq.ZMQ_RCVHWM]: plain("receiveHighWaterMark"),
  [zmq.ZMQ_MULTICAST_HOPS]: plain("multicastHops"),
  [zmq.ZMQ_RCVTIMEO]: plain("receiveTimeout"),
  [zmq.ZMQ_SNDTIMEO]: plain("sendTimeout"),
  [zmq.ZMQ_IPV4ONLY]: {
    read() {
      return !this._socket.ipv6
    },
    write(value) {
      this._socket.ipv6 = !value
    },
  },
  [zmq.ZMQ_LAST_ENDPOINT]: readOnly(plain("lastEndpoint")),
  [zmq.ZMQ_ROUTER_MANDATORY]: flag("mandatory"),
  [zmq.ZMQ_TCP_KEEPALIVE]: plain("tcpKeepalive"),
  [zmq.ZMQ_TCP_KEEPALIVE_CNT]: plain("tcpKeepaliveCount"),
  [zmq.ZMQ_TCP_KEEPALIVE_IDLE]: plain("tcpKeepaliveIdle"),
  [zmq.ZMQ_TCP_KEEPALIVE_INTVL]: plain("tcpKeepaliveInterval"),
  [zmq.ZMQ_TCP_ACCEPT_FILTER]: writeOnly(plain("tcpAcceptFilter")),
  [zmq.ZMQ_DELAY_ATTACH_ON_CONNECT]: flag("immediate"),
  [zmq.ZMQ_XPUB_VERBOSE]: {
    read: refuse("Reading ZMQ_XPUB_VERBOSE is not supported"),
    write(value) {
      this._socket.verbosity = value ? "allSubs" : null
    },
  },
  [zmq.ZMQ_ROUTER_RAW]: { read: noRaw, write: noRaw },
  [zmq.ZMQ_IPV6]: flag("ipv6"),
  [zmq.ZMQ_MECHANISM]: {
    read() {
      return MECHANISMS.indexOf(this._socket.securityMechanism)
    },
  },
  [zmq.ZMQ_PLAIN_SERVER]: flag("plainServer"),
  [zmq.ZMQ_PLAIN_USERNAME]: plain("plainUsername"),
  [zmq.ZMQ_PLAIN_PASSWORD]: plain("plainPassword"),
  [zmq.ZMQ_CURVE_SERVER]: curve(flag("curveServer")),
  [zmq.ZMQ_CURVE_PUBLICKEY]: curve(plain("curvePublicKey")),
  [zmq.ZMQ_CURVE_SECRETKEY]: curve(plain("curveSecretKey")),
  [zmq.ZMQ_CURVE_SERVERKEY]: curve(plain("curveServerKey")),
  [zmq.ZMQ_ZAP_DOMAIN]: plain("zapDomain"),
  [zmq.ZMQ_HEARTBEAT_IVL]: plain("heartbeatInterval"),
  [zmq.ZMQ_HEARTBEAT_TTL]: plain("heartbeatTimeToLive"),
  [zmq.ZMQ_HEARTBEAT_TIMEOUT]: plain("heartbeatTimeout"),
  [zmq.ZMQ_CONNECT_TIMEOUT]: plain("connectTimeout"),
  [zmq.ZMQ_ROUTER_HANDOVER]: writeOnly(flag("handover")),
}

/** Reads an option of a socket of version 6, given by its number or short name. */
export function readOption(socket: object, option: number | ShortName): unknown {
  const read = rowOf(option)?.read
  if (read === undefined) throw new Error("Unknown option")
  return read.call({ _socket: socket as Holder["_socket"] })
}

/** Sets an option of a socket of version 6, given by its number or short name. */
export function writeOption(socket: object, option: number | ShortName, value: unknown): void {
  const write = rowOf(option)?.write
  if (write === undefined) throw new Error("Unknown option")
  write.call({ _socket: socket as Holder["_socket"] }, value)
}

function rowOf(option: number | ShortName): Row | undefined {
  return ROWS[typeof option === "number" ? option : options[option]]
}
