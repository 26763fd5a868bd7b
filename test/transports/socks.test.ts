import net, { type AddressInfo } from "node:net"
import { afterEach, describe, expect, it, test } from "vitest"
import { SocksClient } from "../../src/transports/socks.js"
import { tcp } from "../../src/transports/tcp.js"
import type { SocksProxy, TransportOptions } from "../../src/transports/transport.js"
import { codeOf, connect, defaults, hasIPv6, Outcome, Recorder } from "./support.js"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex")
const GREETED = hex("0500")
const CONNECTED = hex("05 00 00 01 00000000 0000")

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function proxyAt(address: string, username = "", password = ""): SocksProxy {
  return { address, username: Buffer.from(username), password: Buffer.from(password) }
}

function client(host: string, username = "", password = ""): SocksClient {
  return new SocksClient({ host, zone: "", port: 5555 }, proxyAt("", username, password))
}

describe("a client of SOCKS5", () => {
  it.each([
    ["127.0.0.1", "01 7f000001"],
    ["example.invalid", "03 0f 6578616d706c652e696e76616c6964"],
    ["localhost", "03 09 6c6f63616c686f7374"],
    ["::1", "04 00000000000000000000000000000001"],
    ["::", "04 00000000000000000000000000000000"],
    ["fe80::1:2", "04 fe800000000000000000000000010002"],
    ["1:2:3:4:5:6:7:8", "04 00010002000300040005000600070008"],
    ["2001:db8::", "04 20010db8000000000000000000000000"],
    ["::ffff:1.2.3.4", "04 00000000000000000000ffff01020304"],
  ])("asks for %s as a literal if it is one, else by name", (host, address) => {
    const socks = client(host)
    expect(socks.start()).toEqual(hex("05 01 00"))
    expect(socks.push(GREETED)).toEqual({ send: hex(`05 01 00 ${address} 15b3`) })
    expect(socks.push(CONNECTED)).toEqual({ done: Buffer.alloc(0) })
  })

  it.each([
    ["IPv4", "05 00 00 01 01020304 0001"],
    ["IPv6", `05 00 00 04 ${"0f".repeat(16)} 0001`],
    ["a name", "05 00 00 03 03 616263 0001"],
    ["a name of no bytes", "05 00 00 03 00 0001"],
  ])("takes a reply with %s in any pieces, and hands back what the peer sent after it", (_what, reply) => {
    const all = Buffer.concat([hex(reply), Buffer.from("peer")])
    for (let cut = 1; cut < hex(reply).length; cut++) {
      const socks = client("a")
      socks.start()
      expect(socks.push(GREETED.subarray(0, 1))).toEqual({})
      expect(socks.push(GREETED.subarray(1)).send).toBeDefined()
      expect(socks.push(all.subarray(0, cut))).toEqual({})
      expect(socks.push(all.subarray(cut))).toEqual({ done: Buffer.from("peer") })
    }
  })

  it("gives its user name and password, and asks when they are accepted", () => {
    const socks = client("a", "user", "pass")
    expect(socks.start()).toEqual(hex("05 01 02"))
    expect(socks.push(hex("0502"))).toEqual({ send: hex("01 04 75736572 04 70617373") })
    expect(socks.push(hex("01"))).toEqual({})
    expect(socks.push(hex("00"))).toEqual({ send: hex("05 01 00 03 01 61 15b3") })
  })

  it("gives no user name to a proxy that asks for none", () => {
    const socks = client("a", "user", "pass")
    socks.start()
    expect(socks.push(GREETED)).toEqual({ send: hex("05 01 00 03 01 61 15b3") })
  })

  it.each([
    ["no method is acceptable", [hex("05ff")], "EACCES"],
    ["GSSAPI is asked for", [hex("0501")], "EACCES"],
    ["a password is asked for and none is there", [hex("0502")], "EACCES"],
    ["the version is 4", [hex("04")], "EPROTO"],
    ["it is a web server", [Buffer.from("HTTP/1.1 400 Bad Request\r\n")], "EPROTO"],
    ["the reply is of another version", [GREETED, hex("00")], "EPROTO"],
    ["the reply has an unknown type of address", [GREETED, hex("05 00 00 02 00 00000000")], "EPROTO"],
    ["it fails in general", [GREETED, hex("05 01 00 01 00000000 0000")], "EIO"],
    ["its rules forbid the connection", [GREETED, hex("05 02")], "EACCES"],
    ["the network is unreachable", [GREETED, hex("05 03")], "ENETUNREACH"],
    ["the host is unreachable", [GREETED, hex("05 04")], "EHOSTUNREACH"],
    ["the connection is refused", [GREETED, hex("05 05")], "ECONNREFUSED"],
    ["the TTL has expired", [GREETED, hex("05 06")], "ETIMEDOUT"],
    ["it cannot connect", [GREETED, hex("05 07")], "ENOTSUP"],
    ["it does not know the type of address", [GREETED, hex("05 08")], "EAFNOSUPPORT"],
    ["the reply is unknown", [GREETED, hex("05 63")], "EIO"],
  ])("fails when %s", (_why, answers, code) => {
    const socks = client("a")
    socks.start()
    const last = answers.pop() as Buffer
    for (const answer of answers) socks.push(answer)
    expect(() => socks.push(last)).toThrow(expect.objectContaining({ code }))
  })

  it("fails when the password is wrong", () => {
    const socks = client("a", "user", "wrong")
    socks.push(hex("0502"))
    expect(() => socks.push(hex("0101"))).toThrow(expect.objectContaining({ code: "EACCES" }))
  })

  it("fails for a name that the protocol has no room for", () => {
    const socks = client("x".repeat(256))
    expect(() => socks.push(GREETED)).toThrow(expect.objectContaining({ code: "EINVAL" }))
    expect(() => client("").push(GREETED)).toThrow(expect.objectContaining({ code: "EINVAL" }))
  })
})

/** A proxy played by hand: answers the n-th chunk with the n-th answer, or does what that says. */
async function playProxy(...answers: (Buffer | ((socket: net.Socket) => void))[]) {
  const heard: string[] = []
  const sockets: net.Socket[] = []
  const server = net.createServer(socket => {
    sockets.push(socket)
    let next = 0
    socket.on("error", () => undefined)
    socket.on("data", chunk => {
      heard.push(chunk.toString("hex"))
      const answer = answers[next++]
      if (typeof answer === "function") answer(socket)
      else if (answer !== undefined) socket.write(answer)
    })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { heard, sockets, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function through(address: string, options: Partial<TransportOptions> = {}): TransportOptions {
  return { ...defaults, ...options, socksProxy: proxyAt(address) }
}

describe("tcp through a proxy", () => {
  test("talks to the proxy first and then to the peer, whose early bytes are not lost", async () => {
    const proxy = await playProxy(GREETED, Buffer.concat([CONNECTED, Buffer.from("early")]))
    const stream = await connect(tcp, "example.invalid:80", through(proxy.address))
    cleanups.push(() => {
      stream.destroy()
    })
    const recorder = new Recorder(stream).start()
    await recorder.until(() => recorder.bytes === 5)
    proxy.sockets[0]?.write(" and late")
    await recorder.until(() => recorder.bytes === 14)
    expect(recorder.data.toString()).toBe("early and late")
    expect(stream.remoteEndpoint).toBe(`tcp://${proxy.address}`)
    expect(proxy.heard).toEqual(["050100", "050100030f6578616d706c652e696e76616c69640050"])
  })

  test("keeps the peer's early bytes until the stream is started", async () => {
    const proxy = await playProxy(GREETED, Buffer.concat([CONNECTED, Buffer.from("early")]))
    const stream = await connect(tcp, "10.0.0.1:80", through(proxy.address))
    cleanups.push(() => {
      stream.destroy()
    })
    await new Promise(resolve => proxy.sockets[0]?.write(" and late", resolve))
    const recorder = new Recorder(stream).start()
    await recorder.until(() => recorder.bytes === 14)
    expect(recorder.data.toString()).toBe("early and late")
  })

  test.each(["127.0.0.1:1", "[::1]:1", "[fe80::1%lo]:1"])(
    "asks for %s whatever the option ipv6 says",
    async address => {
      const requests = []
      for (const ipv6 of [false, hasIPv6]) {
        const proxy = await playProxy(GREETED, CONNECTED)
        const stream = await connect(tcp, address, through(proxy.address, { ipv6 }))
        stream.destroy()
        requests.push(proxy.heard[1])
      }
      expect(requests[1]).toBe(requests[0])
      expect(requests[0]).toMatch(/^050100(01|04)/)
    },
  )

  test("connects to the proxy from the source address that the endpoint gives", async () => {
    const proxy = await playProxy(GREETED, CONNECTED)
    const stream = await connect(tcp, "127.0.0.2:0;10.1.1.1:80", through(proxy.address))
    stream.destroy()
    expect(proxy.sockets[0]?.remoteAddress).toBe("127.0.0.2")
    expect(proxy.heard[1]).toBe("050100010a0101010050")
  })

  test.each([
    ["refuses", [GREETED, hex("05 05")], "ECONNREFUSED, tried"],
    ["speaks something else", [Buffer.from("220 mail ready\r\n")], "EPROTO, tried"],
    ["closes after the greeting", [(socket: net.Socket) => socket.end()], "ECONNRESET, tried"],
    ["closes after the request", [GREETED, (socket: net.Socket) => socket.end()], "ECONNRESET, tried"],
    [
      "closes in the middle of its reply",
      [GREETED, (socket: net.Socket) => socket.end(CONNECTED.subarray(0, 6))],
      "ECONNRESET, tried",
    ],
    [
      "breaks the connection",
      [GREETED, (socket: net.Socket) => socket.resetAndDestroy()],
      "ECONNRESET, tried",
    ],
  ])("fails once, and closes the connection, when the proxy %s", async (_what, answers, order) => {
    const proxy = await playProxy(...answers)
    const outcome = new Outcome()
    tcp.connect("127.0.0.1:1", through(proxy.address), outcome)
    await outcome.settled()
    expect(outcome.order).toEqual(["pending", order])
    const [socket] = proxy.sockets
    if (socket?.closed === false) await new Promise(resolve => socket.once("close", resolve))
  })

  test("fails, having tried nothing, for a proxy without a port or without an address", async () => {
    for (const [address, code] of [
      ["nowhere", "EINVAL"],
      ["a b:1", "EINVAL"],
      ["127.0.0.1:*", "EINVAL"],
      ["[::1]:1", "EINVAL"],
    ] as const) {
      const outcome = new Outcome()
      tcp.connect("127.0.0.1:1", through(address), outcome)
      await outcome.settled()
      expect(outcome.order, address).toEqual([`${code}, not tried`])
    }
  })

  test("reports nothing once it was cancelled while the proxy was asked", async () => {
    const outcome = new Outcome()
    const closed = new Promise<void>(resolve => {
      void playProxy(socket => {
        attempt.cancel()
        socket.once("close", () => {
          resolve()
        })
      }).then(({ address }) => {
        attempt = tcp.connect("127.0.0.1:1", through(address), outcome)
      })
    })
    let attempt: { cancel(): void }
    await closed
    expect(outcome.order).toEqual(["pending"])
  })

  test("binds as if there were no proxy", async () => {
    const listener = await tcp.listen("127.0.0.1:*", through("nowhere"), {
      onConnection() {},
      onError() {},
    })
    expect(await codeOf(() => listener.endpoint)).toBeUndefined()
    await new Promise(resolve => {
      listener.close(resolve)
    })
  })
})
