/**
 * A peer in the soak, which comes, sends or receives as fast as it can, and leaves when told to, or is killed. It checks
 * what it receives: order and content; a publisher may have dropped messages, which it counts.
 */
import { messageOf, readMessage, TOPICS } from "./soak-messages.js"
import { obey, type Left, type PeerOrder } from "./soak-orders.js"
import { load } from "./sockets.js"

const zmq = await load(process.argv[2] ?? "zmtp")

/** Ends what it began, and says what it did. */
type Leave = () => Promise<Left>

function push(endpoint: string, peer: number, fail: (error: unknown) => void): Leave {
  const socket = new zmq.Push()
  socket.connect(endpoint)
  let isLeaving = false
  let count = 0
  const run = async (): Promise<void> => {
    while (!isLeaving) await socket.send(messageOf(peer, count++))
  }
  const running = run()
  running.catch(fail)
  return async () => {
    isLeaving = true
    await running
    socket.close()
    return { count, missed: 0 }
  }
}

/** Some subscribe to one topic, some to all. */
function subscribe(endpoint: string, peer: number, stalls: boolean, fail: (error: unknown) => void): Leave {
  const socket = new zmq.Subscriber()
  const topic = TOPICS[peer % (TOPICS.length + 1)]
  const step = topic === undefined ? 1 : TOPICS.length
  socket.subscribe(topic ?? "")
  socket.connect(endpoint)
  let isLeaving = false
  let count = 0
  let missed = 0
  const run = async (): Promise<void> => {
    let last: number | undefined
    for await (const [found, ...parts] of socket) {
      const [, number] = readMessage(parts)
      const expected = TOPICS[number % TOPICS.length] as Buffer
      if (found?.equals(expected) !== true || (topic !== undefined && !topic.equals(expected))) {
        throw new Error(`message ${number} came under topic ${String(found)}`)
      }
      if (last !== undefined && number <= last) throw new Error(`message ${number} came after ${last}`)
      if (last !== undefined) missed += (number - last) / step - 1
      last = number
      count++
      if (isLeaving) return
    }
  }
  if (!stalls) {
    run().catch((error: unknown) => {
      if (!isLeaving) fail(error)
    })
  }
  return async () => {
    isLeaving = true
    socket.close()
    return { count, missed }
  }
}

let leave: Leave = () => Promise.reject(new Error("nothing to leave"))
let hasLeft = false

async function act(order: PeerOrder, fail: (error: unknown) => void): Promise<Left | undefined> {
  if (order.order === "leave") {
    hasLeft = true
    return leave()
  }
  const { role, endpoint, peer } = order
  leave = role === "push" ? push(endpoint, peer, fail) : subscribe(endpoint, peer, role === "stall", fail)
  return undefined
}

// One that has left ends when its socket has sent what it had queued.
obey(act, () => {
  if (!hasLeft) process.exit()
})
