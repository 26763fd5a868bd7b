/**
 * The process whose memory the soak watches: a bound PULL that takes all that its peers send, or a bound PUB that sends
 * as fast as it can to whoever is there. Needs --expose-gc, which it only uses when asked what it holds.
 */
import { bytesInUse } from "./memory.js"
import { messageOf, readMessage, topicOf } from "./soak-messages.js"
import { obey, type HubOrder, type HubRole, type Sample, type Total } from "./soak-orders.js"
import { PauseMeter } from "./soak-pauses.js"
import { load, type Endable } from "./sockets.js"

const zmq = await load(process.argv[2] ?? "zmtp")

/** One end at full speed: it counts what passes, and knows when nothing more has to come. */
interface Hub {
  readonly socket: Endable
  readonly count: number
  readonly dropped?: number
  /** Runs until something is wrong. */
  run(): Promise<void>
  expect(peer: number, count: number): void
  /** Resolves when all that is expected has come. */
  complete(): Promise<void>
}

class PullHub implements Hub {
  readonly socket = new zmq.Pull()
  count = 0
  /** The number of the next message, by peer, and of the last one of those that are to arrive in full. */
  readonly #next: number[] = []
  readonly #expected = new Map<number, number>()

  async run(): Promise<void> {
    for (;;) {
      const [peer, number] = readMessage(await this.socket.receive())
      const next = this.#next[peer] ?? 0
      if (number !== next) throw new Error(`message ${number} of peer ${peer} came instead of ${next}`)
      this.#next[peer] = next + 1
      this.count++
    }
  }

  expect(peer: number, count: number): void {
    this.#expected.set(peer, count)
  }

  async complete(): Promise<void> {
    for (const [peer, count] of this.#expected) {
      while ((this.#next[peer] ?? 0) < count) await new Promise(setImmediate)
    }
    this.#expected.clear()
  }
}

class PublishHub implements Hub {
  readonly socket = new zmq.Publisher()
  count = 0

  get dropped(): number {
    return (this.socket as { dropped?: number }).dropped ?? NaN
  }

  async run(): Promise<void> {
    for (let number = 0; ; number = (number + 1) >>> 0) {
      await this.socket.send([topicOf(number), ...messageOf(0, number)])
      this.count++
    }
  }

  expect(): void {}

  async complete(): Promise<void> {}
}

const hubs: Record<HubRole, () => Hub> = { pull: () => new PullHub(), publish: () => new PublishHub() }

let hub: Hub
let start = 0n
let startCount = 0
let startDropped = 0
let meter = new PauseMeter()

function sample(): Sample {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { messages: hub.count - startCount, rss, heapUsed, external }
}

async function total(): Promise<Total> {
  const nanoseconds = Number(process.hrtime.bigint() - start)
  await hub.complete()
  const dropped = (hub.dropped ?? NaN) - startDropped
  return {
    messages: hub.count - startCount,
    nanoseconds,
    ...(!Number.isNaN(dropped) && { dropped }),
    pauses: meter.stop(),
  }
}

async function act(order: HubOrder, fail: (error: unknown) => void): Promise<unknown> {
  switch (order.order) {
    case "bind":
      hub = hubs[order.role]()
      await hub.socket.bind("tcp://127.0.0.1:*")
      hub.run().catch(fail)
      return hub.socket.lastEndpoint
    case "begin":
      start = process.hrtime.bigint()
      startCount = hub.count
      startDropped = hub.dropped ?? NaN
      meter = new PauseMeter()
      return meter.start()
    case "sample":
      return sample()
    case "expect":
      return hub.expect(order.peer, order.count)
    case "total":
      return total()
    case "held":
      await hub.complete()
      return bytesInUse()
  }
}

obey(act, () => process.exit())
