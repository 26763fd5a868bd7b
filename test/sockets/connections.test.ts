/** Connections over time: lost and made anew, lingering, immediate, heartbeats, and what limits a peer. */
import { once } from "node:events"
import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { RawListener, RawPeer } from "../support/raw-peer.js"
import {
  bindTcp,
  drain,
  fill,
  freePath,
  joined,
  later,
  make,
  makeAny,
  native,
  ours,
  outcome,
  ownLoopback,
  parity,
  settled,
  take,
  turn,
  until,
  watch,
  type Library,
} from "./support.js"

const LIBRARIES: [string, Library][] = [["ours", ours]]
if (typeof native !== "string") LIBRARIES.push(["native", native])

/** A listener that is closed after the test. */
async function listen(path?: string): Promise<RawListener> {
  const listener = await RawListener.open(path)
  later(() => {
    listener.close()
  })
  return listener
}

describe("a lost connection", () => {
  for (const [name, library] of LIBRARIES) {
    it(`to a server (${name}) is made anew, and what was sent meanwhile arrives`, async () => {
      const endpoint = `ipc://${freePath()}`
      const push = makeAny(ours, "Push", { reconnectInterval: 1 })
      push.connect(endpoint)
      for (let round = 0; round < 3; round++) {
        const texts = [0, 1, 2].map(i => `${round}.${i}`)
        for (const text of texts) await push.send(text)
        const pull = makeAny(library, "Pull")
        await pull.bind(endpoint)
        expect(await take(pull, 3)).toEqual(texts)
        const lost = watch(push).until("disconnect", round + 1)
        pull.close()
        await lost
      }
    })
  }

  it("leaves a waiting send waiting, until the peer is back", async () => {
    const endpoint = `ipc://${freePath()}`
    const push = makeAny(ours, "Push", { reconnectInterval: 1, sendHighWaterMark: 1 })
    push.connect(endpoint)
    await fill(push, 10)
    const waiting = settled(() => push.send("last"))
    const pull = makeAny(ours, "Pull")
    await pull.bind(endpoint)
    expect(await waiting).toEqual(["resolves", undefined])
    expect(await take(pull, 2)).toEqual(["m", "last"])
  })

  it("does not deliver half a message", async () => {
    const pull = makeAny(ours, "Pull", { receiveTimeout: 0 })
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    const lost = watch(pull).until("disconnect")
    peer.write(Buffer.from("\x01\x01a\x01\x01b\0\x05cut", "latin1"))
    peer.socket.end()
    await lost
    expect(pull.readable).toBe(false)
    expect(await drain(pull)).toEqual([])
    peer.destroy()
  })
})

describe("immediate", () => {
  parity("queues nothing for a peer that is not there, and sends once it is", async library => {
    const endpoint = `ipc://${freePath()}`
    const push = makeAny(library, "Push", { immediate: true, reconnectInterval: 1 })
    push.connect(endpoint)
    const sending = settled(() => push.send("x"))
    const before = push.writable
    const pull = makeAny(library, "Pull")
    await pull.bind(endpoint)
    const results = { before, sent: await sending, got: await take(pull, 1), joined: push.writable }
    pull.close()
    await until(() => !push.writable)
    return { ...results, left: await outcome(() => push.send("y")) }
  })
})

describe("linger", () => {
  it("of -1 delivers what is queued, however late the peer comes", async () => {
    const path = freePath()
    const push = makeAny(ours, "Push", { reconnectInterval: 1, linger: -1 })
    push.connect(`ipc://${path}`)
    for (let i = 0; i < 5; i++) await push.send(String(i))
    push.close()
    for (let i = 0; i < 20; i++) await turn()
    const peer = await (await listen(path)).join({ socketType: "PULL" })
    for (let i = 0; i < 5; i++) expect(await peer.message()).toEqual([String(i)])
    await peer.end()
    peer.destroy()
  })

  it("of 0 drops what is queued for an absent peer: nobody connects any more", async () => {
    const path = freePath()
    const push = makeAny(ours, "Push", { reconnectInterval: 1, linger: 0 })
    push.connect(`ipc://${path}`)
    await push.send("x")
    push.close()
    const other = makeAny(ours, "Push", { reconnectInterval: 1 })
    other.connect(`ipc://${path}`)
    const listener = await listen(path)
    await other.send("y")
    const peer = await listener.join({ socketType: "PULL" })
    expect(await peer.message()).toEqual(["y"])
    peer.destroy()
  })

  for (const [name, library] of LIBRARIES) {
    it(`of 0 still sends a peer (${name}) what the kernel takes at once`, async () => {
      for (const binds of [true, false]) {
        const push = makeAny(ours, "Push", { linger: 0 })
        const pull = makeAny(library, "Pull")
        await joined(binds ? push : pull, binds ? pull : push)
        const texts = Array.from({ length: 200 }, (_, i) => String(i))
        for (const text of texts) await push.send(text)
        push.close()
        expect(await take(pull, 200)).toEqual(texts)
      }
    })
  }

  it("of 0 drops what the kernel does not take, and ends the connection", async () => {
    const push = makeAny(ours, "Push", { linger: 0, sendHighWaterMark: 5 })
    const peer = await RawPeer.join(await bindTcp(push), { socketType: "PULL" })
    peer.socket.pause()
    const count = await fill(push, 1000, Buffer.alloc(1_000_000))
    push.close()
    peer.socket.resume()
    await peer.end()
    expect(peer.inbox.length).toBeLessThan(count)
    peer.destroy()
  })

  it("of some time gives up when that is over", async () => {
    const path = freePath()
    const push = makeAny(ours, "Push", { reconnectInterval: 1, linger: 15 })
    push.connect(`ipc://${path}`)
    await push.send("x")
    push.close()
    await expect(make(ours.Pull, { receiveTimeout: 40 }).receive()).rejects.toMatchObject({ code: "EAGAIN" })
    const listener = await listen(path)
    const other = makeAny(ours, "Push", { reconnectInterval: 1 })
    other.connect(`ipc://${path}`)
    await other.send("y")
    const peer = await listener.join({ socketType: "PULL" })
    expect(await peer.message()).toEqual(["y"])
    peer.destroy()
  })

  for (const [name, library] of LIBRARIES) {
    it(`lets a slow peer (${name}) have everything, from a bound and from a connecting socket`, async () => {
      for (const binds of [true, false]) {
        const push = makeAny(ours, "Push", { linger: -1 })
        const pull = makeAny(library, "Pull", { receiveHighWaterMark: 2 })
        await joined(binds ? push : pull, binds ? pull : push)
        const part = Buffer.alloc(20_000)
        for (let i = 0; i < 300; i++) await push.send([String(i), part])
        push.close()
        for (let i = 0; i < 300; i++) expect(String((await pull.receive())[0])).toBe(String(i))
      }
    })
  }

  it("works for disconnect as for close", async () => {
    const push = makeAny(ours, "Push", { linger: -1 })
    const pull = makeAny(ours, "Pull")
    const endpoint = await joined(pull, push)
    for (let i = 0; i < 500; i++) await push.send(String(i))
    push.disconnect(endpoint)
    expect(push.writable).toBe(false)
    expect(await take(pull, 500)).toHaveLength(500)
  })

  it("is over at once when nothing is queued: the peer sees the end", async () => {
    const push = makeAny(ours, "Push", { linger: -1 })
    const pull = makeAny(ours, "Pull")
    await joined(pull, push)
    push.close()
    await watch(pull).until("disconnect")
  })
})

describe("unbind", () => {
  it("ends the connections that came in, leaves what was received, and frees the endpoint", async () => {
    const pull = makeAny(ours, "Pull")
    const push = makeAny(ours, "Push", { reconnectInterval: 1 })
    const endpoint = await joined(pull, push, ownLoopback())
    await push.send("1")
    await until(() => pull.readable)
    await pull.unbind(endpoint)
    await watch(push).until("connect:retry")
    expect(await drain(pull)).toEqual(["1"])
    const next = makeAny(ours, "Pull")
    await next.bind(endpoint)
    await push.send("2")
    expect(await take(next, 1)).toEqual(["2"])
  })
})

describe("heartbeats", () => {
  it("end the connection of a peer that is silent, and a connecting socket tries again", async () => {
    const listener = await listen()
    const push = makeAny(ours, "Push", { heartbeatInterval: 10, heartbeatTimeout: 10, reconnectInterval: 1 })
    push.connect(listener.endpoint)
    for (let i = 0; i < 2; i++) {
      const peer = await listener.join({ socketType: "PULL" })
      expect(await peer.next()).toEqual({ kind: "command", name: "PING", data: "\0\0" })
      await peer.end()
      peer.destroy()
    }
  })

  it("end the connection of a silent peer that connected", async () => {
    const pull = makeAny(ours, "Pull", { heartbeatInterval: 10, heartbeatTimeout: 10 })
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    await peer.end()
    peer.destroy()
  })

  it("carry the time to live that was asked for, in tenths of a second", async () => {
    const pull = makeAny(ours, "Pull", { heartbeatInterval: 10, heartbeatTimeToLive: 1200 })
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    expect(await peer.next()).toEqual({ kind: "command", name: "PING", data: "\0\x0c" })
    peer.destroy()
  })

  it("go on with a peer that answers", async () => {
    const pull = makeAny(ours, "Pull", { heartbeatInterval: 5, heartbeatTimeout: 1000 })
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    for (let i = 0; i < 5; i++) {
      expect(await peer.next()).toMatchObject({ name: "PING" })
      peer.command("PONG")
    }
    peer.send("alive")
    expect(await take(pull, 1)).toEqual(["alive"])
    peer.destroy()
  })

  it("of a peer are answered with its context, of at most 16 octets", async () => {
    const pull = makeAny(ours, "Pull")
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    for (const context of ["", "abc", "c".repeat(16)]) {
      peer.command("PING", `\0\0${context}`)
      expect(await peer.next()).toEqual({ kind: "command", name: "PONG", data: context })
    }
    peer.destroy()
  })

  it("of a peer that promised to be heard and is not, end its connection", async () => {
    const pull = makeAny(ours, "Pull")
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    peer.command("PING", "\0\x01")
    await peer.end()
    peer.destroy()
  })

  for (const [name, library] of LIBRARIES) {
    it(`keep an idle pair with ${name} together`, async () => {
      const options = { heartbeatInterval: 5, heartbeatTimeout: 2000, heartbeatTimeToLive: 2000 }
      const pull = makeAny(library, "Pull", options)
      const push = makeAny(ours, "Push", options)
      await joined(pull, push)
      await expect(make(ours.Pull, { receiveTimeout: 60 }).receive()).rejects.toMatchObject({
        code: "EAGAIN",
      })
      await push.send("x")
      expect(await take(pull, 1)).toEqual(["x"])
      expect(watch(push).of("disconnect")).toEqual([])
    })
  }
})

describe("maxMessageSize", () => {
  it("ends the connection of a peer that sends more in a part, and lets others go on", async () => {
    const pull = makeAny(ours, "Pull", { maxMessageSize: 10 })
    const endpoint = await bindTcp(pull)
    const good = await RawPeer.join(endpoint, { socketType: "PUSH" })
    for (const header of [Buffer.from([0, 11]), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 11])]) {
      const bad = await RawPeer.join(endpoint, { socketType: "PUSH" })
      bad.send("0123456789")
      bad.write(header)
      await bad.end()
      bad.destroy()
    }
    good.send("x")
    expect((await take(pull, 3)).sort()).toEqual(["0123456789", "0123456789", "x"])
    good.destroy()
  })
})

describe("a peer that speaks no ZMTP", () => {
  it("gives no message to a browser, nor to others that speak no ZMTP", async () => {
    const push = makeAny(ours, "Push", { sendTimeout: 0 })
    const events = watch(push)
    const endpoint = await bindTcp(push)
    const texts = [
      "GET /some/path HTTP/1.1\r\nHost: example.org\r\n\r\n".repeat(3),
      "SSH-2.0-x\r\n",
      "\x16\x03\x01\x02\0",
    ]
    for (const [index, text] of texts.entries()) {
      const socket = connect(Number(endpoint.split(":").at(-1)), "127.0.0.1")
      const came: Buffer[] = []
      socket.on("data", chunk => came.push(chunk))
      socket.write(text, "latin1")
      await once(socket, "close")
      // A signature, and nothing else.
      expect(Buffer.concat(came)).toHaveLength(10)
      const { error } = await events.until("handshake:error:protocol", index + 1)
      expect(error).toMatchObject({ code: "ERR_ZMTP_UNSPECIFIED" })
      expect((error as { detail: string }).detail).toContain("does not speak ZMTP")
      await expect(push.send("task")).rejects.toMatchObject({ code: "EAGAIN" })
    }
  })
})

describe("faults in traffic", () => {
  it("are ignored where native ignores them: unknown commands, and subscriptions of a Push", async () => {
    const pull = makeAny(ours, "Pull")
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    peer.command("FOO")
    peer.command("SUBSCRIBE", "a")
    peer.send("x")
    expect(await take(pull, 1)).toEqual(["x"])
    peer.destroy()
  })

  it("to a Push are dropped: it receives nothing", async () => {
    const push = makeAny(ours, "Push")
    const peer = await RawPeer.join(await bindTcp(push), { socketType: "PULL" })
    peer.send("to a push")
    peer.command("PING", "\0\0x")
    expect(await peer.next()).toMatchObject({ name: "PONG" })
    expect(push.readable).toBe(false)
    peer.destroy()
  })
})
