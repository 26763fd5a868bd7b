/**
 * A stream of octets cut into fields, each with its meaning in a few words: the greeting and the frames of the versions of
 * ZMTP. What cannot be read is a field too, so that nothing is left out. It lays nothing out.
 */
import { COMMAND, GREETING_SIZE, LONG, MORE } from "../../../src/wire.js"

export interface Field {
  readonly offset: number
  readonly length: number
  readonly meaning: string
}

/** Versions of ZMTP whose framing differs. */
export type Framing = 1 | 2 | 3

type Part = readonly [length: number, meaning: string]

/** The framing in which two sides talk, told from the beginnings of what they send: the older of theirs. */
export function framingOf(...streams: readonly Buffer[]): Framing {
  return Math.min(3, ...streams.flatMap(bytes => versionOf(bytes) ?? [])) as Framing
}

function versionOf(bytes: Buffer): Framing | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] !== 0xff) return 1
  if (bytes.length < 11) return undefined
  if (((bytes[9] ?? 0) & 1) === 0) return 1
  return (bytes[10] ?? 0) >= 3 ? 3 : 2
}

/** @param limit How many fields are read; all that follows is one more. */
export function fieldsOf(bytes: Buffer, framing: Framing, limit: number): Field[] {
  const fields: Field[] = []
  let offset = 0
  for (const [length, meaning] of partsOf(bytes, framing)) {
    const left = bytes.length - offset
    if (left <= 0) break
    if (fields.length === limit) {
      fields.push({ offset, length: left, meaning: "the rest" })
      break
    }
    const cut = length > left ? `, cut short: ${left} of ${length} octets` : ""
    fields.push({ offset, length: Math.min(length, left), meaning: meaning + cut })
    offset += length
  }
  return fields
}

function* partsOf(bytes: Buffer, framing: Framing): Iterable<Part> {
  if (framing === 1) yield* oldFrames(bytes)
  else if (framing === 2) {
    yield [10, "signature"]
    yield [1, `revision ${bytes[10] ?? "?"}`]
    yield [1, `socket type ${OLD_TYPES[bytes[11] ?? 255] ?? "unknown"}`]
    yield* frames(bytes, 12)
  } else {
    yield* greeting(bytes)
    yield* frames(bytes, GREETING_SIZE)
  }
}

/** Numbers of 15/ZMTP §The Greeting. */
const OLD_TYPES = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH"]

function* greeting(bytes: Buffer): Iterable<Part> {
  yield [10, "signature"]
  yield [1, `version ${bytes[10] ?? "?"}`]
  yield [1, `minor version ${bytes[11] ?? "?"}`]
  yield [20, `mechanism ${quoted(stripped(bytes.subarray(12, 32)))}`]
  yield [1, `as-server ${bytes[32] ?? "?"}`]
  yield [31, "filler"]
}

/** Frames of ZMTP 2.0 and later. */
function* frames(bytes: Buffer, start: number): Iterable<Part> {
  for (let at = start; at < bytes.length;) {
    const flags = bytes.readUInt8(at)
    const head = (flags & LONG) === 0 ? 2 : 9
    if (at + head > bytes.length) {
      yield [head, `head of a frame, ${flagsOf(flags)}`]
      return
    }
    const size = head === 2 ? BigInt(bytes.readUInt8(at + 1)) : bytes.readBigUInt64BE(at + 1)
    yield [head, `${flagsOf(flags)}, size ${size}`]
    at += head
    // What is announced and will never come need not fit a number.
    const length = size > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(size)
    const body = bytes.subarray(at, Math.min(at + length, bytes.length))
    if ((flags & COMMAND) !== 0 && body.length === length) yield* command(body)
    else if (length > 0) yield [length, `body ${quoted(body)}`]
    at += length
  }
}

function flagsOf(flags: number): string {
  const words = [
    (flags & COMMAND) !== 0 ? "command" : "message",
    ...((flags & MORE) !== 0 ? ["more"] : []),
    ...((flags & LONG) !== 0 ? ["long"] : []),
    ...((flags & 0xf8) !== 0 ? [`reserved bits ${(flags & 0xf8).toString(2).padStart(8, "0")}`] : []),
  ]
  return words.join(" + ")
}

/** Frames of ZMTP 1.0, whose size counts the octet of flags. */
function* oldFrames(bytes: Buffer): Iterable<Part> {
  for (let at = 0; at < bytes.length;) {
    const long = bytes[at] === 0xff
    const head = long ? 10 : 2
    if (at + head > bytes.length) {
      yield [head, "head of a frame of ZMTP 1.0"]
      return
    }
    const size = long ? bytes.readBigUInt64BE(at + 1) : BigInt(bytes.readUInt8(at))
    if (size === 0n) {
      yield [bytes.length - at, "no frame of ZMTP 1.0"]
      return
    }
    const more = (bytes.readUInt8(at + head - 1) & MORE) !== 0
    yield [head, `frame of ZMTP 1.0${more ? " + more" : ""}, size ${size}`]
    at += head
    const length = Number(size > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : size) - 1
    if (length > 0) yield [length, `body ${quoted(bytes.subarray(at, at + length))}`]
    at += length
  }
}

function* command(body: Buffer): Iterable<Part> {
  if (body.length === 0) return
  const named = body.readUInt8()
  const name = body.toString("latin1", 1, 1 + named)
  yield [1 + named, `command ${quoted(body.subarray(1, 1 + named), "")}`]
  const data = body.subarray(1 + named)
  if (data.length === 0) return
  const read = READ[name]
  if (read === undefined) yield [data.length, `data ${quoted(data)}`]
  else yield* read(data)
}

const READ: Readonly<Record<string, (data: Buffer) => Iterable<Part>>> = {
  READY: properties,
  INITIATE: properties,
  *HELLO(data) {
    yield* short(data, "username", rest => short(rest, "password"))
  },
  ERROR: data => short(data, "reason"),
  *PING(data) {
    yield [2, `time to live ${data.length < 2 ? "?" : data.readUInt16BE() / 10} s`]
    if (data.length > 2) yield [data.length - 2, `context ${quoted(data.subarray(2))}`]
  },
  *PONG(data) {
    yield [data.length, `context ${quoted(data)}`]
  },
  *SUBSCRIBE(data) {
    yield [data.length, `subscription ${quoted(data)}`]
  },
  *CANCEL(data) {
    yield [data.length, `subscription ${quoted(data)}`]
  },
  *JOIN(data) {
    yield [data.length, `group ${quoted(data)}`]
  },
  *LEAVE(data) {
    yield [data.length, `group ${quoted(data)}`]
  },
}

function* properties(data: Buffer): Iterable<Part> {
  for (let at = 0; at < data.length;) {
    const named = data.readUInt8(at)
    const start = at + 1 + named + 4
    if (start > data.length) {
      yield [data.length - at, "property, cut short"]
      return
    }
    const length = data.readUInt32BE(at + 1 + named)
    const name = quoted(data.subarray(at + 1, at + 1 + named), "")
    const value = data.subarray(start, Math.min(start + length, data.length))
    const cut = start + length > data.length ? `, cut short: ${value.length} of ${length} octets` : ""
    yield [start - at + value.length, `property ${name} = ${quoted(value)}${cut}`]
    at = start + length
  }
}

function* short(data: Buffer, what: string, then?: (rest: Buffer) => Iterable<Part>): Iterable<Part> {
  const length = data[0] ?? 0
  const text = data.subarray(1, 1 + length)
  const cut = text.length < length ? `, cut short: ${text.length} of ${length} octets` : ""
  yield [1 + text.length, `${what} ${quoted(text)}${cut}`]
  const rest = data.subarray(1 + length)
  if (rest.length > 0) yield* then?.(rest) ?? [[rest.length, "data after it"]]
}

function stripped(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

const TEXT_SHOWN = 40

/** Octets as text where they are; their number where they are not. */
function quoted(bytes: Buffer, mark = '"'): string {
  if (bytes.length === 0) return mark === "" ? "" : "empty"
  if (bytes.some(octet => octet < 0x20 || octet > 0x7e)) {
    return `(${bytes.length} octet${bytes.length === 1 ? "" : "s"})`
  }
  const text = bytes.toString("latin1")
  return `${mark}${text.length <= TEXT_SHOWN ? text : `${text.slice(0, TEXT_SHOWN)}…`}${mark}`
}
