import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { thrifty, thriftySocket } from "../../src/transports/intake.js"
import { NetStream } from "../../src/transports/net-stream.js"
import { Recorder } from "./support.js"

const later: (() => void)[] = []
afterEach(() => {
  for (const each of later.splice(0)) each()
})

/** Two connected sockets, the accepted one paused. */
async function sockets(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  const [far] = (await once(server, "connection")) as [Socket]
  server.close()
  later.push(() => near.destroy())
  return { near, far }
}

const ends = { localEndpoint: "", remoteEndpoint: "", peerAddress: "" }

it("reads into the handler's memory, 256 KiB at a time", () => {
  const [socket, intake] = thriftySocket()
  const space = Buffer.alloc(1_000_000)
  const came: Buffer[] = []
  intake.handler = {
    space: () => space,
    onData: chunk => came.push(chunk),
    onDrain: () => undefined,
    onClose: () => undefined,
  }
  const { buffer, callback } = intake.onread
  const given = (buffer as () => Uint8Array)()
  expect([given.buffer === space.buffer, given.byteOffset, given.length]).toEqual([
    true,
    space.byteOffset,
    262_144,
  ])
  callback(1000, given)
  expect(came.map(chunk => [chunk.buffer === space.buffer, chunk.byteOffset, chunk.length])).toEqual([
    [true, space.byteOffset, 1000],
  ])
  socket.destroy()
})

describe("an accepted socket", () => {
  it("is read into memory that is used again", async () => {
    const { near, far } = await sockets()
    const [socket, intake] = thrifty(far)
    const memory = new Set<ArrayBufferLike>()
    const recorder = new Recorder(new NetStream(socket, ends, intake))
    recorder.sink = chunk => memory.add(chunk.buffer)
    recorder.start()
    for (let count = 1; count <= 3; count++) {
      near.write("x")
      await recorder.until(() => recorder.bytes === count)
    }
    expect(memory.size).toBe(1)
    recorder.stream.destroy()
  })

  it("stays as it is, and works, where its handle does not let us", async () => {
    const { near, far } = await sockets()
    const { _handle: handle } = far as unknown as { _handle: object }
    Object.defineProperty(handle, "useUserBuffer", { value: undefined })
    const [socket, intake] = thrifty(far)
    expect([socket, intake]).toEqual([far, undefined])
    const recorder = new Recorder(new NetStream(socket, ends, intake)).start()
    near.write("hello")
    await recorder.until(() => recorder.bytes === 5)
    expect(String(recorder.data)).toBe("hello")
    recorder.stream.destroy()
  })
})
