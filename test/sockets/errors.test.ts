import { constants } from "node:os"
import { describe, expect, it } from "vitest"
import { checkArgumentCount, errnoError, errnoOf, fromSystemError } from "../../src/sockets/errors.js"

describe("errnoError", () => {
  it("makes a plain Error with errno and code, in native's order", () => {
    const error = errnoError("EAGAIN")
    expect(error.constructor).toBe(Error)
    expect(error.message).toBe("Operation was not possible or timed out")
    expect(Object.entries(error)).toEqual([
      ["errno", constants.errno.EAGAIN],
      ["code", "EAGAIN"],
    ])
  })

  it("adds the address last, even an empty one", () => {
    expect(Object.entries(errnoError("EINVAL", undefined, ""))).toEqual([
      ["errno", constants.errno.EINVAL],
      ["code", "EINVAL"],
      ["address", ""],
    ])
  })

  it("takes other words when they are given", () => {
    expect(errnoError("EBUSY", "Socket is blocked").message).toBe("Socket is blocked")
  })

  it.each([
    ["EFSM", 156384763, "Operation cannot be accomplished in current state"],
    ["ENOCOMPATPROTO", 156384764, "The protocol is not compatible with the socket type"],
    ["ETERM", 156384765, "Context was terminated"],
    ["EMTHREAD", 156384766, "No thread available"],
  ])("knows ZeroMQ's own %s", (code, errno, message) => {
    expect(errnoError(code)).toMatchObject({ code, errno, message })
  })

  it.each([
    ["EADDRINUSE", "Address already in use"],
    ["EADDRNOTAVAIL", "Cannot assign requested address"],
    ["EBADF", "Socket is closed"],
    ["EBUSY", "Socket is busy"],
    ["EFAULT", "Context is closed"],
    ["EINVAL", "Invalid argument"],
    ["EMFILE", "Too many open file descriptors"],
    ["ENAMETOOLONG", "File name too long"],
    ["ENODEV", "No such device"],
    ["ENOENT", "No such endpoint"],
    ["ENOTSOCK", "Socket operation on non-socket"],
    ["ENOTSUP", "Operation not supported"],
    ["EPIPE", "Broken pipe"],
    ["EPROTONOSUPPORT", "Protocol not supported"],
  ] as const)("speaks of %s in native's words", (code, message) => {
    expect(errnoError(code)).toMatchObject({ code, errno: constants.errno[code], message })
  })

  it("begins its stack at the caller", () => {
    expect(errnoError("EINVAL").stack?.split("\n")[1]).toContain("errors.test.ts")
  })
})

describe("errnoOf", () => {
  it("gives 0 for a code without a number", () => {
    expect(errnoOf("ENOTFOUND")).toBe(0)
  })
})

describe("fromSystemError", () => {
  it("gives a failed system call native's number, words and address", () => {
    const system = Object.assign(new Error("listen EADDRINUSE: address already in use"), {
      code: "EADDRINUSE",
      errno: -98,
      syscall: "listen",
    })
    const error = fromSystemError(system, "tcp://127.0.0.1:5555")
    expect(error.message).toBe("Address already in use")
    expect(Object.entries(error)).toEqual([
      ["errno", constants.errno.EADDRINUSE],
      ["code", "EADDRINUSE"],
      ["address", "tcp://127.0.0.1:5555"],
    ])
  })

  it("passes on an error without a code as it is", () => {
    const mistake = new TypeError("mistake")
    expect(fromSystemError(mistake)).toBe(mistake)
  })
})

describe("checkArgumentCount", () => {
  it("lets fewer and as many arguments pass", () => {
    expect(() => checkArgumentCount(0, 1)).not.toThrow()
    expect(() => checkArgumentCount(1, 1)).not.toThrow()
  })

  it.each([
    [1, 0, "Expected 0 arguments but received 1"],
    [2, 1, "Expected 1 argument but received 2"],
    [3, 2, "Expected 2 arguments but received 3"],
  ])("refuses %i arguments where %i are taken", (received, most, message) => {
    expect(() => checkArgumentCount(received, most)).toThrow(new TypeError(message))
  })
})
