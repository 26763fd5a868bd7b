/**
 * The floor under every round trip: the same bytes there and back over a bare `node:net` connection, without
 * protocol, queue or promise. No library on Node.js sockets can be faster than this.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { serve, type End } from "./control.js"
import { summarize } from "./latency.js"
import { checkMessage, ringOf } from "./messages.js"

function replying(): End {
  const open = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    socket.on("data", chunk => socket.write(chunk))
    socket.on("close", () => open.delete(socket))
    socket.on("error", () => socket.destroy())
  })
  return {
    bind: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject)
        server.listen(0, "127.0.0.1", () =>
          resolve(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`),
        )
      }),
    connect: () => Promise.reject(new Error("the echo only binds")),
    run: () => Promise.resolve([]),
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function requesting(): End {
  let socket: Socket | undefined
  return {
    bind: () => Promise.reject(new Error("the requester only connects")),
    connect: endpoint =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(endpoint)
        socket = connect({ host: hostname, port: Number(port), noDelay: true }, resolve)
        socket.on("error", reject)
      }),
    run: (size, count, check) =>
      new Promise((resolve, reject) => {
        const ring = ringOf(size)
        const nanoseconds = new Float64Array(count)
        const connection = socket
        if (connection === undefined) return reject(new Error("not connected"))
        let at = 0
        let start = 0n
        let message: Buffer = Buffer.alloc(0)
        let arrived: Buffer[] = []
        let bytes = 0
        const ask = (): void => {
          message = ring[at % ring.length] ?? message
          start = process.hrtime.bigint()
          connection.write(message)
        }
        const hear = (chunk: Buffer): void => {
          arrived.push(chunk)
          bytes += chunk.length
          if (bytes < size) return
          nanoseconds[at] = Number(process.hrtime.bigint() - start)
          try {
            const reply = arrived.length === 1 ? arrived : [Buffer.concat(arrived)]
            checkMessage(at, message, reply, at === count - 1 ? "all" : check)
          } catch (error) {
            connection.off("data", hear)
            return reject(error instanceof Error ? error : new Error(String(error)))
          }
          arrived = []
          bytes = 0
          if (++at < count) return ask()
          connection.off("data", hear)
          resolve(summarize(nanoseconds))
        }
        connection.on("data", hear)
        ask()
      }),
    close: () => socket?.destroy(),
  }
}

const role = process.argv[2]
await serve(role === "reply" ? replying() : requesting())
