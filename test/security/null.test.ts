import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Metadata } from "../../src/wire/metadata.js"
import { ProtocolError } from "../../src/wire/errors.js"
import { begin, give, property, socketType, zapReply } from "./host.js"

const READY = "\x05READY" + socketType("REQ")
const OUR_READY = "\x05READY" + socketType("REP")

describe("the NULL mechanism", () => {
  it("sends READY at once and is complete when the peer's has come", () => {
    const { mechanism, host } = begin("NULL", "client")
    expect(host.sent).toEqual([OUR_READY])
    expect(host.result).toBe("open")
    give(mechanism, READY)
    expect(host.metadata?.get("socket-type")?.toString()).toBe("REQ")
    expect(mechanism).toMatchObject({ name: "NULL", asServer: false })
  })

  it("accepts a peer that names no socket type", () => {
    const { mechanism, host } = begin("NULL", "client")
    give(mechanism, "\x05READY")
    expect(host.result).toBe("ready")
  })

  it("heeds no Resource", () => {
    const { mechanism, host } = begin("NULL", "client")
    give(mechanism, READY + property("Resource", "/some/where"))
    expect(host.result).toBe("ready")
    expect(host.sent).toEqual([OUR_READY])
  })

  it.each([
    ["an unknown command", "\x03FOO", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["HELLO", "\x05HELLO\x01u\x01p", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["SUBSCRIBE", "\x09SUBSCRIBE", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["an empty body", "", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["a name cut short", "\x14READY", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["READY of the wrong type", "\x05READY" + socketType("PUB"), "ERR_ZMTP_INVALID_METADATA"],
    ["READY with metadata cut short", "\x05READY\x05Soc", "ERR_ZMTP_INVALID_METADATA"],
    ["READY with an octet too many", READY + "\x01", "ERR_ZMTP_INVALID_METADATA"],
    ["ERROR 300", "\x05ERROR\x03300", 300],
    ["ERROR 400", "\x05ERROR\x03400", 400],
    ["ERROR 500", "\x05ERROR\x03500", 500],
    ["ERROR 400 with octets after it", "\x05ERROR\x03400xx", 400],
    ["ERROR with another status", "\x05ERROR\x03200", "ERR_ZMTP_UNSPECIFIED"],
    ["ERROR with words", "\x05ERROR\x04nope", "ERR_ZMTP_UNSPECIFIED"],
    ["ERROR without a reason", "\x05ERROR", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
    ["ERROR with a reason cut short", "\x05ERROR\x09400", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
  ])("given %s fails", (_, body, result) => {
    const { mechanism, host } = begin("NULL", "client")
    give(mechanism, body)
    expect(host.result).toBe(result)
    give(mechanism, READY)
    expect(host.result).toBe(result)
  })

  it("answers bad metadata with an ERROR before it fails", () => {
    const { mechanism, host } = begin("NULL", "client")
    give(mechanism, "\x05READY" + socketType("PUB"))
    expect(host.sent).toEqual([OUR_READY, "\x05ERROR\x10Invalid-metadata"])
  })

  it("lets no peer claim a user id", () => {
    const { mechanism, host } = begin("NULL", "client")
    give(mechanism, READY + property("user-ID", "root"))
    expect(host.metadata?.get("User-Id")).toBeUndefined()
  })

  it("turns no bytes into anything but one outcome", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "\x05READY", "\x05ERROR"), fc.uint8Array(), (head, tail) => {
        const { mechanism, host } = begin("NULL", "client")
        give(mechanism, head + Buffer.from(tail).toString("latin1"))
        expect(host.result).not.toBe("open")
      }),
    )
  })
})

describe("the NULL mechanism with a ZAP domain", () => {
  const domain = { zapDomain: "test" }

  it("asks the handler for the peer's address, with no credentials, before it sends READY", () => {
    const { mechanism, host } = begin("NULL", "client", domain)
    expect(host.requests).toEqual([
      {
        domain: "test",
        address: "10.0.0.1",
        routingId: Buffer.from("id"),
        mechanism: "NULL",
        credentials: [],
      },
    ])
    give(mechanism, READY)
    expect(host.sent).toEqual([])
    host.answer(zapReply(200, "joe", new Metadata([["X-Role", Buffer.from("reader")]])))
    expect(host.sent).toEqual([OUR_READY])
    const text = (name: string) => host.metadata?.get(name)?.toString()
    expect([text("User-Id"), text("X-Role"), text("Socket-Type")]).toEqual(["joe", "reader", "REQ"])
  })

  it("does not let the handler rename the peer, nor the peer its user", () => {
    const fromHandler = new Metadata([
      ["Identity", Buffer.from("handler's")],
      ["X-Role", Buffer.from("reader")],
    ])
    const { mechanism, host } = begin("NULL", "client", domain, zapReply(200, "joe", fromHandler))
    give(
      mechanism,
      READY + property("Identity", "peer's") + property("x-role", "writer") + property("User-Id", "a"),
    )
    const text = (name: string) => host.metadata?.get(name)?.toString()
    expect([text("Identity"), text("X-Role"), text("User-Id")]).toEqual(["peer's", "reader", "joe"])
  })

  it.each([
    [300, []],
    [400, ["\x05ERROR\x03400"]],
    [500, ["\x05ERROR\x03500"]],
  ] as const)("refused by status %i tells the peer what it should", (status, sent) => {
    const { mechanism, host } = begin("NULL", "client", domain, zapReply(status))
    expect(host.result).toBe(status)
    expect(host.sent).toEqual(sent)
    give(mechanism, READY)
    expect(host.result).toBe(status)
  })

  it("goes on without a handler, unless the domain is enforced", () => {
    const { mechanism, host } = begin("NULL", "client", domain, null)
    give(mechanism, READY)
    expect(host.result).toBe("ready")
    expect(begin("NULL", "client", { ...domain, zapEnforceDomain: true }, null).host.result).toBe("EFAULT")
    expect(begin("NULL", "client", { zapEnforceDomain: true }, null).host.sent).toEqual([OUR_READY])
  })

  it("passes on the fault of a malformed reply", () => {
    const fault = new ProtocolError("ERR_ZAP_BAD_VERSION", "")
    expect(begin("NULL", "client", domain, fault).host.error).toBe(fault)
  })

  it("refuses a second READY, and then ignores the handler's answer", () => {
    const { mechanism, host } = begin("NULL", "client", domain)
    give(mechanism, READY, READY)
    expect(host.result).toBe("ERR_ZMTP_UNEXPECTED_COMMAND")
    host.answer(zapReply(200))
    expect(host.sent).toEqual([])
  })
})
