/**
 * Messages on their way to another thread: a batch is one block of memory with all small parts in it, and the large
 * parts beside it. Memory of a thread cannot be seen by another, it can only be copied or given away. The parts given to
 * a batch have memory of their own, which goes along with large ones; the exception is memory that both threads can see.
 * It is also told here which parts need no copy when they are sent.
 */
import { FastBuffer, ownBytes, ownSlice } from "../wire/bytes.js"
import type { Message } from "../wire/frames.js"

/** The block of small parts, and the large parts in order. Both are the receiver's alone, except for shared memory. */
export type Batch = readonly [block: ArrayBuffer, ...large: Uint8Array[]]

/** Parts of more bytes stand beside the block. */
const LARGE = 16 * 1024

/** Memory is passed on from this size on; less is copied on sending, as everywhere in this library. */
const PASSED_ON = 128

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

/**
 * A sent part as its receiver may get it without a copy: when it is all of a SharedArrayBuffer, or of memory that the user
 * gave away and that is for this receiver alone. Memory is given away once: the next time, it is copied.
 */
export function passedOn(part: Uint8Array, sole: boolean): Buffer | undefined {
  const { length } = part
  if (length <= PASSED_ON) return undefined
  const { buffer } = part
  if (length !== buffer.byteLength) return undefined
  const free = isShared(buffer) || (sole && anyMovable && movable.delete(buffer))
  return free ? new FastBuffer(buffer, 0, length) : undefined
}

/** Packs messages. `transfer` is the memory to give away; without `move` large parts are copied for it. */
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
  return part.length > LARGE || (part.length > PASSED_ON && isShared(part.buffer))
}

/** The part in memory that may leave the thread. */
function ownMemory(part: Buffer, move: boolean, transfer: ArrayBuffer[]): Uint8Array {
  if (isShared(part.buffer)) return part
  const { buffer } = move ? part : ownBytes(part)
  transfer.push(buffer as ArrayBuffer)
  return new Uint8Array(buffer)
}

/** There is no such class on a page that is not isolated from others. */
function isShared(memory: ArrayBufferLike): memory is SharedArrayBuffer {
  return typeof SharedArrayBuffer === "function" && memory instanceof SharedArrayBuffer
}

/** Calls `take` with each message of a batch, in order. */
export function unpackBatch(batch: Batch, take: (message: Message) => void): void {
  const [block] = batch
  const count = new Uint32Array(block, 0, 1)[0] ?? 0
  const words = new Uint32Array(block, WORD, count)
  const bytes = new Uint8Array(block)
  let offset = WORD * (1 + count)
  let next = 1
  let message: Message = []
  for (const word of words) {
    if ((word & BESIDE) !== 0) {
      const { buffer, byteOffset, byteLength } = batch[next++] as Uint8Array
      message.push(new FastBuffer(buffer, byteOffset, byteLength))
    } else {
      const length = word >>> 2
      message.push(ownSlice(bytes, block, 0, offset, length))
      offset += length
    }
    if ((word & MORE) === 0) {
      take(message)
      message = []
    }
  }
}
