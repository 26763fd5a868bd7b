/** Questions and answers: one socket that asks or many at once, and what answers them. */
import type { Check, End } from "./control.js"
import { summarize } from "./latency.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, type Endable, type Zeromq } from "./sockets.js"
import type { Receiver, Sender } from "./streams.js"

type Asker = Sender & Receiver

async function requestAll(socket: Asker, size: number, count: number, check: Check): Promise<Float64Array> {
  const ring = ringOf(size)
  const nanoseconds = new Float64Array(count)
  for (let at = 0; at < count;) {
    for (const message of ring) {
      const start = process.hrtime.bigint()
      await socket.send(message)
      const parts = await socket.receive()
      nanoseconds[at] = Number(process.hrtime.bigint() - start)
      const last = at === count - 1
      checkMessage(at, message, parts, last ? "all" : check)
      at++
      if (last) break
    }
  }
  return nanoseconds
}

/** Reports what latency.ts makes of the round trips. */
export function requesting(socket: Asker): End {
  return endOf(socket, async (size, count, check) => summarize(await requestAll(socket, size, count, check)))
}

/**
 * So many sockets that ask at the same time, each `count` times. Reports the nanoseconds that all took together. They
 * connect in the first run, so that its figure is the time from the first `connect` until all have had an answer.
 */
export function requestingMany(all: readonly Asker[]): End {
  let endpoint = ""
  return {
    bind: () => Promise.reject(new Error("they only connect")),
    connect(given) {
      endpoint = given
      return Promise.resolve()
    },
    async run(size, count, check) {
      const start = process.hrtime.bigint()
      if (endpoint !== "") for (const socket of all) socket.connect(endpoint)
      endpoint = ""
      await Promise.all(all.map(socket => requestAll(socket, size, count, check)))
      return [Number(process.hrtime.bigint() - start)]
    },
    close() {
      for (const socket of all) socket.close()
    },
  }
}

/** Answers `count` messages of each of so many peers with themselves. */
async function answerAll(
  socket: Endable & { receive(): Promise<Buffer[]>; send(parts: Buffer[]): Promise<void> },
  messages: number,
): Promise<void> {
  for (let at = 0; at < messages; at++) {
    const parts = await socket.receive()
    await socket.send(parts)
  }
}

export function replying(zmq: Zeromq, sockets: number): End {
  const socket = new zmq.Reply()
  return endOf(socket, async (_size, count) => {
    await answerAll(socket, count * sockets)
    return []
  })
}

/**
 * A ROUTER that sends back what comes. Reports the bytes by which the process's memory (RSS) grew. So many connect at
 * once that the system would turn most away for a second or more with the default backlog of 100.
 */
export function echoing(zmq: Zeromq, sockets: number): End {
  const socket = new zmq.Router({ backlog: sockets })
  return endOf(socket, async (_size, count) => {
    const before = process.memoryUsage.rss()
    await answerAll(socket, count * sockets)
    return [process.memoryUsage.rss() - before]
  })
}
