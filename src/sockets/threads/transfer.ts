/**
 * Giving a message's memory away, so that a socket in another thread gets it without a copy.
 */
import { markMovable } from "../../peers/thread-batch.js"

/**
 * Gives the memory of a part away with the next message that it is sent in: over inproc it is then moved, not copied.
 * To another thread that leaves the part empty (detached) for the sender; a socket of the same thread receives the very
 * same memory. Over other transports, and for sockets that send one message to many peers, it is sent as usual. Either
 * way it must not be used any more.
 *
 * Only the whole memory of a part can be given away: parts that are views of a part of it, such as small Buffers from
 * Node.js's pool, are sent as usual; so are parts of up to 128 bytes, and those of up to 16 KiB to another thread, for
 * which a copy costs less. Memory that is to be read by both sides is best a `SharedArrayBuffer`: a part that is all of
 * one is never copied over inproc. Native has no such function, and needs none.
 *
 * ```typescript
 * const image = Buffer.from(await blob.arrayBuffer())
 * await push.send(transfer(image))
 * ```
 * @returns The part.
 */
export function transfer<T extends ArrayBufferView | ArrayBuffer>(part: T): T {
  markMovable(ArrayBuffer.isView(part) ? part.buffer : part)
  return part
}
