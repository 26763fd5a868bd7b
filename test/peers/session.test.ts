import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { SecuritySettings } from "../../src/peers/session.js"
import type { Cipher, Mechanism, MechanismHost } from "../../src/security/mechanism.js"
import {
  buildCommand,
  buildError,
  buildPing,
  buildPong,
  buildSubscribe,
  buildCancel,
} from "../../src/wire/commands.js"
import { ProtocolError } from "../../src/wire/errors.js"
import { signature } from "../../src/wire/greeting.js"
import { Metadata } from "../../src/wire/metadata.js"
import { establishedRig, opening, SessionRig, type PeerVersion } from "../support/fake-session.js"
import { commandFrame, frame, greeting, long, messageFrames, MORE, readyFrame } from "../support/frames.js"
import { nullSecurity, readAll, textOf, writeUntilFull } from "../support/peer-options.js"
import * as random from "../support/random.js"

const VERSIONS = ["3.1", "3.0", "2.0", "unversioned"] as const
const framing = (version: PeerVersion) => (version === "unversioned" ? 1 : 2)
const NO_BYTES = Buffer.alloc(0)
const frames = (...texts: string[]): Buffer => Buffer.concat(texts.map(text => frame(text)))

describe("a handshake", () => {
  it.each([
    ["3.1", 3.1],
    ["3.0", 3],
    ["2.0", 2],
    ["unversioned", 1],
  ] as const)("with a peer of version %s is complete, cut anywhere", (version, number) => {
    const bytes = Buffer.concat([
      opening(version, "DEALER", "you"),
      messageFrames(["hi", "you"], framing(version)),
    ])
    for (const size of [1, 7, 11, 1000]) {
      const rig = new SessionRig()
      rig.stream.receive(...random.cut(bytes, [size]))
      expect(rig.session.established).toBe(true)
      expect(rig.peer).toEqual({ version: number, routingId: Buffer.from("you") })
      expect(readAll(rig.pipe)).toEqual(["hi|you"])
      expect(rig.runtime.timers).toBe(0)
    }
  })

  it("says to a 3.1 peer the greeting of 3.1, and READY", () => {
    const rig = new SessionRig()
    expect(rig.stream.taken()).toEqual(signature(0))
    rig.stream.receive(greeting())
    expect(rig.stream.taken()).toEqual(Buffer.concat([greeting().subarray(10), readyFrame("DEALER", "")]))
    expect(rig.session.established).toBe(false)
    rig.stream.receive(readyFrame("ROUTER", ""))
    expect(rig.session.established).toBe(true)
    expect(rig.stream.taken()).toHaveLength(0)
  })

  it("says READY in one write with the rest of the greeting, as soon as the peer's major version has come", () => {
    const rig = new SessionRig()
    rig.stream.receive(greeting().subarray(0, 10))
    expect(rig.stream.taken()).toEqual(greeting().subarray(0, 11))
    rig.stream.writes = 0
    rig.stream.receive(greeting().subarray(10, 11))
    expect(rig.stream.taken()).toEqual(Buffer.concat([greeting().subarray(11), readyFrame("DEALER", "")]))
    expect(rig.stream.writes).toBe(1)
  })

  it("says READY after the whole greeting of a peer about which a handler is asked", () => {
    const rig = new SessionRig({}, nullSecurity("DEALER", "domain"))
    let answer: Parameters<typeof rig.authenticate>[1] | undefined
    rig.authenticate = (_request, done) => (answer = done)
    rig.stream.receive(greeting().subarray(0, 11))
    expect(rig.stream.taken()).toEqual(greeting())
    expect(answer).toBeUndefined()
    rig.stream.receive(Buffer.concat([greeting().subarray(11), readyFrame("DEALER")]))
    expect(rig.stream.taken()).toHaveLength(0)
    answer?.({ status: 200, statusText: "", userId: NO_BYTES, metadata: new Metadata([]) })
    expect(rig.stream.taken()).toEqual(readyFrame("DEALER", ""))
    expect(rig.session.established).toBe(true)
  })

  it("says no READY to a peer whose greeting is seen to be of another mechanism", () => {
    const rig = new SessionRig()
    rig.stream.receive(greeting(1, "PLAIN"))
    expect(rig.stream.taken()).toEqual(greeting())
    const slow = new SessionRig()
    slow.stream.receive(...random.cut(greeting(1, "PLAIN"), [11]))
    expect(slow.end).toBe("ERR_ZMTP_MECHANISM_MISMATCH, fault")
  })

  it("is over with EPIPE for a peer that refuses our greeting, although READY behind it makes that a reset", () => {
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" })
    for (const [octets, code] of [
      [10, "ECONNRESET"],
      [11, "EPIPE"],
      [63, "EPIPE"],
      [64, "ECONNRESET"],
    ] as const) {
      const rig = new SessionRig()
      rig.stream.receive(greeting().subarray(0, octets))
      rig.stream.close(reset)
      expect(rig.end).toBe(code)
    }
  })

  it("ends in one write of all that is due: greeting, READY, subscriptions and messages", () => {
    const rig = new SessionRig({ socketType: "XSUB" })
    rig.stream.receive(greeting().subarray(0, 10))
    rig.pipe.write(["early"])
    rig.listener.react = (notice, pipe) => {
      if (notice === "established") pipe.subscription(true, Buffer.from("A"))
    }
    rig.stream.taken()
    rig.stream.writes = 0
    rig.stream.receive(Buffer.concat([greeting().subarray(10), readyFrame("XPUB")]))
    const due = [
      greeting().subarray(11),
      readyFrame("XSUB"),
      commandFrame(buildSubscribe(Buffer.from("A"))),
      frame("early"),
    ]
    expect(rig.stream.taken()).toEqual(Buffer.concat(due))
    expect(rig.stream.writes).toBe(1)
  })

  it("that is over says what was due before it ends", () => {
    const rig = new SessionRig()
    rig.stream.receive(Buffer.concat([greeting(), frame("no command")]))
    expect(rig.stream.taken()).toEqual(Buffer.concat([greeting(), readyFrame("DEALER", "")]))
    const closed = new SessionRig()
    closed.onEstablish = () => {
      closed.session.finish()
    }
    closed.stream.receive(opening("3.1"))
    expect(closed.stream.taken()).toEqual(Buffer.concat([greeting(), readyFrame("DEALER", "")]))
  })

  it("says to a 2.0 peer its type and identity, and to an unversioned one its identity alone", () => {
    const two = new SessionRig({ routingId: Buffer.from("me") })
    two.stream.receive(opening("2.0"))
    expect(two.stream.taken()).toEqual(Buffer.concat([signature(2), Buffer.of(3, 5), frame("me")]))
    const one = new SessionRig({ routingId: Buffer.from("me") })
    one.stream.receive(opening("unversioned"))
    expect(one.stream.taken()).toEqual(Buffer.concat([signature(2), Buffer.from("me")]))
  })

  it("ends with EAGAIN at its deadline, after which the peer has a second to close", () => {
    for (const bytes of [Buffer.alloc(0), greeting(), opening("unversioned").subarray(0, 1)]) {
      const rig = new SessionRig({ handshakeInterval: 500 })
      rig.stream.receive(bytes)
      rig.runtime.advance(499)
      expect(rig.end).toBeUndefined()
      rig.runtime.advance(1)
      expect(rig.end).toBe("EAGAIN")
      expect([rig.stream.ended, rig.stream.destroyed]).toEqual([true, false])
      rig.runtime.advance(1000)
      expect(rig.gone).toBe(true)
      expect(rig.runtime.timers).toBe(0)
    }
  })

  it("has no deadline when that is 0", () => {
    const rig = new SessionRig({ handshakeInterval: 0 })
    rig.runtime.advance(1e9)
    expect(rig.end).toBeUndefined()
  })

  it.each([
    ["a greeting of another mechanism", greeting(1, "PLAIN"), "ERR_ZMTP_MECHANISM_MISMATCH, fault"],
    [
      "a socket type that does not fit",
      Buffer.concat([greeting(), readyFrame("SUB")]),
      "ERR_ZMTP_INVALID_METADATA, fault",
    ],
    ["a message", Buffer.concat([greeting(), frame("hi")]), "ERR_ZMTP_UNEXPECTED_COMMAND, fault"],
    [
      "an unknown command",
      Buffer.concat([greeting(), commandFrame("\x05HELLO")]),
      "ERR_ZMTP_UNEXPECTED_COMMAND, fault",
    ],
    ["a reserved flag", Buffer.concat([greeting(), Buffer.of(0x84, 0)]), "ERR_ZMTP_UNSPECIFIED, fault"],
    [
      "a frame of 8193 bytes",
      Buffer.concat([greeting(), Buffer.of(6), long(8193)]),
      "ERR_ZMTP_UNSPECIFIED, fault",
    ],
    ["an ERROR", Buffer.concat([greeting(), commandFrame(buildError("no"))]), "ERR_ZMTP_UNSPECIFIED, fault"],
    [
      "a 2.0 type that does not fit",
      Buffer.concat([signature(0), Buffer.of(1, 2)]),
      "ERR_ZMTP_INVALID_METADATA, fault",
    ],
    [
      "a 1.0 frame of length zero, written long",
      Buffer.concat([Buffer.of(255), long(0), Buffer.of(0)]),
      "ERR_ZMTP_UNSPECIFIED, fault",
    ],
  ])("with %s is a fault of the peer", (_name, bytes, end) => {
    for (const sizes of [[1], [1000]]) {
      const rig = new SessionRig()
      rig.stream.receive(...random.cut(bytes, sizes))
      expect(rig.end).toBe(end)
      expect(rig.stream.ended).toBe(true)
      rig.runtime.advance(1000)
      expect(rig.gone).toBe(true)
      expect(rig.runtime.timers).toBe(0)
    }
  })

  it("with a wrong socket type is answered with ERROR before the end", () => {
    const rig = new SessionRig()
    rig.stream.receive(greeting(), readyFrame("SUB"))
    expect(rig.stream.taken().includes(commandFrame(buildError("Invalid-metadata")))).toBe(true)
  })

  it("that the peer breaks off is over with EPIPE, or with what the system says, and leaves no timer", () => {
    const closed = new SessionRig()
    closed.stream.receive(greeting())
    closed.stream.close()
    expect(closed.end).toBe("EPIPE")
    expect(closed.runtime.timers).toBe(0)
    const reset = new SessionRig()
    reset.stream.close(Object.assign(new Error("reset"), { code: "ECONNRESET" }))
    expect(reset.end).toBe("ECONNRESET")
  })

  it("with a handler that is missing is over with EFAULT", () => {
    const rig = new SessionRig({}, nullSecurity("DEALER", "domain"))
    rig.stream.receive(greeting())
    expect(rig.end).toBe("EFAULT")
  })

  it("is refused to peers without security when there shall be some", () => {
    for (const version of ["2.0", "unversioned"] as const) {
      const rig = new SessionRig({}, nullSecurity("DEALER", "domain"))
      rig.stream.receive(opening(version))
      expect(rig.end).toBe("ERR_ZMTP_MECHANISM_MISMATCH, fault")
    }
  })

  it.each([
    ["a 2.0 peer in two parts", "2.0", Buffer.concat([frame("id", MORE), frame("more")])],
    ["a 2.0 peer of 256 octets", "2.0", frame(Buffer.alloc(256))],
    ["a 2.0 peer in a command", "2.0", commandFrame("\x04PING\0\0")],
    ["a 1.0 peer of 256 octets", "1.0", frame(Buffer.alloc(256), 0, 1)],
  ] as const)("whose routing id comes from %s is a fault of the peer", (_name, version, first) => {
    const rig = new SessionRig()
    if (version === "2.0") rig.stream.receive(opening("2.0").subarray(0, 12))
    rig.stream.receive(first)
    expect(rig.end).toBe("ERR_ZMTP_UNSPECIFIED, fault")
    expect(rig.peer).toBeUndefined()
  })

  it("takes the routing id of a 1.0 peer whatever its flags say, and the next frame for a message", () => {
    const rig = new SessionRig()
    rig.stream.receive(Buffer.concat([frame("id", MORE, 1), frame("first", 0, 1)]))
    expect(String(rig.peer?.routingId)).toBe("id")
    expect(readAll(rig.pipe)).toEqual(["first"])
  })

  it("may be followed at once, in the same chunk, by messages", () => {
    const rig = new SessionRig({ receiveHighWaterMark: 2 })
    rig.stream.receive(Buffer.concat([opening("3.1"), frames("a", "b", "c", "d")]))
    expect(rig.stream.paused).toBe(true)
    expect(readAll(rig.pipe)).toEqual(["a", "b", "c", "d"])
  })

  it("during which the socket is closed leads to nothing more", () => {
    const rig = new SessionRig({ heartbeatInterval: 100 })
    rig.onEstablish = () => rig.session.finish()
    rig.stream.receive(opening("3.1"))
    expect(rig.listener.told).toEqual([])
    rig.runtime.advance(5000)
    expect(rig.runtime.timers).toBe(0)
    expect(rig.gone).toBe(true)
  })
})

describe("messages", () => {
  it.each(VERSIONS)("go both ways with a peer of version %s", version => {
    const rig = establishedRig(version)
    rig.pipe.write(["a", Buffer.alloc(300, 1), Buffer.alloc(9000, 2)])
    rig.pipe.write(["b"])
    const wanted = [
      messageFrames(["a", Buffer.alloc(300, 1), Buffer.alloc(9000, 2)], framing(version)),
      messageFrames(["b"], framing(version)),
    ]
    expect(rig.sent().equals(Buffer.concat(wanted))).toBe(true)
    rig.stream.receive(...random.cut(Buffer.concat(wanted), [1000]))
    expect(readAll(rig.pipe)).toEqual([
      textOf([Buffer.from("a"), Buffer.alloc(300, 1), Buffer.alloc(9000, 2)]),
      "b",
    ])
  })

  it("queued before the connection leave behind the greeting", () => {
    const rig = new SessionRig()
    rig.pipe.write(["early"])
    rig.stream.receive(opening("3.1"))
    expect(rig.stream.taken().subarray(-7)).toEqual(frame("early"))
    expect(rig.listener.notices()).toEqual(["established"])
  })

  it("arrive whole and in order through any cuts and any marks, however slowly they are read", () => {
    fc.assert(
      fc.property(
        fc.array(random.message, { maxLength: 20 }),
        random.cuts,
        fc.nat(6),
        fc.array(fc.nat(3), { minLength: 1 }),
        (messages, sizes, receiveHighWaterMark, reads) => {
          fc.pre(reads.some(count => count > 0))
          const rig = establishedRig("3.1", { receiveHighWaterMark })
          const chunks = random.cut(Buffer.concat(messages.map(parts => messageFrames(parts))), sizes)
          const found: string[] = []
          let next = 0
          for (let i = 0; next < chunks.length || rig.pipe.canRead(); i++) {
            if (rig.stream.paused) expect(rig.pipe.canRead()).toBe(true)
            while (!rig.stream.paused && next < chunks.length) rig.stream.receive(chunks[next++] as Buffer)
            for (let n = reads[i % reads.length] ?? 0; n > 0 && rig.pipe.canRead(); n--) {
              found.push(textOf(rig.pipe.read() ?? []))
            }
            if (rig.pipe.room < 0) expect.fail("The pipe holds more than its mark")
          }
          expect(found.length).toBe(messages.length)
          messages.forEach((parts, at) => {
            if (found[at] !== textOf(parts)) expect(found[at]).toBe(textOf(parts))
          })
          expect(rig.stream.paused).toBe(false)
        },
      ),
      { numRuns: 60 },
    )
  })

  it("are counted against the mark until the kernel has taken them", () => {
    const rig = establishedRig("3.1", { sendHighWaterMark: 4 })
    rig.stream.open = false
    expect(writeUntilFull(rig.pipe)).toBe(4)
    expect(rig.stream.busy).toBe(true)
    rig.listener.notices()
    // The first one left at once, and the stream gets the others when the kernel has that.
    rig.stream.drain(false)
    expect(rig.listener.notices()).toEqual(["writable"])
    expect(writeUntilFull(rig.pipe)).toBe(1)
    rig.stream.drain()
    expect(rig.stream.taken()).toEqual(frames(...Array<string>(5).fill("x")))
  })

  it("may be written from within the notice of room, in order and unchanged", () => {
    const rig = establishedRig("3.1", { sendHighWaterMark: 2 })
    const large = (i: number): Buffer => Buffer.alloc(9000, i)
    let next = 0
    const fill = (): void => {
      while (next < 40 && rig.pipe.write([`head ${next}`, large(next)])) next++
    }
    rig.listener.react = notice => {
      if (notice === "writable") fill()
    }
    rig.stream.open = false
    fill()
    for (let i = 0; i < 60; i++) rig.stream.drain(false)
    const wanted = Array.from({ length: 40 }, (_, i) => messageFrames([`head ${i}`, large(i)]))
    expect(rig.sent().equals(Buffer.concat(wanted))).toBe(true)
  })

  it("that wait are written together when the kernel has room again", () => {
    const rig = establishedRig()
    rig.stream.open = false
    rig.pipe.write(["first"])
    rig.sent()
    for (let i = 0; i < 50; i++) {
      rig.pipe.write(["x"])
      rig.runtime.endTurn()
    }
    expect(rig.stream.writes).toBe(1)
    rig.stream.drain()
    expect(rig.stream.writes).toBe(2)
    expect(rig.stream.taken()).toEqual(frames(...Array<string>(50).fill("x")))
  })
})

describe("a full inbound queue", () => {
  it("stops the stream inside a chunk and goes on as it is read, without a turn", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 4 })
    const texts = Array.from({ length: 20 }, (_, i) => String(i))
    rig.stream.receive(frames(...texts))
    expect(rig.pipe.room).toBe(0)
    expect(rig.stream.paused).toBe(true)
    const found = texts.map(() => {
      expect(rig.pipe.room).toBeGreaterThanOrEqual(0)
      return textOf(rig.pipe.read() ?? [])
    })
    expect(found).toEqual(texts)
    expect(rig.stream.paused).toBe(false)
  })

  it("counts what is not decoded yet, of which there is a chunk at most", () => {
    const many = (count: number): Buffer => frames(...Array<string>(count).fill("x"))
    for (const [second, paused] of [
      [499, false],
      [500, true],
    ] as const) {
      const rig = establishedRig("3.1", { receiveHighWaterMark: 1000 })
      rig.stream.receive(many(500))
      expect(rig.pipe.room).toBe(1000 - 128)
      expect(rig.stream.paused).toBe(false)
      rig.stream.receive(many(second))
      expect(rig.pipe.room).toBe(500)
      expect(rig.stream.paused).toBe(paused)
      expect(readAll(rig.pipe)).toHaveLength(500 + second)
      expect(rig.stream.paused).toBe(false)
    }
  })

  it("counts messages, and neither their parts nor commands", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 300 })
    const parts = messageFrames(["a", "b".repeat(300), "c"].map(text => Buffer.from(text)))
    const ping = commandFrame(Buffer.from("\x04PING\0\0", "latin1"))
    const unit = Buffer.concat([parts, ping])
    rig.stream.receive(Buffer.concat(Array<Buffer>(298).fill(unit)))
    expect(rig.stream.paused).toBe(false)
    rig.stream.receive(unit)
    rig.stream.receive(unit.subarray(0, unit.length - ping.length - 1))
    expect(rig.stream.paused).toBe(false)
    rig.stream.receive(unit.subarray(unit.length - ping.length - 1))
    expect(rig.stream.paused).toBe(true)
  })

  it("is followed in a batch by what is not decoded yet, in order", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 4 })
    const texts = Array.from({ length: 30 }, (_, i) => String(i))
    const ping = commandFrame(buildPing(0))
    rig.stream.receive(Buffer.concat([frames(...texts.slice(0, 8)), ping, frames(...texts.slice(8))]))
    const batch: Buffer[][] = []
    rig.pipe.readMany(batch, 10, true)
    expect(batch.map(textOf)).toEqual(texts.slice(0, 10))
    expect(rig.stream.paused).toBe(true)
    expect(textOf(rig.pipe.read() ?? [])).toBe("10")
    batch.length = 0
    rig.pipe.readMany(batch, 100, true)
    expect([...batch.map(textOf), ...readAll(rig.pipe)]).toEqual(texts.slice(11))
    expect(rig.stream.paused).toBe(false)
  })

  it("is followed in a batch by all that came before a fault, which ends the connection", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 2 })
    rig.stream.receive(Buffer.concat([frames("a", "b", "c", "d"), Buffer.of(0x80, 0)]))
    const batch: Buffer[][] = []
    expect(rig.end).toBeUndefined()
    rig.pipe.readMany(batch, 100, true)
    expect(batch.map(textOf)).toEqual(["a", "b", "c", "d"])
    expect(rig.end).toBeDefined()
  })

  it("keeps the one chunk that may still come for later", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 2 })
    rig.stream.receive(frames("a", "b"))
    expect(rig.stream.paused).toBe(false)
    rig.stream.receive(frames("c"))
    expect(rig.stream.paused).toBe(true)
    rig.stream.receive(frames("d"))
    expect(rig.pipe.room).toBe(0)
    expect(readAll(rig.pipe)).toEqual(["a", "b", "c", "d"])
    expect(rig.stream.paused).toBe(false)
  })

  it("is no reason to lose anything when the connection ends", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 2 })
    rig.stream.receive(frames("a", "b", "c", "d"), frames("e"))
    expect(rig.pipe.room).toBe(0)
    rig.stream.close()
    expect(rig.end).toBe("no error")
    expect(readAll(rig.pipe)).toEqual(["a", "b", "c", "d", "e"])
    expect(rig.runtime.timers).toBe(0)
  })

  it("is read in order when the reader starts inside the last delivery", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 2 })
    const found: string[] = []
    rig.stream.receive(frames("a", "b", "c", "d", "e"))
    rig.pipe.read()
    rig.pipe.read()
    rig.listener.react = notice => {
      if (notice === "readable") found.push(...readAll(rig.pipe))
    }
    rig.stream.receive(frames("f"))
    rig.stream.close()
    found.push(...readAll(rig.pipe))
    expect(found.join("")).toBe("cdef")
  })
})

describe("heartbeats", () => {
  const pong = (context: string): Buffer => commandFrame(buildPong(Buffer.from(context)))
  const ping = (ttl: number, context = ""): Buffer => commandFrame(buildPing(ttl, Buffer.from(context)))

  it("answer a PING at once with its context", () => {
    const rig = establishedRig()
    rig.stream.receive(ping(0, "0123456789abcdef"), ping(0))
    expect(rig.stream.taken()).toEqual(Buffer.concat([pong("0123456789abcdef"), pong("")]))
  })

  it("refuse a PING with a longer context, or without a TTL", () => {
    for (const body of [buildPing(0, Buffer.alloc(17)), buildCommand("PING", Buffer.of(0))]) {
      const rig = establishedRig()
      rig.stream.receive(commandFrame(body))
      expect(rig.end).toBe("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED, fault")
    }
  })

  it("answer a PING that waits behind unread messages, and answer it once", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 1000 })
    rig.stream.receive(frames(...Array<string>(400).fill("unread")))
    rig.stream.receive(Buffer.concat([frames("a", "b"), ping(0, "now"), frames("c")]))
    expect(rig.stream.taken()).toEqual(pong("now"))
    rig.stream.receive(ping(0, "and now"))
    expect(rig.stream.taken()).toEqual(pong("and now"))
    expect(readAll(rig.pipe).slice(-3)).toEqual(["a", "b", "c"])
    expect(rig.stream.taken().length).toBe(0)
  })

  it("answer each PING once and in order, wherever it comes and however slowly messages are read", () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.integer({ min: 1, max: 300 }).map(count => ({ do: "messages" as const, count })),
      },
      { weight: 2, arbitrary: fc.constant({ do: "ping" as const }) },
      { weight: 1, arbitrary: fc.constant({ do: "decoy" as const }) },
      {
        weight: 3,
        arbitrary: fc.integer({ min: 1, max: 200 }).map(count => ({ do: "read" as const, count })),
      },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), random.cuts, (steps, sizes) => {
        const rig = establishedRig("3.1", { receiveHighWaterMark: 600 })
        const pings: string[] = []
        let answered = Buffer.alloc(0)
        // What the peer has sent, and a stream that was paused has not brought.
        const coming: Buffer[] = []
        let sent = 0
        let read = 0
        const arrive = (...bytes: Buffer[]): void => {
          coming.push(...random.cut(Buffer.concat(bytes), sizes))
          while (coming.length > 0 && !rig.stream.paused) rig.stream.receive(coming.shift() as Buffer)
          answered = Buffer.concat([answered, rig.stream.taken()])
          if (coming.length === 0 && !rig.stream.paused) {
            expect(answered).toEqual(Buffer.concat(pings.map(pong)))
          }
        }
        for (const each of steps) {
          switch (each.do) {
            case "messages":
              arrive(frames(...Array.from({ length: each.count }, (_, i) => String(sent + i))))
              sent += each.count
              break
            case "ping":
              pings.push(`#${pings.length}`)
              arrive(ping(0, pings.at(-1)))
              break
            case "decoy":
              arrive(frames("\x04PING"))
              sent++
              break
            case "read":
              for (let i = 0; i < each.count && rig.pipe.read() !== undefined; i++) read++
              arrive()
          }
        }
        for (let before = -1; before !== read; arrive()) {
          before = read
          read += readAll(rig.pipe).length
        }
        expect([read, coming]).toEqual([sent, []])
        expect(answered).toEqual(Buffer.concat(pings.map(pong)))
      }),
    )
  })

  it("answer all PINGs of one read in one write", () => {
    const rig = establishedRig()
    rig.stream.receive(Buffer.concat(Array.from({ length: 2600 }, (_, i) => ping(0, String(i)))))
    expect(rig.stream.writes).toBe(1)
    expect(rig.stream.taken()).toEqual(Buffer.concat(Array.from({ length: 2600 }, (_, i) => pong(String(i)))))
  })

  it("give no peer up before a PING has left, however long the write before it takes", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, heartbeatTimeout: 500 })
    rig.stream.open = false
    rig.pipe.write([Buffer.alloc(10_000_000)])
    rig.stream.taken()
    rig.runtime.advance(20_000)
    expect(rig.end).toBeUndefined()
    // One PING goes out with what follows, and then the peer may be silent for the time-out.
    rig.stream.drain()
    expect(rig.stream.taken()).toEqual(ping(0))
    rig.runtime.advance(499)
    expect(rig.end).toBeUndefined()
    rig.runtime.advance(1)
    expect(rig.end).toBe("no error")
  })

  it("wait longer for the answer to a PING while the kernel takes nothing, but not for ever", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, heartbeatTimeout: 500 })
    rig.runtime.advance(1000)
    expect(rig.stream.taken()).toEqual(ping(0))
    rig.stream.open = false
    rig.pipe.write(["x"])
    rig.runtime.advance(29_000)
    expect(rig.end).toBeUndefined()
    rig.runtime.advance(2000)
    expect(rig.end).toBe("no error")
  })

  it("answer few PINGs of a flood while nothing can be written", () => {
    const rig = establishedRig()
    rig.stream.open = false
    rig.pipe.write(["x"])
    rig.sent()
    for (let i = 0; i < 10_000; i++) rig.stream.receive(ping(0, "flood"))
    rig.stream.drain()
    expect(rig.stream.taken().length).toBeLessThanOrEqual(10 * pong("flood").length)
    rig.stream.receive(ping(0, "again"))
    expect(rig.stream.taken()).toEqual(pong("again"))
  })

  it("end the connection when the peer is silent for the TTL it gave", () => {
    const rig = establishedRig()
    rig.stream.receive(ping(5))
    rig.runtime.advance(499)
    expect(rig.end).toBeUndefined()
    rig.runtime.advance(1)
    expect(rig.end).toBe("no error")
    expect(rig.gone).toBe(true)
    expect(rig.runtime.timers).toBe(0)
  })

  it("count a long TTL in full, theirs and ours", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, heartbeatTimeToLive: 6_553_599 })
    rig.runtime.advance(1000)
    expect(rig.stream.taken()).toEqual(ping(0xffff))
    const other = establishedRig()
    other.stream.receive(ping(0xffff))
    other.runtime.advance(6_553_499)
    expect(other.end).toBeUndefined()
    other.runtime.advance(1)
    expect(other.end).toBe("no error")
  })

  it("let a peer live that is heard within its TTL", () => {
    const rig = establishedRig()
    for (let i = 0; i < 10; i++) {
      rig.stream.receive(ping(5))
      rig.runtime.advance(400)
    }
    rig.stream.receive(frames("x"))
    rig.runtime.advance(1e6)
    expect(rig.end).toBeUndefined()
  })

  it("send a PING with the TTL every interval, and live on any sign of life", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, heartbeatTimeToLive: 3000 })
    for (const life of [pong(""), frames("x"), pong(""), Buffer.of(0)]) {
      rig.runtime.advance(1000)
      expect(rig.stream.taken()).toEqual(ping(30))
      rig.runtime.advance(0)
      rig.stream.receive(life)
    }
    expect(rig.end).toBeUndefined()
  })

  it("send no more than ten PINGs to a silent peer, and go on when it is heard", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 100, heartbeatTimeout: 60_000 })
    const pings = (): number => {
      let count = 0
      for (let i = 0; i < 30; i++) {
        rig.runtime.advance(100)
        if (rig.stream.taken().length > 0) count++
      }
      return count
    }
    expect(pings()).toBe(10)
    rig.stream.receive(pong(""))
    expect(pings()).toBe(10)
    rig.stream.receive(frames("x"))
    expect(pings()).toBe(10)
    expect(rig.end).toBeUndefined()
  })

  it.each([
    // The time-out is the interval when it is not set.
    [1000, -1, 2000],
    [1000, 300, 1300],
    [1000, 2500, 3500],
    [100, 1050, 1150],
  ])(
    "every %i ms with a time-out of %i give a silent peer up after %i",
    (heartbeatInterval, heartbeatTimeout, after) => {
      const rig = establishedRig("3.1", { heartbeatInterval, heartbeatTimeout })
      rig.runtime.advance(after - 1)
      expect(rig.end).toBeUndefined()
      rig.runtime.advance(1)
      expect(rig.end).toBe("no error")
      expect(rig.gone).toBe(true)
      expect(rig.runtime.timers).toBe(0)
    },
  )

  it("with a time-out longer than the interval count from the first PING after the last sign of life", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 100, heartbeatTimeout: 250 })
    rig.runtime.advance(320)
    rig.stream.receive(pong(""))
    rig.runtime.advance(329)
    expect(rig.end).toBeUndefined()
    rig.runtime.advance(1)
    expect(rig.end).toBe("no error")
  })

  it("with a time-out of 0 never give up", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, heartbeatTimeout: 0 })
    rig.runtime.advance(100_000)
    expect(rig.end).toBeUndefined()
  })

  it("do not blame the peer for a silence that is ours", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 1000, receiveHighWaterMark: 1 })
    rig.stream.receive(Buffer.concat([ping(5), frames("a", "b", "c")]))
    expect(rig.stream.paused).toBe(true)
    rig.runtime.advance(20_000)
    expect(rig.end).toBeUndefined()
    expect(readAll(rig.pipe)).toEqual(["a", "b", "c"])
    expect(rig.stream.paused).toBe(false)
    // Now the peer could speak, and says nothing.
    rig.runtime.advance(3000)
    expect(rig.end).toBe("no error")
  })

  it("are sent to peers of 3.0 too", () => {
    const rig = establishedRig("3.0", { heartbeatInterval: 100 })
    rig.runtime.advance(100)
    expect(rig.stream.taken()).toEqual(ping(0))
  })

  it("are not sent to peers before 3.0, which know none", () => {
    for (const version of ["2.0", "unversioned"] as const) {
      const rig = establishedRig(version, { heartbeatInterval: 100 })
      rig.runtime.advance(1000)
      expect(rig.stream.taken()).toHaveLength(0)
      expect(rig.end).toBeUndefined()
    }
  })

  it("pile up nothing while nothing can be written", () => {
    const rig = establishedRig("3.1", { heartbeatInterval: 10, heartbeatTimeout: 0 })
    rig.stream.open = false
    rig.pipe.write(["x"])
    rig.sent()
    rig.runtime.advance(100_000)
    rig.stream.drain()
    expect(rig.stream.taken().length).toBeLessThan(1000)
  })
})

describe("a peer's fault in traffic", () => {
  it.each([
    ["a second READY", readyFrame("DEALER"), "ERR_ZMTP_UNEXPECTED_COMMAND, fault"],
    ["an ERROR", commandFrame(buildError("late")), "ERR_ZMTP_UNEXPECTED_COMMAND, fault"],
    ["a command without a name", commandFrame(""), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED, fault"],
    ["a command with an empty name", commandFrame("\0x"), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED, fault"],
    ["a reserved flag", Buffer.of(0x10, 0), "no error, fault"],
    ["a command with MORE", frame("\x04PING\0\0", 5), "no error, fault"],
    [
      "a command inside a message",
      Buffer.concat([frame("x", MORE), commandFrame("\x04PING\0\0")]),
      "no error, fault",
    ],
    ["a frame beyond the limit", frame(Buffer.alloc(1001)), "no error, fault"],
  ])("such as %s ends the connection after what came before it", (_name, bytes, end) => {
    for (const sizes of [[1], [5000]]) {
      const rig = establishedRig("3.1", { maxFrameSize: 1000 })
      rig.stream.receive(frames("before"))
      rig.stream.receive(...random.cut(Buffer.concat([bytes, frames("after")]), sizes))
      expect(rig.end).toBe(end)
      expect(readAll(rig.pipe)).toEqual(["before"])
      rig.runtime.advance(1000)
      expect(rig.gone).toBe(true)
      expect(rig.runtime.timers).toBe(0)
    }
  })

  it("does not consist in a command that nobody knows", () => {
    const rig = establishedRig()
    rig.stream.receive(commandFrame("\x07UNKNOWNdata"), commandFrame(buildPong(Buffer.alloc(0))), frames("x"))
    expect(rig.end).toBeUndefined()
    expect(readAll(rig.pipe)).toEqual(["x"])
  })

  it("may be seen by the pattern, too", () => {
    const rig = establishedRig()
    rig.pipe.fail("no envelope")
    expect(rig.end).toBe("no error, fault")
    expect(rig.gone).toBe(true)
  })
})

describe("subscriptions", () => {
  const say = (rig: SessionRig): Buffer => {
    rig.pipe.subscription(true, Buffer.from("ab"))
    rig.pipe.subscription(false, Buffer.from("c"))
    return rig.sent()
  }

  it("are commands to peers of 3.1 and messages to those before", () => {
    const commands = Buffer.concat([
      commandFrame(buildSubscribe(Buffer.from("ab"))),
      commandFrame(buildCancel(Buffer.from("c"))),
    ])
    const rigs = VERSIONS.map(version => establishedRig(version, { socketType: "SUB" }, "PUB"))
    expect(rigs.map(say)).toEqual([
      commands,
      frames("\x01ab", "\0c"),
      frames("\x01ab", "\0c"),
      Buffer.concat([frame("\x01ab", 0, 1), frame("\0c", 0, 1)]),
    ])
  })

  it("of peers reach PUB and XPUB as messages, in order with others", () => {
    for (const socketType of ["PUB", "XPUB"] as const) {
      const rig = establishedRig("3.1", { socketType }, "SUB")
      rig.stream.receive(
        Buffer.concat([
          commandFrame(buildSubscribe(Buffer.from("ab"))),
          frames("\x01old"),
          commandFrame(buildCancel(Buffer.alloc(0))),
        ]),
      )
      expect(readAll(rig.pipe)).toEqual(["\x01ab", "\x01old", "\0"])
    }
  })

  it("mean nothing to other types", () => {
    const rig = establishedRig()
    rig.stream.receive(commandFrame(buildSubscribe(Buffer.from("ab"))), frames("x"))
    expect(readAll(rig.pipe)).toEqual(["x"])
  })

  it("are assumed for everything of a peer without versions, which filters by itself", () => {
    const rig = new SessionRig({ socketType: "PUB" })
    rig.stream.receive(opening("unversioned"))
    expect(readAll(rig.pipe)).toEqual(["\x01"])
    const other = new SessionRig({ socketType: "PUB" })
    other.stream.receive(opening("2.0", "SUB"))
    expect(readAll(other.pipe)).toEqual([])
  })

  it("leave together, before the messages, and are not counted as messages", () => {
    const rig = establishedRig("3.1", { socketType: "SUB", sendHighWaterMark: 1 }, "PUB")
    for (let i = 0; i < 1000; i++) rig.pipe.subscription(true, Buffer.from(String(i)))
    expect(rig.pipe.unsent).toBe(0)
    // The first leaves at once, and those that follow in the same turn together.
    const sent = rig.sent()
    expect(rig.stream.writes).toBe(2)
    expect(sent).toEqual(
      Buffer.concat(
        Array.from({ length: 1000 }, (_, i) => commandFrame(buildSubscribe(Buffer.from(String(i))))),
      ),
    )
  })
})

describe("a long queue", () => {
  it("is given to the stream some 256 KiB at a time, and what it was not given survives the connection", () => {
    const rig = establishedRig("3.1", { sendHighWaterMark: 0 })
    rig.stream.open = false
    for (let i = 0; i < 1000; i++) rig.pipe.write([Buffer.alloc(10_000, i)])
    rig.stream.drain(false)
    const given = rig.stream.taken().length / frame(Buffer.alloc(10_000)).length
    expect(given).toBeLessThan(30)
    rig.stream.close()
    expect(rig.pipe.unsent).toBe(1000 - given)
    // The next connection gets the rest, in order.
    const rest: Buffer[] = []
    while (rig.pipe.unsent > 0) {
      rest.push(Buffer.concat(rig.pipe.take()))
      rig.pipe.taken()
    }
    const wanted = Array.from({ length: 1000 - given }, (_, i) => frame(Buffer.alloc(10_000, given + i)))
    expect(Buffer.concat(rest).equals(Buffer.concat(wanted))).toBe(true)
  })

  it("tells of messages that were spoiled, and sends the others", () => {
    const rig = establishedRig("3.1", { sendHighWaterMark: 0 })
    rig.stream.open = false
    rig.pipe.write(["first"])
    const part = Buffer.allocUnsafeSlow(100_000)
    rig.pipe.write([part])
    rig.pipe.write(["last"])
    structuredClone(part.buffer, { transfer: [part.buffer] })
    rig.stream.drain()
    expect(rig.sent()).toEqual(frames("first", "last"))
    expect(rig.spoiledMessages).toBe(1)
  })

  it("goes on after a write of which nothing is left, since all of it was spoiled", () => {
    const rig = establishedRig()
    rig.stream.open = false
    rig.pipe.write(["under way"])
    rig.pipe.flush()
    const part = Buffer.allocUnsafeSlow(300_000)
    rig.pipe.write([part])
    rig.pipe.write(["last"])
    structuredClone(part.buffer, { transfer: [part.buffer] })
    rig.stream.drain()
    expect(rig.stream.taken()).toEqual(frames("under way", "last"))
  })

  it("is known to be empty when its last messages were spoiled", () => {
    const rig = establishedRig()
    rig.stream.open = false
    rig.pipe.write(["under way"])
    rig.pipe.flush()
    const part = Buffer.allocUnsafeSlow(300_000)
    rig.pipe.write([part])
    let sent = 0
    rig.pipe.whenSent(() => sent++)
    structuredClone(part.buffer, { transfer: [part.buffer] })
    rig.stream.drain()
    expect([rig.pipe.unsent, sent]).toEqual([0, 1])
  })
})

describe("the end of the process", () => {
  it("leaves to the stream all that is queued, and what is written later goes at once", () => {
    const rig = establishedRig("3.1", { sendHighWaterMark: 0 })
    rig.stream.open = false
    rig.pipe.write(["under way"])
    for (let i = 0; i < 100; i++) rig.pipe.write([Buffer.alloc(10_000, i)])
    rig.pipe.flushAtExit(-1)
    const [{ bytes, linger } = { bytes: Buffer.alloc(0), linger: 0 }] = rig.stream.atExit
    expect(linger).toBe(-1)
    const wanted = Array.from({ length: 100 }, (_, i) => frame(Buffer.alloc(10_000, i)))
    expect(bytes.equals(Buffer.concat(wanted))).toBe(true)
    rig.stream.taken()
    rig.pipe.write(["a"])
    rig.pipe.write(["b"])
    expect(rig.stream.taken()).toEqual(frames("a", "b"))
  })
})

describe("the end of a connection", () => {
  it("by finish(-1) waits for a peer that talks, and a minute longer, but not for a silent one", () => {
    const rig = establishedRig()
    rig.session.finish(-1)
    for (let i = 0; i < 20; i++) {
      rig.runtime.advance(900)
      rig.stream.receive(frames("still here"))
    }
    rig.runtime.advance(59_000)
    expect(rig.gone).toBe(false)
    rig.runtime.advance(1000)
    expect(rig.gone).toBe(true)
    const silent = establishedRig()
    silent.session.finish(-1)
    silent.runtime.advance(1000)
    expect(silent.gone).toBe(true)
  })

  it("by finish(-1) holds the process for two minutes at most, however long the peer talks", () => {
    const rig = establishedRig()
    rig.session.finish(-1)
    expect(rig.runtime.holds).toBe(true)
    for (let i = 0; i < 130; i++) {
      rig.runtime.advance(900)
      rig.stream.receive(frames("still here"))
    }
    expect([rig.gone, rig.runtime.holds]).toEqual([false, false])
  })

  it("by finish() with a linger time waits no longer for a peer that talks", () => {
    const rig = establishedRig()
    rig.session.finish(5000)
    for (let i = 0; i < 20 && !rig.gone; i++) {
      rig.runtime.advance(900)
      rig.stream.receive(frames("still here"))
    }
    expect(rig.gone).toBe(true)
    expect(rig.runtime.now()).toBeLessThan(7000)
  })

  it("is reported once when the pattern finds fault with what is read last", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 1 })
    rig.stream.receive(frames("1", "2", "3"))
    rig.pipe.deliver = () => {
      rig.pipe.fail("broken")
    }
    rig.stream.close()
    expect(rig.end).toBe("no error, fault")
  })

  it("by the peer is reported once, and nothing is heard of it afterwards", () => {
    const rig = establishedRig()
    rig.stream.close()
    expect(rig.end).toBe("no error")
    rig.session.onData(frames("late"), false)
    rig.session.onDrain()
    rig.session.finish()
    rig.session.destroy()
    rig.session.transmit()
    expect(rig.end).toBe("no error")
    expect(readAll(rig.pipe)).toEqual([])
    expect(rig.runtime.timers).toBe(0)
  })

  it("by finish() is a half-close, and the whole one follows after a second", () => {
    const rig = establishedRig()
    rig.session.finish()
    expect([rig.stream.ended, rig.stream.destroyed]).toEqual([true, false])
    rig.stream.receive(frames("late"))
    expect(readAll(rig.pipe)).toEqual([])
    rig.runtime.advance(999)
    expect(rig.gone).toBe(false)
    rig.runtime.advance(1)
    expect(rig.gone).toBe(true)
    expect(rig.ends).toEqual([])
  })

  it("by finish() is over when the peer closes too, and reads on although the queue was full", () => {
    const rig = establishedRig("3.1", { receiveHighWaterMark: 1 })
    rig.stream.receive(frames("a", "b"))
    expect(rig.stream.paused).toBe(true)
    rig.session.finish()
    expect(rig.stream.paused).toBe(false)
    rig.stream.close()
    expect(rig.runtime.timers).toBe(0)
    expect(rig.ends).toEqual([])
  })

  it("by destroy() is at once and without a word", () => {
    const rig = establishedRig()
    rig.session.destroy()
    expect([rig.stream.ended, rig.gone, rig.ends.length]).toEqual([false, true, 0])
  })
})

describe("a mechanism that encrypts", () => {
  const flip = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map(byte => byte ^ 0x5a))

  const cipher: Cipher = {
    seal: (body, more, command) =>
      buildCommand("MESSAGE", flip(Buffer.concat([Buffer.of((more ? 1 : 0) | (command ? 2 : 0)), body]))),
    open(body) {
      if (!body.subarray(0, 8).equals(buildCommand("MESSAGE"))) {
        throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Not a MESSAGE")
      }
      const plain = flip(body.subarray(8))
      const flags = plain[0] ?? 0xff
      if (flags > 2) throw new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", "Tampered with")
      return { body: plain.subarray(1), more: flags === 1, command: flags === 2 }
    },
  }

  /** One command each way, and then all is sealed. */
  class XorMechanism implements Mechanism {
    readonly name = "CURVE"
    readonly asServer = false
    readonly cipher = cipher
    readonly #host: MechanismHost

    constructor(host: MechanismHost) {
      this.#host = host
    }

    start(): void {
      this.#host.send(buildCommand("HI"))
    }

    receive(body: Buffer): void {
      if (!body.equals(buildCommand("HI"))) {
        return this.#host.fail(new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "No HI"))
      }
      this.#host.send(buildCommand("BYE"))
      this.#host.ready(new Metadata([["Identity", Buffer.from("sealed")]]))
    }
  }

  const security: SecuritySettings = {
    mechanism: "CURVE",
    asServer: false,
    allowLegacy: false,
    create: host => new XorMechanism(host),
  }
  const HI = commandFrame(buildCommand("HI"))
  const BYE = commandFrame(buildCommand("BYE"))
  const sealed = (text: string, more = false, command = false): Buffer =>
    frame(cipher.seal(Buffer.from(text, "latin1"), more, command))

  const established = (options = {}): SessionRig => {
    const rig = new SessionRig(options, security)
    rig.stream.receive(greeting(1, "CURVE"), HI)
    expect(rig.peer?.routingId).toEqual(Buffer.from("sealed"))
    rig.sent()
    return rig
  }

  it("sends its own commands in the clear and everything after them sealed, a frame at a time", () => {
    const rig = new SessionRig({}, security)
    rig.pipe.write(["early", Buffer.alloc(9000, 1)])
    rig.stream.taken()
    rig.stream.receive(greeting(1, "CURVE"), HI)
    const wanted = [
      greeting(1, "CURVE").subarray(10),
      HI,
      BYE,
      sealed("early", true),
      sealed("\x01".repeat(9000)),
    ]
    expect(rig.sent().equals(Buffer.concat(wanted))).toBe(true)
    rig.pipe.write(["a", "b"])
    expect(rig.sent()).toEqual(Buffer.concat([sealed("a", true), sealed("b")]))
  })

  it("sends its own commands in the clear even when they have to wait", () => {
    const rig = new SessionRig({}, security)
    rig.stream.open = false
    rig.stream.receive(greeting(1, "CURVE"), HI)
    rig.pipe.write(["a"])
    rig.stream.drain()
    rig.stream.drain()
    expect(rig.sent().subarray(64)).toEqual(Buffer.concat([HI, BYE, sealed("a")]))
  })

  it("opens what the peer sends, in MESSAGE frames or commands, cut anywhere", () => {
    const bytes = Buffer.concat([
      sealed("a", true),
      sealed("b", true),
      sealed("", false),
      commandFrame(cipher.seal(Buffer.from("c"), false, false)),
      sealed("x".repeat(1000)),
    ])
    for (const size of [1, 10, 5000]) {
      const rig = established()
      rig.stream.receive(...random.cut(bytes, [size]))
      expect(readAll(rig.pipe)).toEqual(["a|b|", "c", "x".repeat(1000)])
    }
  })

  it("carries PINGs and PONGs inside", () => {
    const rig = established()
    rig.stream.receive(sealed(buildPing(0, Buffer.from("ctx")).toString("latin1"), false, true))
    expect(rig.stream.taken()).toEqual(sealed(buildPong(Buffer.from("ctx")).toString("latin1"), false, true))
  })

  it("stops at the receive mark as others do", () => {
    const rig = established({ receiveHighWaterMark: 2 })
    rig.stream.receive(Buffer.concat(["a", "b", "c", "d", "e"].map(text => sealed(text))))
    expect(rig.pipe.room).toBe(0)
    expect(readAll(rig.pipe).join("")).toBe("abcde")
  })

  it("ends the connection when something was tampered with", () => {
    const rig = established()
    const bytes = sealed("a")
    bytes[10] = 0
    rig.stream.receive(sealed("before"), bytes, sealed("after"))
    expect(rig.end).toBe("ERR_ZMTP_CRYPTOGRAPHIC, fault")
    expect(readAll(rig.pipe)).toEqual(["before"])
  })

  it("does not let a PING pass that is not sealed", () => {
    const rig = established()
    rig.stream.receive(commandFrame(buildPing(0)))
    expect(rig.end).toBe("ERR_ZMTP_UNEXPECTED_COMMAND, fault")
  })
})
