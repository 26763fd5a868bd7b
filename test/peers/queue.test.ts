import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conflatedPush, Queue } from "../../src/peers/queue.js"

describe("a queue", () => {
  it("agrees with a plain array, whatever is pushed, taken and cleared", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 1500 }) }) },
      { weight: 5, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 1500 }) }) },
      { weight: 1, arbitrary: fc.constant({ clear: true }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const queue = new Queue<number>()
        let model: number[] = []
        let next = 0
        for (const each of steps) {
          if ("push" in each) {
            for (let i = 0; i < each.push; i++) {
              queue.push(next)
              model.push(next++)
            }
          } else if ("take" in each) {
            const taken = Array.from({ length: Math.min(each.take, model.length) }, () => queue.shift())
            const wanted = model.slice(0, each.take)
            if (taken.join() !== wanted.join()) expect(taken).toEqual(wanted)
            model = model.slice(each.take)
          } else {
            queue.clear()
            model = []
          }
          expect(queue.length).toBe(model.length)
          const all = [...queue].join()
          if (all !== model.join()) expect(all).toBe(model.join())
        }
        if (model.length === 0) expect(queue.shift()).toBeUndefined()
      }),
    )
  })

  it("takes any number through without growing slow", () => {
    const queue = new Queue<number>()
    for (let i = 0; i < 2000; i++) queue.push(i)
    for (let i = 0; i < 1_000_000; i++) {
      queue.push(2000 + i)
      if (queue.shift() !== i) expect.fail(`${i} is missing`)
    }
    expect(queue.length).toBe(2000)
  })

  it("keeps only the last part of the last message with ZMQ_CONFLATE", () => {
    const queue = new Queue<string[]>()
    conflatedPush(queue, ["a"], true)
    conflatedPush(queue, ["b", "c"], true)
    expect(queue.length).toBe(1)
    expect(queue.shift()).toEqual(["c"])
    conflatedPush(queue, ["a"], false)
    conflatedPush(queue, ["b", "c"], false)
    expect([queue.shift(), queue.shift()]).toEqual([["a"], ["b", "c"]])
  })
})
