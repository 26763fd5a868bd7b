/** Messages on their way to another thread, as one block of memory and large parts beside it. */
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { markMovable, packBatch, passedOn, unpackBatch } from "../../src/peers/thread-batch.js"
import { isAlone } from "../support/memory.js"

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
        const sent = messages.map(parts => parts.map(each => Buffer.from(new Uint8Array(each).buffer)))
        const received = send(sent)
        expect(received.flat().every(isAlone)).toBe(true)
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

  it("takes the memory of large parts along, unless it cannot be moved", () => {
    const large = Buffer.alloc(100_000, 1)
    expect(send([[large]], false)[0]?.[0]?.equals(large)).toBe(true)
    expect(large).toHaveLength(100_000)
    expect(send([[large]])[0]?.[0]?.equals(Buffer.alloc(100_000, 1))).toBe(true)
    expect(large).toHaveLength(0)
  })

  it("shares shared memory", () => {
    const memory = new SharedArrayBuffer(1000)
    const [message] = send([[Buffer.from(memory)]])
    expect(message?.[0]).toHaveLength(1000)
    new Uint8Array(memory)[100] = 7
    expect(message?.[0]?.[100]).toBe(7)
  })

  it("works where there is no SharedArrayBuffer", () => {
    vi.stubGlobal("SharedArrayBuffer", undefined)
    const part = Buffer.alloc(20_000, 1)
    expect(passedOn(part, true)).toBeUndefined()
    expect(send([[part]])[0]?.[0]).toHaveLength(20_000)
    vi.unstubAllGlobals()
  })
})

describe("a sent part", () => {
  it("is passed on without a copy when it is all of memory that was given away, to one receiver, once", () => {
    const memory = new ArrayBuffer(100_000)
    const part = Buffer.from(memory)
    expect(passedOn(part, true)).toBeUndefined()
    markMovable(memory)
    expect(passedOn(part, false)).toBeUndefined()
    expect(passedOn(part.subarray(1), true)).toBeUndefined()
    expect(passedOn(part, true)?.buffer).toBe(memory)
    expect(passedOn(part, true)).toBeUndefined()
  })

  it("is passed on without a copy when it is all of a SharedArrayBuffer", () => {
    const memory = new SharedArrayBuffer(1000)
    expect(passedOn(new Uint8Array(memory), false)?.buffer).toBe(memory)
    expect(passedOn(new Uint8Array(memory, 1), true)).toBeUndefined()
  })
})
