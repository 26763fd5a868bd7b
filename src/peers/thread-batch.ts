/**
 * Messages on their way to another thread: a batch is one block of memory with all small parts in it, and the large
 * parts beside it. Memory of a thread cannot be seen by another, it can only be copied or given away: each part is
 * copied once, into memory that the batch gives away; a large part in shared memory is not copied, nor is one that
 * the user gave away ({@link markMovable}).
 */
import { FastBuffer } from "../wire/bytes.js"
import type { Message } from "../wire/frames.js"

/** The block of small parts, and the large parts in order. Both are the receiver's alone, save for shared memory. */
export type Batch = readonly [block: ArrayBuffer, ...large: Uint8Array[]]

/** Parts of more bytes have memory of their own, so that keeping one of them keeps no other. */
const LARGE = 16 * 1024

/** Shared memory is shared from this size on; less is copied on sending, as everywhere in this library. */
const SHARED = 128

/** Parts of up to this many bytes are copied on arrival, so that keeping one does not keep its batch. */
const COPY_LIMIT = 64

/** The block begins with the number of parts and a number for each: its length, and these two bits. */
const MORE = 1
const BESIDE = 2
const WORD = 4

const movable = new WeakSet<ArrayBufferLike>()
/** Set when there ever was one, so that programs without any pay nothing. */
let anyMovable = false

/** The memory is given away with the next message that it is all of a part of. */
export function markMovable(memory: ArrayBufferLike): void {
  movable.add(memory)
  anyMovable = true
}

/** Another socket of this thread has got the message: its memory stays here. */
export function unmarkMovable(message: Message): void {
  if (anyMovable) for (const part of message) movable.delete(part.buffer)
}

/** Packs messages. `transfer` is the memory to give away; with `move` that of the user is among it. */
export function packBatch(
  messages: readonly Message[],
  move: boolean,
): { batch: Batch; transfer: ArrayBuffer[] } {
  const head: number[] = []
  const small: Buffer[] = []
  const large: Uint8Array[] = []
  const transfer: ArrayBuffer[] = []
  let length = 0
  for (const message of messages) {
    for (let i = 0; i < message.length; i++) {
      const part = message[i] as Buffer
      const more = i < message.length - 1 ? MORE : 0
      if (isBeside(part)) {
        head.push(BESIDE | more)
        large.push(ownMemory(part, move, transfer))
      } else {
        head.push((part.length << 2) | more)
        small.push(part)
        length += part.length
      }
    }
  }
  const block = new ArrayBuffer(WORD * (1 + head.length) + length)
  const words = new Uint32Array(block, 0, 1 + head.length)
  words[0] = head.length
  words.set(head, 1)
  const bytes = new FastBuffer(block, words.byteLength, length)
  let offset = 0
  for (const part of small) {
    bytes.set(part, offset)
    offset += part.length
  }
  transfer.push(block)
  return { batch: [block, ...large], transfer }
}

function isBeside(part: Buffer): boolean {
  return part.length > LARGE || (part.length > SHARED && isShared(part.buffer))
}

/** The part in memory that may leave the thread. */
function ownMemory(part: Buffer, move: boolean, transfer: ArrayBuffer[]): Uint8Array {
  const { buffer, byteOffset, byteLength } = part
  if (isShared(buffer)) return new Uint8Array(buffer, byteOffset, byteLength)
  // Unmarked at once: what is in the batch twice is given away once.
  if (move && anyMovable && byteLength === buffer.byteLength && movable.delete(buffer)) {
    transfer.push(buffer)
    return new Uint8Array(buffer)
  }
  const copy = buffer.slice(byteOffset, byteOffset + byteLength)
  transfer.push(copy)
  return new Uint8Array(copy)
}

function isShared(memory: ArrayBufferLike): memory is SharedArrayBuffer {
  return memory instanceof SharedArrayBuffer
}

/** Calls `take` with each message of a batch, in order. */
export function unpackBatch(batch: Batch, take: (message: Message) => void): void {
  const [block] = batch
  const count = new Uint32Array(block, 0, 1)[0] ?? 0
  const words = new Uint32Array(block, WORD, count)
  let offset = WORD * (1 + count)
  let next = 1
  let message: Message = []
  for (const word of words) {
    if ((word & BESIDE) !== 0) {
      const { buffer, byteOffset, byteLength } = batch[next++] as Uint8Array
      message.push(new FastBuffer(buffer, byteOffset, byteLength))
    } else {
      const length = word >>> 2
      message.push(smallPart(block, offset, length))
      offset += length
    }
    if ((word & MORE) === 0) {
      take(message)
      message = []
    }
  }
}

function smallPart(block: ArrayBuffer, offset: number, length: number): Buffer {
  const view = new FastBuffer(block, offset, length)
  if (length > COPY_LIMIT) return view
  const copy = new FastBuffer(length)
  for (let i = 0; i < length; i++) copy[i] = view[i] as number
  return copy
}
