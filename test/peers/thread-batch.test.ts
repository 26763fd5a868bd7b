/** Messages on their way to another thread, as one block of memory and large parts beside it. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { markMovable, packBatch, unmarkMovable, unpackBatch } from "../../src/peers/thread-batch.js"

/** Sends messages as a port would: copied, or given away. */
function send(messages: Buffer[][], move = true): Buffer[][] {
  const { batch, transfer } = packBatch(messages, move)
  const received: Buffer[][] = []
  unpackBatch(structuredClone(batch, { transfer }), message => received.push(message))
  return received
}

describe("a batch", () => {
  it("brings any messages as they were", () => {
    const size = fc.oneof(fc.nat(300), fc.constantFrom(64, 65, 16384, 16385, 40_000))
    const part = fc.tuple(size, fc.nat(255)).map(([length, value]) => Buffer.alloc(length, value))
    const message = fc.array(part, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), messages => {
        const received = send(messages)
        expect(received.map(parts => parts.length)).toEqual(messages.map(parts => parts.length))
        // Quicker than a comparison by the test framework, element by element.
        const flat = messages.flat()
        expect(received.flat().findIndex((each, i) => !each.equals(flat[i] as Buffer))).toBe(-1)
      }),
      { numRuns: 100 },
    )
  })

  it("brings Buffers", () => {
    const [message] = send([[Buffer.alloc(1), Buffer.alloc(100), Buffer.alloc(100_000)]])
    expect(message?.map(Buffer.isBuffer)).toEqual([true, true, true])
  })

  it("leaves the sender's memory alone", () => {
    const large = Buffer.alloc(100_000, 1)
    const [message] = send([[large]])
    expect(large).toHaveLength(100_000)
    large.fill(2)
    expect(message?.[0]?.[0]).toBe(1)
  })

  it("has a small part alone in its memory, and large parts each in their own", () => {
    const [small = [], large = []] = send([[Buffer.alloc(64), Buffer.alloc(1000)], [Buffer.alloc(20_000)]])
    expect(small[0]?.buffer.byteLength).toBe(64)
    expect(small[1]?.buffer.byteLength).toBeGreaterThan(1000)
    expect(large[0]?.buffer.byteLength).toBe(20_000)
  })

  it("shares shared memory", () => {
    const memory = new SharedArrayBuffer(1000)
    const [message] = send([[Buffer.from(memory, 100, 200)]])
    expect(message?.[0]).toHaveLength(200)
    new Uint8Array(memory)[100] = 7
    expect(message?.[0]?.[0]).toBe(7)
  })

  it("takes memory along that was given away, once", () => {
    const memory = new ArrayBuffer(100_000)
    new Uint8Array(memory)[0] = 9
    markMovable(memory)
    const part = Buffer.from(memory)
    const [message] = send([[part, part]])
    expect(memory.byteLength).toBe(0)
    expect(message?.map(each => [each.length, each[0]])).toEqual([
      [100_000, 9],
      [100_000, 9],
    ])
  })

  it("copies what was given away when it has several receivers, is but a part, or stayed here before", () => {
    const memory = new ArrayBuffer(100_000)
    markMovable(memory)
    send([[Buffer.from(memory)]], false)
    send([[Buffer.from(memory, 1)]])
    unmarkMovable([Buffer.from(memory)])
    send([[Buffer.from(memory)]])
    expect(memory.byteLength).toBe(100_000)
  })
})
