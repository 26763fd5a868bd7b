import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeZ85, encodeZ85 } from "../../src/security/z85.js"

/** 32/Z85 §Test Case, and the second vector of its reference implementation: a CURVE key. */
const VECTORS = [
  ["864fd26fb559f75b", "HelloWorld"],
  [
    "8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7",
    "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
  ],
  ["", ""],
  ["00000000ffffffff", "00000%nSc0"],
] as const

describe("Z85", () => {
  it.each(VECTORS)("stands for %s as %j", (hex, text) => {
    expect(encodeZ85(Buffer.from(hex, "hex"))).toBe(text)
    expect(decodeZ85(text)?.toString("hex")).toBe(hex)
  })

  it("brings back any bytes, wherever they lie in their memory", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(8), (bytes, offset) => {
        const memory = new Uint8Array(offset + bytes.length)
        memory.set(bytes, offset)
        const words = memory.subarray(offset, offset + bytes.length - (bytes.length % 4))
        const text = encodeZ85(words)
        expect(text).toHaveLength((words.length / 4) * 5)
        expect(decodeZ85(text)).toEqual(Buffer.from(words))
      }),
    )
  })

  it("is read from any text without a fault, and then is that text's only form", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-zA-Z.:+=^!/*?&<>()[\]{}@%$#-]{10}$/))
    fc.assert(
      fc.property(text, candidate => {
        const bytes = decodeZ85(candidate)
        if (bytes !== undefined) expect(encodeZ85(bytes)).toBe(candidate)
      }),
    )
  })

  it.each([1, 2, 3, 5])("refuses to encode %i bytes", length => {
    expect(() => encodeZ85(new Uint8Array(length))).toThrow(RangeError)
  })

  it.each([
    ["four characters", "0000"],
    ["a space", "0000 "],
    ["a character beyond ASCII", "0000é"],
    ["half a surrogate pair", "\u{1f600}000"],
    ["more than 32 bits in five characters", "%nSc1"],
    ["the largest digits", "#####"],
  ])("is not %s", (_, text) => {
    expect(decodeZ85(text)).toBeUndefined()
  })
})
