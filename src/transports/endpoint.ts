/**
 * Endpoints as text: `protocol://address`, and what an address means to tcp and udp. Nothing is looked up here:
 * names, interfaces and zones are resolved in `tcp-resolve.ts`.
 */
import { transportError } from "./errors.js"

/** The two halves of an endpoint such as `tcp://127.0.0.1:5555`. */
export interface Endpoint {
  readonly protocol: Protocol
  readonly address: string
}

/** What this library speaks. */
const PROTOCOLS = ["tcp", "ipc", "inproc", "udp"] as const

export type Protocol = (typeof PROTOCOLS)[number]

function isProtocol(name: string): name is Protocol {
  return (PROTOCOLS as readonly string[]).includes(name)
}

/**
 * Splits an endpoint. Throws `EINVAL` when it is not of the form `protocol://address`, and `EPROTONOSUPPORT` for a
 * protocol that is not spoken.
 */
export function parseEndpoint(endpoint: string): Endpoint {
  const separator = endpoint.indexOf("://")
  const protocol = endpoint.slice(0, Math.max(separator, 0))
  const address = endpoint.slice(separator + 3)
  if (separator <= 0 || address === "" || endpoint.includes("\0")) {
    throw transportError("EINVAL", `Endpoint ${quote(endpoint)} is not of the form protocol://address`)
  }
  if (!isProtocol(protocol)) {
    const known = PROTOCOLS.map(name => `${name}://`).join(", ")
    throw transportError("EPROTONOSUPPORT", `Protocol of ${quote(endpoint)} is none of ${known}`)
  }
  return { protocol, address }
}

/** One `host:port`. */
export interface HostPort {
  /** A name, an IP address without brackets, an interface, or `*`. */
  readonly host: string
  /** What follows `%` in the host: an interface's name or number (RFC 4007), else the empty string. */
  readonly zone: string
  /** 0 lets the system choose when binding. */
  readonly port: number
}

/** A tcp address: where to bind, or where to connect and from which address. */
export interface TcpAddress {
  readonly target: HostPort
  readonly source?: HostPort
}

/**
 * Characters that libzmq allows in the address of a connect; it looks no further before it tries to connect, and
 * so a host that makes no sense shows as failed attempts, not as an error of the call.
 */
const CONNECTABLE = /^[A-Za-z0-9[:][A-Za-z0-9.\-:%;[\]_*]*$/

/**
 * Parses what follows `tcp://`: `host:port`, for connecting also `source:port;host:port`. Throws `EINVAL` where
 * libzmq refuses the address at the call, and for ports that are no number from 0 to 65535, which libzmq takes
 * modulo 65536.
 */
export function parseTcpAddress(address: string, role: "bind" | "connect"): TcpAddress {
  if (role === "connect" && !CONNECTABLE.test(address)) {
    throw transportError("EINVAL", `Cannot connect to ${quote(address)}: expected host:port`)
  }
  const split = address.lastIndexOf(";")
  const target = parseHostPort(address.slice(split + 1), role === "bind")
  if (split < 0) return { target }
  return { target, source: parseHostPort(address.slice(0, split), true) }
}

function parseHostPort(text: string, local: boolean): HostPort {
  const colon = text.lastIndexOf(":")
  if (colon < 0) throw transportError("EINVAL", `No port in ${quote(text)}: expected host:port`)
  const port = parsePort(text.slice(colon + 1), local)
  let host = text.slice(0, colon)
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1)
  const percent = host.lastIndexOf("%")
  if (percent < 0) return { host, zone: "", port }
  const zone = host.slice(percent + 1)
  // A zone without a name and zone 0 are both none: RFC 4007 §11.2.
  if (zone === "" || /^0+$/.test(zone)) throw transportError("EINVAL", `Bad zone in ${quote(text)}`)
  return { host: host.slice(0, percent), zone, port }
}

function parsePort(text: string, local: boolean): number {
  if (local && text === "*") return 0
  const port = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1
  if (port >= 0 && port <= 65535) return port
  const allowed = local ? "a number up to 65535, or * for any free one" : "a number up to 65535"
  throw transportError("EINVAL", `Port ${quote(text)} is not ${allowed}`)
}

/** A udp address: where to bind or to send, and for multicast by which interface. */
export interface UdpAddress {
  readonly target: HostPort
  /** An interface's name or address, or `*`. */
  readonly source?: string
}

/** Parses what follows `udp://`: `host:port` or `interface;group:port`. Throws `EINVAL` for anything else. */
export function parseUdpAddress(address: string, role: "bind" | "connect"): UdpAddress {
  const split = address.lastIndexOf(";")
  const target = parseHostPort(address.slice(split + 1), role === "bind")
  if (role === "connect" && (target.host === "*" || target.host === "")) {
    throw transportError("EINVAL", `Cannot connect to ${quote(address)}: expected host:port`)
  }
  return split < 0 ? { target } : { target, source: address.slice(0, split) }
}

/** Writes an IP address and a port as libzmq prints them: IPv6 in brackets. */
export function formatHostPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
}

/** The endpoint of an IP address and a port. */
export function formatTcpEndpoint(address: string, port: number): string {
  return `tcp://${formatHostPort(address, port)}`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
