/**
 * Connection metadata: the properties that peers tell each other at the end of the handshake, and a ZAP
 * handler about a user (37/ZMTP §Connection Metadata, 27/ZAP §Message Format). Encodes, parses, compares
 * names; what a property means is decided elsewhere, save whether a peer's socket type and identity are valid.
 */
import { ProtocolError } from "./errors.js"
import type { ProtocolErrorCode } from "./errors.js"
import { announcesIdentity, mayTalk } from "./socket-types.js"
import type { SocketType } from "./socket-types.js"

/** One property: its name as it was sent, and its value. */
export type Property = readonly [name: string, value: Buffer]

/** Properties by name, without regard to case. Of two with one name the first counts, as in libzmq. */
export class Metadata implements Iterable<Property> {
  static readonly empty = new Metadata([])

  readonly #byName = new Map<string, Property>()

  constructor(properties: Iterable<Property>) {
    for (const property of properties) {
      const key = property[0].toLowerCase()
      if (!this.#byName.has(key)) this.#byName.set(key, property)
    }
  }

  get size(): number {
    return this.#byName.size
  }

  /** The value of a property, or `undefined`. */
  get(name: string): Buffer | undefined {
    return this.#byName.get(name.toLowerCase())?.[1]
  }

  [Symbol.iterator](): Iterator<Property> {
    return this.#byName.values()
  }
}

/**
 * Lays out properties: a name of 1 to 255 octets and a value of 0 to 2^31-1, each after its length.
 * @throws RangeError when a name or value is too long for its length field.
 */
export function encodeMetadata(
  properties: Iterable<readonly [name: string, value: string | Uint8Array]>,
): Buffer {
  const pieces: Uint8Array[] = []
  for (const [name, value] of properties) {
    const nameBytes = Buffer.from(name, "latin1")
    const valueBytes = typeof value === "string" ? Buffer.from(value) : value
    if (nameBytes.length < 1 || nameBytes.length > 255) {
      throw new RangeError(`A metadata name has 1 to 255 octets, not ${nameBytes.length}`)
    }
    if (valueBytes.length > 0x7fffffff) throw new RangeError("A metadata value has at most 2^31-1 octets")
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(valueBytes.length)
    pieces.push(Buffer.of(nameBytes.length), nameBytes, length, valueBytes)
  }
  return Buffer.concat(pieces)
}

const NAME = /^[A-Za-z0-9\-_.+]+$/

/**
 * Parses what {@link encodeMetadata} lays out. Values are copies: metadata lives as long as its connection,
 * and must not keep the chunk that it came in.
 * @throws ProtocolError with `code` when a length exceeds what is there, or a name is none (23/ZMTP §Formal Grammar).
 */
export function parseMetadata(data: Buffer, code: ProtocolErrorCode = "ERR_ZMTP_INVALID_METADATA"): Metadata {
  const properties: Property[] = []
  let offset = 0
  const take = (length: number, what: string): Buffer => {
    if (length > data.length - offset) throw new ProtocolError(code, `Metadata ends within ${what}`)
    const piece = data.subarray(offset, offset + length)
    offset += length
    return piece
  }
  while (offset < data.length) {
    const nameLength = take(1, "the length of a name").readUInt8()
    const name = take(nameLength, "a name").toString("latin1")
    if (!NAME.test(name)) {
      throw new ProtocolError(code, `Metadata has a property with the name ${JSON.stringify(name)}`)
    }
    const valueLength = take(4, "the length of a value").readUInt32BE()
    const value = take(valueLength, "a value")
    properties.push([name, ownCopy(value)])
  }
  return properties.length === 0 ? Metadata.empty : new Metadata(properties)
}

function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

/** What a peer of ours tells of itself: its type, and its routing id if its type has one that others see. */
export function encodeOwnMetadata(socketType: SocketType, routingId: Uint8Array): Buffer {
  return encodeMetadata([
    ["Socket-Type", socketType],
    ...(announcesIdentity(socketType) ? ([["Identity", routingId]] as const) : []),
  ])
}

/**
 * Parses the metadata of a peer and checks it against our own socket type. A peer that names no type is accepted:
 * it SHOULD name one (37/ZMTP §Connection Metadata).
 * @throws ProtocolError `ERR_ZMTP_INVALID_METADATA`.
 */
export function parsePeerMetadata(data: Buffer, ownType: SocketType): Metadata {
  const metadata = parseMetadata(data)
  const peerType = metadata.get("Socket-Type")?.toString("latin1")
  if (peerType !== undefined && !mayTalk(ownType, peerType)) {
    const shown = JSON.stringify(peerType.slice(0, 20))
    throw new ProtocolError("ERR_ZMTP_INVALID_METADATA", `A ${ownType} socket cannot talk to a ${shown}`)
  }
  const identity = metadata.get("Identity")
  if (identity !== undefined && identity.length > 255) {
    throw new ProtocolError(
      "ERR_ZMTP_INVALID_METADATA",
      `Identity has ${identity.length} octets, more than 255`,
    )
  }
  return metadata
}
