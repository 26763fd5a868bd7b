/**
 * Making Buffers the quick way, for the hot paths of this room.
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
