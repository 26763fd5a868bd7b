/**
 * Where a run tells what it finds: lines of text, in colour and with a line of progress that is written over on a
 * terminal, and plain otherwise. What is told is for text.ts and the matrices.
 */
import Table, { type HorizontalAlignment } from "cli-table3"
import colors from "picocolors"

export type Paint = ReturnType<typeof colors.createColors>

/** What of process.stdout a screen needs. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Screen {
  readonly paint: Paint
  print(line?: string): void
  /** Shows this in the line of progress, instead of what was there; nothing when it is no terminal. */
  progress(line: string): void
  table(head: readonly string[], rows: readonly (readonly string[])[], right?: readonly number[]): void
}

/** The environment decides on colours as elsewhere: NO_COLOR forbids them, FORCE_COLOR wants them in a file too. */
export function screenOn(output: Output, env: NodeJS.ProcessEnv = process.env): Screen {
  const terminal = output.isTTY === true && env.TERM !== "dumb"
  const coloured = !env.NO_COLOR && (terminal || Boolean(env.FORCE_COLOR))
  const paint = colors.createColors(coloured)
  let dirty = false
  const clean = () => {
    if (dirty) output.write("\r\x1b[K")
    dirty = false
  }
  const print = (line = "") => {
    clean()
    output.write(`${line}\n`)
  }
  return {
    paint,
    print,
    progress(line) {
      if (!terminal) return
      clean()
      output.write(paint.dim(line.slice(0, (output.columns ?? 80) - 1)))
      dirty = true
    },
    table(head, rows, right = []) {
      print(drawn(head.map(paint.bold), rows, right))
    },
  }
}

const SIDES = ["top", "bottom", "left", "right", "mid"].flatMap(side => [
  side,
  ...["left", "mid", "right"].map(end => `${side}-${end}`),
])
const BARE = { ...Object.fromEntries(SIDES.map(line => [line, ""])), middle: " " }

/** Without lines: a table of a hundred rows is read by its columns. */
function drawn(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const colAligns = head.map((_, i): HorizontalAlignment => (right.includes(i) ? "right" : "left"))
  const style = { head: [], border: [], compact: true, "padding-left": 0 }
  const table = new Table({ head: [...head], colAligns, style, chars: BARE })
  table.push(...rows.map(row => [...row]))
  return table
    .toString()
    .split("\n")
    .map(line => line.trimEnd())
    .join("\n")
}
