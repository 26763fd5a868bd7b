/**
 * The socket under test, as a case sees it: where it can be reached, the connections between it and hand-played peers,
 * and, where an adapter holds it, what its program does with it. Who made it is for targets/ to say.
 */
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server } from "node:net"
import type { Options } from "../../peers/protocol.js"
import type { GreetingFields, Octets } from "./bytes.js"
import { PARTNER, type SocketType } from "./case.js"
import { Raw, type Handshake } from "./raw.js"
import { Failure, NotApplicable } from "./verdict.js"

/** What the program of the peer under test can be asked for. */
export interface Control {
  send(parts: readonly Buffer[]): Promise<void>
  receive(): Promise<Buffer[]>
  subscribe(prefixes: readonly string[]): Promise<void>
  unsubscribe(prefixes: readonly string[]): Promise<void>
  bind(endpoint: string): Promise<string>
  connect(endpoint: string): Promise<void>
  unbind(endpoint: string): Promise<void>
  disconnect(endpoint: string): Promise<void>
  /** Lets in NULL peers and these PLAIN users only, from the ZAP handler of the same process. */
  authenticate(users: Readonly<Record<string, string>>): Promise<void>
  /** Another socket of the same process. */
  open(type: SocketType, options: Options): Promise<Control>
  close(): Promise<void>
}

/** Where connections come from: one place to connect to, or one that is listened at. */
export interface Place {
  /** The next connection to or from the peer, before an octet of it was sent. */
  connection(): Promise<import("node:net").Socket>
  close(): void
}

export interface SubjectOptions {
  readonly type: SocketType
  readonly place: Place
  /** None for a peer at a mere address. */
  readonly control?: Control
  /** In milliseconds. */
  readonly patience: number
}

export class Subject {
  readonly type: SocketType
  readonly raws: Raw[] = []
  /** Remarks for the report. */
  readonly notes: string[] = []
  /** In milliseconds: what has not come by then never will. For cases that have to wait by themselves. */
  readonly patience: number
  readonly #place: Place
  readonly #control: Control | undefined
  readonly #others: { close(): unknown }[] = []

  constructor({ type, place, control, patience }: SubjectOptions) {
    this.type = type
    this.patience = patience
    this.#place = place
    this.#control = control
  }

  /** A new connection between a hand-played peer and this socket: made, or waited for when this socket connects. */
  async connection(): Promise<Raw> {
    const raw = new Raw(await this.#within(this.#place.connection(), "a connection"), this.patience)
    this.raws.push(raw)
    return raw
  }

  /** A new connection after a whole handshake, of a legal partner unless another type is asked for. */
  async peer(handshake: Partial<Handshake> = {}): Promise<Raw> {
    const raw = await this.connection()
    return raw.shakeHands({ socketType: PARTNER[this.type], ...handshake })
  }

  /** A new connection after the two greetings: what has to come next is the hand-played peer's first command. */
  async greeted(fields: GreetingFields = {}): Promise<Raw> {
    const raw = await this.connection()
    return raw.greet(fields)
  }

  // What the program does. Only for cases that are `controlled`.

  send(...parts: Octets[]): Promise<void> {
    const bytes = parts.map(part =>
      typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
    )
    const sent = this.#within(this.control.send(bytes), "an end of sending")
    // A case that fails meanwhile leaves it behind.
    sent.catch(() => undefined)
    return sent
  }

  /** The next message, its parts as text of which each character is an octet. */
  async receive(): Promise<string[]> {
    const parts = await this.#within(this.control.receive(), "a message at the peer's socket")
    return parts.map(part => part.toString("latin1"))
  }

  subscribe(...prefixes: string[]): Promise<void> {
    return this.#within(this.control.subscribe(prefixes), "an end of subscribing")
  }

  unsubscribe(...prefixes: string[]): Promise<void> {
    return this.#within(this.control.unsubscribe(prefixes), "an end of unsubscribing")
  }

  /** Whether an adapter holds the peer, so that its program can be asked for anything. */
  get driven(): boolean {
    return this.#control !== undefined
  }

  connect(endpoint: string): Promise<void> {
    return this.#within(this.control.connect(endpoint), "an end of connecting")
  }

  /** The same socket's other calls. */
  get control(): Control {
    if (this.#control === undefined)
      throw new NotApplicable("It needs an adapter, to send and receive in the peer")
    return this.#control
  }

  /** Another socket of the peer, bound, with connections of its own. It is closed with this one. */
  async other(type: SocketType, options: Options = {}, endpoint = "tcp://127.0.0.1:*"): Promise<Subject> {
    const control = await this.control.open(type, options)
    const place = placeOf(await control.bind(endpoint))
    const subject = new Subject({ type, place, control, patience: this.patience })
    this.closeToo(subject)
    return subject
  }

  /** Closes something else when this is closed. */
  closeToo(other: { close(): unknown }): void {
    this.#others.push(other)
  }

  /** A place at which sockets of the peer can be told to connect, with connections of its own; at any port, or this one. */
  async listener(port = 0): Promise<{ readonly endpoint: string; accept(): Promise<Raw> }> {
    const listening = await Listening.open("127.0.0.1", port)
    this.#others.push(listening)
    const accept = async (): Promise<Raw> => {
      const raw = new Raw(await this.#within(listening.connection(), "a connection"), this.patience)
      this.raws.push(raw)
      return raw
    }
    return { endpoint: listening.endpoint, accept }
  }

  note(remark: string): void {
    this.notes.push(remark)
  }

  /** Ends everything; the connections' logs stay. */
  async close(): Promise<void> {
    for (const raw of this.raws) raw.destroy()
    for (const other of this.#others) await other.close()
    this.#place.close()
    await this.#control?.close().catch(() => undefined)
  }

  /** What has not come within the patience fails the case. */
  async #within<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const over = () =>
        reject(new Failure(`Within ${this.patience / 1000} s came no ${what.replace(/^(an?) /, "")}`))
      timer = setTimeout(over, this.patience)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Somewhere to connect to, given as `tcp://host:port`. */
export function placeOf(endpoint: string): Place {
  const { hostname, port, protocol } = new URL(endpoint)
  if (protocol !== "tcp:" || port === "") throw new RangeError(`${endpoint} is no tcp://host:port`)
  return {
    async connection() {
      const socket = connect({
        host: hostname.replace(/[[\]]/g, ""),
        port: Number(port),
        allowHalfOpen: true,
      })
      try {
        await once(socket, "connect")
      } catch (error) {
        throw new Failure(`Nobody listens at ${endpoint}: ${String(error)}`)
      }
      return socket
    },
    close: () => undefined,
  }
}

/** A place that peers connect to. */
export class Listening implements Place {
  readonly #server: Server
  readonly #waiting: import("node:net").Socket[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on("connection", socket => {
      this.#waiting.push(socket)
      // Until a case takes it, nobody else listens.
      socket.on("error", () => undefined)
      server.emit("waiting")
    })
  }

  static async open(host = "127.0.0.1", port = 0): Promise<Listening> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(port, host)
    await once(server, "listening")
    return new Listening(server)
  }

  get endpoint(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `tcp://${family === "IPv6" ? `[${address}]` : address}:${port}`
  }

  /** Waits until there is a connection to take. */
  async ready(signal: AbortSignal): Promise<void> {
    while (this.#waiting.length === 0) await once(this.#server, "waiting", { signal })
  }

  /** @param signal Ends the wait, so that it takes no connection from those that wait after it. */
  async connection(signal?: AbortSignal): Promise<import("node:net").Socket> {
    for (;;) {
      const socket = this.#waiting.shift()
      if (socket !== undefined) {
        // Flows again with the next tick, when its Raw listens.
        process.nextTick(() => socket.resume())
        return socket
      }
      await once(this.#server, "waiting", { signal })
    }
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
  }
}
