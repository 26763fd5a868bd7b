/** Memory that parts share: nobody can take it along. */
import workerThreads from "node:worker_threads"
import { afterEach, expect, it, vi } from "vitest"

type Threads = typeof import("../../src/transports/threads.js")

/** A copy of the module that has not looked yet what the platform can do. */
async function fresh(): Promise<Threads["allocateShared"]> {
  vi.resetModules()
  return (await import("../../src/transports/threads.js")).allocateShared
}

afterEach(() => {
  vi.restoreAllMocks()
})

const ways: Record<string, (part: Buffer) => unknown> = {
  structuredClone: part => structuredClone(part, { transfer: [part.buffer as ArrayBuffer] }),
  postMessage: part => {
    const { port1, port2 } = new MessageChannel()
    try {
      port1.postMessage(part, [part.buffer as ArrayBuffer])
    } finally {
      port1.close()
      port2.close()
    }
  },
  transfer: part => (part.buffer as ArrayBuffer & { transfer?(): unknown }).transfer?.(),
  transferToFixedLength: part =>
    (part.buffer as ArrayBuffer & { transferToFixedLength?(): unknown }).transferToFixedLength?.(),
}

it.each(Object.entries(ways))(
  "stays where it is with %s, which throws if it is there, or copies",
  async (name, way) => {
    const allocateShared = await fresh()
    for (let i = 0; i < 2; i++) {
      const shared = allocateShared(100).fill(i)
      const version = Number(process.versions.node.split(".")[0])
      if (version > 20) expect(() => way(shared)).toThrow()
      else way(shared)
      expect([name, shared.length, shared[99]]).toEqual([name, 100, i])
    }
  },
)

it("is memory all the same on a platform that cannot keep it so", async () => {
  vi.spyOn(workerThreads, "markAsUntransferable").mockImplementation(() => {
    throw new Error("Not implemented")
  })
  const allocateShared = await fresh()
  for (let i = 0; i < 2; i++) expect(allocateShared(100)).toHaveLength(100)
})

it("is kept so although the platform's mark does not stop its own methods", async () => {
  const { prototype } = ArrayBuffer as unknown as { prototype: ArrayBuffer & { transfer?: unknown } }
  const own = Object.getOwnPropertyDescriptor(prototype, "transfer")
  Object.defineProperty(prototype, "transfer", { configurable: true, value: () => new ArrayBuffer(0) })
  try {
    const { buffer } = (await fresh())(100)
    expect(() => (buffer as unknown as { transfer(): void }).transfer()).toThrow(/zeroCopyReceive/)
  } finally {
    if (own === undefined) delete prototype.transfer
    else Object.defineProperty(prototype, "transfer", own)
  }
})
