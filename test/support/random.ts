/** What the properties are tried with. */
import fc from "fast-check"

/** Lengths around every border of the wire: short headers, copies, slabs. */
export const length = fc.oneof(
  { weight: 4, arbitrary: fc.nat(300) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 23, 24, 25, 63, 64, 65, 84, 85, 86, 252, 253, 254, 255, 256),
  },
  { weight: 1, arbitrary: fc.constantFrom(8191, 8192, 8193, 16383, 16384, 16385, 40_000, 65_526, 70_000) },
)

/** Bytes of such lengths; their contents matter little, so they follow from one number. */
export const bytes = fc.tuple(length, fc.nat(255)).map(([size, seed]) => {
  const buffer = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) buffer[i] = (i * 31 + seed + (i >> 8)) & 255
  return buffer
})

export const message = fc.array(bytes, { minLength: 1, maxLength: 5 })

/** After so many pieces the rest is cut coarsely, so that a test stays fast. */
const MOST_PIECES = 20_000

/** Cuts bytes at places that follow from a list of sizes, used round and round. */
export function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, i = 0; at < whole.length; i++) {
    const size = i < MOST_PIECES ? Math.max(1, sizes[i % sizes.length] ?? whole.length) : 65_536
    chunks.push(Buffer.from(whole.subarray(at, at + size)))
    at += size
  }
  return chunks
}

export const cuts = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 300 }),
    fc.constantFrom(8192, 16_384, 65_536),
  ),
  { minLength: 1, maxLength: 8 },
)
