/**
 * The scatter-gather pattern (49/SCATTER-GATHER): the pipeline (pipeline.ts) with messages of a single part.
 */
import type { Pipe } from "../../peers/pipe.js"
import { LoadBalancer } from "../../routing/load-balancer.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import { ReceiveOnly, SendOnly, type Pattern, type PatternHost, type Refusal } from "../pattern.js"
import { checkSinglePart, SinglePartQueue } from "./single-part.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { ConflateProperty, MessageLike, Readable, SocketOptions, Writable } from "../types.js"

export class ScatterPattern extends SendOnly implements Pattern {
  private readonly host: PatternHost
  private readonly balancer = new LoadBalancer<OutgoingMessage, Pipe>()

  constructor(host: PatternHost) {
    super()
    this.host = host
  }

  attach(pipe: Pipe): void {
    this.writable(pipe)
  }

  canSend(): boolean {
    return this.balancer.canSend()
  }

  send(message: OutgoingMessage): boolean {
    checkSinglePart(message)
    return this.balancer.send(message) !== undefined
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    while (pipe.read() !== undefined);
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

  drained(): void {
    // Nothing is kept for reading.
  }
}

export class GatherPattern extends ReceiveOnly implements Pattern {
  private readonly host: PatternHost
  private readonly queue = new SinglePartQueue()

  constructor(host: PatternHost) {
    super()
    this.host = host
  }

  attach(): void {
    // The pipe reports when it has something.
  }

  canReceive(): boolean {
    return this.queue.canReceive()
  }

  receive(): Message | undefined {
    return this.queue.receive()
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    this.queue.activate(pipe)
    this.host.wakeReceiver()
  }

  writable(): void {
    // Nothing is ever written.
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(): void {
    // What it holds can still be received.
  }

  drained(pipe: Pipe): void {
    this.queue.remove(pipe)
  }
}

const SCATTER: SocketDescription = {
  kind: SocketKind.Scatter,
  socketType: "SCATTER",
  makePattern: host => new ScatterPattern(host),
}

/**
 * A scatter socket: deals its messages, each of one part, out to its peers in turn. With no peer, or with full
 * queues to all of them, {@link send} waits; no message is dropped. {@link conflate} is taken without effect, as by
 * libzmq.
 *
 * ```typescript
 * const scatter = new Scatter()
 * await scatter.bind("tcp://127.0.0.1:5557")
 * for (const task of tasks) await scatter.send(task)
 * ```
 */
export class Scatter extends Socket {
  constructor(options?: SocketOptions<Scatter>) {
    super(SCATTER, options)
  }
}

export interface Scatter extends Writable<MessageLike>, ConflateProperty {}
defineSocketOptions(Scatter, SCATTER)

const GATHER: SocketDescription = {
  kind: SocketKind.Gather,
  socketType: "GATHER",
  makePattern: host => new GatherPattern(host),
}

/**
 * A gather socket: receives messages of one part from all its peers in turn. {@link conflate} is taken without
 * effect, as by libzmq.
 *
 * ```typescript
 * const gather = new Gather()
 * gather.connect("tcp://127.0.0.1:5557")
 * for await (const [task] of gather) await work(task)
 * ```
 */
export class Gather extends Socket {
  constructor(options?: SocketOptions<Gather>) {
    super(GATHER, options)
  }
}

export interface Gather extends Readable<[Buffer]>, ConflateProperty {}
defineSocketOptions(Gather, GATHER)
