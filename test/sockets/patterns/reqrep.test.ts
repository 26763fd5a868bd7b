/** Request and Reply on the wire: envelopes, ids, who may answer, and what is not a request (28/REQREP). */
import { describe, expect, it } from "vitest"
import { RawListener, RawPeer } from "../../support/raw-peer.js"
import {
  bindTcp,
  drain,
  later,
  makeAny,
  native,
  ours,
  outcome,
  parity,
  settled,
  take,
  turn,
  until,
  watch,
  type AnySocket,
  type Results,
} from "../support.js"

const ROUTER = { socketType: "ROUTER" }

async function service(): Promise<RawListener> {
  const listener = await RawListener.open()
  later(() => {
    listener.close()
  })
  return listener
}

/** A Request, and the raw peer that it asks. */
async function asking(options: object, library = ours): Promise<[AnySocket, RawPeer, RawListener]> {
  const listener = await service()
  const request = makeAny(library, "Request", { reconnectInterval: 1, ...options })
  request.connect(listener.endpoint)
  const peer = await listener.join(ROUTER)
  later(() => {
    peer.destroy()
  })
  return [request, peer, listener]
}

/** A Reply, and a raw peer that asks it. */
async function asked(library = ours): Promise<[AnySocket, RawPeer]> {
  const reply = makeAny(library, "Reply")
  const peer = await RawPeer.join(await bindTcp(reply), { socketType: "DEALER" })
  later(() => {
    peer.destroy()
  })
  return [reply, peer]
}

describe("a Request", () => {
  it("puts an empty part before what it sends, and takes it off the reply", async () => {
    const [request, peer] = await asking({})
    await request.send(["q", "2"])
    expect(await peer.message()).toEqual(["", "q", "2"])
    peer.send("", "a", "", "b")
    expect(await take(request, 1)).toEqual(["a||b"])
  })

  it("with correlate sends an id before it, another for each request", async () => {
    const [request, peer] = await asking({ correlate: true })
    const ids = new Set<string>()
    for (let i = 0; i < 3; i++) {
      await request.send("q")
      const [id = "", ...rest] = await peer.message()
      expect(id).toHaveLength(4)
      expect(rest).toEqual(["", "q"])
      ids.add(id)
      peer.send(Buffer.from(id, "latin1"), "", String(i))
      expect(await take(request, 1)).toEqual([String(i)])
    }
    expect(ids.size).toBe(3)
  })

  it("with correlate takes no reply but the one with its id", async () => {
    const [request, peer] = await asking({ correlate: true })
    await request.send("q")
    const [id = ""] = await peer.message()
    peer.send(Buffer.from("nope"), "", "wrong id")
    peer.send("", "no id")
    peer.send(Buffer.from(id, "latin1"), "", "right")
    expect(await take(request, 1)).toEqual(["right"])
  })

  parity("without correlate takes no reply that begins with an id", async library => {
    const [request, peer] = await asking({}, library)
    await request.send("q")
    await peer.message()
    peer.send("four", "", "with an id")
    peer.send("", "without")
    return { got: await take(request, 1) }
  })

  parity("with probeRouter sends a new peer an empty message first", async library => {
    const [request, peer] = await asking({ probeRouter: true }, library)
    const first = await peer.message()
    await request.send("q")
    return { first, then: await peer.message() }
  })

  it("with relaxed and correlate takes the reply to its last request only", async () => {
    const [request, peer] = await asking({ correlate: true, relaxed: true })
    await request.send("1")
    const [first = ""] = await peer.message()
    await request.send("2")
    const [second = ""] = await peer.message()
    peer.send(Buffer.from(first, "latin1"), "", "to the first")
    peer.send(Buffer.from(second, "latin1"), "", "to the second")
    expect(await take(request, 1)).toEqual(["to the second"])
    await expect(Promise.resolve().then(() => drain(request))).resolves.toEqual([])
  })

  it("with relaxed may send again without a reply, and is always writable", async () => {
    const [request, peer] = await asking({ relaxed: true })
    for (const text of ["1", "2", "3"]) {
      expect(request.writable).toBe(true)
      await request.send(text)
      expect(await peer.message()).toEqual(["", text])
    }
    peer.send("", "a")
    expect(await take(request, 1)).toEqual(["a"])
  })

  it("ends the connection of a service that answers without the empty part, or with nothing after it", async () => {
    for (const reply of [["no delimiter"], [""]]) {
      const [request, peer] = await asking({})
      await request.send("q")
      await peer.message()
      const receiving = settled(() => request.receive())
      peer.send(...reply)
      await peer.end()
      request.close()
      expect(await receiving).toMatchObject(["rejects", expect.stringContaining("EAGAIN")])
    }
  })

  it("drops a reply that came before it asked anything", async () => {
    const [request, peer] = await asking({})
    peer.send("", "unasked")
    peer.command("PING", Buffer.from("\0\0x", "latin1"))
    // Once the PING is answered, what came before it was looked at.
    expect(await peer.next()).toMatchObject({ name: "PONG" })
    expect([request.readable, request.writable]).toEqual([false, true])
    await request.send("q")
    expect(await peer.message()).toEqual(["", "q"])
    peer.send("", "asked")
    expect(await take(request, 1)).toEqual(["asked"])
  })

  it("waits on when its service dies, and does not ask again by itself", async () => {
    const [request, peer, listener] = await asking({})
    await request.send("q")
    await peer.message()
    const receiving = request.receive()
    peer.destroy()
    const again = await listener.join(ROUTER)
    later(() => {
      again.destroy()
    })
    again.command("PING", Buffer.from("\0\0x", "latin1"))
    expect(await again.next()).toMatchObject({ kind: "command", name: "PONG" })
    expect(await outcome(() => receiving)).toBe("waits")
    const ended = settled(() => receiving)
    request.close()
    await ended
  })

  it("takes a reply from the service that it asked, and from no other", async () => {
    const services = [await service(), await service()]
    const request = makeAny(ours, "Request")
    const peers: RawPeer[] = []
    for (const each of services) {
      request.connect(each.endpoint)
      peers.push(await each.join(ROUTER))
    }
    await request.send("q")
    await Promise.race(peers.map(peer => peer.until(() => peer.inbox.length > 0)))
    const askedIndex = peers.findIndex(peer => peer.inbox.length > 0)
    const [right, wrong] = [peers[askedIndex], peers[1 - askedIndex]]
    wrong?.send("", "from another")
    wrong?.command("PING", Buffer.from("\0\0x", "latin1"))
    expect(await wrong?.next()).toMatchObject({ name: "PONG" })
    right?.send("", "from the one that was asked")
    expect(await take(request, 1)).toEqual(["from the one that was asked"])
    for (const peer of peers) peer.destroy()
  })

  it("gives its routingId in the handshake", async () => {
    const listener = await service()
    const request = makeAny(ours, "Request", { routingId: "me" })
    request.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "REP" })
    expect(peer.metadata).toBe("\x0bSocket-Type\0\0\0\x03REQ\x08Identity\0\0\0\x02me")
    peer.destroy()
  })
})

describe("a Reply", () => {
  it("takes the envelope off a request and puts it on the reply", async () => {
    const [reply, peer] = await asked()
    for (const envelope of [[""], ["id1", "id2", ""]]) {
      peer.send(...envelope, "q", "", "r")
      expect(await take(reply, 1)).toEqual(["q||r"])
      await reply.send(["a", "b"])
      expect(await peer.message()).toEqual([...envelope, "a", "b"])
    }
  })

  parity("drops what is no request, and goes on with what comes next", async library => {
    const results: Results = {}
    const [reply, peer] = await asked(library)
    // In native what is no request may wake the receive that waits, which then rejects.
    const next = async (): Promise<string[]> => {
      for (;;) {
        try {
          return await take(reply, 1)
        } catch (error) {
          if (library === ours) throw error
        }
      }
    }
    for (const junk of [["q"], [""], ["a", "b"], ["a", ""]]) {
      peer.send(...junk)
      peer.send("", "good")
      results[JSON.stringify(junk)] = await next()
      await reply.send("R")
      results[`reply after ${JSON.stringify(junk)}`] = await peer.message()
    }
    peer.send("", "")
    results["an empty body"] = await next()
    await reply.send("R")
    results["its reply"] = await peer.message()
    return results
  })

  parity("answers pipelined requests one by one", async library => {
    const [reply, peer] = await asked(library)
    peer.send("", "x1")
    peer.send("", "x2")
    const results: Results = { first: await take(reply, 1) }
    results["readable in between"] = reply.readable
    await reply.send("r1")
    results.second = await take(reply, 1)
    await reply.send("r2")
    results["on the wire"] = [await peer.message(), await peer.message()]
    return results
  })

  it("answers the one that asked, of many", async () => {
    const reply = makeAny(ours, "Reply")
    const endpoint = await bindTcp(reply)
    const peers: RawPeer[] = []
    for (let i = 0; i < 3; i++) {
      const peer = await RawPeer.join(endpoint, { socketType: "REQ" })
      later(() => {
        peer.destroy()
      })
      peers.push(peer)
      peer.send("", String(i))
    }
    for (let i = 0; i < 3; i++) {
      const [number = ""] = await take(reply, 1)
      await reply.send(`answer to ${number}`)
      expect(await peers[Number(number)]?.message()).toEqual(["", `answer to ${number}`])
    }
  })

  it("drops a reply to a client that left, and takes the next request", async () => {
    const [reply, peer] = await asked()
    peer.send("", "q")
    await take(reply, 1)
    peer.destroy()
    await watch(reply).until("disconnect")
    expect(reply.writable).toBe(true)
    await reply.send("a")
    expect([reply.readable, reply.writable]).toEqual([false, false])
    const next = await RawPeer.join(reply.lastEndpoint, { socketType: "REQ" })
    next.send("", "q2")
    expect(await take(reply, 1)).toEqual(["q2"])
    await reply.send("a2")
    expect(await next.message()).toEqual(["", "a2"])
    next.destroy()
  })

  it("receives a request whose client has left since", async () => {
    const [reply, peer] = await asked()
    peer.send("", "q")
    await until(() => reply.readable)
    peer.destroy()
    await watch(reply).until("disconnect")
    expect(await take(reply, 1)).toEqual(["q"])
    await reply.send("a")
    expect(reply.writable).toBe(false)
  })

  it("does not wait for a client that reads nothing", async () => {
    const [reply, peer] = await asked()
    peer.socket.pause()
    for (let i = 0; i < 40; i++) {
      peer.send("", String(i))
      await reply.receive()
      await reply.send(Buffer.alloc(1_000_000))
    }
    expect(reply.writable).toBe(false)
  })
})

describe("Request and Reply of ours and of native", () => {
  it("ask and answer each other, thousands of times", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    for (const [asker, answerer] of [
      [ours, native],
      [native, ours],
      [ours, ours],
    ] as const) {
      const reply = makeAny(answerer, "Reply")
      const request = makeAny(asker, "Request", { correlate: true })
      request.connect(await bindTcp(reply))
      const answering = (async () => {
        for (let i = 0; i < 1000; i++) await reply.send(await reply.receive())
      })()
      for (let i = 0; i < 1000; i++) {
        await request.send([String(i), "", "x"])
        expect((await request.receive()).map(String)).toEqual([String(i), "", "x"])
      }
      await answering
    }
    await turn()
  })
})
