/** Scatter and Gather (49/SCATTER-GATHER), and Channel (52/CHANNEL): single parts, in turn, to one peer. */
import { describe, expect, it } from "vitest"
import { RawPeer } from "../../support/raw-peer.js"
import { makeDraft, mixtures, oursDraft, type AnyDraft } from "./support.js"
import {
  bindTcp,
  freePath,
  inproc,
  joined,
  make,
  outcome,
  ours,
  parity,
  settled,
  take,
  type Library,
  type Results,
} from "../support.js"

describe("Scatter and Gather", () => {
  for (const [scatterName, gatherName, scatterLibrary, gatherLibrary] of mixtures) {
    for (const transport of ["tcp", "ipc", "inproc"]) {
      if (transport === "inproc" && scatterLibrary !== gatherLibrary) continue
      for (const binder of ["scatter", "gather"]) {
        it(`pass messages over ${transport}: Scatter ${scatterName}, Gather ${gatherName}, the ${binder} bound`, async () => {
          const scatter = makeDraft(scatterLibrary, "Scatter")
          const gather = makeDraft(gatherLibrary, "Gather")
          const [bound, connecting] = binder === "scatter" ? [scatter, gather] : [gather, scatter]
          await bound.bind(
            transport === "tcp"
              ? "tcp://127.0.0.1:*"
              : transport === "ipc"
                ? `ipc://${freePath()}`
                : inproc("sg"),
          )
          connecting.connect(bound.lastEndpoint ?? "")
          for (const message of ["a", "", "c"]) await scatter.send(message)
          expect(await take(gather, 3)).toEqual(["a", "", "c"])
        })
      }
    }
  }

  parity("refuse several parts, and what they cannot do, as native's do", async library => {
    const scatter = makeDraft(library, "Scatter")
    const gather = makeDraft(library, "Gather")
    const results: Results = { lonely: [scatter.writable, gather.readable, gather.writable] }
    await joined(scatter, gather)
    results.state = [scatter, gather].map(({ type, threadSafe, linger }) => [type, threadSafe, linger])
    results.joined = [scatter.writable, scatter.readable]
    results["several parts"] = await settled(() => scatter.send(["a", "b"]))
    results["one part in an array"] = await settled(() => scatter.send(["a"]))
    results["no part"] = await settled(() => scatter.send([]))
    results["two arguments"] = await settled(() => scatter.send("a", {}))
    results.received = await take(gather, 1)
    results["gather.send"] = await outcome(() => gather.send("m"))
    results["scatter.receive"] = await outcome(() => scatter.receive())
    return results
  })

  parity("take conflate without effect, as libzmq does", async library => {
    const gather = makeDraft(library, "Gather", { conflate: true })
    const scatter = makeDraft(library, "Scatter", { conflate: true })
    await gather.bind(inproc("conflate"))
    scatter.connect(gather.lastEndpoint ?? "")
    for (const message of ["1", "2", "3"]) await scatter.send(message)
    return { received: await take(gather, 3) }
  })

  it("a Scatter deals its messages out in turn, and a Gather collects in turn", async () => {
    const scatter = make(oursDraft.Scatter)
    const gathers = [0, 1].map(() => make(oursDraft.Gather) as unknown as AnyDraft)
    for (const [i, gather] of gathers.entries()) {
      await gather.bind(inproc(`g${i}`))
      scatter.connect(gather.lastEndpoint ?? "")
    }
    for (let i = 0; i < 4; i++) await scatter.send(String(i))
    expect([await take(gathers[0] as AnyDraft, 2), await take(gathers[1] as AnyDraft, 2)]).toEqual([
      ["0", "2"],
      ["1", "3"],
    ])
  })

  it("a Gather discards what a peer sends in several parts, and keeps the peer", async () => {
    const gather = make(oursDraft.Gather) as unknown as AnyDraft
    const peer = await RawPeer.join(await bindTcp(gather), { socketType: "SCATTER" })
    peer.send("a", "b")
    peer.send("whole")
    peer.send("c", "d", "e")
    peer.send("whole too")
    expect(await take(gather, 2)).toEqual(["whole", "whole too"])
    peer.send("f", "g")
    peer.send("end")
    expect(await take(gather, 1)).toEqual(["end"])
    expect(gather.readable).toBe(false)
    peer.destroy()
  })

  it("a Scatter waits while every queue is full", async () => {
    const scatter = make(oursDraft.Scatter, { sendHighWaterMark: 1 })
    const gather = make(oursDraft.Gather, { receiveHighWaterMark: 1 })
    await scatter.bind(inproc("wait"))
    gather.connect(scatter.lastEndpoint ?? "")
    expect([scatter.trySend("1"), scatter.trySend("2"), scatter.trySend("3")]).toEqual([true, true, false])
    const waiting = scatter.send("3")
    expect(await take(gather as unknown as AnyDraft, 3)).toEqual(["1", "2", "3"])
    await waiting
  })
})

/** A Channel of ours, or libzmq's by native's base class, which has no options of its own. */
function channel(library: Library): AnyDraft {
  if (library === ours) return make(oursDraft.Channel) as unknown as AnyDraft
  class NativeChannel extends (library.Socket as unknown as new (type: number) => AnyDraft) {
    constructor() {
      super(20)
    }
  }
  return make(NativeChannel)
}

describe("Channel", () => {
  for (const [boundName, otherName, boundLibrary, otherLibrary] of mixtures) {
    it(`passes messages both ways: bound ${boundName}, connecting ${otherName}`, async () => {
      const bound = channel(boundLibrary)
      const other = channel(otherLibrary)
      await joined(bound, other)
      await other.send("to")
      expect(await take(bound, 1)).toEqual(["to"])
      await bound.send("fro")
      expect(await take(other, 1)).toEqual(["fro"])
    })
  }

  parity("shows its state and refuses several parts as libzmq's does", async library => {
    const [bound, other] = [channel(library), channel(library)]
    const results: Results = {
      lonely: [bound.type, bound.threadSafe, bound.linger, bound.readable, bound.writable],
    }
    await bound.bind(inproc("channel"))
    other.connect(bound.lastEndpoint ?? "")
    results["several parts"] = await settled(() => other.send(["a", "b"]))
    results["one part"] = await settled(() => other.send(["a"]))
    results.received = await take(bound, 1)
    results["sends at all"] = other.writable
    return results
  })

  it("discards what a peer sends in several parts, and keeps the peer", async () => {
    const own = make(oursDraft.Channel) as unknown as AnyDraft
    const peer = await RawPeer.join(await bindTcp(own), { socketType: "CHANNEL" })
    peer.send("a", "b")
    peer.send("whole")
    expect(await take(own, 1)).toEqual(["whole"])
    peer.send("c", "d")
    peer.send("end")
    expect(await take(own, 1)).toEqual(["end"])
    expect(own.readable).toBe(false)
    peer.destroy()
  })

  it("gives nothing to, and hears nothing of, a second peer", async () => {
    const own = channel(ours)
    const [first, second] = [channel(ours), channel(ours)]
    await own.bind(inproc("second"))
    for (const each of [first, second]) each.connect(own.lastEndpoint ?? "")
    await second.send("unheard")
    await first.send("heard")
    expect(await take(own, 1)).toEqual(["heard"])
    expect(own.readable).toBe(false)
    await own.send("for the first")
    expect(await take(first, 1)).toEqual(["for the first"])
    expect(second.readable).toBe(false)
  })
})
