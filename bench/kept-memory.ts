/**
 * What a received message costs in memory that the user keeps while the rest of its stream goes by. It measures one side
 * and compares nothing.
 */
import { fileURLToPath } from "node:url"
import { Child } from "./child.js"
import type { Shown } from "./show/shown.js"

/** Most bytes that a kept message may cost beyond its own. */
const OVERHEAD = 1024

const sizes = [10, 33, 64, 65, 100, 1_000, 10_000] as const

/** One in how many is kept; 1 keeps all. */
const everies = [1, 1_000, 5_000] as const

/** As many messages as leave enough kept ones to divide by, within some hundred megabytes. */
function countFor(size: number, every: number): number {
  if (every === 1) return size <= 1_000 ? 100_000 : 10_000
  const kept = size <= 100 ? 1_000 : size <= 1_000 ? 400 : 100
  return every * (every === 1_000 ? 2 * kept : kept)
}

function start(name: string, script: string, flags: readonly string[], ...args: readonly string[]): Child {
  const path = fileURLToPath(new URL(`dist/${script}.js`, import.meta.url))
  return new Child(name, { file: process.execPath, args: [...flags, path, ...args] })
}

interface Row {
  readonly size: number
  readonly every: number
  readonly count: number
  readonly kept: number
  readonly bytes: number
}

async function measureRow(specifier: string, size: number, every: number, count: number): Promise<Row> {
  const keeper = start("keeper", "keeper", ["--expose-gc"], specifier, String(every))
  const sender = start("sender", "zeromq", [], specifier, "push")
  try {
    keeper.tell("bind", "tcp://127.0.0.1:*")
    const [endpoint = ""] = await keeper.hear("endpoint")
    sender.tell("connect", endpoint)
    await sender.hear("connected")
    let reported: readonly string[] = []
    // The first run keeps nothing: code and buffers reach the size they have in a long-lived process.
    for (const messages of [Math.min(count, 200_000), count]) {
      keeper.tell("run", size, messages, "cheap")
      await keeper.hear("ready")
      sender.tell("run", size, messages, "cheap")
      await sender.hear("ready")
      await sender.hear("done", 300)
      reported = await keeper.hear("done", 300)
    }
    const [kept = NaN, bytes = NaN] = reported.map(Number)
    return { size, every, count, kept, bytes }
  } finally {
    await Promise.all([keeper.quit(), sender.quit()])
  }
}

function isOver({ size, kept, bytes }: Row): boolean {
  return !(bytes / kept <= size + OVERHEAD)
}

function cells(row: Row): readonly string[] {
  const mark = `≤ ${row.size + OVERHEAD} B ${isOver(row) ? "✗" : "✓"}`
  return [
    `${row.size} B`,
    row.every === 1 ? "all" : `1 in ${row.every}`,
    `${Math.round(row.bytes / row.kept)} B`,
    mark,
    row.kept.toString(),
    row.count.toString(),
  ]
}

/** Sets exit status 1 when a message costs too much. */
export async function runKeptMemory(
  specifier: string,
  only: RegExp,
  quick: boolean,
  progress: (text: string) => void,
): Promise<Shown> {
  const rows: Row[] = []
  for (const size of sizes) {
    for (const every of everies) {
      const name = `${size} B, ${every === 1 ? "all" : `1 in ${every}`}`
      if (!only.test(name)) continue
      progress(name)
      rows.push(await measureRow(specifier, size, every, Math.ceil(countFor(size, every) / (quick ? 2 : 1))))
    }
  }
  progress("")
  if (rows.some(isOver)) process.exitCode = 1
  const header = ["message", "kept", "costs", "bound", "kept messages", "received"]
  return { title: "Memory of a kept message", header, rows: rows.map(cells) }
}
