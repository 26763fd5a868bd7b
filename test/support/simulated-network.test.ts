import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { ByteStream, StreamHandler } from "../../src/transports/transport.js"
import { defaults } from "../transports/support.js"
import { type NetworkOptions, SimulatedNetwork } from "./simulated-network.js"
import { SimulatedRuntime } from "./simulated-runtime.js"

/** Writes known bytes in pieces of random size, as fast as the stream takes them, and then ends. */
class Source implements StreamHandler {
  drains = 0
  readonly closes: (string | undefined)[] = []
  private readonly stream: ByteStream
  private readonly runtime: SimulatedRuntime
  private readonly size: number
  private sent = 0
  private pieces: Buffer[] = []

  constructor(stream: ByteStream, runtime: SimulatedRuntime, size: number) {
    this.stream = stream
    this.runtime = runtime
    this.size = size
    stream.start(this)
    this.go()
  }

  private go(): void {
    while (this.sent < this.size) {
      this.pieces = [0, 1].map(() => {
        const length = Math.min(this.size - this.sent, this.runtime.integer(0, 3000))
        const piece = Buffer.from(Array.from({ length }, (_, i) => (this.sent + i) % 251))
        this.sent += length
        return piece
      })
      if (!this.stream.write(this.pieces)) return
      this.overwrite()
    }
    this.stream.end()
  }

  /** What is taken is the caller's again. */
  private overwrite(): void {
    for (const piece of this.pieces) piece.fill(255)
  }

  onData(): void {
    throw new Error("Nobody writes to a source")
  }

  onDrain(): void {
    this.drains++
    this.overwrite()
    this.go()
  }

  onClose(error?: NodeJS.ErrnoException): void {
    this.closes.push(error?.code)
  }
}

/** Takes bytes, now and then with a pause, and checks that they are the known ones. */
class Sink implements StreamHandler {
  bytes = 0
  chunks = 0
  readonly closes: (string | undefined)[] = []
  private readonly stream: ByteStream
  private readonly runtime: SimulatedRuntime
  private paused = false

  constructor(stream: ByteStream, runtime: SimulatedRuntime) {
    this.stream = stream
    this.runtime = runtime
    stream.start(this)
  }

  onData(chunk: Buffer): void {
    if (this.paused) throw new Error("Data while paused")
    if (this.closes.length > 0) throw new Error("Data after the end")
    for (const byte of chunk)
      if (byte !== this.bytes++ % 251) throw new Error(`Wrong byte at ${this.bytes - 1}`)
    this.chunks++
    if (this.runtime.random() < 0.9) return
    this.paused = true
    this.stream.pause()
    this.runtime.setTimeout(() => {
      this.paused = false
      this.stream.resume()
    }, 20)
  }

  onDrain(): void {
    throw new Error("A sink writes nothing")
  }

  onClose(error?: NodeJS.ErrnoException): void {
    this.closes.push(error?.code)
  }
}

/** One listener and some clients that each send `size` bytes. */
async function play(seed: number, options: Partial<NetworkOptions>, clients: number, size: number) {
  const runtime = new SimulatedRuntime(seed)
  const network = new SimulatedNetwork(runtime, options)
  const sinks: Sink[] = []
  const sources: Source[] = []
  const errors: (string | undefined)[] = []
  const listener = network.listenSync("*:*", defaults, {
    onConnection: stream => sinks.push(new Sink(stream, runtime)),
    onError: error => errors.push(error.code),
  })
  for (let i = 0; i < clients; i++) {
    network.connect(listener.endpoint.replace("tcp://0.0.0.0", "127.0.0.1"), defaults, {
      onPending() {},
      onConnect: stream => sources.push(new Source(stream, runtime, size)),
      onError: error => errors.push(error.code),
    })
  }
  return { runtime, network, listener, sinks, sources, errors }
}

describe("a simulated network", () => {
  test("delivers everything in order, through any cuts, delays, pauses and full buffers", async () => {
    const cases = fc.record({
      seed: fc.integer(),
      buffer: fc.integer({ min: 1, max: 8192 }),
      size: fc.nat(30_000),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, buffer, size }) => {
        const game = await play(seed, { buffer: Math.max(buffer, size >> 7) }, 2, size)
        await game.runtime.run()
        expect(game.sinks.map(sink => [sink.bytes, sink.closes])).toEqual([
          [size, [undefined]],
          [size, [undefined]],
        ])
        expect(game.sources.map(source => source.closes)).toEqual([[undefined], [undefined]])
        expect(game.network.connections).toBe(0)
      }),
      { numRuns: 15 },
    )
  })

  test("fills up: a write returns false and drains later", async () => {
    const game = await play(1, { buffer: 1000 }, 1, 50_000)
    await game.runtime.run()
    expect(game.sources[0]?.drains).toBeGreaterThan(10)
  })

  test("does the same again with the same seed, and something else with another", async () => {
    const story = async (seed: number): Promise<unknown> => {
      const game = await play(seed, { buffer: 2000, breaks: 0.002 }, 3, 20_000)
      const count = await game.runtime.run()
      return [count, game.runtime.now(), game.sinks.map(sink => [sink.chunks, sink.bytes, sink.closes])]
    }
    expect(await story(7)).toEqual(await story(7))
    expect(await story(7)).not.toEqual(await story(8))
  })

  test("cuts connections: both sides see a reset", async () => {
    const game = await play(3, { buffer: 500 }, 3, 100_000)
    await game.runtime.run(100)
    expect(game.network.connections).toBe(3)
    game.network.cut()
    await game.runtime.run()
    const resets = (all: { closes: (string | undefined)[] }[]): number =>
      all.filter(one => one.closes[0] === "ECONNRESET").length
    expect([resets(game.sinks), resets(game.sources)]).toEqual([1, 1])
    expect([...game.sinks, ...game.sources].every(one => one.closes.length === 1)).toBe(true)
  })

  test("breaks connections by chance", async () => {
    const game = await play(4, { breaks: 0.05, buffer: 500 }, 5, 100_000)
    await game.runtime.run()
    expect(game.sources.map(source => source.closes)).toEqual(Array(5).fill(["ECONNRESET"]))
  })

  test("lets a process crash and come back", async () => {
    const game = await play(5, { buffer: 500 }, 2, 100_000)
    await game.runtime.run(100)
    game.network.crash(game.listener.endpoint)
    await game.runtime.run()
    expect(game.sources.map(source => source.closes)).toEqual([["ECONNRESET"], ["ECONNRESET"]])
    expect(game.sinks.map(sink => sink.closes)).toEqual([[], []])
    const outcome: string[] = []
    const address = game.listener.endpoint.slice(6)
    const attempt = () =>
      game.network.connect(address, defaults, {
        onPending() {},
        onConnect: () => outcome.push("connected"),
        onError: error => outcome.push(error.code ?? ""),
      })
    attempt()
    await game.runtime.run()
    game.network.listenSync(address, defaults, { onConnection() {}, onError() {} })
    attempt()
    attempt().cancel()
    await game.runtime.run()
    expect(outcome).toEqual(["ECONNREFUSED", "connected"])
  })
})

describe("a simulated runtime", () => {
  test("runs timers in the order of their times, and the clock jumps", async () => {
    const runtime = new SimulatedRuntime(1)
    const seen: [string, number][] = []
    const note = (name: string) => () => seen.push([name, runtime.now()])
    runtime.setTimeout(note("late"), 1e9)
    runtime.setTimeout(note("same, second"), 5)
    runtime.clearTimeout(runtime.setTimeout(note("never"), 1))
    runtime.setTimeout(note("early"), 2)
    runtime.setTimeout(note("same, third"), 5)
    expect(await runtime.run(100)).toBe(3)
    expect(runtime.now()).toBe(100)
    await runtime.run()
    expect(seen).toEqual([
      ["early", 2],
      ["same, second", 5],
      ["same, third", 5],
      ["late", 1e9],
    ])
  })

  test("finishes promises, and then the turn, before the next event", async () => {
    const runtime = new SimulatedRuntime(1)
    const seen: string[] = []
    runtime.setTimeout(() => {
      runtime.afterIO(() => seen.push("after I/O"))
      runtime.afterTurn(() => seen.push("turn"))
      void Promise.resolve()
        .then(() => seen.push("promise"))
        .then(() => runtime.afterTurn(() => seen.push("turn of a promise")))
    }, 0)
    runtime.setTimeout(() => seen.push("next"), 0)
    await runtime.run()
    expect(seen).toEqual(["promise", "turn", "turn of a promise", "next", "after I/O"])
  })

  test("says so when it never comes to rest", async () => {
    const runtime = new SimulatedRuntime(1)
    const again = (): void => {
      runtime.setTimeout(again, 1)
    }
    again()
    await expect(runtime.run(Infinity, 50)).rejects.toThrow("More than 50 events")
  })
})
