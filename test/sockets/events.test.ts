/** Events: which ones come, in which order, with which fields; and the Observer that shows them. */
import { connect } from "node:net"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { coreOf } from "../../src/sockets/socket.js"
import { buildCommand, encodeMetadata } from "../../src/wire.js"
import { greeting, RawListener, RawPeer, ready } from "../support/raw-peer.js"
import {
  bindTcp,
  freePath,
  inproc,
  later,
  make,
  makeAny,
  native,
  ours,
  outcome,
  parity,
  settled,
  show,
  take,
  turn,
  until,
  watch,
  type AnySocket,
  type Library,
  type Results,
  type Watch,
} from "./support.js"

/**
 * An event as a line: its fields in order, errors with all they have but the `detail` that is ours alone, intervals
 * without their random part.
 */
function line(event: object): string {
  return Object.entries(event)
    .map(([key, value]) => {
      if (key === "type") return String(value)
      if (key === "interval") return "interval"
      return `${key}=${String(show(value)).replace(/, detail=.*}/, "}")}`
    })
    .join(" ")
}

/** After an ERROR native waits for the peer to close, and may then tell of that as well. */
function lines(events: Watch): string[] {
  const refused = events.types.includes("handshake:error:auth")
  return events.events.map(line).filter(text => !(refused && text.startsWith("handshake:error:other")))
}

async function closed(socket: AnySocket): Promise<void> {
  socket.linger = 0
  socket.close()
  await watch(socket).until("end")
}

describe("a part that is detached after send, before it is written", () => {
  it("is told by send:error, with its message dropped and all others sent", async () => {
    const push = make(ours.Push, { sendHighWaterMark: 0 })
    const pull = make(ours.Pull)
    const endpoint = await bindTcp(pull)
    push.connect(endpoint)
    const told = watch(push).until("send:error")
    await watch(push).until("handshake")
    const part = Buffer.allocUnsafeSlow(200_000)
    // The kernel takes some, so that the part waits.
    for (let i = 0; i < 100; i++) await push.send(Buffer.alloc(200_000, i))
    await push.send(["a", part])
    await push.send("last")
    structuredClone(part.buffer, { transfer: [part.buffer] })
    for (let i = 0; i < 100; i++) expect((await pull.receive())[0]?.[0]).toBe(i)
    expect(String((await pull.receive())[0])).toBe("last")
    await told
    expect(watch(push).events.at(-1)).toMatchObject({ address: endpoint, error: { code: "EFAULT" } })
  })
})

describe("events of a connection", () => {
  for (const transport of ["tcp", "ipc"] as const) {
    parity(`over ${transport}, when the client closes first`, async library => {
      const pull = makeAny(library, "Pull")
      const push = makeAny(library, "Push")
      const [server, client] = [watch(pull), watch(push)]
      const path = freePath()
      const address = { tcp: "tcp://127.0.0.1:*", ipc: `ipc://${path}` }[transport]
      await pull.bind(address)
      push.connect(pull.lastEndpoint ?? "")
      await push.send("x")
      await pull.receive()
      await client.until("handshake")
      await server.until("handshake")
      await closed(push)
      await server.until("disconnect")
      await closed(pull)
      const shown = (events: Watch): string[] => lines(events).map(text => text.replace(path, "PATH"))
      return { server: shown(server), client: shown(client) }
    })
  }

  it("over inproc are none but the end", async () => {
    const pull = makeAny(ours, "Pull")
    const push = makeAny(ours, "Push")
    watch(pull)
    watch(push)
    await pull.bind(inproc("events"))
    push.connect(inproc("events"))
    await push.send("x")
    await take(pull, 1)
    await closed(push)
    await closed(pull)
    expect([watch(pull).types, watch(push).types]).toEqual([["end"], ["end"]])
  })

  parity("over tcp, when the server closes first and comes back", async library => {
    const pull = makeAny(library, "Pull")
    // Long enough for the server to come back before the first attempt.
    const push = makeAny(library, "Push", { reconnectInterval: 50, reconnectMaxInterval: 50 })
    const [server, client] = [watch(pull), watch(push)]
    const path = freePath()
    await pull.bind(`ipc://${path}`)
    push.connect(`ipc://${path}`)
    await client.until("handshake")
    await server.until("handshake")
    pull.close()
    await server.until("end")
    await client.until("connect:retry")
    const next = makeAny(library, "Pull")
    const then = watch(next)
    await next.bind(`ipc://${path}`)
    await client.until("handshake", 2)
    await then.until("handshake")
    const all = [lines(server), lines(client), lines(then)]
    return { all: all.map(some => some.map(text => text.replace(path, "PATH"))) }
  })

  parity("refused: each attempt, and how long until the next", async library => {
    const results: Results = {}
    const addresses = {
      tcp: "tcp://127.0.0.1:9",
      ipc: "ipc:///no/such/path",
      host: "tcp://no.such.host.invalid:9",
    }
    for (const [transport, address] of Object.entries(addresses)) {
      const push = makeAny(library, "Push", { reconnectInterval: 3, reconnectMaxInterval: 10 })
      const events = watch(push)
      push.connect(address)
      await events.until("connect:retry", 4)
      results[transport] = lines(events).slice(0, 4)
      results[`${transport} intervals`] = events
        .of("connect:retry")
        .slice(0, 4)
        .map(event => event.interval)
    }
    return results
  })

  parity("with a random part of the interval when there is no maximum", async library => {
    const push = makeAny(library, "Push", { reconnectInterval: 5 })
    const events = watch(push)
    push.connect("tcp://127.0.0.1:9")
    await events.until("connect:retry", 6)
    const intervals = events.of("connect:retry").map(event => event.interval as number)
    return {
      within: intervals.every(interval => interval >= 5 && interval < 10 && Number.isInteger(interval)),
    }
  })

  for (const reconnectInterval of [-1, 0]) {
    parity(`refused, with reconnectInterval ${reconnectInterval}: no further attempt`, async library => {
      const push = makeAny(library, "Push", { reconnectInterval })
      const events = watch(push)
      push.connect("tcp://127.0.0.1:9")
      await events.until("close")
      const results: Results = { writable: push.writable }
      await closed(push)
      results.events = lines(events)
      return results
    })

    parity(`lost, with reconnectInterval ${reconnectInterval}: the endpoint is given up`, async library => {
      const pull = makeAny(library, "Pull")
      const push = makeAny(library, "Push", { reconnectInterval })
      const events = watch(push)
      push.connect(await bindTcp(pull))
      await events.until("handshake")
      pull.close()
      await events.until("disconnect")
      await until(() => !push.writable)
      await closed(push)
      return { events: lines(events) }
    })
  }

  parity("of a bind that fails", async library => {
    const taken = makeAny(library, "Pull")
    const endpoint = await bindTcp(taken)
    const pull = makeAny(library, "Pull")
    const events = watch(pull)
    await pull.bind(endpoint).catch(() => undefined)
    await pull.bind("tcp://1.2.3.4:5").catch(() => undefined)
    for (const address of [
      "foo",
      "xyz://a",
      "inproc://",
      "tcp://eth99:*",
      "tcp://127.0.0.1:x",
      "ipc://@",
      "ipc:///no/such/path",
      "ipc:///tmp",
      `ipc:///${"x".repeat(120)}`,
    ]) {
      await pull.bind(address).catch(() => undefined)
    }
    await closed(pull)
    return { events: lines(events) }
  })

  parity("of an unbind, and of the peer that it leaves", async library => {
    const pull = makeAny(library, "Pull")
    const push = makeAny(library, "Push", { reconnectInterval: 50 })
    const [server, client] = [watch(pull), watch(push)]
    const endpoint = await bindTcp(pull)
    push.connect(endpoint)
    await client.until("handshake")
    await server.until("handshake")
    await pull.unbind(endpoint)
    // Native's socket hears of it with its next call.
    await until(() => pull.readable || client.of("connect:retry").length > 0)
    await closed(push)
    await closed(pull)
    return { server: lines(server), client: lines(client).slice(0, 5) }
  })

  parity("of a disconnect", async library => {
    const pull = makeAny(library, "Pull")
    const push = makeAny(library, "Push")
    const [server, client] = [watch(pull), watch(push)]
    const endpoint = await bindTcp(pull)
    push.connect(endpoint)
    await client.until("handshake")
    await server.until("handshake")
    push.disconnect(endpoint)
    await until(() => push.writable || server.of("disconnect").length > 0)
    await closed(push)
    return { server: lines(server), client: lines(client) }
  })

  parity("between sockets that may not talk: both are told, nobody tries again", async library => {
    const pull = makeAny(library, "Pull")
    const sub = makeAny(library, "Subscriber", { reconnectInterval: 1 })
    const [server, client] = [watch(pull), watch(sub)]
    sub.connect(await bindTcp(pull))
    await client.until("disconnect")
    await server.until("disconnect")
    await closed(sub)
    await closed(pull)
    // What ours adds is the named fault.
    const told = (events: Watch): unknown[] =>
      events.types.filter(type => type !== "handshake:error:protocol")
    return { server: told(server), client: told(client) }
  })

  it("names the fault of a peer of the wrong type, where native shows a disconnect only", async () => {
    const pull = makeAny(ours, "Pull")
    const sub = makeAny(ours, "Subscriber")
    const watches = [watch(pull), watch(sub)]
    sub.connect(await bindTcp(pull))
    for (const events of watches) {
      const { error } = await events.until("handshake:error:protocol")
      expect(error).toMatchObject({ code: "ERR_ZMTP_INVALID_METADATA" })
    }
  })

  it("tell of an accepted peer together with what follows, or soon after", async () => {
    const pub = makeAny(ours, "Publisher")
    const core = coreOf(pub)
    const heard: string[] = []
    for (const type of ["accept", "handshake"] as const) pub.events.on(type, ({ type }) => heard.push(type))
    await Promise.resolve()
    core.event({ type: "accept", address: "tcp://a:1" })
    await Promise.resolve()
    expect(heard).toEqual([])
    core.event({ type: "handshake", address: "tcp://a:1" })
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual(["accept", "handshake"])
    core.event({ type: "accept", address: "tcp://a:1" })
    await until(() => heard.length === 3)
  })

  it("say in words what a peer's fault was, as detail, which native does not have", async () => {
    const pull = makeAny(ours, "Pull")
    const peer = await RawPeer.connect(await bindTcp(pull))
    peer.write(bytes(NULL_GREETING, frame(COMMAND, buildCommand("FOO"))))
    const { error } = await watch(pull).until("handshake:error:protocol")
    expect(Object.keys(error as object).sort()).toEqual(["code", "detail"])
    expect((error as { detail: string }).detail).toContain("FOO")
    peer.destroy()
  })
})

/** A frame with any flags. */
function frame(flags: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(flags, body.length), body])
}

const COMMAND = 4
const NULL_GREETING = greeting()
const PUSH_READY = frame(COMMAND, ready({ socketType: "PUSH" }))
const bytes = (...parts: (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === "string" ? Buffer.from(part, "latin1") : part)))

/** What a peer says, whether it then ends, and what ours says where native says less. */
const PEERS: {
  readonly name: string
  readonly says: Buffer
  readonly ends?: boolean
  /** What it says when its handshake is complete. */
  readonly then?: Buffer
  readonly options?: object
  /** Native shows only that the connection ended: ours names the fault. */
  readonly named?: string
}[] = [
  { name: "ends at once", says: Buffer.alloc(0), ends: true },
  { name: "ends after half a greeting", says: NULL_GREETING.subarray(0, 30), ends: true },
  { name: "ends after its greeting", says: NULL_GREETING, ends: true },
  { name: "speaks another mechanism", says: greeting({ mechanism: "FOO" }) },
  { name: "speaks PLAIN to NULL", says: greeting({ mechanism: "PLAIN" }) },
  { name: "speaks NULL to PLAIN", says: NULL_GREETING, options: { plainServer: true } },
  {
    name: "completes its handshake and ends",
    says: bytes(NULL_GREETING, PUSH_READY),
    then: Buffer.alloc(0),
    ends: true,
  },
  {
    name: "is of a type that may not talk to ours",
    says: bytes(NULL_GREETING, frame(COMMAND, ready({ socketType: "SUB" }))),
    named: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "is of a type that nobody knows",
    says: bytes(NULL_GREETING, frame(COMMAND, ready({ socketType: "XYZ" }))),
    named: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "cuts its metadata short",
    says: bytes(NULL_GREETING, frame(COMMAND, ready({ socketType: "PUSH" }).subarray(0, -1))),
    named: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "sends an unknown command",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("FOO"))),
  },
  { name: "sends a command cut short", says: bytes(NULL_GREETING, frame(COMMAND, Buffer.from("\x09FOO"))) },
  { name: "sends an empty command", says: bytes(NULL_GREETING, frame(COMMAND, Buffer.alloc(0))) },
  { name: "sends a message for a READY", says: bytes(NULL_GREETING, frame(0, Buffer.from("hello"))) },
  {
    name: "sends ERROR 400",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x03400")))),
    ends: true,
  },
  {
    name: "sends ERROR 300",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x03300")))),
    ends: true,
  },
  {
    name: "sends ERROR 500",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x03500")))),
    ends: true,
  },
  {
    name: "sends an ERROR with a reason of its own",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x04oops")))),
    ends: true,
    named: "ERR_ZMTP_UNSPECIFIED",
  },
  {
    name: "sends an ERROR cut short",
    says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x09no")))),
  },
  { name: "says nothing until the deadline", says: Buffer.alloc(0), options: { handshakeInterval: 20 } },
  { name: "says no READY until the deadline", says: NULL_GREETING, options: { handshakeInterval: 20 } },
  {
    name: "sends a malformed HELLO",
    says: bytes(
      greeting({ mechanism: "PLAIN" }),
      frame(COMMAND, buildCommand("HELLO", Buffer.from("\x09u"))),
    ),
    options: { plainServer: true },
  },
  {
    name: "sends INITIATE for a HELLO",
    says: bytes(greeting({ mechanism: "PLAIN" }), frame(COMMAND, buildCommand("INITIATE"))),
    options: { plainServer: true },
  },
  {
    name: "sends a message of more than maxMessageSize",
    says: bytes(NULL_GREETING, PUSH_READY),
    then: frame(0, Buffer.alloc(101)),
    options: { maxMessageSize: 100 },
  },
  {
    name: "declares 2^63-1 bytes",
    says: bytes(NULL_GREETING, PUSH_READY),
    then: Buffer.from("027fffffffffffffff", "hex"),
  },
]

describe("events of a bound socket whose peer", () => {
  for (const { name, says, ends, then, options, named } of PEERS) {
    const kinds = async (library: Library): Promise<string[]> => {
      const pull = makeAny(library, "Pull", options)
      const events = watch(pull)
      const endpoint = await bindTcp(pull)
      const peer = await RawPeer.connect(endpoint)
      later(() => {
        peer.destroy()
      })
      peer.write(says)
      if (then !== undefined) {
        await events.until("handshake")
        peer.write(then)
      }
      if (ends === true) peer.socket.end()
      await events.until("disconnect")
      await closed(pull)
      return lines(events)
    }
    if (named === undefined) {
      parity(name, async library => ({ events: await kinds(library) }))
      continue
    }
    parity(name, async library => {
      const all = await kinds(library)
      // Native may tell instead that the peer has ended.
      return { events: all.filter(text => !/^handshake:error:(protocol|other)/.test(text)) }
    })
    it(`${name}: with ${named}, which native does not tell`, async () => {
      const all = await kinds(ours)
      expect(all.join("\n")).toContain(`handshake:error:protocol`)
      expect(all.join("\n")).toContain(named)
    })
  }

  it("is not yet a peer: nothing that it sent is received", async () => {
    const pull = makeAny(ours, "Pull", { handshakeInterval: 20, receiveTimeout: 0 })
    const peer = await RawPeer.connect(await bindTcp(pull))
    peer.write(NULL_GREETING)
    await watch(pull).until("disconnect")
    await expect(pull.receive()).rejects.toMatchObject({ code: "EAGAIN" })
    peer.destroy()
  })

  it("sends what it may is not disturbed by the faults of others", async () => {
    const pull = makeAny(ours, "Pull")
    const endpoint = await bindTcp(pull)
    const good = await RawPeer.join(endpoint, { socketType: "PUSH" })
    for (const { says, ends, then = Buffer.alloc(0) } of PEERS) {
      const bad = await RawPeer.connect(endpoint)
      bad.write(bytes(says, then.length > 100 ? Buffer.alloc(0) : then))
      if (ends === true) bad.socket.end()
      later(() => {
        bad.destroy()
      })
      good.send("x")
      expect(await take(pull, 1)).toEqual(["x"])
    }
    good.destroy()
  })
})

describe("events of a connecting socket whose peer", () => {
  const CASES: {
    readonly name: string
    readonly says: Buffer
    readonly ends?: boolean
    readonly retries: boolean
  }[] = [
    { name: "ends after its greeting", says: NULL_GREETING, ends: true, retries: true },
    { name: "speaks another mechanism", says: greeting({ mechanism: "PLAIN" }), retries: false },
    {
      name: "sends an unknown command",
      says: bytes(NULL_GREETING, frame(COMMAND, buildCommand("FOO"))),
      retries: false,
    },
    {
      name: "completes its handshake and ends",
      says: bytes(NULL_GREETING, frame(COMMAND, ready({ socketType: "PULL" }))),
      ends: true,
      retries: true,
    },
  ]
  for (const { name, says, ends, retries } of CASES) {
    parity(`${name}: ${retries ? "it tries again" : "it gives up"}`, async library => {
      const listener = await RawListener.open()
      const push = makeAny(library, "Push", { reconnectInterval: 30 })
      const events = watch(push)
      push.connect(listener.endpoint)
      const peer = await listener.accept()
      later(() => {
        peer.destroy()
        listener.close()
      })
      peer.write(says)
      if (ends === true) {
        // A whole greeting of ours, lest unread bytes make a reset of the end.
        await peer.until(() => peer.inbox.length > 0)
        peer.socket.end()
      }
      await events.until("disconnect")
      if (retries) await events.until("connect:retry")
      else await until(() => !push.writable)
      await closed(push)
      return { events: lines(events) }
    })
  }

  it("refuses it with ERROR 400: it gives up", async () => {
    const listener = await RawListener.open()
    const push = makeAny(ours, "Push", { reconnectInterval: 1 })
    const events = watch(push)
    push.connect(listener.endpoint)
    const peer = await listener.accept()
    later(() => {
      peer.destroy()
      listener.close()
    })
    peer.write(bytes(NULL_GREETING, frame(COMMAND, buildCommand("ERROR", Buffer.from("\x03400")))))
    const { error } = await events.until("handshake:error:auth")
    expect(show(error)).toBe("Error: Authentication failure {status=400}")
    await events.until("disconnect")
    await until(() => !push.writable)
    expect(events.of("connect:retry")).toEqual([])
  })

  it("connects and says nothing: the deadline ends it, and it tries again", async () => {
    const listener = await RawListener.open()
    const push = makeAny(ours, "Push", { handshakeInterval: 10, reconnectInterval: 1 })
    push.connect(listener.endpoint)
    for (let i = 0; i < 3; i++) {
      const peer = await listener.accept()
      await peer.end()
      peer.destroy()
    }
    const { error } = await watch(push).until("handshake:error:other")
    expect(show(error)).toBe("Error: Operation was not possible or timed out {errno=11, code=EAGAIN}")
    listener.close()
  })
})

describe("an accept filter", () => {
  it("refuses other addresses with accept:error, and the peer tries again", async () => {
    const pull = makeAny(ours, "Pull", { tcpAcceptFilter: "10.0.0.0/8" })
    const push = makeAny(ours, "Push", { reconnectInterval: 1 })
    push.connect(await bindTcp(pull))
    const event = await watch(pull).until("accept:error")
    expect(Object.keys(event)).toEqual(["type", "address", "error"])
    await watch(push).until("connect:retry", 2)
    expect(watch(pull).of("accept")).toEqual([])
  })

  it("accepts its own addresses", async () => {
    const pull = makeAny(ours, "Pull", { tcpAcceptFilter: "127.0.0.0/8" })
    const push = makeAny(ours, "Push")
    push.connect(await bindTcp(pull))
    await push.send("x")
    expect(await take(pull, 1)).toEqual(["x"])
  })
})

describe("an Observer", () => {
  parity("gives events one by one, one call at a time, until the end", async library => {
    const pull = makeAny(library, "Pull")
    const { events } = pull
    const receiving = settled(() => events.receive())
    const results: Results = { "second call": await outcome(() => events.receive()) }
    await bindTcp(pull)
    results.first = await receiving
    const last = settled(() => events.receive())
    pull.close()
    results["close, or the end"] = await last
    results.then = await settled(() => events.receive())
    results["after the end"] = await settled(() => events.receive())
    results.closed = events.closed
    results["close after the end"] = await settled(() => events.close())
    results["the loop"] = await settled(async () => {
      const seen: unknown[] = []
      for await (const event of events) seen.push(event)
      return seen.length
    })
    return results
  })

  parity("calls listeners, and then gives no events by receive", async library => {
    const pull = makeAny(library, "Pull")
    const seen: string[] = []
    const { events } = pull
    events.on("bind", event => seen.push(line(event)))
    events.on("end", event => seen.push(line(event)))
    events.on("end", () => seen.push("end again"))
    const ignored = (): void => {
      seen.push("never")
    }
    events.on("bind", ignored)
    events.off("bind", ignored)
    const results: Results = {
      receive: await settled(() => events.receive()),
      loop: await settled(async () => {
        for await (const _ of events);
      }),
      "on returns an emitter": typeof events.on("close", event => seen.push(line(event))).on,
    }
    await bindTcp(pull)
    await until(() => seen.length > 0)
    pull.close()
    await until(() => seen.includes("end again"))
    results.seen = seen
    return results
  })

  it("ends when it is closed, and its socket lives on", async () => {
    const pull = makeAny(ours, "Pull")
    const { events } = pull
    const receiving = settled(() => events.receive())
    events.close()
    expect(events.closed).toBe(true)
    expect(await receiving).toEqual([
      "rejects",
      "Error: Socket operation on non-socket {errno=88, code=ENOTSOCK}",
    ])
    expect(await settled(() => events.receive())).toEqual([
      "throws",
      "Error: Socket is closed {errno=9, code=EBADF}",
    ])
    expect(pull.events).toBe(events)
    events.close()
    const push = makeAny(ours, "Push")
    push.connect(await bindTcp(pull))
    await push.send("x")
    expect(await take(pull, 1)).toEqual(["x"])
  })

  it("tells listeners of nothing once it is closed", async () => {
    const pull = makeAny(ours, "Pull")
    const told: string[] = []
    pull.events.on("bind", () => told.push("bind"))
    pull.bindSync("tcp://127.0.0.1:*")
    pull.events.close()
    await new Promise(resolve => setImmediate(resolve))
    expect(told).toEqual([])
  })

  it("shows no events from before it was first asked for", async () => {
    const pull = makeAny(ours, "Pull")
    await bindTcp(pull)
    const events = watch(pull)
    pull.close()
    await events.until("end")
    expect(events.types).toEqual(["close", "end"])
  })

  it("goes on to the other listeners' events when one throws, and the fault is an unhandled rejection", async () => {
    const pull = makeAny(ours, "Pull")
    const faults: unknown[] = []
    const others = process.listeners("unhandledRejection")
    process.removeAllListeners("unhandledRejection")
    process.on("unhandledRejection", fault => faults.push(fault))
    const seen: string[] = []
    pull.events.on("bind", () => {
      throw new Error("a listener's own")
    })
    pull.events.on("close", ({ type }) => seen.push(type))
    pull.events.on("end", ({ type }) => seen.push(type))
    await bindTcp(pull)
    await until(() => faults.length > 0)
    pull.close()
    await until(() => seen.includes("end"))
    process.removeAllListeners("unhandledRejection")
    for (const other of others) process.on("unhandledRejection", other)
    expect(seen).toEqual(["close", "end"])
    expect(String(faults[0])).toBe("Error: a listener's own")
  })

  it("made by hand takes over, and the first one ends", async () => {
    const pull = makeAny(ours, "Pull")
    const first = watch(pull)
    const second = new ours.Observer(pull)
    await first.until("end")
    const receiving = second.receive()
    await bindTcp(pull)
    expect((await receiving).type).toBe("bind")
  })

  it("keeps events that nobody has read yet, for a loop that begins after the close", async () => {
    const pull = makeAny(ours, "Pull")
    const { events } = pull
    const endpoint = await bindTcp(pull)
    const { port } = new URL(endpoint.replace("tcp:", "http:"))
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), "127.0.0.1")
      await once(socket, "connect")
      socket.destroy()
    }
    await turn()
    pull.close()
    let count = 0
    for await (const _ of events) count++
    expect(count).toBeGreaterThan(20)
  })
})

describe("an Observer that nobody reads", () => {
  it("keeps 10,000 events, and the end", async () => {
    const pull = makeAny(ours, "Pull")
    const { events } = pull
    const core = coreOf(pull)
    for (let i = 0; i < 20_000; i++) core.event({ type: "accept", address: String(i) })
    pull.close()
    const seen: unknown[] = []
    for await (const event of events) seen.push("address" in event ? event.address : event.type)
    expect(seen).toEqual([...Array.from({ length: 10_000 }, (_, i) => String(i)), "end"])
  })
})

describe("between ours and native", () => {
  it("the same events on either side", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    const seen: string[][] = []
    for (const [binding, connecting] of [
      [ours, native],
      [native, ours],
    ] as const) {
      const pull = makeAny(binding, "Pull")
      const push = makeAny(connecting, "Push")
      const [server, client] = [watch(pull), watch(push)]
      push.connect(await bindTcp(pull))
      await client.until("handshake")
      await server.until("handshake")
      await closed(push)
      await server.until("disconnect")
      await closed(pull)
      seen.push([server.types.join(), client.types.join()])
    }
    expect(seen[0]).toEqual(seen[1])
  })
})

describe("what a peer needs to know", () => {
  it("is in our READY: the socket type, and no identity unless it is asked for", async () => {
    const pull = make(ours.Pull)
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    expect(peer.metadata).toBe(encodeMetadata([["Socket-Type", "PULL"]]).toString("latin1"))
    expect(peer.greeting.subarray(10)).toEqual(NULL_GREETING.subarray(10))
    peer.destroy()
  })
})
