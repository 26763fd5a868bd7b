/**
 * Each pattern over each transport and mechanism between this package and native libzmq, in real processes,
 * either side sending and either side binding: thousands of random multipart messages from 0 bytes to several
 * megabytes, of which none may be lost, altered or reordered.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { CORE, DRAFT, expectedCount, MORE, run, type Exchange, type Plan, type Role } from "./exchanges.js"
import { Peer, PeerAbsent } from "./peers/driver.js"
import type { LibraryName } from "./peers/library.js"
import type { Options } from "./peers/protocol.js"

type Security = "NULL" | "PLAIN"

interface Case {
  readonly exchange: Exchange
  readonly transport: string
  readonly security: Security
  readonly binder: Role
}

/** Messages each way; the exchanges beyond the core's have half as many. */
const COUNT = { "one way": 2000, "both ways": 1000, "round trips": 1000 } as const
/** One message in so many has a part of 1 to 5 MiB; prime to the topics, so that each of them has some. */
const LARGE_EVERY = 333

const USERS = { alice: "correct horse" }
const CREDENTIALS: Options = { plainUsername: "alice", plainPassword: USERS.alice }

const scratch = await mkdtemp(join(tmpdir(), "zmtp-interop-"))
const peers: Peer[] = []

async function start(library: LibraryName): Promise<Peer> {
  const peer = await Peer.start(library)
  peers.push(peer)
  await peer.call("authenticate", { users: USERS })
  return peer
}

// Two processes of each library serve all cases, so that no case waits for one to start.
const ours = await Promise.all([start("ours"), start("ours")])
const native = await Promise.all([start("native"), start("native")]).catch((error: unknown) => {
  if (error instanceof PeerAbsent) return error
  throw error
})

afterAll(async () => {
  await Promise.all(peers.map(peer => peer.stop()))
  await rm(scratch, { recursive: true })
})

/** A test that shows as skipped, with the reason in its name, where the native package cannot load. */
function withNative(name: string, run: (native: [Peer, Peer]) => Promise<void>): void {
  if (native instanceof PeerAbsent) test.skip(`${name} (native zeromq absent: ${native.message})`)
  else test(name, () => run(native))
}

let lastCase = 0

async function proves(its: Case, from: Peer, to: Peer): Promise<void> {
  const number = ++lastCase
  const { exchange, transport, security, binder } = its
  const optionsOf = (role: Role) =>
    security === "NULL" ? {} : role === binder ? { plainServer: true } : CREDENTIALS
  const plan: Plan = {
    ...{ exchange, binder, seed: number, largeEvery: LARGE_EVERY, count: countOf(exchange) },
    sides: {
      sender: { peer: from, socket: `${number} sender` },
      receiver: { peer: to, socket: `${number} receiver` },
    },
    endpoint: endpointOf(transport, number),
    options: { sender: optionsOf("sender"), receiver: optionsOf("receiver") },
  }
  const expected = expectedCount(plan)
  for (const tally of await run(plan)) {
    expect(tally.fault).toBeUndefined()
    expect(tally.count).toBe(expected)
    expect(tally.bytes).toBeGreaterThan(Math.floor(expected / LARGE_EVERY) * 1_000_000)
  }
}

function countOf(exchange: Exchange): number {
  return COUNT[exchange.traffic] / (CORE.includes(exchange) ? 1 : 2)
}

function endpointOf(transport: string, number: number): string {
  if (transport === "tcp") return "tcp://127.0.0.1:*"
  return transport === "ipc" ? `ipc://${join(scratch, String(number))}` : `inproc://${number}`
}

const [aPeer, bPeer] = ours

describe("every peer makes the messages that the protocol's page describes", () => {
  const plain = { stream: { seed: 1 }, count: 1000 }
  const varied = { stream: { seed: 1, largeEvery: 100, topics: ["a", "b"] }, count: 200 }
  const check = async (peer: Peer) => {
    expect(await peer.call("digest", plain)).toEqual({
      sha256: "87f5e5c871e76cfea755e4df556bacf301cfc71d6dff8c195b3bbe050d10ff02",
    })
    expect(await peer.call("digest", varied)).toEqual({
      sha256: "b3fae6c38ce3290d4d697fba3d1a6822137600b128374ca8dd237545386fcba1",
    })
  }
  test("ours", () => check(aPeer))
  withNative("native", ([peer]) => check(peer))
})

const ROLES = ["sender", "receiver"] as const

/** Every mechanism over tcp, and ipc without one; of the socket types of the core, over ipc too. */
function casesOf(exchange: Exchange): Case[] {
  const { only = ["tcp", "ipc"] } = exchange
  const mechanisms = (transport: string): readonly Security[] =>
    exchange.sender !== "stream" && (transport === "tcp" || CORE.includes(exchange))
      ? ["NULL", "PLAIN"]
      : ["NULL"]
  return only.flatMap(transport =>
    mechanisms(transport).flatMap(security =>
      ROLES.map(binder => ({ exchange, transport, security, binder })),
    ),
  )
}

for (const exchange of [...CORE, ...MORE, ...DRAFT]) {
  for (const its of casesOf(exchange)) {
    const { transport, security, binder } = its
    const what = `${exchange.name} over ${transport} with ${security}, the ${binder} bound`
    describe(`${what}, arrives whole and in order`, () => {
      withNative("from ours to native", ([peer]) => proves(its, aPeer, peer))
      withNative("from native to ours", ([peer]) => proves(its, peer, aPeer))
      test("from ours to ours", () => proves(its, aPeer, bPeer))
      // The suite's own check: libzmq passes what the suite asks.
      if (transport === "tcp" && binder === "sender") {
        withNative("from native to native", ([one, other]) => proves(its, one, other))
      }
    })
  }
  if (exchange.only?.includes("inproc") === false) continue
  describe(`${exchange.name} over inproc arrives whole and in order`, () => {
    for (const binder of ROLES) {
      const its: Case = { exchange, transport: "inproc", security: "NULL", binder }
      test(`from ours to ours, the ${binder} bound`, () => proves(its, aPeer, aPeer))
    }
  })
}

describe("a PLAIN server turns away a client with another password", () => {
  const refuses = async (client: Peer, server: Peer) => {
    const number = ++lastCase
    const bound = { peer: server, socket: `${number} server` }
    const connected = { peer: client, socket: `${number} client` }
    await server.call("open", {
      socket: bound.socket,
      type: "pull",
      options: { plainServer: true },
      events: true,
    })
    const { endpoint } = await server.call("bind", { socket: bound.socket, endpoint: "tcp://127.0.0.1:*" })
    await client.call("open", {
      socket: connected.socket,
      type: "push",
      options: { plainUsername: "alice", plainPassword: "wrong", linger: 0 },
      events: true,
    })
    await client.call("connect", { socket: connected.socket, endpoint })
    const notices = await Promise.all([
      server.notice(bound.socket, "handshake:error:auth"),
      client.notice(connected.socket, "handshake:error:auth"),
    ])
    for (const { error } of notices) expect(error).toMatchObject({ status: 400 })
    for (const { peer, socket } of [bound, connected]) await peer.call("close", { socket })
  }
  withNative("a client of ours at a native server", ([peer]) => refuses(aPeer, peer))
  withNative("a native client at a server of ours", ([peer]) => refuses(peer, aPeer))
  test("a client of ours at a server of ours", () => refuses(aPeer, bPeer))
})
