import dgram from "node:dgram"
import dns from "node:dns"
import os from "node:os"
import { afterEach, describe, expect, test, vi } from "vitest"
import type { DatagramOptions, DatagramPort } from "../../src/transports/transport.js"
import { parseDatagramAddress, udp } from "../../src/transports/udp.js"
import { codeOf, hasIPv6, ownLoopback } from "./support.js"

const cleanups: (() => void)[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const defaults: DatagramOptions = {
  ipv6: false,
  sendBufferSize: -1,
  receiveBufferSize: -1,
  multicastHops: 1,
  multicastLoop: true,
}

/** A bound port and what came to it. */
class Receiver {
  readonly got: string[] = []
  readonly senders: string[] = []
  port: DatagramPort | undefined
  private waiting: (() => void) | undefined

  onDatagram(bytes: Buffer, from: string): void {
    this.got.push(String(bytes))
    this.senders.push(from)
    this.waiting?.()
  }

  get number(): string {
    return /\d+$/.exec(this.port?.endpoint ?? "")?.[0] ?? ""
  }

  async until(text: string): Promise<void> {
    while (!this.got.includes(text)) await new Promise<void>(resolve => (this.waiting = resolve))
  }
}

type Listen = (address: string, options: DatagramOptions, handler: Receiver) => Promise<DatagramPort>

const both: { how: string; bindNow: Listen }[] = [
  { how: "listen", bindNow: (...args) => udp.listen(...args) },
  { how: "listenSync", bindNow: async (...args) => udp.listenSync(...args) },
]

async function bind(
  address: string,
  options: Partial<DatagramOptions> = {},
  bindNow: Listen = udp.listen,
): Promise<Receiver> {
  const receiver = new Receiver()
  const port = await bindNow(address, { ...defaults, ...options }, receiver)
  receiver.port = port
  cleanups.push(() => {
    try {
      port.close(() => undefined)
    } catch {
      // The test has closed it.
    }
  })
  return receiver
}

async function connect(address: string, options: Partial<DatagramOptions> = {}): Promise<DatagramPort> {
  const port = await new Promise<DatagramPort>((onOpen, onError) => {
    udp.connect(address, { ...defaults, ...options }, { onOpen, onError })
  })
  cleanups.push(() => {
    port.close(() => undefined)
  })
  return port
}

function send(port: DatagramPort, text: string, to?: { host: string; port: number }): Promise<Error | null> {
  const bytes = Buffer.from(text)
  return new Promise(done => {
    port.send(to === undefined ? { bytes } : { bytes, to }, done)
  })
}

const GROUP = "239.255.77.1"

/** The interface with the address 127.0.0.1. */
const loopback = Object.entries(os.networkInterfaces()).find(
  ([, all]) => all?.some(one => one.address === "127.0.0.1") === true,
)?.[0] as string

/** Whether datagrams to a group come back over the loopback interface, as they do where it has multicast. */
const multicast = await new Promise<boolean>(resolve => {
  const socket = dgram.createSocket("udp4")
  const done = (works: boolean): void => {
    clearTimeout(patience)
    socket.close()
    resolve(works)
  }
  const patience = setTimeout(done, 1000, false)
  socket.on("error", () => {
    done(false)
  })
  socket.on("message", () => {
    done(true)
  })
  socket.bind(0, () => {
    try {
      socket.addMembership(GROUP, "127.0.0.1")
      socket.setMulticastInterface("127.0.0.1")
      socket.send("m", socket.address().port, GROUP)
    } catch {
      done(false)
    }
  })
})

describe.each(both)("binding by $how", ({ bindNow }) => {
  test.each([
    ["*:*", /^udp:\/\/0\.0\.0\.0:\d+$/],
    ["127.0.0.1:0", /^udp:\/\/127\.0\.0\.1:\d+$/],
    ["localhost:*", /^udp:\/\/127\.0\.0\.1:\d+$/],
    [`${loopback}:*`, /^udp:\/\/127\.0\.0\.1:\d+$/],
  ])("to %s shows the endpoint with its port", async (address, endpoint) => {
    expect((await bind(address, {}, bindNow)).port?.endpoint).toMatch(endpoint)
  })

  test.each([
    ["nonsense", "EINVAL"],
    ["127.0.0.1:99999", "EINVAL"],
    ["127.0.0.1;127.0.0.1:*", "EINVAL"],
    ["239.1.1.1;239.1.1.2:*", "EINVAL"],
    ["nosuch0;239.1.1.2:*", "ENODEV"],
    [":*", "ENODEV"],
    ["[::1]:*", "ENODEV"],
  ])("to %s fails with %s", async (address, code) => {
    expect(await codeOf(() => bindNow(address, defaults, new Receiver()))).toBe(code)
  })

  test("to a taken port fails with EADDRINUSE, to a strange address with EADDRNOTAVAIL", async () => {
    const { number } = await bind("127.0.0.1:*", {}, bindNow)
    const code = await codeOf(() => bindNow(`127.0.0.1:${number}`, defaults, new Receiver()))
    expect(code).toBe("EADDRINUSE")
    expect(await codeOf(() => bindNow("192.0.2.99:*", defaults, new Receiver()))).toBe("EADDRNOTAVAIL")
  })

  test("takes a port that was closed a moment ago", async () => {
    let number = "*"
    for (let i = 0; i < 3; i++) {
      const receiver = await bind(`${ownLoopback()}:${number}`, {}, bindNow)
      number = receiver.number
      await new Promise<void>(closed => receiver.port?.close(closed))
    }
  })
})

test("an unknown host fails with ENODEV, and where nobody can be asked with ENOTSUP", async () => {
  vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: (e: Error) => void) => {
    done(new Error("no such host"))
  }) as never)
  expect(await codeOf(() => udp.listen("nosuch.invalid:1", defaults, new Receiver()))).toBe("ENODEV")
  expect(await codeOf(async () => udp.listenSync("nosuch.invalid:1", defaults, new Receiver()))).toBe(
    "ENOTSUP",
  )
})

test("datagrams pass, with the address of the sender, at once when no name is to be looked up", async () => {
  const receiver = await bind("127.0.0.1:*")
  const opened: DatagramPort[] = []
  udp.connect(`127.0.0.1:${receiver.number}`, defaults, {
    onOpen: port => opened.push(port),
    onError: () => undefined,
  })
  const [port] = opened
  if (port === undefined) throw new Error("Not within the call")
  cleanups.push(() => {
    port.close(() => undefined)
  })
  expect(await send(port, "first")).toBe(null)
  await receiver.until("first")
  expect(receiver.senders[0]).toMatch(/^127\.0\.0\.1:\d+$/)
  const from = parseDatagramAddress(receiver.senders[0] ?? "")
  expect(from?.port).toBeGreaterThan(0)
})

test("a name is looked up; a failure is told, and a cancelled attempt tells nothing", async () => {
  const receiver = await bind("127.0.0.1:*")
  expect(await send(await connect(`localhost:${receiver.number}`), "by name")).toBe(null)
  await receiver.until("by name")

  const answers: ((error: Error | null, found: object[]) => void)[] = []
  vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: never) => {
    answers.push(done)
  }) as never)
  const told: string[] = []
  const handler = { onOpen: () => told.push("open"), onError: () => told.push("error") }
  udp.connect("one.invalid:1", defaults, handler)
  answers[0]?.(new Error("no such host"), [])
  expect(told).toEqual(["error"])
  const attempt = udp.connect("two.invalid:1", defaults, handler)
  attempt.cancel()
  answers[1]?.(null, [{ address: "127.0.0.1", family: 4 }])
  expect(told).toEqual(["error"])
})

test.each(["127.0.0.1:0", "*:1", "127.0.0.1:*", "[::1]:1", "127.0.0.1;127.0.0.1:1"])(
  "connecting to %s throws EINVAL",
  async address => {
    const handler = { onOpen: () => undefined, onError: () => undefined }
    expect(await codeOf(async () => udp.connect(address, defaults, handler))).toBe("EINVAL")
  },
)

test("a bound port answers whoever spoke to it", async () => {
  const [one, other] = [await bind("127.0.0.1:*"), await bind("*:*")]
  expect(
    await send(one.port as DatagramPort, "hello", { host: "127.0.0.1", port: Number(other.number) }),
  ).toBe(null)
  await other.until("hello")
  const back = parseDatagramAddress(other.senders[0] ?? "")
  expect(back).toEqual({ host: "127.0.0.1", port: Number(one.number) })
  expect(await send(other.port as DatagramPort, "back", back)).toBe(null)
  await one.until("back")
})

test.skipIf(!hasIPv6)("with ipv6 both families are heard and answered, each by its own name", async () => {
  const all = await bind("*:*", { ipv6: true })
  expect(all.port?.endpoint).toMatch(/^udp:\/\/\[::\]:\d+$/)
  const [four, six] = [await bind("127.0.0.1:*"), await bind("[::1]:*", { ipv6: true })]
  await send(four.port as DatagramPort, "four", { host: "127.0.0.1", port: Number(all.number) })
  await send(six.port as DatagramPort, "six", { host: "::1", port: Number(all.number) })
  await all.until("four")
  await all.until("six")
  expect(new Set(all.senders)).toEqual(new Set([`127.0.0.1:${four.number}`, `[::1]:${six.number}`]))
  for (const from of all.senders) {
    expect(await send(all.port as DatagramPort, "back", parseDatagramAddress(from))).toBe(null)
  }
  await four.until("back")
  await six.until("back")
})

test("what the system refuses to send is told to the sender alone", async () => {
  const port = await connect("127.0.0.1:9")
  expect(await send(port, "x".repeat(65508))).toMatchObject({ code: "EMSGSIZE" })
  expect(await send(port, "x")).toBe(null)
})

test("buffer sizes reach the system", async () => {
  const set = vi.spyOn(dgram.Socket.prototype, "setRecvBufferSize")
  const setSend = vi.spyOn(dgram.Socket.prototype, "setSendBufferSize")
  await bind("127.0.0.1:*")
  expect([set.mock.calls, setSend.mock.calls]).toEqual([[], []])
  await bind("127.0.0.1:*", { receiveBufferSize: 20_000, sendBufferSize: 30_000 })
  expect([set.mock.calls, setSend.mock.calls]).toEqual([[[20_000]], [[30_000]]])
})

test("a port does not keep the process alive", async () => {
  const unref = vi.spyOn(dgram.Socket.prototype, "unref")
  await bind("127.0.0.1:*")
  await connect("127.0.0.1:9")
  expect(unref).toHaveBeenCalledTimes(2)
})

describe.skipIf(!multicast)("multicast (absent where the loopback interface has none)", () => {
  test("reaches all who joined the group by an interface, named or by its address", async () => {
    const one = await bind(`127.0.0.1;${GROUP}:*`)
    const two = await bind(`${loopback};${GROUP}:${one.number}`)
    expect(one.port?.endpoint).toBe(`udp://127.0.0.1;${GROUP}:${one.number}`)
    expect(two.port?.endpoint).toBe(`udp://${loopback};${GROUP}:${one.number}`)
    await send(await connect(`127.0.0.1;${GROUP}:${one.number}`), "to all")
    await one.until("to all")
    await two.until("to all")
  })

  test("goes as far as the hops allow, at most 255", async () => {
    const hops = vi.spyOn(dgram.Socket.prototype, "setMulticastTTL")
    for (const multicastHops of [1, 7, 1000]) await connect(`127.0.0.1;${GROUP}:9`, { multicastHops })
    expect(hops.mock.calls).toEqual([[1], [7], [255]])
  })
})

test("the loop is as the option says", async () => {
  // What goes out by the loopback interface comes back in any case, so nothing can be seen of it there.
  const loop = vi.spyOn(dgram.Socket.prototype, "setMulticastLoopback")
  for (const multicastLoop of [true, false]) await connect(`${GROUP}:9`, { multicastLoop })
  expect(loop.mock.calls).toEqual([[true], [false]])
})

test.each([
  ["127.0.0.1:5555", { host: "127.0.0.1", port: 5555 }],
  ["127.0.0.1:5555\0", { host: "127.0.0.1", port: 5555 }],
  ["[::1]:65535", { host: "::1", port: 65535 }],
  ["[fe80::1%lo]:1", { host: "fe80::1%lo", port: 1 }],
  ["127.0.0.1", undefined],
  ["127.0.0.1:0", undefined],
  ["127.0.0.1:65536", undefined],
  ["127.0.0.1:-1", undefined],
  ["127.0.0.1:5\0\0", undefined],
  ["localhost:5555", undefined],
  ["::1:5555", undefined],
  ["[127.0.0.1]:5555", undefined],
  ["udp://127.0.0.1:5555", undefined],
  ["", undefined],
])("the address %j of a datagram is %j", (text, address) => {
  expect(parseDatagramAddress(text)).toEqual(address)
})

test("a worker of a cluster binds for itself", async () => {
  // What dgram would share among workers it would bind only later.
  const socketBind = vi.spyOn(dgram.Socket.prototype, "bind")
  await bind("127.0.0.1:*")
  expect(socketBind.mock.calls[0]?.[0]).toMatchObject({ exclusive: true })
})
