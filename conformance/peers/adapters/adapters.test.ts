/**
 * Each adapter that this machine has: it makes the messages that the others make, and exchanges some with this package,
 * whoever binds. Here an adapter that has to be built first counts as absent until something else has built it, so that
 * these tests stay quick. Which exchanges it masters is for the matrices to tell.
 */
import { afterAll, describe, expect, test } from "vitest"
import { CORE, run, type Exchange, type Role } from "../../exchanges.js"
import { Peer, PeerAbsent } from "../driver.js"
import type { Adapter } from "./adapter.js"
import { ADAPTERS } from "./index.js"

const COUNT = 100
const LARGE_EVERY = 99
const ROLES: readonly Role[] = ["sender", "receiver"]
const PIPELINE = CORE.filter(({ name }) => name === "PUSH/PULL")

const peers: Peer[] = []
let sockets = 0

async function start(adapter: Adapter): Promise<Peer> {
  const peer = await Peer.launch(adapter.name, await adapter.prepare({ build: false }))
  peers.push(peer)
  return peer
}

/** The peer, or why it is absent. */
async function startOrNot(adapter: Adapter): Promise<Peer | PeerAbsent> {
  return start(adapter).catch((error: unknown) => {
    if (error instanceof PeerAbsent) return error
    throw error
  })
}

const [ours, others] = await Promise.all([Peer.start("ours"), Promise.all(ADAPTERS.map(startOrNot))])
peers.push(ours)

afterAll(async () => {
  await Promise.all(peers.map(peer => peer.stop()))
})

async function exchanges(exchange: Exchange, from: Peer, to: Peer, binder: Role): Promise<void> {
  const seed = ++sockets
  const sides = {
    sender: { peer: from, socket: `${seed} sender` },
    receiver: { peer: to, socket: `${seed} receiver` },
  }
  const plan = { exchange, sides, binder, endpoint: "tcp://127.0.0.1:*", seed }
  for (const tally of await run({ ...plan, count: COUNT, largeEvery: LARGE_EVERY })) {
    expect(tally.fault).toBeUndefined()
    expect(tally.count).toBe(COUNT)
  }
}

for (const [i, { name, describes }] of ADAPTERS.entries()) {
  const peer = others[i]
  if (!(peer instanceof Peer)) {
    test.skip(`${name} (absent: ${peer?.message ?? "unknown"})`)
    continue
  }
  describe(`${name} (${describes}; ${peer.version})`, () => {
    test("makes the suite's messages", async () => {
      const plain = await peer.call("digest", { stream: { seed: 1 }, count: 1000 })
      expect(plain.sha256).toBe("87f5e5c871e76cfea755e4df556bacf301cfc71d6dff8c195b3bbe050d10ff02")
      const stream = { seed: 1, largeEvery: 100, topics: ["a", "b"] }
      const varied = await peer.call("digest", { stream, count: 200 })
      expect(varied.sha256).toBe("b3fae6c38ce3290d4d697fba3d1a6822137600b128374ca8dd237545386fcba1")
    })

    test("refuses a task for a socket that is not open", async () => {
      await expect(peer.call("connect", { socket: "none", endpoint: "tcp://127.0.0.1:9" })).rejects.toThrow()
    })

    for (const exchange of PIPELINE) {
      for (const binder of ROLES) {
        test(`takes ${exchange.name} from ours, the ${binder} bound`, () =>
          exchanges(exchange, ours, peer, binder))
        test(`gives ${exchange.name} to ours, the ${binder} bound`, () =>
          exchanges(exchange, peer, ours, binder))
      }
    }
  })
}
