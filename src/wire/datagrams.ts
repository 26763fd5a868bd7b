/**
 * What a RADIO sends a DISH in one datagram: an octet with the length of the group, the group, and the body, as in
 * libzmq; no RFC describes it. Sockets and addresses are not known here.
 */
import { ownBytes } from "./bytes.js"
import type { Message, OutgoingPart } from "./frames.js"

/** Octets of the longest group (48/RADIO-DISH §Group). */
export const LONGEST_GROUP = 255

/** Octets of the largest datagram that a RADIO sends: libzmq's DISH reads no more, and takes the rest for lost. */
export const LARGEST_DATAGRAM = 8192

/** The bytes of a part. */
export function partBytes(part: OutgoingPart): Uint8Array {
  return typeof part === "string" ? Buffer.from(part) : part
}

/** Makes the datagram; the group has at most {@link LONGEST_GROUP} octets. */
export function buildDatagram(group: Uint8Array, body: Uint8Array): Buffer {
  const datagram = Buffer.allocUnsafe(1 + group.length + body.length)
  datagram[0] = group.length
  datagram.set(group, 1)
  datagram.set(body, 1 + group.length)
  return datagram
}

/** Group and body; undefined for what is too short to hold its group. */
export function parseDatagram(datagram: Buffer): Message | undefined {
  const [length] = datagram
  if (length === undefined || datagram.length < 1 + length) return undefined
  return [ownBytes(datagram.subarray(1, 1 + length)), ownBytes(datagram.subarray(1 + length))]
}
