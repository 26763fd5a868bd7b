/**
 * Many sockets of all patterns on a network that delays, cuts its chunks anywhere and holds few bytes, with and
 * without lost connections and restarted peers. A failure is shown with its seed and plan, smallest first.
 */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { NetworkOptions } from "../support/simulated-network.js"
import { World, type SimulatedSocket } from "./sockets.js"
import { Broadcast, Dialogue, Pipeline, resetPorts, type Plan, type Traffic } from "./traffic.js"

type Kind = "pipeline" | "broadcast" | "dialogue"
/** Cases a test. Set `RUNS` in the environment to look longer. */
const RUNS = Number(process.env.RUNS ?? 30)

const KINDS = { pipeline: Pipeline, broadcast: Broadcast, dialogue: Dialogue }

interface Case extends Omit<Plan, "faults" | "count"> {
  readonly seed: number
  readonly kinds: readonly Kind[]
  readonly delay: number
  readonly buffer: number
  readonly chunk: number
  /** Milliseconds between two faults, about. */
  readonly calm: number
}

const cases = fc.record<Case>({
  seed: fc.integer(),
  kinds: fc.subarray<Kind>(["pipeline", "broadcast", "dialogue"], { minLength: 1 }),
  senders: fc.integer({ min: 1, max: 3 }),
  receivers: fc.integer({ min: 1, max: 3 }),
  sendMark: fc.constantFrom(1, 2, 5, 20, 1000),
  receiveMark: fc.constantFrom(1, 2, 5, 20, 1000),
  most: fc.constantFrom(0, 64, 300, 17000),
  senderRests: fc.constantFrom(0, 0.01, 0.2),
  receiverRests: fc.constantFrom(0, 0.01, 0.2),
  delay: fc.constantFrom(0, 2, 20),
  buffer: fc.constantFrom(1, 40, 500, 65536),
  chunk: fc.constantFrom(1, 30, 65536),
  calm: fc.constantFrom(20, 200, 1000),
})

/** How much a case sends: where bytes go one by one, fewer of them show as much. */
function amount({ most, buffer, chunk }: Case): { count: number; most: number } {
  const step = Math.min(buffer, chunk)
  if (step < 100) return { count: step < 2 ? 20 : 40, most: Math.min(most, 300) }
  return { count: 80, most }
}

/** How long after all is closed something may still run: a goodbye that nobody answers, and delays. */
const AFTERMATH = 60_000

async function play(plan: Case, faults: boolean): Promise<World> {
  resetPorts()
  const { seed, delay, kinds } = plan
  const network: Partial<NetworkOptions> = { delay: [0, delay], buffer: plan.buffer, chunk: plan.chunk }
  const world = new World(seed, network)
  const traffic: Traffic[] = kinds.map(kind => new KINDS[kind](world, { ...plan, ...amount(plan), faults }))
  // Comes to rest with everybody joined: an idle socket has no timer.
  await world.run()
  for (const each of traffic) each.start()
  if (faults) world.start(() => trouble(world, traffic, plan.calm))
  await world.run()
  for (const each of traffic) each.check()
  for (const each of traffic) each.startLast()
  await world.run()
  for (const each of traffic) each.checkLast()
  await world.run()
  let closed = 0
  for (const each of traffic) {
    world.start(async () => {
      await each.close()
      closed = world.runtime.now()
    })
  }
  await world.run()
  expect(world.remains()).toEqual([])
  expect(world.runtime.now() - closed, "how long something ran after the end").toBeLessThan(AFTERMATH)
  return world
}

/** Cuts, restarts and changes, at random, for some time. */
async function trouble(world: World, traffic: readonly Traffic[], calm: number): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await world.sleep(world.runtime.random() * calm * 2)
    const which = world.runtime.random()
    if (which < 0.6) world.network.cut(world.runtime.integer(1, 3))
    else if (which < 0.8) for (const each of traffic) each.restart()
    else for (const each of traffic) each.stir()
  }
}

describe("sockets on a simulated network", () => {
  test("lose, double, reorder and alter nothing, keep their marks, and leave nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async plan => {
        await play(plan, false)
      }),
      { numRuns: RUNS },
    )
  })

  test("go on after lost connections and restarts, and lose nothing that was taken after these", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async plan => {
        await play(plan, true)
      }),
      { numRuns: RUNS },
    )
  })

  test("do the same again with the same seed, and something else with another", async () => {
    const plan: Case = {
      seed: 1,
      kinds: ["pipeline", "broadcast", "dialogue"],
      senders: 2,
      receivers: 2,
      sendMark: 5,
      receiveMark: 5,
      most: 300,
      senderRests: 0.1,
      receiverRests: 0.1,
      delay: 5,
      buffer: 500,
      chunk: 65536,
      calm: 50,
    }
    const digest = async (seed: number): Promise<string> => (await play({ ...plan, seed }, true)).digest()
    expect(await digest(1)).toBe(await digest(1))
    expect(await digest(2)).not.toBe(await digest(1))
  })
})

const SLOW: Partial<NetworkOptions> = { delay: [1, 5], buffer: 100 }

/** Two sockets that have found each other; the second connects. */
async function pair(
  world: World,
  bound: SimulatedSocket,
  connecting: SimulatedSocket,
): Promise<[SimulatedSocket, SimulatedSocket]> {
  connecting.connect(bound.bind())
  await world.run(1000)
  return [bound, connecting]
}

async function quiet(world: World): Promise<void> {
  for (const socket of world.sockets) socket.close()
  await world.run()
  expect(world.remains()).toEqual([])
}

describe("a simulated socket", () => {
  test("has no more under way than marks and the network hold, and goes on when the receiver does", async () => {
    for (const pushBinds of [true, false]) {
      const world = new World(3, SLOW)
      const push = world.socket("PUSH", "push", { sendHighWaterMark: 7, linger: -1 })
      const pull = world.socket("PULL", "pull", { receiveHighWaterMark: 4 })
      await (pushBinds ? pair(world, push, pull) : pair(world, pull, push))
      let taken = 0
      world.start(async () => {
        for (let i = 0; i < 100; i++) {
          // 22 bytes a frame: the network has room for five of them, and the session for one that it decodes.
          await push.send([Buffer.alloc(20, i)])
          taken++
        }
      })
      await world.run()
      expect(push.waits).toBe(true)
      expect(taken).toBeGreaterThanOrEqual(7 + 4)
      expect(taken).toBeLessThanOrEqual(7 + 4 + 5 + 5)
      const received: unknown[] = []
      world.start(async () => {
        while (received.length < 100) received.push((await pull.receive())[0]?.[0])
      })
      await world.run()
      expect(received).toEqual(Array.from({ length: 100 }, (_, i) => i))
      await quiet(world)
    }
  })

  test("keeps for the next connection what it had not begun to write when one was lost", async () => {
    for (const immediately of [true, false]) {
      const world = new World(9, SLOW)
      const pull = world.socket("PULL", "pull")
      const push = world.socket("PUSH", "push", { reconnectInterval: 10, linger: -1 })
      await pair(world, pull, push)
      // More than the network holds, so that the write is under way for long.
      for (let i = 0; i < 10; i++) await push.send([Buffer.alloc(200, i)])
      await world.run(immediately ? 0 : 20)
      for (let i = 10; i < 50; i++) await push.send([Buffer.alloc(50, i)])
      world.network.cut()
      const received: unknown[] = []
      world.start(async () => {
        for (let message = await pull.next(); message !== undefined; message = await pull.next()) {
          received.push(message[0]?.[0])
        }
      })
      await world.run()
      expect(push.lost).toBe(1)
      expect(received.length).toBeLessThan(50)
      expect(received.slice(-40)).toEqual(Array.from({ length: 40 }, (_, i) => 10 + i))
      await quiet(world)
    }
  })

  test("sends its subscriptions again after each lost connection, whoever connects", async () => {
    for (const subBinds of [true, false]) {
      const world = new World(4, SLOW)
      const pub = world.socket("PUB", "pub", { reconnectInterval: 10 })
      const sub = world.socket("SUB", "sub", { reconnectInterval: 10 })
      sub.subscribe("a")
      sub.subscribe("b")
      await (subBinds ? pair(world, sub, pub) : pair(world, pub, sub))
      const received: string[] = []
      world.start(async () => {
        for (let message = await sub.next(); message !== undefined; message = await sub.next()) {
          received.push(String(message[0]))
        }
      })
      for (let round = 0; round < 5; round++) {
        world.network.cut()
        if (round === 2) sub.unsubscribe("b")
        await world.run(1000)
        for (const topic of ["a", "b", "c"]) await pub.send([`${topic}${round}`])
        await world.run(1000)
      }
      expect(received).toEqual(["a0", "b0", "a1", "b1", "a2", "a3", "a4"])
      expect(sub.lost).toBe(5)
      await quiet(world)
    }
  })

  test("loses nothing that it sends as a PUB while a connection that it made is lost", async () => {
    const world = new World(5, SLOW)
    const pub = world.socket("PUB", "pub", { reconnectInterval: 10 })
    const sub = world.socket("SUB", "sub")
    sub.subscribe("")
    await pair(world, sub, pub)
    world.network.cut()
    await world.run(6)
    expect(pub.lost).toBe(1)
    let received = 0
    world.start(async () => {
      for (let message = await sub.next(); message !== undefined; message = await sub.next()) received++
    })
    for (let i = 0; i < 100; i++) {
      await pub.send([String(i)])
      await world.run(1)
    }
    await world.run(1000)
    expect(pub.greeted).toBe(2)
    expect(received).toBe(100)
    await quiet(world)
  })

  test("shows the user of an XPUB, and of one behind a forwarder, what is wanted in the end and no more", async () => {
    for (let seed = 20; seed < 40; seed++) {
      const world = new World(seed, { ...SLOW, buffer: 300 })
      const random = (below: number): number => Math.floor(world.runtime.random() * below)
      const options = { reconnectInterval: 10 }
      const [front, back, up] = ["front", "back", "up"].map(name => world.socket("XPUB", name, options))
      const xsub = world.socket("XSUB", "xsub", options)
      const subs = [0, 1, 2].map(i => world.socket("SUB", `sub ${i}`, options))
      if (front === undefined || back === undefined || up === undefined) throw new Error("three sockets")
      await pair(world, up, xsub)
      const endpoint = front.bind()
      for (const sub of subs) {
        sub.connect(endpoint)
        // A peer that connects anew takes back what it had by its first subscription: it needs to have one.
        sub.subscribe("always")
        back.connect(sub.bind())
      }
      const shown = new Map([front, back, up].map(xpub => [xpub, new Set<string>()]))
      for (const [xpub, topics] of shown) {
        world.start(async () => {
          for (let message = await xpub.next(); message !== undefined; message = await xpub.next()) {
            const [subscription = Buffer.alloc(0)] = message
            const topic = subscription.toString("latin1", 1)
            const subscribe = subscription[0] === 1
            // By default only what changes something is shown.
            if (topics.has(topic) === subscribe) world.fail(`${xpub.name}: ${subscribe} ${topic} again`)
            if (subscribe) topics.add(topic)
            else topics.delete(topic)
            if (xpub === front) await xsub.send(message)
          }
        })
      }
      const wanted = subs.map(() => new Set(["always"]))
      for (let step = 0; step < 60; step++) {
        if (random(6) === 0) world.network.cut()
        const which = random(subs.length)
        const topic = `t${random(5)}`
        const mine = wanted[which]
        if (mine?.delete(topic) === true) subs[which]?.unsubscribe(topic)
        else {
          mine?.add(topic)
          subs[which]?.subscribe(topic)
        }
        await world.run(random(30))
      }
      await world.run()
      const union = [...new Set(wanted.flatMap(mine => [...mine]))].sort()
      for (const [xpub, topics] of shown)
        expect([xpub.name, ...[...topics].sort()]).toEqual([xpub.name, ...union])
      await quiet(world)
    }
  })

  test("finds out by heartbeats that its peer has fallen silent, and connects anew", async () => {
    const heartbeat = { heartbeatInterval: 100, heartbeatTimeout: 300, reconnectInterval: 10 }
    for (const who of ["both", "client", "server"]) {
      const world = new World(6, { delay: [1, 5] })
      const server = world.socket("PULL", "pull", who === "client" ? { linger: 0 } : heartbeat)
      const client = world.socket("PUSH", "push", who === "server" ? { linger: 0 } : heartbeat)
      await pair(world, server, client)
      await world.run(5000)
      expect([server.lost, client.lost], "while the peer answers").toEqual([0, 0])
      // Nothing arrives for a long time, and nobody is told.
      world.network.options = { ...world.network.options, delay: [30_000, 30_000] }
      await world.run(1000)
      expect([server.lost, client.lost], who).toEqual([who === "client" ? 0 : 1, who === "server" ? 0 : 1])
      world.network.options = { ...world.network.options, delay: [1, 5] }
      await world.run(60_000)
      expect([server.greeted, client.greeted], who).toEqual([2, 2])
      await client.send(["x.push 5"])
      await world.run(1000)
      expect(server.core.readable).toBe(true)
      expect(String((await server.receive())[0])).toBe("x.push 5")
      await quiet(world)
    }
  })

  test("never waits as a PUB, and misses only what it counts as dropped", async () => {
    const world = new World(7, SLOW)
    const pub = world.socket("PUB", "pub", { sendHighWaterMark: 3 })
    const sub = world.socket("SUB", "sub", { receiveHighWaterMark: 2 })
    sub.subscribe("")
    await pair(world, pub, sub)
    for (let i = 0; i < 200; i++) {
      const sent = pub.send([`x.pub ${i}`])
      expect(pub.waits).toBe(false)
      await sent
    }
    let received = 0
    world.start(async () => {
      for (let message = await sub.next(); message !== undefined; message = await sub.next()) received++
    })
    await world.run()
    expect(pub.dropped).toBeGreaterThan(100)
    expect(received + pub.dropped).toBe(200)
    await quiet(world)
  })

  test("gives up what lingers when its time is over, and then leaves nothing behind", async () => {
    const world = new World(8, SLOW)
    const push = world.socket("PUSH", "push", { linger: 700 })
    push.connect("tcp://127.0.0.1:1")
    for (let i = 0; i < 10; i++) await push.send([`x.push ${i}`])
    const closed = world.runtime.now()
    push.close()
    await world.run()
    expect(world.runtime.now() - closed).toBe(700)
    expect(world.remains()).toEqual([])
  })
})
