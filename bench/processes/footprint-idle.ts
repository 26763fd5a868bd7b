/**
 * One end of many connections over which nothing happens: so many DEALERs that have each had one answer, or the
 * ROUTER that gave it. Reports how many bytes the process grew by, in use and resident. Needs --expose-gc.
 */
import { serve, type End } from "./control.js"
import { bytesInUse } from "./memory.js"
import { endOf, load, type Zeromq } from "./sockets.js"

/** What `make` leaves behind, after garbage collection. */
async function growthOf(make: () => Promise<void>): Promise<readonly number[]> {
  const used = await bytesInUse()
  const resident = process.memoryUsage.rss()
  await make()
  return [(await bytesInUse()) - used, process.memoryUsage.rss() - resident]
}

function answering(zmq: Zeromq): End {
  const socket = new zmq.Router()
  return endOf(socket, (_size, count) =>
    growthOf(async () => {
      for (let at = 0; at < count; at++) await socket.send(await socket.receive())
    }),
  )
}

function asking(zmq: Zeromq): End {
  const sockets: InstanceType<Zeromq["Dealer"]>[] = []
  let to = ""
  const join = async (): Promise<void> => {
    const socket = new zmq.Dealer()
    sockets.push(socket)
    socket.connect(to)
    await socket.send("?")
    await socket.receive()
  }
  return {
    bind: () => Promise.reject(new Error("these only connect")),
    async connect(endpoint) {
      to = endpoint
    },
    run: (_size, count) =>
      growthOf(async () => {
        for (let at = 0; at < count; at++) await join()
      }),
    close() {
      for (const socket of sockets) socket.close()
    },
  }
}

const [specifier = "zmtp", role = ""] = process.argv.slice(2)
const zmq = await load(specifier)
await serve(role === "router" ? answering(zmq) : asking(zmq))
