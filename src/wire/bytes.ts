/**
 * Making and filling Buffers and short arrays the quick way, for the hot paths of this room.
 */

interface BufferConstructor {
  new (length: number): Buffer
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

/** `list.push(item)` and then the list; a short one is made anew, since `push` sets 16 places aside. */
export function append<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item]
  if (list.length === 1) return [list[0] as T, item]
  if (list.length === 2) return [list[0] as T, list[1] as T, item]
  list.push(item)
  return list
}
