/** How much memory a process uses, for those that report what something costs. Needs --expose-gc. */
import { setImmediate } from "node:timers/promises"

/** Bytes in use that garbage collection cannot free. `external` includes the memory of every ArrayBuffer. */
export async function bytesInUse(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("started without --expose-gc")
  let least = Infinity
  // The memory of a dead ArrayBuffer is freed some time after the collection that found it.
  for (let idle = 0; idle < 5; idle++) {
    globalThis.gc()
    await setImmediate()
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external >= least) continue
    least = heapUsed + external
    idle = 0
  }
  return least
}
