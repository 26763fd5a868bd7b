import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as commands from "../../src/wire/commands.js"
import { ProtocolError } from "../../src/wire/errors.js"

const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map(array => Buffer.from(array))
const withCode = (code: string) => expect.objectContaining({ code }) as ProtocolError
const body = (name: string, data = "") => commands.buildCommand(name, Buffer.from(data, "latin1"))

describe("commands", () => {
  it("of any name and data come apart as they were put together", () => {
    const name = fc.stringMatching(/^[A-Za-z]{1,255}$/)
    fc.assert(
      fc.property(name, bytes(300), (called, data) => {
        const built = commands.buildCommand(called, data)
        expect(commands.commandName(built)).toBe(called)
        expect(commands.commandData(built)).toEqual(data)
        expect(commands.isCommand(built, called)).toBe(true)
      }),
    )
  })

  it("have the layout of 37/ZMTP and 24/ZMTP-PLAIN", () => {
    expect(commands.buildReady(Buffer.from("m")).toString("latin1")).toBe("\x05READYm")
    expect(commands.buildError("400").toString("latin1")).toBe("\x05ERROR\x03400")
    expect(commands.buildSubscribe(Buffer.from("a")).toString("latin1")).toBe("\x09SUBSCRIBEa")
    expect(commands.buildCancel(Buffer.alloc(0)).toString("latin1")).toBe("\x06CANCEL")
    expect(commands.buildPing(300, Buffer.from("c")).toString("latin1")).toBe("\x04PING\x01\x2cc")
    expect(commands.buildPong(Buffer.from("c")).toString("latin1")).toBe("\x04PONGc")
    expect(commands.buildWelcome().toString("latin1")).toBe("\x07WELCOME")
    expect(commands.buildInitiate(Buffer.from("m")).toString("latin1")).toBe("\x08INITIATEm")
    const hello = commands.buildHello(Buffer.from("admin"), Buffer.from("secret"))
    expect(hello.toString("latin1")).toBe("\x05HELLO\x05admin\x06secret")
  })

  it("are told apart by their whole names", () => {
    expect(commands.isCommand(body("READYX"), "READY")).toBe(false)
    expect(commands.isCommand(Buffer.from("\x05READ"), "READY")).toBe(false)
    expect(commands.isCommand(Buffer.alloc(0), "READY")).toBe(false)
  })

  it("parse to what was built", () => {
    fc.assert(
      fc.property(fc.nat(65535), bytes(16), bytes(255), bytes(255), (ttl, context, username, password) => {
        expect(commands.parsePing(commands.buildPing(ttl, context))).toEqual({ ttl, context })
        expect(commands.parsePong(commands.buildPong(context))).toEqual(context)
        const hello = commands.buildHello(username, password)
        expect(commands.parseHello(hello)).toEqual({ username, password })
        const reason = username.toString("latin1")
        expect(commands.parseError(commands.buildError(reason))).toBe(reason)
      }),
    )
  })

  it("that do not fit are a fault of the caller", () => {
    expect(() => commands.buildHello(Buffer.alloc(256), Buffer.alloc(0))).toThrow(RangeError)
    expect(() => commands.buildError("x".repeat(256))).toThrow(RangeError)
    expect(() => commands.buildPing(65536)).toThrow(RangeError)
  })

  it("ignore what follows an ERROR's reason, as libzmq does", () => {
    expect(commands.parseError(body("ERROR", "\x03400xx"))).toBe("400")
  })
})

describe("a malformed command", () => {
  it.each([
    ["an empty body", Buffer.alloc(0)],
    ["a length and no name", Buffer.of(0)],
    ["a name cut short", Buffer.from("\x09ab")],
  ])("with %s has no name", (_, malformed) => {
    expect(() => commands.commandName(malformed)).toThrow(withCode("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED"))
  })

  it.each([
    ["HELLO", "", "HELLO"],
    ["HELLO", "\x05ab", "HELLO"],
    ["HELLO", "\x02ab", "HELLO"],
    ["HELLO", "\x02ab\x03a", "HELLO"],
    ["HELLO", "\x01a\x01bx", "HELLO"],
    ["WELCOME", "x", "WELCOME"],
    ["ERROR", "", "ERROR"],
    ["ERROR", "\x09400", "ERROR"],
    ["PING", "", "UNSPECIFIED"],
    ["PING", "\x00", "UNSPECIFIED"],
    ["PING", "\x00\x00" + "c".repeat(17), "UNSPECIFIED"],
    ["PONG", "c".repeat(17), "UNSPECIFIED"],
  ] as const)("%s with data %j is refused with the code of its kind", (name, data, kind) => {
    const parse = {
      HELLO: commands.parseHello,
      WELCOME: commands.parseWelcome,
      ERROR: commands.parseError,
      PING: commands.parsePing,
      PONG: commands.parsePong,
    }[name]
    expect(() => parse(body(name, data))).toThrow(withCode(`ERR_ZMTP_MALFORMED_COMMAND_${kind}`))
  })

  it("of random bytes is never worse than a ProtocolError", () => {
    const parsers = [
      commands.commandName,
      commands.commandData,
      commands.parseError,
      commands.parsePing,
      commands.parsePong,
      commands.parseHello,
      commands.parseWelcome,
    ]
    fc.assert(
      fc.property(bytes(100), fc.constantFrom(...parsers), (random, parse) => {
        try {
          parse(random)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
    )
  })
})
