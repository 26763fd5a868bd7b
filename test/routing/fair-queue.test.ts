import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FairQueue, type Source } from "../../src/routing/fair-queue.js"

class FakeSource implements Source<string> {
  inIndex = -1
  readonly waiting: string[] = []
  /** Runs inside {@link read}. */
  onRead: (() => void) | undefined
  readonly name: string

  constructor(name: string, count = 0) {
    this.name = name
    for (let i = 1; i <= count; i++) this.waiting.push(`${name}${i}`)
  }

  canRead(): boolean {
    return this.waiting.length > 0
  }

  read(): string | undefined {
    const message = this.waiting.shift()
    this.onRead?.()
    return message
  }
}

const setUp = (...sources: FakeSource[]): FairQueue<string, FakeSource> => {
  const queue = new FairQueue<string, FakeSource>()
  for (const source of sources) queue.activate(source)
  return queue
}

function drain(queue: FairQueue<string, FakeSource>): string {
  const all: string[] = []
  for (let message = queue.receive(); message !== undefined; message = queue.receive()) all.push(message)
  return all.join(" ")
}

describe("a fair queue", () => {
  it("takes one message from each source in turn", () => {
    const queue = setUp(new FakeSource("a", 3), new FakeSource("b", 3), new FakeSource("c", 3))
    expect(drain(queue)).toBe("a1 b1 c1 a2 b2 c2 a3 b3 c3")
  })

  it("leaves out a source that has no more, until it is activated again", () => {
    const [a, b] = [new FakeSource("a", 1), new FakeSource("b", 3)]
    const queue = setUp(a, b)
    expect(drain(queue)).toBe("a1 b1 b2 b3")
    expect([a.inIndex, b.inIndex]).toEqual([-1, -1])
    b.waiting.push("b4")
    expect(queue.receive()).toBeUndefined()
    queue.activate(b)
    expect(drain(queue)).toBe("b4")
  })

  it("is not changed by activating a source twice", () => {
    const a = new FakeSource("a", 2)
    const queue = setUp(a, a, new FakeSource("b", 2))
    expect(drain(queue)).toBe("a1 b1 a2 b2")
  })

  it("says which source the last message came from, as long as that one is there", () => {
    const [a, b] = [new FakeSource("a", 1), new FakeSource("b", 1)]
    const queue = setUp(a, b)
    expect(queue.last).toBeUndefined()
    queue.receive()
    expect(queue.last).toBe(a)
    queue.receive()
    expect(queue.last).toBe(b)
    queue.remove(a)
    expect(queue.last).toBe(b)
    queue.remove(b)
    expect(queue.last).toBeUndefined()
  })

  it("can be asked whether there is a message without losing its turn", () => {
    const queue = setUp(new FakeSource("a"), new FakeSource("b", 2), new FakeSource("c", 1))
    expect(queue.canReceive()).toBe(true)
    expect(queue.canReceive()).toBe(true)
    expect(drain(queue).split(" ").sort()).toEqual(["b1", "b2", "c1"])
    expect(queue.canReceive()).toBe(false)
  })

  it("keeps all other sources when one leaves inside read(), with a message or without", () => {
    for (const count of [0, 1]) {
      const [a, b, c] = [new FakeSource("a", count), new FakeSource("b", 2), new FakeSource("c", 2)]
      const queue = setUp(a, b, c)
      a.onRead = () => queue.remove(a)
      expect(drain(queue).split(" ").sort()).toEqual([...(count > 0 ? ["a1"] : []), "b1", "b2", "c1", "c2"])
      expect(a.inIndex).toBe(-1)
    }
  })

  it("agrees with a list of sources that are asked in turn, whoever comes and goes", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("give" as const), source: fc.nat(5) }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant("receive" as const), source: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), source: fc.nat(5) }) },
      // Another source, or the one that is read, leaves while a message is read.
      { weight: 1, arbitrary: fc.record({ do: fc.constant("removeInside" as const), source: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("ask" as const), source: fc.nat(5) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const sources = ["a", "b", "c", "d", "e", "f"].map(name => new FakeSource(name))
        const queue = new FairQueue<string, FakeSource>()
        /** Sources that the queue knows of, and for each how many others were served since it was. */
        const model = new Map<FakeSource, number>()
        let counter = 0
        const remove = (source: FakeSource): void => {
          queue.remove(source)
          model.delete(source)
          source.waiting.length = 0
        }
        const receive = (): void => {
          const full = sources.filter(source => source.waiting.length > 0)
          const heads = new Map(full.map(source => [source, source.waiting[0]]))
          const message = queue.receive()
          if (full.length === 0) return expect(message).toBeUndefined()
          const served = full.find(source => heads.get(source) === message)
          expect(served, `${String(message)} is the oldest of a source`).toBeDefined()
          for (const source of model.keys()) model.set(source, (model.get(source) ?? 0) + 1)
          if (served !== undefined && model.has(served)) model.set(served, 0)
          // Removals move sources about, so that one may wait for a second round, but never longer.
          for (const [source, waits] of model) if (source.waiting.length > 0) expect(waits).toBeLessThan(12)
        }
        for (const { do: what, source: index } of steps) {
          const source = sources[index] as FakeSource
          if (what === "give") {
            source.waiting.push(`${source.name}${++counter}`)
            queue.activate(source)
            if (!model.has(source)) model.set(source, 0)
          } else if (what === "remove") remove(source)
          else if (what === "ask")
            expect(queue.canReceive()).toBe(sources.some(each => each.waiting.length > 0))
          else {
            if (what === "removeInside") {
              for (const each of sources) {
                each.onRead = () => {
                  for (const other of sources) other.onRead = undefined
                  remove(source)
                }
              }
              // Who is read, or is removed, is up to the queue: only what is left must be right.
              queue.receive()
              for (const each of sources) each.onRead = undefined
            } else receive()
          }
          const active = sources.filter(each => each.inIndex >= 0)
          expect(new Set(active.map(each => each.inIndex)).size).toBe(active.length)
          for (const each of sources)
            if (each.waiting.length > 0) expect(each.inIndex).toBeGreaterThanOrEqual(0)
        }
        const left = sources.flatMap(source => source.waiting).sort()
        expect(drain(queue).split(" ").filter(Boolean).sort()).toEqual(left)
      }),
      { numRuns: 500 },
    )
  })

  it("serves each of any number of busy sources once in every round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(40), (count, skip) => {
        const sources = Array.from({ length: count }, (_, i) => new FakeSource(String(i), 100))
        const queue = setUp(...sources)
        for (let i = 0; i < skip; i++) queue.receive()
        const round = Array.from({ length: count }, () => {
          queue.receive()
          return queue.last
        })
        expect(new Set(round).size).toBe(count)
      }),
    )
  })
})
