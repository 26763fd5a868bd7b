import { describe, expect, it, vi } from "vitest"
import { Acceptor } from "../../src/peers/acceptor.js"
import { DEPARTED_LIMIT } from "../../src/peers/departed.js"
import { SessionPipe } from "../../src/peers/session-pipe.js"
import { opening } from "../support/fake-session.js"
import { FakeStream } from "../support/fake-stream.js"
import { FakeListener } from "../support/fake-transport.js"
import { frame, greeting, readyFrame } from "../support/frames.js"
import {
  FakeHost,
  nullSecurity,
  readAll,
  writeUntilFull,
  type ZmtpPeerOptions,
} from "../support/peer-options.js"

class Rig {
  readonly host: FakeHost
  readonly acceptor: Acceptor
  readonly listener = new FakeListener()

  constructor(options: Partial<ZmtpPeerOptions> = {}, zapDomain = "") {
    this.host = new FakeHost(options, undefined, nullSecurity("DEALER", zapDomain))
    this.acceptor = new Acceptor(this.host)
    this.acceptor.bound(this.listener)
  }

  get pipes(): SessionPipe[] {
    return [...this.acceptor.pipes()]
  }

  connect(bytes: Buffer = opening("3.1")): FakeStream {
    const stream = new FakeStream()
    this.acceptor.onConnection(stream)
    stream.receive(bytes)
    return stream
  }

  close(linger: number): { released: number; done: number } {
    const count = { released: 0, done: 0 }
    this.acceptor.close(
      linger,
      () => count.released++,
      () => count.done++,
    )
    return count
  }
}

describe("a bound endpoint", () => {
  it("tells the address that it got", () => {
    const rig = new Rig()
    expect(rig.acceptor.endpoint).toBe("tcp://127.0.0.1:5555")
    expect(rig.host.happened()).toEqual(["bind"])
  })

  it("gives each connection a pipe of its own when its handshake is complete", () => {
    const rig = new Rig()
    const half = rig.connect(greeting())
    expect(rig.pipes).toEqual([])
    const [a, b] = [rig.connect(opening("3.1", "ROUTER", "a")), rig.connect(opening("3.1", "ROUTER", "b"))]
    expect(rig.host.attached).toEqual(rig.pipes)
    expect(rig.pipes.map(pipe => String(pipe.peer?.routingId))).toEqual(["a", "b"])
    expect(rig.host.happened().filter(event => event !== "bind")).toEqual([
      "accept",
      "accept",
      "handshake",
      "accept",
      "handshake",
    ])
    for (const [i, stream] of [a, b].entries()) {
      stream.taken()
      rig.pipes[i]?.write([`to ${i}`])
      rig.host.runtime.endTurn()
      expect(stream.taken()).toEqual(frame(`to ${i}`))
    }
    half.receive(readyFrame("DEALER"))
    expect(rig.pipes).toHaveLength(3)
  })

  it("tells of the handshake of an old peer as of any other", () => {
    for (const version of ["2.0", "unversioned"] as const) {
      const rig = new Rig()
      rig.connect(opening(version))
      expect(rig.host.happened()).toEqual(["bind", "accept", "handshake"])
    }
  })

  it("refuses connections while departed peers have left too much behind, and takes them once that is read", () => {
    const weight = vi.spyOn(SessionPipe.prototype, "unreadBytes").mockReturnValue(DEPARTED_LIMIT + 1)
    const rig = new Rig()
    const [leaving] = [rig.connect(), rig.connect()]
    const [left, stays] = rig.pipes
    leaving.receive(frame("unread"))
    leaving.close()
    weight.mockRestore()
    rig.host.happened()
    expect(rig.connect().destroyed).toBe(true)
    expect(rig.host.happened()).toEqual(["accept:error ENOBUFS"])
    expect(rig.pipes).toEqual([stays])
    expect(left && readAll(left)).toEqual(["unread"])
    expect(rig.connect().destroyed).toBe(false)
    expect(rig.host.happened()).toEqual(["accept", "handshake"])
  })

  it("passes on what could not be accepted", () => {
    const rig = new Rig()
    rig.acceptor.onError(Object.assign(new Error("too many"), { code: "EMFILE" }))
    expect(rig.host.happened()).toEqual(["bind", "accept:error EMFILE"])
  })

  it("ends the pipe of a connection that ends, and no other", () => {
    const rig = new Rig()
    const [a] = [rig.connect(), rig.connect()]
    const [pipeA, pipeB] = rig.pipes
    a.receive(frame("last words"))
    rig.host.happened()
    a.close()
    expect(rig.host.happened()).toEqual(["disconnect"])
    expect(rig.pipes).toEqual([pipeB])
    expect([pipeA?.canWrite(), pipeB?.canWrite()]).toEqual([false, true])
    expect(pipeA && readAll(pipeA)).toEqual(["last words"])
    expect(rig.host.listener.notices()).toEqual(["established", "established", "ended", "drained"])
  })

  it("does not take a message that waits for room into a pipe that ends", () => {
    const rig = new Rig({ sendHighWaterMark: 2 })
    const stream = rig.connect()
    stream.open = false
    for (const pipe of rig.pipes) expect(writeUntilFull(pipe)).toBe(2)
    rig.host.listener.notices()
    stream.close()
    expect(rig.host.listener.notices()).toEqual(["ended", "drained"])
  })

  it("tells of a fault in a handshake and goes on", () => {
    const rig = new Rig()
    rig.host.happened()
    rig.connect(Buffer.concat([greeting(), readyFrame("PUB")]))
    expect(rig.host.happened()).toEqual(["accept", "handshake:error ERR_ZMTP_INVALID_METADATA", "disconnect"])
    rig.connect()
    expect(rig.pipes).toHaveLength(1)
  })

  it("asks the socket's ZAP handler, and waits for it", () => {
    const rig = new Rig({}, "domain")
    let answer: (() => void) | undefined
    rig.host.zap = (request, done) => {
      expect([request.domain, request.address]).toEqual(["domain", "127.0.0.1"])
      answer = () => done(null)
    }
    rig.connect(greeting())
    rig.host.happened()
    answer?.()
    expect(rig.host.happened()).toEqual(["handshake:error EFAULT", "disconnect"])
  })
})

describe("closing a bound endpoint", () => {
  it("frees the name when the transport has, and is done then", () => {
    const rig = new Rig()
    const count = rig.close(-1)
    expect(count).toEqual({ released: 0, done: 0 })
    rig.host.happened()
    rig.listener.closed?.()
    expect(count).toEqual({ released: 1, done: 1 })
    expect(rig.host.happened()).toEqual(["close"])
  })

  it("tells when the transport fails to close, and frees the name all the same", () => {
    const rig = new Rig()
    const count = rig.close(-1)
    rig.host.happened()
    rig.listener.closed?.(Object.assign(new Error("bad"), { code: "EBADF" }))
    expect(rig.host.happened()).toEqual(["close:error EBADF"])
    expect(count).toEqual({ released: 1, done: 1 })
  })

  it("breaks off handshakes, half-closes idle connections and lets the others send within the linger time", () => {
    const rig = new Rig()
    const half = rig.connect(greeting())
    const idle = rig.connect()
    const busy = rig.connect()
    busy.open = false
    const busyPipe = rig.pipes[1]
    busyPipe?.write(["a"])
    rig.host.runtime.endTurn()
    busyPipe?.write(["b"])
    busy.taken()
    const count = rig.close(10_000)
    rig.listener.closed?.()
    expect([half.destroyed, idle.ended, busy.ended]).toEqual([true, true, false])
    expect(count).toEqual({ released: 1, done: 0 })
    busy.drain()
    expect(busy.taken()).toEqual(frame("b"))
    expect(count.done).toBe(1)
    expect(busy.ended).toBe(true)
    rig.host.runtime.advance(1000)
    expect([idle.destroyed, busy.destroyed, rig.host.runtime.timers]).toEqual([true, true, 0])
  })

  it("sends what the kernel takes at once, even without time to linger", () => {
    const rig = new Rig()
    const stream = rig.connect()
    stream.taken()
    for (const pipe of rig.pipes) pipe.write(["a"])
    const count = rig.close(0)
    rig.listener.closed?.()
    expect(stream.taken()).toEqual(frame("a"))
    expect([stream.ended, count.done]).toEqual([true, 1])
  })

  it("is over after the linger time", () => {
    const rig = new Rig()
    const stream = rig.connect()
    stream.open = false
    for (const pipe of rig.pipes) writeUntilFull(pipe, 10)
    rig.host.runtime.endTurn()
    const count = rig.close(500)
    rig.listener.closed?.()
    rig.host.runtime.advance(499)
    expect(count.done).toBe(0)
    rig.host.runtime.advance(1)
    expect(count.done).toBe(1)
  })

  it("is over when the last connection that lingers is lost, whatever still waited for it", () => {
    const rig = new Rig()
    const stream = rig.connect()
    stream.open = false
    const [pipe] = rig.pipes
    pipe?.write(["a"])
    rig.host.runtime.endTurn()
    pipe?.write(["b"])
    const count = rig.close(-1)
    rig.listener.closed?.()
    expect(count.done).toBe(0)
    stream.close()
    expect(count).toEqual({ released: 1, done: 1 })
    expect(rig.host.runtime.timers).toBe(0)
  })

  it("refuses connections that still come", () => {
    const rig = new Rig()
    rig.close(-1)
    rig.host.happened()
    expect(rig.connect().destroyed).toBe(true)
    expect(rig.host.happened()).toEqual([])
  })

  it.each(["accept", "handshake", "disconnect"])(
    "may be asked for by whoever hears of %s, and nothing follows",
    type => {
      const rig = new Rig({ heartbeatInterval: 1000 })
      let count: { released: number; done: number } | undefined
      rig.host.react = event => {
        if (event === type) count ??= rig.close(0)
      }
      const stream = rig.connect()
      stream.close()
      rig.listener.closed?.()
      expect(count).toEqual({ released: 1, done: 1 })
      rig.host.runtime.advance(1e5)
      expect(rig.host.runtime.timers).toBe(0)
      expect(stream.ended || stream.destroyed).toBe(true)
      expect(rig.pipes).toEqual([])
    },
  )
})
