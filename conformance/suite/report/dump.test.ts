/** That every octet of a connection has a place in its dump, and the ones that are known their meaning. */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { command, frame, greeting, hex, message, oldFrame, ping, ready } from "../play/bytes.js"
import { dissect } from "../play/connection.js"
import type { Entry } from "../play/raw.js"
import { dump, dumpText } from "./dump.js"

const entry = (from: Entry["from"], what: Entry["what"]): Entry => ({ from, what, at: 1.23456 })
const dumped = (...log: Entry[]) => dump(dissect("case", "PULL", log))
const meanings = (...log: Entry[]) => dumped(...log).map(({ meaning }) => meaning)

describe("a dump", () => {
  test("names the fields of a greeting, and of what follows", () => {
    const bytes = Buffer.concat([
      greeting(),
      ready("PUSH", [["Identity", ""]]),
      ping("ctx", 30),
      message("a", ""),
    ])
    expect(meanings(entry("suite", bytes), entry("peer", greeting({ minor: 0 })))).toEqual([
      ...["signature", "version 3", "minor version 1", 'mechanism "NULL"', "as-server 0", "filler"],
      ...["command, size 39", "command READY", 'property Socket-Type = "PUSH"', "property Identity = empty"],
      ...["command, size 10", "command PING", "time to live 3 s", 'context "ctx"'],
      ...["message + more, size 1", 'body "a"', "message, size 0"],
      ...["signature", "version 3", "minor version 0", 'mechanism "NULL"', "as-server 0", "filler"],
    ])
  })

  test("reads HELLO and ERROR, and any other command", () => {
    const bytes = [command("HELLO", "\x01a\x02bc"), command("ERROR", "\x02no"), command("WHAT", "\x00")]
    expect(meanings(entry("suite", Buffer.concat([greeting(), ...bytes]))).slice(6)).toEqual([
      ...["command, size 11", "command HELLO", 'username "a"', 'password "bc"'],
      ...["command, size 9", "command ERROR", 'reason "no"'],
      ...["command, size 6", "command WHAT", "data (1 octet)"],
    ])
  })

  test("reads the versions before", () => {
    const two = Buffer.concat([hex("ff 00 00 00 00 00 00 00 01 7f 01 07"), frame(""), frame("x")])
    expect(meanings(entry("suite", two), entry("peer", greeting().subarray(0, 12)))).toEqual([
      ...["signature", "revision 1", "socket type PULL", "message, size 0", "message, size 1", 'body "x"'],
      ...["signature", "revision 3", "socket type PUB"],
    ])
    const one = Buffer.concat([oldFrame(""), oldFrame("x", { more: true })])
    expect(meanings(entry("suite", one))).toEqual([
      ...["frame of ZMTP 1.0, size 1", "frame of ZMTP 1.0 + more, size 2", 'body "x"'],
    ])
  })

  test("tells what is cut, what is reserved, and how a connection ended", () => {
    const bytes = Buffer.concat([greeting(), hex("fa ff ff ff ff ff ff ff ff 41")])
    const lines = meanings(entry("suite", bytes), entry("peer", "reset")).slice(6)
    expect(lines).toEqual([
      "message + long + reserved bits 11111000, size 18446744073709551615",
      'body "A", cut short: 1 of 9007199254740991 octets',
      "the connection is reset",
    ])
  })

  test("says when a field goes on after the other side has spoken", () => {
    const bytes = greeting()
    const log = [
      entry("suite", bytes.subarray(0, 5)),
      entry("peer", "end"),
      entry("suite", bytes.subarray(5)),
    ]
    expect(meanings(...log).slice(0, 3)).toEqual([
      ...["signature", "the end of what it sends", "… signature, continued"],
    ])
  })

  test("takes any octets, cut anywhere, and leaves none out", () => {
    const pieces = fc.array(
      fc.record({
        from: fc.constantFrom("suite" as const, "peer" as const),
        what: fc.oneof(
          fc.uint8Array({ maxLength: 80 }).map(bytes => Buffer.from(bytes)),
          fc.constantFrom(greeting(), ready("PUSH"), oldFrame("x"), message("a", "b")),
        ),
        at: fc.constant(0),
      }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(pieces, log => {
        const lines = dump(dissect("case", "PULL", log), Number.POSITIVE_INFINITY)
        for (const side of ["suite", "peer"] as const) {
          const own = lines.filter(({ from }) => from === side)
          const sent = Buffer.concat(log.filter(({ from }) => from === side).map(({ what }) => what))
          let at = 0
          for (const { offset, length } of own) {
            expect(offset).toBe(at)
            at += length
          }
          expect(at).toBe(sent.length)
        }
      }),
    )
  })

  test("shortens long bodies, rows of zeros and long connections", () => {
    const bytes = Buffer.concat([greeting(), frame("x".repeat(1000))])
    const text = dumpText(dumped(entry("suite", bytes)))
    expect(text).toContain("(64 of 1000 octets shown)")
    expect(text).toContain("4e 55 4c 4c 00 …")
    const many = Buffer.concat([greeting(), ...Array.from({ length: 500 }, () => message("x"))])
    expect(dump(dissect("case", "PULL", [entry("suite", many)]), 20)).toHaveLength(21)
  })
})
