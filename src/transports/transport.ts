/**
 * What the sockets need of a transport: listen, connect, and a stream of bytes. Each transport is one file
 * beside this one; a simulated network is another implementation. Nothing here knows of ZMTP.
 */

/** Receives what happens on a {@link ByteStream}. */
export interface StreamHandler {
  /**
   * Memory that the next bytes had better be read into, if the handler has any; asked for before each read. A stream
   * need not ask.
   */
  space?(): Buffer | undefined
  /**
   * Bytes from the peer. The chunk is the handler's, and maybe part of what {@link space} gave; or, when it is only
   * lent, it is overwritten after the call.
   */
  onData(chunk: Buffer, lent: boolean): void
  /** The last {@link ByteStream.write} that returned `false` is now wholly in the kernel. */
  onDrain(): void
  /**
   * The connection has ended, for whatever reason; called exactly once, and nothing is called after it.
   * Not called when the handler itself called {@link ByteStream.destroy}.
   */
  onClose(error?: NodeJS.ErrnoException): void
}

/** One established connection, as a stream of bytes in both directions. It never keeps the process alive. */
export interface ByteStream {
  /** Endpoint of this side, such as `tcp://127.0.0.1:5555` or `ipc:///tmp/a.sock`. */
  readonly localEndpoint: string
  /** Endpoint of the other side, in the same form. */
  readonly remoteEndpoint: string
  /** The peer's IP address as ZAP reports it (27/ZAP §Request), or the empty string for ipc. */
  readonly peerAddress: string
  /** Begins delivery. Before this call no event reaches anybody and nothing is read. */
  start(handler: StreamHandler): void
  /**
   * Hands `chunks` to the kernel in order, in as few system calls as possible. Returns `true` when the kernel
   * took all of it at once: the caller may then overwrite those buffers. Otherwise {@link StreamHandler.onDrain}
   * says when it has; until then the buffers must not change, and `write` is not called again.
   */
  write(chunks: readonly Uint8Array[]): boolean
  /**
   * The process is about to end, and no event loop will turn again: hands the kernel what an earlier write left and
   * `chunks`, as far as it takes them within the call. From then on {@link write} does the same, whether or not the
   * earlier write was through.
   * @param linger How long to wait for the kernel, in milliseconds since the first such call; 0 for not at all, -1 for as
   *   long as it takes something now and then.
   */
  writeAtExit(chunks: readonly Uint8Array[], linger: number): void
  /** Bytes that were written and the kernel has not taken, where that is known. */
  readonly backlog?: number
  /** Stops {@link StreamHandler.onData}; at most one more chunk may still come. */
  pause(): void
  /** Undoes {@link pause}. */
  resume(): void
  /** Sends what was written, then closes. {@link StreamHandler.onClose} follows when the peer has closed too. */
  end(): void
  /** Closes at once and drops what the kernel has not taken. No event follows. */
  destroy(): void
}

/** A bound endpoint. It never keeps the process alive. */
export interface Listener {
  /** The endpoint with wildcards resolved: what `lastEndpoint` shows. */
  readonly endpoint: string
  /** Stops accepting, at once; accepted streams live on. Calls back when the endpoint can be bound again. */
  close(done: (error?: NodeJS.ErrnoException) => void): void
}

/** Receives what happens on a {@link Listener}. */
export interface ListenHandler {
  onConnection(stream: ByteStream): void
  /** A connection could not be accepted, or was refused by `tcpAcceptFilter`. */
  onError(error: NodeJS.ErrnoException): void
}

/** Receives the outcome of one connection attempt, for which it may wait as long as it likes: exactly one of the last two, unless it was cancelled. */
export interface ConnectHandler {
  /** The system has begun to connect and the outcome is open. Transports that connect at once leave it out. */
  onPending(): void
  onConnect(stream: ByteStream): void
  /** @param tried Whether the system tried to connect; false when the address could not be resolved. */
  onError(error: NodeJS.ErrnoException, tried: boolean): void
}

/** A connection attempt under way. It never keeps the process alive. */
export interface Attempt {
  /** Gives up; no event follows. */
  cancel(): void
}

/** The socket options that transports honour; each mirrors the option of the same name of a socket. */
export interface TransportOptions {
  readonly ipv6: boolean
  readonly backlog: number
  readonly tcpKeepalive: number
  readonly tcpKeepaliveIdle: number
  /** CIDR filters; empty means that everybody may connect. */
  readonly tcpAcceptFilters: readonly string[]
  /** The SOCKS5 proxy that tcp connects through, if any. */
  readonly socksProxy?: SocksProxy | undefined
}

/** A SOCKS5 proxy, and who we are to it; without a user name nobody is asked. */
export interface SocksProxy {
  /** `host:port`, as the user gave it. */
  readonly address: string
  readonly username: Buffer
  readonly password: Buffer
}

/** A way to reach peers: `tcp`, `ipc`, or a simulated network. */
export interface Transport {
  /**
   * Checks the part of an endpoint after `tcp://` or `ipc://`, for binding or for connecting, and throws an
   * error with `code` (`EINVAL`, `ENODEV`, `ENAMETOOLONG`, ...) when libzmq would refuse it at the call.
   */
  check(address: string, role: "bind" | "connect"): void
  /** Binds. Rejects with `code` as the system gives it: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, ... */
  listen(address: string, options: TransportOptions, handler: ListenHandler): Promise<Listener>
  /** Binds before it returns, where the platform can; throws as {@link listen} rejects. */
  listenSync(address: string, options: TransportOptions, handler: ListenHandler): Listener
  /** Starts one connection attempt. Names are resolved anew each time. */
  connect(address: string, options: TransportOptions, handler: ConnectHandler): Attempt
}

/** A datagram to send. */
export interface Datagram {
  readonly bytes: Uint8Array
  /** Where it goes; left out where the port knows. */
  readonly to?: DatagramAddress
}

/** An IP address and a port. */
export interface DatagramAddress {
  readonly host: string
  readonly port: number
}

/** Receives what comes to a {@link DatagramPort}. */
export interface DatagramHandler {
  /** The bytes belong to the handler, with all of their memory. `from` is the sender as `address:port`, IPv6 in brackets. */
  onDatagram(bytes: Buffer, from: string): void
}

/** A socket of the system for datagrams. It never keeps the process alive. */
export interface DatagramPort {
  /** The endpoint with wildcards resolved: what `lastEndpoint` shows. */
  readonly endpoint: string
  /** Sends as far as the system can. Calls back, not within the call, when the kernel has the datagram or refused it. */
  send(datagram: Datagram, done: (error: Error | null) => void): void
  /** Calls back when the endpoint can be bound again. */
  close(done: () => void): void
}

/** Receives the outcome of an attempt to find out where datagrams go: one of the two, unless it was cancelled. */
export interface DatagramConnectHandler {
  onOpen(port: DatagramPort): void
  onError(error: NodeJS.ErrnoException): void
}

/** An attempt under way. */
export interface DatagramAttempt {
  /** Gives up; no event follows. */
  cancel(): void
}

/** The socket options that a {@link DatagramTransport} honours, by the names that they have on a socket. */
export interface DatagramOptions {
  readonly ipv6: boolean
  /** Bytes; not set unless positive. */
  readonly sendBufferSize: number
  readonly receiveBufferSize: number
  readonly multicastHops: number
  readonly multicastLoop: boolean
}

/** A way to send datagrams: `udp`. */
export interface DatagramTransport {
  /** Binds. Rejects with `code` as the system gives it, and with `EINVAL` or `ENODEV` for what is no address. */
  listen(address: string, options: DatagramOptions, handler: DatagramHandler): Promise<DatagramPort>
  /** Binds before it returns; throws as {@link listen} rejects. */
  listenSync(address: string, options: DatagramOptions, handler: DatagramHandler): DatagramPort
  /** Finds out where datagrams go, at once when no name has to be looked up. Throws `EINVAL` for what is no address. */
  connect(address: string, options: DatagramOptions, handler: DatagramConnectHandler): DatagramAttempt
}
