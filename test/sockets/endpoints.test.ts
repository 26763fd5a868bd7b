/** Binding, connecting and taking both back: what is accepted, what each mistake gives, what lastEndpoint shows. */
import { once } from "node:events"
import { existsSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo, type Server } from "node:net"
import { dirname } from "node:path"
import { describe, expect, it, vi } from "vitest"
import {
  bindTcp,
  freePath,
  later,
  make,
  makeAny,
  native,
  outcome,
  ours,
  ownLoopback,
  parity,
  settled,
  take,
  until,
  watch,
  type Differences,
  type Results,
} from "./support.js"

let names = 0

const LONG = "x".repeat(107)

/** What both binding and connecting refuse, or take, alike. */
const REFUSED = [
  "",
  "foo",
  "foo:bar",
  "://",
  "tcp",
  "tcp://",
  "tcp:/127.0.0.1:5",
  "inproc",
  "inproc://",
  "TCP://127.0.0.1:5555",
  "http://x:1",
  "udp://127.0.0.1:5555",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:",
  "tcp://127.0.0.1:x",
  "tcp://127.0.0.1:!",
  "ipc://",
  "ipc://@",
  `ipc:///${LONG}`,
]

const BIND_REFUSED = [
  ...REFUSED,
  "tcp://eth99:*",
  "tcp://256.1.1.1:*",
  "tcp://127.0.0.1:65536",
  "tcp://[::1]:*",
  "tcp://:5",
  "tcp:// 127.0.0.1:*",
  "tcp://127.0.0.1:*/path",
  "tcp://1.2.3.4:*",
  "ipc:///no/such/directory/x.sock",
]

describe("bind", () => {
  parity(
    "refuses what native refuses, with the same error",
    async library => {
      const results: Results = {}
      for (const address of BIND_REFUSED) {
        const pull = make(library.Pull)
        results[address] = [await settled(() => pull.bind(address)), pull.lastEndpoint]
        results[`sync ${address}`] = [await settled(() => pull.bindSync(address)), pull.lastEndpoint]
      }
      return results
    },
    Object.fromEntries(
      ["tcp:// 127.0.0.1:*", "tcp://256.1.1.1:*", "tcp://eth99:*"].map(address => [
        `sync ${address}`,
        {
          ours: [
            ["throws", `Error: Operation not supported {errno=95, code=ENOTSUP, address=${address}}`],
            null,
          ],
          why: "Whether a name exists cannot be found out synchronously in Node.js",
        },
      ]),
    ),
  )

  parity("resolves wildcards in lastEndpoint", async library => {
    const results: Results = {}
    for (const address of [
      "tcp://127.0.0.1:*",
      "tcp://127.0.0.1:0",
      "tcp://*:*",
      "tcp://*:0",
      "tcp://0.0.0.0:*",
      "tcp://localhost:*",
      "tcp://lo:*",
      "inproc://a name",
      `ipc://@zmtp-test-${process.pid}`,
    ]) {
      const pull = make(library.Pull)
      results[address] = [await settled(() => pull.bind(address)), pull.lastEndpoint]
      pull.close()
    }
    const pull = make(library.Pull)
    await pull.bind("ipc://*")
    results["ipc://*"] = /^ipc:\/\/.*[^/]+\/socket$/.test(pull.lastEndpoint ?? "")
    return results
  })

  parity("binds with ipv6 as native does", async library => {
    const results: Results = {}
    for (const address of [
      "tcp://*:*",
      "tcp://[::1]:*",
      "tcp://::1:*",
      "tcp://[::]:*",
      "tcp://127.0.0.1:*",
      "tcp://[127.0.0.1]:*",
      "tcp://[::1%lo]:*",
      "tcp://[::1:*",
    ]) {
      const pull = make(library.Pull, { ipv6: true })
      results[address] = [await settled(() => pull.bind(address)), pull.lastEndpoint]
    }
    return results
  })

  parity("tells what is in use, and what can be bound and unbound again", async library => {
    const results: Results = {}
    const step = async (name: string, action: () => unknown): Promise<void> => {
      results[name] = [await settled(action), one.lastEndpoint]
    }
    const one = make(library.Pull)
    const two = make(library.Pull)
    results["at first"] = one.lastEndpoint
    const endpoint = await bindTcp(one, ownLoopback())
    const freed = async (socket: ours.Socket): Promise<void> => {
      await until(() =>
        watch(socket)
          .of("close")
          .some(({ address }) => address === endpoint),
      )
    }
    watch(one)
    watch(two)
    await step("the same socket binds it again", () => one.bind(endpoint))
    await step("another socket binds it", () => two.bind(endpoint))
    await step("another socket binds it at once", () => two.bindSync(endpoint))
    results["lastEndpoint of the other"] = two.lastEndpoint
    await step("unbind the wildcard", () => one.unbind(`tcp://${ownLoopback()}:*`))
    await step("unbind what is not bound", () => one.unbind("tcp://127.0.0.1:1"))
    await step("unbind foo", () => one.unbind("foo"))
    await step("unbind nothing", () => one.unbind(""))
    await step("unbind an inproc name", () => one.unbind("inproc://none"))
    await step("unbind a path", () => one.unbind("ipc:///none"))
    await step("unbind an unknown protocol", () => one.unbind("xyz://a"))
    await step("unbind it", () => one.unbind(endpoint))
    await step("unbind again", () => one.unbind(endpoint))
    await freed(one)
    await step("the other binds it", () => two.bind(endpoint))
    await step("the other unbinds it", () => two.unbind(endpoint))
    await step("bind a host name", () => one.bind("tcp://localhost:*"))
    const named = (one.lastEndpoint ?? "").replace("127.0.0.1", "localhost")
    await step("unbind by host name", () => one.unbind(named))
    await step("bind the address", () => one.bind("tcp://127.0.0.1:*"))
    const last = one.lastEndpoint ?? ""
    await step("disconnect ends it as well", () => one.disconnect(last))
    await step("and then it cannot be unbound", () => one.unbind(last))
    return results
  })

  it("unbindSync unbinds, where native 6.8 binds", async () => {
    const pull = make(ours.Pull)
    pull.bindSync(`tcp://${ownLoopback()}:*`)
    const endpoint = pull.lastEndpoint ?? ""
    const events = watch(pull)
    pull.unbindSync(endpoint)
    await events.until("close")
    const other = make(ours.Pull)
    await other.bind(endpoint)
    expect(await settled(() => pull.unbindSync(endpoint))).toEqual([
      "throws",
      `Error: No such endpoint {errno=2, code=ENOENT, address=${endpoint}}`,
    ])
  })

  it("that failed, or was undone, makes no option late", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue()
    later(() => {
      warn.mockRestore()
    })
    const pull = make(ours.Pull)
    await settled(() => pull.bind("tcp://1.2.3.4:*"))
    await settled(() => pull.bind("ipc:///no/such/directory/x.sock"))
    pull.backlog = 5
    expect(warn).not.toHaveBeenCalled()
    const endpoint = await bindTcp(pull)
    pull.backlog = 6
    expect(warn).toHaveBeenCalledTimes(1)
    await pull.unbind(endpoint)
    pull.backlog = 7
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it("accepts on an endpoint that was bound at once", async () => {
    const pull = makeAny(ours, "Pull")
    pull.bindSync("tcp://127.0.0.1:*")
    const push = make(ours.Push)
    push.connect(pull.lastEndpoint ?? "")
    await push.send("x")
    expect(await take(pull, 1)).toEqual(["x"])
  })

  it("rejects with the system's error for a port that another program holds", async () => {
    const server = await listen()
    const { port } = server.address() as AddressInfo
    const endpoint = `tcp://127.0.0.1:${port}`
    expect(await settled(() => make(ours.Pull).bind(endpoint))).toEqual([
      "rejects",
      `Error: Address already in use {errno=98, code=EADDRINUSE, address=${endpoint}}`,
    ])
  })

  it("takes many endpoints, and receives from all of them", async () => {
    const pull = makeAny(ours, "Pull")
    const endpoints = ["tcp://127.0.0.1:*", `ipc://${freePath()}`, "inproc://many", "tcp://127.0.0.1:*"]
    const push = make(ours.Push)
    for (const endpoint of endpoints) {
      await pull.bind(endpoint)
      push.connect(pull.lastEndpoint ?? "")
    }
    for (const text of ["1", "2", "3", "4"]) await push.send(text)
    expect((await take(pull, 4)).sort()).toEqual(["1", "2", "3", "4"])
  })
})

describe("ipc", () => {
  const file = freePath()
  parity(
    "takes over a path, but ours no file that is not a socket",
    async library => {
      const results: Results = {}
      const socket = freePath()
      const one = makeAny(library, "Pull")
      await one.bind(`ipc://${socket}`)
      results.bound = existsSync(socket)
      const two = makeAny(library, "Pull")
      results["a second socket binds it"] = await settled(() => two.bind(`ipc://${socket}`))
      const push = make(library.Push)
      push.connect(`ipc://${socket}`)
      await push.send("x")
      results["who gets the message"] = await take(two, 1)
      writeFileSync(file, "not a socket")
      results["over a regular file"] = await settled(() => make(library.Pull).bind(`ipc://${file}`))
      results["over a directory"] = (
        (await settled(() => make(library.Pull).bind(`ipc://${dirname(file)}`))) as string[]
      )[0]
      rmSync(file, { force: true })
      return results
    },
    {
      "over a regular file": {
        ours: ["rejects", `Error: Address already in use {errno=98, code=EADDRINUSE, address=ipc://${file}}`],
        why: "Native deletes whatever file stands there",
      },
    },
  )

  parity("wildcard paths are gone after close", async library => {
    const pull = make(library.Pull)
    const events = watch(pull)
    await pull.bind("ipc://*")
    const socket = (pull.lastEndpoint ?? "").slice("ipc://".length)
    const existed = existsSync(socket)
    pull.close()
    await events.until("end")
    await until(() => !existsSync(socket))
    return { existed }
  })

  for (const [name, endpoint] of [
    ["a path", () => `ipc://${freePath()}`],
    ["an abstract name", () => `ipc://@zmtp-test-${process.pid}-${++names}`],
    ["a wildcard", () => "ipc://*"],
  ] as const) {
    // Node.js 20 pads abstract names, so that libzmq does not find them.
    const alone =
      typeof native === "string" || (name === "an abstract name" && process.version.startsWith("v20."))
    it(`carries messages over ${name}${alone ? "" : ", also to and from native"}`, async () => {
      const libraries = typeof native === "string" || alone ? [ours] : [ours, native]
      for (const binding of libraries) {
        for (const connecting of libraries) {
          const pull = makeAny(binding, "Pull")
          await pull.bind(endpoint())
          const push = make(connecting.Push)
          push.connect(pull.lastEndpoint ?? "")
          await push.send(["over", "ipc"])
          expect(await take(pull, 1)).toEqual(["over|ipc"])
        }
      }
    })
  }
})

describe("connect", () => {
  parity(
    "takes and refuses what native does, at the call",
    async library => {
      const results: Results = {}
      for (const address of [
        ...REFUSED,
        "tcp://127.0.0.1:5555/path",
        "tcp://127.0.0.1:*",
        "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:65535",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1: 5555",
        "tcp://127.0.0.1:05555",
        "tcp://*:5555",
        "tcp://0.0.0.0:9",
        "tcp://localhost:9",
        "tcp://lo:9",
        "tcp://host_name:9",
        "tcp://-bad-:5555",
        "tcp://exa mple:5555",
        "tcp://256.1.1.1:9",
        "tcp://[::1]:9",
        "tcp://::1:9",
        "tcp://:9",
        "tcp://127.0.0.1:0;127.0.0.1:9",
        "tcp://*:0;127.0.0.1:9",
        "tcp://;127.0.0.1:9",
        "tcp://127.0.0.1;127.0.0.1:9",
        "inproc://nobody",
        "ipc:///no/such/directory/x.sock",
        `ipc://@zmtp-test-nobody-${process.pid}`,
        `ipc:///${LONG.slice(1)}`,
      ]) {
        const push = make(library.Push)
        results[address] = [await outcome(() => push.connect(address)), push.lastEndpoint, push.writable]
        push.close()
      }
      return results
    },
    {
      ...stricter("tcp://127.0.0.1:05555", "Native takes the number modulo 65536, and leading zeros"),
      ...stricter("tcp://127.0.0.1:65536", "Native takes the number modulo 65536"),
      ...stricter(
        "tcp://127.0.0.1;127.0.0.1:9",
        "Native finds out with each attempt that the port is missing",
      ),
    },
  )

  parity("disconnect wants the endpoint as it was given", async library => {
    const results: Results = {}
    const push = make(library.Push)
    const step = async (name: string, action: () => unknown): Promise<void> => {
      results[name] = [await settled(action), push.lastEndpoint]
    }
    push.connect("tcp://127.0.0.1:5555")
    await step("as given", () => push.disconnect("tcp://127.0.0.1:5555"))
    await step("again", () => push.disconnect("tcp://127.0.0.1:5555"))
    push.connect("tcp://localhost:5555")
    await step("a name by its address", () => push.disconnect("tcp://127.0.0.1:5555"))
    await step("a name", () => push.disconnect("tcp://localhost:5555"))
    push.connect("tcp://127.0.0.1:5555")
    await step("an address by its name", () => push.disconnect("tcp://localhost:5555"))
    await step("and then by itself", () => push.disconnect("tcp://127.0.0.1:5555"))
    push.connect("tcp://127.0.0.1:0;127.0.0.1:5555")
    await step("without the source", () => push.disconnect("tcp://127.0.0.1:5555"))
    await step("with it too", () => push.disconnect("tcp://127.0.0.1:0;127.0.0.1:5555"))
    push.connect("tcp://127.0.0.1:5555")
    push.connect("tcp://127.0.0.1:5555")
    await step("both of two", () => push.disconnect("tcp://127.0.0.1:5555"))
    await step("no third", () => push.disconnect("tcp://127.0.0.1:5555"))
    for (const address of [
      "foo",
      "",
      "tcp://",
      "xyz://a",
      "tcp://127.0.0.1:5",
      "inproc://none",
      "ipc:///none",
    ]) {
      await step(`disconnect ${JSON.stringify(address)}`, () => push.disconnect(address))
    }
    push.connect("tcp://127.0.0.1:5555")
    await step("unbind does it as well", () => push.unbind("tcp://127.0.0.1:5555"))
    await step("so it is gone", () => push.disconnect("tcp://127.0.0.1:5555"))
    push.connect("ipc:///no/such/path")
    await step("ipc", () => push.disconnect("ipc:///no/such/path"))
    return results
  })

  it("from a source address shows that address to the peer", async () => {
    const server = await listen()
    const { port } = server.address() as AddressInfo
    const connection = once(server, "connection") as Promise<[{ remoteAddress?: string }]>
    make(ours.Push).connect(`tcp://127.0.0.2:0;127.0.0.1:${port}`)
    const [{ remoteAddress }] = await connection
    expect(remoteAddress).toBe("127.0.0.2")
  })

  it("reaches a host name, over IPv4 and over IPv6", async () => {
    for (const [ipv6, host] of [
      [false, "127.0.0.1"],
      [true, "[::1]"],
    ] as const) {
      const pull = makeAny(ours, "Pull", { ipv6 })
      await pull.bind(`tcp://${host}:*`)
      const port = (pull.lastEndpoint ?? "").split(":").pop() ?? ""
      const push = make(ours.Push, { ipv6 })
      push.connect(`tcp://${ipv6 ? host : "localhost"}:${port}`)
      await push.send(host)
      expect(await take(pull, 1)).toEqual([host])
    }
  })

  it("twice to one place is one connection for a Subscriber and a Request, two for a Pull", async () => {
    for (const [binding, connecting, connections] of [
      ["Publisher", "Subscriber", 1],
      ["Reply", "Request", 1],
      ["Push", "Pull", 2],
    ] as const) {
      const server = makeAny(ours, binding)
      const events = watch(server)
      const endpoint = await bindTcp(server)
      const client = makeAny(ours, connecting)
      client.connect(endpoint)
      client.connect(endpoint)
      await events.until("handshake", connections)
      const last = makeAny(ours, connecting)
      last.connect(endpoint)
      await events.until("handshake", connections + 1)
      expect(events.of("accept")).toHaveLength(connections + 1)
    }
  })
})

describe("connecting again by hand, with reconnection off", () => {
  for (const reconnectInterval of [0, -1]) {
    for (const [connecting, binding] of [
      ["Dealer", "Router"],
      ["Push", "Pull"],
      ["Pair", "Pair"],
    ] as const) {
      it(`reaches a peer (${binding}) that had refused, with what was sent meanwhile: ${reconnectInterval}`, async () => {
        const server = makeAny(ours, binding)
        const endpoint = await bindTcp(server, ownLoopback())
        await server.unbind(endpoint)
        const client = makeAny(ours, connecting, { reconnectInterval })
        const events = watch(client)
        client.connect(endpoint)
        await events.until("close")
        await client.send("one")
        await server.bind(endpoint)
        client.connect(endpoint)
        await client.send("two")
        for (const text of ["one", "two"]) expect(String((await server.receive()).at(-1))).toBe(text)
        // Once for all attempts.
        client.disconnect(endpoint)
        expect(() => {
          client.disconnect(endpoint)
        }).toThrow(expect.objectContaining({ code: "ENOENT" }))
      })
    }
  }

  it("subscribes anew, and heeds options that were changed since", async () => {
    const pub = makeAny(ours, "XPublisher")
    const endpoint = await bindTcp(pub, ownLoopback())
    await pub.unbind(endpoint)
    const sub = make(ours.Subscriber, { reconnectInterval: 0 })
    const events = watch(sub)
    sub.subscribe("A")
    sub.connect(endpoint)
    await events.until("close")
    sub.reconnectInterval = 1
    sub.connect(endpoint)
    await events.until("connect:retry")
    await pub.bind(endpoint)
    expect(String((await pub.receive())[0])).toBe("\x01A")
  })

  it("makes another connection while the first one is being tried, or stands, where the type has several", async () => {
    const pull = makeAny(ours, "Pull")
    const events = watch(pull)
    const endpoint = await bindTcp(pull)
    const push = makeAny(ours, "Push", { reconnectInterval: 0 })
    push.connect(endpoint)
    push.connect(endpoint)
    await events.until("handshake", 2)
    push.connect(endpoint)
    await events.until("handshake", 3)
  })
})

describe("inproc", () => {
  parity("names are bound once a context, and found before they are bound", async library => {
    const results: Results = {}
    const a = makeAny(library, "Pull")
    const b = makeAny(library, "Pull")
    const push = makeAny(library, "Push")
    const step = async (name: string, action: () => unknown): Promise<void> => {
      results[name] = await settled(action)
    }
    await step("bind", () => a.bind("inproc://n"))
    results.lastEndpoint = a.lastEndpoint
    await step("another socket binds it", () => b.bind("inproc://n"))
    await step("the same socket binds it", () => a.bind("inproc://n"))
    await step("a socket of another context binds it", () =>
      make(library.Pull, { context: new library.Context() }).bind("inproc://n"),
    )
    push.connect("inproc://n")
    await step("send", () => push.send("x"))
    await step("receive", () => a.receive())
    await step("disconnect", () => push.disconnect("inproc://n"))
    await step("disconnect again", () => push.disconnect("inproc://n"))
    results.writable = push.writable
    await step("unbind", () => a.unbind("inproc://n"))
    await step("unbind again", () => a.unbind("inproc://n"))
    await step("another socket binds it then", () => b.bind("inproc://n"))
    push.connect("inproc://later")
    results["writable before it is bound"] = [push.writable, push.lastEndpoint]
    await step("send before", () => push.send("early"))
    await step("bind after", () => a.bind("inproc://later"))
    await step("receive after", () => a.receive())
    await step("connect to nobody", () => push.connect("inproc://never"))
    await step("and give it up", () => push.disconnect("inproc://never"))
    return results
  })

  it("connects every waiting socket when the name is bound, each with what it sent", async () => {
    const pushes = ["a", "b", "c"].map(text => {
      const push = make(ours.Push)
      push.connect("inproc://crowd")
      return [push, text] as const
    })
    for (const [push, text] of pushes) await push.send(text)
    const pull = makeAny(ours, "Pull")
    await pull.bind("inproc://crowd")
    expect((await take(pull, 3)).sort()).toEqual(["a", "b", "c"])
  })

  it("keeps what a closed socket has sent", async () => {
    const pull = makeAny(ours, "Pull")
    await pull.bind("inproc://kept")
    const push = make(ours.Push)
    push.connect("inproc://kept")
    await push.send("1")
    await push.send("2")
    push.close()
    expect(await take(pull, 2)).toEqual(["1", "2"])
  })

  parity(
    "keeps what was sent before the name was bound and its sender left, whatever its linger time",
    async library => {
      const results: Results = {}
      for (const linger of [-1, 0]) {
        for (const leave of ["close", "disconnect", "both"]) {
          const name = `inproc://early${linger}-${leave}`
          const push = make(library.Push, { linger })
          push.connect(name)
          for (let i = 0; i < 3; i++) await push.send(String(i))
          if (leave !== "close") push.disconnect(name)
          if (leave !== "disconnect") push.close()
          const pull = makeAny(library, "Pull")
          await pull.bind(name)
          results[`${leave}, ${linger}`] = await take(pull, 3)
        }
      }
      return results
    },
  )

  const LEFT_BEHIND: readonly (readonly [from: string, to: string])[] = [
    ["Request", "Reply"],
    ["Request", "Router"],
    ["Dealer", "Router"],
    ["Dealer", "Dealer"],
    ["Router", "Dealer"],
    ["Pair", "Pair"],
    ["XSubscriber", "XPublisher"],
    ["Stream", "Pair"],
  ]
  parity("keeps it for every type, with its envelope", async library => {
    const results: Results = {}
    for (const [from, to] of LEFT_BEHIND) {
      const name = `inproc://left-${from}-${to}`
      const sender = makeAny(library, from)
      if ("routingId" in sender) Reflect.set(sender, "routingId", "me")
      const named = from === "Router" || from === "Stream"
      if (named) (sender as unknown as ours.Router).connect(name, { routingId: "peer" })
      else sender.connect(name)
      await sender.send([named ? "peer" : "x", "y"])
      sender.close()
      const receiver = makeAny(library, to)
      await receiver.bind(name)
      results[`${from}, ${to}`] = await take(receiver, 1)
    }
    return results
  })

  // Not beside native, which now and then sends it to who has left.
  it("gives nothing to one that has left before", async () => {
    const left = makeAny(ours, "Dealer")
    left.connect("inproc://gone-before")
    await left.send("last words")
    left.close()
    const dealer = makeAny(ours, "Dealer")
    const sending = dealer.send("for who is there")
    await dealer.bind("inproc://gone-before")
    expect(await take(dealer, 1)).toEqual(["last words"])
    expect(await outcome(() => sending)).toBe("waits")
    const other = makeAny(ours, "Dealer")
    other.connect("inproc://gone-before")
    expect(await take(other, 1)).toEqual(["for who is there"])
  })

  it("forgets who left and had sent nothing, or subscriptions only", async () => {
    const push = make(ours.Push)
    push.connect("inproc://silent")
    push.close()
    const pull = makeAny(ours, "Pull")
    await pull.bind("inproc://silent")
    expect(await outcome(() => pull.receive())).toBe("waits")
    const sub = make(ours.Subscriber)
    sub.connect("inproc://subscribed")
    sub.subscribe("a")
    sub.close()
    const xpub = makeAny(ours, "XPublisher")
    await xpub.bind("inproc://subscribed")
    expect(await outcome(() => xpub.receive())).toBe("waits")
  })

  it("frees its name at once when its owner closes", async () => {
    const pull = make(ours.Pull)
    await pull.bind("inproc://freed")
    pull.close()
    const next = makeAny(ours, "Pull")
    await next.bind("inproc://freed")
  })
})

function stricter(address: string, why: string): Differences {
  const shown = address.replace(/127\.0\.0\.1:\d{5}/, "127.0.0.1:PORT")
  const own = [["throws", `Error: Invalid argument {errno=22, code=EINVAL, address=${shown}}`], null, false]
  return { [address]: { ours: own, why } }
}

async function listen(): Promise<Server> {
  const server = createServer()
  later(() => {
    server.close()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}
