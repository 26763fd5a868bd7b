/**
 * A network inside a test: a {@link Transport} whose links delay, cut the stream of bytes anywhere, hold few bytes,
 * and break; all from the seed of its {@link SimulatedRuntime}. It bears the protocol `tcp`, so that sockets take
 * it for the real one.
 */
import { transportError } from "../../src/transports/errors.js"
import type {
  Attempt,
  ByteStream,
  ConnectHandler,
  Listener,
  ListenHandler,
  StreamHandler,
  Transport,
  TransportOptions,
} from "../../src/transports/transport.js"
import type { SimulatedRuntime } from "./simulated-runtime.js"

export interface NetworkOptions {
  /** Milliseconds that anything takes, at least and at most. */
  readonly delay: readonly [low: number, high: number]
  /** Bytes that a connection holds in one direction: what the kernels would. */
  readonly buffer: number
  /** Most bytes of a chunk that arrives. */
  readonly chunk: number
  /** Chance, each time that a chunk arrives, that the connection breaks instead. */
  readonly breaks: number
}

const usual: NetworkOptions = { delay: [0, 5], buffer: 65536, chunk: 65536, breaks: 0 }

interface Door {
  readonly address: string
  readonly handler: ListenHandler
  readonly streams: Set<SimulatedStream>
}

export class SimulatedNetwork implements Transport {
  readonly runtime: SimulatedRuntime
  /** May be changed at any time, for example to let a network heal. */
  options: NetworkOptions
  private readonly doors = new Map<string, Door>()
  private readonly links = new Set<SimulatedStream>()
  private port = 49152

  constructor(runtime: SimulatedRuntime, options: Partial<NetworkOptions> = {}) {
    this.runtime = runtime
    this.options = { ...usual, ...options }
  }

  /** Connections that are open. */
  get connections(): number {
    return this.links.size
  }

  check(): void {
    // Every address is one.
  }

  listen(address: string, options: TransportOptions, handler: ListenHandler): Promise<Listener> {
    return new Promise(resolve => {
      resolve(this.listenSync(address, options, handler))
    })
  }

  listenSync(address: string, _options: TransportOptions, handler: ListenHandler): Listener {
    const [, host = "", port = ""] = /^(.*):(.*)$/.exec(address) ?? []
    const actual = `${host === "*" ? "0.0.0.0" : host}:${port === "*" || port === "0" ? this.port++ : port}`
    if (this.doors.has(actual)) throw transportError("EADDRINUSE")
    const door: Door = { address: actual, handler, streams: new Set() }
    this.doors.set(actual, door)
    return {
      endpoint: `tcp://${actual}`,
      close: done => {
        if (this.doors.get(actual) === door) this.doors.delete(actual)
        this.soon(done)
      },
    }
  }

  connect(address: string, _options: TransportOptions, handler: ConnectHandler): Attempt {
    let over = false
    const target = address.slice(address.lastIndexOf(";") + 1)
    this.soon(() => {
      if (over) return
      handler.onPending()
      // Who heard of it may have given up.
      if (over) return
      const door = this.doors.get(target) ?? this.doors.get(target.replace(/^.*:/, "0.0.0.0:"))
      if (door === undefined) {
        over = true
        handler.onError(transportError("ECONNREFUSED"), true)
        return
      }
      const near = new SimulatedStream(this, `tcp://127.0.0.1:${this.port++}`, `tcp://${door.address}`)
      const far = new SimulatedStream(this, near.remoteEndpoint, near.localEndpoint)
      near.join(far)
      this.links.add(near)
      door.streams.add(far)
      far.gone = () => door.streams.delete(far)
      near.gone = () => this.links.delete(near)
      this.soon(() => {
        if (this.doors.get(door.address) === door) door.handler.onConnection(far)
        else far.destroy()
      })
      this.soon(() => {
        if (over) {
          near.destroy()
          return
        }
        over = true
        handler.onConnect(near)
      })
    })
    return {
      cancel() {
        over = true
      },
    }
  }

  /** Breaks `count` connections, chosen by chance. Both sides see a reset; what was under way is lost. */
  cut(count = 1): void {
    for (let left = count; left > 0 && this.links.size > 0; left--) {
      ;[...this.links][this.runtime.integer(0, this.links.size - 1)]?.break()
    }
  }

  /**
   * The process that listens at an endpoint dies: nothing listens there any more, its clients see resets, and its
   * own handlers hear nothing, ever. Bind again to restart it.
   */
  crash(endpoint: string): void {
    const door = this.doors.get(endpoint.replace("tcp://", ""))
    if (door === undefined) return
    this.doors.delete(door.address)
    for (const stream of [...door.streams]) stream.die()
  }

  /** Does something after a random delay. */
  soon(callback: () => void): void {
    const [low, high] = this.options.delay
    this.runtime.setTimeout(callback, low + this.runtime.random() * (high - low))
  }
}

/**
 * One side of a connection. Bytes written go to `held`, as far as there is room, and the rest waits in the caller's
 * own buffers, from which they are copied only when there is room: a caller that overwrites them too early is found out.
 */
class SimulatedStream implements ByteStream {
  readonly localEndpoint: string
  readonly remoteEndpoint: string
  readonly peerAddress = "127.0.0.1"
  /** Told once, when this side is of no more use. */
  gone: () => void = () => undefined
  private readonly network: SimulatedNetwork
  private peer!: SimulatedStream
  private handler: StreamHandler | undefined
  private paused = false
  /** No event any more. */
  private over = false
  /** No bytes any more, in this direction. */
  private ended = false
  private held: Buffer[] = []
  private heldBytes = 0
  private waiting: Uint8Array[] = []
  /** The peer's end of stream, or a reset, has yet to be told. */
  private finish: { error?: NodeJS.ErrnoException } | undefined
  private pumping = false

  constructor(network: SimulatedNetwork, localEndpoint: string, remoteEndpoint: string) {
    this.network = network
    this.localEndpoint = localEndpoint
    this.remoteEndpoint = remoteEndpoint
  }

  join(peer: SimulatedStream): void {
    this.peer = peer
    peer.peer = this
  }

  start(handler: StreamHandler): void {
    this.handler = handler
    this.pump()
  }

  writeAtExit(): void {
    // No process ends in a simulation.
  }

  write(chunks: readonly Uint8Array[]): boolean {
    // A reset takes its time: until it is there the kernel takes what is written.
    if (this.finish !== undefined) return true
    if (this.over || this.ended) return false
    if (this.waiting.length > 0) throw new Error("write() must not be called before onDrain()")
    this.waiting = chunks.filter(chunk => chunk.length > 0)
    this.fill()
    return this.waiting.length === 0
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.pump()
  }

  end(): void {
    this.ended = true
    this.peer.pump()
  }

  destroy(): void {
    this.waiting = []
    if (this.over && this.ended) {
      this.peer.pump()
      return
    }
    this.over = true
    this.ended = true
    this.gone()
    // As TCP: an end when all has been read, else a reset.
    if (this.peer.heldBytes > 0 || this.peer.waiting.length > 0) this.peer.reset()
    else this.peer.pump()
  }

  /** The connection breaks for both. */
  break(): void {
    this.reset()
    this.peer.reset()
  }

  /** This side's process has died: it hears nothing, the peer sees a reset. */
  die(): void {
    this.over = true
    this.ended = true
    this.gone()
    this.peer.reset()
  }

  private reset(): void {
    if (this.over) return
    this.held = []
    this.heldBytes = 0
    this.waiting = []
    this.ended = true
    this.peer.held = []
    this.peer.heldBytes = 0
    this.finish = { error: transportError("ECONNRESET") }
    this.pump()
  }

  /** Takes from the waiting chunks what there is room for. */
  private fill(): void {
    for (;;) {
      const [first] = this.waiting
      const room = this.network.options.buffer - this.heldBytes
      if (first === undefined || room <= 0) break
      const part = Buffer.from(first.subarray(0, room))
      this.held.push(part)
      this.heldBytes += part.length
      if (part.length === first.length) this.waiting.shift()
      else this.waiting[0] = first.subarray(part.length)
    }
    this.peer.pump()
  }

  /** Arranges the next thing that this side is to hear of, if there is one. */
  private pump(): void {
    if (this.pumping || this.over || this.handler === undefined) return
    if (this.finish === undefined) {
      if (this.peer.heldBytes === 0 ? !this.peer.ended || this.peer.waiting.length > 0 : this.paused) return
    }
    this.pumping = true
    this.network.soon(() => {
      this.pumping = false
      this.deliver()
    })
  }

  private deliver(): void {
    const { handler, network, peer } = this
    if (this.over || handler === undefined) return
    if (this.finish !== undefined || peer.heldBytes === 0) {
      if (this.finish === undefined && (!peer.ended || peer.waiting.length > 0)) return
      this.close(handler)
    } else if (!this.paused) {
      const { runtime, options } = network
      if (runtime.random() < options.breaks) {
        this.break()
        return
      }
      // Single bytes and whole buffers find more faults than anything between.
      const most = Math.min(peer.heldBytes, options.chunk)
      const size =
        runtime.random() < 0.5 ? most : runtime.integer(1, runtime.random() < 0.5 ? most : Math.min(most, 16))
      const waited = peer.waiting.length > 0
      // Some streams ask where to read to, and others do not.
      const space = runtime.random() < 0.5 ? handler.space?.() : undefined
      const taken = peer.take(Math.min(size, space?.length ?? size))
      peer.fill()
      if (waited && peer.waiting.length === 0) peer.drained()
      if (space !== undefined) handler.onData(space.subarray(0, taken.copy(space)), false)
      else {
        handler.onData(taken, true)
        // Whoever still looks at it shall notice.
        taken.fill(0xee)
      }
      this.pump()
    }
  }

  /** The peer's stream is at its end, or reset: so is this side's, when what it wrote is through. */
  private close(handler: StreamHandler): void {
    this.over = true
    this.ended = true
    this.gone()
    this.peer.pump()
    handler.onClose(this.finish?.error)
  }

  private drained(): void {
    this.network.soon(() => {
      if (!this.over) this.handler?.onDrain()
    })
  }

  private take(size: number): Buffer {
    this.heldBytes -= size
    const parts: Buffer[] = []
    let left = size
    while (left > 0) {
      const first = this.held[0] as Buffer
      if (first.length <= left) this.held.shift()
      else this.held[0] = first.subarray(left)
      parts.push(first.subarray(0, left))
      left -= Math.min(left, first.length)
    }
    // A chunk of its own: the handler may do with it as it likes.
    return Buffer.concat(parts)
  }
}
