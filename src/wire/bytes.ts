/**
 * Making and filling Buffers and short arrays the quick way, for the hot paths of this room.
 */

interface BufferConstructor {
  new (length: number): Buffer
  new (bytes: Uint8Array): Buffer
  new (memory: ArrayBufferLike, offset: number, length: number): Buffer
}

/**
 * The class that Buffers are instances of. `subarray` and `allocUnsafeSlow` end in this constructor too, after
 * look-ups and checks that cost half as much again and more (`npm run bench -- --pieces`).
 */
export const FastBuffer = (Buffer as unknown as { [Symbol.species]: BufferConstructor })[Symbol.species]

interface Setter {
  call(to: Uint8Array, from: Uint8Array, at: number): void
}

const set = (Uint8Array.prototype as { set: Setter }).set

/** `to.set(from, at)`, without the look-up of the method, which V8 makes anew for each Buffer. */
export function copyInto(to: Uint8Array, from: Uint8Array, at: number): void {
  set.call(to, from, at)
}

const NOTHING = new Uint8Array(0)

/** Up to this many bytes a loop copies fastest. */
const LOOP_LIMIT = 16

/**
 * The bytes in memory of their own, which a user may keep, write to, and give away. Hot path: the constructor is the
 * fastest way to copy, since V8 does not clear the memory first (`npm run bench -- --pieces --only 'ways to copy'`).
 */
export function ownBytes(bytes: Uint8Array): Buffer {
  const { length } = bytes
  return length > LOOP_LIMIT ? new FastBuffer(bytes) : fewBytes(bytes, 0, length)
}

/** The same of a part of `chunk`, which is `memory` from `offset` on: to look these up takes as long as to copy. */
export function ownSlice(
  chunk: Uint8Array,
  memory: ArrayBufferLike,
  offset: number,
  start: number,
  length: number,
): Buffer {
  if (length > LOOP_LIMIT) return new FastBuffer(new FastBuffer(memory, offset + start, length))
  return fewBytes(chunk, start, length)
}

function fewBytes(from: Uint8Array, start: number, length: number): Buffer {
  // Of no bytes: the constructor takes eight times as long when it is given the number 0.
  if (length === 0) return new FastBuffer(NOTHING)
  const copy = new FastBuffer(length)
  let i = 0
  for (; i + 4 <= length; i += 4) {
    copy[i] = from[start + i] as number
    copy[i + 1] = from[start + i + 1] as number
    copy[i + 2] = from[start + i + 2] as number
    copy[i + 3] = from[start + i + 3] as number
  }
  for (; i < length; i++) copy[i] = from[start + i] as number
  return copy
}

/**
 * The text as UTF-8 in memory of its own; `Buffer.from` alone takes short ones out of a pool. Writing to a small Buffer
 * takes longer than this copy: it moves out of the JavaScript heap for it.
 */
export function ownText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return bytes.length === bytes.buffer.byteLength ? bytes : new FastBuffer(bytes)
}

/** One byte and then others, in memory of their own: what peers of ZMTP 3.0 subscribe with. */
export function ownPrefixed(first: number, rest: Uint8Array): Buffer {
  const bytes = new FastBuffer(1 + rest.length)
  bytes[0] = first
  copyInto(bytes, rest, 1)
  return bytes
}

/** `list.push(item)` and then the list; a short one is made anew, since `push` sets 16 places aside. */
export function append<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item]
  if (list.length === 1) return [list[0] as T, item]
  if (list.length === 2) return [list[0] as T, list[1] as T, item]
  list.push(item)
  return list
}
