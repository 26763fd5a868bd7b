import { describe, expect, it } from "vitest"
import { Connecter } from "../../src/peers/connecter.js"
import type { SessionPipe } from "../../src/peers/session-pipe.js"
import { opening } from "../support/fake-session.js"
import { FakeStream } from "../support/fake-stream.js"
import { FakeTransport } from "../support/fake-transport.js"
import { frame, greeting, readyFrame } from "../support/frames.js"
import { FakeHost, readAll, writeUntilFull, type ZmtpPeerOptions } from "../support/peer-options.js"

const NO_ID = Buffer.alloc(0)

class Rig {
  readonly host: FakeHost
  readonly transport = new FakeTransport()
  readonly connecter: Connecter
  abandoned = 0

  constructor(options: Partial<ZmtpPeerOptions> = {}) {
    this.host = new FakeHost(options)
    this.connecter = new Connecter(
      this.host,
      this.transport,
      "tcp://a:1",
      "a:1",
      NO_ID,
      () => this.abandoned++,
    )
    this.connecter.start()
  }

  get pipe(): SessionPipe {
    const [pipe] = this.connecter.pipes()
    if (pipe === undefined) throw new Error("There is no pipe")
    return pipe
  }

  /** Lets the attempt succeed, and the peer's handshake too. */
  connect(bytes = opening("3.1")): FakeStream {
    const stream = new FakeStream()
    this.transport.attempt.succeed(stream)
    stream.receive(bytes)
    return stream
  }

  /** Messages that came out of a stream after its handshake. */
  sent(stream: FakeStream): string {
    this.host.runtime.endTurn()
    const bytes = stream.taken()
    const handshake = greeting().length + readyFrame("DEALER", "").length
    return bytes.subarray(handshake).toString("latin1")
  }
}

const wire = (...texts: string[]): string => Buffer.concat(texts.map(text => frame(text))).toString("latin1")

describe("connecting", () => {
  it("has a pipe from the first moment, which keeps messages for the peer", () => {
    const rig = new Rig()
    expect(rig.host.attached).toEqual([rig.pipe])
    rig.pipe.write(["early"])
    const stream = rig.connect()
    expect(rig.sent(stream)).toBe(wire("early"))
    expect(rig.pipe.peer?.version).toBe(3.1)
    expect(rig.host.happened()).toEqual(["connect:delay", "connect", "handshake"])
  })

  it("with ZMQ_IMMEDIATE has a pipe only while there is a connection", () => {
    const rig = new Rig({ immediate: true })
    expect(rig.host.attached).toEqual([])
    rig.transport.attempt.fail()
    rig.host.runtime.advance(100)
    expect(rig.host.attached).toEqual([])
    const stream = rig.connect()
    expect(rig.host.attached).toEqual([rig.pipe])
    const first = rig.pipe
    stream.close()
    expect(first.canWrite()).toBe(false)
    expect([...rig.connecter.pipes()]).toEqual([])
    rig.host.runtime.advance(100)
    rig.connect()
    expect(rig.pipe).not.toBe(first)
    expect(rig.host.attached).toHaveLength(2)
  })

  it("tries again after the interval, for as long as it fails", () => {
    const rig = new Rig({ reconnectInterval: 100 })
    for (let count = 1; count <= 5; count++) {
      rig.transport.attempt.fail()
      expect(rig.host.happened()).toEqual(["connect:delay", "close", "connect:retry 100"])
      rig.host.runtime.advance(99)
      expect(rig.transport.attempts).toHaveLength(count)
      rig.host.runtime.advance(1)
      expect(rig.transport.attempts).toHaveLength(count + 1)
    }
  })

  it("of a name that cannot be resolved tells of the next attempt alone", () => {
    const rig = new Rig()
    rig.host.happened()
    rig.transport.attempt.fail("ENOTFOUND", false)
    expect(rig.host.happened()).toEqual(["connect:retry 100"])
  })

  it("waits longer each time up to the maximum, and begins anew after a handshake", () => {
    const rig = new Rig({ reconnectInterval: 100, reconnectMaxInterval: 300 })
    const waits = (): string[] => rig.host.happened().filter(event => event.startsWith("connect:retry"))
    for (let i = 0; i < 4; i++) {
      rig.transport.attempt.fail()
      rig.host.runtime.advance(300)
    }
    expect(waits()).toEqual([100, 200, 300, 300].map(wait => `connect:retry ${wait}`))
    // Whoever accepts a connection and ends it is no success.
    rig.connect(Buffer.alloc(0)).close()
    expect(waits()).toEqual(["connect:retry 300"])
    rig.host.runtime.advance(300)
    rig.connect().close()
    expect(waits()).toEqual(["connect:retry 100"])
  })

  it("gives an attempt up after connectTimeout, and tries again", () => {
    const rig = new Rig({ connectTimeout: 50, reconnectInterval: 100 })
    const { attempt } = rig.transport
    rig.host.runtime.advance(49)
    expect(rig.host.happened()).toEqual(["connect:delay"])
    rig.host.runtime.advance(1)
    expect(attempt.cancelled).toBe(true)
    expect(rig.host.happened()).toEqual(["close", "connect:retry 100"])
    rig.host.runtime.advance(100)
    rig.connect()
    expect(rig.host.happened()).toEqual(["connect:delay", "connect", "handshake"])
    expect(rig.host.runtime.timers).toBe(0)
  })

  it("waits for the system without connectTimeout, and two minutes for a proxy", () => {
    const direct = new Rig()
    expect(direct.host.runtime.timers).toBe(0)
    const socksProxy = { address: "a:1", username: NO_ID, password: NO_ID }
    const proxied = new Rig({ socksProxy })
    proxied.host.runtime.advance(119_999)
    expect(proxied.transport.attempt.cancelled).toBe(false)
    proxied.host.runtime.advance(1)
    expect(proxied.transport.attempts[0]?.cancelled).toBe(true)
    const impatient = new Rig({ socksProxy, connectTimeout: 50 })
    impatient.host.runtime.advance(50)
    expect(impatient.transport.attempts[0]?.cancelled).toBe(true)
    impatient.connecter.close(0, () => undefined)
    expect(impatient.host.runtime.timers).toBe(0)
  })

  it("rests after a failure with reconnection off, until it is restarted, with the options of then", () => {
    const rig = new Rig({ reconnectInterval: -1 })
    expect(rig.connecter.resting).toBe(false)
    const { pipe } = rig
    pipe.write(["early"])
    rig.transport.attempt.fail()
    expect(rig.connecter.resting).toBe(true)
    rig.host.options = { ...rig.host.options, reconnectInterval: 100 }
    rig.connecter.restart()
    expect(rig.connecter.resting).toBe(false)
    rig.transport.attempt.fail()
    expect(rig.connecter.resting).toBe(false)
    rig.host.runtime.advance(100)
    expect(rig.sent(rig.connect())).toBe(wire("early"))
    expect([rig.pipe, rig.connecter.resting]).toEqual([pipe, false])
  })

  it("does not try again with an interval of -1 or 0", () => {
    for (const reconnectInterval of [-1, 0]) {
      const failed = new Rig({ reconnectInterval })
      failed.transport.attempt.fail()
      expect(failed.host.happened()).toEqual(["connect:delay", "close"])
      expect(failed.host.runtime.timers).toBe(0)
      const lost = new Rig({ reconnectInterval })
      const { pipe } = lost
      lost.connect().close()
      expect([lost.abandoned, pipe.canWrite(), lost.host.runtime.timers]).toEqual([1, false, 0])
    }
  })
})

describe("a lost connection", () => {
  it("is made anew, and what was queued arrives in order", () => {
    const rig = new Rig()
    const first = rig.connect()
    rig.pipe.write(["a"])
    expect(rig.sent(first)).toBe(wire("a"))
    first.open = false
    rig.pipe.write(["in flight"])
    rig.host.runtime.endTurn()
    rig.pipe.write(["b"])
    rig.host.happened()
    first.close()
    expect(rig.host.happened()).toEqual(["disconnect", "connect:retry 100"])
    rig.pipe.write(["c"])
    rig.host.runtime.advance(100)
    const second = rig.connect()
    expect(rig.sent(second)).toBe(wire("b", "c"))
    expect(rig.host.attached).toHaveLength(1)
    expect(rig.host.listener.notices()).toEqual(["established", "established"])
  })

  it("gives the place of messages in flight to those that wait", () => {
    const rig = new Rig({ sendHighWaterMark: 2 })
    const stream = rig.connect()
    stream.open = false
    expect(writeUntilFull(rig.pipe)).toBe(2)
    rig.host.listener.notices()
    stream.close()
    expect(rig.host.listener.notices()).toEqual(["writable"])
    // One was in flight, and the other still waits.
    expect(writeUntilFull(rig.pipe)).toBe(1)
  })

  it("takes no message of those that wait when there will be no other", () => {
    const rig = new Rig({ sendHighWaterMark: 2, reconnectInterval: -1 })
    const { pipe } = rig
    const stream = rig.connect()
    stream.open = false
    writeUntilFull(pipe)
    rig.host.listener.notices()
    stream.close()
    expect(rig.host.listener.notices()).toEqual(["ended", "drained"])
  })

  it("in the middle of the handshake is told as an error, and made anew", () => {
    const rig = new Rig()
    rig.connect(greeting()).close()
    expect(rig.host.happened()).toEqual([
      "connect:delay",
      "connect",
      "handshake:error EPIPE",
      "disconnect",
      "connect:retry 100",
    ])
    rig.host.runtime.advance(100)
    expect(rig.transport.attempts).toHaveLength(2)
  })

  it("leaves what was received to be read", () => {
    const rig = new Rig()
    const stream = rig.connect()
    stream.receive(frame("last words"))
    stream.close()
    expect(readAll(rig.pipe)).toEqual(["last words"])
  })
})

describe("a peer that breaks the protocol", () => {
  it("is given up, in the handshake and later", () => {
    for (const bytes of [
      Buffer.concat([greeting(), readyFrame("PUB")]),
      Buffer.concat([opening("3.1"), Buffer.of(0x80, 0)]),
    ]) {
      const rig = new Rig()
      const { pipe } = rig
      pipe.write(["x"])
      rig.connect(bytes)
      expect(rig.abandoned).toBe(1)
      expect([pipe.canWrite(), pipe.unsent]).toEqual([false, 0])
      rig.host.runtime.advance(1e6)
      expect(rig.transport.attempts).toHaveLength(1)
      expect(rig.host.listener.notices().slice(-2)).toEqual(["ended", "drained"])
      expect(rig.host.happened().at(-1)).toBe("disconnect")
    }
  })
})

describe("closing", () => {
  const close = (rig: Rig, linger: number): (() => number) => {
    let done = 0
    rig.connecter.close(linger, () => done++)
    return () => done
  }

  it("gives up an attempt under way when nothing waits", () => {
    const rig = new Rig()
    const done = close(rig, -1)
    expect([done(), rig.transport.attempt.cancelled, rig.host.runtime.timers]).toEqual([1, true, 0])
  })

  it("gives up the wait for the next attempt", () => {
    const rig = new Rig()
    rig.transport.attempt.fail()
    expect(close(rig, -1)()).toBe(1)
    rig.host.runtime.advance(1e6)
    expect(rig.transport.attempts).toHaveLength(1)
  })

  it("half-closes the connection when nothing waits", () => {
    const rig = new Rig()
    const stream = rig.connect()
    expect(close(rig, 0)()).toBe(1)
    expect([stream.ended, stream.destroyed]).toEqual([true, false])
    rig.host.runtime.advance(1000)
    expect(stream.destroyed).toBe(true)
    expect(rig.transport.attempts).toHaveLength(1)
  })

  it("sends what the kernel takes at once, even without time to linger", () => {
    const rig = new Rig()
    const stream = rig.connect()
    rig.pipe.write(["a"])
    expect(close(rig, 0)()).toBe(1)
    expect(rig.sent(stream)).toBe(wire("a"))
    expect(stream.ended).toBe(true)
  })

  it("connects even anew to send what waits, within the linger time", () => {
    const rig = new Rig()
    rig.pipe.write(["a"])
    const done = close(rig, 10_000)
    rig.transport.attempt.fail()
    rig.host.runtime.advance(100)
    expect(done()).toBe(0)
    const stream = rig.connect()
    expect(rig.sent(stream)).toBe(wire("a"))
    expect(done()).toBe(1)
    expect(stream.ended).toBe(true)
    rig.host.runtime.advance(1000)
    expect(rig.host.runtime.timers).toBe(0)
  })

  it("waits until the kernel has taken everything", () => {
    const rig = new Rig()
    const stream = rig.connect()
    stream.open = false
    rig.pipe.write(["a"])
    rig.host.runtime.endTurn()
    rig.pipe.write(["b"])
    const done = close(rig, -1)
    stream.drain(false)
    expect(done()).toBe(0)
    stream.drain()
    expect(done()).toBe(1)
    expect(rig.sent(stream)).toBe(wire("a", "b"))
  })

  it("is over after the linger time", () => {
    const rig = new Rig()
    rig.pipe.write(["a"])
    const done = close(rig, 500)
    rig.host.runtime.advance(499)
    expect(done()).toBe(0)
    rig.host.runtime.advance(1)
    expect(done()).toBe(1)
    expect(rig.transport.attempt.cancelled).toBe(true)
    expect(rig.host.runtime.timers).toBe(0)
  })

  it("is over when the peer is given up, although messages wait and the linger time has no end", () => {
    const rig = new Rig()
    rig.pipe.write(["a"])
    const done = close(rig, -1)
    rig.connect(Buffer.concat([greeting(), readyFrame("PUB")]))
    expect(done()).toBe(1)
    const lost = new Rig({ reconnectInterval: -1 })
    const stream = lost.connect()
    stream.open = false
    lost.pipe.write(["a"])
    lost.host.runtime.endTurn()
    lost.pipe.write(["b"])
    const lostDone = close(lost, -1)
    stream.close()
    expect(lostDone()).toBe(1)
  })

  it.each(["connect:delay", "connect", "close", "connect:retry", "handshake", "disconnect"])(
    "may be asked for by whoever hears of %s, and nothing follows",
    type => {
      for (const immediate of [false, true]) {
        const rig = new Rig({ immediate, heartbeatInterval: 1000 })
        let done = 0
        let attempts = 0
        rig.host.react = event => {
          if (event !== type || done > 0) return
          attempts = rig.transport.attempts.length
          rig.connecter.close(0, () => done++)
        }
        rig.transport.attempt.fail()
        for (let i = 0; i < 3; i++) {
          rig.host.runtime.advance(100)
          rig.connect().close()
        }
        rig.host.runtime.advance(1e6)
        expect(done).toBe(1)
        expect(rig.transport.attempts).toHaveLength(attempts)
        expect(rig.host.runtime.timers).toBe(0)
      }
    },
  )
})
