import dns from "node:dns"
import net from "node:net"
import os from "node:os"
import { afterEach, describe, expect, test, vi } from "vitest"
import { tcp } from "../../src/transports/tcp.js"
import { findLocalhost } from "../../src/transports/tcp-resolve.js"
import type { ByteStream, TransportOptions } from "../../src/transports/transport.js"
import {
  type Bound,
  codeOf,
  connect,
  defaults,
  hasIPv6,
  listen,
  listenSync,
  Outcome,
  ownLoopback,
  Recorder,
} from "./support.js"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function bind(address: string, options: Partial<TransportOptions> = {}): Promise<Bound> {
  const bound = await listen(tcp, address, options)
  cleanups.push(() => bound.close())
  return bound
}

type Looked = (error: null, found: { address: string; family: number }[]) => void

async function join(address: string, options: Partial<TransportOptions> = {}): Promise<ByteStream> {
  const stream = await connect(tcp, address, options)
  cleanups.push(() => {
    stream.destroy()
  })
  return stream
}

const both = [
  { how: "listen", bindNow: listen },
  { how: "listenSync", bindNow: async (...args: Parameters<typeof listenSync>) => listenSync(...args) },
]

/** The interface with the address 127.0.0.1. */
const loopback = Object.entries(os.networkInterfaces()).find(
  ([, all]) => all?.some(one => one.address === "127.0.0.1") === true,
)?.[0] as string

// What libzmq 4.3.5 answers, but for a `localhost` that is in no hosts file with ::1.
describe.each(both)("binding by $how", ({ bindNow }) => {
  test.each([
    ["*:*", "0.0.0.0"],
    ["*:0", "0.0.0.0"],
    ["[*]:*", "0.0.0.0"],
    ["127.0.0.1:*", "127.0.0.1"],
    ["[127.0.0.1]:0", "127.0.0.1"],
    ["localhost:*", "127.0.0.1"],
    ["[::ffff:127.0.0.1]:*", "127.0.0.1"],
    ["127.0.0.1:*;127.0.0.1:*", "127.0.0.1"],
    [`${loopback}:*`, "127.0.0.1"],
    [`127.0.0.1%${loopback}:*`, "127.0.0.1"],
    [`*%${loopback}:*`, "0.0.0.0"],
  ])("to %s gives an endpoint at %s", async (address, host) => {
    const bound = await bindNow(tcp, address)
    expect(bound.endpoint).toMatch(new RegExp(`^tcp://${host.replaceAll(".", "\\.")}:[1-9]\\d*$`))
    const near = await connect(tcp, `127.0.0.1:${bound.address.split(":").at(-1) as string}`)
    ;(await bound.accept()).destroy()
    near.destroy()
    await bound.close()
  })

  test.for<[string, string]>([
    ["*:*", "[::]"],
    ["[::]:*", "[::]"],
    ["[::1]:*", "[::1]"],
    ["::1:*", "[::1]"],
    ["127.0.0.1:*", "[::ffff:127.0.0.1]"],
    ["[::ffff:127.0.0.1]:*", "[::ffff:127.0.0.1]"],
    [`${loopback}:*`, "[::1]"],
    [`[::1%${loopback}]:*`, "[::1]"],
    ["[::1%1]:*", "[::1]"],
  ])("to %s with ipv6 gives an endpoint at %s", async ([address, host], ctx) => {
    if (!hasIPv6) ctx.skip("this machine has no IPv6")
    const bound = await bindNow(tcp, address, { ipv6: true })
    expect(bound.endpoint.replace(/:[1-9]\d*$/, "")).toBe(`tcp://${host}`)
    await bound.close()
  })

  test.each([
    ["[::1]:*", "ENODEV"],
    [":*", "ENODEV"],
    ["1.2.3.4:*", "EADDRNOTAVAIL"],
    ["[::1%nosuch]:*", "EINVAL"],
    ["127.0.0.1", "EINVAL"],
  ])("to %s fails with %s", async (address, code) => {
    expect(await codeOf(() => bindNow(tcp, address))).toBe(code)
  })

  test("to a port in use fails with EADDRINUSE", async () => {
    const bound = await bind("127.0.0.1:*")
    expect(await codeOf(() => bindNow(tcp, bound.address))).toBe("EADDRINUSE")
  })

  test("to a privileged port fails with EACCES", async ctx => {
    if (process.platform === "win32" || process.getuid?.() === 0) ctx.skip("needs a user without privileges")
    expect(await codeOf(() => bindNow(tcp, "127.0.0.1:1"))).toBe("EACCES")
  })

  test("falls back to IPv4 on a system without IPv6", async () => {
    const unsupported = Object.assign(new Error("no IPv6"), { code: "EAFNOSUPPORT" })
    const listening = vi.spyOn(net.Server.prototype, "listen").mockImplementationOnce(() => {
      throw unsupported
    })
    const bound = await bindNow(tcp, "*:*", { ipv6: true })
    expect(bound.endpoint).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/)
    expect(listening).toHaveBeenCalledTimes(2)
    await bound.close()
  })
})

describe("interfaces that cannot be listed, for want of a descriptor,", () => {
  /** As Node.js reports it: libuv gives the number with the wrong sign. */
  function listNone(errno: number): void {
    vi.spyOn(os, "networkInterfaces").mockImplementation(() => {
      throw Object.assign(new Error("A system error occurred"), {
        code: "ERR_SYSTEM_ERROR",
        info: { errno, code: `Unknown system error ${errno}`, syscall: "uv_interface_addresses" },
      })
    })
  }

  test.each([os.constants.errno.EMFILE, -os.constants.errno.EMFILE])(
    "make a bind to a name fail with EMFILE, and hinder nobody else: %i",
    async errno => {
      listNone(errno)
      for (const { bindNow } of both) {
        for (const address of ["some.name:*", "[fe80::1%lo]:*"]) {
          expect(await codeOf(() => bindNow(tcp, address, { ipv6: true })), address).toBe("EMFILE")
        }
        for (const address of ["*:*", "127.0.0.1:*", "localhost:*"]) {
          const bound = await bindNow(tcp, address)
          cleanups.push(() => bound.close())
        }
      }
    },
  )
})

describe("names", () => {
  const systemLookup = dns.lookup

  /** What the resolver says of names; `node:net` asks it for addresses too, one or all, which the system answers. */
  function resolveTo(...addresses: string[]): void {
    vi.spyOn(dns, "lookup").mockImplementation(((host: string, options: { family: number }, done: Found) => {
      if (net.isIP(host) > 0) {
        systemLookup(host, options, done as never)
        return
      }
      const all = addresses.map(address => ({ address, family: net.isIP(address) }))
      const found = all.filter(one => options.family === 0 || one.family === options.family)
      process.nextTick(() => {
        if (found.length > 0) done(null, found)
        else done(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }))
      })
    }) as typeof dns.lookup)
  }
  type Found = (error: Error | null, found?: dns.LookupAddress[]) => void

  test("are resolved when binding; unknown ones are ENODEV", async () => {
    resolveTo("127.0.0.1")
    const bound = await bind("some.name:*")
    expect(bound.endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:/)
    resolveTo()
    expect(await codeOf(() => listen(tcp, "some.name:*"))).toBe("ENODEV")
  })

  test("such as localhost are found without the resolver, whose threads may be busy", async () => {
    // For an address Node.js asks no thread.
    vi.spyOn(dns, "lookup").mockImplementation(((host: string, ...more: never[]) => {
      if (net.isIP(host) !== 0) (systemLookup as (...all: unknown[]) => void)(host, ...more)
    }) as typeof dns.lookup)
    for (const name of ["localhost", "LocalHost"]) {
      const bound = await bind(`${name}:*`)
      expect((await join(bound.address)).remoteEndpoint).toBe(bound.endpoint)
      const other = listenSync(tcp, `${name}:*`)
      cleanups.push(() => other.close())
      expect(other.endpoint).toMatch(/^tcp:\/\/127\./)
    }
  })

  test.each([
    ["127.0.0.1 localhost", "127.0.0.1", "127.0.0.1"],
    ["::1 localhost ip6-localhost\n127.0.0.1 localhost", "127.0.0.1", "::1"],
    ["127.0.1.1\thost # localhost\r\n127.0.0.2\tother LOCALHOST\r\n", "127.0.0.2", "127.0.0.2"],
    ["::1 localhost", "127.0.0.1", "::1"],
    ["# 127.0.0.9 localhost\nno.address localhost\n127.0.0.8 localhost.example", "127.0.0.1", "::1"],
    ["", "127.0.0.1", "::1"],
  ])("such as localhost are what the hosts file says: %j", (hosts, four, six) => {
    expect([findLocalhost(hosts, false), findLocalhost(hosts, true)]).toEqual([four, six])
  })

  test("cannot be resolved when binding synchronously, which ENOTSUP says", async () => {
    expect(await codeOf(() => listenSync(tcp, "some.name:*"))).toBe("ENOTSUP")
  })

  test("are resolved anew for each attempt to connect", async () => {
    const bound = await bind("127.0.0.1:*")
    const port = bound.address.split(":")[1] as string
    resolveTo()
    expect(await codeOf(() => join(`some.name:${port}`))).toBe("ENOTFOUND")
    resolveTo("127.0.0.1")
    expect((await join(`some.name:${port}`)).remoteEndpoint).toBe(bound.endpoint)
  })

  test("give IPv4 only without ipv6, and IPv6 first with it", async ctx => {
    if (!hasIPv6) ctx.skip("this machine has no IPv6")
    const bound = await bind("*:*", { ipv6: true })
    const port = bound.address.split(":").at(-1) as string
    resolveTo("127.0.0.1", "::1")
    expect((await join(`some.name:${port}`)).remoteEndpoint).toBe(`tcp://127.0.0.1:${port}`)
    expect((await join(`some.name:${port}`, { ipv6: true })).remoteEndpoint).toBe(`tcp://[::1]:${port}`)
    resolveTo("127.0.0.1")
    expect((await join(`some.name:${port}`, { ipv6: true })).remoteEndpoint).toBe(`tcp://127.0.0.1:${port}`)
    resolveTo("::1")
    expect(await codeOf(() => join(`some.name:${port}`))).toBe("ENOTFOUND")
    const mapped = await bind("other.name:*", { ipv6: true })
    expect(mapped.endpoint).toMatch(/^tcp:\/\/\[::1\]:/)
  })

  test("in a lookup that is cancelled lead nowhere", async () => {
    const bound = await bind("127.0.0.1:*")
    let answer: Found | undefined
    vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: Found) => {
      answer = done
    }) as typeof dns.lookup)
    const told = new Outcome()
    const attempt = tcp.connect(`some.name:${bound.address.split(":")[1] as string}`, defaults, told)
    await vi.waitUntil(() => answer !== undefined)
    attempt.cancel()
    answer?.(null, [{ address: "127.0.0.1", family: 4 }])
    await join(bound.address)
    await bound.accept()
    expect(told.order).toEqual([])
  })

  test("that cannot be resolved are neither pending nor tried; nor is a source that is nowhere", async () => {
    resolveTo()
    for (const [address, code] of [
      ["some.name:1", "ENOTFOUND"],
      ["nosuch:*;127.0.0.1:1", "ENODEV"],
      ["[::1]:1", "EINVAL"],
    ] as const) {
      const told = new Outcome()
      tcp.connect(address, defaults, told)
      await told.settled()
      expect(told.order).toEqual([`${code}, not tried`])
    }
  })
})

describe("connecting", () => {
  test("to IPv6 needs the option", async ctx => {
    if (!hasIPv6) ctx.skip("this machine has no IPv6")
    const bound = await bind("[::1]:*", { ipv6: true })
    expect(await codeOf(() => join(bound.address))).toBe("EINVAL")
    const near = await join(bound.address, { ipv6: true })
    const far = await bound.accept()
    cleanups.push(() => {
      far.destroy()
    })
    expect(near.remoteEndpoint).toBe(bound.endpoint)
    expect(far.remoteEndpoint).toBe(near.localEndpoint)
    expect(far.peerAddress).toBe("::1")
  })

  test("to a dual-stack listener over IPv4 shows the mapped address to its ZAP handler", async ctx => {
    if (!hasIPv6) ctx.skip("this machine has no IPv6")
    const bound = await bind("*:*", { ipv6: true })
    await join(`127.0.0.1:${bound.address.split(":").at(-1) as string}`)
    const far = await bound.accept()
    expect(far.peerAddress).toBe("::ffff:127.0.0.1")
    far.destroy()
  })

  test.each([":1", "[]:1", "[::1%nosuch]:1", "nosuch:*;127.0.0.1:1"])(
    "to %s fails in the attempt, not at the call",
    async address => {
      expect(() => {
        tcp.check(address, "connect")
      }).not.toThrow()
      expect(["EINVAL", "ENODEV"]).toContain(await codeOf(() => join(address, { ipv6: true })))
    },
  )

  test.for(["127.0.0.2:*", `${loopback}:0`, "[127.0.0.1]:*"])("from the source %s", async (source, ctx) => {
    if (source.startsWith("127.0.0.2") && process.platform !== "linux") {
      ctx.skip("127.0.0.2 is an address on Linux only")
    }
    const bound = await bind("127.0.0.1:*")
    const near = await join(`${source};${bound.address}`)
    const expected = source.startsWith("127.0.0.2") ? "127.0.0.2" : "127.0.0.1"
    const far = await bound.accept()
    expect(far.peerAddress).toBe(expected)
    expect(near.localEndpoint).toBe(far.remoteEndpoint)
    far.destroy()
  })

  test("from a source port", async () => {
    const spare = await listen(tcp, `${ownLoopback()}:*`)
    await spare.close()
    const bound = await bind("127.0.0.1:*")
    const near = await join(`${spare.address};${bound.address}`)
    expect(near.localEndpoint).toBe(spare.endpoint)
    ;(await bound.accept()).destroy()
  })

  test("is given up by whoever hears that it is pending, and nothing follows", async () => {
    const bound = await bind("127.0.0.1:*")
    const told = new Outcome()
    told.onPending = () => {
      attempt.cancel()
    }
    const attempt = tcp.connect(bound.address, defaults, told)
    // Another attempt, made later, has come to its end.
    await join(bound.address)
    expect(told.order).toEqual([])
  })

  const selves: [string, string, string][] = [
    ["an address", ownLoopback(), ownLoopback()],
    ["a name", ownLoopback(), "self.example"],
    ...(hasIPv6 ? [["IPv6", "[::1]", "[::1]"] satisfies [string, string, string]] : []),
  ]
  test.each(selves)(
    "that meets itself, by %s, is refused, and leaves the port free",
    async (_, own, host) => {
      const options = { ...defaults, ipv6: own.startsWith("[") }
      const bound = await bind(`${own}:*`, options)
      await bound.close()
      const port = bound.address.slice(bound.address.lastIndexOf(":") + 1)
      const told = new Outcome()
      vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: Looked) => {
        done(null, [{ address: own, family: 4 }])
      }) as never)
      // The chance that the system gives the attempt this very port is forced.
      tcp.connect(`${own}:${port};${host}:${port}`, options, told)
      await told.settled()
      vi.restoreAllMocks()
      expect(told.order).toEqual(["pending", "ECONNREFUSED, tried"])
      await bind(`${own}:${port}`, options)
    },
  )
})

describe("options", () => {
  test("tcpAcceptFilter refuses others and tells the listener", async () => {
    const bound = await bind("127.0.0.1:*", { tcpAcceptFilters: ["10.0.0.0/8", "192.168.1.1"] })
    const near = new Recorder(await join(bound.address)).start()
    expect((await bound.error()).code).toBe("EPERM")
    await near.closed()
    const open = await bind("127.0.0.1:*", { tcpAcceptFilters: ["10.0.0.0/8", "127.0.0.0/8"] })
    await join(open.address)
    ;(await open.accept()).destroy()
    expect(open.errors).toEqual([])
  })

  test.each([
    [{ tcpKeepalive: -1 }, []],
    [{ tcpKeepalive: 0 }, [false]],
    [{ tcpKeepalive: 1, tcpKeepaliveIdle: 7 }, [true, 7000]],
    [{ tcpKeepalive: 1, tcpKeepaliveIdle: -1 }, [true, 0]],
  ])("%j reaches the socket on both sides, and Nagle's algorithm is off", async (options, expected) => {
    const keepAlive = vi.spyOn(net.Socket.prototype, "setKeepAlive")
    const noDelay = vi.spyOn(net.Socket.prototype, "setNoDelay")
    const bound = await bind("127.0.0.1:*", options)
    await join(bound.address, options)
    ;(await bound.accept()).destroy()
    expect(keepAlive.mock.calls).toEqual(expected.length === 0 ? [] : [expected, expected])
    expect(noDelay.mock.calls).toEqual([[true], [true]])
  })

  test("an accept error after binding goes to the listener", async () => {
    const servers: net.Server[] = []
    const create = net.createServer
    vi.spyOn(net, "createServer").mockImplementation((...args: Parameters<typeof create>) => {
      const server = create(...args)
      servers.push(server)
      return server
    })
    const bound = await bind("127.0.0.1:*")
    servers[0]?.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }))
    expect((await bound.error()).code).toBe("EMFILE")
  })

  test("a Node.js without the synchronous way says ENOTSUP", async () => {
    const internal = net as { _createServerHandle?: unknown }
    const original = internal._createServerHandle
    internal._createServerHandle = undefined
    try {
      expect(await codeOf(() => listenSync(tcp, "127.0.0.1:*"))).toBe("ENOTSUP")
    } finally {
      internal._createServerHandle = original
    }
  })
})

describe("checking an address", () => {
  test.each(["127.0.0.1", "127.0.0.1:x", "[::1%nosuch]:*"])(
    "to bind refuses %s with EINVAL",
    async address => {
      expect(
        await codeOf(() => {
          tcp.check(address, "bind")
        }),
      ).toBe("EINVAL")
    },
  )

  test("refuses to bind no host with ENODEV", async () => {
    expect(
      await codeOf(() => {
        tcp.check(":*", "bind")
      }),
    ).toBe("ENODEV")
  })

  test("asks no name server", () => {
    const lookup = vi.spyOn(dns, "lookup")
    for (const address of ["some.name:5", "[::1]:5", "127.0.0.1:5"]) {
      tcp.check(address, "bind")
      tcp.check(address, "connect")
    }
    expect(lookup).not.toHaveBeenCalled()
  })
})
