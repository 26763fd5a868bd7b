/**
 * Whole sockets in a world of their own: cores on a simulated network, moved by a virtual clock, everything from one
 * seed. The world looks at every queue after every event, and writes down what happens, so that two runs can be
 * compared. Which traffic there is, and what may become of it, is told by the tests.
 */
import { createHash } from "node:crypto"
import type { SessionPipe } from "../../src/peers/session-pipe.js"
import type { Timer } from "../../src/peers/runtime.js"
import { ContextCore } from "../../src/sockets/context.js"
import { SocketCore } from "../../src/sockets/core.js"
import { DealerPattern } from "../../src/sockets/patterns/dealer.js"
import { createOptionValues, SocketKind, type OptionValues } from "../../src/sockets/options.js"
import { PairPattern } from "../../src/sockets/patterns/pair.js"
import type { Pattern, PatternHost } from "../../src/sockets/pattern.js"
import { PullPattern, PushPattern } from "../../src/sockets/patterns/pipeline.js"
import { PublisherPattern } from "../../src/sockets/patterns/publishing.js"
import { ReplyPattern, RequestPattern } from "../../src/sockets/patterns/reqrep.js"
import { RouterPattern } from "../../src/sockets/patterns/router.js"
import { SubscriberPattern } from "../../src/sockets/patterns/subscribing.js"
import type { Message, OutgoingMessage } from "../../src/wire/frames.js"
import { SimulatedNetwork, type NetworkOptions } from "../support/simulated-network.js"
import { SimulatedRuntime } from "../support/simulated-runtime.js"

export type Type =
  "PUSH" | "PULL" | "PUB" | "SUB" | "REQ" | "REP" | "XPUB" | "XSUB" | "DEALER" | "ROUTER" | "PAIR"

interface Make {
  readonly kind: SocketKind
  readonly pattern: (host: PatternHost, values: OptionValues, random: () => number) => Pattern
}

const TYPES: Readonly<Record<Type, Make>> = {
  PUSH: { kind: SocketKind.Push, pattern: host => new PushPattern(host) },
  PULL: { kind: SocketKind.Pull, pattern: host => new PullPattern(host) },
  PUB: { kind: SocketKind.Publisher, pattern: (host, values) => new PublisherPattern(host, values, "PUB") },
  SUB: { kind: SocketKind.Subscriber, pattern: (host, values) => new SubscriberPattern(host, values, "SUB") },
  XPUB: {
    kind: SocketKind.XPublisher,
    pattern: (host, values) => new PublisherPattern(host, values, "XPUB"),
  },
  XSUB: {
    kind: SocketKind.XSubscriber,
    pattern: (host, values) => new SubscriberPattern(host, values, "XSUB"),
  },
  REQ: {
    kind: SocketKind.Request,
    pattern: (host, values, random) => new RequestPattern(host, values, random() * 2 ** 32),
  },
  REP: { kind: SocketKind.Reply, pattern: host => new ReplyPattern(host) },
  DEALER: { kind: SocketKind.Dealer, pattern: (host, values) => new DealerPattern(host, values) },
  ROUTER: {
    kind: SocketKind.Router,
    pattern: (host, values, random) => new RouterPattern(host, values, random() * 2 ** 32),
  },
  PAIR: { kind: SocketKind.Pair, pattern: host => new PairPattern(host) },
}

/** What a test may see of the inside of a core, and of a pipe. */
interface Inside {
  readonly endpoints: { sessionPipes(): Iterable<SessionPipe>; readonly any: boolean }
  readonly sending: object | undefined
}
interface PipeInside {
  readonly inbound: { readonly length: number }
  readonly sendMark: number
  readonly receiveMark: number
  readonly session: object | undefined
}

/** A clock that tells the world of every callback that has run. */
class WatchedRuntime extends SimulatedRuntime {
  ran: () => void = () => undefined

  override setTimeout(callback: () => void, milliseconds: number): Timer {
    return super.setTimeout(() => {
      callback()
      this.ran()
    }, milliseconds)
  }

  override afterTurn(callback: () => void): void {
    super.afterTurn(() => {
      callback()
      this.ran()
    })
  }
}

/** Nothing here needs as many events before it comes to rest. */
const LIMIT = 200_000

export class World {
  readonly runtime: WatchedRuntime
  readonly network: SimulatedNetwork
  readonly context: ContextCore
  readonly sockets = new Set<SimulatedSocket>()
  /** How many queues were at their mark when looked at: a run in which none ever was shows little of marks. */
  full = 0
  /** How much happened. */
  events = 0
  private readonly trace = createHash("sha256")
  private readonly overfull = new WeakMap<SessionPipe, number>()
  private readonly failures: unknown[] = []
  private actors = 0

  constructor(seed: number, options: Partial<NetworkOptions> = {}) {
    this.runtime = new WatchedRuntime(seed)
    this.network = new SimulatedNetwork(this.runtime, options)
    this.context = new ContextCore(this.runtime, { tcp: this.network, ipc: this.network })
    this.runtime.ran = () => {
      for (const socket of this.sockets) this.check(socket)
    }
  }

  socket(type: Type, name: string, options: Partial<OptionValues> = {}): SimulatedSocket {
    const socket = new SimulatedSocket(this, type, name, options)
    this.sockets.add(socket)
    return socket
  }

  /** Runs something that takes time of its own. What it throws, {@link run} throws. */
  start(actor: () => Promise<void>): void {
    this.actors++
    actor()
      .catch((error: unknown) => this.failures.push(error))
      .finally(() => this.actors--)
  }

  /** How many of those who were started are not done. */
  get busy(): number {
    return this.actors
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      this.runtime.setTimeout(resolve, milliseconds)
    })
  }

  /** Lets time pass, or without `milliseconds` everything happen that is going to. */
  async run(milliseconds = Infinity): Promise<void> {
    this.events += await this.runtime.run(this.runtime.now() + milliseconds, LIMIT)
    this.raise()
  }

  note(...words: (string | number)[]): void {
    this.trace.update(`${this.runtime.now()} ${words.join(" ")}\n`)
  }

  /** Whatever happened, as one word. */
  digest(): string {
    return this.trace.copy().digest("hex")
  }

  /** What is still there although everything is closed. Nothing, it is hoped. */
  remains(): string[] {
    const remains: string[] = []
    if (this.network.connections > 0) remains.push(`${this.network.connections} connections`)
    const { sockets } = this.context as unknown as { sockets: Set<object> }
    if (sockets.size > 0) remains.push(`${sockets.size} sockets in the context`)
    if (this.actors > 0) remains.push(`${this.actors} who wait`)
    for (const socket of this.sockets) remains.push(...socket.remains())
    return remains
  }

  fail(reason: string): void {
    this.failures.push(new Error(`${reason} (at ${this.runtime.now()})`))
  }

  private raise(): void {
    if (this.failures.length > 0) throw this.failures[0]
  }

  /** No queue holds more than its mark, save what had come when a connection ended. */
  private check(socket: SimulatedSocket): void {
    for (const pipe of socket.pipes()) {
      const { inbound, sendMark, receiveMark, session } = pipe as unknown as PipeInside
      if (pipe.unsent > sendMark) this.fail(`${socket.name} queues ${pipe.unsent} of ${sendMark} to send`)
      if (pipe.unsent === sendMark || inbound.length === receiveMark) this.full++
      if (inbound.length > receiveMark) {
        const before = this.overfull.get(pipe)
        if (session !== undefined && inbound.length > (before ?? receiveMark)) {
          this.fail(`${socket.name} queues ${inbound.length} of ${receiveMark} received`)
        }
        this.overfull.set(pipe, inbound.length)
      } else this.overfull.delete(pipe)
    }
  }
}

export class SimulatedSocket {
  readonly world: World
  readonly type: Type
  readonly name: string
  readonly core: SocketCore
  /** Told of each connection that is lost. */
  onLoss: () => void = () => undefined
  /** Connections lost so far, and handshakes done. */
  lost = 0
  greeted = 0

  constructor(world: World, type: Type, name: string, options: Partial<OptionValues>) {
    this.world = world
    this.type = type
    this.name = name
    const { kind, pattern } = TYPES[type]
    const values = { ...createOptionValues(kind, world.context.values), ...options }
    this.core = new SocketCore(world.context, type, values, host =>
      pattern(host, values, () => world.runtime.random()),
    )
    this.core.monitor = event => {
      if (event.type === "disconnect") {
        this.lost++
        this.onLoss()
      }
      if (event.type === "handshake") this.greeted++
      world.note(name, event.type)
    }
  }

  /** What a PUB has dropped. */
  get dropped(): number {
    const { pattern } = this.core
    return pattern instanceof PublisherPattern ? pattern.dropped : 0
  }

  /** Whether a send waits. */
  get waits(): boolean {
    return (this.core as unknown as Inside).sending !== undefined
  }

  bind(port: number | "*" = "*"): string {
    this.core.bindSync(`tcp://127.0.0.1:${port}`)
    return this.core.lastEndpoint ?? ""
  }

  connect(endpoint: string): void {
    this.core.connect(endpoint)
  }

  subscribe(topic: string): void {
    this.core.pattern.subscribe?.(true, Buffer.from(topic))
  }

  unsubscribe(topic: string): void {
    this.core.pattern.subscribe?.(false, Buffer.from(topic))
  }

  async send(message: OutgoingMessage): Promise<void> {
    await this.core.send(message)
    this.world.note(this.name, "sent")
  }

  async receive(): Promise<Message> {
    const message = await this.core.receive()
    this.world.note(this.name, "received", String(message[0]), message.length)
    return message
  }

  /** The next message, or undefined when the socket closes or its time is up first. */
  next(): Promise<Message | undefined> {
    return this.receive().catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException
      if (code === "EAGAIN" || code === "EBADF") return undefined
      throw error
    })
  }

  close(): void {
    this.world.note(this.name, "closes")
    this.core.close()
  }

  /** The process dies. */
  crash(): void {
    this.world.note(this.name, "crashes")
    this.world.network.crash(this.core.lastEndpoint ?? "")
    this.core.monitor = undefined
    this.core.values.linger = 0
    this.core.close()
    this.world.sockets.delete(this)
  }

  pipes(): Iterable<SessionPipe> {
    return (this.core as unknown as Inside).endpoints.sessionPipes()
  }

  /** The pipe that the last received message came from. */
  get source(): unknown {
    return (this.core.pattern as unknown as { queue?: { last: unknown } }).queue?.last
  }

  remains(): string[] {
    const { balancer, queue, pipes, publishers, topics } = this.core.pattern as unknown as {
      balancer?: { active: unknown[] }
      queue?: { active: unknown[] }
      pipes?: Set<unknown>
      publishers?: Set<unknown>
      topics?: { size: number }
    }
    const counts = {
      "or more endpoints": Number((this.core as unknown as Inside).endpoints.any),
      "pipes to send to": (balancer?.active.length ?? 0) + (pipes?.size ?? 0) + (publishers?.size ?? 0),
      "pipes to read from": queue?.active.length ?? 0,
      // What a SUB asks for is its own; what a PUB was asked for belongs to pipes.
      subscriptions: this.type.endsWith("PUB") ? (topics?.size ?? 0) : 0,
    }
    return Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what} of ${this.name}`)
  }
}
