import { once } from "node:events"
import http from "node:http"
import net, { type AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import {
  bindTcp,
  drain,
  freePath,
  inproc,
  later,
  make,
  makeAny,
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
} from "../support.js"

interface Stream extends AnySocket {
  connect(address: string, options?: ours.StreamConnectOptions): void
  notify: boolean
}

/** Generated routing ids differ from run to run: this one's are named by their order. */
class Names {
  private readonly known: string[] = []

  of(id: Buffer): string {
    const text = id.toString("latin1")
    if (id.length !== 5 || id[0] !== 0) return text
    if (!this.known.includes(text)) this.known.push(text)
    return `id ${this.known.indexOf(text)}`
  }
}

function makeStream(library: Library, options: object = {}): Stream {
  return makeAny(library, "Stream", options) as Stream
}

/** The next message, for a comparison. */
async function next(stream: Stream, names: Names): Promise<string> {
  const [id, data] = (await stream.receive()) as [Buffer, Buffer]
  return `${names.of(id)}: ${data.toString("latin1")}`
}

async function nextId(stream: Stream): Promise<Buffer> {
  const [id, data] = (await stream.receive()) as [Buffer, Buffer]
  expect(data).toHaveLength(0)
  return id
}

/** Receives from one connection until there is so much. */
async function collect(stream: Stream, size: number): Promise<string> {
  const chunks: Buffer[] = []
  let sum = 0
  while (sum < size) {
    const [, data] = (await stream.receive()) as [Buffer, Buffer]
    chunks.push(data)
    sum += data.length
  }
  return Buffer.concat(chunks).toString("latin1")
}

/** A client of `node:net`, and what it hears. */
class Client {
  readonly socket: net.Socket
  received = 0
  text = ""
  ended = false
  closed = false

  constructor(endpoint: string, options: Partial<net.TcpNetConnectOpts> = {}) {
    this.socket = net.connect({ port: Number(endpoint.split(":").pop()), host: "127.0.0.1", ...options })
    this.attend()
    later(() => this.socket.destroy())
  }

  private attend(): void {
    this.socket.on("error", () => undefined)
    this.socket.on("end", () => (this.ended = true))
    this.socket.on("close", () => (this.closed = true))
  }

  /** Begins to read. */
  listen(): this {
    this.socket.on("data", chunk => {
      this.received += chunk.length
      if (this.text.length < 1000) this.text += chunk.toString("latin1")
    })
    return this
  }
}

/** A server of `node:net` that keeps its connections and what they heard. */
async function serve(): Promise<{ port: number; endpoint: string; sockets: net.Socket[]; heard: string[] }> {
  const sockets: net.Socket[] = []
  const heard: string[] = []
  const server = net.createServer(socket => {
    const index = sockets.push(socket) - 1
    heard.push("")
    socket.on("error", () => undefined)
    socket.on("data", chunk => (heard[index] = `${heard[index] ?? ""}${chunk.toString("latin1")}`))
    socket.on("end", () => (heard[index] = `${heard[index] ?? ""}<end>`))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  later(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, endpoint: `tcp://127.0.0.1:${port}`, sockets, heard }
}

describe("a Stream", () => {
  parity(
    "that is bound receives bytes after the routing id of their connection, and answers by it",
    async library => {
      const stream = makeStream(library)
      const names = new Names()
      const endpoint = await bindTcp(stream)
      const one = new Client(endpoint).listen()
      const first = await nextId(stream)
      const two = new Client(endpoint).listen()
      const second = await nextId(stream)
      const results = [names.of(first), names.of(second)]
      one.socket.write("from one")
      results.push(await next(stream, names))
      two.socket.write("from two")
      results.push(await next(stream, names))
      await stream.send([second, "to two"])
      await stream.send([first, Buffer.from("to one")])
      await until(() => one.text !== "" && two.text !== "")
      return {
        results,
        texts: [one.text, two.text],
        consecutive: second.readUInt32BE(1) - first.readUInt32BE(1),
        idle: await drain(stream),
        writable: stream.writable,
        readable: stream.readable,
      }
    },
  )

  parity("tells of a connection that is lost, and sends nothing to it any more", async library => {
    const stream = makeStream(library)
    const names = new Names()
    const client = new Client(await bindTcp(stream))
    const id = await nextId(stream)
    names.of(id)
    client.socket.end("bye")
    const last = [await next(stream, names), await next(stream, names)]
    // Native forgets the connection a moment after its last message was received.
    stream.receiveTimeout = 50
    await settled(() => stream.receive())
    return { last, send: await settled(() => stream.send([id, "late"])) }
  })

  parity("without notify tells neither of connections nor of their end", async library => {
    const stream = makeStream(library, { notify: false })
    const names = new Names()
    const endpoint = await bindTcp(stream)
    const client = new Client(endpoint)
    client.socket.end("only this")
    const first = await next(stream, names)
    new Client(endpoint).socket.write("and another")
    return { first, second: await next(stream, names), notify: stream.notify }
  })

  parity("rejects what is for nobody", async library => {
    const stream = makeStream(library)
    const before = await settled(() => stream.send(["nobody", "x"]))
    await bindTcp(stream)
    return {
      before,
      bound: await settled(() => stream.send(["nobody", "x"])),
      empty: await settled(() => stream.send(["nobody", ""])),
      nothing: await settled(() => stream.send(["", "x"])),
      none: await settled(() => stream.send([])),
    }
  })

  it("rejects a message that is not an id and bytes, whatever the id, and remembers nothing of it", async () => {
    // libzmq takes it, and then takes the parts of later messages for others than they are.
    const stream = makeStream(ours)
    const client = new Client(await bindTcp(stream)).listen()
    const id = await nextId(stream)
    for (const message of [[id], "text", [id, "a", "b"], ["nobody"]]) {
      await expect(stream.send(message)).rejects.toMatchObject({ code: "EINVAL" })
    }
    await stream.send([id, "well formed"])
    await until(() => client.text.length >= 11)
    expect(client.text).toBe("well formed")
  })

  parity("closes a connection at an empty message, once what was sent before has left", async library => {
    const stream = makeStream(library)
    const endpoint = await bindTcp(stream)
    const events = watch(stream)
    const client = new Client(endpoint)
    const id = await nextId(stream)
    const size = 3_000_000
    await stream.send([id, "begin"])
    await stream.send([id, Buffer.alloc(size, "x")])
    await stream.send([id, "end"])
    await stream.send([id, ""])
    // Native goes on only within calls, of which this is one. The next connection shows that no notice came first.
    const receiving = nextId(stream)
    client.listen()
    await once(client.socket, "close")
    const other = new Client(endpoint)
    const second = await receiving
    other.socket.destroy()
    await events.until("disconnect")
    return {
      received: client.received - size,
      told: events.types.indexOf("disconnect") < events.types.lastIndexOf("accept"),
      begin: client.text.slice(0, 6),
      same: second.equals(id),
      send: await settled(() => stream.send([id, "late"])),
    }
  })

  it("closes a connection whose queue is full, once what was sent before has left", async () => {
    const stream = makeStream(ours, { sendHighWaterMark: 2 })
    const client = new Client(await bindTcp(stream))
    const id = await nextId(stream)
    const size = 200_000
    let sent = 0
    const send = (): Promise<unknown> => settled(() => stream.send([id, Buffer.alloc(size)]))
    while (((await send()) as unknown[])[0] === "resolves") sent++
    expect(await settled(() => stream.send([id, ""]))).toEqual(["resolves", undefined])
    expect(await settled(() => stream.send([id, "late"]))).toEqual([
      "rejects",
      "Error: Host unreachable {errno=113, code=EHOSTUNREACH}",
    ])
    client.listen()
    await once(client.socket, "close")
    expect(client.received).toBe(sent * size)
  })

  it("drops what comes from a connection that it has closed", async () => {
    const stream = makeStream(ours)
    const endpoint = await bindTcp(stream)
    const client = new Client(endpoint, { allowHalfOpen: true }).listen()
    const id = await nextId(stream)
    client.socket.write("unread")
    await until(() => stream.readable)
    await stream.send([id, ""])
    await once(client.socket, "end")
    client.socket.end("after the end")
    const other = new Client(endpoint)
    other.socket.write("other")
    const otherId = await nextId(stream)
    expect(await stream.receive()).toEqual([otherId, Buffer.from("other")])
    expect(otherId).not.toEqual(id)
  })

  parity(
    "connects, under the routing id it is given, and can send before the connection is there",
    async library => {
      const server = await serve()
      const stream = makeStream(library)
      const names = new Names()
      stream.connect(server.endpoint, { routingId: "server" })
      await stream.send(["server", "early"])
      const notice = await next(stream, names)
      await until(() => server.heard[0] === "early")
      server.sockets[0]?.write("welcome")
      return { notice, welcome: await next(stream, names), last: stream.lastEndpoint }
    },
  )

  parity("that connects learns the generated id from its first message", async library => {
    const server = await serve()
    const stream = makeStream(library)
    stream.connect(server.endpoint)
    const id = await nextId(stream)
    await stream.send([id, "hello"])
    await until(() => server.heard[0] === "hello")
    return { length: id.length, zero: id[0] }
  })

  parity("connects anew when the connection is lost, under the same routing id", async library => {
    const server = await serve()
    const stream = makeStream(library, { reconnectInterval: 10 })
    const names = new Names()
    stream.connect(server.endpoint, { routingId: "server" })
    const notices = [await next(stream, names)]
    await until(() => server.sockets.length === 1)
    server.sockets[0]?.destroy()
    notices.push(await next(stream, names), await next(stream, names))
    await stream.send(["server", "again"])
    await until(() => server.heard[1] === "again")
    return { notices }
  })

  parity("does not connect anew when it has closed the connection itself", async library => {
    const server = await serve()
    const stream = makeStream(library, { reconnectInterval: 10 })
    const events = watch(stream)
    const names = new Names()
    stream.connect(server.endpoint, { routingId: "one" })
    await next(stream, names)
    await stream.send(["one", "bye"])
    await stream.send(["one", ""])
    // Native goes on only within calls, of which this is one.
    const receiving = next(stream, names)
    await until(() => server.heard[0] === "bye<end>")
    // Lost and made again, the second connection shows that the time of the first has come and gone.
    stream.connect(server.endpoint, { routingId: "two" })
    await receiving
    await until(() => server.sockets.length === 2)
    server.sockets[1]?.destroy()
    await next(stream, names)
    await next(stream, names)
    await until(() => server.sockets.length === 3)
    await events.until("connect", 2)
    const again = events.types.indexOf("connect", events.types.indexOf("connect") + 1)
    const told = events.types.slice(0, again).filter(type => type === "disconnect")
    return {
      told: told.length,
      heard: server.heard[0],
      one: await settled(() => stream.send(["one", "late"])),
    }
  })

  it("closes an endpoint that it has not reached yet once it has, and what was sent is there", async () => {
    const server = await serve()
    const stream = makeStream(ours)
    stream.connect(server.endpoint, { routingId: "one" })
    await stream.send(["one", "hello"])
    await stream.send(["one", ""])
    await expect(stream.send(["one", "x"])).rejects.toMatchObject({ code: "EHOSTUNREACH" })
    await until(() => server.heard[0] === "hello<end>")
    expect(await drain(stream)).toEqual([])
  })

  parity("forgets the routing id of an endpoint that it gives up", async library => {
    const server = await serve()
    const stream = makeStream(library, { linger: 0 })
    stream.connect(server.endpoint, { routingId: "one" })
    await stream.receive()
    const receiving = stream.receive()
    stream.disconnect(server.endpoint)
    await until(() => server.heard[0] === "<end>")
    const send = await settled(() => stream.send(["one", "x"]))
    stream.connect(server.endpoint, { routingId: "one" })
    return { send, again: show(await receiving) }
  })

  it("refuses a routing id that another connection has, and one that is too long", async () => {
    // libzmq ends the process at the first.
    const stream = makeStream(ours)
    stream.connect("tcp://127.0.0.1:1", { routingId: "one" })
    expect(() => {
      stream.connect("tcp://127.0.0.1:2", { routingId: "one" })
    }).toThrow(expect.objectContaining({ code: "EINVAL", address: "tcp://127.0.0.1:2" }))
    expect(() => {
      stream.connect("tcp://127.0.0.1:2", { routingId: "x".repeat(256) })
    }).toThrow(expect.objectContaining({ code: "EINVAL" }))
    expect(stream.lastEndpoint).toBe("tcp://127.0.0.1:1")
    stream.connect("tcp://127.0.0.1:2", { routingId: "two" })
  })

  parity("takes the arguments of connect as native does", async library => {
    const tries = [
      ["empty id", "tcp://127.0.0.1:1", { routingId: "" }],
      ["null id", "tcp://127.0.0.1:1", { routingId: null }],
      ["buffer", "tcp://127.0.0.1:1", { routingId: Buffer.from("b") }],
      ["number", "tcp://127.0.0.1:1", { routingId: 5 }],
      ["undefined", "tcp://127.0.0.1:1", undefined],
      ["other", "tcp://127.0.0.1:1", "text"],
      ["address", 5, undefined],
      ["endpoint", "nowhere", { routingId: "x" }],
    ] as const
    const results: Record<string, unknown> = {}
    for (const [name, address, options] of tries) {
      const stream = makeStream(library)
      const connect = stream.connect.bind(stream) as (...args: unknown[]) => void
      results[name] = await settled(() => {
        connect(address, options)
      })
    }
    return { ...results, length: library.Stream.prototype.connect.length }
  })

  parity("tells of connections by events, and of no handshake", async library => {
    const server = await serve()
    const bound = makeStream(library)
    const connecting = makeStream(library, { reconnectInterval: -1 })
    const events = [watch(bound), watch(connecting)]
    const client = new Client(await bindTcp(bound))
    await nextId(bound)
    client.socket.destroy()
    connecting.connect(server.endpoint)
    await nextId(connecting)
    await until(() => server.sockets.length === 1)
    server.sockets[0]?.destroy()
    for (const each of events) await each.until("disconnect")
    // Native calls every end of a connection a failed handshake too.
    return { types: events.map(each => each.types.filter(type => type !== "handshake:error:other")) }
  })

  it("calls the end of a connection no failed handshake", async () => {
    const stream = makeStream(ours)
    const events = watch(stream)
    const client = new Client(await bindTcp(stream))
    await nextId(stream)
    client.socket.destroy()
    await events.until("disconnect")
    expect(events.types).toEqual(["bind", "accept", "disconnect"])
  })

  parity("knows no security, no heartbeats and no time for a handshake", async library => {
    const options = { plainServer: true, heartbeatInterval: 5, heartbeatTimeout: 5, handshakeInterval: 5 }
    const stream = makeStream(library, { ...options, maxMessageSize: 3 })
    const names = new Names()
    const client = new Client(await bindTcp(stream)).listen()
    const id = await nextId(stream)
    names.of(id)
    client.socket.write("abcdefgh")
    const heard = await next(stream, names)
    stream.receiveTimeout = 50
    const silence = await settled(() => stream.receive())
    await stream.send([id, "still here"])
    await until(() => client.text !== "")
    return { heard, silence, text: client.text }
  })

  parity("goes over ipc", async library => {
    const bound = makeStream(library)
    const connecting = makeStream(library)
    const path = `ipc://${freePath()}`
    await bound.bind(path)
    connecting.connect(path, { routingId: "there" })
    const id = await nextId(bound)
    await connecting.send(["there", "ping"])
    const [, ping] = await bound.receive()
    await bound.send([id, "pong"])
    await connecting.receive()
    return { ping: show(ping), pong: show(await connecting.receive()) }
  })

  parity("goes over inproc, to another Stream or any other socket, without notices", async library => {
    const bound = makeStream(library)
    const connecting = makeStream(library)
    await bound.bind(inproc("stream"))
    connecting.connect(inproc("stream"), { routingId: "there" })
    await connecting.send(["there", "ping"])
    const [id, ping] = (await bound.receive()) as [Buffer, Buffer]
    await bound.send([id, "pong"])
    return { ping: show(ping), pong: show(await connecting.receive()) }
  })

  parity("closes over inproc too: the other side may go on without it", async library => {
    const stream = makeStream(library)
    const pair = makeAny(library, "Pair", { sendTimeout: 0 })
    await stream.bind(inproc("hang up"))
    pair.connect(inproc("hang up"))
    await pair.send("hello")
    const [id] = (await stream.receive()) as [Buffer]
    await stream.send([id, "last"])
    await stream.send([id, ""])
    const got = await take(pair, 1)
    return { got, writable: pair.writable, next: await outcome(() => pair.receive()) }
  })

  parity(
    "refuses what a connection has no room for, at once, and takes it when the peer has read",
    async library => {
      const stream = makeStream(library, { sendHighWaterMark: 2 })
      const endpoint = await bindTcp(stream)
      const client = new Client(endpoint)
      const id = await nextId(stream)
      const other = new Client(endpoint).listen()
      const otherId = await nextId(stream)
      const size = 200_000
      let taken = 0
      const send = (): Promise<unknown> => settled(() => stream.send([id, Buffer.alloc(size)]))
      let refusal: unknown
      while (refusal === undefined) {
        const result = (await send()) as [string, unknown]
        if (result[0] === "resolves") taken++
        else refusal = result
      }
      const writable = stream.writable
      // A connection that is stuck holds up no other.
      await stream.send([otherId, "hello"])
      await until(() => other.text === "hello")
      client.listen()
      while (((await send()) as [string])[0] !== "resolves") await turn()
      await until(() => client.received >= (taken + 1) * size)
      return { refusal, writable }
    },
  )

  it("pauses a connection that sends faster than the program reads, and loses nothing", async () => {
    const stream = makeStream(ours, { receiveHighWaterMark: 2 })
    const endpoint = await bindTcp(stream)
    const client = new Client(endpoint)
    const block = Buffer.alloc(1 << 20, "0123456789")
    // What the kernel and the queue hold is far less than this: with nobody reading, the client has to wait.
    const blocks = 64
    let left = blocks
    const pour = (): void => {
      while (left > 0) {
        left--
        if (!client.socket.write(block)) return
      }
    }
    client.socket.on("drain", pour)
    pour()
    await nextId(stream)
    const other = new Client(endpoint)
    other.socket.write("other")
    await until(() => stream.readable)
    expect(client.socket.writableLength + left).toBeGreaterThan(0)
    let sum = 0
    while (sum < blocks * block.length) {
      const [, data] = (await stream.receive()) as [Buffer, Buffer]
      if (!data.equals(Buffer.from("other"))) sum += data.length
    }
    expect(sum).toBe(blocks * block.length)
  })

  it("sends what the peer has not read when that ends its side", async () => {
    const stream = makeStream(ours)
    const client = new Client(await bindTcp(stream), { allowHalfOpen: true })
    const id = await nextId(stream)
    await stream.send([id, Buffer.alloc(8_000_000)])
    client.socket.end("that is all")
    expect(await collect(stream, 11)).toBe("that is all")
    client.listen()
    await once(client.socket, "end")
    expect(client.received).toBe(8_000_000)
  })

  it("gives each receiver an id of its own to write to", async () => {
    const stream = makeStream(ours)
    const client = new Client(await bindTcp(stream)).listen()
    const id = await nextId(stream)
    const kept = Buffer.from(id)
    id.fill(7)
    await stream.send([kept, "hello"])
    await until(() => client.text === "hello")
    client.socket.write("again")
    expect((await stream.receive())[0]).toEqual(kept)
  })

  it("gives no generated id that a connection was given by the user", async () => {
    const server = await serve()
    const stream = makeStream(ours)
    stream.connect(server.endpoint)
    const id = await nextId(stream)
    const following = Buffer.from(id)
    following.writeUInt32BE((id.readUInt32BE(1) + 1) >>> 0, 1)
    // A routing id is text for the types, and any bytes for libzmq.
    stream.connect(server.endpoint, { routingId: following as unknown as string })
    expect(await nextId(stream)).toEqual(following)
    stream.connect(server.endpoint)
    expect(await nextId(stream)).not.toEqual(following)
  })

  it("makes up an id where a subclass has asked for one, by the option's number, that is taken", async () => {
    const server = await serve()
    class Subclass extends ours.Stream {
      attempt(): void {
        this.setStringOption(61, "one")
        this.connect(server.endpoint)
      }
    }
    const stream = make(Subclass as new (options?: object) => Subclass)
    stream.attempt()
    const [first] = await stream.receive()
    stream.attempt()
    const [second] = await stream.receive()
    expect([first.toString(), second.length]).toEqual(["one", 5])
  })

  it("is a web server for a client of node:http", async () => {
    const stream = make(ours.Stream)
    const endpoint = await bindTcp(stream)
    const serving = (async () => {
      let request = ""
      for await (const [id, data] of stream) {
        request += data.toString("latin1")
        if (!request.endsWith("\r\n\r\n")) continue
        const body = `You asked for ${request.split(" ", 2)[1] ?? ""}`
        await stream.send([id, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`])
        await stream.send([id, ""])
        return
      }
    })()
    const [response] = (await once(http.get(`${endpoint.replace("tcp:", "http:")}/zmq`), "response")) as [
      http.IncomingMessage,
    ]
    let body = ""
    for await (const chunk of response) body += String(chunk)
    expect([response.statusCode, body]).toEqual([200, "You asked for /zmq"])
    await serving
  })

  it("is a web client for a server of node:http", async () => {
    const server = http.createServer((request, response) => {
      response.end(`Hello ${request.url ?? ""}`)
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    later(() => server.close())
    const stream = makeStream(ours)
    stream.connect(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, { routingId: "web" })
    await stream.send(["web", "GET /stream HTTP/1.0\r\n\r\n"])
    await nextId(stream)
    let text = ""
    for (;;) {
      const [, data] = (await stream.receive()) as [Buffer, Buffer]
      if (data.length === 0) break
      text += data.toString()
    }
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nHello \/stream$/)
  })
})
