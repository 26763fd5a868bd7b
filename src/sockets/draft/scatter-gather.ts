/**
 * The scatter-gather pattern (49/SCATTER-GATHER): the pipeline (pipeline.ts) with messages of a single part.
 */
import type { OutgoingMessage } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import { PullPattern, PushPattern } from "../patterns/pipeline.js"
import { checkSinglePart, SinglePartQueue } from "./single-part.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { ConflateProperty, MessageLike, Readable, SocketOptions, Writable } from "../types.js"

export class ScatterPattern extends PushPattern {
  override send(message: OutgoingMessage): boolean {
    checkSinglePart(message)
    return super.send(message)
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
  makePattern: host => new PullPattern(host, new SinglePartQueue()),
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
