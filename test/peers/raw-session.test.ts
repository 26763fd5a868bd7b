import { beforeEach, describe, expect, it } from "vitest"
import type { PeerInfo } from "../../src/peers/pipe.js"
import { rawSessions, STUCK_TIME } from "../../src/peers/raw-session.js"
import { SessionPipe } from "../../src/peers/session-pipe.js"
import type { PeerSession, SessionEnd, SessionOwner } from "../../src/peers/session.js"
import { FakeRuntime } from "../support/fake-runtime.js"
import { FakeStream } from "../support/fake-stream.js"
import { FakeListener, readAll } from "../support/peer-options.js"

/** A raw session between a stream whose other end the test plays and a pipe that the test reads. */
class Rig implements SessionOwner {
  readonly runtime = new FakeRuntime()
  readonly stream = new FakeStream()
  readonly listener = new FakeListener()
  readonly pipe: SessionPipe
  readonly session: PeerSession
  readonly ends: SessionEnd[] = []
  spoiledMessages = 0
  readonly peers: (PeerInfo | undefined)[] = []
  onEstablish: (() => void) | undefined

  constructor(notify = true, marks = { sendHighWaterMark: 4, receiveHighWaterMark: 3 }) {
    this.pipe = new SessionPipe("tcp://a:1", this.listener, { ...marks, conflate: false }, this.runtime)
    this.session = rawSessions(notify)(this.stream, this)
  }

  authenticate(): void {
    throw new Error("There is nobody to authenticate")
  }

  establish(_session: PeerSession, peer: PeerInfo | undefined): SessionPipe {
    this.peers.push(peer)
    this.onEstablish?.()
    return this.pipe
  }

  spoiled(_session: PeerSession, messages: number): void {
    this.spoiledMessages += messages
  }

  ended(_session: PeerSession, end: SessionEnd): void {
    this.ends.push(end)
  }

  /** What went out since the last call. */
  sent(): string {
    this.runtime.endTurn()
    return this.stream.taken().toString("latin1")
  }
}

describe("a raw session", () => {
  let rig: Rig
  beforeEach(() => {
    rig = new Rig()
    rig.session.start()
  })

  it("is established at once, says nothing by itself, and knows nothing of the peer", () => {
    expect(rig.peers).toEqual([undefined])
    expect(rig.sent()).toBe("")
    expect(rig.listener.count("established")).toBe(1)
    expect(rig.runtime.timers).toBe(0)
  })

  it("delivers each chunk as a message, after an empty one for the connection, and one at its end", () => {
    rig.stream.receive(Buffer.from("GET /"), Buffer.from("\r\n"))
    expect(readAll(rig.pipe)).toEqual(["", "GET /", "\r\n"])
    rig.stream.close()
    expect(readAll(rig.pipe)).toEqual([""])
    expect(rig.ends).toEqual([{ fault: false }])
  })

  it("tells neither of the connection nor of its end without notify", () => {
    const quiet = new Rig(false)
    quiet.session.start()
    expect(quiet.pipe.canRead()).toBe(false)
    quiet.stream.receive(Buffer.from("x"))
    quiet.stream.close()
    expect(readAll(quiet.pipe)).toEqual(["x"])
    expect(quiet.ends).toEqual([{ fault: false }])
  })

  it("sends the bytes of messages without any framing, small and large, text and binary", () => {
    const large = Buffer.alloc(40_000, "L")
    for (const part of ["héllo", Buffer.alloc(300, "m"), large]) rig.pipe.write([part])
    const expected = Buffer.concat([Buffer.from("héllo"), Buffer.alloc(300, "m"), large])
    expect(rig.sent()).toBe(expected.toString("latin1"))
  })

  it("sends what was written before the connection was there", () => {
    const early = new Rig()
    early.pipe.write(["early"])
    early.session.start()
    expect(early.sent()).toBe("early")
  })

  it("keeps what the kernel does not take in the pipe's queue, up to its mark", () => {
    rig.stream.open = false
    expect([1, 2, 3, 4, 5].map(n => rig.pipe.write([String(n)]))).toEqual([true, true, true, true, false])
    expect(rig.stream.busy).toBe(true)
    rig.stream.drain()
    expect(rig.listener.count("writable")).toBe(1)
    rig.pipe.write(["5"])
    expect(rig.sent()).toBe("12345")
  })

  it("goes on after a message that was spoiled, and tells of it", () => {
    rig.stream.open = false
    rig.pipe.write(["under way, "])
    rig.pipe.flush()
    const part = Buffer.allocUnsafeSlow(300_000)
    rig.pipe.write([part])
    rig.pipe.write(["last"])
    structuredClone(part.buffer, { transfer: [part.buffer] })
    rig.stream.drain()
    expect(rig.sent()).toBe("under way, last")
    expect([rig.spoiledMessages, rig.pipe.unsent]).toEqual([1, 0])
  })

  it("pauses the stream while the pipe is full and resumes when half of it was read", () => {
    rig.stream.receive(Buffer.from("a"))
    expect(rig.stream.paused).toBe(false)
    rig.stream.receive(Buffer.from("b"))
    expect(rig.stream.paused).toBe(true)
    // A stream may give one more chunk after it was paused.
    rig.stream.receive(Buffer.from("c"))
    rig.pipe.read()
    rig.pipe.read()
    expect(rig.stream.paused).toBe(true)
    rig.pipe.read()
    expect(rig.stream.paused).toBe(false)
    expect(readAll(rig.pipe)).toEqual(["c"])
  })

  it("closes the connection at an empty message, when what was sent before has left", () => {
    rig.stream.open = false
    rig.pipe.write(["last words"])
    rig.runtime.endTurn()
    rig.pipe.write(["and more"])
    rig.pipe.write([""])
    rig.runtime.endTurn()
    expect(rig.stream.ended).toBe(false)
    rig.stream.drain(false)
    expect(rig.stream.ended).toBe(false)
    rig.stream.drain()
    expect(rig.sent()).toBe("last wordsand more")
    expect(rig.stream.ended).toBe(true)
    expect(rig.ends).toEqual([{ fault: true, asked: true }])
    expect(readAll(rig.pipe)).toEqual([""])
  })

  it("is hung up although the queue is full, when what was sent before has left", () => {
    rig.stream.open = false
    expect([1, 2, 3, 4, 5].map(n => rig.pipe.write([String(n)]))).toEqual([true, true, true, true, false])
    rig.pipe.hangUp()
    expect(rig.ends).toEqual([])
    while (rig.stream.busy) rig.stream.drain()
    expect(rig.sent()).toBe("1234")
    expect(rig.stream.ended).toBe(true)
    expect(rig.ends).toEqual([{ fault: true, asked: true }])
  })

  it("that is hung up is given up when its peer takes nothing for half a minute, and not before", () => {
    rig.stream.open = false
    rig.pipe.write(["last words"])
    rig.pipe.hangUp()
    rig.runtime.advance(STUCK_TIME - 1)
    expect([rig.stream.destroyed, rig.ends.length]).toEqual([false, 0])
    rig.runtime.advance(1)
    expect([rig.stream.destroyed, rig.ends]).toEqual([true, [{ fault: true, asked: true }]])
    rig.runtime.advance(10 * STUCK_TIME)
    expect(rig.ends).toHaveLength(1)
    expect(rig.runtime.timers).toBe(0)
  })

  it("that is hung up goes on as long as its peer takes something", () => {
    rig.stream.open = false
    rig.stream.backlog = 1000
    rig.pipe.write(["many bytes"])
    rig.pipe.hangUp()
    for (let i = 0; i < 10; i++) {
      rig.stream.backlog--
      rig.runtime.advance(STUCK_TIME)
    }
    expect([rig.stream.destroyed, rig.ends.length]).toEqual([false, 0])
    rig.runtime.advance(STUCK_TIME)
    expect([rig.stream.destroyed, rig.ends.length]).toEqual([true, 1])
  })

  it("closes the connection at an empty message with nothing before it", () => {
    rig.pipe.write([""])
    expect(rig.sent()).toBe("")
    expect(rig.stream.ended).toBe(true)
    expect(rig.ends).toHaveLength(1)
  })

  it("ends as asked when the connection is lost before the last bytes have left", () => {
    rig.stream.open = false
    rig.pipe.write(["last words"])
    rig.pipe.hangUp()
    rig.runtime.endTurn()
    rig.stream.close()
    expect(rig.ends).toEqual([{ fault: true, asked: true }])
  })

  it("does not wait for ever for the peer to close after it closed itself", () => {
    rig.session.finish()
    expect(rig.stream.ended).toBe(true)
    rig.runtime.advance(1000)
    expect(rig.stream.destroyed).toBe(true)
    expect(rig.ends).toEqual([])
  })

  it("stops its timer when the peer closes in time", () => {
    rig.session.finish()
    rig.stream.close()
    expect(rig.runtime.timers).toBe(0)
  })

  it("reads on after it closed, so that the peer can end, and drops what comes", () => {
    for (const text of ["a", "b"]) rig.stream.receive(Buffer.from(text))
    expect(rig.stream.paused).toBe(true)
    rig.session.finish()
    expect(rig.stream.paused).toBe(false)
    rig.stream.receive(Buffer.from("late"))
    expect(readAll(rig.pipe)).toEqual(["", "a", "b"])
  })

  it("does nothing more when who heard of the connection has closed the socket", () => {
    const other = new Rig()
    other.onEstablish = () => {
      other.session.destroy()
    }
    other.session.start()
    expect(other.stream.destroyed).toBe(true)
    expect(other.pipe.canRead()).toBe(false)
    expect(other.listener.count("established")).toBe(0)
  })
})
