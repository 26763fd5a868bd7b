/**
 * A publisher and its subscribers: many subscribers of everything, or one with many topics, of which half of what is
 * published matches one.
 */
import type { End } from "./control.js"
import { ringOf, topicOf, topicRing, wantedOf } from "./messages.js"
import { endOf, type Zeromq } from "./sockets.js"
import { receiveAll, sendAll, type Sender } from "./streams.js"

/** A publisher that drops nothing, what a subscriber cannot take waits, and hears of every subscription. */
function publisherOf(zmq: Zeromq): { socket: InstanceType<Zeromq["XPublisher"]>; patient: Sender } {
  const socket = new zmq.XPublisher({ noDrop: true, verbosity: "allSubs" })
  // The native publisher's send does not wait for room, but fails.
  const send = async (message: Buffer): Promise<void> => {
    for (;;) {
      try {
        return await socket.send(message)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
        await new Promise(setImmediate)
      }
    }
  }
  return { socket, patient: { send } }
}

/** Sends nothing before so many peers have subscribed. */
export function publishing(zmq: Zeromq, sockets: number): End {
  const { socket, patient } = publisherOf(zmq)
  let subscribed = 0
  return endOf(socket, async (size, count) => {
    for (; subscribed < sockets; subscribed++) await socket.receive()
    await sendAll(patient, ringOf(size), count)
    return []
  })
}

/** So many subscribers of everything. Reports the nanoseconds from the first delivery to the last. */
export function subscribing(zmq: Zeromq, sockets: number): End {
  const all = Array.from({ length: sockets }, () => new zmq.Subscriber())
  return {
    bind: () => Promise.reject(new Error("the subscribers only connect")),
    async connect(endpoint) {
      for (const socket of all) {
        socket.connect(endpoint)
        socket.subscribe("")
      }
    },
    async run(size, count, check) {
      const ring = ringOf(size)
      const moments = await Promise.all(all.map(socket => receiveAll(socket, ring, count, check)))
      const first = moments.reduce(
        (least, [moment]) => (moment < least ? moment : least),
        moments[0]?.[0] ?? 0n,
      )
      const last = moments.reduce((most, [, moment]) => (moment > most ? moment : most), 0n)
      return [Number(last - first)]
    },
    close() {
      for (const socket of all) socket.close()
    },
  }
}

/** Sends, once all topics are subscribed to, until `count` messages have matched one. */
export function publishingTopics(zmq: Zeromq, topics: number): End {
  const { socket, patient } = publisherOf(zmq)
  let subscribed = 0
  return endOf(socket, async (size, count) => {
    for (; subscribed < topics; subscribed++) await socket.receive()
    // Every other message matches, and the first of the ring does.
    const ring = topicRing(size, topics)
    const rounds = Math.floor(count / wantedOf(ring).length)
    const rest = count % wantedOf(ring).length
    await sendAll(patient, ring, rounds * ring.length + Math.max(0, 2 * rest - 1))
    return []
  })
}

/** One subscriber of so many topics. Reports the nanoseconds from the first delivery to the last. */
export function subscribingTopics(zmq: Zeromq, topics: number): End {
  const socket = new zmq.Subscriber()
  // Subscriptions are messages to the publisher, and libzmq drops those beyond the high-water mark of 1,000. The
  // packages offer this option on sockets that send only.
  const ZMQ_SNDHWM = 23
  const setter = socket as unknown as { setInt32Option(option: number, value: number): void }
  setter.setInt32Option(ZMQ_SNDHWM, 0)
  const end = endOf(socket, async (size, count, check) => {
    const [first, last] = await receiveAll(socket, wantedOf(topicRing(size, topics)), count, check)
    return [Number(last - first)]
  })
  return {
    ...end,
    async connect(endpoint) {
      await end.connect(endpoint)
      for (let topic = 0; topic < topics; topic++) socket.subscribe(topicOf(topic))
    },
  }
}
