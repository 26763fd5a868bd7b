/**
 * Messages that can be told apart and checked: who sent them, their number, and parts whose bytes follow from
 * these, of sizes around the limits inside (short frames, copied parts, parts passed by reference).
 */
import type { Message } from "../../src/wire/frames.js"

const SIZES = [0, 1, 5, 24, 25, 64, 65, 128, 129, 255, 256, 300, 1000, 5000, 17000]

/** A message of so many parts after the head, none longer than `most` bytes. */
export function compose(head: string, number: number, most: number): Buffer[] {
  const parts = [Buffer.from(`${head} ${number}`)]
  const sizes = SIZES.filter(size => size <= most)
  for (let i = 0; i < number % 3; i++) {
    const size = sizes[(number * 7 + i * 5 + head.length) % sizes.length] ?? 0
    parts.push(Buffer.alloc(size, `${head}/${number}/${i}`))
  }
  return parts
}

/** What a head says: who sent it and which number it has. */
export function parse(message: Message): { readonly from: string; readonly number: number } {
  const [from = "", number = ""] = String(message[0]).split(" ")
  return { from, number: Number(number) }
}

/** Whether a message is one of {@link compose}, byte for byte. */
export function isIntact(message: Message, most: number): boolean {
  const { from, number } = parse(message)
  const whole = compose(from, number, most)
  return message.length === whole.length && whole.every((part, i) => message[i]?.equals(part) === true)
}

/** Overwrites the parts that belong to the sender again as soon as `send` has returned. */
export function scribble(message: readonly Buffer[]): void {
  for (const part of message) if (part.length <= 128) part.fill("#")
}
