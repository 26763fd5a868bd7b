import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Decoder, HEAP_LIMIT, MalformedFrame, MAX_PARTS } from "../../src/wire/decoder.js"
import type { Framing } from "../../src/wire/frames.js"
import { COMMAND, commandFrame, frame, LONG, long, messageFrames, MORE } from "../support/frames.js"
import { giveAway, isAlone } from "../support/memory.js"
import * as random from "../support/random.js"

const LIMIT = 2 ** 32

interface Unit {
  readonly kind: "message" | "command"
  readonly parts: readonly Buffer[]
}

const decoderOf = (framing: Framing = 2, maxFrameSize = LIMIT): Decoder =>
  new Decoder({ framing, maxFrameSize })

/** All that a decoder has to give now. */
function drain(decoder: Decoder): Unit[] {
  const units: Unit[] = []
  for (;;) {
    const kind = decoder.next()
    if (kind === undefined) return units
    units.push({ kind, parts: kind === "message" ? decoder.message : [decoder.command] })
  }
}

function decode(chunks: readonly Buffer[], framing: Framing = 2, maxFrameSize = LIMIT): Unit[] {
  const decoder = decoderOf(framing, maxFrameSize)
  return chunks.flatMap(chunk => {
    decoder.push(chunk)
    return drain(decoder)
  })
}

/** In hexadecimal, which compares fast. */
const shown = (units: readonly Unit[]): string[] =>
  units.map(({ kind, parts }) => `${kind} ${parts.map(part => part.toString("hex")).join(" ")}`)

const wire = (units: readonly Unit[], framing: Framing): Buffer =>
  Buffer.concat(
    units.map(({ kind, parts }) =>
      kind === "message" ? messageFrames(parts, framing) : commandFrame(parts[0] as Buffer),
    ),
  )

const messageUnit = random.message.map((parts): Unit => ({ kind: "message", parts }))
const commandUnit = random.bytes.map((body): Unit => ({ kind: "command", parts: [body] }))
const stream = fc.array(fc.oneof({ weight: 3, arbitrary: messageUnit }, commandUnit), { maxLength: 6 })
const messages = fc.array(messageUnit, { maxLength: 6 })

afterEach(() => {
  vi.restoreAllMocks()
})

describe("any stream of bytes", () => {
  it("gives the messages and commands that it was made of, however it is cut", () => {
    fc.assert(
      fc.property(stream, random.cuts, (units, sizes) => {
        expect(shown(decode(random.cut(wire(units, 2), sizes)))).toEqual(shown(units))
      }),
    )
  })

  it("gives the messages that it was made of in the framing of ZMTP 1.0", () => {
    fc.assert(
      fc.property(messages, random.cuts, (units, sizes) => {
        expect(shown(decode(random.cut(wire(units, 1), sizes), 1))).toEqual(shown(units))
      }),
    )
  })

  it("may be pushed whole before anything is asked for", () => {
    fc.assert(
      fc.property(stream, random.cuts, (units, sizes) => {
        const decoder = decoderOf()
        for (const chunk of random.cut(wire(units, 2), sizes)) decoder.push(chunk)
        expect(shown(drain(decoder))).toEqual(shown(units))
        expect(decoder.pending).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  it("gives the same when messages are taken in bursts, as far as each burst may go", () => {
    fc.assert(
      fc.property(
        stream,
        random.cuts,
        fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1 }),
        fc.constantFrom(1, 2),
        (units, sizes, bursts, framing) => {
          const wanted = framing === 1 ? units.filter(({ kind }) => kind === "message") : units
          const decoder = decoderOf(framing)
          const found: Unit[] = []
          let turn = 0
          for (const chunk of random.cut(wire(wanted, framing), sizes)) {
            decoder.push(chunk)
            for (let kind = decoder.next(); kind !== undefined; kind = decoder.next()) {
              found.push({ kind, parts: kind === "message" ? decoder.message : [decoder.command] })
              const most = bursts[turn++ % bursts.length] ?? 0
              const before = found.length
              const count = decoder.burst({ push: parts => found.push({ kind: "message", parts }) }, most)
              expect(count).toBe(found.length - before)
              expect(count).toBeLessThanOrEqual(Math.max(0, most))
            }
          }
          expect(shown(found)).toEqual(shown(wanted))
        },
      ),
    )
  })

  it("gives in a burst all messages of one part that lie whole in the chunk, up to a limit", () => {
    const decoder = decoderOf(2, 1000)
    const burst = (most: number): string => {
      const found: string[] = []
      decoder.burst({ push: parts => found.push(parts.map(part => `${part.length}`).join("|")) }, most)
      return found.join(" ")
    }
    decoder.push(
      Buffer.concat([
        frame("a"),
        frame(Buffer.alloc(64)),
        frame(Buffer.alloc(300)),
        frame(""),
        commandFrame("x"),
      ]),
    )
    expect([burst(0), burst(2), burst(9), burst(9)]).toEqual(["", "1 64", "300 0", ""])
    expect(decoder.next()).toBe("command")
    decoder.push(Buffer.concat([frame("b"), frame(Buffer.alloc(1001))]))
    expect(burst(9)).toBe("1")
    expect(() => decoder.next()).toThrow(MalformedFrame)
  })

  it.each([
    ["a message", frame("part", MORE)],
    ["a header", Buffer.of(LONG, 0, 0)],
    ["a body", Buffer.from([0, 100, 1])],
  ])("gives nothing in a burst while %s is incomplete", (_name, begun) => {
    const decoder = decoderOf()
    decoder.push(begun)
    expect(decoder.next()).toBeUndefined()
    decoder.push(Buffer.concat([frame("a"), frame("b")]))
    expect(decoder.burst({ push: () => expect.fail("Out of a body") }, 9)).toBe(0)
  })

  it.each([1, 2] as const)("may come one byte at a time in framing %i", framing => {
    const units: Unit[] = [0, 1, 64, 65, 253, 254, 255, 256, 9000].map(size => ({
      kind: "message",
      parts: [Buffer.alloc(size, size), Buffer.of(7)],
    }))
    if (framing === 2) units.push({ kind: "command", parts: [Buffer.from("\x04PING\0\0")] })
    expect(shown(decode(random.cut(wire(units, framing), [1]), framing))).toEqual(shown(units))
  })

  it("may contain empty chunks", () => {
    const decoder = decoderOf()
    for (const chunk of ["", "\0", "", "\x02a", "", "b", ""]) decoder.push(Buffer.from(chunk))
    expect(shown(drain(decoder))).toEqual(["message 6162"])
  })

  it("either decodes or is malformed, whatever it is, and never gives more bytes than came", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        random.cuts,
        fc.constantFrom(1, 2),
        (noise, sizes, framing) => {
          let units: Unit[] = []
          try {
            units = decode(random.cut(Buffer.from(noise), sizes), framing)
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedFrame)
          }
          expect(
            units.flatMap(unit => unit.parts).reduce((sum, part) => sum + part.length, 0),
          ).toBeLessThanOrEqual(noise.length)
        },
      ),
      { numRuns: 500 },
    )
  })

  it("is decoded one message at a time, and the rest waits", () => {
    const decoder = decoderOf()
    decoder.push(Buffer.concat([frame("a"), frame("b"), frame("c").subarray(0, 1)]))
    expect(decoder.next()).toBe("message")
    expect(decoder.pending).toBe(true)
    expect(decoder.next()).toBe("message")
    expect(String(decoder.message[0])).toBe("b")
    expect(decoder.pending).toBe(true)
    expect(decoder.next()).toBeUndefined()
    expect(decoder.pending).toBe(false)
  })
})

describe("a length", () => {
  it.each([
    ["2^63-1", 2n ** 63n - 1n],
    ["2^53+1", 2n ** 53n + 1n],
    ["2^32", 2n ** 32n],
    ["1001", 1001n],
  ])(
    "of %s is parsed and refused where less is allowed, before any of the body has come",
    (_name, length) => {
      expect(() => decode([Buffer.of(LONG), long(length)], 2, 1000)).toThrow(MalformedFrame)
      expect(() => decode([Buffer.of(255), long(length + 1n), Buffer.of(0)], 1, 1000)).toThrow(MalformedFrame)
    },
  )

  it("of 2^63-1 is waited for where it is allowed, and costs nothing", () => {
    const decoder = decoderOf(2, Infinity)
    decoder.push(Buffer.concat([Buffer.of(LONG), long(2n ** 63n - 1n), Buffer.from("abc")]))
    expect(decoder.next()).toBeUndefined()
  })

  it.each([1, 2] as const)("may be just the limit and not one more in framing %i", framing => {
    for (const limit of [0, 10, 255, 300]) {
      expect(decode([frame(Buffer.alloc(limit), 0, framing)], framing, limit)).toHaveLength(1)
      const over = frame(Buffer.alloc(limit + 1), 0, framing)
      expect(() => decode([over], framing, limit)).toThrow(MalformedFrame)
      expect(() => decode(random.cut(over, [1]), framing, limit)).toThrow(MalformedFrame)
    }
  })

  it("is held to the limit of the moment when its header is read", () => {
    const decoder = decoderOf(2, 3)
    decoder.push(Buffer.concat([frame("abc"), frame("abcd")]))
    expect(decoder.next()).toBe("message")
    decoder.setMaxFrameSize(4)
    expect(decoder.next()).toBe("message")
    decoder.setMaxFrameSize(2)
    decoder.push(frame("abc"))
    expect(() => decoder.next()).toThrow("3 bytes where 2")
  })

  it("may be written long although it is short", () => {
    expect(shown(decode([Buffer.of(LONG), long(2), Buffer.from("ab")]))).toEqual(["message 6162"])
    expect(shown(decode([Buffer.of(255), long(3), Buffer.from("\0ab")], 1))).toEqual(["message 6162"])
  })

  it("of zero is no frame in framing 1, where it counts the flags, and malformed when it is written long", () => {
    expect(decode([Buffer.of(0, 0, 2, 0, 65, 0)], 1).map(({ parts }) => String(parts))).toEqual(["A"])
    expect(() => decode([Buffer.of(255), long(0), Buffer.of(0)], 1)).toThrow(MalformedFrame)
  })

  it.each([1, 2] as const)(
    "begins one message, whatever MORE says, while single is set, in framing %i",
    framing => {
      const decoder = new Decoder({ framing, maxFrameSize: 100 })
      decoder.push(framing === 1 ? Buffer.of(2, 1, 65, 2, 1, 66) : Buffer.of(1, 1, 65, 1, 1, 66))
      decoder.single = true
      expect([decoder.next(), String(decoder.message)]).toEqual(["message", "A"])
      decoder.single = false
      expect(decoder.next()).toBeUndefined()
    },
  )
})

describe("flags", () => {
  it.each([0x08, 0x10, 0x20, 0x40, 0x80])(
    "with the reserved bit %i are malformed, whatever else is set",
    bit => {
      for (const others of [0, MORE, LONG, COMMAND]) {
        const header = Buffer.concat([Buffer.of(bit | others), others === LONG ? long(0) : Buffer.of(0)])
        expect(() => decode([header])).toThrow(MalformedFrame)
      }
    },
  )

  it("of a command with MORE are malformed", () => {
    expect(() => decode([frame("x", COMMAND | MORE)])).toThrow(MalformedFrame)
    expect(() => decode([frame(Buffer.alloc(300), COMMAND | MORE)])).toThrow(MalformedFrame)
  })

  it("of a command between the frames of a message are malformed", () => {
    expect(() => decode([frame("part", MORE), commandFrame("\x04PING\0\0")])).toThrow(MalformedFrame)
    expect(() => decode(random.cut(Buffer.concat([frame("part", MORE), commandFrame("x")]), [1]))).toThrow(
      MalformedFrame,
    )
    expect(decode([frame("whole"), commandFrame("x"), frame("whole")])).toHaveLength(3)
  })

  it("other than MORE mean nothing in framing 1, as in libzmq", () => {
    expect(shown(decode([frame("a", 0xfe | MORE, 1), frame("b", 0xfe, 1)], 1))).toEqual(["message 61 62"])
  })
})

describe("the number of parts", () => {
  it("is limited, so that an endless message ends", () => {
    const parts = Buffer.concat(Array<Buffer>(MAX_PARTS - 1).fill(frame("", MORE)))
    const [whole] = decode([parts, frame("")])
    expect(whole?.parts).toHaveLength(MAX_PARTS)
    expect(() => decode([parts, frame("", MORE)])).toThrow(MalformedFrame)
  })
})

describe("reading into memory that is used again", () => {
  /** As a stream does it that has but one buffer: what is still to be decoded may wait, and the buffer changes. */
  function read(
    bytes: Buffer,
    sizes: readonly number[],
    framing: Framing,
    patience: readonly boolean[],
    limits: readonly number[],
  ): Unit[] {
    const decoder = decoderOf(framing)
    const scratch = Buffer.alloc(100_000)
    const units: Unit[] = []
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const space = decoder.space() ?? scratch
      const size = sizes[turn % sizes.length] as number
      const length = bytes.copy(space, 0, at, Math.min(at + size, bytes.length))
      at += length
      const lent = space === scratch
      decoder.push(space.subarray(0, length), lent)
      decoder.ownLimit = limits[turn % limits.length] as number
      if (patience[turn % patience.length] === true) units.push(...drain(decoder))
      else if (decoder.next() === "message") {
        units.push({ kind: "message", parts: decoder.message })
        decoder.burst({ push: parts => units.push({ kind: "message", parts }) }, 3)
      }
      decoder.settle()
      scratch.fill(0xee)
    }
    units.push(...drain(decoder))
    if (!limits.some(isFinite)) expect(units.every(({ parts }) => parts.every(isAlone))).toBe(true)
    return units
  }

  const size = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.constantFrom(HEAP_LIMIT, HEAP_LIMIT + 1, 16_384, 65_536, 65_537, 150_000),
  )
  const large = fc.array(fc.array(size, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 })
  const reads = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(8192, 16_384, 65_536, 100_000)),
    {
      minLength: 1,
      maxLength: 5,
    },
  )

  it.each([1, 2] as const)("gives what was sent, in framing %i", framing => {
    fc.assert(
      fc.property(
        large,
        reads,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom(0, HEAP_LIMIT, Infinity), { minLength: 1, maxLength: 3 }),
        (bodies, sizes, patience, limits) => {
          // With reads of a few bytes only, a megabyte would take minutes.
          const most = Math.max(...sizes) > 1000 ? Infinity : 400
          const units = bodies.map((parts, i): Unit => ({
            kind: "message",
            parts: parts.map(length => Buffer.alloc(Math.min(length, most), i + 1)),
          }))
          expect(shown(read(wire(units, framing), sizes, framing, patience, limits))).toEqual(shown(units))
        },
      ),
    )
  })

  it("takes the rest of a large body, of a size that was seen before, where it will stay", () => {
    const decoder = decoderOf()
    const body = Buffer.alloc(200_000, 7)
    for (const chunk of random.cut(frame(body), [65_536])) {
      decoder.push(chunk)
      decoder.next()
    }
    for (const start of [
      frame(body).subarray(0, 1000),
      Buffer.concat([frame("x"), frame(body).subarray(0, 1000)]),
    ]) {
      decoder.push(start, true)
      drain(decoder)
      const space = decoder.space()
      expect(space).toHaveLength(200_000 - (1000 - 9))
      body.copy(space as Buffer)
      decoder.push(space as Buffer)
      expect(decoder.pending).toBe(true)
      expect(decoder.next()).toBe("message")
      expect(decoder.message[0]?.buffer).toBe(space?.buffer)
      expect(decoder.message[0]?.equals(body)).toBe(true)
    }
  })

  it("wants no memory of its own for small messages, nor for few", () => {
    const decoder = decoderOf()
    for (const chunk of [
      Buffer.concat(Array<Buffer>(3000).fill(frame(Buffer.alloc(20)))),
      frame(Buffer.alloc(1000)),
      Buffer.concat([frame("a"), frame(Buffer.alloc(1000)).subarray(0, 10)]),
    ]) {
      decoder.push(chunk, true)
      drain(decoder)
      decoder.settle()
      expect(decoder.space()).toBeUndefined()
    }
  })

  it("takes the rest of a larger body than any before in pieces, each at most as long as what has come", () => {
    const decoder = decoderOf()
    const body = Buffer.allocUnsafe(1_000_000)
    for (let i = 0; i < body.length; i++) body[i] = i % 251
    decoder.push(frame(body).subarray(0, 20_009), true)
    decoder.next()
    let direct = 0
    for (let at = 20_000; at < body.length;) {
      const space = decoder.space()
      if (space !== undefined) expect(space.length).toBeLessThanOrEqual(at)
      const length = body.copy(space ?? Buffer.alloc(60_000), 0, at, at + 60_000)
      decoder.push(space?.subarray(0, length) ?? body.subarray(at, at + length), space === undefined)
      decoder.settle()
      if (space !== undefined) direct += length
      at += length
      expect(decoder.next()).toBe(at < body.length ? undefined : "message")
    }
    expect(decoder.message[0]?.equals(body)).toBe(true)
    expect(isAlone(decoder.message[0] as Buffer)).toBe(true)
    expect(direct).toBeGreaterThan(800_000)
  })
})

describe("memory", () => {
  it("of each part is its own, whatever came with it and however it was cut", () => {
    fc.assert(
      fc.property(stream, random.cuts, fc.constantFrom(1, 2), (units, sizes, framing) => {
        const wanted = framing === 1 ? units.filter(({ kind }) => kind === "message") : units
        const found = decode(random.cut(wire(wanted, framing), sizes), framing)
        expect(found.flatMap(({ parts }) => parts).every(isAlone)).toBe(true)
      }),
    )
  })

  it("of each part can be given away without harm to any other, before or after it", () => {
    fc.assert(
      fc.property(messages, random.cuts, fc.boolean(), (units, sizes, bursts) => {
        const decoder = decoderOf()
        const found: string[] = []
        const kept: Buffer[] = []
        const take = (parts: readonly Buffer[]): void => {
          const moved = parts.map((part, i) => (i % 2 === 0 ? giveAway(part) : part))
          expect(parts.every((part, i) => part.length === 0 || i % 2 === 1)).toBe(true)
          kept.push(...parts.filter((_, i) => i % 2 === 1))
          found.push(`message ${moved.map(part => part.toString("hex")).join(" ")}`)
        }
        for (const chunk of random.cut(wire(units, 2), sizes)) {
          decoder.push(chunk)
          while (decoder.next() !== undefined) {
            take(decoder.message)
            if (bursts) decoder.burst({ push: take }, 2)
          }
        }
        expect(found).toEqual(shown(units))
        const odd = units.flatMap(({ parts }) => parts.filter((_, i) => i % 2 === 1))
        expect(kept.map(part => part.toString("hex"))).toEqual(odd.map(part => part.toString("hex")))
      }),
    )
  })

  it("of a part of no bytes is its own too", () => {
    const [one, other] = decode([Buffer.concat([frame(""), frame("")])]).flatMap(({ parts }) => parts)
    giveAway(one as Buffer)
    expect(giveAway(other as Buffer)).toHaveLength(0)
  })

  it("of what was given is not held once there is nothing more to give", () => {
    const decoder = new Decoder({ framing: 2, maxFrameSize: 1000 })
    decoder.push(Buffer.from([0, 1, 7, 4, 3, 2, 65, 66]))
    expect([decoder.next(), decoder.next()]).toEqual(["message", "command"])
    expect([decoder.message.length, decoder.command.length]).toEqual([1, 3])
    expect(decoder.next()).toBeUndefined()
    expect([decoder.message.length, decoder.command.length]).toEqual([0, 0])
  })

  it("of larger parts is shared where that is asked for, as far as they came whole", () => {
    const decoder = decoderOf()
    const large = (fill: number): Buffer => Buffer.alloc(HEAP_LIMIT + 1, fill)
    decoder.ownLimit = HEAP_LIMIT
    const whole = Buffer.concat([
      frame(Buffer.alloc(HEAP_LIMIT, 1)),
      frame(large(2)),
      frame(large(3)),
      frame(large(4)),
    ])
    decoder.push(whole.subarray(0, -1))
    const [small, one, other] = drain(decoder).map(({ parts }) => parts[0] as Buffer)
    decoder.push(whole.subarray(-1))
    const [cut] = drain(decoder).map(({ parts }) => parts[0] as Buffer)
    expect([small, cut].map(part => isAlone(part as Buffer))).toEqual([true, true])
    expect(one?.buffer).toBe(other?.buffer)
    // It is nobody's but theirs: not the chunk, nor what was read before.
    expect(one?.buffer).not.toBe(whole.buffer)
    expect(one?.buffer.byteLength).toBeLessThan(whole.length)
  })

  it("that is shared is made as it is told to be made, once for each chunk", () => {
    const made: number[] = []
    const decoder = new Decoder({
      framing: 2,
      maxFrameSize: LIMIT,
      allocateShared: bytes => {
        made.push(bytes)
        return Buffer.alloc(bytes)
      },
    })
    decoder.ownLimit = HEAP_LIMIT
    const chunk = Buffer.concat([frame("a"), ...Array<Buffer>(9).fill(frame(Buffer.alloc(100)))])
    decoder.push(chunk, true)
    for (let i = 0; i < 3; i++) decoder.next()
    decoder.settle()
    drain(decoder)
    expect(made).toEqual([chunk.length - 3])
    decoder.push(frame("few"))
    drain(decoder)
    expect(made).toHaveLength(1)
  })

  it("that is shared may be given away all the same: what comes later is as it was sent", () => {
    const sizes = fc.array(fc.constantFrom(1, 60, 65, 100, 300, 5000, 20_000), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom(50, 20_000, 65_536),
        fc.constantFrom(0, HEAP_LIMIT),
        fc.integer({ min: 0, max: 9 }),
        (lengths, read, limit, most) => {
          const units = lengths.map((length, i): Unit => ({
            kind: "message",
            parts: [Buffer.alloc(length, i)],
          }))
          const decoder = decoderOf()
          decoder.ownLimit = limit
          const found: Unit[] = []
          const bytes = wire(units, 2)
          const scratch = Buffer.alloc(65_536)
          for (let at = 0; at < bytes.length;) {
            const space = decoder.space()
            const length = bytes.copy(space ?? scratch, 0, at, at + read)
            decoder.push((space ?? scratch).subarray(0, length), space === undefined)
            at += length
            while (decoder.next() !== undefined) {
              const batch = [decoder.message]
              decoder.burst({ push: parts => batch.push(parts) }, most)
              const kept = batch.map((parts): Unit => ({
                kind: "message",
                parts: parts.map(part => Buffer.from(part)),
              }))
              found.push(...kept)
              // As sessions do: before a program sees any of it.
              decoder.settle()
              for (const [part] of batch) if (part !== undefined && part.length > 0) giveAway(part)
            }
          }
          expect(shown(found)).toEqual(shown(units))
        },
      ),
    )
  })

  it("that is shared is read into directly when much comes at once", () => {
    const decoder = decoderOf()
    decoder.ownLimit = HEAP_LIMIT
    const many = Buffer.concat(Array<Buffer>(50).fill(frame(Buffer.alloc(1000, 1))))
    decoder.push(many, true)
    expect(decoder.space()).toBeUndefined()
    drain(decoder)
    const space = decoder.space() as Buffer
    many.copy(space)
    decoder.push(space.subarray(0, many.length))
    expect(drain(decoder).every(({ parts }) => parts[0]?.buffer === space.buffer)).toBe(true)
    // Each read has memory of its own: nobody has the next one's.
    expect(decoder.space()?.buffer).not.toBe(space.buffer)
    decoder.push(frame("few"), true)
    drain(decoder)
    expect(decoder.space()).toBeUndefined()
  })

  it("of a body that comes byte by byte is about its size, and the time too", () => {
    const size = 2_000_000
    const decoder = decoderOf()
    decoder.push(Buffer.concat([Buffer.of(LONG), long(size)]))
    let allocated = 0
    for (const name of ["allocUnsafe", "allocUnsafeSlow"] as const) {
      const original = Buffer[name].bind(Buffer)
      vi.spyOn(Buffer, name).mockImplementation(bytes => {
        allocated += bytes
        return original(bytes)
      })
    }
    // Each byte stands in a chunk of its own size times a thousand, which must not be kept.
    const chunk = Buffer.alloc(1000).subarray(500, 501)
    for (let i = 0; i < size; i++) {
      decoder.push(chunk)
      if (decoder.next() !== undefined) expect(i).toBe(size - 1)
    }
    expect(decoder.message[0]).toHaveLength(size)
    // Once in pieces, once whole; concat may use either function inside or none.
    expect(allocated).toBeGreaterThanOrEqual(size)
    expect(allocated).toBeLessThan(2.1 * size)
  })

  it("grows with the bytes received and not with the length declared", () => {
    const decoder = decoderOf(2, Infinity)
    const allocate = vi.spyOn(Buffer, "allocUnsafeSlow")
    decoder.push(Buffer.concat([Buffer.of(LONG), long(2n ** 40n), Buffer.alloc(100)]))
    expect(decoder.next()).toBeUndefined()
    expect(allocate.mock.calls.reduce((sum, [size]) => sum + size, 0)).toBeLessThanOrEqual(16 * 1024)
  })

  it("of a body that trickles in a byte and a block in turn stays within twice its size", () => {
    const decoder = decoderOf()
    const rounds = 40
    let kept = 0
    const allocate = Buffer.allocUnsafeSlow.bind(Buffer)
    vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation(bytes => {
      kept += bytes
      return allocate(bytes)
    })
    decoder.push(Buffer.concat([Buffer.of(LONG), long(1e6)]))
    for (let i = 0; i < rounds; i++) {
      decoder.push(Buffer.alloc(1))
      decoder.push(Buffer.alloc(16 * 1024))
      expect(decoder.next()).toBeUndefined()
    }
    expect(kept).toBeLessThanOrEqual(2 * rounds * 16 * 1024)
  })

  it("of a message of 100 MB in reads of 64 KiB is copied twice: into pieces, and together", () => {
    const size = 100_000_000
    const decoder = decoderOf()
    let copied = 0
    let concatenations = 0
    const concat = Buffer.concat.bind(Buffer)
    vi.spyOn(Buffer, "concat").mockImplementation(pieces => {
      concatenations++
      for (const piece of pieces) copied += piece.length
      return concat(pieces)
    })
    const { prototype }: { prototype: Buffer } = Buffer
    const copy = prototype.copy
    let gathered = 0
    vi.spyOn(prototype, "copy").mockImplementation(function (
      this: Buffer,
      ...args: Parameters<Buffer["copy"]>
    ) {
      const count = copy.apply(this, args)
      gathered += count
      return count
    })
    const read = Buffer.alloc(65_536, 7)
    const total = 9 + size
    // The same memory serves for all reads but the first and the last: the decoder may only look at it.
    decoder.push(Buffer.concat([Buffer.of(LONG), long(size), read.subarray(9)]))
    copied = concatenations = 0
    for (let at = 65_536; at < total; at += 65_536) {
      expect(decoder.next()).toBeUndefined()
      decoder.push(read.subarray(0, Math.min(65_536, total - at)))
    }
    expect(decoder.next()).toBe("message")
    expect(decoder.message[0]).toHaveLength(size)
    expect(decoder.message[0]?.[size - 1]).toBe(7)
    expect({ gathered, copied, concatenations }).toEqual({ gathered: size, copied: size, concatenations: 1 })
  })
})
