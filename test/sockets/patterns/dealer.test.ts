/** Dealer: to whom it deals, from whom it receives, and what it does not do to a message (28/REQREP). */
import { describe, expect, it } from "vitest"
import { RawListener, RawPeer } from "../../support/raw-peer.js"
import {
  bindTcp,
  drain,
  fill,
  freePath,
  inproc,
  joined,
  later,
  makeAny,
  native,
  ours,
  outcome,
  parity,
  settled,
  take,
  until,
  watch,
  type AnySocket,
  type Results,
} from "../support.js"

describe("a Dealer", () => {
  parity("deals messages out to its peers in turn, whole", async library => {
    const dealer = makeAny(library, "Dealer")
    const peers: AnySocket[] = []
    for (const name of ["a", "b", "c"]) {
      const peer = makeAny(library, "Dealer")
      await peer.bind(inproc(name))
      dealer.connect(inproc(name))
      peers.push(peer)
    }
    for (let i = 0; i < 7; i++) await dealer.send([String(i), "", "end"])
    const results: Results = {}
    for (const [i, peer] of peers.entries()) results[i] = await take(peer, i === 0 ? 3 : 2)
    return results
  })

  parity("leaves out a peer whose queue is full, and waits when all are", async library => {
    const dealer = makeAny(library, "Dealer", { sendHighWaterMark: 1 })
    const peers: AnySocket[] = []
    for (const [name, mark] of [
      ["small", 1],
      ["large", 4],
    ] as const) {
      const peer = makeAny(library, "Dealer", { receiveHighWaterMark: mark })
      await peer.bind(inproc(name))
      dealer.connect(inproc(name))
      peers.push(peer)
    }
    let next = 0
    dealer.sendTimeout = 0
    while ((await settled(() => dealer.send(String(next))).then(JSON.stringify)).includes("resolves")) next++
    dealer.sendTimeout = -1
    const [small, large] = peers as [AnySocket, AnySocket]
    const results: Results = { taken: next, writable: dealer.writable }
    const sending = dealer.send("late")
    results.waits = await outcome(() => sending)
    results.small = await take(small, 2)
    await sending
    results.late = await take(small, 1)
    results.large = await take(large, 5)
    return results
  })

  parity("receives from its peers in turn", async library => {
    const dealer = makeAny(library, "Dealer")
    await dealer.bind(inproc("dealer"))
    for (const name of ["a", "b", "c"]) {
      const peer = makeAny(library, "Dealer")
      peer.connect(inproc("dealer"))
      for (let i = 0; i < 2; i++) await peer.send(`${name}${i}`)
    }
    return { got: await take(dealer, 6) }
  })

  for (const mark of [1, 3, 0]) {
    parity(
      `holds messages for an absent peer up to a mark of ${mark}, and none for nobody`,
      async library => {
        const dealer = makeAny(library, "Dealer", { sendHighWaterMark: mark })
        const results: Results = { nobody: await fill(dealer, 50), writable: dealer.writable }
        dealer.connect("tcp://127.0.0.1:9")
        results.absent = await fill(dealer, 50)
        return results
      },
    )
  }

  parity("talks to a Reply by an empty part, whatever comes before it", async library => {
    const reply = makeAny(library, "Reply")
    const dealer = makeAny(library, "Dealer")
    dealer.connect(await bindTcp(reply))
    const results: Results = {}
    for (const envelope of [[""], ["id", ""], ["id", "id2", ""]]) {
      await dealer.send([...envelope, "q"])
      results[`question ${envelope.length}`] = await take(reply, 1)
      await reply.send("a")
      results[`answer ${envelope.length}`] = await take(dealer, 1)
    }
    return results
  })

  parity("may have many questions under way", async library => {
    const reply = makeAny(library, "Reply")
    const dealer = makeAny(library, "Dealer")
    dealer.connect(await bindTcp(reply))
    for (let i = 0; i < 5; i++) await dealer.send(["", String(i)])
    for (let i = 0; i < 5; i++) await reply.send(await reply.receive())
    return { got: await take(dealer, 5) }
  })

  parity("with probeRouter sends each new peer an empty message first", async library => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const dealer = makeAny(library, "Dealer", { probeRouter: true, routingId: "me" })
    dealer.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "ROUTER" })
    later(() => {
      peer.destroy()
    })
    const first = await peer.message()
    await dealer.send("then")
    return { first, then: await peer.message(), metadata: peer.metadata }
  })

  parity("with conflate keeps the last message only, each way", async library => {
    const results: Results = {}
    const dealer = makeAny(library, "Dealer", { conflate: true })
    const path = `ipc://${freePath()}`
    dealer.connect(path)
    for (let i = 0; i < 5; i++) await dealer.send(String(i))
    const peer = makeAny(library, "Dealer")
    await peer.bind(path)
    results.sent = await take(peer, 1)
    await dealer.send("next")
    results.next = await take(peer, 1)
    return results
  })

  it("with conflate receives only the last message of those that came", async () => {
    const dealer = makeAny(ours, "Dealer", { conflate: true })
    const peer = await RawPeer.join(await bindTcp(dealer), { socketType: "DEALER" })
    for (let i = 0; i < 5; i++) peer.send(String(i))
    peer.command("PING", Buffer.from("\0\0x", "latin1"))
    expect(await peer.next()).toMatchObject({ name: "PONG" })
    expect(await drain(dealer)).toEqual(["4"])
    peer.destroy()
  })

  parity("receives what a peer had sent that has left", async library => {
    const dealer = makeAny(library, "Dealer")
    const peer = makeAny(library, "Dealer")
    await joined(dealer, peer)
    for (let i = 0; i < 3; i++) await peer.send(String(i))
    await until(() => dealer.readable)
    peer.close()
    await watch(dealer).until("disconnect")
    return { got: await take(dealer, 3) }
  })

  parity("still sends what is queued for an endpoint that it gives up", async library => {
    const dealer = makeAny(library, "Dealer")
    const peer = makeAny(library, "Router")
    const endpoint = await joined(peer, dealer)
    for (let i = 0; i < 20; i++) await dealer.send([String(i)])
    dealer.disconnect(endpoint)
    const got: unknown[] = []
    for (let i = 0; i < 20; i++) got.push(String((await peer.receive())[1]))
    dealer.sendTimeout = 0
    return { got, then: await settled(() => dealer.send("x")) }
  })

  parity("fails a send that waits when it is closed", async library => {
    const dealer = makeAny(library, "Dealer")
    const sending = settled(() => dealer.send("x"))
    dealer.close()
    return { sending: await sending }
  })
})

describe("Dealers of ours and of native", () => {
  it("send each other everything, in order, both at once, with small queues", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    const count = 3000
    for (const [one, other] of [
      [ours, native],
      [native, ours],
      [ours, ours],
    ] as const) {
      const marks = { sendHighWaterMark: 10, receiveHighWaterMark: 10 }
      const [left, right] = [makeAny(one, "Dealer", marks), makeAny(other, "Dealer", marks)]
      await joined(left, right)
      const expected = Array.from({ length: count }, (_, i) => `${i}||x`)
      await Promise.all(
        [left, right].map(async socket => {
          const sending = (async () => {
            for (let i = 0; i < count; i++) await socket.send([String(i), "", "x"])
          })()
          expect(await take(socket, count)).toEqual(expected)
          await sending
        }),
      )
    }
  })
})
