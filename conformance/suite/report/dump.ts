/**
 * The octets of one connection with their meaning beside them: fields of greetings, heads and bodies of frames,
 * commands with their properties. It reads what it can, says where that ends, and judges nothing.
 */
import type { Connection } from "../play/connection.js"
import type { Entry } from "../play/raw.js"
import { fieldsOf, framingOf, type Field } from "./fields.js"

/** A piece of what passed, in the order in which it did. */
export interface DumpLine {
  readonly from: "suite" | "peer"
  /** In milliseconds, from the beginning of the connection. */
  readonly at: number
  /** Where the piece begins, among all that this side sent. */
  readonly offset: number
  /** How many octets it has. */
  readonly length: number
  /** In hexadecimal, the first of them when there are many; empty for the end of a connection. */
  readonly octets: string
  readonly meaning: string
}

/** Octets of a piece that are shown. */
const SHOWN = 64
/** Lines of a connection that are kept. */
const LINES = 160

export function dump(
  { log, sent, received }: Pick<Connection, "log" | "sent" | "received">,
  limit = LINES,
): DumpLine[] {
  const framing = framingOf(sent, received)
  const streams = {
    suite: { bytes: sent, fields: fieldsOf(sent, framing, limit), at: 0 },
    peer: { bytes: received, fields: fieldsOf(received, framing, limit), at: 0 },
  }
  const lines: DumpLine[] = []
  for (const entry of gathered(log)) {
    const { from, length } = entry
    const at = Math.round(entry.at * 10) / 10
    if (length === undefined) {
      const meaning = entry.how === "reset" ? "the connection is reset" : "the end of what it sends"
      lines.push({ from, at, offset: streams[from].at, length: 0, octets: "", meaning })
      continue
    }
    const { bytes, fields } = streams[from]
    const start = streams[from].at
    streams[from].at += length
    for (const piece of within(fields, start, start + length)) {
      const octets = bytes
        .subarray(piece.offset, piece.offset + Math.min(piece.length, SHOWN))
        .toString("hex")
      lines.push({ from, at, octets, ...piece })
    }
  }
  const [first] = lines.slice(limit)
  if (first === undefined) return lines
  const meaning = `${lines.length - limit} more lines`
  return [...lines.slice(0, limit), { ...first, length: 0, octets: "", meaning }]
}

/** A dump as text, sixteen octets a line. */
export function dumpText(lines: readonly DumpLine[]): string {
  return lines.map(lineText).join("\n")
}

const WIDTH = 16

function lineText({ from, offset, octets, length, meaning }: DumpLine): string {
  const arrow = from === "suite" ? "suite →" : "peer  ←"
  const pairs = zerosShortened(octets.match(/../g) ?? [])
  const rows = Array.from({ length: Math.max(1, Math.ceil(pairs.length / WIDTH)) }, (_, i) =>
    pairs.slice(i * WIDTH, (i + 1) * WIDTH).join(" "),
  )
  const left = rows.map(
    (row, i) => `${String(offset + i * WIDTH).padStart(6)}  ${arrow}  ${row.padEnd(WIDTH * 3 - 1)}`,
  )
  const cut = length > octets.length / 2 ? ` (${octets.length / 2} of ${length} octets shown)` : ""
  return left.map((row, i) => (i === 0 ? `${row}  ${meaning}${cut}` : row.trimEnd())).join("\n")
}

/** Padding says nothing octet by octet. */
function zerosShortened(pairs: readonly string[]): readonly string[] {
  let end = pairs.length
  while (end > 0 && pairs[end - 1] === "00") end--
  return pairs.length - end > 4 ? [...pairs.slice(0, end + 1), "…"] : pairs
}

interface Gathered {
  readonly from: Entry["from"]
  readonly at: number
  readonly length?: number
  readonly how?: "end" | "reset"
}

/** Pieces that one side sent one after the other are shown as one: how a stream was cut is the system's doing. */
function gathered(log: readonly Entry[]): Gathered[] {
  const all: Gathered[] = []
  for (const { from, what, at } of log) {
    if (!Buffer.isBuffer(what)) {
      all.push({ from, at, how: what })
      continue
    }
    const last = all.at(-1)
    if (last?.length !== undefined && last.from === from) {
      all[all.length - 1] = { ...last, length: last.length + what.length }
    } else all.push({ from, at, length: what.length })
  }
  return all
}

/** What of the fields lies between two offsets. */
function within(
  fields: readonly Field[],
  start: number,
  end: number,
): Omit<DumpLine, "from" | "at" | "octets">[] {
  return fields.flatMap(field => {
    const [from, to] = [Math.max(field.offset, start), Math.min(field.offset + field.length, end)]
    if (from >= to) return []
    const meaning = from === field.offset ? field.meaning : `… ${field.meaning}, continued`
    return [{ offset: from, length: to - from, meaning }]
  })
}
