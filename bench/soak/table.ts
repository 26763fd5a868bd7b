/** What a person reads of a soak. It computes nothing but shares. */
import { digits, quantity } from "../report.js"
import { bytes, type Shown } from "../show/shown.js"
import { isFlat, type Soak } from "./index.js"
import type { MemoryFigure } from "./judge.js"

const mark = (isReached: boolean): string => (isReached ? "✓" : "✗")

function memoryCell({ memory }: Soak, figure: MemoryFigure): string {
  const { first, last, max, bound } = memory[figure]
  return `${bytes(first)} → ${bytes(last)} (max ${bytes(max)}) ${mark(last <= bound)}`
}

function heldCell({ held: { before, after, bound } }: Soak): string {
  return `${bytes(before)} → ${bytes(after)} ${mark(after - before <= bound)}`
}

function countOf(value: number): string {
  return value.toLocaleString("en")
}

function traffic(soaks: readonly Soak[]): Shown {
  return {
    title: "Full speed while peers come and go: what passed, all of it checked",
    header: [
      "process",
      "seconds",
      "messages",
      "a second",
      "dropped",
      "checked by peers",
      "peers closed",
      "killed",
    ],
    rows: soaks.map(({ name, seconds, messages, dropped, delivered, peers }) => [
      name,
      seconds.toFixed(0),
      countOf(messages),
      quantity(messages / seconds, "messages/s"),
      dropped === undefined ? "" : countOf(dropped),
      delivered === undefined ? "" : countOf(delivered),
      countOf(peers.closed),
      countOf(peers.killed),
    ]),
  }
}

function memory(soaks: readonly Soak[]): Shown {
  return {
    title:
      "Memory: medians of the first and of the last quarter; held when all peers are gone, before and after",
    header: ["process", "resident", "heap", "external", "held", "flat"],
    rows: soaks.map(soak => [
      soak.name,
      memoryCell(soak, "rss"),
      memoryCell(soak, "heapUsed"),
      memoryCell(soak, "external"),
      heldCell(soak),
      mark(isFlat(soak)),
    ]),
  }
}

const milliseconds = (nanoseconds: number): string => `${digits(nanoseconds / 1e6)} ms`

function collection(soaks: readonly Soak[]): Shown {
  return {
    title: "Garbage collection: pauses of that process",
    header: ["process", "kind", "pauses", "of the time", "median", "p99", "max"],
    rows: soaks.flatMap(({ name, seconds, pauses }) =>
      pauses.map(({ kind, count, sum, median, p99, max }) => [
        name,
        kind,
        countOf(count),
        `${digits(sum / seconds / 1e7)} %`,
        ...[median, p99, max].map(milliseconds),
      ]),
    ),
  }
}

export function soakTables(soaks: readonly Soak[]): readonly Shown[] {
  return [traffic(soaks), memory(soaks), collection(soaks)]
}
