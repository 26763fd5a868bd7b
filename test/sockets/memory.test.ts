/** Whose memory received parts have, over each transport and of each kind of message; and what happens when it is given away. */
import { once } from "node:events"
import net from "node:net"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as v5 from "../../src/v5-compat.js"
import { giveAway, isAlone } from "../support/memory.js"
import { makeDraft } from "./draft/support.js"
import {
  bindTcp,
  freePath,
  inproc,
  joined,
  later,
  make,
  makeAny,
  ours,
  outcome,
  parity,
  settled,
  until,
  type AnySocket,
  type Library,
  type Results,
} from "./support.js"

/** Sizes around the limits of copying, of a read and of a page. */
const SIZES = [0, 1, 16, 17, 64, 65, 100, 128, 129, 1000, 9000, 16_384, 16_385, 70_000, 300_000]

const TRANSPORTS: Record<string, () => string> = {
  tcp: () => "tcp://127.0.0.1:*",
  ipc: () => `ipc://${freePath()}`,
  inproc: () => inproc("memory"),
}

/** What a program sees of the memory of a part. */
function shape(part: Buffer): object {
  const { byteOffset, length, buffer } = part
  return { length, byteOffset, memory: buffer.byteLength, kind: buffer.constructor.name }
}

async function pair(library: Library, endpoint: string, options?: object): Promise<[AnySocket, AnySocket]> {
  const pull = makeAny(library, "Pull", options)
  const push = makeAny(library, "Push")
  await pull.bind(endpoint)
  push.connect(pull.lastEndpoint ?? "")
  return [push, pull]
}

describe("the memory of a received part", () => {
  for (const [name, endpoint] of Object.entries(TRANSPORTS)) {
    parity(
      `is its own, as with native, whatever its size and however it was sent, over ${name}`,
      async library => {
        const [push, pull] = await pair(library, endpoint())
        const results: Results = {}
        for (const size of SIZES) {
          const bytes = Buffer.alloc(size, 1)
          await push.send([bytes, bytes.toString(), Buffer.alloc(size + 9).subarray(9), "end"])
          results[size] = (await pull.receive()).map(shape)
        }
        await push.send([null, "", 12.5])
        results.texts = (await pull.receive()).map(shape)
        return results
      },
    )

    it(`holds what was sent, and is no other part's to lose, over ${name}`, async () => {
      const [push, pull] = await pair(ours, endpoint())
      const body = fc.tuple(fc.oneof(fc.nat(300), fc.constantFrom(...SIZES.slice(0, -1))), fc.nat(255))
      const message = fc.array(body, { minLength: 1, maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), async plan => {
          const sent = plan.map(parts => parts.map(([size, fill]) => Buffer.alloc(size, fill)))
          for (const parts of sent) await push.send(parts)
          const kept: Buffer[] = []
          const wanted: Buffer[] = []
          for (const parts of sent) {
            const received = await pull.receive()
            expect(received.every(isAlone)).toBe(true)
            for (const [i, part] of received.entries()) {
              if (i % 2 === 0) expect(giveAway(part).equals(parts[i] as Buffer)).toBe(true)
              else {
                kept.push(part)
                wanted.push(parts[i] as Buffer)
              }
            }
          }
          expect(kept.length).toBe(wanted.length)
          expect(kept.every((part, i) => part.equals(wanted[i] as Buffer))).toBe(true)
          // Nor was the sender's memory taken.
          expect(sent.map(parts => parts.map(part => part.length))).toEqual(
            plan.map(parts => parts.map(([size]) => size)),
          )
        }),
        { numRuns: 40 },
      )
    })
  }

  it("is its own with tryReceive, iteration and batches too", async () => {
    const pull = make(ours.Pull)
    const push = make(ours.Push)
    push.connect(await bindTcp(pull))
    const send = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await push.send(["a", Buffer.alloc(200, i)])
    }
    await send()
    await until(() => pull.readable)
    const received: Buffer[] = []
    while (received.length < 100) received.push(...(pull.tryReceive() ?? (await pull.receive())))
    await send()
    for await (const message of pull) {
      received.push(...message)
      if (received.length === 200) break
    }
    for (const options of [undefined, {}, { copy: true }]) {
      const before = received.length
      await send()
      for await (const batch of pull.batches(options)) {
        received.push(...batch.flat())
        if (received.length === before + 100) break
      }
    }
    expect(received).toHaveLength(500)
    expect(received.every(isAlone)).toBe(true)
  })

  it("is of use to typed arrays", async () => {
    const [push, pull] = await pair(ours, "tcp://127.0.0.1:*")
    for (const count of [1, 16, 17, 1000, 20_000]) {
      const numbers = Float64Array.from({ length: count }, (_, i) => i)
      await push.send(["f64", numbers])
      const [, part] = (await pull.receive()) as [Buffer, Buffer]
      expect(new Float64Array(part.buffer)).toEqual(numbers)
      expect(new Float64Array(part.buffer, part.byteOffset, count)).toEqual(numbers)
    }
  })

  parity("is its own for routing ids, envelopes and subscriptions", async library => {
    const results: Results = {}
    for (const [name, endpoint] of Object.entries(TRANSPORTS)) {
      const router = makeAny(library, "Router")
      const request = makeAny(library, "Request")
      const dealer = makeAny(library, "Dealer", { routingId: "an id that was chosen" })
      await router.bind(endpoint())
      for (const peer of [request, dealer]) peer.connect(router.lastEndpoint ?? "")
      await request.send("question")
      const [generated, ...rest] = (await router.receive()) as [Buffer, ...Buffer[]]
      await dealer.send("hello")
      const chosen = await router.receive()
      await router.send([generated, "", "answer"])
      const answer = await request.receive()
      results[`${name}: ids`] = [[generated, ...rest], chosen, answer].map(parts => parts.map(shape))

      const xpub = makeAny(library, "XPublisher")
      const sub = makeAny(library, "Subscriber") as AnySocket & { subscribe(...topics: string[]): void }
      await xpub.bind(`${endpoint()}${name === "tcp" ? "" : "x"}`)
      sub.connect(xpub.lastEndpoint ?? "")
      const topic = "t".repeat(200)
      sub.subscribe("topic", topic)
      const told = [await xpub.receive(), await xpub.receive()].flat().sort((a, b) => a.length - b.length)
      sub.close()
      // What is told of one that left.
      told.push(...(await xpub.receive()), ...(await xpub.receive()))
      results[`${name}: subscriptions`] = told
        .map(shape)
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
    }
    return results
  })

  it("is its own for routing ids each time: a program may write to one, or give it away", async () => {
    const router = makeAny(ours, "Router")
    const dealer = makeAny(ours, "Dealer", { routingId: "r".repeat(100) })
    await joined(router, dealer)
    for (let i = 0; i < 3; i++) {
      await dealer.send(String(i))
      const [id] = (await router.receive()) as [Buffer]
      expect(String(giveAway(id))).toBe("r".repeat(100))
    }
    await router.send(["r".repeat(100), "still there"])
    expect(String((await dealer.receive())[0])).toBe("still there")
  })

  parity("is its own for the chunks of a Stream, and for its notices", async library => {
    const stream = makeAny(library, "Stream")
    const endpoint = await bindTcp(stream)
    const socket = net.connect(Number(endpoint.split(":").pop()), "127.0.0.1")
    later(() => socket.destroy())
    await once(socket, "connect")
    const notice = await stream.receive()
    const results: Results = { notice: notice.map(shape) }
    for (const size of [5, 1000]) {
      socket.write(Buffer.alloc(size))
      results[size] = (await stream.receive()).map(shape)
    }
    return results
  })

  it("is its own for groups and packets", async () => {
    const dish = makeDraft(ours, "Dish")
    dish.join("group")
    await dish.bind("udp://127.0.0.1:*")
    const radio = makeDraft(ours, "Radio")
    radio.connect(dish.lastEndpoint ?? "")
    await radio.send(Buffer.alloc(500), { group: "group" })
    const [body, { group }] = (await dish.receive()) as unknown as [Buffer, { group: Buffer }]
    expect([body, group].map(isAlone)).toEqual([true, true])

    const [one, other] = [makeDraft(ours, "Datagram"), makeDraft(ours, "Datagram")]
    await one.bind("udp://127.0.0.1:*")
    await other.bind("udp://127.0.0.1:*")
    await other.send([one.lastEndpoint?.slice("udp://".length) ?? "", Buffer.alloc(500)])
    expect((await one.receive()).map(isAlone)).toEqual([true, true])
  })

  it("is its own for what a proxy captures", async () => {
    const [front, back] = [make(ours.Pull), make(ours.Push)]
    const proxy = new ours.Proxy(front, back)
    const [capture, watcher] = [make(ours.Push), makeAny(ours, "Pull")]
    proxy.capture = capture
    await watcher.bind(inproc("capture"))
    capture.connect(inproc("capture"))
    const [sender, receiver] = [makeAny(ours, "Push"), makeAny(ours, "Pull")]
    sender.connect(await bindTcp(front))
    await receiver.bind(inproc("behind"))
    back.connect(inproc("behind"))
    const running = proxy.run()
    for (let i = 0; i < 20; i++) await sender.send(Buffer.alloc(300, i))
    for (let i = 0; i < 20; i++) {
      const parts = [...(await watcher.receive()), ...(await receiver.receive())]
      expect(parts.map(isAlone)).toEqual([true, true])
      expect(giveAway(parts[0] as Buffer).equals(Buffer.alloc(300, i))).toBe(true)
      expect(parts[1]?.equals(Buffer.alloc(300, i))).toBe(true)
    }
    proxy.terminate()
    await running
  })

  it("is its own in version 5", async () => {
    const [push, pull] = [v5.socket("push"), v5.socket("pull")]
    later(() => {
      push.close()
      pull.close()
    })
    pull.bindSync("tcp://127.0.0.1:*")
    push.connect(String(pull.getsockopt("last_endpoint")))
    const message = once(pull, "message")
    push.send(["x", Buffer.alloc(300)])
    expect(((await message) as Buffer[]).map(isAlone)).toEqual([true, true])
  })

  it("that is an inproc subscriber's is not the others'", async () => {
    const publisher = make(ours.Publisher)
    await publisher.bind(inproc("fan"))
    const subscribers = [1, 2].map(() => make(ours.Subscriber))
    for (const each of subscribers) {
      each.connect(inproc("fan"))
      each.subscribe()
    }
    const sent = Buffer.alloc(1000, 1)
    await publisher.send(sent)
    const [one, other] = await Promise.all(subscribers.map(async each => (await each.receive())[0] as Buffer))
    giveAway(one as Buffer)
    expect([other?.length, sent.length]).toEqual([1000, 1000])
    sent.fill(2)
    expect(other?.every(byte => byte === 1)).toBe(true)
  })

  it("that was sent over inproc may be given away by the sender at once", async () => {
    const [push, pull] = await pair(ours, inproc("sender"))
    for (const size of [10, 200, 100_000]) {
      const part = Buffer.from(new ArrayBuffer(size)).fill(1)
      await push.send(part)
      giveAway(part)
      expect((await pull.receive())[0]?.equals(Buffer.alloc(size, 1))).toBe(true)
    }
  })
})

describe("zeroCopyReceive", () => {
  const READING = [
    ...["Pair", "Subscriber", "Request", "Reply", "Dealer", "Router", "Pull", "XPublisher", "XSubscriber"],
    "Stream",
  ]

  it("is false at first, and a property of sockets that receive", () => {
    for (const name of READING) {
      const socket = makeAny(ours, name) as AnySocket & { zeroCopyReceive: boolean }
      expect(socket.zeroCopyReceive).toBe(false)
      socket.zeroCopyReceive = true
      expect(socket.zeroCopyReceive).toBe(true)
      expect(make(ours.Pull, { zeroCopyReceive: true }).zeroCopyReceive).toBe(true)
    }
    for (const name of ["Push", "Publisher"]) {
      expect(() => makeAny(ours, name, { zeroCopyReceive: true })).toThrow(TypeError)
    }
  })

  it("takes a boolean and nothing else, while the socket is open", async () => {
    const pull = make(ours.Pull)
    const set = (value: unknown): unknown => settled(() => Reflect.set(pull, "zeroCopyReceive", value, pull))
    expect(await set(1)).toEqual(["throws", "TypeError: Option value must be a boolean {}"])
    pull.close()
    const closed = ["throws", expect.stringContaining("code=ENOTSOCK")]
    expect(await set(true)).toEqual(closed)
    expect(await outcome(() => pull.zeroCopyReceive)).toEqual(closed)
  })

  /** Sends so many messages, and gives the parts that come. */
  async function exchange(push: AnySocket, pull: AnySocket, sizes: readonly number[]): Promise<Buffer[]> {
    for (const [i, size] of sizes.entries()) await push.send(Buffer.alloc(size, i))
    const parts: Buffer[] = []
    while (parts.length < sizes.length) parts.push(...(await pull.receive()))
    return parts
  }

  const MANY = Array<number>(400).fill(200)

  it("lets parts of more than 64 bytes share memory, of 64 KiB at most, and may be set and cleared at any time", async () => {
    const [push, pull] = await pair(ours, "tcp://127.0.0.1:*", { zeroCopyReceive: true })
    const shared = await exchange(push, pull, MANY)
    expect(shared.every((part, i) => part.equals(Buffer.alloc(200, i)))).toBe(true)
    const memories = new Set(shared.map(part => part.buffer))
    expect(memories.size).toBeLessThan(MANY.length / 2)
    expect([...memories].every(({ byteLength }) => byteLength <= 65_536)).toBe(true)
    expect((await exchange(push, pull, Array<number>(400).fill(64))).every(isAlone)).toBe(true)
    ;(pull as unknown as ours.Pull).zeroCopyReceive = false
    expect((await exchange(push, pull, MANY)).every(isAlone)).toBe(true)
    ;(pull as unknown as ours.Pull).zeroCopyReceive = true
    expect((await exchange(push, pull, MANY)).every(isAlone)).toBe(false)
  })

  it("does not let parts of a transfer take others along, now or later", async () => {
    const [push, pull] = await pair(ours, "tcp://127.0.0.1:*", { zeroCopyReceive: true })
    const { port1, port2 } = new MessageChannel()
    later(() => port1.close())
    for (let round = 0; round < 3; round++) {
      const parts = await exchange(push, pull, MANY)
      for (const part of parts.slice(0, 20)) {
        const moved = await settled(() => port1.postMessage(part, [part.buffer as ArrayBuffer]))
        // Node.js 20 copies the memory; later versions throw.
        if (!process.version.startsWith("v20."))
          expect(moved).toEqual(["throws", expect.stringMatching(/DataCloneError/)])
        expect(part).toHaveLength(200)
      }
      expect(parts.every((part, i) => part.equals(Buffer.alloc(200, i)))).toBe(true)
    }
    port2.close()
  })

  it("holds for batches as for receive, and copy: false for one loop and all sizes", async () => {
    const [push, pull] = await pair(ours, "tcp://127.0.0.1:*", { zeroCopyReceive: true })
    const batches = async (options: ours.BatchOptions, size: number): Promise<Buffer[]> => {
      for (const i of MANY.keys()) await push.send(Buffer.alloc(size, i))
      const parts: Buffer[] = []
      for await (const batch of (pull as unknown as ours.Pull).batches(options)) {
        parts.push(...batch.flat())
        if (parts.length === MANY.length) break
      }
      return parts
    }
    expect((await batches({}, 200)).every(isAlone)).toBe(false)
    expect((await batches({}, 10)).every(isAlone)).toBe(true)
    expect((await batches({ copy: false }, 10)).every(isAlone)).toBe(false)
    expect((await batches({}, 10)).every(isAlone)).toBe(true)
  })

  it("changes nothing for messages from a socket of the same process", async () => {
    const [push, pull] = await pair(ours, inproc("same"), { zeroCopyReceive: true })
    expect((await exchange(push, pull, MANY)).every(isAlone)).toBe(true)
  })

  it("passes any message on, in any order, to every kind of reader", async () => {
    const [push, pull] = await pair(ours, "tcp://127.0.0.1:*", { zeroCopyReceive: true })
    const message = fc.array(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (plan, share) => {
          ;(pull as unknown as ours.Pull).zeroCopyReceive = share
          for (const [i, sizes] of plan.entries()) await push.send(sizes.map(size => Buffer.alloc(size, i)))
          for (const [i, sizes] of plan.entries()) {
            const parts = await pull.receive()
            expect(parts.map(part => part.length)).toEqual(sizes)
            expect(parts.every(part => part.equals(Buffer.alloc(part.length, i)))).toBe(true)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
