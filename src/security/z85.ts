/**
 * Z85, the text form of keys (32/Z85): four bytes become five characters that are safe in source code and quotes.
 * Nothing is padded and nothing here knows what a key is.
 */

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
const BASE = 85
const WORD_MAX = 0xffffffff

/** Bytes as text. Throws a RangeError when their number is not a multiple of four (32/Z85 §Formal Specification). */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new RangeError("Z85 encodes multiples of 4 bytes")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ""
  for (let at = 0; at < bytes.length; at += 4) text += encodeWord(view.getUint32(at))
  return text
}

/**
 * The bytes of a text, or `undefined` when it is not Z85: a length that is not a multiple of five, a foreign
 * character, or five characters that stand for more than 32 bits, which libzmq refuses too.
 */
export function decodeZ85(text: string): Buffer | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = Buffer.alloc((text.length / 5) * 4)
  for (let word = 0; word < text.length / 5; word++) {
    const value = decodeWord(text.slice(word * 5, word * 5 + 5))
    if (value === undefined) return undefined
    bytes.writeUInt32BE(value, word * 4)
  }
  return bytes
}

function encodeWord(value: number): string {
  let text = ""
  for (let i = 0; i < 5; i++) {
    text = DIGITS.charAt(value % BASE) + text
    value = Math.floor(value / BASE)
  }
  return text
}

function decodeWord(characters: string): number | undefined {
  let value = 0
  for (const character of characters) {
    const digit = DIGITS.indexOf(character)
    if (digit === -1) return undefined
    value = value * BASE + digit
  }
  return value <= WORD_MAX ? value : undefined
}
