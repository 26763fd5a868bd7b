import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeZapRequest, parseZapReply } from "../../src/security/zap.js"
import { ProtocolError } from "../../src/wire/errors.js"
import { encodeMetadata } from "../../src/wire/metadata.js"

const frames = (...texts: readonly string[]): Buffer[] => texts.map(text => Buffer.from(text, "latin1"))

describe("a ZAP request", () => {
  it("has the frames of 27/ZAP, the address delimiter first and the credentials last", () => {
    const request = encodeZapRequest({
      domain: "test",
      address: "192.168.55.1",
      routingId: Buffer.from("BOB"),
      mechanism: "PLAIN",
      credentials: [Buffer.from("admin"), Buffer.from("secret")],
    })
    expect(request.map(frame => frame.toString())).toEqual([
      "",
      "1.0",
      "1",
      "test",
      "192.168.55.1",
      "BOB",
      "PLAIN",
      "admin",
      "secret",
    ])
  })

  it("for NULL ends with the mechanism", () => {
    const request = {
      domain: "d",
      address: "",
      routingId: Buffer.alloc(0),
      mechanism: "NULL",
      credentials: [],
    } as const
    expect(encodeZapRequest(request).map(String)).toEqual(["", "1.0", "1", "d", "", "", "NULL"])
  })
})

describe("a ZAP reply", () => {
  it.each([200, 300, 400, 500] as const)("of status %i is read", status => {
    const metadata = encodeMetadata([["X-Role", "reader"]])
    const reply = parseZapReply([...frames("", "1.0", "1", String(status), "text", "joe"), metadata])
    expect(reply).toMatchObject({ status, statusText: "text", userId: Buffer.from("joe") })
    expect("metadata" in reply && reply.metadata.get("x-role")?.toString()).toBe("reader")
  })

  it.each([
    ["no frames", [], "MALFORMED_REPLY"],
    ["a frame too few", ["", "1.0", "1", "200", "", ""], "MALFORMED_REPLY"],
    ["a frame too many", ["", "1.0", "1", "200", "", "", "", ""], "MALFORMED_REPLY"],
    ["no delimiter", ["x", "1.0", "1", "200", "", "", ""], "UNSPECIFIED"],
    ["another version", ["", "2.0", "1", "200", "", "", ""], "BAD_VERSION"],
    ["a longer version", ["", "1.01", "1", "200", "", "", ""], "BAD_VERSION"],
    ["another version and request", ["", "2.0", "2", "999", "", "", ""], "BAD_VERSION"],
    ["another request id", ["", "1.0", "2", "200", "", "", ""], "BAD_REQUEST_ID"],
    ["status 201", ["", "1.0", "1", "201", "", "", ""], "INVALID_STATUS_CODE"],
    ["status 100", ["", "1.0", "1", "100", "", "", ""], "INVALID_STATUS_CODE"],
    ["status 600", ["", "1.0", "1", "600", "", "", ""], "INVALID_STATUS_CODE"],
    ["status 2000", ["", "1.0", "1", "2000", "", "", ""], "INVALID_STATUS_CODE"],
    ["status 20", ["", "1.0", "1", "20", "", "", ""], "INVALID_STATUS_CODE"],
    ["no status", ["", "1.0", "1", "", "", "", ""], "INVALID_STATUS_CODE"],
    ["malformed metadata", ["", "1.0", "1", "200", "", "", "x"], "INVALID_METADATA"],
    ["malformed metadata and a refusal", ["", "1.0", "1", "400", "", "", "x"], "INVALID_METADATA"],
  ])("with %s is refused", (_, texts, code) => {
    const reply = parseZapReply(frames(...texts))
    expect(reply).toBeInstanceOf(ProtocolError)
    expect(reply).toMatchObject({ code: "ERR_ZAP_" + code, message: "ZAP protocol error" })
  })

  it("of random frames is never worse than a ProtocolError", () => {
    const frame = fc.oneof(fc.constantFrom("", "1.0", "1", "200"), fc.string()).map(text => Buffer.from(text))
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 9 }), random => {
        const reply = parseZapReply(random)
        expect("status" in reply || reply instanceof ProtocolError).toBe(true)
      }),
    )
  })
})
