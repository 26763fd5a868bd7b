/**
 * The udp transport: unicast and multicast over `node:dgram`. One port either receives and answers, bound to an
 * address or joined to a multicast group, or sends to one place. Of libzmq's options for it, Node.js cannot bind a
 * socket to a device.
 */
import dgram, { type RemoteInfo } from "node:dgram"
import net from "node:net"
import { keepNodeTicking } from "./clock.js"
import { formatHostPort, parseUdpAddress, type UdpAddress } from "./endpoint.js"
import { transportError } from "./errors.js"
import {
  familyOf,
  networkInterfaces,
  resolveBind,
  resolveBindLiteral,
  resolveBindSync,
  resolveConnect,
} from "./tcp-resolve.js"
import type {
  Datagram,
  DatagramAddress,
  DatagramAttempt,
  DatagramHandler,
  DatagramOptions,
  DatagramPort,
  DatagramTransport,
} from "./transport.js"

/** Most hops that the header of a packet can tell. */
const MOST_HOPS = 255

export const udp: DatagramTransport = {
  async listen(address, options, handler) {
    const where = parse(address, "bind", options)
    const host = isMulticast(where.target.host) ? "" : await resolveBind(where.target, ipv6Of(where, options))
    return listen(where, host, options, handler)
  },

  listenSync(address, options, handler) {
    const where = parse(address, "bind", options)
    const host = isMulticast(where.target.host) ? "" : resolveBindSync(where.target, ipv6Of(where, options))
    return listen(where, host, options, handler)
  },

  connect(address, options, handler): DatagramAttempt {
    const where = parse(address, "connect", options)
    let cancelled = false
    resolveConnect(where.target, options.ipv6, (error, host) => {
      if (cancelled) return
      if (error !== null) {
        handler.onError(error)
        return
      }
      try {
        handler.onOpen(sender(where, host, options))
      } catch (failure) {
        handler.onError(failure as NodeJS.ErrnoException)
      }
    })
    return {
      cancel() {
        cancelled = true
      },
    }
  },
}

/**
 * Where a datagram of a Datagram socket goes: an IP address and a port, as received ones name their senders; a zero
 * byte at the end is passed over. Undefined for anything else: names are not looked up.
 */
export function parseDatagramAddress(text: string): DatagramAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})\0?$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ""
  const port = Number(match?.[3])
  const family = match?.[1] === undefined ? 4 : 6
  return net.isIP(host.replace(/%.*/, "")) === family && port > 0 && port <= 65535
    ? { host, port }
    : undefined
}

/** Parses an address and makes all checks that need no name server, as far as libzmq makes them at the call. */
function parse(address: string, role: "bind" | "connect", options: DatagramOptions): UdpAddress {
  const where = parseUdpAddress(address, role)
  const { host, port } = where.target
  if (role === "connect" && port === 0) throw transportError("EINVAL", `Port 0 of ${address} is no target`)
  if (!options.ipv6 && net.isIPv6(host)) {
    const code = role === "bind" ? "ENODEV" : "EINVAL"
    throw transportError(code, `[${host}] needs the option ipv6`)
  }
  if (where.source !== undefined) {
    if (!isMulticast(host) || isMulticast(where.source)) {
      throw transportError("EINVAL", `${address} is not of the form interface;group:port`)
    }
    interfaceOf(where.source, familyOf(host))
  } else if (role === "bind" && !isMulticast(host)) resolveBindLiteral(where.target, options.ipv6)
  return where
}

/** An IPv4 address is bound as such even with the option ipv6, for multicast of IPv4 to work. */
function ipv6Of({ target }: UdpAddress, options: DatagramOptions): boolean {
  return options.ipv6 && !net.isIPv4(target.host)
}

function isMulticast(host: string): boolean {
  if (net.isIPv4(host)) return Number(host.split(".", 1)[0]) >> 4 === 0xe
  return net.isIPv6(host) && /^ff/i.test(host)
}

/** The interface for multicast as Node.js wants it: an address, or `::%name`; undefined for the system's choice. */
function interfaceOf(source: string, family: 4 | 6): string | undefined {
  if (source === "*") return undefined
  const kind = family === 6 ? "IPv6" : "IPv4"
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const own = addresses?.find(
      each => each.family === kind && (name === source || each.address === source.replace(/^\[|\]$/g, "")),
    )
    if (own !== undefined) return family === 6 ? `::%${name}` : own.address
  }
  throw transportError("ENODEV", `${source} is no interface with an ${kind} address`)
}

function listen(
  where: UdpAddress,
  host: string,
  options: DatagramOptions,
  handler: DatagramHandler,
): DatagramPort {
  const { target, source } = where
  const multicast = isMulticast(target.host)
  const family = familyOf(multicast ? target.host : host)
  // Several sockets may listen to one group, each gets all; of two at one unicast address one would get nothing.
  const port = new UdpPort(family, multicast, options)
  try {
    // As in libzmq, a member of a group is bound to all addresses.
    port.bind(multicast ? anyAddress(family) : host, target.port)
    if (multicast) port.join(target.host, source)
    port.receive(handler)
  } catch (error) {
    port.close(() => undefined)
    throw error
  }
  return port
}

function anyAddress(family: 4 | 6): string {
  return family === 6 ? "::" : "0.0.0.0"
}

/** A socket of the system. */
class UdpPort implements DatagramPort {
  endpoint = ""
  private readonly socket: dgram.Socket
  private readonly family: 4 | 6
  private readonly options: DatagramOptions

  constructor(family: 4 | 6, reuseAddr: boolean, options: DatagramOptions) {
    keepNodeTicking()
    this.family = family
    this.options = options
    // Addresses are resolved before they come here. With a look-up that answers at once, dgram binds and sends
    // before it returns.
    this.socket = dgram.createSocket({
      type: family === 6 ? "udp6" : "udp4",
      reuseAddr,
      lookup: (address, _options, done) => {
        done(null, address, family)
      },
    })
    // What a network tells of earlier datagrams is of no use to anybody here.
    this.socket.on("error", () => undefined)
    this.socket.unref()
  }

  /** Throws what the system says. */
  bind(address: string, port: number): void {
    const { socket, options } = this
    let failure: Error | undefined
    const failed = (error: Error): void => {
      failure = error
    }
    socket.on("error", failed)
    // Not shared with other workers of a cluster, for which dgram would have to wait.
    socket.bind({ address, port, exclusive: true })
    socket.off("error", failed)
    if (failure !== undefined) throw failure
    if (options.receiveBufferSize > 0) socket.setRecvBufferSize(options.receiveBufferSize)
    if (options.sendBufferSize > 0) socket.setSendBufferSize(options.sendBufferSize)
    socket.setMulticastTTL(Math.min(options.multicastHops, MOST_HOPS))
    socket.setMulticastLoopback(options.multicastLoop)
    const own = socket.address()
    this.endpoint = `udp://${formatHostPort(own.address, own.port)}`
  }

  /** Receives what is sent to a group, by the interface that `source` names. */
  join(group: string, source: string | undefined): void {
    this.socket.addMembership(group, interfaceOf(source ?? "*", this.family))
    const name = formatHostPort(group, this.socket.address().port)
    this.endpoint = source === undefined ? `udp://${name}` : `udp://${source};${name}`
  }

  /** Sends to groups by this interface. */
  sendBy(source: string): void {
    const by = interfaceOf(source, this.family)
    if (by !== undefined) this.socket.setMulticastInterface(by)
  }

  receive(handler: DatagramHandler): void {
    this.socket.on("message", (bytes, from) => {
      handler.onDatagram(bytes, senderOf(from))
    })
  }

  send({ bytes, to }: Datagram, done: (error: Error | null) => void): void {
    const { host = "", port } = to ?? {}
    const address = this.family === 6 && net.isIPv4(host) ? `::ffff:${host}` : host
    this.socket.send(bytes, port, address, done)
  }

  close(done: () => void): void {
    this.socket.close(done)
  }
}

/** A port that sends to one place: `host`, an IP address, in the place of the target's. */
function sender(where: UdpAddress, host: string, options: DatagramOptions): DatagramPort {
  const family = familyOf(host)
  const to = { host, port: where.target.port }
  const port = new UdpPort(family, false, options)
  try {
    port.bind(anyAddress(family), 0)
    if (where.source !== undefined) port.sendBy(where.source)
  } catch (error) {
    port.close(() => undefined)
    throw error
  }
  return {
    endpoint: port.endpoint,
    send({ bytes }, done) {
      port.send({ bytes, to }, done)
    },
    close(done) {
      port.close(done)
    },
  }
}

function senderOf({ address, port }: RemoteInfo): string {
  return formatHostPort(address.replace(/^::ffff:(?=\d+\.)/i, ""), port)
}
