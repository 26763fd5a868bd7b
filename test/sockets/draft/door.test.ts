/** The draft door: what it exports, that it warns, and the shape of its classes. */
import { describe, expect, it, vi } from "vitest"
import { draftOf, nativeDraft, oursDraft } from "./support.js"
import { ours, parity, type Results } from "../support.js"

const NAMES = ["Server", "Client", "Radio", "Dish", "Scatter", "Gather", "Datagram"] as const

describe("the draft door", () => {
  it("exports what native's does, and the types that libzmq has besides", () => {
    expect(Object.keys(oursDraft).sort()).toEqual([...NAMES, "Channel", "Peer"].sort())
    if (nativeDraft !== undefined) {
      expect(Object.keys(nativeDraft)).toEqual(expect.arrayContaining([...NAMES]))
    }
    expect(ours.capability.draft).toBe(true)
  })

  it("warns when it is loaded, in native's words", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined)
    try {
      vi.resetModules()
      await import("../../../src/draft.js")
      expect(warn.mock.calls).toEqual([
        ["ZeroMQ draft features are experimental and could change at any time."],
      ])
    } finally {
      warn.mockRestore()
    }
  })

  parity("has classes with native's properties", async library => {
    const shape: Results = {}
    for (const name of NAMES) {
      const { prototype } = draftOf(library)[name]
      const own = Object.getOwnPropertyNames(prototype)
      // Ours counts what it drops, takes options with a send of its own, and can let received parts share memory.
      const additions = ["dropped", "send", "trySend", "zeroCopyReceive"]
      shape[name] = own.filter(key => !additions.includes(key)).sort()
      shape[`${name} methods`] = ["send", "receive", "join", "leave"].map(
        method => typeof Reflect.get(prototype, method),
      )
    }
    return shape
  })
})
