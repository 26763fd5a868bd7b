import { once } from "node:events"
import net, { type AddressInfo } from "node:net"
import { Worker } from "node:worker_threads"
import { afterEach, describe, expect, it } from "vitest"
import { LastWrites, type WritableHandle } from "../../src/transports/last-writes.js"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanups.splice(0)) await each()
})

/** So much surely does not fit into the kernel. */
const MUCH = 16 * 1024 * 1024

/** Two ends of a connection: what is written to, and a peer that does not read yet. */
async function connection(): Promise<{ writer: LastWrites; peer: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const accepted = once(server, "connection") as Promise<[net.Socket]>
  const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1")
  await once(socket, "connect")
  const [peer] = await accepted
  cleanups.push(
    () => socket.destroy(),
    () => peer.destroy(),
    () => server.close(),
  )
  return { writer: LastWrites.on((socket as WritableHandle)._handle) as LastWrites, peer }
}

describe("the last writes of a process", () => {
  it("leave in order and unchanged, although their memory is used again after each", async () => {
    const { writer, peer } = await connection()
    const wanted: Buffer[] = []
    const memory = Buffer.alloc(MUCH)
    for (let i = 1; i <= 20; i++) {
      const chunk = i === 1 ? memory : memory.subarray(0, 1000 * i)
      chunk.fill(i)
      wanted.push(Buffer.from(chunk))
      writer.write([chunk], 0)
    }
    memory.fill(0xee)
    const all = Buffer.concat(wanted)
    const got: Buffer[] = []
    let length = 0
    for await (const chunk of peer as AsyncIterable<Buffer>) {
      got.push(chunk)
      length += chunk.length
      if (length >= all.length) break
      writer.write([], 0)
    }
    expect(Buffer.concat(got).equals(all)).toBe(true)
  })

  it("go on to all peers while one of them is waited for", async () => {
    // The thread reads the second connection to its end before it reads from the first.
    const worker = new Worker(
      `
      const { parentPort, workerData: { length } } = require("node:worker_threads")
      const net = require("node:net")
      const server = net.createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1", () => {
        parentPort.postMessage(server.address().port)
      })
      const peers = []
      const read = async peer => {
        let got = 0
        for await (const chunk of peer) if ((got += chunk.length) === length) break
        parentPort.postMessage(got)
      }
      server.on("connection", peer => {
        if (peers.push(peer) === 2) read(peers[1]).then(() => read(peers[0]))
      })`,
      { eval: true, workerData: { length: MUCH } },
    )
    cleanups.push(() => worker.terminate())
    const [port] = (await once(worker, "message")) as [number]
    const writers: LastWrites[] = []
    for (let i = 0; i < 2; i++) {
      const socket = net.connect(port, "127.0.0.1")
      cleanups.push(() => socket.destroy())
      await once(socket, "connect")
      writers.push(LastWrites.on((socket as WritableHandle)._handle) as LastWrites)
    }
    for (const writer of writers) writer.write([Buffer.alloc(MUCH)], 0)
    writers[0]?.write([], 600_000)
    expect(await once(worker, "message")).toEqual([MUCH])
    expect(await once(worker, "message")).toEqual([MUCH])
  })

  it("wait for all peers that take nothing as long as for one", async () => {
    const connections = await Promise.all(Array.from({ length: 30 }, connection))
    for (const { writer } of connections) writer.write([Buffer.alloc(MUCH)], 0)
    for (const { writer } of connections) writer.write([], -1)
  })

  it("to a peer that has left come to nothing, and disturb nobody", async () => {
    const [gone, other] = [await connection(), await connection()]
    gone.writer.write([Buffer.alloc(MUCH)], 0)
    gone.peer.resetAndDestroy()
    await once(gone.peer, "close")
    gone.writer.write([Buffer.alloc(MUCH)], 600_000)
    other.writer.write([Buffer.from("x")], 600_000)
    expect(await once(other.peer.resume(), "data")).toEqual([Buffer.from("x")])
  })

  it("are not for connections without a descriptor", () => {
    for (const handle of [undefined, null, {}, { fd: -1 }]) expect(LastWrites.on(handle)).toBeUndefined()
  })
})
