/** Client and Server (41/CLISRV), and Peer (51/PEER): routing ids, single parts, and what is refused. */
import { describe, expect, it } from "vitest"
import { RawPeer } from "../../support/raw-peer.js"
import { makeDraft, mixtures, oursDraft, type AnyDraft } from "./support.js"
import {
  bindTcp,
  freePath,
  inproc,
  joined,
  make,
  native,
  outcome,
  parity,
  settled,
  until,
  watch,
  type Library,
  type Results,
} from "../support.js"

type Received = [Buffer, { routingId: number }]

/** A message that a server received, without its routing id. */
async function heard(server: AnyDraft): Promise<[string, number]> {
  const [body, { routingId }] = (await server.receive()) as unknown as Received
  return [String(body), routingId]
}

async function oneClient(library: Library, options?: object): Promise<[AnyDraft, AnyDraft]> {
  const server = makeDraft(library, "Server", options)
  const client = makeDraft(library, "Client", options)
  await joined(server, client)
  return [server, client]
}

describe("Client and Server", () => {
  for (const [serverName, clientName, serverLibrary, clientLibrary] of mixtures) {
    for (const transport of ["tcp", "ipc", "inproc"]) {
      if (transport === "inproc" && serverLibrary !== clientLibrary) continue
      for (const binder of ["server", "client"]) {
        it(`converse over ${transport}: Server ${serverName}, Client ${clientName}, the ${binder} bound`, async () => {
          const server = makeDraft(serverLibrary, "Server")
          const client = makeDraft(clientLibrary, "Client")
          const [bound, connecting] = binder === "server" ? [server, client] : [client, server]
          const endpoint =
            transport === "tcp"
              ? "tcp://127.0.0.1:*"
              : transport === "ipc"
                ? `ipc://${freePath()}`
                : inproc("cs")
          await bound.bind(endpoint)
          connecting.connect(bound.lastEndpoint ?? "")
          await client.send("question")
          const [question, routingId] = await heard(server)
          expect(question).toBe("question")
          expect(routingId).toBeGreaterThan(0)
          for (const answer of ["one", Buffer.alloc(70_000, "x")]) await server.send(answer, { routingId })
          expect((await client.receive()).map(String)).toEqual(["one"])
          expect((await client.receive())[0]?.length).toBe(70_000)
        })
      }
    }
  }

  parity("convert and refuse what is sent as native's do", async library => {
    const [server, client] = await oneClient(library)
    await client.send("first")
    const [, routingId] = await heard(server)
    const results: Results = {}
    const bags: Record<string, unknown> = {
      "1": 1,
      null: null,
      "{}": {},
      "[]": [],
      "{undefined}": { routingId: undefined },
      "{null}": { routingId: null },
      "{0}": { routingId: 0 },
      "{'x'}": { routingId: "x" },
      "{a string of the id}": { routingId: String(routingId) },
      "{a bigint of the id}": { routingId: BigInt(routingId) },
      "{an unknown id}": { routingId: routingId ^ 1 },
      "{-1}": { routingId: -1 },
      "{NaN}": { routingId: NaN },
      "{the id}": { routingId },
      "{the id and a fraction}": { routingId: routingId + 0.5 },
      "{the id + 2 ** 32}": { routingId: routingId + 2 ** 32 },
      "{the id - 2 ** 32}": { routingId: routingId - 2 ** 32 },
    }
    for (const [shown, bag] of Object.entries(bags)) {
      results[`m, ${shown}`] = await settled(() => server.send("m", bag))
    }
    results["no arguments"] = await settled(() => server.send())
    results["no options"] = await settled(() => server.send("m"))
    results["undefined, {the id}"] = await settled(() => server.send(undefined, { routingId }))
    results["a third argument"] = await settled(() => server.send("m", { routingId }, 3))
    results["several parts"] = await settled(() => server.send(["a", "b"], { routingId }))
    results["one part in an array"] = await settled(() => server.send(["a"], { routingId }))
    results["no part"] = await settled(() => server.send([], { routingId }))
    results["no part, an unknown id"] = await settled(() => server.send([], { routingId: routingId ^ 1 }))
    results["a getter that throws"] = await settled(() =>
      server.send("m", {
        get routingId(): number {
          throw new Error("thrown by the getter")
        },
      }),
    )
    results["several parts of a client"] = await settled(() => client.send(["a", "b"]))
    results["options of a client"] = await settled(() => client.send("m", {}))
    await server.send("end", { routingId })
    const answers: string[] = []
    while (answers.at(-1) !== "end") answers.push(String((await client.receive())[0]))
    results.received = answers
    server.close()
    results["closed, no options"] = await settled(() => server.send("m"))
    results["closed, {}"] = await settled(() => server.send("m", {}))
    return results
  })

  parity("show their state as native's do", async library => {
    const results: Results = {}
    for (const name of ["Server", "Client"] as const) {
      const socket = makeDraft(library, name)
      const { type, threadSafe, linger, readable, writable } = socket
      results[name] = { type, threadSafe, linger, readable, writable }
    }
    const [server, client] = await oneClient(library)
    await client.send("m")
    await until(() => server.readable)
    results.joined = [server.readable, server.writable, client.readable, client.writable]
    const message = (await server.receive()) as unknown as Received
    results["a message"] = [message.length, Object.keys(message[1]), typeof message[1].routingId]
    return results
  })

  parity("a Server never waits for a client whose queue is full", async library => {
    const server = makeDraft(library, "Server", { sendHighWaterMark: 1 })
    const client = makeDraft(library, "Client", { receiveHighWaterMark: 1 })
    await server.bind(inproc("full"))
    client.connect(server.lastEndpoint ?? "")
    await client.send("m")
    const [, routingId] = await heard(server)
    const results: Results = {}
    for (let i = 0; i < 3; i++)
      results[`send ${i}`] = await outcome(() => server.send(`m${i}`, { routingId }))
    results.received = [String((await client.receive())[0]), String((await client.receive())[0])]
    return results
  })

  it("a Client deals its messages out to its servers in turn", async () => {
    const client = make(oursDraft.Client)
    const servers = [make(oursDraft.Server), make(oursDraft.Server)]
    for (const server of servers) {
      await server.bind(inproc(`s${servers.indexOf(server)}`))
      client.connect(server.lastEndpoint ?? "")
    }
    for (let i = 0; i < 4; i++) await client.send(String(i))
    for (const [i, server] of servers.entries()) {
      expect(String((await server.receive())[0])).toBe(String(i))
      expect(String((await server.receive())[0])).toBe(String(i + 2))
    }
  })

  it("a Server knows a message's sender after the sender has gone, and can no longer answer", async () => {
    const server = make(oursDraft.Server)
    const events = watch(server)
    const endpoint = await bindTcp(server)
    const clients = [make(oursDraft.Client), make(oursDraft.Client)]
    for (const client of clients) {
      client.connect(endpoint)
      await client.send("bye")
      await client.send("bye")
    }
    await events.until("handshake", 2)
    await until(() => server.readable)
    for (const client of clients) client.close()
    await events.until("disconnect", 2)
    const ids = new Map<number, number>()
    for (let i = 0; i < 4; i++) {
      const [body, { routingId }] = await server.receive()
      expect(String(body)).toBe("bye")
      ids.set(routingId, (ids.get(routingId) ?? 0) + 1)
      await expect(server.send("too late", { routingId })).rejects.toMatchObject({ code: "EHOSTUNREACH" })
    }
    expect([...ids.values()]).toEqual([2, 2])
  })

  it("a Server that looked ahead for `readable` still tells who sent the message", async () => {
    const server = make(oursDraft.Server)
    await server.bind(inproc("ahead"))
    const [first, second] = [make(oursDraft.Client), make(oursDraft.Client)]
    first.connect(server.lastEndpoint ?? "")
    second.connect(server.lastEndpoint ?? "")
    await first.send("1")
    expect(server.readable).toBe(true)
    await second.send("2")
    const [one, from] = await server.receive()
    await server.send(`to ${String(one)}`, from)
    expect(String((await first.receive())[0])).toBe("to 1")
    expect(second.readable).toBe(false)
  })

  it("discards what a peer sends in several parts, and keeps the peer", async () => {
    const server = make(oursDraft.Server)
    const client = make(oursDraft.Client)
    const toServer = await RawPeer.join(await bindTcp(server), { socketType: "CLIENT" })
    const toClient = await RawPeer.join(await bindTcp(client), { socketType: "SERVER" })
    for (const [peer, socket] of [
      [toServer, server],
      [toClient, client],
    ] as const) {
      peer.send("a", "b")
      peer.send("whole")
      peer.send("c", "d", "e")
      peer.send("whole too")
      expect(String((await socket.receive())[0])).toBe("whole")
      expect(String((await socket.receive())[0])).toBe("whole too")
      peer.destroy()
    }
  })

  it("never gives the routing id 0, nor one that is in use", async () => {
    const { ServerPattern } = await import("../../../src/sockets/draft/client-server.js")
    const host = { wakeReceiver: () => undefined, wakeSender: () => undefined }
    const pattern = new ServerPattern(host, 2 ** 32 - 2)
    const ids: number[] = []
    for (let i = 0; i < 3; i++) {
      pattern.attach({} as never)
      ids.push(pattern.lastId)
    }
    pattern.lastId = 2 ** 32 - 2
    pattern.attach({} as never)
    ids.push(pattern.lastId)
    expect(ids).toEqual([2 ** 32 - 1, 1, 2, 3])
  })

  it("trySend of a Server takes what send takes, and throws what it rejects with", async () => {
    const server = make(oursDraft.Server, { sendHighWaterMark: 1 })
    const client = make(oursDraft.Client, { receiveHighWaterMark: 1 })
    await server.bind(inproc("try"))
    client.connect(server.lastEndpoint ?? "")
    expect(client.trySend("m")).toBe(true)
    const [, to] = server.tryReceive() ?? []
    if (to === undefined) throw new Error("Nothing received")
    expect(server.trySend("1", to)).toBe(true)
    expect(server.trySend("2", to)).toBe(true)
    expect(() => server.trySend("3", to)).toThrow(expect.objectContaining({ code: "EAGAIN" }))
    expect(() => server.trySend("4", { routingId: to.routingId ^ 1 })).toThrow(
      expect.objectContaining({ code: "EHOSTUNREACH" }),
    )
    expect(client.tryReceive()?.map(String)).toEqual(["1"])
  })
})

describe("Peer", () => {
  for (const transport of ["tcp", "inproc"]) {
    it(`speaks first to whom it connected to over ${transport}`, async () => {
      const [one, other] = [make(oursDraft.Peer), make(oursDraft.Peer)]
      await one.bind(transport === "tcp" ? "tcp://127.0.0.1:*" : inproc("peer"))
      const routingId = other.connectPeer(one.lastEndpoint ?? "")
      await other.send("hello", { routingId })
      const [hello, from] = await one.receive()
      expect(String(hello)).toBe("hello")
      await one.send("and you", from)
      expect(await other.receive()).toEqual([Buffer.from("and you"), { routingId }])
    })
  }

  it("keeps a peer's routing id when the connection is made anew", async () => {
    const path = `ipc://${freePath()}`
    const peer = make(oursDraft.Peer, { reconnectInterval: 1 })
    const routingId = peer.connectPeer(path)
    for (const text of ["one", "two"]) {
      const other = make(oursDraft.Peer)
      await other.bind(path)
      await peer.send(text, { routingId })
      const [body, from] = await other.receive()
      expect(String(body)).toBe(text)
      await other.send("answer", from)
      expect((await peer.receive())[1]).toEqual({ routingId })
      const gone = watch(peer).until("disconnect", text === "one" ? 1 : 2)
      await other.unbind(path)
      other.close()
      await gone
    }
  })

  it("connectPeer refuses the option immediate, and what connect refuses", () => {
    const peer = make(oursDraft.Peer, { immediate: true })
    expect(() => peer.connectPeer("tcp://127.0.0.1:5555")).toThrow(
      expect.objectContaining({ code: "EFAULT" }),
    )
    peer.immediate = false
    expect(() => peer.connectPeer("nonsense")).toThrow(expect.objectContaining({ code: "EINVAL" }))
    expect(peer.type).toBe(19)
    expect(peer.threadSafe).toBe(true)
  })

  it("is heard by libzmq's", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    // Native has no class of it, but its base class makes any socket.
    class NativePeer extends (native.Socket as unknown as new (type: number) => AnyDraft) {
      constructor() {
        super(19)
      }
    }
    const bound = make(NativePeer)
    const own = make(oursDraft.Peer)
    const events = watch(bound)
    await bound.bind("tcp://127.0.0.1:*")
    const routingId = own.connectPeer(bound.lastEndpoint ?? "")
    await own.send("m", { routingId })
    await events.until("handshake")
    expect((await bound.receive()).map(String)).toEqual(["m"])
  })
})
