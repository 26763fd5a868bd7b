/**
 * The ends of short connections: a publisher that answers each subscription by a message, or subscribers, one after
 * another, that connect, wait for it and leave. Those report the milliseconds from `connect` to the message: of the first
 * connection of both processes, and the median of the others.
 */
import { serve, type End } from "./control.js"
import { endOf, load, type Zeromq } from "./sockets.js"

function publishing(zmq: Zeromq): End {
  // A subscriber may come before the last one is seen to have left.
  const socket = new zmq.XPublisher({ verbosity: "allSubs" })
  const answer = async (): Promise<void> => {
    for await (const [notice] of socket) if (notice?.[0] === 1) await socket.send("news")
  }
  void answer()
  return endOf(socket, () => Promise.reject(new Error("this only answers")))
}

function subscribing(zmq: Zeromq): End {
  let to = ""
  const join = async (): Promise<number> => {
    const socket = new zmq.Subscriber({ linger: 0 })
    socket.subscribe()
    const start = performance.now()
    socket.connect(to)
    await socket.receive()
    const time = performance.now() - start
    socket.close()
    return time
  }
  return {
    bind: () => Promise.reject(new Error("these only connect")),
    async connect(endpoint) {
      to = endpoint
    },
    async run(_size, count) {
      const first = await join()
      const others: number[] = []
      for (let at = 1; at < count; at++) others.push(await join())
      others.sort((a, b) => a - b)
      return [first, others[others.length >> 1] ?? NaN]
    },
    close() {},
  }
}

const [specifier = "zmtp", role = ""] = process.argv.slice(2)
const zmq = await load(specifier)
await serve(role === "publisher" ? publishing(zmq) : subscribing(zmq))
