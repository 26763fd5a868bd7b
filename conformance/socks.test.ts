/**
 * Connections through a real SOCKS5 server: this package through the proxy to native libzmq, and native through the
 * same proxy to this package as the control. Shown as skipped where microsocks is not installed.
 */
import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import net from "node:net"
import type { Readable } from "node:stream"
import { afterAll, afterEach, describe, expect, test } from "vitest"
import * as ours from "../src/index.js"
import { ownLoopback } from "../test/support/loopback.js"

type Library = typeof ours

const native: Library | string = await import("zeromq").then(
  module => module as unknown as Library,
  (error: unknown) => String(error).split("\n", 1)[0] ?? "unknown reason",
)

/** A SOCKS5 server in a process of its own, and what it logs of each connection. */
class Proxy {
  readonly address: string
  log = ""
  private readonly process: ChildProcessByStdio<null, null, Readable>

  private constructor(address: string, process: ChildProcessByStdio<null, null, Readable>) {
    this.address = address
    this.process = process
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.log += text
    })
  }

  static async start(port: number, ...args: string[]): Promise<Proxy> {
    // An address that nobody else uses has every port free.
    const host = ownLoopback()
    const process = spawn("microsocks", ["-i", host, "-p", String(port), ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    })
    const proxy = new Proxy(`${host}:${port}`, process)
    while (!(await answers(port, host))) if (process.exitCode !== null) throw new Error(proxy.log)
    return proxy
  }

  /** Whether a connection to this endpoint went through the proxy. */
  async connected(endpoint: string): Promise<void> {
    const line = `connected to ${endpoint.replace("tcp://", "")}`
    while (!this.log.includes(line)) await once(this.process.stderr, "data")
  }

  async stop(): Promise<void> {
    this.process.kill()
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit")
  }
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect(port, host)
    const settle = (yes: boolean) => () => {
      socket.destroy()
      resolve(yes)
    }
    socket.once("connect", settle(true)).once("error", settle(false))
  })
}

const absent =
  typeof native === "string"
    ? `native zeromq absent: ${native}`
    : spawnSync("microsocks", ["-h"]).error !== undefined
      ? "microsocks is not installed"
      : undefined

const open: ours.Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
})

function make<S extends ours.Socket>(Type: new (options: object) => S, options = {}): S {
  const socket = new Type({ linger: 0, ...options })
  open.push(socket)
  return socket
}

async function until(socket: ours.Socket, type: string): Promise<void> {
  for await (const event of socket.events) if (event.type === type) return
}

if (absent !== undefined) test.skip(`tcp goes through a SOCKS5 proxy (${absent})`)
else {
  const libraries = { ours, native: native as Library }
  const directions = [
    { from: "ours", to: "native" },
    { from: "native", to: "ours" },
    { from: "ours", to: "ours" },
  ] as const

  describe("through a SOCKS5 proxy", async () => {
    const proxy = await Proxy.start(1080)
    afterAll(() => proxy.stop())

    test.each(directions)("$from asks $to, and is answered", async ({ from, to }) => {
      const reply = make(libraries[to].Reply)
      await reply.bind("tcp://127.0.0.1:*")
      const request = make(libraries[from].Request, { socksProxy: proxy.address })
      const endpoint = reply.lastEndpoint ?? ""
      request.connect(endpoint)
      for (const size of [0, 1, 100_000]) {
        await request.send([String(size), Buffer.alloc(size, "q")])
        const [, question] = await reply.receive()
        expect(question?.equals(Buffer.alloc(size, "q"))).toBe(true)
        await reply.send(Buffer.alloc(size, "a"))
        expect((await request.receive())[0]?.equals(Buffer.alloc(size, "a"))).toBe(true)
      }
      await proxy.connected(endpoint)
    })

    test.each(directions)("$from leaves the name of $to to the proxy", async ({ from, to }) => {
      const pull = make(libraries[to].Pull)
      await pull.bind("tcp://127.0.0.1:*")
      const endpoint = (pull.lastEndpoint ?? "").replace("127.0.0.1", "localhost")
      const push = make(libraries[from].Push, { socksProxy: proxy.address })
      push.connect(endpoint)
      await push.send("by name")
      expect(String(await pull.receive())).toBe("by name")
      await proxy.connected(endpoint)
    })

    test("ours sends thousands of messages to native, and none is lost or out of order", async () => {
      const pull = make(libraries.native.Pull)
      await pull.bind("tcp://127.0.0.1:*")
      const push = make(ours.Push, { socksProxy: proxy.address })
      push.connect(pull.lastEndpoint ?? "")
      const count = 20_000
      const sending = (async () => {
        for (let i = 0; i < count; i++) await push.send([String(i), Buffer.alloc(i % 2000)])
      })()
      for (let i = 0; i < count; i++) {
        const [number, body] = await pull.receive()
        if (String(number) !== String(i) || body?.length !== i % 2000) expect([String(number), i]).toBe(i)
      }
      await sending
    })

    test("ours connects anew through the proxy when the peer was not there, and when it is lost", async () => {
      const host = ownLoopback()
      const push = make(ours.Push, { socksProxy: proxy.address, reconnectInterval: 10 })
      const retried = until(push, "connect:retry")
      push.connect(`tcp://${host}:5555`)
      await retried
      for (const round of ["first", "second"]) {
        const pull = make(libraries.native.Pull)
        await pull.bind(`tcp://${host}:5555`)
        await push.send(round)
        expect(String(await pull.receive())).toBe(round)
        const lost = until(push, "disconnect")
        await pull.unbind(`tcp://${host}:5555`)
        pull.close()
        await lost
      }
    })

    test("a Stream of ours goes through it too", async () => {
      const server = net.createServer(socket => socket.end("welcome"))
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const { port } = server.address() as net.AddressInfo
      const stream = make(ours.Stream, { socksProxy: proxy.address })
      stream.connect(`tcp://127.0.0.1:${port}`, { routingId: "server" })
      const heard: string[] = []
      while (heard.length < 3) heard.push((await stream.receive()).join("|"))
      server.close()
      expect(heard).toEqual(["server|", "server|welcome", "server|"])
    })
  })

  describe("through a SOCKS5 proxy that asks for a password", async () => {
    const proxy = await Proxy.start(1081, "-u", "user", "-P", "secret")
    afterAll(() => proxy.stop())

    /** A Push that gives options by number, as subclasses of native sockets do. */
    function push(library: Library, password: string): ours.Push {
      class Subclass extends library.Push {
        constructor(options: object) {
          super(options)
          this.setStringOption(99, "user")
          this.setStringOption(100, password)
        }
      }
      return make(Subclass, { socksProxy: proxy.address })
    }

    test.each(directions)("$from gives it and reaches $to", async ({ from, to }) => {
      const pull = make(libraries[to].Pull)
      await pull.bind("tcp://127.0.0.1:*")
      const endpoint = pull.lastEndpoint ?? ""
      const sender = push(libraries[from], "secret")
      sender.connect(endpoint)
      await sender.send("let in")
      expect(String(await pull.receive())).toBe("let in")
      await proxy.connected(endpoint)
    })

    // Native ends the process when a proxy refuses.
    test("ours is not let in with a wrong one, and tries again", async () => {
      const sender = push(ours, "wrong")
      const retried = until(sender, "connect:retry")
      sender.connect("tcp://127.0.0.1:1")
      await retried
      expect(proxy.log).not.toContain("connected to 127.0.0.1:1\n")
    })
  })
}
