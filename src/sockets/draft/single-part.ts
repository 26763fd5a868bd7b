/**
 * What the thread-safe socket types of libzmq share: their messages have a single part, so that one call can send or
 * receive a whole message. What a peer sends in several parts all the same is discarded (41/CLISRV, 49, 51, 52).
 */
import type { Pipe } from "../../peers/pipe.js"
import { FairQueue, type FairReader } from "../../routing/fair-queue.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import type { SocketCore } from "../core.js"
import { checkArgumentCount, errnoError } from "../errors.js"
import { toParts } from "../message.js"

/** Throws `EINVAL` for a message of several parts. */
export function checkSinglePart(message: OutgoingMessage): void {
  if (message.length > 1) throw errnoError("EINVAL")
}

/** A fair queue that passes over messages of several parts. */
export class SinglePartQueue implements FairReader<Message, Pipe> {
  /** The sender of the message that {@link receive} returned last, or {@link canReceive} has found since. */
  last: Pipe | undefined
  private readonly queue = new FairQueue<Message, Pipe>()
  /** The next message, when {@link canReceive} has found it. */
  private next: Message | undefined

  activate(pipe: Pipe): void {
    this.queue.activate(pipe)
  }

  remove(pipe: Pipe): void {
    this.queue.remove(pipe)
  }

  canReceive(): boolean {
    this.next ??= this.find()
    return this.next !== undefined
  }

  receive(): Message | undefined {
    const { next } = this
    if (next === undefined) return this.find()
    this.next = undefined
    return next
  }

  private find(): Message | undefined {
    for (;;) {
      const message = this.queue.receive()
      if (message === undefined || message.length === 1) {
        this.last = this.queue.last
        return message
      }
    }
  }
}

/**
 * The parts of a message to send that comes with options; throws native's errors, in its order, for what is no
 * message, no options, too many arguments, or a closed socket.
 */
export function addressedParts(
  core: SocketCore,
  message: unknown,
  options: unknown,
  received: number,
): OutgoingMessage {
  if (message === undefined) throw new TypeError("Message must be present")
  if ((typeof options !== "object" || options === null) && typeof options !== "function") {
    throw new TypeError("Options must be an object")
  }
  checkArgumentCount(received, 2)
  if (core.state === "closed") throw errnoError("EBADF")
  return toParts(message)
}

/** A received message as the user gets it: the body, and what is known of it besides. */
export function withMetadata(body: Buffer | undefined, metadata: object): Message {
  // Patterns deal in parts; the types of the socket class tell the user that the second one is not.
  return [body, metadata] as unknown as Message
}
