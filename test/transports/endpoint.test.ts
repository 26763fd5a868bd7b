import { describe, expect, test } from "vitest"
import {
  formatTcpEndpoint,
  parseEndpoint,
  parseTcpAddress,
  parseUdpAddress,
} from "../../src/transports/endpoint.js"
import { codeOf } from "./support.js"

describe("an endpoint", () => {
  test("is a protocol and an address", () => {
    expect(parseEndpoint("tcp://127.0.0.1:5555")).toEqual({ protocol: "tcp", address: "127.0.0.1:5555" })
    expect(parseEndpoint("ipc:///tmp/a://b")).toEqual({ protocol: "ipc", address: "/tmp/a://b" })
    expect(parseEndpoint("inproc://x")).toEqual({ protocol: "inproc", address: "x" })
  })

  // Each of these was tried on libzmq 4.3.5, but for the one with a zero byte, which no C string can have.
  test.each([
    "",
    "foo",
    "tcp:",
    "tcp:/",
    "tcp:/x",
    "tcp://",
    "://",
    "://x",
    "foo://",
    "ipc://",
    "ipc://a\0b",
  ])("%j is refused with EINVAL", async text => {
    expect(await codeOf(() => parseEndpoint(text))).toBe("EINVAL")
  })

  // libzmq speaks the last three.
  test.each([
    "foo://bar",
    "TCP://127.0.0.1:*",
    " tcp://127.0.0.1:0",
    "tcp ://x",
    "pgm://x",
    "ws://127.0.0.1:*",
    "wss://a:1",
    "tipc://{1,2}",
  ])("%j is refused with EPROTONOSUPPORT", async text => {
    expect(await codeOf(() => parseEndpoint(text))).toBe("EPROTONOSUPPORT")
  })
})

describe("a udp address", () => {
  test.each([
    ["*:5555", { target: { host: "*", zone: "", port: 5555 } }],
    ["127.0.0.1:*", { target: { host: "127.0.0.1", zone: "", port: 0 } }],
    ["239.1.2.3:1", { target: { host: "239.1.2.3", zone: "", port: 1 } }],
    ["eth0;[ff02::1]:1", { target: { host: "ff02::1", zone: "", port: 1 }, source: "eth0" }],
    ["*;239.1.2.3:*", { target: { host: "239.1.2.3", zone: "", port: 0 }, source: "*" }],
  ])("to bind may be %s", (text, address) => {
    expect(parseUdpAddress(text, "bind")).toEqual(address)
  })

  test.each(["*:5555", ":5555", "127.0.0.1:*", "127.0.0.1", "127.0.0.1:65536"])(
    "to connect to must not be %s",
    async text => {
      expect(await codeOf(() => parseUdpAddress(text, "connect"))).toBe("EINVAL")
    },
  )
})

describe("a tcp address", () => {
  test.each([
    ["127.0.0.1:5555", { host: "127.0.0.1", zone: "", port: 5555 }],
    ["*:*", { host: "*", zone: "", port: 0 }],
    ["eth0:0", { host: "eth0", zone: "", port: 0 }],
    ["[::1]:65535", { host: "::1", zone: "", port: 65535 }],
    ["::1:80", { host: "::1", zone: "", port: 80 }],
    ["[fe80::1%eth0]:80", { host: "fe80::1", zone: "eth0", port: 80 }],
    ["[fe80::1%2]:80", { host: "fe80::1", zone: "2", port: 80 }],
  ])("to bind may be %s", (text, target) => {
    expect(parseTcpAddress(text, "bind")).toEqual({ target })
  })

  test("to connect may begin with a source", () => {
    expect(parseTcpAddress("192.168.1.1:*;example.org:80", "connect")).toEqual({
      source: { host: "192.168.1.1", zone: "", port: 0 },
      target: { host: "example.org", zone: "", port: 80 },
    })
    expect(parseTcpAddress("[::1]:7;[::2]:80", "connect").source).toEqual({ host: "::1", zone: "", port: 7 })
  })

  // Tried on libzmq 4.3.5.
  test.each([
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:abc",
    "127.0.0.1: 0",
    "127.0.0.1:00",
    "127.0.0.1:65536",
    "*",
    "[::1%]:*",
    "[fe80::1%0]:*",
    "127.0.0.1:*/x",
    "127.0.0.1:*x",
  ])("to bind may not be %j: EINVAL", async text => {
    expect(await codeOf(() => parseTcpAddress(text, "bind"))).toBe("EINVAL")
  })

  test.each([
    "*:5",
    "127.0.0.1:*",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:x5",
    "_foo:5",
    "foo bar:5",
    "foo/bar:5",
    "-a:5",
    "[",
    "*:0;127.0.0.1:5",
    ";127.0.0.1:5",
    "x:5:*",
    "é:5",
  ])("to connect may not be %j: EINVAL", async text => {
    expect(await codeOf(() => parseTcpAddress(text, "connect"))).toBe("EINVAL")
  })

  test.each(["70000", "5x", "-1", "99999999999"])(
    "with port %j is refused, where libzmq takes some other port",
    async port => {
      expect(await codeOf(() => parseTcpAddress(`127.0.0.1:${port}`, "bind"))).toBe("EINVAL")
      expect(await codeOf(() => parseTcpAddress(`127.0.0.1:${port}`, "connect"))).toBe("EINVAL")
    },
  )

  test.each(["foo_bar:5", "::5", ":5", "[]:5", "[::1%lo]:5", "127.0.0.1:0", "256.256.256.256:5"])(
    "to connect may be %j, and fails in the attempt only",
    text => {
      expect(() => parseTcpAddress(text, "connect")).not.toThrow()
    },
  )

  test("is printed with brackets around IPv6", () => {
    expect(formatTcpEndpoint("1.2.3.4", 5)).toBe("tcp://1.2.3.4:5")
    expect(formatTcpEndpoint("::1", 5)).toBe("tcp://[::1]:5")
  })
})
