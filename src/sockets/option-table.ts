/**
 * The options of sockets and contexts as tables: name, number, type, default, range, and which sockets have it.
 * Reading, setting and checking by these tables is in `options.ts`; what an option does is told where it is done.
 */

/** The socket types by the numbers that native's `type` option shows. */
export const SocketKind = {
  Pair: 0,
  Publisher: 1,
  Subscriber: 2,
  Request: 3,
  Reply: 4,
  Dealer: 5,
  Router: 6,
  Pull: 7,
  Push: 8,
  XPublisher: 9,
  XSubscriber: 10,
  Stream: 11,
  Server: 12,
  Client: 13,
  Radio: 14,
  Dish: 15,
  Gather: 16,
  Scatter: 17,
  Datagram: 18,
  Peer: 19,
  Channel: 20,
} as const

export type SocketKind = (typeof SocketKind)[keyof typeof SocketKind]

/** How native moves a value: by `getInt32Option` and `setInt32Option`, and so on. */
export type OptionType = "Bool" | "Int32" | "Uint32" | "Int64" | "Uint64" | "String"

export type OptionValue = boolean | number | Buffer

/** One row of the table. */
export interface Option {
  /** Property of the classes. */
  readonly name: string
  /** libzmq's name of it. */
  readonly zmq: `ZMQ_${string}`
  /** libzmq's number of it. */
  readonly id: number
  readonly type: OptionType
  readonly access: "r" | "w" | "rw"
  /** What a new socket has; strings are kept as bytes, empty when unset. */
  readonly initial: OptionValue
  /** Sockets whose class has the property; all when left out. */
  readonly kinds?: readonly SocketKind[]
  /**
   * The number belongs to these kinds alone, or to those of {@link kinds}: others refuse it, even through
   * `setInt32Option`.
   */
  readonly own?: true | readonly SocketKind[]
  /** Least and largest number accepted, after conversion to the type. For a Bool, of 0 and 1. */
  readonly min?: number
  readonly max?: number
  /** Longest string accepted, in bytes. */
  readonly maxBytes?: number
  /** The only lengths accepted, in bytes. */
  readonly lengths?: readonly number[]
  /** What `null` and an empty Buffer do to a string: by default native refuses them, as it does `""`. */
  readonly empty?: "clears" | "accepted"
  /** Takes effect on a socket that is already bound or connected: no warning then. */
  readonly immediate?: true
  /** The classes have no property of this name: only the option's number tells of it. */
  readonly hidden?: true
  /** Has a property that can be read, and reading it throws EINVAL: libzmq does not tell, as native overlooks. */
  readonly unreadable?: true
  /** Not stored: worked out when read. */
  readonly computed?: true
  /** Words for the values 0, 1, 2, ... of a number. */
  readonly words?: readonly (string | null)[]
  readonly unit?: "milliseconds" | "bytes" | "messages" | "seconds" | "connections" | "kilobits per second"
  readonly doc: string
  /** What Node.js cannot honour, and why. */
  readonly note?: string
  /** Set to be honoured by a later version: until then a value is refused with ENOTSUP. */
  readonly later?: "CURVE"
}

/** A string that is not set. */
export const EMPTY = Buffer.alloc(0)
const INT32_MAX = 2 ** 31 - 1

const { Pair, Publisher, Subscriber, Request, Reply, Dealer } = SocketKind
const { Router, Pull, Push, XPublisher, XSubscriber, Stream } = SocketKind
const { Server, Client, Radio, Dish, Gather, Scatter, Datagram, Peer, Channel } = SocketKind
const WRITABLE = [
  ...[Pair, Publisher, Request, Reply, Dealer, Router, Push, XPublisher, XSubscriber, Stream],
  ...[Server, Client, Radio, Scatter, Datagram, Peer, Channel],
] as const
export const READABLE = [
  ...[Pair, Subscriber, Request, Reply, Dealer, Router, Pull, XPublisher, XSubscriber, Stream],
  ...[Server, Client, Dish, Gather, Datagram, Peer, Channel],
] as const
const CONFLATABLE = [Pull, Push, Subscriber, Publisher, Dealer, Gather, Scatter] as const

/** Bytes of a CURVE key: as it is, and in Z85 with or without a final zero. */
const KEY_LENGTHS = [32, 40, 41] as const

const NO_PGM = "Accepted and kept; it is for reliable multicast, which is not spoken here."
const NO_SETSOCKOPT = "Accepted and kept; Node.js offers no way to set it on a stream."
const UDP_ONLY = "Honoured for udp; Node.js offers no way to set it on a stream."
const NO_VMCI = "Refused with EINVAL, as by a libzmq that was built without VMCI."

/** Options of sockets, in the order in which native defines the properties. */
// prettier-ignore
export const SOCKET_OPTIONS = [
  {
    name: "sendBufferSize", zmq: "ZMQ_SNDBUF", id: 11, type: "Int32", access: "rw", initial: -1, min: -1,
    kinds: WRITABLE, unit: "bytes", doc: "Size of the kernel's transmit buffer; -1 is the system's default.",
    note: UDP_ONLY,
  },
  {
    name: "sendHighWaterMark", zmq: "ZMQ_SNDHWM", id: 23, type: "Int32", access: "rw", initial: 1000, min: 0,
    kinds: WRITABLE, immediate: true, unit: "messages",
    doc: "Most messages queued for one peer; 0 is no limit.",
  },
  {
    name: "sendTimeout", zmq: "ZMQ_SNDTIMEO", id: 28, type: "Int32", access: "rw", initial: -1, min: -1,
    kinds: WRITABLE, immediate: true, unit: "milliseconds",
    doc: "How long a send waits for room; -1 is for ever, 0 not at all.",
  },
  {
    name: "multicastHops", zmq: "ZMQ_MULTICAST_HOPS", id: 25, type: "Int32", access: "rw", initial: 1, min: 1,
    kinds: WRITABLE, doc: "Networks that a multicast packet of udp may cross; 255 is as far as it goes.",
  },
  {
    name: "receiveBufferSize", zmq: "ZMQ_RCVBUF", id: 12, type: "Int32", access: "rw", initial: -1, min: -1,
    kinds: READABLE, unit: "bytes", doc: "Size of the kernel's receive buffer; -1 is the system's default.",
    note: UDP_ONLY,
  },
  {
    name: "receiveHighWaterMark", zmq: "ZMQ_RCVHWM", id: 24, type: "Int32", access: "rw", initial: 1000,
    min: 0, kinds: READABLE, immediate: true, unit: "messages",
    doc: "Most messages queued from one peer; 0 is no limit.",
  },
  {
    name: "receiveTimeout", zmq: "ZMQ_RCVTIMEO", id: 27, type: "Int32", access: "rw", initial: -1, min: -1,
    kinds: READABLE, immediate: true, unit: "milliseconds",
    doc: "How long a receive waits for a message; -1 is for ever, 0 not at all.",
  },
  {
    name: "affinity", zmq: "ZMQ_AFFINITY", id: 4, type: "Uint64", access: "rw", initial: 0,
    doc: "Which I/O threads serve new connections.",
    note: "Accepted and kept; there are no I/O threads here.",
  },
  {
    name: "routingId", zmq: "ZMQ_ROUTING_ID", id: 5, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, kinds: [Request, Reply, Router, Dealer],
    doc: "The id under which a Router peer knows this socket.",
  },
  {
    name: "rate", zmq: "ZMQ_RATE", id: 8, type: "Int32", access: "rw", initial: 100, min: 1,
    unit: "kilobits per second", doc: "Most data sent or received by multicast.", note: NO_PGM,
  },
  {
    name: "recoveryInterval", zmq: "ZMQ_RECOVERY_IVL", id: 9, type: "Int32", access: "rw", initial: 10000,
    min: 0, unit: "milliseconds", doc: "How long a multicast receiver may be gone without loss.",
    note: NO_PGM,
  },
  {
    name: "type", zmq: "ZMQ_TYPE", id: 16, type: "Int32", access: "r", initial: 0, computed: true,
    doc: "The socket type, as a number.",
  },
  {
    name: "linger", zmq: "ZMQ_LINGER", id: 17, type: "Int32", access: "rw", initial: -1, min: -1,
    immediate: true, unit: "milliseconds",
    doc: "How long unsent messages live after close; -1 is for ever. A Subscriber begins with 0, as does every socket of a context that is not blocky.",
  },
  {
    name: "reconnectInterval", zmq: "ZMQ_RECONNECT_IVL", id: 18, type: "Int32", access: "rw", initial: 100,
    min: -1, unit: "milliseconds", doc: "Wait before connecting again; -1 and 0 are never.",
  },
  {
    name: "backlog", zmq: "ZMQ_BACKLOG", id: 19, type: "Int32", access: "rw", initial: 100, min: 0,
    unit: "connections", doc: "Most connections that wait to be accepted.",
  },
  {
    name: "reconnectMaxInterval", zmq: "ZMQ_RECONNECT_IVL_MAX", id: 21, type: "Int32", access: "rw",
    initial: 0, min: 0, unit: "milliseconds",
    doc: "Bound of the doubling wait between attempts; 0 is no doubling.",
  },
  {
    name: "maxMessageSize", zmq: "ZMQ_MAXMSGSIZE", id: 22, type: "Int64", access: "rw", initial: -1,
    unit: "bytes",
    doc: "Largest frame accepted from a peer, which is disconnected otherwise; -1 is no limit.",
  },
  {
    name: "lastEndpoint", zmq: "ZMQ_LAST_ENDPOINT", id: 32, type: "String", access: "r", initial: EMPTY,
    computed: true, doc: "The endpoint last bound or connected, wildcards resolved; null before.",
  },
  {
    name: "mandatory", zmq: "ZMQ_ROUTER_MANDATORY", id: 33, type: "Bool", access: "rw", initial: false,
    min: 0, kinds: [Router], own: true, immediate: true, unreadable: true,
    doc: "Whether sending to an unknown peer is an error. Reading it is one, as in native.",
  },
  {
    name: "tcpKeepalive", zmq: "ZMQ_TCP_KEEPALIVE", id: 34, type: "Int32", access: "rw", initial: -1, min: -1,
    max: 1, doc: "TCP keep-alive: 1 on, 0 off, -1 the system's default.",
  },
  {
    name: "tcpKeepaliveCount", zmq: "ZMQ_TCP_KEEPALIVE_CNT", id: 35, type: "Int32", access: "rw", initial: -1,
    min: -1, doc: "Probes before a connection counts as lost; -1 is the system's default.",
    note: NO_SETSOCKOPT,
  },
  {
    name: "tcpKeepaliveIdle", zmq: "ZMQ_TCP_KEEPALIVE_IDLE", id: 36, type: "Int32", access: "rw", initial: -1,
    min: -1, unit: "seconds", doc: "Silence before the first probe; -1 is the system's default.",
  },
  {
    name: "tcpKeepaliveInterval", zmq: "ZMQ_TCP_KEEPALIVE_INTVL", id: 37, type: "Int32", access: "rw",
    initial: -1, min: -1, unit: "seconds", doc: "Time between probes; -1 is the system's default.",
    note: NO_SETSOCKOPT,
  },
  {
    name: "tcpAcceptFilter", zmq: "ZMQ_TCP_ACCEPT_FILTER", id: 38, type: "String", access: "rw",
    initial: EMPTY, maxBytes: 255, empty: "clears", computed: true,
    doc: "Adds an address or network that may connect; null forgets all. Reading it is an error, as in native.",
  },
  {
    name: "immediate", zmq: "ZMQ_IMMEDIATE", id: 39, type: "Bool", access: "rw", initial: false, min: 0,
    max: 1, doc: "Whether messages are queued only for connections that are complete.",
  },
  {
    name: "verbose", zmq: "ZMQ_XPUB_VERBOSE", id: 40, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [XPublisher, Publisher], own: true, hidden: true, immediate: true,
    doc: "Whether each subscription is received; setting it resets verboser.",
  },
  {
    name: "ipv6", zmq: "ZMQ_IPV6", id: 42, type: "Bool", access: "rw", initial: false, min: 0, max: 1,
    doc: "Whether IPv6 is used beside IPv4.",
  },
  {
    name: "securityMechanism", zmq: "ZMQ_MECHANISM", id: 43, type: "Int32", access: "r", initial: 0,
    computed: true, words: [null, "plain", "curve", "gssapi"],
    doc: "The security mechanism that other options chose.",
  },
  {
    name: "plainServer", zmq: "ZMQ_PLAIN_SERVER", id: 44, type: "Bool", access: "rw", initial: false, min: 0,
    max: 1, computed: true,
    doc: "Whether this socket is a server of PLAIN (24/ZMTP-PLAIN). Chooses the mechanism.",
  },
  {
    name: "plainUsername", zmq: "ZMQ_PLAIN_USERNAME", id: 45, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, empty: "clears",
    doc: "User name of a PLAIN client. Chooses the mechanism; null takes it back.",
  },
  {
    name: "plainPassword", zmq: "ZMQ_PLAIN_PASSWORD", id: 46, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, empty: "clears",
    doc: "Password of a PLAIN client. Chooses the mechanism; null takes it back.",
  },
  {
    name: "curveServer", zmq: "ZMQ_CURVE_SERVER", id: 47, type: "Bool", access: "rw", initial: false, min: 0,
    max: 1, computed: true, later: "CURVE", doc: "Whether this socket is a server of CURVE.",
  },
  {
    name: "curvePublicKey", zmq: "ZMQ_CURVE_PUBLICKEY", id: 48, type: "String", access: "rw", initial: EMPTY, lengths: KEY_LENGTHS,
    computed: true, later: "CURVE", doc: "Public key of a CURVE client.",
  },
  {
    name: "curveSecretKey", zmq: "ZMQ_CURVE_SECRETKEY", id: 49, type: "String", access: "rw", initial: EMPTY, lengths: KEY_LENGTHS,
    computed: true, later: "CURVE", doc: "Secret key of either side of CURVE.",
  },
  {
    name: "curveServerKey", zmq: "ZMQ_CURVE_SERVERKEY", id: 50, type: "String", access: "rw", initial: EMPTY, lengths: KEY_LENGTHS,
    computed: true, later: "CURVE", doc: "The server's public key, for a CURVE client.",
  },
  {
    name: "probeRouter", zmq: "ZMQ_PROBE_ROUTER", id: 51, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [Router, Dealer, Request], own: true, immediate: true,
    doc: "Whether an empty message tells a new Router peer that this socket is there.",
  },
  {
    name: "correlate", zmq: "ZMQ_REQ_CORRELATE", id: 52, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [Request], own: true, immediate: true,
    doc: "Whether requests carry an id that their reply must repeat.",
  },
  {
    name: "relaxed", zmq: "ZMQ_REQ_RELAXED", id: 53, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [Request], own: true, immediate: true,
    doc: "Whether a new request may be sent before the reply to the last.",
  },
  {
    name: "conflate", zmq: "ZMQ_CONFLATE", id: 54, type: "Bool", access: "w", initial: false, min: 0, max: 1,
    kinds: CONFLATABLE, doc: "Whether queues keep the last message only, of one part.",
  },
  {
    name: "zapDomain", zmq: "ZMQ_ZAP_DOMAIN", id: 55, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, doc: "Domain of ZAP requests (27/ZAP).",
  },
  {
    name: "handover", zmq: "ZMQ_ROUTER_HANDOVER", id: 56, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [Router], own: true, immediate: true,
    doc: "Whether a new peer takes over the routing id of an old one.",
  },
  {
    name: "typeOfService", zmq: "ZMQ_TOS", id: 57, type: "Uint32", access: "rw", initial: 0, min: 0,
    doc: "Type-of-service octet of outgoing packets.", note: NO_SETSOCKOPT,
  },
  {
    name: "connectRoutingId", zmq: "ZMQ_CONNECT_ROUTING_ID", id: 61, type: "String", access: "w",
    initial: EMPTY, maxBytes: 255, kinds: [Router, Stream], own: true, hidden: true,
    doc: "The routing id that this socket gives the next peer it connects to.",
  },
  {
    name: "handshakeInterval", zmq: "ZMQ_HANDSHAKE_IVL", id: 66, type: "Int32", access: "rw", initial: 30000,
    min: 0, unit: "milliseconds", doc: "Time for the handshake of a new connection; 0 is no limit.",
  },
  {
    name: "socksProxy", zmq: "ZMQ_SOCKS_PROXY", id: 68, type: "String", access: "rw", initial: EMPTY,
    empty: "clears", doc: "SOCKS5 proxy for TCP connections, as host:port.",
  },
  {
    name: "noDrop", zmq: "ZMQ_XPUB_NODROP", id: 69, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [XPublisher, Publisher], own: true,
    doc: "Whether send fails with EAGAIN, rather than drops, when a subscriber's queue is full.",
  },
  {
    name: "manual", zmq: "ZMQ_XPUB_MANUAL", id: 71, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [XPublisher], own: [XPublisher, Publisher], doc: "Whether subscriptions are managed by hand.",
  },
  {
    name: "welcomeMessage", zmq: "ZMQ_XPUB_WELCOME_MSG", id: 72, type: "String", access: "w", initial: EMPTY,
    kinds: [XPublisher], own: [XPublisher, Publisher], empty: "accepted", doc: "Message for each new subscriber.",
  },
  {
    name: "notify", zmq: "ZMQ_STREAM_NOTIFY", id: 73, type: "Bool", access: "w", initial: true, min: 0,
    max: 1, kinds: [Stream], own: true,
    doc: "Whether an empty message tells of each connection and disconnection.",
  },
  {
    name: "invertMatching", zmq: "ZMQ_INVERT_MATCHING", id: 74, type: "Bool", access: "rw", initial: false,
    kinds: [Publisher, Subscriber, XPublisher],
    doc: "Whether messages go to peers whose subscriptions do not match.",
  },
  {
    name: "heartbeatInterval", zmq: "ZMQ_HEARTBEAT_IVL", id: 75, type: "Int32", access: "rw", initial: 0,
    min: 0, unit: "milliseconds", doc: "Time between PINGs; 0 is none.",
  },
  {
    name: "heartbeatTimeToLive", zmq: "ZMQ_HEARTBEAT_TTL", id: 76, type: "Int32", access: "rw", initial: 0,
    min: -99, max: 6553599, unit: "milliseconds",
    doc: "Silence after which the peer should give up; kept in tenths of a second.",
  },
  {
    name: "heartbeatTimeout", zmq: "ZMQ_HEARTBEAT_TIMEOUT", id: 77, type: "Int32", access: "rw", initial: -1,
    min: 0, unit: "milliseconds",
    doc: "Wait for any traffic after a PING; -1, the default, is heartbeatInterval.",
  },
  {
    name: "verboser", zmq: "ZMQ_XPUB_VERBOSER", id: 78, type: "Bool", access: "w", initial: false, min: 0,
    kinds: [XPublisher, Publisher], own: true, hidden: true, immediate: true,
    doc: "Whether each subscription and each cancellation is received; sets verbose too.",
  },
  {
    name: "connectTimeout", zmq: "ZMQ_CONNECT_TIMEOUT", id: 79, type: "Int32", access: "rw", initial: 0,
    min: 0, unit: "milliseconds", doc: "Time for a connection to be established; 0 is the system's own.",
  },
  {
    name: "tcpMaxRetransmitTimeout", zmq: "ZMQ_TCP_MAXRT", id: 80, type: "Int32", access: "rw", initial: 0,
    min: 0, unit: "milliseconds", doc: "Time for sent data to be acknowledged; 0 is the system's own.",
    note: NO_SETSOCKOPT,
  },
  {
    name: "threadSafe", zmq: "ZMQ_THREAD_SAFE", id: 81, type: "Bool", access: "r", initial: false,
    computed: true, doc: "Whether several threads may use the socket.",
  },
  {
    name: "multicastMaxTransportDataUnit", zmq: "ZMQ_MULTICAST_MAXTPDU", id: 84, type: "Int32", access: "rw",
    initial: 1500, min: 1, unit: "bytes", doc: "Largest multicast packet.", note: NO_PGM,
  },
  {
    name: "vmciBufferSize", zmq: "ZMQ_VMCI_BUFFER_SIZE", id: 85, type: "Uint64", access: "rw", initial: 0,
    min: Infinity, computed: true, unit: "bytes", doc: "Size of a VMCI buffer.", note: NO_VMCI,
  },
  {
    name: "vmciBufferMinSize", zmq: "ZMQ_VMCI_BUFFER_MIN_SIZE", id: 86, type: "Uint64", access: "rw",
    initial: 0, min: Infinity, computed: true, unit: "bytes", doc: "Least size of a VMCI buffer.",
    note: NO_VMCI,
  },
  {
    name: "vmciBufferMaxSize", zmq: "ZMQ_VMCI_BUFFER_MAX_SIZE", id: 87, type: "Uint64", access: "rw",
    initial: 0, min: Infinity, computed: true, unit: "bytes", doc: "Largest size of a VMCI buffer.",
    note: NO_VMCI,
  },
  {
    name: "vmciConnectTimeout", zmq: "ZMQ_VMCI_CONNECT_TIMEOUT", id: 88, type: "Int32", access: "rw",
    initial: -1, min: Infinity, computed: true, unit: "milliseconds", doc: "Time for a VMCI connection.",
    note: NO_VMCI,
  },
  {
    name: "interface", zmq: "ZMQ_BINDTODEVICE", id: 92, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 16, empty: "clears", doc: "Network device that connections must use.", note: NO_SETSOCKOPT,
  },
  {
    name: "zapEnforceDomain", zmq: "ZMQ_ZAP_ENFORCE_DOMAIN", id: 93, type: "Bool", access: "rw",
    initial: false, doc: "Whether NULL with a ZAP domain needs a ZAP handler, and PLAIN a domain.",
  },
  {
    name: "loopbackFastPath", zmq: "ZMQ_LOOPBACK_FASTPATH", id: 94, type: "Bool", access: "rw",
    initial: false, doc: "Faster TCP on the loopback interface of Windows.", note: NO_SETSOCKOPT,
  },
  {
    name: "multicastLoop", zmq: "ZMQ_MULTICAST_LOOP", id: 96, type: "Bool", access: "rw", initial: true,
    hidden: true, doc: "Whether multicast over udp reaches receivers on this computer too.",
  },
  {
    name: "manualLastValue", zmq: "ZMQ_XPUB_MANUAL_LAST_VALUE", id: 98, type: "Bool", access: "w",
    initial: false, min: 0, kinds: [XPublisher, Publisher], own: true, hidden: true,
    doc: "Manual, and the next message goes to the peer alone whose subscription was received last.",
  },
  {
    name: "socksUsername", zmq: "ZMQ_SOCKS_USERNAME", id: 99, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, empty: "accepted", hidden: true, doc: "User name for the SOCKS5 proxy, if it asks for one.",
  },
  {
    name: "socksPassword", zmq: "ZMQ_SOCKS_PASSWORD", id: 100, type: "String", access: "rw", initial: EMPTY,
    maxBytes: 255, empty: "accepted", hidden: true, doc: "Password for the SOCKS5 proxy.",
  },
  {
    name: "onlyFirstSubscribe", zmq: "ZMQ_ONLY_FIRST_SUBSCRIBE", id: 108, type: "Bool", access: "w",
    initial: false, min: 0, kinds: [XPublisher, XSubscriber, Publisher], own: true, hidden: true,
    doc: "Whether subscriptions are looked for only in messages that begin with one.",
  },
  {
    name: "verboseUnsubscribe", zmq: "ZMQ_XSUB_VERBOSE_UNSUBSCRIBE", id: 115, type: "Bool", access: "w",
    initial: false, kinds: [XSubscriber], own: true, hidden: true,
    doc: "Whether each cancellation is passed on, and not only the last for a topic.",
  },
  {
    name: "topicsCount", zmq: "ZMQ_TOPICS_COUNT", id: 116, type: "Int32", access: "r", initial: 0,
    kinds: [Publisher, Subscriber, XPublisher, XSubscriber], own: true, hidden: true, computed: true,
    doc: "The number of distinct topics subscribed to.",
  },
] as const satisfies readonly Option[]

/** Options of contexts. Number 3 is read as one option and written as another. */
// prettier-ignore
export const CONTEXT_OPTIONS = [
  {
    name: "ioThreads", zmq: "ZMQ_IO_THREADS", id: 1, type: "Int32", access: "rw", initial: 1, min: 0,
    doc: "Threads for I/O.", note: "Accepted and kept; there are no I/O threads here.",
  },
  {
    name: "maxSockets", zmq: "ZMQ_MAX_SOCKETS", id: 2, type: "Int32", access: "rw", initial: 1023, min: 1,
    doc: "Most sockets open at a time; one more is refused with EMFILE.",
  },
  {
    name: "maxSocketsLimit", zmq: "ZMQ_SOCKET_LIMIT", id: 3, type: "Int32", access: "r", initial: 65535,
    doc: "Largest useful value of maxSockets.",
  },
  {
    name: "threadPriority", zmq: "ZMQ_THREAD_PRIORITY", id: 3, type: "Int32", access: "w", initial: -1,
    min: 0, doc: "Priority of the I/O threads.", note: "Accepted and kept; there are no I/O threads here.",
  },
  {
    name: "threadSchedulingPolicy", zmq: "ZMQ_THREAD_SCHED_POLICY", id: 4, type: "Int32", access: "w",
    initial: -1, min: 0, doc: "Scheduling of the I/O threads.",
    note: "Accepted and kept; there are no I/O threads here.",
  },
  {
    name: "maxMessageSize", zmq: "ZMQ_MAX_MSGSZ", id: 5, type: "Int32", access: "rw", initial: INT32_MAX,
    min: 0, unit: "bytes", doc: "Largest message that may be sent.",
    note: "Accepted and kept, and without effect in libzmq 4.3 too; the sockets' maxMessageSize is what counts.",
  },
  {
    name: "ipv6", zmq: "ZMQ_IPV6", id: 42, type: "Bool", access: "rw", initial: false, min: 0,
    doc: "What the ipv6 option of new sockets begins with.",
  },
  {
    name: "blocky", zmq: "ZMQ_BLOCKY", id: 70, type: "Bool", access: "rw", initial: true, min: 0,
    doc: "Whether new sockets linger for ever; their linger begins with 0 otherwise.",
  },
] as const satisfies readonly Option[]
