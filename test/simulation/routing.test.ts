/**
 * DEALER, ROUTER and PAIR on the simulated network, with connections cut at any time: nobody gets what is for another,
 * nothing comes twice or late within a connection, all that is sent when the cuts are over arrives, and no routing id
 * outlives its peer.
 */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { OptionValues } from "../../src/sockets/options.js"
import { World, type SimulatedSocket } from "./sockets.js"

const RUNS = Number(process.env.RUNS ?? 30)
const LAST = 10

interface Case {
  readonly seed: number
  readonly clients: number
  readonly mark: number
  readonly count: number
  readonly delay: number
  readonly buffer: number
  readonly cuts: number
}

const cases = fc.record<Case>({
  seed: fc.integer(),
  clients: fc.integer({ min: 1, max: 4 }),
  mark: fc.constantFrom(1, 2, 5, 1000),
  count: fc.integer({ min: 1, max: 60 }),
  delay: fc.constantFrom(0, 2, 20),
  buffer: fc.constantFrom(1, 40, 500, 65536),
  cuts: fc.constantFrom(0, 0, 3, 10),
})

function worldOf({ seed, delay, buffer }: Case): World {
  return new World(seed, { delay: [0, delay], buffer })
}

function optionsOf({ mark }: Case): Partial<OptionValues> {
  return { sendHighWaterMark: mark, receiveHighWaterMark: mark, reconnectInterval: 10, linger: -1 }
}

async function cut(world: World, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.sleep(world.runtime.random() * 60)
    world.network.cut()
  }
}

/** Sends "name number" for each number, with rests. */
async function count(world: World, socket: SimulatedSocket, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    await socket.send([socket.name, String(i)])
    if (world.runtime.random() < 0.2) await world.sleep(world.runtime.random() * 20)
  }
}

/** Takes down what a socket receives, until it is closed. */
function listen(world: World, socket: SimulatedSocket): string[] {
  const got: string[] = []
  world.start(async () => {
    for (let message = await socket.next(); message !== undefined; message = await socket.next()) {
      got.push(message.map(String).join(" "))
    }
  })
  return got
}

/** The ids that a ROUTER knows, and the pipes that it reads. */
function knownTo(router: SimulatedSocket): { known: number; waiting: number; read: number } {
  const { ids, queue } = router.core.pattern as unknown as {
    ids: { holders: { size: number }; waiting: { size: number } }
    queue: { active: unknown[] }
  }
  return { known: ids.holders.size, waiting: ids.waiting.size, read: queue.active.length }
}

function numbers(name: string, got: readonly string[]): number[] {
  return got.filter(each => each.startsWith(`${name} `)).map(each => Number(each.split(" ").at(-1)))
}

describe("on a simulated network", () => {
  test("a ROUTER answers each of its DEALERs, named or not, and forgets them all", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async plan => {
        const world = worldOf(plan)
        const options = optionsOf(plan)
        // Its answers must not be dropped.
        const router = world.socket("ROUTER", "router", { ...options, sendHighWaterMark: 0 })
        const endpoint = router.bind()
        const dealers = Array.from({ length: plan.clients }, (_, i) => {
          const routingId = Buffer.from(i % 2 === 0 ? `id ${i}` : "")
          return world.socket("DEALER", `dealer${i}`, { ...options, routingId })
        })
        const answers = dealers.map(dealer => listen(world, dealer))
        world.start(async () => {
          for (let message = await router.next(); message !== undefined; message = await router.next()) {
            const [id, name] = message
            if (id?.[0] !== 0) expect(`dealer${String(id).slice(3)}`).toBe(String(name))
            else expect(id).toHaveLength(5)
            await router.send(message)
          }
        })
        for (const dealer of dealers) {
          dealer.connect(endpoint)
          world.start(() => count(world, dealer, 0, plan.count))
        }
        world.start(() => cut(world, plan.cuts))
        await world.run()
        for (const dealer of dealers) world.start(() => count(world, dealer, plan.count, plan.count + LAST))
        await world.run()
        const all = Array.from({ length: plan.count + LAST }, (_, i) => i)
        dealers.forEach(({ name }, i) => {
          const got = numbers(name, answers[i] ?? [])
          expect(got).toHaveLength(answers[i]?.length ?? 0)
          expect(new Set(got).size).toBe(got.length)
          expect(got.slice(-LAST)).toEqual(all.slice(-LAST))
          if (plan.cuts === 0) expect(got).toEqual(all)
        })
        expect(knownTo(router)).toMatchObject({ known: plan.clients, waiting: 0 })
        for (const dealer of dealers) dealer.close()
        await world.run()
        expect(knownTo(router)).toEqual({ known: 0, waiting: 0, read: 0 })
        router.close()
        await world.run()
        expect(world.remains()).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  test("each of several DEALERs with one id is heard in the end, one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async (plan, handover) => {
        const world = worldOf(plan)
        const options = { ...optionsOf(plan), routingId: Buffer.from("same") }
        const router = world.socket("ROUTER", "router", { ...options, handover })
        const endpoint = router.bind()
        const got = listen(world, router)
        const dealers = Array.from({ length: plan.clients }, (_, i) =>
          world.socket("DEALER", `dealer${i}`, options),
        )
        for (const dealer of dealers) {
          dealer.connect(endpoint)
          await world.run()
        }
        world.start(() => cut(world, plan.cuts))
        await world.run()
        expect(knownTo(router)).toMatchObject({ known: 1, waiting: plan.clients - 1 })
        for (const dealer of dealers) world.start(() => count(world, dealer, 0, LAST))
        await world.run()
        const all = Array.from({ length: LAST }, (_, i) => i)
        for (const left = new Set(dealers); left.size > 0;) {
          const heard = [...left].filter(({ name }) => numbers(`same ${name}`, got).length > 0)
          expect(heard).toHaveLength(1)
          const [dealer] = heard as [SimulatedSocket]
          expect(numbers(`same ${dealer.name}`, got)).toEqual(all)
          dealer.close()
          left.delete(dealer)
          await world.run()
        }
        expect(knownTo(router)).toEqual({ known: 0, waiting: 0, read: 0 })
        router.close()
        await world.run()
        expect(world.remains()).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  test("a PAIR and its peer hear each other through cuts, and nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async plan => {
        const world = worldOf(plan)
        const options = optionsOf(plan)
        const pair = world.socket("PAIR", "pair", options)
        const endpoint = pair.bind()
        const peer = world.socket("PAIR", "peer", options)
        peer.connect(endpoint)
        await world.run()
        const heard = listen(world, pair)
        const answers = listen(world, peer)
        world.start(() => count(world, peer, 0, plan.count))
        world.start(() => count(world, pair, 0, plan.count))
        world.start(() => cut(world, plan.cuts))
        await world.run()
        for (const each of [pair, peer]) world.start(() => count(world, each, plan.count, plan.count + LAST))
        await world.run()
        const all = Array.from({ length: plan.count + LAST }, (_, i) => i)
        for (const [name, messages] of [
          ["peer", heard],
          ["pair", answers],
        ] as const) {
          const got = numbers(name, messages)
          expect(got).toHaveLength(messages.length)
          // In order, whatever is missing: one peer's messages are read before those of the next.
          expect(got).toEqual([...new Set(got)].sort((a, b) => a - b))
          expect(got.slice(-LAST)).toEqual(all.slice(-LAST))
          if (plan.cuts === 0) expect(got).toEqual(all)
        }
        for (const socket of [peer, pair]) socket.close()
        await world.run()
        expect(world.remains()).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})
