import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TopicMap, TopicSet, type Subscriber } from "../../src/routing/subscriptions.js"

const bytes = (text: string) => Buffer.from(text, "latin1")
const texts = (topics: Iterable<Buffer>) => [...topics].map(topic => topic.toString("latin1")).sort()

class Peer implements Subscriber {
  matchedBy = 0
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

function matched(map: TopicMap<Peer>, message: string): string[] {
  const names: string[] = []
  map.match(bytes(message), peer => names.push(peer.name))
  return names.sort()
}

/** Few bytes, so that prefixes are shared; zeros and high bytes; now and then longer than one node's label. */
const topic = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.constantFrom("\0", "\x01", "\x80", "\xff", "a"), { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1020, max: 1030 }).map(length => ["a".repeat(length)]) },
  { weight: 1, arbitrary: fc.integer({ min: 2040, max: 3100 }).map(length => ["a".repeat(length), "\0"]) },
)
const text = topic.map(parts => parts.join(""))

describe("TopicSet", () => {
  it("tells the first addition and the last removal of a topic from the others", () => {
    const set = new TopicSet()
    expect(set.add(bytes("A"))).toBe(true)
    expect(set.add(bytes("A"))).toBe(false)
    expect(set.size).toBe(1)
    expect(set.remove(bytes("A"))).toBe(false)
    expect(set.matches(bytes("ABC"))).toBe(true)
    expect(set.remove(bytes("A"))).toBe(true)
    expect(set.remove(bytes("A"))).toBeUndefined()
    expect(set.matches(bytes("ABC"))).toBe(false)
    expect(set.size).toBe(0)
  })

  it("matches every message, an empty one too, by the empty topic", () => {
    const set = new TopicSet()
    expect(set.matches(bytes(""))).toBe(false)
    set.add(bytes(""))
    expect(set.matches(bytes(""))).toBe(true)
    expect(set.matches(bytes("\0"))).toBe(true)
    set.add(bytes("A"))
    expect(set.remove(bytes(""))).toBe(true)
    expect(set.matches(bytes("B"))).toBe(false)
    expect(set.matches(bytes("A"))).toBe(true)
  })

  it("does not match a message that ends before the topic does", () => {
    const set = new TopicSet()
    set.add(bytes("weather.zurich"))
    expect(set.matches(bytes("weather"))).toBe(false)
    expect(set.matches(bytes("weather.zurich"))).toBe(true)
    expect(set.matches(bytes("weather.zuricH"))).toBe(false)
  })

  it("does not know a topic that is only on the way to another", () => {
    const set = new TopicSet()
    set.add(bytes("AB"))
    set.add(bytes("AC"))
    expect(set.remove(bytes("A"))).toBeUndefined()
    expect(set.remove(bytes(""))).toBeUndefined()
    expect(set.remove(bytes("ABC"))).toBeUndefined()
    expect(set.size).toBe(2)
  })

  it("takes any Uint8Array, a view into the middle of a larger one too", () => {
    const set = new TopicSet()
    const chunk = new Uint8Array([9, 9, 0, 1, 255, 9])
    set.add(chunk.subarray(2, 5))
    chunk.fill(7)
    expect([...set.topics()]).toEqual([Buffer.from([0, 1, 255])])
    expect(set.matches(new Uint8Array([0, 1, 255, 4]))).toBe(true)
  })

  it("keeps nothing alive of the chunk that a topic came in", async () => {
    setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    const set = new TopicSet()
    const addFrom = (length: number) => {
      const chunk = new Uint8Array(65_536).fill(65)
      set.add(chunk.subarray(100, 100 + length))
      return new WeakRef(chunk.buffer)
    }
    const chunks = [1, 20, 100, 5000].map(addFrom)
    for (let i = 0; i < 20 && chunks.some(chunk => chunk.deref() !== undefined); i++) {
      await new Promise(resolve => setImmediate(resolve))
      collect()
    }
    expect(chunks.map(chunk => chunk.deref())).toEqual([undefined, undefined, undefined, undefined])
    expect(set.size).toBe(4)
  })

  it("holds topics of megabytes and short ones that part them", () => {
    const set = new TopicSet()
    const long = Buffer.alloc(2_000_000, "a")
    set.add(long)
    for (const length of [1, 2, 1023, 1024, 1025, 999_999]) set.add(long.subarray(0, length))
    expect([...set.topics()].map(each => each.length).sort((a, b) => a - b)).toEqual([
      1, 2, 1023, 1024, 1025, 999_999, 2_000_000,
    ])
    for (const length of [1, 2, 1023, 1024, 1025, 999_999])
      expect(set.remove(long.subarray(0, length))).toBe(true)
    expect(set.matches(long.subarray(1))).toBe(false)
    expect(set.matches(long)).toBe(true)
    const [rest] = set.topics()
    expect([set.size, rest?.equals(long)]).toEqual([1, true])
  })

  it("agrees with a list of topics, whatever is added, removed and matched", () => {
    const step = fc.record({ what: fc.constantFrom("add", "add", "remove", "match"), text })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const set = new TopicSet()
        const list: string[] = []
        for (const { what, text } of steps) {
          if (what === "add") {
            expect(set.add(bytes(text))).toBe(!list.includes(text))
            list.push(text)
          } else if (what === "remove") {
            const at = list.indexOf(text)
            if (at >= 0) list.splice(at, 1)
            expect(set.remove(bytes(text))).toBe(at < 0 ? undefined : !list.includes(text))
          } else {
            expect(set.matches(bytes(text))).toBe(list.some(each => text.startsWith(each)))
          }
          expect(set.size).toBe(new Set(list).size)
        }
        expect(texts(set.topics())).toEqual([...new Set(list)].sort())
      }),
    )
  })
})

describe("TopicMap", () => {
  it("tells whether a topic is new, and whether somebody still wants it", () => {
    const map = new TopicMap<Peer>()
    const [a, b] = [new Peer("a"), new Peer("b")]
    expect(map.add(bytes("T"), a)).toBe(true)
    expect(map.add(bytes("T"), b)).toBe(false)
    expect(map.size).toBe(1)
    expect(map.remove(bytes("T"), a)).toBe(false)
    expect(map.remove(bytes("T"), a)).toBeUndefined()
    expect(matched(map, "Tx")).toEqual(["b"])
    expect(map.remove(bytes("T"), b)).toBe(true)
    expect(map.size).toBe(0)
  })

  it("visits a subscriber once for a message that several of its topics match", () => {
    const map = new TopicMap<Peer>()
    const [a, b] = [new Peer("a"), new Peer("b")]
    for (const each of ["", "A", "AB", "ABC"]) map.add(bytes(each), a)
    map.add(bytes("AB"), b)
    expect(matched(map, "ABCD")).toEqual(["a", "b"])
    expect(matched(map, "ABCD")).toEqual(["a", "b"])
    expect(matched(map, "A")).toEqual(["a"])
  })

  it("visits a subscriber of two maps in each of them", () => {
    const [one, two] = [new TopicMap<Peer>(), new TopicMap<Peer>()]
    const peer = new Peer("a")
    one.add(bytes(""), peer)
    two.add(bytes(""), peer)
    expect([matched(one, "x"), matched(two, "x"), matched(one, "x")]).toEqual([["a"], ["a"], ["a"]])
  })

  it("wants two cancellations for two subscriptions of one subscriber where it counts (37/ZMTP)", () => {
    const map = new TopicMap<Peer>({ counted: true })
    const [a, b] = [new Peer("a"), new Peer("b")]
    map.add(bytes("T"), a)
    expect(map.add(bytes("T"), a)).toBe(false)
    map.add(bytes("U"), a)
    expect(map.remove(bytes("T"), a)).toBe(false)
    map.add(bytes("T"), b)
    expect(map.remove(bytes("T"), a)).toBe(false)
    expect(map.remove(bytes("T"), a)).toBeUndefined()
    expect(map.remove(bytes("U"), a)).toBe(true)
    expect(map.remove(bytes("T"), b)).toBe(true)
  })

  it("keeps each subscriber's count while others of the topic come and go", () => {
    const map = new TopicMap<Peer>()
    const [a, b, c, d] = [new Peer("a"), new Peer("b"), new Peer("c"), new Peer("d")]
    for (const peer of [a, b, c, c, c]) map.add(bytes("T"), peer)
    map.remove(bytes("T"), a)
    map.add(bytes("T"), d)
    map.remove(bytes("T"), b)
    map.remove(bytes("T"), c)
    map.remove(bytes("T"), c)
    expect(matched(map, "T")).toEqual(["c", "d"])
    map.remove(bytes("T"), c)
    expect(matched(map, "T")).toEqual(["d"])
    expect(map.remove(bytes("T"), d)).toBe(true)
  })

  it("wants one cancellation for any number of subscriptions where it does not count (libzmq)", () => {
    const map = new TopicMap<Peer>({ counted: false })
    const a = new Peer("a")
    map.add(bytes("T"), a)
    expect(map.add(bytes("T"), a)).toBe(false)
    expect(map.remove(bytes("T"), a)).toBe(true)
    expect(map.remove(bytes("T"), a)).toBeUndefined()
  })

  it("names the topics that nobody wants after a subscriber left, each once and in order", () => {
    const map = new TopicMap<Peer>()
    const [a, b] = [new Peer("a"), new Peer("b")]
    for (const each of ["B", "", "AB", "A", "B"]) map.add(bytes(each), a)
    for (const each of ["A", "C"]) map.add(bytes(each), b)
    const gone: string[] = []
    map.removeSubscriber(a, each => gone.push(each.toString()))
    expect(gone).toEqual(["B", "", "AB"])
    expect(matched(map, "AB")).toEqual(["b"])
    expect(texts(gone.map(bytes))).toEqual(["", "AB", "B"])
    map.removeSubscriber(a, each => gone.push(each.toString()))
    expect(gone).toHaveLength(3)
    expect(map.size).toBe(2)
  })

  it("names every topic of a subscriber that left where that is asked for", () => {
    const map = new TopicMap<Peer>()
    const [a, b] = [new Peer("a"), new Peer("b")]
    for (const each of ["A", "B"]) map.add(bytes(each), a)
    map.add(bytes("A"), b)
    const gone: string[] = []
    map.removeSubscriber(a, each => gone.push(each.toString()), true)
    expect(gone).toEqual(["A", "B"])
  })

  it("finds everybody among many subscribers of one topic, in any order of leaving", () => {
    const map = new TopicMap<Peer>()
    const peers = Array.from({ length: 100 }, (_, i) => new Peer(String(i)))
    for (const peer of peers) map.add(bytes("T"), peer)
    for (const peer of peers) expect(map.add(bytes("T"), peer)).toBe(false)
    for (const peer of peers) expect(map.remove(bytes("T"), peer)).toBe(false)
    expect(matched(map, "T")).toHaveLength(100)
    const order = peers.map((peer, i) => ({ peer, key: (i * 37) % 100 })).sort((x, y) => x.key - y.key)
    order.forEach(({ peer }, i) => {
      expect(map.remove(bytes("T"), peer)).toBe(i === 99)
      expect(matched(map, "T")).toHaveLength(99 - i)
    })
  })

  it.each([2, 5, 16, 17, 40])(
    "passes nobody over when each of %i subscribers leaves as it is visited",
    count => {
      const map = new TopicMap<Peer>()
      for (let i = 0; i < count; i++) map.add(bytes("T"), new Peer(String(i)))
      const visited = new Set<Peer>()
      map.match(bytes("T"), peer => {
        visited.add(peer)
        map.removeSubscriber(peer)
      })
      expect(visited.size).toBe(count)
      expect(map.size).toBe(0)
    },
  )

  it("weighs what a subscriber holds, and nothing once it holds nothing", () => {
    const map = new TopicMap<Peer>()
    const [a, b] = [new Peer("a"), new Peer("b")]
    expect(map.weightOf(a)).toBe(0)
    map.add(Buffer.alloc(10_000), a)
    const one = map.weightOf(a)
    expect(one).toBeGreaterThan(10_000)
    map.add(Buffer.alloc(10_000), a)
    map.add(Buffer.alloc(10_000), b)
    expect(map.weightOf(a)).toBe(one)
    map.remove(Buffer.alloc(10_000), a)
    expect(map.weightOf(a)).toBe(one)
    map.remove(Buffer.alloc(10_000), a)
    expect(map.weightOf(a)).toBe(0)
    map.removeSubscriber(b)
    expect(map.weightOf(b)).toBe(0)
  })

  it.each([true, false])("agrees with a list of subscriptions, whatever happens (counted: %s)", counted => {
    const step = fc.record({
      what: fc.constantFrom("add", "add", "add", "remove", "remove", "match", "leave"),
      text,
      who: fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 39 })),
    })
    // Starts with a crowd at one topic in half of the runs, so that the index of many is in the game.
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (crowd, steps) => {
        const map = new TopicMap<Peer>({ counted })
        const peers = Array.from({ length: 40 }, (_, i) => new Peer(String(i)))
        let list: { text: string; peer: Peer }[] = []
        const wanted = (text: string) => list.some(each => each.text === text)
        const add = (text: string, peer: Peer) => {
          expect(map.add(bytes(text), peer)).toBe(!wanted(text))
          if (counted || !list.some(each => each.text === text && each.peer === peer))
            list.push({ text, peer })
        }
        if (crowd) for (const peer of peers) add("a", peer)
        for (const { what, text, who } of steps) {
          const peer = peers[who] as Peer
          if (what === "add") {
            add(text, peer)
          } else if (what === "remove") {
            const at = list.findIndex(each => each.text === text && each.peer === peer)
            if (at >= 0) list.splice(at, 1)
            expect(map.remove(bytes(text), peer)).toBe(at < 0 ? undefined : !wanted(text))
          } else if (what === "match") {
            const names = list.filter(each => text.startsWith(each.text)).map(each => each.peer.name)
            expect(matched(map, text)).toEqual([...new Set(names)].sort())
          } else {
            const gone: Buffer[] = []
            const before = new Set(list.filter(each => each.peer === peer).map(each => each.text))
            list = list.filter(each => each.peer !== peer)
            map.removeSubscriber(peer, each => gone.push(each))
            expect(texts(gone)).toEqual([...before].filter(each => !wanted(each)).sort())
          }
          expect(map.size).toBe(new Set(list.map(each => each.text)).size)
        }
      }),
    )
  })
})
