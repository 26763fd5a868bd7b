/**
 * Each pattern over each transport and mechanism between this package and native libzmq, in real processes,
 * either side sending and either side binding: thousands of random multipart messages from 0 bytes to several
 * megabytes, of which none may be lost, altered or reordered.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { Peer, PeerAbsent } from "./peers/driver.js"
import type { LibraryName } from "./peers/library.js"
import { settle } from "./peers/settle.js"
import type { Stream } from "./peers/messages.js"
import type { Options, SocketType, Tally } from "./peers/protocol.js"

type Pattern = "PUSH/PULL" | "PUB/SUB" | "REQ/REP"
type Transport = "tcp" | "ipc"
type Security = "NULL" | "PLAIN"
type Role = "sender" | "receiver"

interface Case {
  readonly pattern: Pattern
  readonly transport: Transport
  readonly security: Security
  readonly binder: Role
}

/** One socket of a case. */
interface Side {
  readonly peer: Peer
  readonly socket: string
}

const TYPES = { "PUSH/PULL": ["push", "pull"], "PUB/SUB": ["pub", "sub"], "REQ/REP": ["req", "rep"] } as const
const COUNT = { "PUSH/PULL": 2000, "PUB/SUB": 2000, "REQ/REP": 1000 } as const
/** One message in so many has a part of 1 to 5 MiB; prime to the topics, so that each of them has some. */
const LARGE_EVERY = 333

/** In milliseconds: what has not come by then never will. */
const PATIENCE = 10_000
/** PUB drops what a full queue cannot take: without a mark, it has nothing to drop. */
const OPTIONS: Record<SocketType, Options> = {
  push: { sendTimeout: PATIENCE },
  pull: { receiveTimeout: PATIENCE },
  pub: { sendHighWaterMark: 0 },
  sub: { receiveHighWaterMark: 0, receiveTimeout: PATIENCE },
  req: { sendTimeout: PATIENCE, receiveTimeout: PATIENCE },
  rep: { sendTimeout: PATIENCE, receiveTimeout: PATIENCE },
}

const TOPICS = ["news.home", "weather", "news.world", ""]
const SUBSCRIBED = ["news."]

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

async function open(side: Side, type: SocketType, options: Options): Promise<void> {
  await side.peer.call("open", { socket: side.socket, type, options: { ...OPTIONS[type], ...options } })
}

/** Opens both sides of a case, binds one and connects the other. */
async function couple(its: Case, from: Peer, to: Peer): Promise<Record<Role, Side>> {
  const number = ++lastCase
  const sender = { peer: from, socket: `${number} sender` }
  const receiver = { peer: to, socket: `${number} receiver` }
  const [sending, receiving] = TYPES[its.pattern]
  const optionsOf = (role: Role) =>
    its.security === "NULL" ? {} : role === its.binder ? { plainServer: true } : CREDENTIALS
  await Promise.all([
    open(sender, sending, optionsOf("sender")),
    open(receiver, receiving, optionsOf("receiver")),
  ])
  const [bound, connected] = its.binder === "sender" ? [sender, receiver] : [receiver, sender]
  const address = its.transport === "tcp" ? "tcp://127.0.0.1:*" : `ipc://${join(scratch, String(number))}`
  const { endpoint } = await bound.peer.call("bind", { socket: bound.socket, endpoint: address })
  await connected.peer.call("connect", { socket: connected.socket, endpoint })
  return { sender, receiver }
}

/** Runs one case and returns what each receiving socket of it saw. */
async function exchange(its: Case, { sender, receiver }: Record<Role, Side>): Promise<Tally[]> {
  const count = COUNT[its.pattern]
  const seed = lastCase
  const stream: Stream = { seed, largeEvery: LARGE_EVERY }
  if (its.pattern === "REQ/REP") {
    const run = { stream, replies: { ...stream, seed: seed + 1_000_000 }, count }
    return Promise.all([
      receiver.peer.call("serve", { socket: receiver.socket, ...run }),
      sender.peer.call("request", { socket: sender.socket, ...run }),
    ])
  }
  if (its.pattern === "PUSH/PULL") {
    const run = { stream, count }
    const consumed = receiver.peer.call("consume", { socket: receiver.socket, ...run })
    await sender.peer.call("produce", { socket: sender.socket, ...run })
    return [await consumed]
  }
  await settle(sender, receiver, SUBSCRIBED)
  const run = { stream: { ...stream, topics: TOPICS }, count }
  const consumed = receiver.peer.call("consume", { socket: receiver.socket, ...run, only: SUBSCRIBED })
  await sender.peer.call("produce", { socket: sender.socket, ...run })
  return [await consumed]
}

async function close(sides: Record<Role, Side>): Promise<void> {
  await Promise.all(Object.values(sides).map(({ peer, socket }) => peer.call("close", { socket })))
}

async function proves(its: Case, from: Peer, to: Peer): Promise<void> {
  const sides = await couple(its, from, to)
  const tallies = await exchange(its, sides)
  await close(sides)
  const { pattern } = its
  const expected = pattern === "PUB/SUB" ? COUNT[pattern] / 2 : COUNT[pattern]
  for (const tally of tallies) {
    expect(tally.fault).toBeUndefined()
    expect(tally.count).toBe(expected)
    expect(tally.bytes).toBeGreaterThan(Math.floor(expected / LARGE_EVERY) * 1_000_000)
  }
}

const cases = Object.keys(TYPES).flatMap(pattern =>
  (["tcp", "ipc"] as const).flatMap(transport =>
    (["NULL", "PLAIN"] as const).flatMap(security =>
      (["sender", "receiver"] as const).map(binder => ({ pattern, transport, security, binder }) as Case),
    ),
  ),
)

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

for (const its of cases) {
  const { pattern, transport, security, binder } = its
  describe(`${pattern} over ${transport} with ${security}, the ${binder} bound, arrives whole and in order`, () => {
    withNative("from ours to native", ([peer]) => proves(its, aPeer, peer))
    withNative("from native to ours", ([peer]) => proves(its, peer, aPeer))
    test("from ours to ours", () => proves(its, aPeer, bPeer))
    // The suite's own check: libzmq passes what the suite asks.
    if (transport === "tcp" && binder === "sender") {
      withNative("from native to native", ([one, other]) => proves(its, one, other))
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
    await close({ sender: connected, receiver: bound })
  }
  withNative("a client of ours at a native server", ([peer]) => refuses(aPeer, peer))
  withNative("a native client at a server of ours", ([peer]) => refuses(peer, aPeer))
  test("a client of ours at a server of ours", () => refuses(aPeer, bPeer))
})
