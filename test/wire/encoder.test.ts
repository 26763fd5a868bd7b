import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Decoder } from "../../src/wire/decoder.js"
import { bodies, COPY_LIMIT, Encoder, translate, type Sealer } from "../../src/wire/encoder.js"
import type { Framing, OutgoingMessage } from "../../src/wire/frames.js"
import { COMMAND, commandFrame, frame, messageFrames } from "../support/frames.js"
import * as random from "../support/random.js"

/** Texts around the borders: 85 characters may have a long header, 255 bytes is the longest short one. */
const text = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(0, 1, 83, 84, 85, 86, 127, 128, 253, 254, 255, 256, 2730, 2731, 8191, 8192, 8193),
      fc.nat(300),
    ),
    fc.constantFrom("a", "é", "€", "😀", "\ud800", "aé", "a€"),
    fc.boolean(),
  )
  .map(([characters, unit, ascii]) => {
    const whole = unit.repeat(Math.ceil(characters / unit.length)).slice(0, characters)
    return ascii ? `a${whole.slice(1)}` : whole
  })

const part = fc.oneof(random.bytes, text)
const message = fc.array(part, { minLength: 1, maxLength: 4 })
const unit = fc.oneof(
  { weight: 3, arbitrary: message },
  random.bytes.map(body => ({ command: body })),
)
type Unit = OutgoingMessage | { readonly command: Buffer }

const isCommand = (each: Unit): each is { readonly command: Buffer } => "command" in each
const put = (encoder: Encoder, each: Unit): void => {
  if (isCommand(each)) encoder.command(each.command)
  else encoder.message(each)
}
const plain = (each: Unit, framing: Framing): Buffer =>
  isCommand(each) ? frame(each.command, COMMAND, framing) : messageFrames(each, framing)

const encoded = (parts: OutgoingMessage, framing: Framing = 2): Buffer => {
  const encoder = new Encoder(framing)
  encoder.message(parts)
  expect(encoder.byteLength).toBe(messageFrames(parts, framing).length)
  return Buffer.concat(encoder.take())
}

const same = (actual: Buffer, wanted: Buffer): void => {
  if (!actual.equals(wanted)) expect(actual.toString("hex")).toBe(wanted.toString("hex"))
}

describe("frames", () => {
  it("are those of the protocol, for any messages and commands", () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 8 }), units => {
        const encoder = new Encoder()
        for (const each of units) put(encoder, each)
        const wanted = Buffer.concat(units.map(each => plain(each, 2)))
        expect(encoder.byteLength).toBe(wanted.length)
        same(Buffer.concat(encoder.take()), wanted)
        expect(encoder.byteLength).toBe(0)
        expect(encoder.take()).toEqual([])
      }),
    )
  })

  it("are those of ZMTP 1.0 in framing 1", () => {
    fc.assert(
      fc.property(message, parts => {
        same(encoded(parts, 1), messageFrames(parts, 1))
      }),
    )
  })

  it.each([1, 2] as const)(
    "have the right header for texts of all lengths and widths in framing %i",
    framing => {
      for (const character of ["a", "é", "€", "😀"]) {
        for (const length of [0, 1, 62, 63, 64, 83, 84, 85, 86, 126, 127, 128, 253, 254, 255, 256]) {
          const parts = [character.repeat(length), "z"]
          same(encoded(parts, framing), messageFrames(parts, framing))
        }
      }
      for (const length of [COPY_LIMIT - 1, COPY_LIMIT, COPY_LIMIT + 1]) {
        same(encoded(["x".repeat(length), "z"], framing), messageFrames(["x".repeat(length), "z"], framing))
      }
    },
  )

  it("are whole wherever the memory that they are gathered in ends", () => {
    const small = Array<Buffer>(13).fill(frame("x".repeat(5000)))
    const used = 13 * (5000 + 9)
    for (let left = 0; left < 30; left++) {
      for (const body of ["", "é", "abcdef", Buffer.alloc(9000)]) {
        const encoder = new Encoder()
        for (let i = 0; i < 13; i++) encoder.message(["x".repeat(5000)])
        const filler = "y".repeat(64 * 1024 - used - 9 - left)
        encoder.message([filler])
        encoder.message([body])
        same(Buffer.concat(encoder.take()), Buffer.concat([...small, frame(filler), frame(body)]))
      }
    }
  })

  it("can be decoded into what they were made from, however they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        random.cuts,
        fc.constantFrom(1, 2),
        (messages, sizes, framing) => {
          const encoder = new Encoder(framing)
          for (const each of messages) encoder.message(each)
          const decoder = new Decoder({ framing, maxFrameSize: 1e6 })
          const found: string[][] = []
          for (const chunk of random.cut(Buffer.concat(encoder.take()), sizes)) {
            decoder.push(chunk)
            while (decoder.next() !== undefined) found.push(decoder.message.map(each => each.toString("hex")))
          }
          expect(found).toEqual(
            messages.map(parts => parts.map(each => Buffer.from(each as string).toString("hex"))),
          )
        },
      ),
    )
  })
})

describe("parts", () => {
  it("of up to 16 KiB are copied, and the caller's buffer is free at once", () => {
    for (const size of [1, 24, 25, 255, 256, COPY_LIMIT]) {
      const body = Buffer.alloc(size, 1)
      const encoder = new Encoder()
      encoder.message([body])
      body.fill(2)
      same(Buffer.concat(encoder.take()), frame(Buffer.alloc(size, 1)))
    }
  })

  it("of more than 16 KiB leave by reference, in order, between the small ones", () => {
    const large = Buffer.alloc(COPY_LIMIT + 1, 9)
    const encoder = new Encoder()
    encoder.message(["a", large, "b"])
    const chunks = encoder.take()
    expect(chunks).toHaveLength(3)
    expect(chunks[1]).toBe(large)
    same(Buffer.concat(chunks), messageFrames(["a", large, "b"]))
  })

  it("may be any Uint8Array", () => {
    const array = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)
    same(encoded([array]), frame(Buffer.of(1, 2, 3)))
  })
})

describe("a batch", () => {
  it("is long enough when another such message would not fit into a packet of 65,483 bytes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), size => {
        const encoder = new Encoder()
        const body = Buffer.alloc(size)
        const length = frame(body).length
        let count = 1
        while (!encoder.message([body])) count++
        expect(count).toBe(Math.max(1, Math.floor(65_483 / length)))
      }),
    )
  })
})

describe("what is taken at once", () => {
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(4000, 17_000, 70_000, 300_000)),
    {
      minLength: 1,
      maxLength: 30,
    },
  )

  it("is whole messages of some so many bytes, in order, and nothing is left", () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 65_000, 256 * 1024), (all, most) => {
        const encoder = new Encoder()
        const messages = all.map((size, i) => [Buffer.alloc(size, i), "end"])
        let count = 0
        for (const each of messages) {
          encoder.message(each)
          expect(encoder.messages).toBe(++count)
        }
        for (let from = 0; from < count;) {
          const taken = Buffer.concat(encoder.take(most))
          const whole = messages.slice(from, from + encoder.takenMessages).map(each => messageFrames(each))
          same(taken, Buffer.concat(whole))
          expect(taken.length).toBeGreaterThan(0)
          // More than that is the last message's.
          expect(Buffer.concat(whole.slice(0, -1)).length).toBeLessThanOrEqual(Math.max(most, 65_483))
          from += encoder.takenMessages
          expect(encoder.messages).toBe(count - from)
          encoder.written()
        }
        expect([encoder.byteLength, encoder.take(most), encoder.takenMessages]).toEqual([0, [], 0])
      }),
    )
  })

  it("keeps no memory of what was taken before", () => {
    const encoder = new Encoder()
    for (let i = 0; i < 5000; i++) encoder.message([Buffer.alloc(20_000, i)])
    let count = 0
    while (encoder.messages > 0) {
      for (const chunk of encoder.take(1)) if (chunk.length === 20_000) expect(chunk[0]).toBe(count++ & 0xff)
    }
    expect(count).toBe(5000)
    expect(Object.values(encoder).flat()).not.toContainEqual(
      expect.objectContaining({ bytes: expect.any(Number) as number }),
    )
  })
})

describe("a part whose memory is taken away before it is written", () => {
  const large = (size: number): Buffer => Buffer.allocUnsafeSlow(size).fill(7)
  const detach = (part: Buffer): void => {
    structuredClone(part.buffer, { transfer: [part.buffer as ArrayBuffer] })
  }

  it("takes its message along, and no other", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.array(fc.constantFrom(0, 1, 200, 300, 16_384, 16_385, 70_000), { minLength: 1, maxLength: 3 }),
            fc.boolean(),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        messages => {
          const encoder = new Encoder()
          const wanted: Buffer[] = []
          const lost: Buffer[] = []
          for (const [parts, loses] of messages) {
            const bytes = parts.map(large)
            const byReference = bytes.filter(each => each.length > COPY_LIMIT)
            encoder.message(bytes)
            if (loses && byReference.length > 0) lost.push(byReference.at(-1) as Buffer)
            else wanted.push(messageFrames(bytes))
          }
          lost.forEach(detach)
          same(Buffer.concat(encoder.take()), Buffer.concat(wanted))
          expect([encoder.takenMessages, encoder.spoiled]).toEqual([wanted.length, lost.length])
          expect([encoder.byteLength, encoder.messages]).toEqual([0, 0])
        },
      ),
    )
  })

  it("matters to nobody when it waits for a connection, up to 128 KiB", () => {
    const encoder = new Encoder()
    encoder.waiting = true
    const [copied, shared] = [large(128 * 1024), large(128 * 1024 + 1)]
    encoder.message([copied])
    encoder.message([shared])
    encoder.message(["next"])
    const wanted = messageFrames([Buffer.from(copied)])
    detach(copied)
    detach(shared)
    same(Buffer.concat(encoder.take()), Buffer.concat([wanted, messageFrames(["next"])]))
  })
})

describe("chunks taken", () => {
  /** What a pipe and its streams may do with an encoder. */
  const step = fc.oneof(
    { weight: 6, arbitrary: unit.map(each => ({ do: "put" as const, each })) },
    { weight: 2, arbitrary: fc.constant({ do: "take" as const }) },
    { weight: 3, arbitrary: fc.constant({ do: "written" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "abandon" as const }) },
  )

  it("do not change until they are written, and after abandon() never, whatever this encoder or another does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), step), { maxLength: 60 }), steps => {
        const sides = [0, 1].map(() => ({
          encoder: new Encoder(),
          queued: [] as Buffer[],
          taken: [] as { chunk: Uint8Array; copy: Buffer }[],
        }))
        const abandoned: { chunk: Uint8Array; copy: Buffer }[] = []
        for (const [index, each] of steps) {
          const side = sides[index] as (typeof sides)[0]
          const { encoder } = side
          switch (each.do) {
            case "put":
              put(encoder, each.each)
              side.queued.push(plain(each.each, 2))
              break
            case "take": {
              const chunks = encoder.take()
              same(Buffer.concat(chunks), Buffer.concat(side.queued))
              side.queued = []
              side.taken.push(...chunks.map(chunk => ({ chunk, copy: Buffer.from(chunk) })))
              break
            }
            case "written":
              side.taken = []
              encoder.written()
              break
            case "clear":
              encoder.clear()
              side.queued = []
              break
            case "abandon":
              encoder.abandon()
              abandoned.push(...side.taken.splice(0))
          }
          expect(encoder.byteLength).toBe(side.queued.reduce((sum, bytes) => sum + bytes.length, 0))
          for (const { chunk, copy } of [...abandoned, ...sides.flatMap(other => other.taken)])
            same(Buffer.from(chunk), copy)
        }
        for (const { encoder, queued } of sides) same(Buffer.concat(encoder.take()), Buffer.concat(queued))
      }),
      { numRuns: 300 },
    )
  })

  it("do not change when headers of large parts wait while earlier ones are written", () => {
    const large = Buffer.alloc(COPY_LIMIT + 1, 5)
    const encoder = new Encoder()
    encoder.message(["first"])
    encoder.take()
    encoder.message([large])
    encoder.written()
    const other = new Encoder()
    encoder.message(["second"])
    other.message(["x".repeat(200)])
    same(Buffer.concat(encoder.take()), Buffer.concat([frame(large), frame("second")]))
  })

  it("lie in memory that is used again once they are written", () => {
    const encoder = new Encoder()
    encoder.message(["a"])
    const [first] = encoder.take()
    encoder.written()
    encoder.message(["b"])
    expect(encoder.take()[0]?.buffer).toBe(first?.buffer)
  })

  it("do so too when there are many", () => {
    const encoder = new Encoder()
    const take = (): (readonly [ArrayBufferLike, number])[] => {
      for (let i = 0; i < 20; i++) encoder.message([Buffer.alloc(COPY_LIMIT, i)])
      return encoder.take().map(({ buffer, length }) => [buffer, length] as const)
    }
    const first = take()
    encoder.written()
    const second = take()
    encoder.written()
    expect(first.length).toBeGreaterThan(5)
    expect(new Set(second.map(([buffer]) => buffer))).toEqual(new Set(first.map(([buffer]) => buffer)))
  })

  it("lie in memory that is not used again after abandon()", () => {
    const encoder = new Encoder()
    encoder.message(["a"])
    const [first] = encoder.take()
    encoder.abandon()
    encoder.message(["b"])
    const [second] = encoder.take()
    encoder.written()
    expect(second?.buffer).not.toBe(first?.buffer)
    expect(Buffer.from(first ?? [])).toEqual(frame("a"))
  })

  it("lie in little memory when they are short, and in one piece when they grow beyond it", () => {
    const encoder = new Encoder()
    encoder.message(["a"])
    expect(encoder.take()[0]?.buffer.byteLength).toBeLessThan(4096)
    encoder.written()
    const parts = Array.from({ length: 12 }, (_, i) => String(i).repeat(i < 10 ? 100 : 5000))
    for (const part of parts) encoder.message([part])
    const chunks = encoder.take()
    expect(chunks).toHaveLength(1)
    same(Buffer.concat(chunks), Buffer.concat(parts.map(part => frame(part))))
  })

  it.each([
    ["the rest of it holds a message", 1, "a"],
    ["the rest of it is full", 20, "a"],
    ["it is large and the rest of it holds a message", 1, "a".repeat(3000)],
    ["it is large and the rest of it is full", 20, "a".repeat(3000)],
  ])("lie in memory that is not used again after abandon(), even when %s", (_name, count, text) => {
    const encoder = new Encoder()
    encoder.message([text])
    const [first] = encoder.take()
    for (let i = 0; i < count; i++) encoder.message(["b".repeat(5000)])
    encoder.abandon()
    same(Buffer.concat(encoder.take()), Buffer.concat(Array<Buffer>(count).fill(frame("b".repeat(5000)))))
    encoder.written()
    // More than the pool may hold, so that whatever was released would come up.
    const others = Array.from({ length: 40 }, () => new Encoder())
    for (const other of [encoder, ...others]) other.message(["c".repeat(text.length)])
    same(Buffer.from(first ?? []), frame(text))
  })
})

describe("clear()", () => {
  it("drops what was not taken, and only that", () => {
    const encoder = new Encoder()
    encoder.message(["taken"])
    const taken = encoder.take()
    encoder.message(["dropped", Buffer.alloc(COPY_LIMIT + 1)])
    encoder.message(Array<string>(20).fill("x".repeat(5000)))
    encoder.clear()
    expect(encoder.byteLength).toBe(0)
    encoder.message(["kept"])
    same(Buffer.concat(encoder.take()), frame("kept"))
    same(Buffer.concat(taken), frame("taken"))
  })
})

describe("translate()", () => {
  const chunksOf = (units: readonly Unit[]): Uint8Array[] => {
    const encoder = new Encoder()
    for (const each of units) put(encoder, each)
    return encoder.take()
  }

  it("gives the frames of ZMTP 1.0 for messages gathered in those of 2.0", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), messages => {
        same(
          Buffer.concat(translate(chunksOf(messages), 1)),
          Buffer.concat(messages.map(parts => messageFrames(parts, 1))),
        )
      }),
      { numRuns: 50 },
    )
  })

  it("seals every frame by itself, with its flags inside", () => {
    const sealer: Sealer = {
      seal: (body, more, command) =>
        Buffer.concat([
          Buffer.from(`${more ? "m" : "-"}${command ? "c" : "-"}`),
          Buffer.from(body).reverse(),
        ]),
    }
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 5 }), units => {
        const wanted = units.flatMap(each =>
          isCommand(each)
            ? [frame(sealer.seal(each.command, false, true))]
            : each.map((body, i) =>
                frame(sealer.seal(Buffer.from(body as string), i < each.length - 1, false)),
              ),
        )
        same(Buffer.concat(translate(chunksOf(units), 2, sealer)), Buffer.concat(wanted))
      }),
      { numRuns: 50 },
    )
  })

  it("leaves the memory of the chunks free", () => {
    const encoder = new Encoder()
    encoder.message(["small", Buffer.alloc(1000, 1)])
    encoder.command(Buffer.from("command"))
    const chunks = encoder.take()
    const translated = translate(chunks, 2)
    for (const chunk of chunks) chunk.fill(0xee)
    same(
      Buffer.concat(translated),
      Buffer.concat([messageFrames(["small", Buffer.alloc(1000, 1)]), commandFrame("command")]),
    )
  })
})

describe("bodies()", () => {
  it("gives back each part as it went in, with nothing around it", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), messages => {
        const encoder = new Encoder()
        for (const each of messages) encoder.message(each)
        const found = bodies(encoder.take())
        const wanted = messages.flat().map(each => Buffer.from(each as string))
        expect(found.map(each => each.length)).toEqual(wanted.map(each => each.length))
        same(Buffer.concat(found), Buffer.concat(wanted))
      }),
      { numRuns: 50 },
    )
  })

  it("gives back parts around the limit of copying, and passes those beyond it on by reference", () => {
    const parts = [COPY_LIMIT - 1, COPY_LIMIT, COPY_LIMIT + 1, 1, 0, 70_000, 255, 256].map((size, i) =>
      Buffer.alloc(size, i + 1),
    )
    const encoder = new Encoder()
    for (const part of parts) encoder.message([part])
    const found = bodies(encoder.take())
    expect(found.map(each => Buffer.from(each).equals(parts[found.indexOf(each)] as Buffer))).toEqual(
      parts.map(() => true),
    )
    expect(found[2]).toBe(parts[2])
    expect(found[5]).toBe(parts[5])
  })
})
