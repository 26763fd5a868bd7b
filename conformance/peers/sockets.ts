/**
 * The sockets of a peer, all alike: a message is an array of parts, whatever the socket type makes of it. The
 * group of a RADIO's message is its first part here, the client of a SERVER an address that goes before, and an
 * XSUB and a DISH subscribe as a SUB does. Which messages flow is told in host.ts.
 */
import type { Library } from "./library.js"
import type { Options, SocketType } from "./protocol.js"

const CLASSES = {
  push: "Push",
  pull: "Pull",
  pub: "Publisher",
  sub: "Subscriber",
  req: "Request",
  rep: "Reply",
  dealer: "Dealer",
  router: "Router",
  pair: "Pair",
  xpub: "XPublisher",
  xsub: "XSubscriber",
  stream: "Stream",
  client: "Client",
  server: "Server",
  scatter: "Scatter",
  gather: "Gather",
  radio: "Radio",
  dish: "Dish",
  channel: "Channel",
} as const satisfies Record<SocketType, string>

/** What a library's socket classes have between them. */
interface NativeSocket {
  readonly lastEndpoint: string | null
  readonly events: AsyncIterable<{
    type: string
    address?: string
    error?: Error & { code?: string; status?: number }
  }>
  bind(endpoint: string): Promise<void>
  unbind(endpoint: string): Promise<void>
  connect(endpoint: string): void
  disconnect(endpoint: string): void
  subscribe(...prefixes: string[]): void
  unsubscribe(...prefixes: string[]): void
  join(...groups: string[]): void
  leave(...groups: string[]): void
  send(message: Buffer | Buffer[], options?: object): Promise<void>
  receive(): Promise<unknown[]>
  close(): void
}

/** A socket with the differences between the types taken out. */
export interface AnySocket extends Pick<
  NativeSocket,
  "lastEndpoint" | "events" | "bind" | "unbind" | "connect" | "disconnect" | "close"
> {
  readonly type: SocketType
  subscribe(prefixes: readonly string[]): Promise<void>
  unsubscribe(prefixes: readonly string[]): Promise<void>
  send(parts: readonly Buffer[]): Promise<void>
  receive(): Promise<Buffer[]>
}

/** What a type sends, receives and subscribes by, where that is not `send`, `receive` and `subscribe`. */
type Ways = Partial<Pick<AnySocket, "subscribe" | "unsubscribe" | "send" | "receive">>

const NOTHING = Buffer.alloc(0)
const [SUBSCRIBE, CANCEL] = [Buffer.of(1), Buffer.of(0)]

const WAYS: Partial<Record<SocketType, (socket: NativeSocket) => Ways>> = {
  xsub: socket => ({
    subscribe: async prefixes => {
      for (const prefix of prefixes) await socket.send(Buffer.concat([SUBSCRIBE, Buffer.from(prefix)]))
    },
    unsubscribe: async prefixes => {
      for (const prefix of prefixes) await socket.send(Buffer.concat([CANCEL, Buffer.from(prefix)]))
    },
  }),
  radio: socket => ({ send: ([group, body = NOTHING]) => socket.send(body, { group }) }),
  dish: socket => ({
    subscribe: async prefixes => socket.join(...prefixes),
    unsubscribe: async prefixes => socket.leave(...prefixes),
    receive: async () => {
      const [body, { group }] = (await socket.receive()) as [Buffer, { group: Buffer }]
      return [group, body]
    },
  }),
  server: socket => ({
    send: ([id, body = NOTHING]) => socket.send(body, { routingId: id?.readUInt32BE() }),
    receive: async () => {
      const [body, { routingId }] = (await socket.receive()) as [Buffer, { routingId: number }]
      const id = Buffer.alloc(4)
      id.writeUInt32BE(routingId)
      return [id, body]
    },
  }),
}

type SocketClass = new (options: Options) => NativeSocket

/** ZMQ_CHANNEL, for which native has no class although its libzmq has the socket. */
function nativeChannel(library: Library): SocketClass {
  type Base = new (type: number, options: Options) => { setInt32Option(option: number, value: number): void }
  class Channel extends (library.Socket as unknown as Base) {
    constructor(options: Options) {
      super(20, options)
    }
    set sendTimeout(value: number) {
      this.setInt32Option(28, value)
    }
    set receiveTimeout(value: number) {
      this.setInt32Option(27, value)
    }
  }
  return Channel as unknown as SocketClass
}

async function classOf(library: Library, type: SocketType): Promise<SocketClass | undefined> {
  const name = CLASSES[type]
  const found: unknown = Reflect.get(library, name) ?? Reflect.get(await library.draft(), name)
  if (found !== undefined) return found as SocketClass
  return type === "channel" && library.capability.draft === true ? nativeChannel(library) : undefined
}

export async function openSocket(library: Library, type: SocketType, options: Options): Promise<AnySocket> {
  const Class = await classOf(library, type)
  if (Class === undefined) throw new Error(`this library has no ${CLASSES[type]}`)
  const socket = new Class(options)
  return {
    type,
    get lastEndpoint() {
      return socket.lastEndpoint
    },
    get events() {
      return socket.events
    },
    bind: endpoint => socket.bind(endpoint),
    unbind: endpoint => socket.unbind(endpoint),
    connect: endpoint => socket.connect(endpoint),
    disconnect: endpoint => socket.disconnect(endpoint),
    close: () => socket.close(),
    subscribe: async prefixes => socket.subscribe(...prefixes),
    unsubscribe: async prefixes => socket.unsubscribe(...prefixes),
    send: parts => socket.send(parts as Buffer[]),
    receive: () => socket.receive() as Promise<Buffer[]>,
    ...WAYS[type]?.(socket),
  }
}
