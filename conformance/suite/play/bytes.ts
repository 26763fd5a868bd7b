/**
 * What a peer that is played by hand says: greetings, frames and commands, each as it ought to be unless a case asks
 * for something else. Nothing here reads.
 */
import {
  buildCommand,
  buildReady,
  COMMAND,
  encodeMetadata,
  GREETING_SIZE,
  LONG,
  MORE,
} from "../../../src/wire.js"

/** Parts, values and names are given as text of which each character is one octet, or as octets. */
export type Octets = string | Uint8Array

export function octets(value: Octets): Buffer {
  return typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value)
}

/** `hex("04 05 read")` does not exist: hexadecimal digits only, and spaces between them for the eye. */
export function hex(digits: string): Buffer {
  const text = digits.replace(/\s+/g, "")
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new RangeError(`${digits} are no hexadecimal octets`)
  return Buffer.from(text, "hex")
}

export interface GreetingFields {
  readonly major?: number
  readonly minor?: number
  /** Up to 20 octets. */
  readonly mechanism?: Octets
  readonly asServer?: number
  /** The eight octets between FF and 7F; zeros at first. */
  readonly padding?: Octets
  /** The 31 octets at the end; zeros at first. */
  readonly filler?: Octets
}

/** A greeting of 64 octets (23/ZMTP §Formal Grammar); without fields that of a 3.1 peer that speaks NULL. */
export function greeting(fields: GreetingFields = {}): Buffer {
  const { major = 3, minor = 1, mechanism = "NULL", asServer = 0, padding = "", filler = "" } = fields
  const bytes = Buffer.alloc(GREETING_SIZE)
  bytes[0] = 0xff
  bytes.set(octets(padding).subarray(0, 8), 1)
  bytes[9] = 0x7f
  bytes[10] = major
  bytes[11] = minor
  bytes.set(octets(mechanism).subarray(0, 20), 12)
  bytes[32] = asServer
  bytes.set(octets(filler).subarray(0, 31), 33)
  return bytes
}

export interface FrameFields {
  /** All eight bits. When absent they follow from the rest. */
  readonly flags?: number
  readonly more?: boolean
  /** The size in eight octets; when absent only where one is too small. */
  readonly long?: boolean
}

/** A frame of ZMTP 2.0 and later (23/ZMTP §Framing). */
export function frame(body: Octets, fields: FrameFields = {}): Buffer {
  const bytes = octets(body)
  const long = fields.long ?? bytes.length > 255
  const flags = fields.flags ?? (fields.more ? MORE : 0) | (long ? LONG : 0)
  return Buffer.concat([Buffer.of(flags), long ? size(bytes.length) : Buffer.of(bytes.length), bytes])
}

/** A size in eight octets, up to 2^64 - 1. */
export function size(length: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

/** A message, a frame for each part. */
export function message(...parts: Octets[]): Buffer {
  return Buffer.concat(parts.map((part, i) => frame(part, { more: i < parts.length - 1 })))
}

/** A frame of ZMTP 1.0, whose size counts the octet of flags (13/ZMTP). */
export function oldFrame(body: Octets, { more = false, long }: Omit<FrameFields, "flags"> = {}): Buffer {
  const bytes = octets(body)
  const length = bytes.length + 1
  const head = (long ?? length > 254) ? Buffer.concat([Buffer.of(0xff), size(length)]) : Buffer.of(length)
  return Buffer.concat([head, Buffer.of(more ? 1 : 0), bytes])
}

/** A command: its name and its data in one frame. */
export function command(name: string, data: Octets = "", fields: Omit<FrameFields, "more"> = {}): Buffer {
  const body = buildCommand(name, octets(data))
  const long = fields.long ?? body.length > 255
  return frame(body, { long, flags: fields.flags ?? (long ? COMMAND | LONG : COMMAND) })
}

export type Properties = readonly (readonly [name: string, value: Octets])[]

/** The properties of a READY or INITIATE, encoded. */
export function metadata(properties: Properties): Buffer {
  return encodeMetadata(properties.map(([name, value]) => [name, octets(value)]))
}

/** NULL's READY with any properties, beginning with the Socket-Type where that is not empty. */
export function ready(socketType: string, properties: Properties = []): Buffer {
  const all: Properties = socketType === "" ? properties : [["Socket-Type", socketType], ...properties]
  const body = buildReady(metadata(all))
  return frame(body, { flags: body.length > 255 ? COMMAND | LONG : COMMAND })
}

/** PING with its time to live in tenths of a second (37/ZMTP §Connection Heartbeating). */
export function ping(context: Octets = "", ttl = 0): Buffer {
  const field = Buffer.alloc(2)
  field.writeUInt16BE(ttl)
  return command("PING", Buffer.concat([field, octets(context)]))
}
