import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LoadBalancer, type Sink } from "../../src/routing/load-balancer.js"

class FakeSink implements Sink<number> {
  outIndex = -1
  readonly taken: number[] = []
  /** How many more messages it takes. */
  room: number
  /** Runs inside {@link write}. */
  onWrite: (() => void) | undefined
  readonly name: string

  constructor(name: string, room = Infinity) {
    this.name = name
    this.room = room
  }

  canWrite(): boolean {
    return this.room > 0
  }

  write(message: number): boolean {
    this.onWrite?.()
    if (this.room <= 0) return false
    this.room--
    this.taken.push(message)
    return true
  }
}

const setUp = (...sinks: FakeSink[]): LoadBalancer<number, FakeSink> => {
  const balancer = new LoadBalancer<number, FakeSink>()
  for (const sink of sinks) balancer.activate(sink)
  return balancer
}

const send = (balancer: LoadBalancer<number, FakeSink>, count: number): string =>
  Array.from({ length: count }, (_, i) => balancer.send(i)?.name ?? "-").join("")

describe("a load balancer", () => {
  it("gives one message to each sink in turn", () => {
    const sinks = ["a", "b", "c"].map(name => new FakeSink(name))
    expect(send(setUp(...sinks), 7)).toBe("abcabca")
    expect(sinks.map(sink => sink.taken)).toEqual([
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ])
  })

  it("leaves out full sinks until they are activated again", () => {
    const [a, b] = [new FakeSink("a", 1), new FakeSink("b", 2)]
    const balancer = setUp(a, b)
    expect(send(balancer, 5)).toBe("abb--")
    expect(balancer.canSend()).toBe(false)
    a.room = 1
    balancer.activate(a)
    expect(balancer.canSend()).toBe(true)
    expect(send(balancer, 2)).toBe("a-")
  })

  it("is not changed by activating a sink twice", () => {
    const a = new FakeSink("a")
    expect(send(setUp(a, a, new FakeSink("b")), 4)).toBe("abab")
  })

  it("has nobody to send to when everybody left", () => {
    const a = new FakeSink("a")
    const balancer = setUp(a)
    balancer.remove(a)
    balancer.remove(a)
    expect(send(balancer, 1)).toBe("-")
  })

  it("keeps all other sinks when one leaves inside write(), whether it took the message or not", () => {
    for (const room of [0, 1]) {
      const [a, b, c] = [new FakeSink("a", room), new FakeSink("b"), new FakeSink("c")]
      const balancer = setUp(a, b, c)
      a.onWrite = () => balancer.remove(a)
      const names = send(balancer, 6)
      expect(names.replaceAll("a", "")).toHaveLength(6 - room)
      expect(new Set(names.slice(-2)).size).toBe(2)
      expect([a.outIndex, [b.outIndex, c.outIndex].sort()]).toEqual([-1, [0, 1]])
    }
  })

  it("loses nothing, doubles nothing and serves everybody who has room, whoever comes and goes", () => {
    const step = fc.record({
      do: fc.constantFrom("send", "send", "send", "send", "refill", "add", "remove", "removeInside", "ask"),
      sink: fc.nat(5),
      room: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const sinks = ["a", "b", "c", "d", "e", "f"].map(name => new FakeSink(name, 0))
        const balancer = new LoadBalancer<number, FakeSink>()
        const known = new Set<FakeSink>()
        const waits = new Map<FakeSink, number>()
        const sent: number[] = []
        let counter = 0
        const send = (): void => {
          const ready = [...known].filter(sink => sink.room > 0)
          const message = counter++
          const sink = balancer.send(message)
          if (ready.length === 0) return expect(sink).toBeUndefined()
          expect(ready).toContain(sink)
          sent.push(message)
          for (const each of ready) {
            waits.set(each, each === sink ? 0 : (waits.get(each) ?? 0) + 1)
            expect(waits.get(each)).toBeLessThan(12)
          }
        }
        for (const { do: what, sink: index, room } of steps) {
          const sink = sinks[index] as FakeSink
          if (what === "send") send()
          else if (what === "ask") expect(balancer.canSend()).toBe([...known].some(each => each.room > 0))
          else if (what === "remove") {
            balancer.remove(sink)
            known.delete(sink)
            waits.delete(sink)
          } else if (what === "removeInside") {
            for (const each of sinks) {
              each.onWrite = () => {
                balancer.remove(sink)
                known.delete(sink)
                waits.delete(sink)
              }
            }
            const message = counter++
            if (balancer.send(message) !== undefined) sent.push(message)
            for (const each of sinks) each.onWrite = undefined
          } else {
            sink.room += room
            if (what === "add" || known.has(sink)) {
              known.add(sink)
              balancer.activate(sink)
            }
          }
          const active = sinks.filter(each => each.outIndex >= 0)
          expect(new Set(active.map(each => each.outIndex)).size).toBe(active.length)
          for (const each of known) if (each.room > 0) expect(each.outIndex).toBeGreaterThanOrEqual(0)
        }
        expect(sinks.flatMap(sink => sink.taken).sort((a, b) => a - b)).toEqual(sent)
        for (const sink of sinks) expect(sink.taken).toEqual([...sink.taken].sort((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })
})
