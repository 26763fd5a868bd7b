import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import net from "node:net"
import { dirname } from "node:path"
import { afterEach, describe, expect, test, vi } from "vitest"
import { ipc } from "../../src/transports/ipc.js"
import { codeOf, connect, defaults, freshPath, leaveStale, listen, listenSync } from "./support.js"

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const both = [
  { how: "listen", bindNow: listen },
  { how: "listenSync", bindNow: async (...args: Parameters<typeof listenSync>) => listenSync(...args) },
]

/** The longest path that a Unix domain socket takes. */
const LONGEST = process.platform === "linux" ? 107 : 103

describe.runIf(process.platform !== "win32").each(both)("binding ipc by $how", ({ how, bindNow }) => {
  async function works(address: string): Promise<void> {
    const bound = await bindNow(ipc, address)
    expect(bound.endpoint).toBe(`ipc://${address}`)
    const near = await connect(ipc, address)
    ;(await bound.accept()).destroy()
    near.destroy()
    await bound.close()
  }

  test("makes a file and removes it when it closes", async () => {
    const path = freshPath()
    const bound = await bindNow(ipc, path)
    expect(existsSync(path)).toBe(true)
    await bound.close()
    expect(existsSync(path)).toBe(false)
  })

  test.each(["*", "*anything"])(
    "to %s makes a socket in a fresh directory and removes both",
    async address => {
      const bound = await bindNow(ipc, address)
      expect(bound.endpoint).toMatch(/^ipc:\/\/\/.*\/tmp\w{6}\/socket$/)
      const near = await connect(ipc, bound.address)
      near.destroy()
      await bound.close()
      expect(existsSync(dirname(bound.address))).toBe(false)
    },
  )

  test("to * looks where TMPDIR says, and cleans up when the path is too long", async () => {
    const directory = freshPath()
    mkdirSync(directory)
    vi.stubEnv("TMPDIR", directory)
    const bound = await bindNow(ipc, "*")
    expect(bound.address.startsWith(directory)).toBe(true)
    await bound.close()
    const long = `${directory}/${"x".repeat(LONGEST - directory.length)}`
    mkdirSync(long)
    vi.stubEnv("TMPDIR", long)
    expect(await codeOf(() => bindNow(ipc, "*"))).toBe("ENAMETOOLONG")
    expect(readdirSync(long)).toEqual([])
  })

  test("replaces the file of a listener that crashed", async () => {
    const path = freshPath()
    await leaveStale(path)
    expect(existsSync(path)).toBe(true)
    await works(path)
  })

  test("takes the path from a live listener, as libzmq does, and keeps it when that one closes", async () => {
    const path = freshPath()
    const old = await bindNow(ipc, path)
    const young = await bindNow(ipc, path)
    await old.close()
    const near = await connect(ipc, path)
    ;(await young.accept()).destroy()
    near.destroy()
    await young.close()
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(dirname(path)).filter(name => path.endsWith(name))).toEqual([])
  })

  test("spares a file that is no socket: EADDRINUSE", async () => {
    const path = freshPath()
    writeFileSync(path, "precious")
    expect(await codeOf(() => bindNow(ipc, path))).toBe("EADDRINUSE")
    expect(existsSync(path)).toBe(true)
  })

  test("in a directory that does not exist is ENOENT, as with libzmq", async () => {
    expect(await codeOf(() => bindNow(ipc, "/nonexistent/directory/socket"))).toBe("ENOENT")
  })

  test("in a directory without permission is EACCES", async ctx => {
    if (process.getuid?.() === 0) ctx.skip("needs a user without privileges")
    expect(await codeOf(() => bindNow(ipc, "/zmtp-test"))).toBe("EACCES")
  })

  test("takes a path of the greatest length and refuses one byte more with ENAMETOOLONG", async () => {
    const path = freshPath()
    const longest = path + "é".repeat(5) + "x".repeat(LONGEST - Buffer.byteLength(path) - 10)
    expect(Buffer.byteLength(longest)).toBe(LONGEST)
    await works(longest)
    expect(await codeOf(() => bindNow(ipc, `${longest}x`))).toBe("ENAMETOOLONG")
  })

  test("to an abstract name leaves no file", async ctx => {
    if (process.platform !== "linux") ctx.skip("abstract sockets exist on Linux only")
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined)
    const name = `@zmtp-test-${process.pid}-${how}`
    const bound = await bindNow(ipc, name)
    expect(bound.endpoint).toBe(`ipc://${name}`)
    expect(existsSync(name)).toBe(false)
    expect(await codeOf(() => bindNow(ipc, name))).toBe("EADDRINUSE")
    await bound.close()
    await works(name.padEnd(LONGEST, "y"))
    expect(await codeOf(() => bindNow(ipc, name.padEnd(LONGEST + 1, "y")))).toBe("ENAMETOOLONG")
  })
})

describe("an abstract name", () => {
  test("that this Node.js fills up with zeros brings one warning of it", async ctx => {
    if (process.platform !== "linux") ctx.skip("abstract sockets exist on Linux only")
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue()
    vi.resetModules()
    const fresh = await import("../../src/transports/ipc.js")
    fresh.ipc.check("path", "connect")
    expect(warn).not.toHaveBeenCalled()
    for (const name of ["@one", "@two"]) fresh.ipc.check(name, "connect")
    const padded = process.version.startsWith("v20.")
    expect(warn).toHaveBeenCalledTimes(padded ? 1 : 0)
    if (padded) expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: "ZMTP_ABSTRACT_NAME" })
  })
})

describe("on Windows", () => {
  const { platform } = process
  afterEach(() => {
    Object.defineProperty(process, "platform", { value: platform })
  })

  test("a name is that of a pipe, and a whole pipe name is left as it is", async () => {
    Object.defineProperty(process, "platform", { value: "win32" })
    vi.resetModules()
    const windows = (await import("../../src/transports/ipc.js")).ipc
    const dialled: unknown[] = []
    vi.spyOn(net.Socket.prototype, "connect").mockImplementation(function (this: net.Socket, ...given) {
      dialled.push(given[0])
      return this
    })
    for (const name of ["name", "\\\\.\\pipe\\whole", "x".repeat(200), "@name"]) {
      windows.connect(name, defaults, { onPending() {}, onConnect() {}, onError() {} }).cancel()
    }
    expect(dialled).toEqual(
      ["name", "whole", "x".repeat(200), "@name"].map(name => ({ path: `\\\\.\\pipe\\${name}` })),
    )
  })
})

describe.runIf(process.platform !== "win32")("checking an ipc address", () => {
  const check = (address: string, role: "bind" | "connect") =>
    codeOf(() => {
      ipc.check(address, role)
    })

  test("refuses what is too long, and @ alone", async () => {
    for (const role of ["bind", "connect"] as const) {
      expect(await check("x".repeat(LONGEST), role)).toBe(undefined)
      expect(await check("x".repeat(LONGEST + 1), role)).toBe("ENAMETOOLONG")
      expect(await check("@", role)).toBe(process.platform === "linux" ? "EINVAL" : "ENOTSUP")
    }
  })

  test("takes * for a wildcard when binding and for a name when connecting", async () => {
    expect(await check("*", "bind")).toBe(undefined)
    expect(await check("*", "connect")).toBe(undefined)
    expect(await codeOf(() => connect(ipc, "*"))).toBe("ENOENT")
  })
})
