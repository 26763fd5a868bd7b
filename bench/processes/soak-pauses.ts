/** The pauses of the garbage collector in this process, by kind, in histograms that do not grow. */
import { constants, createHistogram, PerformanceObserver, type RecordableHistogram } from "node:perf_hooks"
import type { Pauses } from "./soak-orders.js"

const KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "scavenge"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "mark-sweep-compact"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental marking"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak callbacks"],
])

export class PauseMeter {
  readonly #histograms = new Map<string, RecordableHistogram>()
  readonly #sums = new Map<string, number>()
  readonly #observer = new PerformanceObserver(list => this.#take(list.getEntries()))

  start(): void {
    this.#observer.observe({ entryTypes: ["gc"] })
  }

  stop(): readonly Pauses[] {
    this.#take(this.#observer.takeRecords())
    this.#observer.disconnect()
    return [...this.#histograms].map(([kind, histogram]) => ({
      kind,
      count: histogram.count,
      sum: this.#sums.get(kind) ?? 0,
      median: histogram.percentile(50),
      p99: histogram.percentile(99),
      max: histogram.max,
    }))
  }

  #take(entries: readonly { readonly detail?: unknown; readonly duration: number }[]): void {
    for (const { detail, duration } of entries) {
      const kind = KINDS.get((detail as { kind: number }).kind) ?? "other"
      let histogram = this.#histograms.get(kind)
      if (histogram === undefined) this.#histograms.set(kind, (histogram = createHistogram()))
      const nanoseconds = Math.round(duration * 1e6)
      histogram.record(Math.max(1, nanoseconds))
      this.#sums.set(kind, (this.#sums.get(kind) ?? 0) + nanoseconds)
    }
  }
}
