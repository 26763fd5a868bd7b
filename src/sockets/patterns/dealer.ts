/**
 * The asynchronous client of request-reply (28/REQREP §The DEALER Socket Type): DEALER deals messages out to its peers
 * in turn, as PUSH does, and collects them in turn, as PULL does. Envelopes are the user's.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue, type FairReader } from "../../routing/fair-queue.js"
import { LoadBalancer } from "../../routing/load-balancer.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { EMPTY, SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { DealerProperties, Readable, SocketOptions, Writable } from "../types.js"

export interface DealerOptions {
  /** ZMQ_PROBE_ROUTER: a new peer gets an empty message first, by which a ROUTER learns of us. */
  readonly probeRouter: boolean
}

export class DealerPattern implements Pattern {
  private readonly host: PatternHost
  private readonly options: DealerOptions
  private readonly balancer = new LoadBalancer<OutgoingMessage, Pipe>()
  private readonly queue: FairReader<Message, Pipe>

  constructor(
    host: PatternHost,
    options: DealerOptions,
    queue: FairReader<Message, Pipe> = new FairQueue<Message, Pipe>(),
  ) {
    this.host = host
    this.options = options
    this.queue = queue
  }

  attach(pipe: Pipe): void {
    if (this.options.probeRouter) pipe.write([EMPTY])
    this.writable(pipe)
  }

  canSend(): boolean {
    return this.balancer.canSend()
  }

  send(message: OutgoingMessage): boolean {
    return this.balancer.send(message) !== undefined
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.queue.canReceive()
  }

  receive(): Message | undefined {
    return this.queue.receive()
  }

  receiveMany(into: Message[], most: number, copy: boolean): void {
    this.queue.receiveMany?.(into, most, copy)
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    this.host.wakeReceiver(pipe)
  }

  writable(pipe: Pipe): void {
    this.balancer.activate(pipe)
    this.host.wakeSender()
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    this.balancer.remove(pipe)
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }
}

const DEALER: SocketDescription = {
  kind: SocketKind.Dealer,
  socketType: "DEALER",
  makePattern: (host, values) => new DealerPattern(host, values),
}

/**
 * A client or worker that need not take turns: deals its messages out to its peers in turn, and receives from all of
 * them in turn. With no peer, or with full queues to all of them, {@link send} waits; no message is dropped.
 *
 * Messages to a {@link Reply} begin with an empty part, and so do its answers.
 *
 * ```typescript
 * const dealer = new Dealer({ routingId: "worker-1" })
 * dealer.connect("tcp://127.0.0.1:5559")
 * await dealer.send(["", "ready"])
 * for await (const [empty, task] of dealer) await dealer.send(["", await work(task)])
 * ```
 */
export class Dealer extends Socket {
  constructor(options?: SocketOptions<Dealer>) {
    super(DEALER, options)
  }
}

export interface Dealer extends Readable, Writable, DealerProperties {}
defineSocketOptions(Dealer, DEALER)
