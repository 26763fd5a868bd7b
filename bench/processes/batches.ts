/**
 * One end of a stream through the door that this package has and the native one has not: `trySend`, with a `send`
 * where it would have to wait, and `batches({ copy: false })`, or `batches()` by itself where that is asked for. It counts and checks what `zeromq.ts` does.
 */
import { serve, type End } from "./control.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, load, type Zeromq } from "./sockets.js"

interface OwnPush extends InstanceType<Zeromq["Push"]> {
  trySend(message: Buffer): boolean
}

interface OwnPull extends InstanceType<Zeromq["Pull"]> {
  batches(options?: { copy: boolean }): AsyncIterable<Buffer[][]>
}

function pushing(zmq: Zeromq): End {
  const socket = new zmq.Push() as OwnPush
  return endOf(socket, async (size, count) => {
    const ring = ringOf(size)
    for (let at = 0, place = 0; at < count; at++) {
      const message = ring[place] as Buffer
      if (!socket.trySend(message)) await socket.send(message)
      if (++place === ring.length) place = 0
    }
    return []
  })
}

/** Reports the nanoseconds from the first message to the last. */
function pulling(zmq: Zeromq, copy: boolean): End {
  const socket = new zmq.Pull() as OwnPull
  return endOf(socket, async (size, count, check) => {
    const ring = ringOf(size)
    let first = 0n
    let at = 0
    let place = 0
    for await (const batch of copy ? socket.batches() : socket.batches({ copy: false })) {
      if (at === 0) first = process.hrtime.bigint()
      for (const parts of batch) {
        checkMessage(at, ring[place] as Buffer, parts, at === count - 1 ? "all" : check)
        at++
        if (++place === ring.length) place = 0
      }
      if (at >= count) break
    }
    return [Number(process.hrtime.bigint() - first)]
  })
}

const ends: Record<string, (zmq: Zeromq, copy: boolean) => End> = { push: pushing, pull: pulling }

const [specifier = "zmtp", role = "", copying] = process.argv.slice(2)
const make = ends[role]
if (make === undefined) throw new Error(`no such end: ${role}`)
await serve(make(await load(specifier), copying === "copy"))
