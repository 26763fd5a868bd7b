/**
 * One end of a flow over a package with the API of `zeromq` 6, in a process of its own: plain `await send` and
 * `await receive`, default options. Which package, which end, and how many sockets the many-sided end has are the
 * arguments; nothing below asks which package it is.
 */
import { serve, type Check, type End } from "./control.js"
import { summarize } from "./latency.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, load, type Endable, type Zeromq } from "./sockets.js"

interface Sender {
  send(message: Buffer): Promise<void>
}
type Receiver = Endable & { receive(): Promise<Buffer[]> }
type Requester = InstanceType<Zeromq["Request"]>

// An index and no iterator: what goes round the ring must not weigh beside what is measured.
async function sendAll(socket: Sender, size: number, count: number): Promise<void> {
  const ring = ringOf(size)
  for (let at = 0, place = 0; at < count; at++) {
    await socket.send(ring[place] as Buffer)
    if (++place === ring.length) place = 0
  }
}

/** Resolves with the moments of the first and of the last message. */
async function receiveAll(
  socket: Receiver,
  size: number,
  count: number,
  check: Check,
  envelope = 0,
): Promise<readonly [bigint, bigint]> {
  const ring = ringOf(size)
  let first = 0n
  for (let at = 0, place = 0; at < count; at++) {
    const parts = await socket.receive()
    if (at === 0) first = process.hrtime.bigint()
    checkMessage(at, ring[place] as Buffer, parts, at === count - 1 ? "all" : check, envelope)
    if (++place === ring.length) place = 0
  }
  return [first, process.hrtime.bigint()]
}

function sending(socket: Endable & Sender): End {
  return endOf(socket, async (size, count) => {
    await sendAll(socket, size, count)
    return []
  })
}

/** Reports the nanoseconds from the first message to the last. */
function receiving(socket: Receiver, envelope = 0): End {
  return endOf(socket, async (size, count, check) => {
    const [first, last] = await receiveAll(socket, size, count, check, envelope)
    return [Number(last - first)]
  })
}

async function requestAll(
  socket: Requester,
  size: number,
  count: number,
  check: Check,
): Promise<Float64Array> {
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

function requesting(zmq: Zeromq): End {
  const socket = new zmq.Request()
  return endOf(socket, async (size, count, check) => summarize(await requestAll(socket, size, count, check)))
}

/** So many sockets that ask at the same time, each `count` times. Reports the nanoseconds that all took together. */
function requestingMany(zmq: Zeromq, sockets: number): End {
  const all = Array.from({ length: sockets }, () => new zmq.Request())
  return {
    bind: () => Promise.reject(new Error("the requesters only connect")),
    async connect(endpoint) {
      for (const socket of all) socket.connect(endpoint)
    },
    async run(size, count, check) {
      const start = process.hrtime.bigint()
      await Promise.all(all.map(socket => requestAll(socket, size, count, check)))
      return [Number(process.hrtime.bigint() - start)]
    },
    close() {
      for (const socket of all) socket.close()
    },
  }
}

function replying(zmq: Zeromq, sockets: number): End {
  const socket = new zmq.Reply()
  return endOf(socket, async (_size, count) => {
    for (let at = 0; at < count * sockets; at++) {
      const parts = await socket.receive()
      await socket.send(parts)
    }
    return []
  })
}

/** Sends nothing before so many peers have subscribed, and drops nothing: what a subscriber cannot take waits. */
function publishing(zmq: Zeromq, sockets: number): End {
  const socket = new zmq.XPublisher({ noDrop: true, verbosity: "allSubs" })
  let subscribed = 0
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
  const patient = { send }
  return endOf(socket, async (size, count) => {
    for (; subscribed < sockets; subscribed++) await socket.receive()
    await sendAll(patient, size, count)
    return []
  })
}

/** So many subscribers of everything. Reports the nanoseconds from the first delivery to the last. */
function subscribing(zmq: Zeromq, sockets: number): End {
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
      const moments = await Promise.all(all.map(socket => receiveAll(socket, size, count, check)))
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

/** A sender and a receiver in this process, over inproc. */
function alone(zmq: Zeromq): End {
  const [push, pull] = [new zmq.Push(), new zmq.Pull()]
  return {
    async bind(endpoint) {
      await pull.bind(endpoint)
      push.connect(endpoint)
      return endpoint
    },
    connect: () => Promise.reject(new Error("nobody else is there")),
    async run(size, count, check) {
      const received = receiveAll(pull, size, count, check)
      await sendAll(push, size, count)
      const [first, last] = await received
      return [Number(last - first)]
    },
    close() {
      push.close()
      pull.close()
    },
  }
}

const ends: Record<string, (zmq: Zeromq, sockets: number) => End> = {
  push: zmq => sending(new zmq.Push()),
  pull: zmq => receiving(new zmq.Pull()),
  dealer: zmq => sending(new zmq.Dealer()),
  router: zmq => receiving(new zmq.Router(), 1),
  request: requesting,
  reply: replying,
  requesters: requestingMany,
  publish: publishing,
  subscribers: subscribing,
  alone,
}

const [specifier = "zmtp", role = "", sockets = "1"] = process.argv.slice(2)
const make = ends[role]
if (make === undefined) throw new Error(`no such end: ${role}`)
await serve(make(await load(specifier), Number(sockets)))
