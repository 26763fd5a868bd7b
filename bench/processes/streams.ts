/** Messages in one direction: the loops that send and receive them, and the ends of flows that do nothing else. */
import type { Check, End } from "./control.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, type Endable, type Zeromq } from "./sockets.js"

export interface Sender {
  send(message: Buffer): Promise<void>
}
export type Receiver = Endable & { receive(): Promise<Buffer[]> }

// An index and no iterator: what goes round the ring must not weigh beside what is measured.
export async function sendAll(socket: Sender, ring: readonly Buffer[], count: number): Promise<void> {
  for (let at = 0, place = 0; at < count; at++) {
    await socket.send(ring[place] as Buffer)
    if (++place === ring.length) place = 0
  }
}

/** Resolves with the moments of the first and of the last message. */
export async function receiveAll(
  socket: Receiver,
  ring: readonly Buffer[],
  count: number,
  check: Check,
  envelope = 0,
): Promise<readonly [bigint, bigint]> {
  let first = 0n
  for (let at = 0, place = 0; at < count; at++) {
    const parts = await socket.receive()
    if (at === 0) first = process.hrtime.bigint()
    checkMessage(at, ring[place] as Buffer, parts, at === count - 1 ? "all" : check, envelope)
    if (++place === ring.length) place = 0
  }
  return [first, process.hrtime.bigint()]
}

export function sending(socket: Endable & Sender): End {
  return endOf(socket, async (size, count) => {
    await sendAll(socket, ringOf(size), count)
    return []
  })
}

/** Reports the nanoseconds from the first message to the last. */
export function receiving(socket: Receiver, envelope = 0): End {
  return endOf(socket, async (size, count, check) => {
    const [first, last] = await receiveAll(socket, ringOf(size), count, check, envelope)
    return [Number(last - first)]
  })
}

/** A sender and a receiver in this process, over inproc. */
export function alone(zmq: Zeromq): End {
  const [push, pull] = [new zmq.Push(), new zmq.Pull()]
  return {
    async bind(endpoint) {
      await pull.bind(endpoint)
      push.connect(endpoint)
      return endpoint
    },
    connect: () => Promise.reject(new Error("nobody else is there")),
    async run(size, count, check) {
      const ring = ringOf(size)
      const received = receiveAll(pull, ring, count, check)
      await sendAll(push, ring, count)
      const [first, last] = await received
      return [Number(last - first)]
    },
    close() {
      push.close()
      pull.close()
    },
  }
}
