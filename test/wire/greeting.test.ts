import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { GREETING_SIZE, GreetingReader, greetingTail, signature } from "../../src/wire/greeting.js"
import type { GreetingOptions, GreetingStep, PeerGreeting } from "../../src/wire/greeting.js"

const OPTIONS: GreetingOptions = {
  socketType: "REQ",
  routingId: Buffer.from("me"),
  mechanism: "NULL",
  asServer: false,
  allowLegacy: true,
}

interface Outcome {
  readonly sent: Buffer
  readonly rest: Buffer
  readonly done: PeerGreeting | undefined
  readonly fault: string | undefined
}

/** Feeds `bytes` to a reader, cut at the given places, and gathers all that it said. */
function feed(bytes: Buffer, cuts: readonly number[] = [], options: Partial<GreetingOptions> = {}): Outcome {
  const reader = new GreetingReader({ ...OPTIONS, ...options })
  const places = [...new Set([0, ...cuts.map(cut => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  const steps: GreetingStep[] = []
  for (let i = 1; i < places.length; i++) steps.push(reader.push(bytes.subarray(places[i - 1], places[i])))
  return {
    sent: Buffer.concat(steps.map(step => step.send ?? Buffer.alloc(0))),
    rest: Buffer.concat(steps.map(step => step.rest)),
    done: steps.find(step => step.done)?.done,
    fault: steps.find(step => step.fault)?.fault?.code,
  }
}

const everyOctet = (bytes: Buffer): number[] => [...bytes.keys()]

function greeting(major: number, minor: number, mechanism = "NULL", asServer = false): Buffer {
  const tail = greetingTail(mechanism, asServer)
  tail[0] = minor
  return Buffer.concat([signature(0), Buffer.of(major), tail])
}

const AFTER = Buffer.from("\x04\x05frame")

describe("our own greeting", () => {
  it("begins with a signature that a 1.0 peer reads as the head of our identity frame", () => {
    expect([...signature(2)]).toEqual([0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0x7f])
    expect(signature(255).readBigUInt64BE(1)).toBe(256n)
  })

  it("has 64 octets, with the version, the padded mechanism, as-server and a filler of zeros", () => {
    const bytes = Buffer.concat([signature(0), Buffer.of(3), greetingTail("PLAIN", true)])
    expect(bytes).toHaveLength(GREETING_SIZE)
    expect([...bytes.subarray(10, 12)]).toEqual([3, 1])
    expect(bytes.toString("latin1", 12, 32)).toBe("PLAIN".padEnd(20, "\0"))
    expect(bytes[32]).toBe(1)
    expect(bytes.subarray(33)).toEqual(Buffer.alloc(31))
  })

  it("is the signature at first, and the version only after the peer's signature", () => {
    const reader = new GreetingReader(OPTIONS)
    expect(reader.start()).toEqual(signature(2))
    const peer = greeting(3, 1)
    expect(reader.push(peer.subarray(0, 9)).send).toBeUndefined()
    expect(reader.push(peer.subarray(9, 10)).send).toEqual(Buffer.of(3))
    expect(reader.push(peer.subarray(10, 11)).send).toEqual(greetingTail("NULL", false))
    expect(reader.push(peer.subarray(11)).send).toBeUndefined()
  })
})

describe("a 3.x peer", () => {
  it("is known to be one when its major version has come, and not before, nor twice", () => {
    const reader = new GreetingReader(OPTIONS)
    const peer = greeting(3, 1)
    expect(reader.push(peer.subarray(0, 10)).current).toBeUndefined()
    expect(reader.push(peer.subarray(10, 11)).current).toBe(true)
    expect(reader.push(peer.subarray(11)).current).toBeUndefined()
    expect(
      new GreetingReader(OPTIONS).push(Buffer.concat([signature(0), Buffer.of(1)])).current,
    ).toBeUndefined()
  })

  it.each([
    [3, 0, "3.0"],
    [3, 1, "3.1"],
    [3, 7, "3.1"],
    [4, 0, "3.1"],
    [255, 255, "3.1"],
  ])("that says %i.%i is spoken to as it should be", (major, minor, version) => {
    const outcome = feed(Buffer.concat([greeting(major, minor), AFTER]))
    expect(outcome.done).toEqual({ version, mechanism: "NULL", asServer: false })
    expect(outcome.rest).toEqual(AFTER)
  })

  it("is understood however its greeting is cut, and what follows is left alone", () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.uint8Array(), fc.boolean(), (cuts, after, asServer) => {
        const bytes = Buffer.concat([greeting(3, 1, "PLAIN", asServer), after])
        const outcome = feed(bytes, cuts, { mechanism: "PLAIN", allowLegacy: false })
        expect(outcome.done).toEqual({ version: "3.1", mechanism: "PLAIN", asServer })
        expect(outcome.sent).toEqual(Buffer.concat([Buffer.of(3), greetingTail("PLAIN", false)]))
        expect(outcome.rest).toEqual(Buffer.from(after))
      }),
    )
  })

  it("may say that it is a server, or that it is none, whatever we are", () => {
    for (const asServer of [false, true]) {
      for (const ours of [false, true]) {
        const options = { mechanism: "PLAIN", asServer: ours, allowLegacy: false }
        expect(feed(greeting(3, 1, "PLAIN", asServer), [], options).done).toMatchObject({ asServer })
      }
    }
  })

  it("may put anything in the padding and the filler", () => {
    const bytes = greeting(3, 1)
    bytes.fill(0xaa, 1, 9).fill(0xbb, 33)
    expect(feed(bytes).done?.version).toBe("3.1")
  })

  it.each(["PLAIN", "NULLX", "NULL\0X", "null", ""])(
    "with the mechanism %j is refused by a NULL socket, and still gets our whole greeting",
    mechanism => {
      const outcome = feed(greeting(3, 1, mechanism))
      expect(outcome.fault).toBe("ERR_ZMTP_MECHANISM_MISMATCH")
      expect(outcome.done).toBeUndefined()
      expect(outcome.sent).toHaveLength(GREETING_SIZE - 10)
    },
  )
})

describe("a 2.0 peer", () => {
  it.each([1, 2])("of revision %i gets our socket type and identity, in 2.0 framing", revision => {
    const bytes = Buffer.concat([signature(0), Buffer.of(revision, 4), AFTER])
    for (const cuts of [[], everyOctet(bytes)]) {
      const outcome = feed(bytes, cuts)
      expect(outcome.done).toEqual({ version: "2.0", unversioned: false })
      expect(outcome.sent).toEqual(Buffer.from("\x03\x03\x00\x02me"))
      expect(outcome.rest).toEqual(AFTER)
    }
  })

  it.each([
    ["XPUB", 1, 2],
    ["XSUB", 2, 1],
    ["PUB", 1, 10],
    ["SUB", 2, 9],
  ] as const)("sees %s as type %i, and may itself say %i", (socketType, ownOctet, peerOctet) => {
    const outcome = feed(Buffer.concat([signature(0), Buffer.of(1, peerOctet)]), [], { socketType })
    expect(outcome.sent[1]).toBe(ownOctet)
    expect(outcome.done?.version).toBe("2.0")
  })

  it("of a type that ours cannot talk to is refused", () => {
    expect(feed(Buffer.concat([signature(0), Buffer.of(1, 8)])).fault).toBe("ERR_ZMTP_INVALID_METADATA")
  })

  it("of an unknown type is let pass, as in libzmq", () => {
    expect(feed(Buffer.concat([signature(0), Buffer.of(1, 99)])).done?.version).toBe("2.0")
  })

  it("of revision 0 is framed as 1.0, identity included", () => {
    const bytes = Buffer.concat([signature(0), Buffer.of(0, 4)])
    const outcome = feed(bytes)
    expect(outcome.done).toEqual({ version: "1.0", unversioned: false })
    expect(outcome.sent).toEqual(Buffer.from("\x03\x03\x03\x00me"))
    const long = feed(bytes, [], { routingId: Buffer.alloc(255, "x") })
    expect([...long.sent.subarray(2, 12)]).toEqual([0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    expect(long.sent).toHaveLength(12 + 255)
  })
})

describe("whoever begins with something else", () => {
  const texts: [string, Buffer | string][] = [
    ["HTTP", "GET /some/path HTTP/1.1\r\nHost: example.org\r\n\r\n"],
    ["HTTP POST", "POST / HTTP/1.1\r\n\r\n"],
    ["HTTP 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["SMTP", "EHLO example.org\r\n"],
    ["Redis", "*1\r\n$4\r\nPING\r\n"],
    ["memcached", "get key\r\n"],
    ["JSON", '{"jsonrpc":"2.0"}'],
    ["an empty line", "\r\n\r\n"],
    ["text with a byte order mark", "\ufeff{}"],
    ["UTF-16 with a byte order mark", Buffer.from([0xfe, 0xff, 0, 0x47, 0, 0x45])],
    ["TLS", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
    ["SOCKS 5", Buffer.from([5, 1, 0])],
    ["RDP", Buffer.from([3, 0, 0, 0x13, 0x0e, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0])],
    ["SMB", Buffer.from([0, 0, 0, 0x85, 0xff, 0x53, 0x4d, 0x42])],
    ["PostgreSQL", Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f])],
    ["a zero octet", Buffer.from([0])],
    ["zeros behind 255", Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["a long frame of more octets than an identity has", Buffer.from([255, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1])],
    ["a long frame of 2^63 octets", Buffer.from([255, 128, 0, 0, 0, 0, 0, 0, 1, 0, 1])],
  ]
  it.each(texts)("such as %s is refused, and told nothing", (_, text) => {
    const bytes = Buffer.from(text as string)
    for (const cuts of [[], everyOctet(bytes)]) {
      expect(feed(bytes, cuts)).toMatchObject({ done: undefined, fault: "ERR_ZMTP_UNSPECIFIED" })
      expect(feed(bytes, cuts).sent).toHaveLength(0)
    }
  })

  it("is not believed before the first octets of an identity have come", () => {
    for (const bytes of [Buffer.of(4), Buffer.of(4, 0), Buffer.of(255, 0, 0, 0, 0, 0, 0, 0, 4, 0)]) {
      expect(feed(bytes)).toMatchObject({ done: undefined, fault: undefined })
    }
  })
})

describe("a 1.0 peer", () => {
  it.each([0, 1, 0xfe, 0xff])("may set the flags of its identity to %i", flags => {
    const bytes = Buffer.concat([Buffer.of(3, flags), Buffer.from("ab")])
    expect(feed(bytes, everyOctet(bytes)).done).toEqual({ version: "1.0", unversioned: true })
  })

  it.each([
    ["a short identity frame", Buffer.from("\x03\x00ab")],
    ["a long identity frame", Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0, 97, 98])],
  ])("that opens with %s gets the body of ours, and loses no byte of its own", (_, bytes) => {
    for (const cuts of [[], everyOctet(bytes)]) {
      const outcome = feed(Buffer.concat([bytes, AFTER]), cuts)
      expect(outcome.done).toEqual({ version: "1.0", unversioned: true })
      expect(outcome.sent).toEqual(Buffer.from("me"))
      expect(outcome.rest).toEqual(Buffer.concat([bytes, AFTER]))
    }
  })
})

describe("a socket with security", () => {
  it.each([
    ["unversioned 1.0", Buffer.from("\x01\x00")],
    ["long 1.0", Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0])],
    ["revision 0", Buffer.concat([signature(0), Buffer.of(0, 4)])],
    ["2.0", Buffer.concat([signature(0), Buffer.of(1, 4)])],
  ])("refuses a peer of version %s and tells it nothing of itself", (_, bytes) => {
    const outcome = feed(bytes, everyOctet(bytes), { allowLegacy: false })
    expect(outcome.fault).toBe("ERR_ZMTP_MECHANISM_MISMATCH")
    expect([...outcome.sent]).toEqual(bytes.length > 10 ? [3] : [])
  })
})

describe("random bytes", () => {
  it("never throw, end in at most one outcome, the same for every cut", () => {
    const start = fc.oneof(fc.constant(Buffer.alloc(0)), fc.constant(signature(0)))
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat()), (head, tail, cuts) => {
        const bytes = Buffer.concat([head, tail])
        const whole = feed(bytes)
        expect(whole.done === undefined || whole.fault === undefined).toBe(true)
        expect(feed(bytes, cuts)).toEqual(whole)
      }),
    )
  })
})
