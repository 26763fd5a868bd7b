import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ProtocolError } from "../../src/wire/errors.js"
import {
  Metadata,
  encodeMetadata,
  encodeOwnMetadata,
  parseMetadata,
  parsePeerMetadata,
} from "../../src/wire/metadata.js"
import { mayTalk } from "../../src/wire/socket-types.js"
import type { SocketType } from "../../src/wire/socket-types.js"

const INVALID = expect.objectContaining({
  code: "ERR_ZMTP_INVALID_METADATA",
  message: "ZMTP protocol error",
}) as ProtocolError

const name = fc.stringMatching(/^[A-Za-z0-9\-_.+]{1,255}$/)
const properties = fc.uniqueArray(
  fc.tuple(
    name,
    fc.uint8Array().map(bytes => Buffer.from(bytes)),
  ),
  { selector: ([key]) => key.toLowerCase() },
)

describe("metadata", () => {
  it("comes back from its encoding as it was", () => {
    fc.assert(
      fc.property(properties, list => {
        expect([...parseMetadata(encodeMetadata(list))]).toEqual(list)
      }),
    )
  })

  it("is laid out as in the worked example of 37/ZMTP", () => {
    const expected = "\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
    expect(encodeOwnMetadata("DEALER", Buffer.alloc(0)).toString("latin1")).toBe(expected)
  })

  it("names no identity for types that have none that others see", () => {
    expect(parseMetadata(encodeOwnMetadata("PUB", Buffer.from("id"))).get("Identity")).toBeUndefined()
    expect(parseMetadata(encodeOwnMetadata("ROUTER", Buffer.from("id"))).get("identity")).toEqual(
      Buffer.from("id"),
    )
  })

  it("is found by name in any case, and the first of two counts", () => {
    const metadata = parseMetadata(
      encodeMetadata([
        ["X-Key", "one"],
        ["x-kEY", "two"],
      ]),
    )
    expect(metadata.size).toBe(1)
    expect(metadata.get("X-KEY")?.toString()).toBe("one")
    expect(metadata.get("__proto__")).toBeUndefined()
  })

  it.each(["a b", "\u00e9", "a\0", "X/Y"])("refuses the name %j, which no metadata have", name => {
    expect(() => parseMetadata(encodeMetadata([[name, "value"]]))).toThrow(ProtocolError)
  })

  it("may have names of all the characters that there are for them", () => {
    expect(String(parseMetadata(encodeMetadata([["X-aZ0_.+", "value"]])).get("x-az0_.+"))).toBe("value")
  })

  it("may be empty", () => {
    expect(parseMetadata(Buffer.alloc(0))).toBe(Metadata.empty)
  })

  it("does not keep the chunk that it came in", () => {
    const chunk = Buffer.alloc(65536)
    const encoded = encodeMetadata([["a", "b"]])
    encoded.copy(chunk)
    const value = parseMetadata(chunk.subarray(0, encoded.length)).get("a")
    expect(value?.buffer.byteLength).toBe(1)
  })

  it.each([
    ["a name cut short", Buffer.from("\x05Soc")],
    ["a length octet and no more", Buffer.from("\x05")],
    ["no value length", Buffer.from("\x01a")],
    ["a value length cut short", Buffer.from("\x01a\0\0\0")],
    ["a value cut short", Buffer.from("\x01a\0\0\0\x02x")],
    ["a value of 2 GiB that is not there", Buffer.from([1, 97, 0x7f, 0xff, 0xff, 0xff])],
    ["a value length above 2^31-1", Buffer.from([1, 97, 0xff, 0xff, 0xff, 0xff])],
    ["an empty name", Buffer.from("\0\0\0\0\x01x")],
    ["an octet too many", Buffer.concat([encodeMetadata([["a", "b"]]), Buffer.of(1)])],
  ])("with %s is refused", (_, bytes) => {
    expect(() => parseMetadata(bytes)).toThrow(INVALID)
  })

  it("of random bytes is parsed or refused, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        try {
          parsePeerMetadata(Buffer.from(bytes), "REQ")
        } catch (error) {
          expect(error).toEqual(INVALID)
        }
      }),
    )
  })

  it("with a name or value that does not fit is a fault of the caller", () => {
    expect(() => encodeMetadata([["", "x"]])).toThrow(RangeError)
    expect(() => encodeMetadata([["x".repeat(256), "x"]])).toThrow(RangeError)
  })
})

describe("a peer's metadata", () => {
  const from = (type: string) => encodeMetadata([["Socket-Type", type]])

  it("is accepted when its socket type may talk to ours, or is not told", () => {
    expect(parsePeerMetadata(from("REP"), "REQ").get("Socket-Type")?.toString()).toBe("REP")
    expect(parsePeerMetadata(Buffer.alloc(0), "REQ").size).toBe(0)
  })

  it.each(["PUB", "rep", "", "REPX", "toString"])("is refused by a REQ when it says %j", type => {
    expect(() => parsePeerMetadata(from(type), "REQ")).toThrow(INVALID)
  })

  it("may have an identity that begins with a zero octet", () => {
    const identity = Buffer.of(0, 1, 2)
    expect(parsePeerMetadata(encodeMetadata([["Identity", identity]]), "ROUTER").get("Identity")).toEqual(
      identity,
    )
  })

  it("is refused when the identity has more than 255 octets", () => {
    const withIdentity = (length: number) => encodeMetadata([["Identity", Buffer.alloc(length, 1)]])
    expect(parsePeerMetadata(withIdentity(255), "ROUTER").get("Identity")).toHaveLength(255)
    expect(() => parsePeerMetadata(withIdentity(256), "ROUTER")).toThrow(INVALID)
  })
})

describe("socket types", () => {
  const PAIRS: Readonly<Record<SocketType, string>> = {
    REQ: "REP ROUTER",
    REP: "REQ DEALER",
    DEALER: "REP DEALER ROUTER",
    ROUTER: "REQ DEALER ROUTER",
    PUB: "SUB XSUB",
    XPUB: "SUB XSUB",
    SUB: "PUB XPUB",
    XSUB: "PUB XPUB",
    PUSH: "PULL",
    PULL: "PUSH",
    PAIR: "PAIR",
    CLIENT: "SERVER",
    SERVER: "CLIENT",
    RADIO: "DISH",
    DISH: "RADIO",
    SCATTER: "GATHER",
    GATHER: "SCATTER",
    PEER: "PEER",
    CHANNEL: "CHANNEL",
  }
  const types = Object.keys(PAIRS) as SocketType[]

  it.each(types)("%s talks to its legal peers of 37/ZMTP and to nobody else", own => {
    expect(types.filter(peer => mayTalk(own, peer)).sort()).toEqual(PAIRS[own].split(" ").sort())
    for (const peer of types) expect(mayTalk(own, peer)).toBe(mayTalk(peer, own))
  })
})
