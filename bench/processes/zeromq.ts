/**
 * One end of a flow over a package with the API of `zeromq` 6, in a process of its own: plain `await send` and
 * `await receive`, default options. Which package and which end are the two arguments; nothing below asks
 * which package it is.
 */
import { serve, type End } from "./control.js"
import { summarize } from "./latency.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, load, type Zeromq } from "./sockets.js"

function pushing(zmq: Zeromq): End {
  const socket = new zmq.Push()
  return endOf(socket, async (size, count) => {
    const ring = ringOf(size)
    for (let at = 0; at < count;) {
      for (const message of ring) {
        await socket.send(message)
        if (++at === count) break
      }
    }
    return []
  })
}

/** Reports the nanoseconds from the first message to the last. */
function pulling(zmq: Zeromq): End {
  const socket = new zmq.Pull()
  return endOf(socket, async (size, count, check) => {
    const ring = ringOf(size)
    let first = 0n
    for (let at = 0; at < count;) {
      for (const expected of ring) {
        const parts = await socket.receive()
        if (at === 0) first = process.hrtime.bigint()
        const last = at === count - 1
        checkMessage(at, expected, parts, last ? "all" : check)
        at++
        if (last) break
      }
    }
    return [Number(process.hrtime.bigint() - first)]
  })
}

function requesting(zmq: Zeromq): End {
  const socket = new zmq.Request()
  return endOf(socket, async (size, count, check) => {
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
    return summarize(nanoseconds)
  })
}

function replying(zmq: Zeromq): End {
  const socket = new zmq.Reply()
  return endOf(socket, async (_size, count) => {
    for (let at = 0; at < count; at++) {
      const parts = await socket.receive()
      await socket.send(parts)
    }
    return []
  })
}

const ends: Record<string, (zmq: Zeromq) => End> = {
  push: pushing,
  pull: pulling,
  request: requesting,
  reply: replying,
}

const [specifier = "zmtp", role = ""] = process.argv.slice(2)
const make = ends[role]
if (make === undefined) throw new Error(`no such end: ${role}`)
await serve(make(await load(specifier)))
