/** High-water marks, who gets the next message, and what conflation keeps. Numbers are native's wherever it has fixed ones. */
import { describe, expect, it } from "vitest"
import { RawListener, RawPeer } from "../support/raw-peer.js"
import {
  bindTcp,
  drain,
  fill,
  freePath,
  joined,
  later,
  makeAny,
  native,
  outcome,
  ours,
  parity,
  settled,
  take,
  turn,
  until,
  watch,
  type AnySocket,
  type Library,
  type Results,
  inproc,
} from "./support.js"

const MARKS: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 3],
  [10, 20],
  [1, 1000],
  [1000, 1],
  [0, 5],
  [5, 0],
  [0, 0],
]
const MOST = 1500

function subscribe(socket: AnySocket, ...topics: string[]): void {
  ;(socket as unknown as { subscribe(...topics: string[]): void }).subscribe(...topics)
}

describe("high-water marks", () => {
  for (const [send, receive] of MARKS) {
    parity(`of ${send} and ${receive} count as in native over inproc`, async library => {
      const results: Results = {}
      for (const pushBinds of [true, false]) {
        const push = makeAny(library, "Push", { sendHighWaterMark: send })
        const pull = makeAny(library, "Pull", { receiveHighWaterMark: receive })
        const name = inproc(`marks-${pushBinds}`)
        await (pushBinds ? push : pull).bind(name)
        ;(pushBinds ? pull : push).connect(name)
        results[`push ${pushBinds ? "binds" : "connects"}`] = await fill(push, MOST)
        results[`writable then, ${pushBinds}`] = push.writable
      }
      const early = makeAny(library, "Push", { sendHighWaterMark: send })
      early.connect(inproc("marks-early"))
      results["before the name is bound"] = await fill(early, MOST)
      return results
    })
  }

  for (const mark of [1, 2, 10, 1000, 0]) {
    parity(`of ${mark} hold that many messages for an absent tcp peer`, async library => {
      const results: Results = {}
      const push = makeAny(library, "Push", { sendHighWaterMark: mark })
      push.connect("tcp://127.0.0.1:9")
      results.one = await fill(push, MOST)
      results.writable = push.writable
      push.connect("tcp://127.0.0.2:9")
      results.another = await fill(push, MOST)
      return results
    })
  }

  parity("hold whole messages, whatever their parts", async library => {
    const push = makeAny(library, "Push", { sendHighWaterMark: 3 })
    const pull = makeAny(library, "Pull", { receiveHighWaterMark: 2 })
    await push.bind(inproc("parts"))
    pull.connect(inproc("parts"))
    return { taken: await fill(push, 20, ["a", "b", "c", "d"]) }
  })

  parity("hold nothing for a socket that nobody has joined, or with immediate", async library => {
    const bound = makeAny(library, "Push")
    await bindTcp(bound)
    const connecting = makeAny(library, "Push", { immediate: true })
    connecting.connect("tcp://127.0.0.1:9")
    return { bound: await fill(bound, 5), connecting: await fill(connecting, 5) }
  })

  parity("can be raised while the socket is in use", async library => {
    const push = makeAny(library, "Push", { sendHighWaterMark: 1 })
    const pull = makeAny(library, "Pull", { receiveHighWaterMark: 1 })
    await pull.bind(inproc("raised"))
    push.connect(inproc("raised"))
    push.sendHighWaterMark = 5
    return { raised: await fill(push, 20) }
  })

  for (const mark of [1, 2, 10, 100]) {
    it(`of ${mark} reopen an inproc pipe when half of it was read`, async () => {
      const push = makeAny(ours, "Push", { sendHighWaterMark: mark })
      const pull = makeAny(ours, "Pull", { receiveHighWaterMark: mark })
      await push.bind(inproc("low"))
      pull.connect(inproc("low"))
      expect(await fill(push, MOST)).toBe(2 * mark)
      let read = 0
      while (!push.writable) {
        await pull.receive()
        read++
      }
      expect(read).toBe(mark)
    })
  }

  for (const transport of ["inproc", "tcp"] as const) {
    it(`make send wait over ${transport} until the other side reads, and nothing is lost or reordered`, async () => {
      const push = makeAny(ours, "Push", { sendHighWaterMark: 2 })
      const pull = makeAny(ours, "Pull", { receiveHighWaterMark: 2 })
      if (transport === "tcp") await joined(pull, push)
      else {
        await pull.bind(inproc("wait"))
        push.connect(inproc("wait"))
      }
      const part = Buffer.alloc(transport === "tcp" ? 200_000 : 10, "x")
      let sent = 0
      const sending = (async () => {
        for (; sent < 300; sent++) await push.send([String(sent), part])
      })()
      // The kernel's buffers take some; that it stops at all shows the mark.
      let seen = -1
      for (let still = 0; still < 50; still++) {
        await turn()
        if (sent !== seen) still = 0
        seen = sent
      }
      expect(sent).toBeLessThan(300)
      for (let i = 0; i < 300; i++) {
        const [number, body] = await pull.receive()
        expect(String(number)).toBe(String(i))
        expect(body?.length).toBe(part.length)
      }
      await sending
    })
  }

  it("of the receiver hold back the sender over tcp, whatever its own", async () => {
    const pull = makeAny(ours, "Pull", { receiveHighWaterMark: 5 })
    const peer = await RawPeer.join(await bindTcp(pull), { socketType: "PUSH" })
    later(() => {
      peer.destroy()
    })
    const part = Buffer.alloc(64 * 1024)
    let written = 0
    while (peer.socket.writableLength === 0 || written < 5) {
      peer.send(part)
      written++
      await turn()
      if (written > 2000) throw new Error("Nothing held the sender back")
    }
    for (let i = 0; i < written; i++) expect((await pull.receive())[0]?.length).toBe(part.length)
    expect(await drain(pull)).toEqual([])
  })
})

describe("round robin and fair queueing", () => {
  parity("deal messages out to peers in turn, and collect them in turn", async library => {
    const results: Results = {}
    const push = makeAny(library, "Push")
    await push.bind(inproc("deal"))
    const pulls: AnySocket[] = []
    for (let i = 0; i < 3; i++) {
      const pull = makeAny(library, "Pull")
      pull.connect(inproc("deal"))
      pulls.push(pull)
    }
    for (let i = 0; i < 9; i++) await push.send(String(i))
    results.dealt = await Promise.all(pulls.map(drain))

    const pull = makeAny(library, "Pull")
    await pull.bind(inproc("collect"))
    const pushes: AnySocket[] = []
    for (let i = 0; i < 3; i++) {
      const each = makeAny(library, "Push")
      each.connect(inproc("collect"))
      pushes.push(each)
    }
    for (const [index, each] of pushes.entries()) {
      for (let i = 0; i < 3; i++) await each.send(`${"abc"[index] ?? ""}${i}`)
    }
    results.collected = await drain(pull)
    return results
  })

  parity("pass over peers that are full", async library => {
    const push = makeAny(library, "Push", { sendHighWaterMark: 1 })
    await push.bind(inproc("full"))
    const slow = makeAny(library, "Pull", { receiveHighWaterMark: 1 })
    slow.connect(inproc("full"))
    const quick = makeAny(library, "Pull", { receiveHighWaterMark: 20 })
    quick.connect(inproc("full"))
    const taken = await fill(push, 100)
    return { taken, slow: (await drain(slow)).length, quick: (await drain(quick)).length }
  })

  parity("serve requests of many clients in turn, and ask services in turn", async library => {
    const results: Results = {}
    const services: AnySocket[] = []
    const request = makeAny(library, "Request")
    for (const name of ["a", "b", "c"]) {
      const service = makeAny(library, "Reply")
      await service.bind(inproc(`service-${name}`))
      request.connect(inproc(`service-${name}`))
      services.push(service)
    }
    const asked: number[] = []
    for (let i = 0; i < 6; i++) {
      await request.send(String(i))
      const index = services.findIndex(service => service.readable)
      asked.push(index)
      const service = services[index]
      await service?.receive()
      await service?.send("ok")
      await request.receive()
    }
    results.asked = asked

    const reply = makeAny(library, "Reply")
    await reply.bind(inproc("clients"))
    const clients: AnySocket[] = []
    for (const name of ["a", "b", "c"]) {
      const client = makeAny(library, "Request")
      client.connect(inproc("clients"))
      await client.send(name)
      clients.push(client)
    }
    const order: string[] = []
    for (let i = 0; i < 6; i++) {
      const [name] = await take(reply, 1)
      order.push(name ?? "")
      await reply.send("ok")
      const client = clients["abc".indexOf(name ?? "")]
      await client?.receive()
      await client?.send(name)
    }
    results.served = order
    return results
  })

  it("deal out to a peer that left no more, and lose nothing that the others got", async () => {
    const push = makeAny(ours, "Push")
    await push.bind(inproc("leave"))
    const stays = makeAny(ours, "Pull")
    const leaves = makeAny(ours, "Pull")
    stays.connect(inproc("leave"))
    leaves.connect(inproc("leave"))
    await push.send("1")
    await push.send("2")
    leaves.close()
    for (const text of ["3", "4", "5"]) await push.send(text)
    expect(await drain(stays)).toEqual(["1", "3", "4", "5"])
  })

  it("keep the order of one peer's messages over tcp", async () => {
    const push = makeAny(ours, "Push")
    const pull = makeAny(ours, "Pull")
    await joined(pull, push)
    const sending = (async () => {
      for (let i = 0; i < 5000; i++) await push.send(String(i))
    })()
    expect(await take(pull, 5000)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)))
    await sending
  })
})

describe("conflate", () => {
  for (const [name, sending, receiving] of [
    ["the receiver", {}, { conflate: true }],
    ["the sender", { conflate: true }, {}],
    ["both", { conflate: true }, { conflate: true }],
  ] as const) {
    parity(`by ${name} over inproc keeps what native keeps`, async library => {
      const push = makeAny(library, "Push", sending)
      const pull = makeAny(library, "Pull", receiving)
      await push.bind(inproc("conflate"))
      pull.connect(inproc("conflate"))
      for (let i = 0; i < 10; i++) await push.send(String(i))
      const results: Results = { one: await drain(pull) }
      await push.send(["a", "b", "c"])
      results.parts = await drain(pull)
      return results
    })

    it(`by ${name} over tcp keeps the last message`, async () => {
      const push = makeAny(ours, "Push", sending)
      const pull = makeAny(ours, "Pull", receiving)
      await joined(pull, push)
      for (let i = 0; i < 10; i++) await push.send(String(i))
      // All ten leave in one write, so they arrive together.
      await until(() => pull.readable)
      expect(await drain(pull)).toEqual(["9"])
      await push.send(["a", "b", "c"])
      await until(() => pull.readable)
      expect(await drain(pull)).toEqual(["c"])
    })
  }

  parity("never makes a send wait, and keeps one message for an absent peer", async library => {
    const push = makeAny(library, "Push", { conflate: true, sendHighWaterMark: 2 })
    const pull = makeAny(library, "Pull")
    const endpoint = `ipc://${freePath()}`
    push.connect(endpoint)
    const results: Results = { taken: await fill(push, 100), writable: push.writable }
    await push.send("last")
    await pull.bind(endpoint)
    results["first to arrive"] = await take(pull, 1)
    return results
  })

  it("keeps the last of each peer", async () => {
    const pull = makeAny(ours, "Pull", { conflate: true })
    await pull.bind(inproc("each"))
    for (const name of ["a", "b"]) {
      const push = makeAny(ours, "Push")
      push.connect(inproc("each"))
      for (let i = 0; i < 3; i++) await push.send(`${name}${i}`)
    }
    expect((await drain(pull)).sort()).toEqual(["a2", "b2"])
  })
})

describe("a publisher at its mark", () => {
  async function publishing(library: Library, noDrop: boolean): Promise<[AnySocket, AnySocket]> {
    const pub = makeAny(library, "Publisher", { sendHighWaterMark: 3, noDrop })
    const sub = makeAny(library, "Subscriber", { receiveHighWaterMark: 2 })
    await pub.bind(inproc("publish"))
    sub.connect(inproc("publish"))
    subscribe(sub)
    return [pub, sub]
  }

  parity("drops what does not fit", async library => {
    const [pub, sub] = await publishing(library, false)
    const taken = await fill(pub, 20)
    return { taken, writable: pub.writable, got: (await drain(sub)).length }
  })

  parity("refuses it with noDrop, at once, whatever the timeout", async library => {
    const [pub, sub] = await publishing(library, true)
    const taken = await fill(pub, 20)
    pub.sendTimeout = -1
    const results: Results = { taken, writable: pub.writable, "for ever": await settled(() => pub.send("x")) }
    pub.sendTimeout = 1000
    results["for a second"] = await outcome(() => pub.send("x"))
    results.got = (await drain(sub)).length
    results["and then"] = await settled(() => pub.send("x"))
    return results
  })

  parity("with noDrop refuses when one of many is full, and then sends to none", async library => {
    const pub = makeAny(library, "Publisher", { sendHighWaterMark: 2, noDrop: true })
    const slow = makeAny(library, "Subscriber", { receiveHighWaterMark: 2 })
    const roomy = makeAny(library, "Subscriber", { receiveHighWaterMark: 50 })
    await pub.bind(inproc("one-slow"))
    for (const sub of [slow, roomy]) {
      sub.connect(inproc("one-slow"))
      subscribe(sub)
    }
    const taken = await fill(pub, 20)
    return { taken, slow: (await drain(slow)).length, roomy: (await drain(roomy)).length }
  })

  it("counts what it drops", async () => {
    const [pub, sub] = await publishing(ours, false)
    await fill(pub, 20)
    expect((pub as unknown as ours.Publisher).dropped).toBe(15)
    expect(await drain(sub)).toHaveLength(5)
  })

  it("drops for a peer that does not read, and lets the others have everything", async () => {
    const pub = makeAny(ours, "Publisher", { sendHighWaterMark: 5 })
    const endpoint = await bindTcp(pub)
    const silent = await RawPeer.join(endpoint, { socketType: "SUB" })
    later(() => {
      silent.destroy()
    })
    silent.command("SUBSCRIBE")
    const sub = makeAny(ours, "Subscriber")
    subscribe(sub)
    sub.connect(endpoint)
    await watch(pub).until("handshake", 1)
    await until(() => {
      void pub.send("go")
      return sub.readable
    })
    silent.socket.pause()
    await drain(sub)
    const part = Buffer.alloc(100_000)
    for (let i = 0; i < 400; i++) {
      await pub.send(part)
      await take(sub, 1)
    }
    expect((pub as unknown as ours.Publisher).dropped).toBeGreaterThan(0)
  })
})

describe("between ours and native", () => {
  it("marks hold back either side, and nothing is lost", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    for (const [sender, receiver] of [
      [ours, native],
      [native, ours],
    ] as const) {
      const push = makeAny(sender, "Push", { sendHighWaterMark: 2 })
      const pull = makeAny(receiver, "Pull", { receiveHighWaterMark: 2 })
      push.connect(await bindTcp(pull))
      const part = Buffer.alloc(50_000, "x")
      const sending = (async () => {
        for (let i = 0; i < 200; i++) await push.send([String(i), part])
      })()
      for (let i = 0; i < 200; i++) expect(String((await pull.receive())[0])).toBe(String(i))
      await sending
    }
  })
})

describe("messages for a peer that is away", () => {
  it("wait, up to the mark, and arrive in order", async () => {
    const path = freePath()
    const push = makeAny(ours, "Push", { sendHighWaterMark: 10, reconnectInterval: 1 })
    push.connect(`ipc://${path}`)
    expect(await fill(push, 20)).toBe(10)
    const back = await RawListener.open(path)
    later(() => {
      back.close()
    })
    const peer = await back.join({ socketType: "PULL" })
    for (let i = 0; i < 10; i++) expect(await peer.message()).toEqual(["m"])
    peer.destroy()
  })
})
