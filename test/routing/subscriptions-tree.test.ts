import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NONE, RadixTree } from "../../src/routing/radix-tree.js"

const MAX_LABEL = 1024

/** Throws unless the tree has no node more than it needs; returns the number of its nodes. */
function check(tree: RadixTree): number {
  const waiting = [tree.root]
  let nodes = 0
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop(), nodes++) {
    const children = tree.childrenOf(node)
    if (tree.slotsOf(node) > 0 && children.length === 0) throw new Error("an empty table")
    if (new Set(children.map(child => tree.labelOf(child)[0])).size !== children.length)
      throw new Error("a forked byte")
    if (children.some(child => tree.parentOf(child) !== node)) throw new Error("a child of another")
    waiting.push(...children)
    if (node === tree.root) continue
    const length = tree.lengthOf(node)
    if (length === 0 || length > MAX_LABEL) throw new Error("a label of a wrong length")
    if (tree.valueOf(node) !== 0) continue
    const [only] = children
    if (only === undefined) throw new Error("a node that leads nowhere")
    if (children.length === 1 && length + tree.lengthOf(only) <= MAX_LABEL) throw new Error("a node too many")
  }
  return nodes
}

function add(tree: RadixTree, topic: Uint8Array): number {
  const node = tree.insert(topic)
  tree.setValue(node, 1)
  return node
}

function remove(tree: RadixTree, topic: Uint8Array): void {
  const node = tree.find(topic)
  if (node === NONE || tree.valueOf(node) === 0) throw new Error("no such topic")
  tree.setValue(node, 0)
  tree.prune(node)
}

const topic = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(0, 1, 97, 128, 255), { maxLength: 6 }).map(Buffer.from) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 2 }).map(Buffer.from) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat({ max: 3100 }), fc.uint8Array({ maxLength: 2 })).map(([length, tail]) => {
      return Buffer.concat([Buffer.alloc(length, "a"), tail])
    }),
  },
)

describe("RadixTree", () => {
  it("is as small as it can be after any additions and removals, and empty after as many", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(topic, fc.boolean()), { maxLength: 60 }), steps => {
        const tree = new RadixTree()
        const held = new Map<string, Buffer>()
        for (const [topic, adds] of steps) {
          const key = topic.toString("latin1")
          if (adds || !held.has(key)) {
            add(tree, topic)
            held.set(key, topic)
          } else {
            remove(tree, topic)
            held.delete(key)
          }
          check(tree)
        }
        expect([...tree.nodes()].map(node => tree.topicOf(node).toString("latin1")).sort()).toEqual(
          [...held.keys()].sort(),
        )
        for (const topic of held.values()) {
          remove(tree, topic)
          check(tree)
        }
        expect(check(tree)).toBe(1)
      }),
    )
  })

  it("keeps the node of a topic in place while others around it come and go", () => {
    const tree = new RadixTree()
    const node = add(tree, Buffer.from("abcdef"))
    for (const other of ["abc", "abx", "abcdefgh", "a", ""]) add(tree, Buffer.from(other))
    expect(tree.find(Buffer.from("abcdef"))).toBe(node)
    for (const other of ["a", "abc", "", "abx", "abcdefgh"]) remove(tree, Buffer.from(other))
    expect(tree.find(Buffer.from("abcdef"))).toBe(node)
    expect([String(tree.topicOf(node)), tree.parentOf(node)]).toEqual(["abcdef", tree.root])
  })

  it("makes the links of a long topic one again where a shorter topic left them short", () => {
    const tree = new RadixTree()
    const long = Buffer.alloc(1500, "a")
    add(tree, long)
    for (const length of [600, 800, 100, 1400]) {
      add(tree, long.subarray(0, length))
      check(tree)
      remove(tree, long.subarray(0, length))
      check(tree)
    }
    for (const length of [600, 800]) add(tree, long.subarray(0, length))
    check(tree)
  })

  it("takes back a node that was made and given no value", () => {
    const tree = new RadixTree()
    add(tree, Buffer.from("abc"))
    tree.prune(tree.insert(Buffer.from("abd")))
    tree.prune(tree.insert(Buffer.from("ab")))
    tree.prune(tree.insert(Buffer.alloc(5000, "a")))
    expect(check(tree)).toBe(2)
  })

  it("finds each of 256 children of one node, added and removed in any order", () => {
    const order = fc.shuffledSubarray([...Array(256).keys()], { minLength: 256 })
    fc.assert(
      fc.property(order, order, (added, removed) => {
        const tree = new RadixTree()
        for (const byte of added) add(tree, Buffer.from([120, byte]))
        expect(check(tree)).toBe(258)
        for (const byte of removed) {
          const topic = Buffer.from([120, byte])
          expect(tree.find(topic)).not.toBe(NONE)
          remove(tree, topic)
          expect(tree.find(topic)).toBe(NONE)
        }
        expect(check(tree)).toBe(1)
      }),
      { numRuns: 20 },
    )
  })

  it("keeps tables small whatever first bytes a peer chooses", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 255 }), { minLength: 1, maxLength: 64 }), bytes => {
        const tree = new RadixTree()
        for (const byte of bytes) add(tree, Buffer.from([byte]))
        // A table of 256 slots takes more than eight children that want the same few slots.
        const size = tree.slotsOf(tree.root)
        if (bytes.length <= 8) expect(size).toBeLessThanOrEqual(8)
        expect(size).toBeLessThanOrEqual(bytes.length * 32)
      }),
    )
  })

  it("walks chains and nested topics without recursion", () => {
    const tree = new RadixTree()
    const long = Buffer.alloc(1_000_000, "a")
    for (let length = 0; length < 3_000; length++) add(tree, long.subarray(0, length))
    add(tree, long)
    let count = 0
    for (const node of tree.nodes()) count += tree.valueOf(node)
    expect(count).toBe(3_001)
    for (let length = 0; length < 3_000; length++) remove(tree, long.subarray(0, length))
    check(tree)
    expect(tree.valueOf(tree.find(long))).toBe(1)
    remove(tree, long)
    expect(check(tree)).toBe(1)
  })

  it("uses the memory of what left again, for topics of any length", () => {
    const order = fc.array(topic, { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(order, topics => {
        const tree = new RadixTree()
        // Something stays, since an empty tree gives all of its memory back.
        add(tree, Buffer.from("here to stay"))
        const distinct = [...new Map(topics.map(each => [each.toString("latin1"), each])).values()]
        const comeAndGo = (): number => {
          for (const each of distinct) add(tree, each)
          for (const each of distinct) remove(tree, each)
          return tree.extent
        }
        const first = comeAndGo()
        expect([comeAndGo(), comeAndGo()]).toEqual([first, first])
      }),
    )
  })

  it("begins anew with little memory when the last topic has left", () => {
    const tree = new RadixTree()
    const { extent } = tree
    const topics = Array.from({ length: 10_000 }, (_, i) => Buffer.from(String(i * 7919)))
    for (let round = 0; round < 2; round++) {
      for (const each of topics) add(tree, each)
      expect(tree.extent).toBeGreaterThan(100_000)
      for (const each of topics) remove(tree, each)
      expect(tree.extent).toBe(extent)
    }
    expect([...tree.nodes()]).toEqual([])
  })
})
