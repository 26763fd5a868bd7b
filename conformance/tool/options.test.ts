/** What the command line means, and what it refuses. */
import { describe, expect, test } from "vitest"
import { parse, usage, UsageError } from "./options.js"

describe("the command line", () => {
  test("asks for everything when it is empty", () => {
    expect(parse([])).toMatchObject({
      clauses: true,
      interop: true,
      strict: false,
      patience: 10_000,
      build: true,
    })
  })

  test("asks for one matrix, or for clauses alone where some are chosen", () => {
    expect(parse(["--interop"])).toMatchObject({ clauses: false, interop: true })
    expect(parse(["--clauses"])).toMatchObject({ clauses: true, interop: false })
    expect(parse(["--spec", "37"])).toMatchObject({ clauses: true, interop: false, specs: [37] })
  })

  test("takes an address with its type", () => {
    const { address, interop } = parse(["tcp://[::1]:5555", "--type", "pull", "--connects"])
    expect(address).toEqual({ endpoint: "tcp://[::1]:5555", type: "PULL", side: "connects" })
    expect(interop).toBe(false)
  })

  test.each([
    [["--nothing"]],
    [["tcp://127.0.0.1:5555"]],
    [["tcp://127.0.0.1:5555", "--type", "WHAT"]],
    [["127.0.0.1:5555", "--type", "PULL"]],
    [["tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "--type", "PULL"]],
    [["tcp://127.0.0.1:5555", "--type", "PULL", "--peer", "ours"]],
    [["--type", "PULL"]],
    [["--spec", "thirty"]],
    [["--patience", "0"]],
    [["--parallel", "1.5"]],
    [["--unobservable"]],
  ])("refuses %j", args => {
    expect(() => parse(args)).toThrow(UsageError)
  })

  test("is told by --help, option by option", () => {
    const text = usage("tool", ["ours"], "")
    for (const option of ["--peer", "--adapter", "--strict", "--html", "--no-build", "--patience"]) {
      expect(text).toContain(option)
    }
  })
})
