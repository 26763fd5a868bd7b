/**
 * The types of what users see: sending and receiving, the options as properties, and what a constructor takes
 * of them. Generics and narrowing are the native package's, so that programs typed for it compile unchanged.
 * There is no code here: names, defaults and ranges are put to work from `option-table.ts`.
 */
import type { Context } from "./context.js"
import type { Message, MessageLike } from "./message.js"
import type { SocketKind } from "./option-table.js"
import type { Socket } from "./socket.js"

export type { Message, MessageLike } from "./message.js"

/**
 * A socket that sends.
 *
 * @typeParam M What can be sent: a message of one part, or an array of parts.
 * @typeParam O Further arguments of {@link send}; only draft socket types have any.
 */
export interface Writable<
  M extends MessageLike | MessageLike[] = MessageLike | MessageLike[],
  O extends [...object[]] = [],
> {
  /**
   * How many networks a multicast packet may cross; 1 keeps it in the local one.
   *
   * `ZMQ_MULTICAST_HOPS`. Default 1; less throws `EINVAL`, and more than 255 counts as 255. For `udp://`.
   */
  multicastHops: number

  /**
   * Size of the kernel's buffer for outgoing data, in bytes; -1 leaves it to the system.
   *
   * `ZMQ_SNDBUF`. Default -1; less throws `EINVAL`. Honoured for `udp://`; elsewhere kept without effect, as
   * Node.js offers no way to set it on a stream.
   */
  sendBufferSize: number

  /**
   * Most messages that wait for one peer; 0 is no limit. At the mark {@link send} waits, tries another peer,
   * or drops the message for this one, as the socket type says. On `inproc://` one queue serves both sockets,
   * and its mark is the sum of this one and the peer's {@link Readable.receiveHighWaterMark}.
   *
   * `ZMQ_SNDHWM`. Default 1000; less than 0 throws `EINVAL`. Works on existing connections at once.
   */
  sendHighWaterMark: number

  /**
   * How long {@link send} waits for room, in milliseconds, before it rejects with `EAGAIN`: -1 is for ever, 0
   * not at all. A send that waits already keeps the time it began with.
   *
   * `ZMQ_SNDTIMEO`. Default -1; less throws `EINVAL`. Works at once.
   */
  sendTimeout: number

  /**
   * Sends a message of one part, or of several when given an array. An empty array sends nothing.
   *
   * ```typescript
   * await socket.send("a message of one part")
   * await socket.send(["topic", Buffer.from([1, 2, 3])])
   * ```
   *
   * The promise resolves when the message is queued, which says nothing about its arrival. While the queue of
   * every possible peer is full, or no peer is there, it waits for {@link sendTimeout}, and holds the
   * process; socket types that drop messages do not wait. One send waits at a time: wait for each with
   * `await`, or keep a queue of your own. With a timeout of 0 nothing waits, and an error tells that the
   * message was not taken.
   *
   * A loop of sends that need not wait would never let the program do anything else; every 2048th operation
   * of a socket therefore resolves after pending I/O.
   *
   * Strings are sent as UTF-8. A part of up to 128 bytes is copied before `send` returns. One of up to 16 KiB
   * is copied when it is queued for a connection, that is before the promise resolves; so is one of any size on
   * `inproc://`, unless it is all of a `SharedArrayBuffer`, which both sides then have, or was given to {@link
   * transfer}. Larger ones are passed by reference: do not write to them until the peer has them, which only its
   * answer can tell.
   *
   * @param message The part or parts to send.
   * @param options What draft socket types take besides.
   * @returns Resolves when the message is queued. Rejects with `EAGAIN` when the time is over or the socket
   *   was closed meanwhile, and with `EFSM` in the same cases when the obstacle is that a Request or Reply
   *   may not send now.
   * @throws `EBUSY` while another send waits or a `bind` or `unbind` is under way, `EBADF` when the socket is
   *   closed, TypeError for `undefined` and for values that have no text, such as symbols.
   */
  send(message: M, ...options: O): Promise<void>

  /**
   * Queues a message as {@link send} does, without a promise: returns true when it is queued, and false, having
   * kept nothing of it, where `send` would wait. Ours; the native package has no such method.
   *
   * ```typescript
   * for (const task of tasks) if (!socket.trySend(task)) await socket.send(task)
   * ```
   *
   * It never yields to the event loop. Most of what is queued leaves, and room is made, only between turns of the
   * loop: after `false` wait for a `send`, as above, and let long loops `await` something now and then,
   * above all those of sockets that drop messages, which return true whatever becomes of them.
   *
   * @param message The part or parts to send.
   * @param options What draft socket types take besides.
   * @throws `EBUSY` while a `send` waits, which no message overtakes, or a `bind` or `unbind` is under way;
   *   `EBADF` when the socket is closed; `ENOTSUP` when its type never sends; TypeError for `undefined` and for
   *   values that have no text; and what `send` rejects with without having waited.
   */
  trySend(message: M, ...options: O): boolean
}

/** What {@link Readable.receive} takes. The native package has no such argument. */
export interface ReceiveOptions {
  /**
   * Ends the wait: `receive` rejects with the signal's `reason`. No message is lost by that; the next
   * `receive` gets it.
   */
  signal?: AbortSignal | undefined
}

/** What {@link Readable.batches} takes. */
export interface BatchOptions {
  /**
   * Whether parts are as those that `receive` gives, which have memory of their own unless
   * {@link Readable.zeroCopyReceive} is set; true unless said otherwise. False is faster: then parts of any size may share
   * memory, as {@link Readable.zeroCopyReceive} tells.
   */
  copy?: boolean | undefined
}

type ReceiveType<T> = T extends { receive(): Promise<infer U> } ? U : never

/**
 * A socket that receives.
 *
 * @typeParam M The parts of a message.
 */
export interface Readable<M extends object[] = Message[]> {
  /**
   * Size of the kernel's buffer for incoming data, in bytes; -1 leaves it to the system.
   *
   * `ZMQ_RCVBUF`. Default -1; less throws `EINVAL`. Honoured for `udp://`; elsewhere kept without effect, as
   * Node.js offers no way to set it on a stream.
   */
  receiveBufferSize: number

  /**
   * Most messages from one peer that wait to be received; 0 is no limit. At the mark nothing more is read
   * from the peer, whose own queue then fills up.
   *
   * `ZMQ_RCVHWM`. Default 1000; less than 0 throws `EINVAL`. Works on existing connections at once.
   */
  receiveHighWaterMark: number

  /**
   * How long {@link receive} waits for a message, in milliseconds, before it rejects with `EAGAIN`: -1 is for
   * ever, 0 not at all. A receive that waits already keeps the time it began with.
   *
   * `ZMQ_RCVTIMEO`. Default -1; less throws `EINVAL`. Works at once.
   */
  receiveTimeout: number

  /**
   * Whether received parts may share memory, which makes parts of about 100 to 10,000 bytes two to three times as fast.
   * Ours; the native package has no such option. Default false; may be set at any time, and holds for what is read from a
   * connection after that.
   *
   * By default a part has memory of its own: `part.buffer` holds the part and nothing else, and can be transferred to a
   * thread. With true, parts of more than 64 bytes that one read from a connection brought as a whole are views of one
   * piece of memory, of up to 64 KiB: at any `byteOffset`, so that a `Float64Array` over it may be refused, and next to
   * other messages of that connection. To keep one such part keeps all of the piece; `Buffer.from(part)` does not. The
   * memory cannot be given away: a transfer throws, or on Node.js 20 copies the piece. Parts of up to 64 bytes, larger
   * ones that came in several reads, and all over `inproc://` and `udp://` or of a `Stream`, have memory of their own all
   * the same.
   */
  zeroCopyReceive: boolean

  /**
   * Receives the next message, as the array of its parts. Each part is a Buffer with memory of its own, the
   * program's to keep, write to, and transfer (but see {@link zeroCopyReceive}). Without a message it waits for {@link receiveTimeout},
   * and holds the process meanwhile. One receive waits at a time. Every 2048th operation of a socket that
   * need not wait resolves after pending I/O.
   *
   * ```typescript
   * const [topic, ...rest] = await socket.receive()
   * const [reply] = await socket.receive({ signal: AbortSignal.timeout(1000) })
   * ```
   *
   * @param options A signal that ends the wait.
   * @returns Resolves with the parts. Rejects with `EAGAIN` when the time is over or the socket was closed
   *   meanwhile, with `EFSM` in the same cases when the obstacle is that a Request or Reply may not receive
   *   now, and with the signal's reason when that is aborted.
   * @throws `EBUSY` while another receive waits or a `bind` or `unbind` is under way, `EBADF` when the socket
   *   is closed, TypeError for an argument that has no signal.
   */
  receive(options?: ReceiveOptions): Promise<M>

  /**
   * Receives message after message until the socket is closed, which ends the loop without an error. Leaving
   * the loop early leaves the socket open. A {@link receiveTimeout} that runs out ends the loop with
   * `EAGAIN`.
   *
   * ```typescript
   * for await (const [topic, body] of socket) {
   *   console.log(topic.toString(), body.length)
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterator<ReceiveType<this>, undefined>

  /**
   * Receives the next message, as {@link receive} does, without a promise; returns undefined where that would
   * wait. Ours; the native package has no such method. It never yields to the event loop: messages arrive
   * between its turns.
   *
   * @throws `EBUSY` while a `receive` waits, which is first in line, or a `bind` or `unbind` is under way;
   *   `EBADF` when the socket is closed; `ENOTSUP` when its type never receives.
   */
  tryReceive(): M | undefined

  /**
   * Iterates as the socket itself does, over arrays of messages: all that are there, at least one and at most
   * 1,000. One promise serves for a whole batch, which counts where messages are small and many. Ours; the native
   * package has no such method.
   *
   * ```typescript
   * for await (const batch of socket.batches()) {
   *   for (const [topic, body] of batch) console.log(topic.toString(), body.length)
   * }
   * ```
   *
   * Waits as {@link receive} does, and ends without an error when the socket is closed. A batch is received as a
   * whole: what a loop that is left early has not looked at does not come again. Once 2048 messages have come
   * without a wait, the batch that completes them resolves after pending I/O.
   *
   * @param options `{ copy: false }` for parts that share memory, which is faster, and costs those who keep some of them.
   * @throws TypeError for another kind of argument.
   */
  batches(options?: BatchOptions): AsyncIterable<M[]>
}

/**
 * The options of every socket. Give them to the constructor, or set them before the `bind` or `connect` they
 * are meant for: each endpoint keeps what it began with, and setting an option on a socket that has an
 * endpoint emits a process warning. Where an option works at once instead, its description says so.
 *
 * Setting one throws a TypeError for a value of the wrong type, `EINVAL` for one out of range, and `ENOTSOCK`
 * on a closed socket, which reading does too. Fractions are cut off. Text is limited in bytes of UTF-8, and
 * the empty string is always out of range.
 */
export interface SocketProperties {
  /**
   * Bit mask of the I/O threads that serve new connections; 0 is all.
   *
   * `ZMQ_AFFINITY`. Default 0. Negative numbers count as 0; those above `Number.MAX_SAFE_INTEGER` are inexact
   * and emit a warning. Accepted and kept without effect: there are no I/O threads here.
   */
  affinity: number

  /**
   * Most data that multicast sends or receives, in kilobits per second.
   *
   * `ZMQ_RATE`. Default 100; less than 1 throws `EINVAL`. Accepted and kept without effect: it is for reliable
   * multicast (pgm), which is not spoken here; udp does not use it.
   */
  rate: number

  /**
   * How long a multicast receiver may be gone and still catch up, in milliseconds.
   *
   * `ZMQ_RECOVERY_IVL`. Default 10000; less than 0 throws `EINVAL`. Accepted and kept without effect: it is for
   * reliable multicast (pgm), which is not spoken here; udp does not use it.
   */
  recoveryInterval: number

  /**
   * How long unsent messages live on after `close` or `disconnect`, in milliseconds: -1 is until they are
   * sent, 0 drops what a connection does not take at once. They hold the process meanwhile.
   *
   * `ZMQ_LINGER`. Default -1, but 0 for a Subscriber and for sockets of a context that is not {@link
   * ContextProperties.blocky}; less than -1 throws `EINVAL`. Works at once.
   */
  linger: number

  /**
   * Wait before another attempt to connect, in milliseconds; 0 and -1 are never. A random time of up to as
   * much again is added, so that the many peers of one server do not all return at the same moment.
   *
   * `ZMQ_RECONNECT_IVL`. Default 100; less than -1 throws `EINVAL`.
   */
  reconnectInterval: number

  /**
   * Most connections that may wait to be accepted. The system may allow fewer.
   *
   * `ZMQ_BACKLOG`. Default 100; less than 0 throws `EINVAL`.
   */
  backlog: number

  /**
   * Longest wait between attempts to connect, in milliseconds: from {@link reconnectInterval} on, each wait
   * is twice the one before until it is as long as this. 0 is no doubling. With doubling nothing is added at
   * random.
   *
   * `ZMQ_RECONNECT_IVL_MAX`. Default 0; less throws `EINVAL`.
   */
  reconnectMaxInterval: number

  /**
   * Largest part that a peer may send, in bytes; the peer that sends a larger one is disconnected. Negative
   * is no limit other than that of a Buffer.
   *
   * `ZMQ_MAXMSGSIZE`. Default -1.
   */
  maxMessageSize: number

  /**
   * Whether TCP probes silent connections: 1 yes, 0 no, -1 as the system does. To notice dead peers sooner,
   * see {@link heartbeatInterval}.
   *
   * `ZMQ_TCP_KEEPALIVE`. Default -1; anything else than these three throws `EINVAL`.
   */
  tcpKeepalive: number

  /**
   * Probes without an answer after which TCP gives a connection up; -1 is the system's number.
   *
   * `ZMQ_TCP_KEEPALIVE_CNT`. Default -1; less throws `EINVAL`. Accepted and kept without effect: Node.js
   * offers no way to set it on a stream.
   */
  tcpKeepaliveCount: number

  /**
   * Silence before the first TCP probe, in seconds; -1 is the system's time. Counts when {@link tcpKeepalive}
   * is 1.
   *
   * `ZMQ_TCP_KEEPALIVE_IDLE`. Default -1; less throws `EINVAL`.
   */
  tcpKeepaliveIdle: number

  /**
   * Time between TCP probes, in seconds; -1 is the system's time.
   *
   * `ZMQ_TCP_KEEPALIVE_INTVL`. Default -1; less throws `EINVAL`. Accepted and kept without effect: Node.js
   * offers no way to set it on a stream.
   */
  tcpKeepaliveInterval: number

  /**
   * Adds an address (`"10.0.0.7"`) or network (`"10.0.0.0/8"`) to those that may connect over TCP; `null`
   * forgets all. While none is named, all may.
   *
   * `ZMQ_TCP_ACCEPT_FILTER`. Default none. Host names and malformed networks throw `EINVAL`, and so do IPv6
   * addresses unless {@link ipv6} is on; at most 255 bytes. Reading it throws `EINVAL`, as with the native
   * package.
   */
  tcpAcceptFilter: string | null

  /**
   * Whether messages are queued only for connections that are complete. Otherwise an endpoint that is being
   * connected to has a queue too, and a socket that shares messages out gives it some, even if nobody ever
   * answers there. When on, sending waits while no connection is complete, and what is queued for a
   * connection is lost with it.
   *
   * `ZMQ_IMMEDIATE`. Default false.
   */
  immediate: boolean

  /**
   * Whether IPv6 is used besides IPv4, in binding, connecting and looking up names.
   *
   * `ZMQ_IPV6`. Default false, or what the context's {@link ContextProperties.ipv6} was when the socket was
   * made.
   */
  ipv6: boolean

  /**
   * Whether the socket is a server of PLAIN (24/ZMTP-PLAIN), which asks the ZAP handler bound at
   * `inproc://zeromq.zap.01` about each client and refuses all when there is none. Setting it chooses the
   * mechanism: true PLAIN, false none.
   *
   * `ZMQ_PLAIN_SERVER`. Default false.
   */
  plainServer: boolean

  /**
   * The name by which a client of PLAIN is known. Setting it makes the socket such a client; `null` takes the
   * mechanism back. PLAIN sends name and password as readable text.
   *
   * `ZMQ_PLAIN_USERNAME`. Default `null`; more than 255 bytes throw `EINVAL`.
   */
  plainUsername: string | null

  /**
   * The password of a client of PLAIN. Setting it makes the socket such a client; `null` takes the mechanism
   * back.
   *
   * `ZMQ_PLAIN_PASSWORD`. Default `null`; more than 255 bytes throw `EINVAL`.
   */
  plainPassword: string | null

  /**
   * Whether the socket is a server of CURVE (25/ZMTP-CURVE).
   *
   * `ZMQ_CURVE_SERVER`. Default false. CURVE comes in a later version: until then true throws `ENOTSUP`;
   * false leaves the socket without a mechanism.
   */
  curveServer: boolean

  /**
   * The public key of a CURVE client, as the 40 characters of Z85. A server needs none.
   *
   * `ZMQ_CURVE_PUBLICKEY`. Not set at first. CURVE comes in a later version: until then a key throws
   * `ENOTSUP`, what has not the length of one `EINVAL`, and reading `EINVAL`.
   */
  curvePublicKey: string | null

  /**
   * The secret key of this side of CURVE, client or server, as the 40 characters of Z85.
   *
   * `ZMQ_CURVE_SECRETKEY`. Not set at first. CURVE comes in a later version: until then a key throws
   * `ENOTSUP`, what has not the length of one `EINVAL`, and reading `EINVAL`.
   */
  curveSecretKey: string | null

  /**
   * The server's public key, by which a CURVE client knows whom it talks to, as the 40 characters of Z85.
   *
   * `ZMQ_CURVE_SERVERKEY`. Not set at first. CURVE comes in a later version: until then a key throws
   * `ENOTSUP`, what has not the length of one `EINVAL`, and reading `EINVAL`.
   */
  curveServerKey: string | null

  /**
   * Never defined, as this library has no GSSAPI: reading gives `undefined`, setting throws a TypeError, as
   * with a native package built without it. Declared because native programs are typed with it.
   * `ZMQ_GSSAPI_SERVER`.
   */
  gssapiServer: boolean

  /** Never defined, see {@link gssapiServer}. `ZMQ_GSSAPI_PRINCIPAL`. */
  gssapiPrincipal: string | null

  /** Never defined, see {@link gssapiServer}. `ZMQ_GSSAPI_SERVICE_PRINCIPAL`. */
  gssapiServicePrincipal: string | null

  /** Never defined, see {@link gssapiServer}. `ZMQ_GSSAPI_PLAINTEXT`. */
  gssapiPlainText: boolean

  /** Never defined, see {@link gssapiServer}. `ZMQ_GSSAPI_PRINCIPAL_NAMETYPE`. */
  gssapiPrincipalNameType: "hostBased" | "userName" | "krb5Principal"

  /** Never defined, see {@link gssapiServer}. `ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE`. */
  gssapiServicePrincipalNameType: "hostBased" | "userName" | "krb5Principal"

  /**
   * The domain that is named to the ZAP handler (27/ZAP) with each peer. A server of PLAIN asks the handler
   * anyhow; a socket without a mechanism asks only when a domain is set.
   *
   * `ZMQ_ZAP_DOMAIN`. Default `null`, which cannot be set again; `null` and more than 255 bytes throw
   * `EINVAL`.
   */
  zapDomain: string | null

  /**
   * The octet in outgoing IP packets that tells routers their priority (DS and ECN fields).
   *
   * `ZMQ_TOS`. Default 0; less throws `EINVAL`. Accepted and kept without effect: Node.js offers no way to
   * set it on a stream.
   */
  typeOfService: number

  /**
   * Time that a new connection has for its handshake, in milliseconds, before it is ended; 0 is no limit.
   *
   * `ZMQ_HANDSHAKE_IVL`. Default 30000; less than 0 throws `EINVAL`.
   */
  handshakeInterval: number

  /**
   * SOCKS5 proxy through which TCP connections are made, as `host:port`; `null` is none.
   *
   * Names are left to the proxy to resolve, so that it may know hosts that this computer does not.
   * {@link connectTimeout} counts until the proxy has made the connection. A proxy that cannot be reached, or
   * refuses, shows as failed attempts, which are made again as always. What binds, `ipc://`, `inproc://` and
   * `udp://` go without it.
   *
   * `ZMQ_SOCKS_PROXY`. Default `null`; the empty string throws `EINVAL`. A user name and a password for the proxy
   * (RFC 1929), which go there readable by everybody on the way, can be set as options 99 and 100 alone
   * (`ZMQ_SOCKS_USERNAME`, `ZMQ_SOCKS_PASSWORD`).
   */
  socksProxy: string | null

  /**
   * Time between the PING commands that show whether a peer is still there, in milliseconds; 0 is none. Peers
   * of ZMTP 2.0 and older get none: they do not know the command.
   *
   * `ZMQ_HEARTBEAT_IVL`. Default 0; less throws `EINVAL`.
   */
  heartbeatInterval: number

  /**
   * Silence after which the peer, on its side, shall end the connection, in milliseconds. It is told with
   * each PING, so counts only with a {@link heartbeatInterval}, and is cut to tenths of a second: less than
   * 100 is none.
   *
   * `ZMQ_HEARTBEAT_TTL`. Default 0; more than 6553599, and -100 or less, throw `EINVAL`.
   */
  heartbeatTimeToLive: number

  /**
   * How long any traffic may be wanting after a PING before the connection is ended, in milliseconds; 0 is
   * for ever. At first it follows {@link heartbeatInterval}, and reads -1.
   *
   * `ZMQ_HEARTBEAT_TIMEOUT`. Default -1, which cannot be set again; less than 0 throws `EINVAL`.
   */
  heartbeatTimeout: number

  /**
   * Time that an attempt to connect has, in milliseconds; 0 is the system's own.
   *
   * `ZMQ_CONNECT_TIMEOUT`. Default 0; less throws `EINVAL`.
   */
  connectTimeout: number

  /**
   * How long sent data may go without the other side's acknowledgement before TCP gives up, in milliseconds;
   * 0 is the system's own time.
   *
   * `ZMQ_TCP_MAXRT`. Default 0; less throws `EINVAL`. Accepted and kept without effect: Node.js offers no way
   * to set it on a stream.
   */
  tcpMaxRetransmitTimeout: number

  /**
   * Largest multicast packet, in bytes.
   *
   * `ZMQ_MULTICAST_MAXTPDU`. Default 1500; less than 1 throws `EINVAL`. Accepted and kept without effect: it is
   * for reliable multicast (pgm), which is not spoken here; udp does not use it.
   */
  multicastMaxTransportDataUnit: number

  /**
   * Size of a VMCI buffer, in bytes.
   *
   * `ZMQ_VMCI_BUFFER_SIZE`. Reading and setting throw `EINVAL`, as with a libzmq that was built without VMCI.
   */
  vmciBufferSize: number

  /**
   * Least size of a VMCI buffer, in bytes.
   *
   * `ZMQ_VMCI_BUFFER_MIN_SIZE`. Reading and setting throw `EINVAL`, as with a libzmq that was built without
   * VMCI.
   */
  vmciBufferMinSize: number

  /**
   * Largest size of a VMCI buffer, in bytes.
   *
   * `ZMQ_VMCI_BUFFER_MAX_SIZE`. Reading and setting throw `EINVAL`, as with a libzmq that was built without
   * VMCI.
   */
  vmciBufferMaxSize: number

  /**
   * Time for a VMCI connection, in milliseconds.
   *
   * `ZMQ_VMCI_CONNECT_TIMEOUT`. Reading and setting throw `EINVAL`, as with a libzmq that was built without
   * VMCI.
   */
  vmciConnectTimeout: number

  /**
   * Network device that connections must go through, such as `"eth1"`; `null` is any.
   *
   * `ZMQ_BINDTODEVICE`. Default `null`; more than 16 bytes throw `EINVAL`. Accepted and kept without effect:
   * Node.js offers no way to set it on a stream. An endpoint that names the device (`tcp://eth1:5555`) binds
   * to its address.
   */
  interface: string | null

  /**
   * Whether a socket that has a {@link zapDomain} and no mechanism refuses its peers while no ZAP handler is
   * bound, rather than admit them unasked. A server of {@link plainServer} without a domain refuses everybody
   * then.
   *
   * `ZMQ_ZAP_ENFORCE_DOMAIN`. Default false.
   */
  zapEnforceDomain: boolean

  /**
   * Whether TCP takes the shorter way that Windows has for connections inside one machine.
   *
   * `ZMQ_LOOPBACK_FASTPATH`. Default false. Accepted and kept without effect: Node.js offers no way to set it
   * on a stream.
   */
  loopbackFastPath: boolean

  /**
   * The socket type as libzmq's number: 0 for Pair to 11 for Stream, and from 12 on for draft types. `instanceof`
   * tells it in words. `ZMQ_TYPE`.
   *
   * @readonly
   */
  readonly type: SocketKind

  /**
   * The endpoint last bound or connected; one that was bound with wildcards appears with the address and port
   * they became. `null` before the first. `ZMQ_LAST_ENDPOINT`.
   *
   * ```typescript
   * await socket.bind("tcp://127.0.0.1:*")
   * console.log(socket.lastEndpoint) // "tcp://127.0.0.1:49213", for instance
   * ```
   *
   * @readonly
   */
  readonly lastEndpoint: string | null

  /**
   * The security mechanism that the other options chose: `null` is none, with neither passwords nor
   * encryption; `"plain"` names and passwords, readable on the way; `"curve"` keys and encryption, in a later
   * version; `"gssapi"` never occurs here. `ZMQ_MECHANISM`.
   *
   * @readonly
   */
  readonly securityMechanism: null | "plain" | "curve" | "gssapi"

  /**
   * Whether the type is one that libzmq lets several threads share: those draft types whose messages have one
   * part. Here every socket stays in the thread that made it. `ZMQ_THREAD_SAFE`.
   *
   * @readonly
   */
  readonly threadSafe: boolean
}

/**
 * The options of a context. Setting one throws a TypeError for a value of the wrong type, and `EINVAL` for
 * one out of range. Fractions are cut off.
 */
export interface ContextProperties {
  /**
   * Whether new sockets linger for ever when closed. When false their {@link SocketProperties.linger} begins
   * with 0, so that a program ends without regard to unsent messages. Sockets that exist keep what they have.
   *
   * `ZMQ_BLOCKY`. Default true.
   */
  blocky: boolean

  /**
   * Number of threads for I/O.
   *
   * `ZMQ_IO_THREADS`. Default 1; less than 0 throws `EINVAL`. Accepted and kept without effect: there are no
   * I/O threads here.
   */
  ioThreads: number

  /**
   * Largest message that may be sent, in bytes.
   *
   * `ZMQ_MAX_MSGSZ`. Default 2147483647; less than 0 throws `EINVAL`. Accepted and kept without effect, as in
   * libzmq 4.3: what counts is the receiver's {@link SocketProperties.maxMessageSize}.
   */
  maxMessageSize: number

  /**
   * Most sockets that may be open at a time; making one more throws `EMFILE`.
   *
   * `ZMQ_MAX_SOCKETS`. Default 1023; less than 1 throws `EINVAL`.
   */
  maxSockets: number

  /**
   * What the {@link SocketProperties.ipv6} of new sockets begins with.
   *
   * `ZMQ_IPV6`. Default false.
   */
  ipv6: boolean

  /**
   * Priority of the I/O threads. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_THREAD_PRIORITY`. Less than 0 throws `EINVAL`. Accepted and kept without effect: there are no I/O
   * threads here.
   */
  threadPriority: number

  /**
   * Scheduling policy of the I/O threads, as the system numbers them. Can only be set: reading gives
   * `undefined`.
   *
   * `ZMQ_THREAD_SCHED_POLICY`. Less than 0 throws `EINVAL`. Accepted and kept without effect: there are no
   * I/O threads here.
   */
  threadSchedulingPolicy: number

  /**
   * Largest value of {@link maxSockets} that libzmq would take: 65535. `ZMQ_SOCKET_LIMIT`.
   *
   * @readonly
   */
  readonly maxSocketsLimit: number
}

/** The option of socket types that can do with the last message alone. */
export interface ConflateProperty {
  /**
   * Whether the queue of each peer keeps only its last message, whatever the high-water marks say. Meant for
   * messages of one part, since libzmq tears others apart. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_CONFLATE`. Default false.
   */
  conflate: boolean
}

/** The option of socket types that a Router can address. */
export interface RoutingIdProperty {
  /**
   * The id under which a Router knows this socket. Without one each Router makes up its own. Two sockets that
   * connect to one Router must not share an id.
   *
   * `ZMQ_ROUTING_ID`. Default `null`, which cannot be set again; `null` and more than 255 bytes throw
   * `EINVAL`.
   */
  routingId: string | null
}

/** The option of socket types that can make themselves known to a Router. */
export interface ProbeRouterProperty {
  /**
   * Whether an empty message goes to each new peer, so that a Router learns of this socket before it sends
   * anything. The Router's program has to expect such messages; set it only where all peers are Routers. Can
   * only be set: reading gives `undefined`.
   *
   * `ZMQ_PROBE_ROUTER`. Default false. Works for new connections at once.
   */
  probeRouter: boolean
}

/** The options of a Request beside those of every socket. */
export interface RequestProperties extends RoutingIdProperty, ProbeRouterProperty {
  /**
   * Whether each request begins with an id of its own that its reply must repeat; replies that do not are
   * passed over. A Reply repeats it by itself, as part of the envelope; the program behind a Router must do
   * so. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_REQ_CORRELATE`. Default false. Works at once.
   */
  correlate: boolean

  /**
   * Whether a new request may be sent while the last one is unanswered, whose reply is then passed over. Set
   * {@link correlate} with it: otherwise a reply that comes late can be taken for that to the new request.
   * Can only be set: reading gives `undefined`.
   *
   * ```typescript
   * const client = new Request({ relaxed: true, correlate: true, receiveTimeout: 1000 })
   * ```
   *
   * `ZMQ_REQ_RELAXED`. Default false. Works at once.
   */
  relaxed: boolean
}

/** The options of a Reply beside those of every socket. */
export type ReplyProperties = RoutingIdProperty

/** The options of a Dealer beside those of every socket. */
export interface DealerProperties extends RoutingIdProperty, ProbeRouterProperty, ConflateProperty {}

/** The options of a Router beside those of every socket. */
export interface RouterProperties extends RoutingIdProperty, ProbeRouterProperty {
  /**
   * Whether sending to a peer that is not there fails with `EHOSTUNREACH`, and to one whose queue is full with
   * `EAGAIN`, instead of the message being dropped. The first is at once; so is the second while any other queue has
   * room, so that one slow peer does not hold up the others. While no peer at all has room, {@link Writable.send}
   * waits for {@link Writable.sendTimeout} before it fails, or until the peer leaves: then with `EHOSTUNREACH`.
   *
   * `ZMQ_ROUTER_MANDATORY`. Default false. Works at once. Reading it throws `EINVAL`, as in native: libzmq does not
   * tell.
   */
  mandatory: boolean

  /**
   * Whether a new peer takes over the routing id of one that is still there, which from then on is neither heard nor
   * spoken to. Meant for peers that come back before the loss of their old connection was noticed. Without it the
   * new one waits until the old one has left. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_ROUTER_HANDOVER`. Default false. Works at once.
   */
  handover: boolean
}

/** How a Router connects. */
export interface RouterConnectOptions {
  /**
   * The id under which the Router knows the peer, in the place of that which the peer gives itself: 1 to 255 bytes,
   * of which the first should not be zero. `ZMQ_CONNECT_ROUTING_ID`.
   */
  routingId?: string
}

/** The options of a Publisher beside those of every socket. */
export interface PublisherProperties extends ConflateProperty {
  /**
   * Whether a message that the full queue of some subscriber cannot take is refused with `EAGAIN`, for all
   * subscribers, instead of being dropped for that one. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_XPUB_NODROP`. Default false.
   */
  noDrop: boolean

  /**
   * Whether messages go to those who did not subscribe to them, and to no others. Subscribers must set their
   * {@link SubscriberProperties.invertMatching} too, or they discard all that arrives.
   *
   * `ZMQ_INVERT_MATCHING`. Default false.
   */
  invertMatching: boolean
}

/** The options of an XPublisher beside those of every socket, and {@link XPublisher.verbosity}. */
export interface XPublisherProperties {
  /**
   * Whether a message that the full queue of some subscriber cannot take is refused with `EAGAIN`, for all
   * subscribers, instead of being dropped for that one. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_XPUB_NODROP`. Default false. Works at once.
   */
  noDrop: boolean

  /**
   * Whether subscriptions are made by hand: what subscribers ask for, again and again, is received and has no effect
   * of its own. After each such message, `setStringOption(6, topic)` (`ZMQ_SUBSCRIBE`) subscribes the peer that
   * sent it to a topic, the one it asked for or any other, and `setStringOption(7, topic)` (`ZMQ_UNSUBSCRIBE`)
   * ends that; these methods are for classes that extend this one. Can only be set: reading gives `undefined`.
   *
   * `ZMQ_XPUB_MANUAL`. Default false. Works at once, for what comes from then on.
   */
  manual: boolean

  /**
   * The first message to each new subscriber, if it subscribed to it before it connected. Can only be set:
   * reading gives `undefined`.
   *
   * `ZMQ_XPUB_WELCOME_MSG`. Default none; `null` and the empty string are none. Works for new connections at once.
   */
  welcomeMessage: string | null

  /**
   * Whether messages go to those who did not subscribe to them, and to no others. Subscribers must set their
   * {@link SubscriberProperties.invertMatching} too, or they discard all that arrives.
   *
   * `ZMQ_INVERT_MATCHING`. Default false. Works at once.
   */
  invertMatching: boolean
}

/** The options of a Subscriber beside those of every socket. */
export interface SubscriberProperties extends ConflateProperty {
  /**
   * Whether messages that match no subscription are received, and no others. To be set together with the
   * {@link PublisherProperties.invertMatching} of all publishers.
   *
   * `ZMQ_INVERT_MATCHING`. Default false.
   */
  invertMatching: boolean
}

/** The option of a Stream beside those of every socket. */
export interface StreamProperties {
  /**
   * Whether a message with an empty second part tells of each connection, and again when it is lost. Can only be
   * set: reading gives `undefined`.
   *
   * `ZMQ_STREAM_NOTIFY`. Default true.
   */
  notify: boolean
}

/**
 * What the constructor of a socket type takes: its options that can be set, each one optional, and the
 * context.
 *
 * ```typescript
 * const options: SocketOptions<Push> = { sendHighWaterMark: 10, linger: 0 }
 * const socket = new Push(options)
 * ```
 *
 * @typeParam S The socket type.
 */
export type SocketOptions<S extends Socket> = Options<S, { context: Context }>

/** What the constructor of a context takes: its options that can be set, each one optional. */
export type ContextOptions = Options<ContextProperties>

type AnyFunction = (...args: never[]) => unknown

/**
 * `A` when the types `X` and `Y` are the same, down to `readonly`, and `B` when not.
 *
 * @internal
 */
export type IfEquals<X, Y, A, B = never> =
  // Assignability passes over `readonly`; whether two deferred conditional types are identical does not.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? A : B

/**
 * The same type as a plain list of properties, which reads better in editors than intersections do.
 *
 * @internal
 */
export type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never

/**
 * The names of properties other than methods.
 *
 * @internal
 */
export type ReadableKeys<T> = {
  [P in keyof T]-?: T[P] extends AnyFunction ? never : P
}[keyof T]

/**
 * The names of properties that can be set, methods left out.
 *
 * @internal
 */
export type WritableKeys<T> = {
  [P in keyof T]-?: T[P] extends AnyFunction
    ? never
    : IfEquals<{ [Q in P]: T[Q] }, { -readonly [Q in P]: T[Q] }, P>
}[keyof T]

/**
 * The properties of `T` that can be set and those of `E`, all optional.
 *
 * @internal
 */
export type Options<T, E = unknown> = Expand<Partial<E & Pick<T, WritableKeys<T>>>>
