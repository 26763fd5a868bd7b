import { describe, expect, it } from "vitest"
import { linger } from "../../src/peers/lingering.js"
import { SessionPipe, type PipeOptions } from "../../src/peers/session-pipe.js"
import type { Session } from "../../src/peers/session.js"
import { FakeRuntime } from "../support/fake-runtime.js"
import { messageFrames } from "../support/frames.js"
import { FakeListener, readAll, writeUntilFull } from "../support/peer-options.js"

/** A session that takes the queue whenever it may, and lets the test say when that is with the kernel. */
class FakeSession {
  stalled = false
  open = true
  writing = false
  readonly written: Buffer[] = []
  readonly faults: string[] = []
  readonly subscriptions: string[] = []
  transmissions = 0
  onPump: (() => void) | undefined
  readonly pipe: SessionPipe

  constructor(pipe: SessionPipe) {
    this.pipe = pipe
    pipe.attach(this as unknown as Session)
  }

  transmit(): void {
    if (this.writing || this.pipe.encoder.byteLength === 0) return
    this.transmissions++
    this.written.push(Buffer.concat(this.pipe.take()))
    if (this.open) this.pipe.taken()
    else this.writing = true
  }

  drain(): void {
    this.writing = false
    this.pipe.taken()
    this.transmit()
  }

  pump(): void {
    this.onPump?.()
  }

  pumpInto(): void {
    this.onPump?.()
  }

  fault(reason: string): void {
    this.faults.push(reason)
  }

  subscription(subscribe: boolean, topic: Uint8Array): void {
    this.subscriptions.push(`${subscribe} ${String(Buffer.from(topic))}`)
  }
}

function setUp(options: Partial<PipeOptions> = {}) {
  const runtime = new FakeRuntime()
  const listener = new FakeListener()
  const all = { sendHighWaterMark: 3, receiveHighWaterMark: 4, conflate: false, ...options }
  const pipe = new SessionPipe("tcp://a:1", listener, all, runtime)
  return { runtime, listener, pipe, connect: () => new FakeSession(pipe) }
}

const texts = (session: FakeSession): string => Buffer.concat(session.written).toString("latin1")
const wire = (...messages: string[]): string =>
  Buffer.concat(messages.map(text => messageFrames([text]))).toString("latin1")

describe("writing to a pipe", () => {
  it("fills it up to its mark while there is no connection, and not beyond", () => {
    const { pipe, listener } = setUp()
    expect(writeUntilFull(pipe)).toBe(3)
    expect(pipe.canWrite()).toBe(false)
    expect(pipe.unsent).toBe(3)
    expect(listener.told).toEqual([])
  })

  it("has no limit with a mark of zero", () => {
    const { pipe } = setUp({ sendHighWaterMark: 0 })
    expect(writeUntilFull(pipe, 5000)).toBe(5000)
  })

  it("sends what was queued when the connection is there, and reports room once", () => {
    const { pipe, listener, connect } = setUp()
    for (const text of ["a", "b", "c"]) pipe.write([text])
    expect(pipe.write(["d"])).toBe(false)
    const session = connect()
    expect(texts(session)).toBe(wire("a", "b", "c"))
    expect(listener.told).toEqual(["established", "writable"])
    expect(pipe.unsent).toBe(0)
  })

  it("gathers a turn's messages in one write", () => {
    const { pipe, runtime, connect } = setUp({ sendHighWaterMark: 100 })
    const session = connect()
    pipe.write(["first"])
    expect(session.transmissions).toBe(1)
    for (const text of ["a", "b", "c"]) pipe.write([text])
    expect(session.transmissions).toBe(1)
    runtime.endTurn()
    expect(session.transmissions).toBe(2)
    expect(texts(session)).toBe(wire("first", "a", "b", "c"))
    pipe.write(["d"])
    runtime.endTurn()
    expect(session.transmissions).toBe(3)
  })

  it("sends at once what is written after a quiet time, and gathers what follows closely", () => {
    const { pipe, runtime, connect } = setUp({ sendHighWaterMark: 100 })
    const session = connect()
    for (const text of ["a", "b"]) pipe.write([text])
    expect(texts(session)).toBe(wire("a"))
    runtime.endTurn()
    pipe.write(["c"])
    expect(texts(session)).toBe(wire("a", "b"))
    runtime.advance(2)
    expect(texts(session)).toBe(wire("a", "b", "c"))
    pipe.write(["d"])
    expect(texts(session)).toBe(wire("a", "b", "c", "d"))
    expect(runtime.turnTasks).toBe(0)
  })

  it("sends at once when the queue is full, so that a send need not wait", () => {
    const { pipe, connect, listener } = setUp()
    const session = connect()
    pipe.write(["first"])
    session.transmissions = 0
    listener.notices()
    expect(writeUntilFull(pipe, 7)).toBe(7)
    expect(session.transmissions).toBe(2)
    expect(listener.notices()).toEqual([])
  })

  it("sends at once when another such message would make the batch too long for one packet", () => {
    const { pipe, connect } = setUp({ sendHighWaterMark: 0 })
    const session = connect()
    pipe.write(["first"])
    session.transmissions = 0
    for (let i = 0; i < 12; i++) pipe.write(["x".repeat(5000)])
    expect(session.transmissions).toBe(0)
    pipe.write(["x".repeat(5000)])
    expect(session.transmissions).toBe(1)
    for (let i = 0; i < 5; i++) pipe.write(["x".repeat(10_000)])
    expect(session.transmissions).toBe(1)
    pipe.write(["x".repeat(10_000)])
    expect(session.transmissions).toBe(2)
  })

  it("sends each message at once, and asks for no end of a turn, when it is prompt", () => {
    const { pipe, runtime, connect } = setUp()
    pipe.prompt = true
    const session = connect()
    for (const text of ["a", "b"]) pipe.write([text])
    expect([session.transmissions, texts(session)]).toEqual([2, wire("a", "b")])
    expect(runtime.turnTasks).toBe(0)
  })

  it("can be flushed within the turn", () => {
    const { pipe, connect } = setUp()
    const session = connect()
    pipe.write(["a"])
    pipe.flush()
    expect(texts(session)).toBe(wire("a"))
  })

  it("counts what the kernel has not taken against the mark", () => {
    const { pipe, listener, connect } = setUp()
    const session = connect()
    session.open = false
    expect(writeUntilFull(pipe)).toBe(3)
    expect(pipe.unsent).toBe(3)
    listener.notices()
    session.drain()
    expect(listener.notices()).toEqual(["writable"])
    expect(pipe.unsent).toBe(2)
    session.open = true
    session.drain()
    expect(pipe.unsent).toBe(0)
    session.open = false
    // One is in flight, so two more fit.
    pipe.write(["in flight"])
    pipe.flush()
    expect(writeUntilFull(pipe)).toBe(2)
    session.drain()
    expect(pipe.unsent).toBe(2)
  })

  it("is told of room only when a write was refused", () => {
    const { pipe, listener, connect } = setUp()
    const session = connect()
    session.open = false
    for (let i = 0; i < 3; i++) pipe.write(["x"])
    session.drain()
    expect(listener.notices()).toEqual(["established"])
  })

  it("keeps only the last part of the last message with ZMQ_CONFLATE", () => {
    const { pipe, connect } = setUp({ conflate: true, sendHighWaterMark: 1 })
    expect(writeUntilFull(pipe, 10)).toBe(10)
    pipe.write(["first", "last"])
    expect(pipe.unsent).toBe(1)
    expect(texts(connect())).toBe(wire("last"))
  })

  it("takes a new mark at once", () => {
    const { pipe, listener } = setUp()
    expect(writeUntilFull(pipe)).toBe(3)
    pipe.setMarks(5, 4)
    expect(listener.told).toEqual(["writable"])
    expect(writeUntilFull(pipe)).toBe(2)
    pipe.setMarks(1, 4)
    expect(listener.told).toEqual(["writable"])
  })
})

describe("a lost connection", () => {
  it("loses what was in flight and keeps what was queued for the next one", () => {
    const { pipe, connect } = setUp()
    const session = connect()
    session.open = false
    pipe.write(["in flight"])
    pipe.flush()
    pipe.write(["queued"])
    pipe.detach()
    expect(pipe.unsent).toBe(1)
    expect(texts(connect())).toBe(wire("queued"))
  })

  it("reports no room by itself, since the pipe may be at its end", () => {
    const { pipe, listener, connect } = setUp()
    connect().open = false
    writeUntilFull(pipe)
    listener.notices()
    pipe.detach()
    expect(listener.notices()).toEqual([])
    pipe.unblock()
    expect(listener.notices()).toEqual(["writable"])
    // One was in flight.
    expect(writeUntilFull(pipe)).toBe(1)
  })

  it("for good drops what was queued and tells those who wait for it to be sent", () => {
    const { pipe, listener } = setUp()
    pipe.write(["a"])
    let sent = 0
    pipe.whenSent(() => sent++)
    pipe.lost()
    expect([sent, pipe.unsent, pipe.encoder.byteLength]).toEqual([1, 0, 0])
    expect(listener.notices()).toEqual(["ended", "drained"])
    expect(pipe.write(["b"])).toBe(false)
    pipe.unblock()
    expect(listener.notices()).toEqual([])
  })
})

describe("reading from a pipe", () => {
  it("gives messages in order, and the listener hears once that an empty pipe has something", () => {
    const { pipe, listener } = setUp()
    for (const text of ["a", "b"]) pipe.deliver([Buffer.from(text)])
    expect(listener.count("readable")).toBe(1)
    expect(readAll(pipe)).toEqual(["a", "b"])
    expect(pipe.read()).toBeUndefined()
    pipe.deliver([Buffer.from("c")])
    expect(listener.count("readable")).toBe(2)
  })

  it("has room up to the receive mark", () => {
    const { pipe } = setUp()
    expect(pipe.room).toBe(4)
    for (let i = 0; i < 4; i++) pipe.deliver([Buffer.of(i)])
    expect(pipe.room).toBe(0)
    expect(setUp({ receiveHighWaterMark: 0 }).pipe.room).toBe(Infinity)
  })

  it("wakes a stalled session when half of the mark is read", () => {
    const { pipe, connect } = setUp()
    const session = connect()
    for (let i = 0; i < 4; i++) pipe.deliver([Buffer.of(i)])
    session.stalled = true
    let pumped = 0
    session.onPump = () => pumped++
    pipe.read()
    expect(pumped).toBe(0)
    pipe.read()
    expect(pumped).toBe(1)
    session.stalled = false
    pipe.read()
    expect(pumped).toBe(1)
  })

  it("keeps only the last part of the last message with ZMQ_CONFLATE, and always has room", () => {
    const { pipe } = setUp({ conflate: true, receiveHighWaterMark: 1 })
    pipe.deliver([Buffer.from("a")])
    pipe.deliver([Buffer.from("b"), Buffer.from("c")])
    expect(pipe.room).toBe(Infinity)
    expect(readAll(pipe)).toEqual(["c"])
  })

  it("goes on after the end until everything is read", () => {
    const { pipe, listener } = setUp()
    pipe.deliver([Buffer.from("a")])
    pipe.deliver([Buffer.from("b")])
    pipe.end()
    pipe.end()
    expect(listener.notices()).toEqual(["ended"])
    pipe.read()
    expect(listener.notices()).toEqual([])
    pipe.read()
    expect(listener.notices()).toEqual(["drained"])
    expect([pipe.canWrite(), pipe.write(["x"])]).toEqual([false, false])
  })

  it("is at its end at once when there is nothing to read", () => {
    const { pipe, listener } = setUp()
    pipe.end()
    expect(listener.told).toEqual(["ended", "drained"])
  })
})

describe("a pipe passes on", () => {
  it("subscriptions and complaints, while there is a connection", () => {
    const { pipe, runtime, connect } = setUp()
    pipe.subscription(true, Buffer.from("too early"))
    pipe.fail("too early")
    const session = connect()
    pipe.subscription(true, Buffer.from("a"))
    pipe.subscription(false, Buffer.from("b"))
    pipe.fail("reason")
    expect(session.subscriptions).toEqual(["true a", "false b"])
    expect(session.faults).toEqual(["reason"])
    runtime.endTurn()
    pipe.detach()
    pipe.subscription(true, Buffer.from("too late"))
    expect(session.subscriptions).toHaveLength(2)
  })
})

describe("lingering", () => {
  const start = (milliseconds: number, messages = 1) => {
    const all = setUp()
    for (let i = 0; i < messages; i++) all.pipe.write(["x"])
    let done = 0
    linger(all.pipe, milliseconds, all.runtime, () => done++)
    return { ...all, done: () => done }
  }

  it("is over at once when nothing waits, or with a time of zero", () => {
    expect(start(-1, 0).done()).toBe(1)
    expect(start(1000, 0).done()).toBe(1)
    expect(start(0).done()).toBe(1)
  })

  it("begins with what the kernel takes at once, so that even a time of zero sends that", () => {
    const { pipe, connect, runtime } = setUp()
    const session = connect()
    pipe.write(["a"])
    linger(pipe, 0, runtime, () => undefined)
    expect(texts(session)).toBe(wire("a"))
    session.open = false
    pipe.write(["in flight"])
    pipe.flush()
    pipe.write(["b"])
    let done = 0
    linger(pipe, 0, runtime, () => done++)
    expect([done, texts(session)]).toEqual([1, wire("a", "in flight")])
  })

  it("is over when everything is with the kernel, and leaves no timer", () => {
    const { connect, runtime, pipe, done } = start(1000)
    const session = connect()
    expect(done()).toBe(1)
    expect(runtime.timers).toBe(0)
    session.open = false
    pipe.write(["more"])
    pipe.flush()
    session.drain()
    expect(done()).toBe(1)
  })

  it("waits for messages in flight and behind them", () => {
    const { pipe, done } = start(-1, 0)
    expect(done()).toBe(1)
    const session = new FakeSession(pipe)
    session.open = false
    pipe.write(["a"])
    pipe.flush()
    pipe.write(["b"])
    let sent = 0
    pipe.whenSent(() => sent++)
    session.drain()
    expect(sent).toBe(0)
    session.drain()
    expect(sent).toBe(1)
  })

  it("is over after its time, once", () => {
    const { connect, runtime, done } = start(1000)
    runtime.advance(999)
    expect(done()).toBe(0)
    runtime.advance(1)
    expect(done()).toBe(1)
    connect()
    expect(done()).toBe(1)
  })

  it("has no end by itself with a time of -1", () => {
    const { runtime, connect, done } = start(-1)
    runtime.advance(1e9)
    expect(done()).toBe(0)
    expect(runtime.timers).toBe(0)
    connect()
    expect(done()).toBe(1)
  })
})
