import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import { afterEach, describe, expect, test } from "vitest"
import { ipc } from "../../src/transports/ipc.js"
import { tcp } from "../../src/transports/tcp.js"
import type { Attempt, ByteStream } from "../../src/transports/transport.js"
import type { Bound } from "./support.js"
import {
  codeOf,
  connect,
  defaults,
  freshPath,
  leaveStale,
  listen,
  listenSync,
  Outcome,
  ownLoopback,
  pair,
  Recorder,
} from "./support.js"

const transports = [
  { name: "tcp", transport: tcp, fresh: () => `${ownLoopback()}:*` },
  { name: "ipc", transport: ipc, fresh: freshPath },
]

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe.each(transports)("a stream over $name", ({ transport, fresh }) => {
  async function streams(): Promise<{ bound: Bound; near: ByteStream; far: ByteStream }> {
    const all = await pair(transport, fresh())
    cleanups.push(
      () => all.bound.close(),
      () => {
        all.near.destroy()
        all.far.destroy()
      },
    )
    return all
  }

  /** Writes to a peer that does not read, until the kernel takes no more. Returns the bytes written. */
  function fill(stream: ByteStream, size = 1 << 20): number {
    let bytes = 0
    do bytes += size
    while (stream.write([Buffer.alloc(size)]))
    return bytes
  }

  test("delivers all bytes in order, whatever the sizes of the writes", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const receiver = new Recorder(far).start()
    const size = fc.oneof(
      { weight: 10, arbitrary: fc.nat(300) },
      { weight: 2, arbitrary: fc.nat(70_000) },
      { weight: 1, arbitrary: fc.nat(300_000) },
    )
    const writes = fc.array(fc.array(size, { minLength: 1, maxLength: 8 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(writes, async batches => {
        const sent: Buffer[] = []
        receiver.chunks.length = 0
        receiver.bytes = 0
        let total = 0
        for (const sizes of batches) {
          const chunks = sizes.map(length => randomBytes(length))
          sent.push(...chunks.map(chunk => Buffer.from(chunk)))
          total += chunks.reduce((sum, chunk) => sum + chunk.length, 0)
          const { drains } = sender
          if (near.write(chunks)) {
            // What is taken may be overwritten.
            for (const chunk of chunks) chunk.fill(0)
          } else {
            await sender.until(() => sender.drains > drains)
          }
        }
        await receiver.until(() => receiver.bytes >= total)
        expect(receiver.data.equals(Buffer.concat(sent))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test.each([1, 3])(
    "says that it is full with %i chunks a write, and once that it has drained",
    async parts => {
      const { near, far } = await streams()
      const sender = new Recorder(near).start()
      let written = 0
      let taken: boolean
      do {
        taken = near.write(Array.from({ length: parts }, () => Buffer.alloc(1 << 20)))
        written += parts << 20
      } while (taken)
      expect(sender.drains).toBe(0)
      const receiver = new Recorder(far)
      receiver.sink = () => undefined
      receiver.start()
      await sender.until(() => sender.drains > 0)
      await receiver.until(() => receiver.bytes === written)
      expect(near.write([Buffer.from("again")])).toBe(true)
      await receiver.until(() => receiver.bytes === written + 5)
      expect(sender.drains).toBe(1)
    },
  )

  test("tells of a drain even when only a few bytes had to wait", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const first = fill(near)
    const receiver = new Recorder(far)
    receiver.sink = () => {
      if (receiver.bytes < first) return
      far.pause()
    }
    receiver.start()
    await sender.until(() => sender.drains === 1)
    await receiver.until(() => receiver.bytes === first)
    // Small writes until one does not fit: what waits is far below any mark of Node.js' streams.
    let small = 0
    do small += 100
    while (near.write([Buffer.alloc(100)]))
    expect(sender.drains).toBe(1)
    receiver.sink = () => undefined
    far.resume()
    await sender.until(() => sender.drains === 2)
    await receiver.until(() => receiver.bytes === first + small)
  })

  test("reads nothing, and loses nothing, before it is started", async () => {
    const { near, far } = await streams()
    near.write([Buffer.from("early")])
    near.end()
    await turns()
    const receiver = new Recorder(far)
    expect(receiver.bytes).toBe(0)
    receiver.start()
    expect(await receiver.closed()).toBe(undefined)
    expect(receiver.data.toString()).toBe("early")
  })

  test("delivers nothing while paused, and everything after", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const receiver = new Recorder(far)
    let paused = false
    let whilePaused = 0
    let pauses = 0
    receiver.sink = () => {
      if (paused) whilePaused++
      far.pause()
      paused = true
      pauses++
      // Long enough for the kernel to have more.
      setImmediate(() =>
        setImmediate(() => {
          paused = false
          far.resume()
        }),
      )
    }
    receiver.start()
    const size = 3 << 20
    if (!near.write([randomBytes(size)])) await sender.until(() => sender.drains === 1)
    await receiver.until(() => receiver.bytes === size)
    expect(pauses).toBeGreaterThan(10)
    expect(whilePaused).toBe(0)
  })

  test("keeps at most a chunk or so of what arrives while it is paused", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const receiver = new Recorder(far).start()
    far.pause()
    const full = fill(near)
    await turns()
    expect(sender.drains).toBe(0)
    expect(receiver.bytes).toBe(0)
    receiver.sink = () => undefined
    far.resume()
    await receiver.until(() => receiver.bytes === full)
  })

  test("may be paused and resumed many times within a turn", async () => {
    const { near, far } = await streams()
    const receiver = new Recorder(far).start()
    for (let i = 0; i < 1000; i++) {
      far.pause()
      far.resume()
    }
    near.write([Buffer.from("x")])
    await receiver.until(() => receiver.bytes === 1)
  })

  test("closes without an error when the peer ends, after all data", async () => {
    const { near, far } = await streams()
    const receiver = new Recorder(far)
    let bytesAtClose = -1
    receiver.sink = () => undefined
    receiver.start()
    void receiver.closed().then(() => (bytesAtClose = receiver.bytes))
    new Recorder(near).start()
    const data = Buffer.alloc(5 << 20)
    near.write([data])
    near.end()
    expect(await receiver.closed()).toBe(undefined)
    await turns()
    expect(bytesAtClose).toBe(data.length)
    expect(receiver.closes).toHaveLength(1)
  })

  test("still sends what was written when the peer ends first", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const bytes = fill(near)
    // The far side ends its half and goes on reading.
    far.end()
    const receiver = new Recorder(far)
    receiver.sink = () => undefined
    await sender.closed()
    receiver.start()
    await receiver.closed()
    expect(receiver.bytes).toBe(bytes)
    expect(sender.drains).toBe(0)
    expect(sender.closes).toEqual([undefined])
  })

  test("closes with the error when the connection breaks, once", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    fill(near)
    // Unread data turns the end of a tcp connection into a reset; a Unix domain socket breaks the pipe.
    far.destroy()
    const error = await sender.closed()
    expect(["ECONNRESET", "EPIPE"]).toContain(error?.code)
    await turns()
    expect(sender.closes).toHaveLength(1)
    expect(sender.drains).toBe(0)
    expect(near.write([Buffer.from("late")])).toBe(false)
  })

  test("tells of a break that came before it was started", async () => {
    const { near, far } = await streams()
    const bytes = fill(near)
    far.destroy()
    await turns()
    const sender = new Recorder(near).start()
    expect(["ECONNRESET", "EPIPE"]).toContain((await sender.closed())?.code)
    expect(bytes).toBeGreaterThan(0)
  })

  test("is silent after destroy", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const receiver = new Recorder(far)
    receiver.sink = () => {
      far.destroy()
    }
    receiver.start()
    fill(near, 200_000)
    await sender.closed()
    await turns()
    // The first chunk was delivered; nothing came after it.
    expect(receiver.bytes).toBeLessThanOrEqual(65536)
    expect(receiver.closes).toEqual([])
    expect(receiver.drains).toBe(0)
  })

  test("survives any call after destroy", async () => {
    const { near } = await streams()
    new Recorder(near).start()
    near.destroy()
    near.pause()
    near.resume()
    expect(near.write([Buffer.from("x"), Buffer.from("y")])).toBe(false)
    near.end()
    near.destroy()
    await turns()
  })

  test("goes on when the process does not end after all, if nothing was left to write", async () => {
    const { near, far } = await streams()
    new Recorder(near).start()
    const receiver = new Recorder(far).start()
    near.writeAtExit([Buffer.from("a")], 0)
    near.write([Buffer.from("b")])
    await receiver.until(() => receiver.bytes === 2)
    expect(near.write([Buffer.from("c")])).toBe(true)
    await receiver.until(() => receiver.bytes === 3)
    expect(receiver.data.toString()).toBe("abc")
  })

  test("is over when the process does not end after all, rather than to write anything twice", async () => {
    const { near, far } = await streams()
    const sender = new Recorder(near).start()
    const sent = randomBytes(32 << 20)
    expect(near.write([sent])).toBe(false)
    near.writeAtExit([Buffer.alloc(1 << 20)], 0)
    await sender.until(() => sender.closes.length > 0)
    const receiver = new Recorder(far).start()
    await receiver.until(() => receiver.closes.length > 0)
    expect(receiver.bytes).toBeLessThan(sent.length)
    expect(receiver.data.equals(sent.subarray(0, receiver.bytes))).toBe(true)
  })

  test("knows the endpoints of both sides", async () => {
    const { bound, near, far } = await streams()
    expect(near.remoteEndpoint).toBe(bound.endpoint)
    expect(far.localEndpoint).toBe(bound.endpoint)
    expect(near.localEndpoint).toBe(far.remoteEndpoint)
    expect(far.peerAddress).toBe(transport === tcp ? "127.0.0.1" : "")
  })
})

describe.each(transports)("an attempt to connect over $name", ({ name, transport, fresh }) => {
  test("that is refused reports ECONNREFUSED", async () => {
    const bound = await listen(transport, fresh())
    const { address } = bound
    await bound.close()
    if (transport === ipc) await leaveStale(address)
    expect(await codeOf(() => connect(transport, address))).toBe("ECONNREFUSED")
  })

  test("never reports within the call, nor anything once it is cancelled", async () => {
    const bound = await listen(transport, fresh())
    cleanups.push(() => bound.close())
    const told = new Outcome()
    const attempts: Attempt[] = []
    for (const address of [bound.address, name === "tcp" ? "[::1]:1" : freshPath()]) {
      attempts.push(transport.connect(address, defaults, told))
    }
    expect(told.order).toEqual([])
    for (const attempt of attempts) attempt.cancel()
    const late = transport.connect(bound.address, defaults, told)
    await new Promise(resolve => setImmediate(resolve))
    late.cancel()
    late.cancel()
    const seen = [...told.order]
    await turns()
    expect(told.order).toEqual(seen)
    told.stream?.destroy()
  })

  test("is told to be pending once, before its outcome, over tcp alone", async () => {
    const bound = await listen(transport, fresh())
    const first = name === "tcp" ? ["pending"] : []
    const made = new Outcome()
    transport.connect(bound.address, defaults, made)
    await made.settled()
    expect(made.order).toEqual([...first, "connect"])
    made.stream?.destroy()
    await bound.close()
    const refused = new Outcome()
    transport.connect(bound.address, defaults, refused)
    await refused.settled()
    expect(refused.order).toEqual([...first, name === "tcp" ? "ECONNREFUSED, tried" : "ENOENT, tried"])
  })
})

describe.each(transports)("a listener over $name", ({ name, transport, fresh }) => {
  test("can bind synchronously", async () => {
    const bound = listenSync(transport, fresh())
    cleanups.push(() => bound.close())
    const near = await connect(transport, bound.address)
    const far = await bound.accept()
    const receiver = new Recorder(far).start()
    near.write([Buffer.from("hello")])
    near.end()
    await receiver.closed()
    expect(receiver.data.toString()).toBe("hello")
  })

  test("frees its endpoint at once, while an accepted connection lives on", async () => {
    const { bound, near, far } = await pair(transport, fresh())
    const { address } = bound
    for (const again of [listen, listenSync]) {
      await bound.close()
      const second = await again(transport, address)
      const other = await connect(transport, second.address)
      ;(await second.accept()).destroy()
      other.destroy()
      await second.close()
    }
    const receiver = new Recorder(far).start()
    near.write([Buffer.from("still here")])
    near.end()
    await receiver.closed()
    expect(receiver.data.toString()).toBe("still here")
    expect(await codeOf(() => connect(transport, address))).toBe(name === "tcp" ? "ECONNREFUSED" : "ENOENT")
  })

  test("and connections let the process end by themselves", async () => {
    const script = `
      import { tcp } from ${JSON.stringify(source("tcp"))}
      import { ipc } from ${JSON.stringify(source("ipc"))}
      const transport = { tcp, ipc }[${JSON.stringify(name)}]
      const options = ${JSON.stringify(defaults)}
      const streams = []
      const handler = {
        onConnection: stream => streams.push(stream), onConnect: stream => streams.push(stream), onError() {},
        onPending() {}, onData() {}, onDrain() {}, onClose() {},
      }
      const listener = await transport.listen(${JSON.stringify(fresh())}, options, handler)
      const sync = transport.listenSync(${JSON.stringify(name === "tcp" ? "127.0.0.1:*" : "*")}, options, handler)
      const hold = setInterval(() => {}, 1000)
      transport.connect(listener.endpoint.slice(6), options, handler)
      while (streams.length < 2) await new Promise(resolve => setImmediate(resolve))
      for (const stream of streams) stream.start(handler)
      streams[0].write([Buffer.from("x")])
      clearInterval(hold)
      process.on("exit", () => console.log("ended by itself", streams.length, sync.endpoint))
    `
    const output = await new Promise<string>((resolve, reject) => {
      const args = ["--import", "tsx", "--input-type=module", "-e", script]
      execFile(process.execPath, args, { cwd: root, timeout: 15_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(stderr, { cause: error }))
      })
    })
    expect(output).toContain("ended by itself 2")
    if (name === "ipc") {
      const socket = output.trim().split("ipc://")[1] as string
      expect(await codeOf(() => connect(ipc, socket))).toBe("ENOENT")
    }
  })
})

const root = fileURLToPath(new URL("../..", import.meta.url))

function source(name: string): string {
  return new URL(`../../src/transports/${name}.ts`, import.meta.url).href
}

/** Lets some rounds of the event loop pass. Only for showing that nothing happens. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}
