/**
 * The pipeline pattern (30/PIPELINE): PUSH deals messages out to its peers in turn, PULL collects them from its
 * peers in turn.
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue, type FairReader } from "../../routing/fair-queue.js"
import { LoadBalancer } from "../../routing/load-balancer.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import { ReceiveOnly, SendOnly, type Pattern, type PatternHost, type Refusal } from "../pattern.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { ConflateProperty, Readable, SocketOptions, Writable } from "../types.js"

export class PushPattern extends SendOnly implements Pattern {
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

export class PullPattern extends ReceiveOnly implements Pattern {
  private readonly host: PatternHost
  private readonly queue: FairReader<Message, Pipe>

  constructor(host: PatternHost, queue: FairReader<Message, Pipe> = new FairQueue<Message, Pipe>()) {
    super()
    this.host = host
    this.queue = queue
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

const PUSH: SocketDescription = {
  kind: SocketKind.Push,
  socketType: "PUSH",
  makePattern: host => new PushPattern(host),
}

/**
 * A push socket: deals its messages out to its peers in turn. With no peer, or with full queues to all of them,
 * {@link send} waits; no message is dropped.
 *
 * ```typescript
 * const push = new Push()
 * await push.bind("tcp://127.0.0.1:5557")
 * for (const task of tasks) await push.send(task)
 * ```
 */
export class Push extends Socket {
  constructor(options?: SocketOptions<Push>) {
    super(PUSH, options)
  }
}

export interface Push extends Writable, ConflateProperty {}
defineSocketOptions(Push, PUSH)

const PULL: SocketDescription = {
  kind: SocketKind.Pull,
  socketType: "PULL",
  makePattern: host => new PullPattern(host),
}

/**
 * A pull socket: receives from all its peers in turn.
 *
 * ```typescript
 * const pull = new Pull()
 * pull.connect("tcp://127.0.0.1:5557")
 * for await (const [task] of pull) await work(task)
 * ```
 */
export class Pull extends Socket {
  constructor(options?: SocketOptions<Pull>) {
    super(PULL, options)
  }
}

export interface Pull extends Readable, ConflateProperty {}
defineSocketOptions(Pull, PULL)
