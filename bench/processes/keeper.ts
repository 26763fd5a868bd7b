/**
 * A PULL socket whose user keeps one message in `every`, as a last-value cache does, and drops the rest. Reports
 * how many it kept and how many bytes they hold. Needs --expose-gc.
 */
import { serve } from "./control.js"
import { bytesInUse } from "./memory.js"
import { checkMessage, ringOf } from "./messages.js"
import { endOf, load } from "./sockets.js"

const [specifier = "zmtp", every = ""] = process.argv.slice(2)
const zmq = await load(specifier)
const socket = new zmq.Pull()

/** Receives `count` messages and puts one in `every` into `kept`. */
async function receive(size: number, count: number, kept: Buffer[] | undefined): Promise<void> {
  const ring = ringOf(size)
  const step = Number(every)
  for (let at = 0; at < count; at++) {
    const parts = await socket.receive()
    checkMessage(at, ring[at % ring.length] as Buffer, parts, "cheap")
    if (kept !== undefined && at % step === 0) kept[at / step] = parts[0] as Buffer
  }
}

let warm = false

await serve(
  endOf(socket, async (size, count) => {
    if (!warm) {
      warm = true
      await receive(size, count, undefined)
      return []
    }
    const nothing = Buffer.alloc(0)
    const kept = new Array<Buffer>(Math.ceil(count / Number(every))).fill(nothing)
    await receive(size, count, kept)
    const ring = ringOf(size)
    for (const [index, message] of kept.entries()) {
      const at = index * Number(every)
      checkMessage(at, ring[at % ring.length] as Buffer, [message], "all")
    }
    // What letting them go frees is what they cost; growth would count compiled code and the like as well.
    const keeping = await bytesInUse()
    kept.fill(nothing)
    return [kept.length, keeping - (await bytesInUse())]
  }),
)
