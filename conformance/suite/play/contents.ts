/** Messages of which nothing may be changed on the way: those that an implementation is most likely to change. */
import type { Octets } from "./bytes.js"

export interface Content {
  readonly name: string
  readonly what: string
  readonly parts: readonly Octets[]
}

/** Every octet there is, and more of it than a short frame holds. */
const OCTETS = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255))

/** They all begin with a letter, lest they be taken for subscriptions. */
export const CONTENTS: readonly Content[] = [
  {
    name: "octets",
    what: "a message with every octet, of 513",
    parts: [Buffer.concat([Buffer.from("M"), OCTETS])],
  },
  { name: "parts", what: "a message of four parts, two of them empty", parts: ["M", "", "B", ""] },
  {
    name: "command-like",
    what: "a message that looks like a command",
    parts: ["M", "\x05READY", "\x04PING\0\0"],
  },
  { name: "large", what: "a message of a mebibyte", parts: [Buffer.alloc(1_048_576, "M")] },
]

/** The parts as they are received: text of which each character is one octet. */
export function received({ parts }: Content): string[] {
  return parts.map(part => (typeof part === "string" ? part : Buffer.from(part).toString("latin1")))
}
