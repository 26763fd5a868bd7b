/** Radio and Dish over udp, and Datagram: what passes, what is dropped and counted, and what is refused. */
import dgram from "node:dgram"
import { once } from "node:events"
import { describe, expect, it, vi } from "vitest"
import { LARGEST_DATAGRAM } from "../../../src/wire/datagrams.js"
import { makeDraft, mixtures, oursDraft, type AnyDraft } from "./support.js"
import {
  drain,
  inproc,
  later,
  make,
  makeAny,
  outcome,
  ours,
  ownLoopback,
  parity,
  settled,
  turn,
  until,
  watch,
  type Results,
} from "../support.js"

/** A plain udp socket, for packets that no socket of ours would send. */
async function plain(): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4")
  later(() => socket.close())
  socket.bind(0, "127.0.0.1")
  await once(socket, "listening")
  return socket
}

function portOf(socket: { readonly lastEndpoint: string | null }): number {
  return Number(/\d+$/.exec(socket.lastEndpoint ?? "")?.[0])
}

async function heard(dish: AnyDraft): Promise<string> {
  const [body, { group }] = (await dish.receive()) as unknown as [Buffer, { group: Buffer }]
  return `${String(group)}: ${String(body)}`
}

async function dishAt(endpoint: string, options?: object): Promise<AnyDraft> {
  const dish = makeDraft(ours, "Dish", options)
  await dish.bind(endpoint)
  return dish
}

describe("Radio and Dish over udp", () => {
  for (const [radioName, dishName, radioLibrary, dishLibrary] of mixtures) {
    it(`pass a group's messages: Radio ${radioName}, Dish ${dishName}`, async () => {
      // Native does not tell which port it took.
      const probe = await dishAt(`udp://${ownLoopback()}:*`)
      const endpoint = `udp://${ownLoopback()}:${portOf(probe)}`
      await probe.unbind(probe.lastEndpoint ?? "")
      const dish = makeDraft(dishLibrary, "Dish")
      const radio = makeDraft(radioLibrary, "Radio")
      dish.join("g", "")
      await dish.bind(endpoint)
      radio.connect(endpoint)
      // Native binds some time after it says so. Few datagrams at a time, since a full buffer would drop what follows.
      const knocking = setInterval(() => void radio.send("known", { group: "g" }), 5)
      later(() => clearInterval(knocking))
      await heard(dish)
      clearInterval(knocking)
      await radio.send("begin", { group: "g" })
      while ((await heard(dish)) !== "g: begin");
      await radio.send("not joined", { group: "h" })
      await radio.send(Buffer.alloc(LARGEST_DATAGRAM - 2, "x"), { group: "g" })
      await radio.send("", { group: "" })
      const large = await dish.receive()
      expect(large[0]?.length).toBe(LARGEST_DATAGRAM - 2)
      expect(await heard(dish)).toBe(": ")
      dish.leave("g")
      await radio.send("left", { group: "g" })
      await radio.send("end", { group: "" })
      expect(await heard(dish)).toBe(": end")
    })
  }

  parity("refuse udp where native does", async library => {
    const results: Results = {}
    const endpoint = "udp://127.0.0.1:5555"
    for (const name of ["Server", "Client", "Scatter", "Gather"] as const) {
      const socket = makeDraft(library, name)
      results[`${name} bind`] = await settled(() => socket.bind(endpoint))
      results[`${name} connect`] = await settled(() => socket.connect(endpoint))
      results[`${name} disconnect`] = await settled(() => socket.disconnect(endpoint))
    }
    const push = makeAny(library, "Push")
    results["Push bindSync"] = await settled(() => push.bindSync(endpoint))
    const radio = makeDraft(library, "Radio")
    results["Radio bind"] = await settled(() => radio.bind(endpoint))
    for (const name of ["Dish", "Datagram"] as const) {
      const socket = makeDraft(library, name)
      results[`${name} connect`] = await settled(() => socket.connect(endpoint))
      results[`${name} disconnect`] = await settled(() => socket.disconnect(endpoint))
      results[`${name} unbind`] = await settled(() => socket.unbind(endpoint))
    }
    return results
  })

  parity(
    "refuse the addresses that native refuses",
    async library => {
      const results: Results = {}
      const addresses = [
        "*:5555",
        "127.0.0.1",
        "127.0.0.1;127.0.0.1:5",
        "239.1.1.1;239.1.2.3:5",
        "[::1]:5",
        ":5",
      ]
      for (const address of [
        ...addresses,
        "nosuch0;239.1.2.3:5",
        "127.0.0.1:*",
        "127.0.0.1:0",
        "127.0.0.1:99999",
      ]) {
        const radio = makeDraft(library, "Radio")
        results[`connect ${address}`] = await settled(() => radio.connect(`udp://${address}`))
      }
      for (const address of [...addresses.slice(1), "nosuch0;239.1.2.3:5", "127.0.0.1:99999"]) {
        const dish = makeDraft(library, "Dish")
        results[`bind ${address}`] = await settled(() => dish.bind(`udp://${address}`))
        results[`bindSync ${address}`] = await settled(() => dish.bindSync(`udp://${address}`))
      }
      return results
    },
    {
      "connect 127.0.0.1:0": { ours: invalid("throws", "127.0.0.1:0"), why: "Nothing can be sent there" },
      "connect 127.0.0.1:99999": {
        ours: invalid("throws", "127.0.0.1:99999"),
        why: "Native takes it modulo 65536",
      },
      "bind 127.0.0.1:99999": {
        ours: invalid("rejects", "127.0.0.1:99999"),
        why: "Native takes it modulo 65536",
      },
      "bindSync 127.0.0.1:99999": {
        ours: invalid("throws", "127.0.0.1:99999"),
        why: "Native takes it modulo 65536",
      },
    },
  )

  parity(
    "show the last endpoint, and leave it",
    async library => {
      const dish = makeDraft(library, "Dish")
      const radio = makeDraft(library, "Radio")
      await dish.bind("udp://127.0.0.1:*")
      radio.connect("udp://127.0.0.1:55555")
      return {
        bound: dish.lastEndpoint,
        connected: radio.lastEndpoint,
        disconnect: await settled(() => radio.disconnect("udp://127.0.0.1:55555")),
        again: await settled(() => radio.disconnect("udp://127.0.0.1:55555")),
        unbind: await settled(() => dish.unbind(dish.lastEndpoint ?? "")),
      }
    },
    {
      bound: {
        ours: "udp://127.0.0.1:PORT",
        why: "Native leaves out the protocol, and the port that it took",
      },
      connected: { ours: "udp://127.0.0.1:PORT", why: "Native leaves out the protocol" },
      unbind: { ours: ["resolves", undefined], why: "Native cannot unbind udp" },
    },
  )

  it("a Dish ignores packets that are cut short, and counts those that its queue cannot take", async () => {
    const dish = await dishAt("udp://127.0.0.1:*", { receiveHighWaterMark: 3 })
    dish.join("g")
    const socket = await plain()
    const send = (bytes: Buffer): Promise<void> =>
      new Promise(sent => {
        socket.send(bytes, portOf(dish), "127.0.0.1", () => {
          sent()
        })
      })
    await send(Buffer.alloc(0))
    await send(Buffer.from([5, 103]))
    await send(Buffer.from([1, 103]))
    await send(Buffer.from("\x01gbody"))
    expect([await heard(dish), await heard(dish)]).toEqual(["g: ", "g: body"])
    for (let i = 0; i < 5; i++) await send(Buffer.from(`\x01g${i}`))
    await until(() => (dish as unknown as oursDraft.Dish).dropped === 2)
    expect([await heard(dish), await heard(dish), await heard(dish)]).toEqual(["g: 0", "g: 1", "g: 2"])
    await send(Buffer.from("\x01gafter"))
    expect(await heard(dish)).toBe("g: after")
  })

  it("a Radio refuses what libzmq's Dish would cut off, and sends nothing of it to anybody", async () => {
    const radio = make(oursDraft.Radio)
    const dish = makeDraft(ours, "Dish")
    dish.join("g")
    dish.connect(inproc("both"))
    await radio.bind(inproc("both"))
    const body = Buffer.alloc(LARGEST_DATAGRAM - 1)
    await radio.send(body, { group: "g" })
    radio.connect("udp://127.0.0.1:9")
    await expect(radio.send(body, { group: "g" })).rejects.toMatchObject({ code: "EMSGSIZE" })
    await radio.send(body.subarray(1), { group: "g" })
    expect([(await dish.receive())[0]?.length, (await dish.receive())[0]?.length]).toEqual([8191, 8190])
    expect(dish.readable).toBe(false)
  })

  it("a Radio sends what it was given before the name of the host was found, or it was closed", async () => {
    const dish = await dishAt("udp://127.0.0.1:*")
    dish.join("g")
    const radio = make(oursDraft.Radio)
    radio.connect(`udp://localhost:${portOf(dish)}`)
    for (const message of ["1", "2"]) await radio.send(message, { group: "g" })
    radio.close()
    expect([await heard(dish), await heard(dish)]).toEqual(["g: 1", "g: 2"])
  })

  it("a Radio counts what it cannot queue while a name is looked up", async () => {
    const radio = make(oursDraft.Radio, { sendHighWaterMark: 2, linger: 0 })
    radio.connect("udp://localhost:9")
    for (let i = 0; i < 5; i++) expect(radio.trySend("m", { group: "g" })).toBe(true)
    expect(radio.dropped).toBe(3)
  })

  it("a Radio looks a name up again when that has failed, and tells so", async () => {
    const { default: dns } = await import("node:dns")
    const found: object[] = []
    const lookup = vi.spyOn(dns, "lookup").mockImplementation(((
      _host: string,
      _options: object,
      done: (error: Error | null, found: object[]) => void,
    ) => {
      done(found.length > 0 ? null : new Error("no such host"), found)
    }) as never)
    later(() => {
      lookup.mockRestore()
    })
    const dish = await dishAt("udp://127.0.0.1:*")
    dish.join("g")
    const radio = make(oursDraft.Radio, { reconnectInterval: 1 })
    const events = watch(radio)
    const endpoint = `udp://some.name:${portOf(dish)}`
    radio.connect(endpoint)
    await radio.send("patient", { group: "g" })
    expect(await events.until("connect:retry", 2)).toMatchObject({ address: endpoint })
    found.push({ address: "127.0.0.1", family: 4 })
    expect(await heard(dish)).toBe("g: patient")
  })

  it("a Radio that was disconnected sends nothing more, and a Dish that was unbound hears nothing", async () => {
    const dish = await dishAt("udp://127.0.0.1:*")
    const other = await dishAt("udp://127.0.0.1:*")
    for (const each of [dish, other]) each.join("g")
    const radio = makeDraft(ours, "Radio")
    for (const each of [dish, other]) radio.connect(each.lastEndpoint ?? "")
    radio.disconnect(dish.lastEndpoint ?? "")
    await radio.send("for the other", { group: "g" })
    expect(await heard(other)).toBe("g: for the other")
    const endpoint = dish.lastEndpoint ?? ""
    await dish.unbind(endpoint)
    const next = await dishAt(endpoint)
    next.join("g")
    radio.connect(endpoint)
    await radio.send("for the next", { group: "g" })
    expect(await heard(next)).toBe("g: for the next")
    expect(dish.readable).toBe(false)
  })
})

describe("Datagram", () => {
  for (const [oneName, otherName, oneLibrary, otherLibrary] of mixtures) {
    it(`exchanges packets: ${oneName} with ${otherName}`, async () => {
      const ports: number[] = []
      for (let i = 0; i < 2; i++) {
        const probe = makeDraft(ours, "Datagram")
        await probe.bind(`udp://${ownLoopback()}:*`)
        ports.push(portOf(probe))
        probe.close()
        await turn()
      }
      const [one, other] = [makeDraft(oneLibrary, "Datagram"), makeDraft(otherLibrary, "Datagram")]
      await one.bind(`udp://${ownLoopback()}:${ports[0]}`)
      await other.bind(`udp://${ownLoopback()}:${ports[1]}`)
      const first = other.receive()
      let over = false
      void first.then(() => (over = true))
      await until(() => {
        void one.send([`${ownLoopback()}:${ports[1]}`, "hello"])
        return over
      })
      const [from, body] = await first
      expect([String(from), String(body)]).toEqual([`${ownLoopback()}:${ports[0]}\0`, "hello"])
      await other.send([from, "back"])
      expect((await one.receive()).map(String)).toEqual([`${ownLoopback()}:${ports[1]}\0`, "back"])
    })
  }

  parity(
    "refuses what native refuses",
    async library => {
      const datagram = makeDraft(library, "Datagram")
      const results: Results = {
        unbound: [datagram.type, datagram.threadSafe, datagram.linger, datagram.readable, datagram.writable],
      }
      results.tcp = await settled(() => datagram.bind("tcp://127.0.0.1:*"))
      await datagram.bind("udp://127.0.0.1:*")
      results.bound = [datagram.readable, datagram.writable]
      results["no part"] = await settled(() => datagram.send([]))
      results["one part"] = await settled(() => datagram.send("a"))
      results["one part in an array"] = await settled(() => datagram.send(["a"]))
      results["no address"] = await settled(() => datagram.send(["nobody", "m"]))
      results["a name"] = await settled(() => datagram.send(["localhost:9", "m"]))
      results["port 0"] = await settled(() => datagram.send(["127.0.0.1:0", "m"]))
      results["an address"] = await settled(() => datagram.send(["127.0.0.1:9", "m"]))
      results["bytes of an address"] = await settled(() => datagram.send([Buffer.from("127.0.0.1:9\0"), 5]))
      results["a second endpoint"] = await settled(() => datagram.bind("udp://127.0.0.1:0"))
      return results
    },
    {
      tcp: {
        ours: ["rejects", incompatible("tcp://127.0.0.1:*")],
        why: "It speaks udp alone; native listens and understands nobody",
      },
      "no address": { ours: invalid("rejects"), why: "Native drops the message" },
      "a name": { ours: invalid("rejects"), why: "Native drops the message" },
      "port 0": { ours: invalid("rejects"), why: "Native drops the message" },
      "a second endpoint": { ours: invalid("rejects", "127.0.0.1:0"), why: "Native never uses it" },
    },
  )

  it("refuses three parts, of which native sends the first", async () => {
    const datagram = make(oursDraft.Datagram)
    datagram.bindSync("udp://127.0.0.1:*")
    const send = datagram.send.bind(datagram) as (message: unknown) => Promise<void>
    expect(await outcome(() => send(["127.0.0.1:9", "a", "b"]))).toEqual(invalid("rejects"))
    const large = Buffer.alloc(65_508)
    await expect(datagram.send(["127.0.0.1:9", large])).rejects.toMatchObject({ code: "EMSGSIZE" })
    await datagram.send(["127.0.0.1:9", large.subarray(1)])
  })

  it("waits until it is bound", async () => {
    const [one, other] = [make(oursDraft.Datagram), make(oursDraft.Datagram)]
    other.bindSync("udp://127.0.0.1:*")
    const sending = one.send([`127.0.0.1:${portOf(other)}`, "at last"])
    await one.bind("udp://127.0.0.1:*")
    await sending
    expect(String((await other.receive())[1])).toBe("at last")
  })

  it("keeps its packets when it is unbound, and may be bound anew", async () => {
    const [one, other] = [make(oursDraft.Datagram), make(oursDraft.Datagram)]
    one.bindSync("udp://127.0.0.1:*")
    other.bindSync("udp://127.0.0.1:*")
    await one.send([`127.0.0.1:${portOf(other)}`, "before"])
    await until(() => other.readable)
    await other.unbind(other.lastEndpoint ?? "")
    expect(other.writable).toBe(false)
    await other.bind("udp://127.0.0.1:*")
    await one.send([`127.0.0.1:${portOf(other)}`, "after"])
    expect([String((await other.receive())[1]), String((await other.receive())[1])]).toEqual([
      "before",
      "after",
    ])
  })

  it("counts what its queue cannot take", async () => {
    const [one, other] = [make(oursDraft.Datagram), make(oursDraft.Datagram, { receiveHighWaterMark: 2 })]
    one.bindSync("udp://127.0.0.1:*")
    other.bindSync("udp://127.0.0.1:*")
    for (let i = 0; i < 5; i++) await one.send([`127.0.0.1:${portOf(other)}`, String(i)])
    await until(() => other.dropped === 3)
    expect((await drain(other as unknown as AnyDraft)).map(text => text.split("|")[1])).toEqual(["0", "1"])
  })

  it("emits no events of peers, as there are none", async () => {
    const datagram = make(oursDraft.Datagram)
    const events = watch(datagram)
    datagram.bindSync("udp://127.0.0.1:*")
    datagram.close()
    await events.until("end")
    expect(events.types).toEqual(["end"])
  })
})

describe("multicast options", () => {
  parity("by number, as native's", async library => {
    const radio = makeDraft(library, "Radio") as unknown as Record<
      string,
      (id: number, value?: unknown) => unknown
    >
    const results: Results = {}
    const get = (name: string, id: number): Promise<unknown> =>
      outcome(() => (radio[`get${name}Option`] as (id: number) => unknown)(id))
    results["at first"] = await outcome(() => get("Bool", 96))
    for (const value of [false, true]) {
      results[`set ${value}`] = await outcome(() => radio.setBoolOption?.(96, value))
      results[`is ${value}`] = await get("Bool", 96)
    }
    for (const value of [2, -1, 0]) {
      results[`set ${value}`] = await outcome(() => radio.setInt32Option?.(96, value))
      results[`is ${value}`] = await get("Int32", 96)
    }
    results["a property"] = "multicastLoop" in radio
    return results
  })
})

function invalid(how: "rejects" | "throws", address?: string): unknown {
  const where = address === undefined ? "" : `, address=udp://${address.replace(/\d{5}$/, "PORT")}`
  return [how, `Error: Invalid argument {errno=22, code=EINVAL${where}}`]
}

function incompatible(address: string): string {
  return `Error: The protocol is not compatible with the socket type {errno=156384764, code=ENOCOMPATPROTO, address=${address}}`
}
