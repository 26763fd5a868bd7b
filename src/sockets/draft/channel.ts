/**
 * The channel pattern (52/CHANNEL): the exclusive pair (pair.ts) with messages of a single part. The native package
 * has no class for it, libzmq has the socket.
 */
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import { PairPattern } from "../patterns/pair.js"
import { checkSinglePart } from "./single-part.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { MessageLike, Readable, SocketOptions, Writable } from "../types.js"

export class ChannelPattern extends PairPattern {
  /** The next message, when {@link canReceive} has found it. */
  private next: Message | undefined

  override send(message: OutgoingMessage): boolean {
    checkSinglePart(message)
    return super.send(message)
  }

  override canReceive(): boolean {
    this.next ??= this.find()
    return this.next !== undefined
  }

  override receive(): Message | undefined {
    const { next } = this
    if (next === undefined) return this.find()
    this.next = undefined
    return next
  }

  /** Passes over messages of several parts. */
  private find(): Message | undefined {
    for (;;) {
      const message = super.receive()
      if (message === undefined || message.length === 1) return message
    }
  }
}

const CHANNEL: SocketDescription = {
  kind: SocketKind.Channel,
  socketType: "CHANNEL",
  makePattern: host => new ChannelPattern(host),
}

/**
 * One of two sockets that belong together, with messages of one part: talks to one peer at a time. Without a peer, or
 * with a full queue, {@link send} waits; no message is dropped. A second peer finds the place taken, and waits until
 * it is free.
 *
 * ```typescript
 * const [ours, theirs] = [new Channel(), new Channel()]
 * await ours.bind("inproc://control")
 * theirs.connect("inproc://control")
 * await theirs.send("ready")
 * ```
 */
export class Channel extends Socket {
  constructor(options?: SocketOptions<Channel>) {
    super(CHANNEL, options)
  }
}

export interface Channel extends Readable<[Buffer]>, Writable<MessageLike> {}
defineSocketOptions(Channel, CHANNEL)
