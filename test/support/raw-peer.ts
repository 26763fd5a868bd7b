/**
 * A ZMTP peer played by hand, on the wire room alone: tests say each byte it sends and look at each frame it gets.
 * It keeps no rules unless told to, answers no PING, and knows no socket.
 */
import { EventEmitter, once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import {
  buildCommand,
  buildReady,
  commandName,
  Decoder,
  encodeMetadata,
  Encoder,
  GREETING_SIZE,
  type OutgoingPart,
} from "../../src/wire.js"

/** A frame or message as it came. Commands are shown with their name and their data in latin1. */
export type Received =
  | { readonly kind: "message"; readonly parts: readonly string[] }
  | { readonly kind: "command"; readonly name: string; readonly data: string }

export interface Handshake {
  /** Minor version that the greeting shows; major is 3. */
  readonly minor?: number
  readonly mechanism?: string
  readonly asServer?: boolean
  /** Property "Socket-Type" of READY. */
  readonly socketType: string
  readonly identity?: string
}

/** A whole 3.x greeting. */
export function greeting({
  minor = 1,
  mechanism = "NULL",
  asServer = false,
}: Partial<Handshake> = {}): Buffer {
  const bytes = Buffer.alloc(GREETING_SIZE)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes[11] = minor
  bytes.write(mechanism, 12, "latin1")
  bytes[32] = asServer ? 1 : 0
  return bytes
}

export function ready({ socketType, identity }: Handshake): Buffer {
  const properties: [string, string][] = [["Socket-Type", socketType]]
  if (identity !== undefined) properties.push(["Identity", identity])
  return buildReady(encodeMetadata(properties))
}

export class RawPeer {
  readonly socket: Socket
  /** Everything received, in order, as far as it was not taken by {@link next}. */
  readonly inbox: Received[] = []
  /** Bytes of the other side's greeting. */
  greeting: Buffer = Buffer.alloc(0)
  /** What its READY brought. */
  metadata = ""
  /** Whether the other side has closed its direction, or the whole connection. */
  ended = false
  private readonly changes = new EventEmitter()
  private readonly decoder = new Decoder({ framing: 2, maxFrameSize: 2 ** 31 })

  constructor(socket: Socket) {
    this.socket = socket
    this.changes.setMaxListeners(0)
    socket.setNoDelay(true)
    socket.on("data", chunk => {
      this.take(chunk)
    })
    socket.on("error", () => undefined)
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true
        this.changes.emit("change")
      })
    }
  }

  /** Connects to a tcp endpoint, such as a socket's `lastEndpoint`. */
  static async connect(endpoint: string | null): Promise<RawPeer> {
    const { hostname, port } = new URL((endpoint ?? "").replace("tcp:", "http:"))
    const socket = connect({ host: hostname.replace(/[[\]]/g, ""), port: Number(port) })
    await once(socket, "connect")
    return new RawPeer(socket)
  }

  /** Connects and goes through the handshake of the NULL mechanism. */
  static async join(endpoint: string | null, handshake: Handshake): Promise<RawPeer> {
    const peer = await RawPeer.connect(endpoint)
    await peer.handshake(handshake)
    return peer
  }

  async handshake(handshake: Handshake): Promise<void> {
    this.write(greeting(handshake))
    this.command("READY", ready(handshake).subarray(6))
    const first = await this.next()
    if (first.kind !== "command" || first.name !== "READY")
      throw new Error("The handshake did not begin with READY")
    this.metadata = first.data
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends a message, each part in a frame. */
  send(...parts: OutgoingPart[]): void {
    const encoder = new Encoder()
    encoder.message(parts)
    for (const chunk of encoder.take()) this.write(Buffer.from(chunk))
  }

  command(name: string, data: Uint8Array | string = ""): void {
    const encoder = new Encoder()
    encoder.command(buildCommand(name, typeof data === "string" ? Buffer.from(data, "latin1") : data))
    for (const chunk of encoder.take()) this.write(Buffer.from(chunk))
  }

  /** The next message or command. Rejects when the other side ends the connection first. */
  async next(): Promise<Received> {
    await this.until(() => this.inbox.length > 0)
    return this.inbox.shift() as Received
  }

  /** The parts of the next message. */
  async message(): Promise<readonly string[]> {
    const received = await this.next()
    if (received.kind !== "message") throw new Error(`Received ${received.name}, no message`)
    return received.parts
  }

  /** Waits for the other side to end the connection, whatever it still sends. */
  async end(): Promise<void> {
    while (!this.ended) await once(this.changes, "change")
  }

  /** Reads no more. */
  pause(): void {
    this.socket.pause()
  }

  destroy(): void {
    this.socket.destroy()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.ended) throw new Error("The other side has ended the connection")
      await once(this.changes, "change")
    }
  }

  private take(chunk: Buffer): void {
    let rest = chunk
    if (this.greeting.length < GREETING_SIZE) {
      const missing = GREETING_SIZE - this.greeting.length
      this.greeting = Buffer.concat([this.greeting, chunk.subarray(0, missing)])
      rest = chunk.subarray(missing)
    }
    this.decoder.push(rest)
    for (let kind = this.decoder.next(); kind !== undefined; kind = this.decoder.next()) {
      if (kind === "message") {
        this.inbox.push({ kind, parts: this.decoder.message.map(part => part.toString("latin1")) })
      } else {
        const name = commandName(this.decoder.command)
        const data = this.decoder.command.toString("latin1", 1 + name.length)
        this.inbox.push({ kind, name, data })
      }
    }
    this.changes.emit("change")
  }
}

/** A place that sockets connect to, and raw peers come out of. */
export class RawListener {
  readonly server: Server
  private readonly peers: RawPeer[] = []
  private readonly changes = new EventEmitter()

  private constructor(server: Server) {
    this.server = server
    server.on("connection", socket => {
      this.peers.push(new RawPeer(socket))
      this.changes.emit("change")
    })
  }

  /** Listens on a free tcp port, or at a path. */
  static async open(path?: string): Promise<RawListener> {
    const server = createServer({ allowHalfOpen: true })
    const listener = new RawListener(server)
    if (path === undefined) server.listen(0, "127.0.0.1")
    else server.listen(path)
    await once(server, "listening")
    return listener
  }

  get endpoint(): string {
    const address = this.server.address() as AddressInfo | string
    return typeof address === "string" ? `ipc://${address}` : `tcp://127.0.0.1:${address.port}`
  }

  /** The next connection. */
  async accept(): Promise<RawPeer> {
    while (this.peers.length === 0) await once(this.changes, "change")
    return this.peers.shift() as RawPeer
  }

  /** The next connection, after the handshake of the NULL mechanism. */
  async join(handshake: Handshake): Promise<RawPeer> {
    const peer = await this.accept()
    await peer.handshake(handshake)
    return peer
  }

  close(): void {
    this.server.close()
    for (const peer of this.peers) peer.destroy()
  }
}
