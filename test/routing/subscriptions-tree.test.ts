import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RadixTree, topicOf, type RadixNode } from "../../src/routing/radix-tree.js"

const MAX_LABEL = 1024

function childrenOf(node: RadixNode<number>): RadixNode<number>[] {
  return (node.table ?? []).filter(child => child !== null)
}

/** Throws unless the tree is as small as it can be; returns the number of its nodes. */
function check(tree: RadixTree<number>): number {
  const waiting = [tree.root]
  let nodes = 0
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop(), nodes++) {
    const children = childrenOf(node)
    if (node.table !== null && children.length === 0) throw new Error("an empty table")
    if (new Set(children.map(child => child.label[0])).size !== children.length)
      throw new Error("a forked byte")
    if (children.some(child => child.parent !== node)) throw new Error("a child of another")
    waiting.push(...children)
    if (node === tree.root) continue
    if (node.label.length === 0 || node.label.length > MAX_LABEL) throw new Error("a label of a wrong length")
    if (node.value !== undefined) continue
    const [only] = children
    if (only === undefined) throw new Error("a node that leads nowhere")
    if (children.length === 1 && node.label.length + only.label.length <= MAX_LABEL)
      throw new Error("a node too many")
  }
  return nodes
}

function add(tree: RadixTree<number>, topic: Uint8Array): RadixNode<number> {
  const node = tree.insert(topic)
  node.value = 1
  return node
}

function remove(tree: RadixTree<number>, topic: Uint8Array): void {
  const node = tree.find(topic)
  if (node?.value === undefined) throw new Error("no such topic")
  node.value = undefined
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
        const tree = new RadixTree<number>()
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
        expect([...tree.nodes()].map(node => topicOf(node).toString("latin1")).sort()).toEqual(
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
    const tree = new RadixTree<number>()
    const node = add(tree, Buffer.from("abcdef"))
    for (const other of ["abc", "abx", "abcdefgh", "a", ""]) add(tree, Buffer.from(other))
    expect(tree.find(Buffer.from("abcdef"))).toBe(node)
    for (const other of ["a", "abc", "", "abx", "abcdefgh"]) remove(tree, Buffer.from(other))
    expect(tree.find(Buffer.from("abcdef"))).toBe(node)
    expect([node.label, node.parent === tree.root]).toEqual(["abcdef", true])
  })

  it("makes the links of a long topic one again where a shorter topic left them short", () => {
    const tree = new RadixTree<number>()
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
    const tree = new RadixTree<number>()
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
        const tree = new RadixTree<number>()
        for (const byte of added) add(tree, Buffer.from([120, byte]))
        expect(check(tree)).toBe(258)
        for (const byte of removed) {
          expect(tree.find(Buffer.from([120, byte]))).not.toBeNull()
          remove(tree, Buffer.from([120, byte]))
          expect(tree.find(Buffer.from([120, byte]))?.value).toBeUndefined()
        }
        expect(check(tree)).toBe(1)
      }),
      { numRuns: 20 },
    )
  })

  it("keeps tables small whatever first bytes a peer chooses", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 255 }), { minLength: 1, maxLength: 64 }), bytes => {
        const tree = new RadixTree<number>()
        for (const byte of bytes) add(tree, Buffer.from([byte]))
        // A table of 256 slots takes more than eight children that want the same few slots.
        const size = tree.root.table?.length ?? 0
        if (bytes.length <= 8) expect(size).toBeLessThanOrEqual(8)
        expect(size).toBeLessThanOrEqual(bytes.length * 32)
      }),
    )
  })

  it("walks chains and nested topics without recursion", () => {
    const tree = new RadixTree<number>()
    const long = Buffer.alloc(1_000_000, "a")
    for (let length = 0; length < 3_000; length++) add(tree, long.subarray(0, length))
    add(tree, long)
    let count = 0
    for (const node of tree.nodes()) count += node.value ?? 0
    expect(count).toBe(3_001)
    for (let length = 0; length < 3_000; length++) remove(tree, long.subarray(0, length))
    check(tree)
    expect(tree.find(long)?.value).toBe(1)
    remove(tree, long)
    expect(check(tree)).toBe(1)
  })
})
