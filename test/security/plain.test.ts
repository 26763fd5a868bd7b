import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ProtocolError } from "../../src/wire/errors.js"
import { begin, give, socketType, zapReply } from "./host.js"

const HELLO = "\x05HELLO\x05admin\x06secret"
const WELCOME = "\x07WELCOME"
const INITIATE = "\x08INITIATE" + socketType("REQ")
const READY = "\x05READY" + socketType("REP")

const server = (outcome?: Parameters<typeof begin>[3]) => begin("PLAIN", "server", {}, outcome)
const client = () => begin("PLAIN", "client", { socketType: "REQ", routingId: Buffer.alloc(0) })

describe("PLAIN", () => {
  it("between our client and our server completes with each other's metadata", () => {
    const [s, c] = [server(zapReply(200, "joe")), begin("PLAIN", "client", { socketType: "REQ" })]
    c.host.peer = body => s.mechanism.receive(body)
    s.host.peer = body => c.mechanism.receive(body)
    give(s.mechanism, c.host.sent[0] ?? "")
    const text = (side: typeof s, name: string) => side.host.metadata?.get(name)?.toString()
    expect([text(s, "Socket-Type"), text(s, "Identity"), text(s, "User-Id")]).toEqual(["REQ", "id", "joe"])
    expect([text(c, "Socket-Type"), text(c, "Identity")]).toEqual(["REP", undefined])
    expect([s.mechanism.asServer, c.mechanism.asServer]).toEqual([true, false])
  })

  it.each([300, 400, 500] as const)("between our client and our server tells of status %i", status => {
    const [s, c] = [server(zapReply(status)), begin("PLAIN", "client")]
    s.host.peer = body => c.mechanism.receive(body)
    give(s.mechanism, c.host.sent[0] ?? "")
    expect(s.host.result).toBe(status)
    // A temporary error closes the connection in silence.
    expect(c.host.result).toBe(status === 300 ? "open" : status)
  })
})

describe("a PLAIN server", () => {
  it("asks the handler, even without a domain, and welcomes whom it lets in", () => {
    const { mechanism, host } = server()
    expect(host.sent).toEqual([])
    give(mechanism, HELLO)
    expect(host.requests).toEqual([
      {
        domain: "",
        address: "10.0.0.1",
        routingId: Buffer.from("id"),
        mechanism: "PLAIN",
        credentials: [Buffer.from("admin"), Buffer.from("secret")],
      },
    ])
    host.answer(zapReply(200))
    expect(host.sent).toEqual([WELCOME])
    give(mechanism, INITIATE)
    expect(host.sent).toEqual([WELCOME, READY])
    expect(host.result).toBe("ready")
  })

  it("takes an empty name and an empty password", () => {
    const { mechanism, host } = server()
    give(mechanism, "\x05HELLO\0\0")
    expect(host.requests[0]?.credentials).toEqual([Buffer.alloc(0), Buffer.alloc(0)])
  })

  it("lets nobody in without a handler", () => {
    const { mechanism, host } = server(null)
    give(mechanism, HELLO)
    expect(host.result).toBe("EFAULT")
    expect(host.sent).toEqual([])
  })

  it("that enforces a domain and has none lets nobody in, and asks no handler", () => {
    const { mechanism, host } = begin("PLAIN", "server", { zapEnforceDomain: true }, zapReply(200))
    give(mechanism, HELLO)
    expect([host.result, host.sent, host.requests]).toEqual(["EFAULT", [], []])
    give(mechanism, INITIATE)
    expect(host.result).toBe("EFAULT")
    const named = begin("PLAIN", "server", { zapEnforceDomain: true, zapDomain: "dom" }, zapReply(200))
    give(named.mechanism, HELLO)
    expect(named.host.sent).toEqual([WELCOME])
  })

  it.each([
    [300, []],
    [400, ["^RROR\x03400"]],
    [500, ["^RROR\x03500"]],
  ] as const)("refuses by status %i in the words that libzmq's clients know", (status, sent) => {
    const { mechanism, host } = server(zapReply(status))
    give(mechanism, HELLO)
    expect(host.result).toBe(status)
    expect(host.sent).toEqual(sent)
    give(mechanism, INITIATE)
    expect(host.result).toBe(status)
  })

  it("passes on the fault of a malformed reply", () => {
    const fault = new ProtocolError("ERR_ZAP_MALFORMED_REPLY", "")
    const { mechanism, host } = server(fault)
    give(mechanism, HELLO)
    expect(host.error).toBe(fault)
  })

  it.each([
    ["INITIATE", INITIATE, "UNEXPECTED_COMMAND"],
    ["READY", READY, "UNEXPECTED_COMMAND"],
    ["WELCOME", WELCOME, "UNEXPECTED_COMMAND"],
    ["ERROR", "\x05ERROR\x03400", "UNEXPECTED_COMMAND"],
    ["an unknown command", "\x03FOO", "UNEXPECTED_COMMAND"],
    ["an empty name", "\0A", "MALFORMED_COMMAND_UNSPECIFIED"],
    ["an empty body", "", "MALFORMED_COMMAND_UNSPECIFIED"],
    ["one octet", "\0", "MALFORMED_COMMAND_UNSPECIFIED"],
    ["a name cut short", "\x09HELLO", "MALFORMED_COMMAND_UNSPECIFIED"],
    ["HELLO without a name", "\x05HELLO", "MALFORMED_COMMAND_HELLO"],
    ["HELLO with a name cut short", "\x05HELLO\x05ab", "MALFORMED_COMMAND_HELLO"],
    ["HELLO without a password", "\x05HELLO\x02ab", "MALFORMED_COMMAND_HELLO"],
    ["HELLO with a password cut short", "\x05HELLO\x02ab\x03a", "MALFORMED_COMMAND_HELLO"],
    ["HELLO with octets after it", "\x05HELLO\x01a\x01bx", "MALFORMED_COMMAND_HELLO"],
  ])("given %s first fails", (_, body, code) => {
    const { mechanism, host } = server()
    give(mechanism, body)
    expect(host.result).toBe("ERR_ZMTP_" + code)
    expect(host.requests).toEqual([])
  })

  it.each([HELLO, INITIATE, ""])(
    "given %j while the handler thinks fails, whatever the handler says",
    body => {
      const { mechanism, host } = server()
      give(mechanism, HELLO, body)
      expect(host.result).toBe("ERR_ZMTP_UNSPECIFIED")
      host.answer(zapReply(200))
      expect(host.sent).toEqual([])
    },
  )

  it.each([
    ["HELLO", HELLO, "UNEXPECTED_COMMAND"],
    ["ERROR", "\x05ERROR\x03400", "UNEXPECTED_COMMAND"],
    ["an unknown command", "\x03FOO", "UNEXPECTED_COMMAND"],
    ["an empty body", "", "UNEXPECTED_COMMAND"],
    ["a name cut short", "\x1eINITIATE", "UNEXPECTED_COMMAND"],
    ["INITIATE of the wrong type", "\x08INITIATE" + socketType("PUB"), "INVALID_METADATA"],
    ["INITIATE with metadata cut short", "\x08INITIATE\x05So", "INVALID_METADATA"],
  ])("given %s after WELCOME fails", (_, body, code) => {
    const { mechanism, host } = server(zapReply(200))
    give(mechanism, HELLO, body)
    expect(host.result).toBe("ERR_ZMTP_" + code)
  })

  it("answers bad metadata with an ERROR", () => {
    const { mechanism, host } = server(zapReply(200))
    give(mechanism, HELLO, "\x08INITIATE" + socketType("PUB"))
    expect(host.sent).toEqual([WELCOME, "^RROR\x10Invalid-metadata"])
  })
})

describe("a PLAIN client", () => {
  it("says HELLO, then INITIATE with its metadata when it is welcome", () => {
    const { mechanism, host } = client()
    expect(host.sent).toEqual([HELLO])
    give(mechanism, WELCOME)
    expect(host.sent[1]).toBe("\x08INITIATE" + socketType("REQ") + "\x08Identity\0\0\0\0")
    give(mechanism, READY)
    expect(host.result).toBe("ready")
  })

  const FAULTS = [
    ["HELLO", HELLO, "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["an unknown command", "\x03FOO", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["an empty body", "", "ERR_ZMTP_UNEXPECTED_COMMAND"],
    ["ERROR 300", "\x05ERROR\x03300", 300],
    ["ERROR 400", "\x05ERROR\x03400", 400],
    ["ERROR 500 as libzmq spells it", "^RROR\x03500", 500],
    ["ERROR with words", "\x05ERROR\x03foo", "ERR_ZMTP_UNSPECIFIED"],
    ["ERROR without a reason", "\x05ERROR", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
    ["libzmq's ERROR without a reason", "^RROR", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
    ["ERROR with a reason cut short", "\x05ERROR\x09foo", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
    ["libzmq's ERROR with a reason cut short", "^RROR\x09foo", "ERR_ZMTP_MALFORMED_COMMAND_ERROR"],
  ] as const

  it.each([
    ...FAULTS,
    ["READY", READY, "ERR_ZMTP_UNEXPECTED_COMMAND"] as const,
    ["WELCOME with data", WELCOME + "x", "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"] as const,
  ])("given %s after HELLO fails", (_, body, result) => {
    const { mechanism, host } = client()
    give(mechanism, body)
    expect(host.result).toBe(result)
  })

  it.each([
    ...FAULTS,
    ["WELCOME", WELCOME, "ERR_ZMTP_UNEXPECTED_COMMAND"] as const,
    ["READY of the wrong type", "\x05READY" + socketType("PUB"), "ERR_ZMTP_INVALID_METADATA"] as const,
    ["READY with metadata cut short", "\x05READY\x05So", "ERR_ZMTP_INVALID_METADATA"] as const,
  ])("given %s after INITIATE fails", (_, body, result) => {
    const { mechanism, host } = client()
    give(mechanism, WELCOME, body)
    expect(host.result).toBe(result)
  })
})

describe("PLAIN, given any commands,", () => {
  it("never throws, and ends at most once", () => {
    const command = fc.oneof(
      fc.constantFrom(HELLO, WELCOME, INITIATE, READY, "\x05ERROR\x03400", "^RROR\x03400"),
      fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString("latin1")),
    )
    fc.assert(
      fc.property(fc.array(command), fc.constantFrom("client", "server"), (bodies, role) => {
        const { mechanism } = begin("PLAIN", role, {}, zapReply(200))
        give(mechanism, ...bodies)
      }),
    )
  })
})
