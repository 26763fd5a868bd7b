/**
 * The tcp transport (23/ZMTP over `node:net`). Names are resolved anew for each attempt; one attempt tries one
 * address, as libzmq does. Of libzmq's options for TCP, Node.js cannot set buffer sizes, type of service, keep-alive
 * count and interval, maximum retransmission time and the bound device.
 */
import type { AddressInfo, Socket } from "node:net"
import { acceptFilter } from "./accept-filter.js"
import { nextTick } from "./clock.js"
import { formatTcpEndpoint, parseTcpAddress, type HostPort, type TcpAddress } from "./endpoint.js"
import { transportError } from "./errors.js"
import { NetServer } from "./net-server.js"
import { NetAttempt, type Preamble, type StreamEnds } from "./net-stream.js"
import { SocksClient, type SocksStep } from "./socks.js"
import {
  familyOf,
  resolveBind,
  resolveBindLiteral,
  resolveBindSync,
  resolveConnect,
  resolveSource,
} from "./tcp-resolve.js"
import type {
  Attempt,
  Listener,
  ListenHandler,
  SocksProxy,
  Transport,
  TransportOptions,
} from "./transport.js"

export const tcp: Transport = {
  check(address, role) {
    const { target } = parseTcpAddress(address, role)
    // IPv6 literals may or may not be allowed: that depends on an option, and listen() will tell.
    if (role === "bind") resolveBindLiteral(target, true)
  },

  async listen(address, options, handler): Promise<Listener> {
    const { target } = parseTcpAddress(address, "bind")
    const host = await resolveBind(target, options.ipv6)
    try {
      const server = makeServer(options, handler)
      await server.listen({ host, port: target.port, backlog: options.backlog })
      return makeListener(server)
    } catch (error) {
      if (!lacksIPv6(error, options)) throw error
      return await tcp.listen(address, { ...options, ipv6: false }, handler)
    }
  },

  listenSync(address, options, handler): Listener {
    const { target } = parseTcpAddress(address, "bind")
    const host = resolveBindSync(target, options.ipv6)
    try {
      const server = makeServer(options, handler)
      server.listenTcpSync(host, target.port, familyOf(host), options.backlog)
      return makeListener(server)
    } catch (error) {
      if (!lacksIPv6(error, options)) throw error
      return tcp.listenSync(address, { ...options, ipv6: false }, handler)
    }
  },

  connect(address, options, handler): Attempt {
    const where = parseTcpAddress(address, "connect")
    const attempt = new NetAttempt(handler)
    // An attempt reports after the call that made it, even when the fault is known at once.
    nextTick(() => {
      dial(attempt, where, options)
    })
    return attempt
  },
}

function dial(attempt: NetAttempt, { source, target }: TcpAddress, options: TransportOptions): void {
  const { socksProxy } = options
  let next = target
  try {
    if (socksProxy !== undefined) next = parseTcpAddress(socksProxy.address, "connect").target
  } catch (error) {
    attempt.fail(error as NodeJS.ErrnoException)
    return
  }
  const preamble = socksProxy === undefined ? undefined : askProxy(target, socksProxy)
  resolveConnect(next, options.ipv6, (error, host) => {
    if (error !== null) {
      attempt.fail(error)
      return
    }
    let local: { localAddress?: string; localPort?: number } = {}
    try {
      if (source !== undefined) {
        local = { localAddress: resolveSource(source, familyOf(host)), localPort: source.port }
      }
    } catch (error) {
      attempt.fail(error as NodeJS.ErrnoException)
      return
    }
    const where = { host, port: next.port, ...local }
    const ready = (socket: Socket): StreamEnds => {
      tune(socket, options)
      return endsOf(socket)
    }
    attempt.dial(where, ready, preamble)
    attempt.pending()
  })
}

/** Lets a proxy make the connection (RFC 1928). */
function askProxy(target: HostPort, proxy: SocksProxy): Preamble {
  return (socket, done) => {
    const client = new SocksClient(target, proxy)
    const finish = (error?: NodeJS.ErrnoException, rest?: Buffer): void => {
      socket.off("data", onData)
      socket.off("close", onClose)
      socket.pause()
      // The peer may have spoken already; its bytes are for the stream.
      if (rest !== undefined && rest.length > 0) socket.unshift(rest)
      done(error)
    }
    const onData = (chunk: Buffer): void => {
      let step: SocksStep
      try {
        step = client.push(chunk)
      } catch (error) {
        finish(error as NodeJS.ErrnoException)
        return
      }
      if (step.send !== undefined) socket.write(step.send)
      if (step.done !== undefined) finish(undefined, step.done)
    }
    const onClose = (): void => {
      finish(transportError("ECONNRESET", "The SOCKS proxy closed the connection"))
    }
    socket.on("data", onData)
    socket.once("close", onClose)
    socket.resume()
    socket.write(client.start())
  }
}

function makeServer(options: TransportOptions, handler: ListenHandler): NetServer {
  const allowed = acceptFilter(options.tcpAcceptFilters)
  return new NetServer(handler, socket => {
    const ends = endsOf(socket)
    if (!allowed(ends.peerAddress)) {
      return transportError("EPERM", `${ends.peerAddress} may not connect: see the option tcpAcceptFilter`)
    }
    tune(socket, options)
    return ends
  })
}

function makeListener(server: NetServer): Listener {
  const { address, port } = server.server.address() as AddressInfo
  return {
    endpoint: formatTcpEndpoint(address, port),
    close(done) {
      server.close()
      nextTick(done)
    },
  }
}

function tune(socket: Socket, options: TransportOptions): void {
  socket.setNoDelay(true)
  if (options.tcpKeepalive === 1) socket.setKeepAlive(true, Math.max(options.tcpKeepaliveIdle, 0) * 1000)
  else if (options.tcpKeepalive === 0) socket.setKeepAlive(false)
}

function endsOf(socket: Socket): StreamEnds {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  return {
    localEndpoint: localAddress === undefined ? "" : formatTcpEndpoint(localAddress, localPort ?? 0),
    remoteEndpoint: remoteAddress === undefined ? "" : formatTcpEndpoint(remoteAddress, remotePort ?? 0),
    peerAddress: remoteAddress ?? "",
  }
}

/** libzmq falls back to IPv4 on systems without IPv6. */
function lacksIPv6(error: unknown, options: TransportOptions): boolean {
  return options.ipv6 && (error as NodeJS.ErrnoException).code === "EAFNOSUPPORT"
}
