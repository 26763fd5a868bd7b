/**
 * What the soak sends: a header with the sender's number and that of the message, then a body that follows from the
 * latter, from nothing to 300 kB. Every byte of what arrives is compared.
 */

/** Mostly small; 4 and 16 KiB and 64 bytes are where libraries change their ways. */
const SIZES = [10, 0, 33, 64, 65, 100, 1_000, 2_000, 4_096, 10_000, 17_000] as const
const LARGE = 300_000

/** Prime, so that each body meets each topic, and no batch has a whole number of rounds. */
const ROUND = 997

const pattern = Buffer.from(
  Uint8Array.from({ length: LARGE + ROUND }, (_, at) => (at * 7 + (at >>> 8) * 13) & 0xff),
)

/** Views of the pattern, each beginning elsewhere. Nobody writes to them. */
const bodies: readonly Buffer[] = Array.from({ length: ROUND }, (_, at) => {
  const size = at === 500 ? LARGE : (SIZES[at % SIZES.length] ?? 0)
  return pattern.subarray(at, at + size)
})

export const TOPICS: readonly Buffer[] = ["a", "b", "c", "d"].map(name => Buffer.from(name))

/** The topic of a publisher's message. */
export function topicOf(number: number): Buffer {
  return TOPICS[number % TOPICS.length] as Buffer
}

/** The header and the body of a message. */
export function messageOf(peer: number, number: number): [Buffer, Buffer] {
  const header = Buffer.allocUnsafe(8)
  header.writeUInt32LE(peer, 0)
  header.writeUInt32LE(number, 4)
  return [header, bodies[number % ROUND] as Buffer]
}

/** Who sent a message, and its number; throws when its body is not the one with that number. */
export function readMessage(parts: readonly Buffer[]): readonly [peer: number, number: number] {
  const [header, body] = parts
  if (parts.length !== 2 || header?.length !== 8 || body === undefined) {
    throw new Error(`altered: parts of ${parts.map(part => part.length).join(", ")} bytes`)
  }
  const [peer, number] = [header.readUInt32LE(0), header.readUInt32LE(4)]
  if (!body.equals(bodies[number % ROUND] as Buffer)) {
    throw new Error(`altered: message ${number} of ${peer}, ${body.length} bytes`)
  }
  return [peer, number]
}
