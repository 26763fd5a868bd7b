/** Radio and Dish over tcp, ipc and inproc (48/RADIO-DISH, 37/ZMTP §The Radio-Dish Pattern): groups, on both ends. */
import { describe, expect, it } from "vitest"
import { RadioPattern } from "../../../src/sockets/draft/radio-dish.js"
import type { Pipe } from "../../../src/peers/pipe.js"
import { RawListener, RawPeer } from "../../support/raw-peer.js"
import { makeDraft, mixtures, oursDraft, type AnyDraft } from "./support.js"
import {
  bindTcp,
  freePath,
  inproc,
  joined,
  later,
  make,
  outcome,
  parity,
  settled,
  until,
  watch,
  type Library,
  type Results,
} from "../support.js"

/** The next message of a dish, as `group: body`. */
async function heard(dish: AnyDraft): Promise<string> {
  const [body, { group }] = (await dish.receive()) as unknown as [Buffer, { group: Buffer }]
  expect(Buffer.isBuffer(group)).toBe(true)
  return `${String(group)}: ${String(body)}`
}

/** Sends until the dish has got one: only then the radio knows of its groups. */
async function known(radio: AnyDraft, dish: AnyDraft, group: string): Promise<void> {
  const first = heard(dish)
  let over = false
  void first.then(() => (over = true))
  await until(() => {
    void radio.send("known", { group })
    return over
  })
  await radio.send("last", { group })
  while ((await heard(dish)) !== `${group}: last`);
}

async function pairOf(library: Library): Promise<[AnyDraft, AnyDraft]> {
  const radio = makeDraft(library, "Radio")
  const dish = makeDraft(library, "Dish")
  await joined(radio, dish)
  return [radio, dish]
}

describe("Radio and Dish", () => {
  for (const [radioName, dishName, radioLibrary, dishLibrary] of mixtures) {
    for (const transport of ["tcp", "ipc", "inproc"]) {
      if (transport === "inproc" && radioLibrary !== dishLibrary) continue
      for (const binder of ["radio", "dish"]) {
        it(`pass a group's messages over ${transport}: Radio ${radioName}, Dish ${dishName}, the ${binder} bound`, async () => {
          const radio = makeDraft(radioLibrary, "Radio")
          const dish = makeDraft(dishLibrary, "Dish")
          dish.join("early")
          const [bound, connecting] = binder === "radio" ? [radio, dish] : [dish, radio]
          await bound.bind(
            transport === "tcp"
              ? "tcp://127.0.0.1:*"
              : transport === "ipc"
                ? `ipc://${freePath()}`
                : inproc("rd"),
          )
          connecting.connect(bound.lastEndpoint ?? "")
          await known(radio, dish, "early")
          dish.join("late", "", "\xff")
          await known(radio, dish, "\xff")
          for (const group of ["lat", "late", "later", "", "early", Buffer.from("late")]) {
            await radio.send(`to ${String(group)}`, { group })
          }
          expect([await heard(dish), await heard(dish), await heard(dish), await heard(dish)]).toEqual([
            "late: to late",
            ": to ",
            "early: to early",
            "late: to late",
          ])
          dish.leave("early")
          await radio.send("left", { group: "early" })
          await radio.send("end", { group: "late" })
          expect(await heard(dish)).toBe("late: end")
        })
      }
    }
  }

  parity("a Dish takes and refuses groups as native's does", async library => {
    const dish = makeDraft(library, "Dish")
    const results: Results = {}
    const call = async (method: "join" | "leave", ...groups: unknown[]): Promise<void> => {
      const shown = groups.map(group => (String(group).length > 20 ? String(group).length : String(group)))
      const key = `${Object.keys(results).length} ${method} ${shown.join()}`
      results[key] = await outcome(() => dish[method](...groups))
    }
    await call("join", "a")
    await call("join", "a")
    await call("join", "b", "a")
    await call("join", "b")
    await call("join", "a", "e")
    await call("leave", "e")
    await call("join", 5)
    await call("join", null)
    await call("join", ["a"])
    await call("join")
    await call("join", "c", 5, "d")
    await call("leave", "c")
    await call("leave", "d")
    await call("join", "x".repeat(255))
    await call("leave", Buffer.from("x".repeat(255)))
    await call("join", "x".repeat(256))
    await call("leave", "x".repeat(256))
    await call("join", new Uint8Array([65]))
    await call("leave", "A")
    await call("join", "")
    await call("leave", "never")
    results.send = await settled(() => dish.send("m"))
    results.state = [dish.type, dish.threadSafe, dish.linger, dish.readable, dish.writable]
    dish.close()
    await call("join", "f")
    await call("leave", "a")
    await call("join")
    return results
  })

  parity("other sockets have join and leave too, which refuse", async library => {
    const results: Results = {}
    const push = make(library.Push) as unknown as AnyDraft
    for (const [name, socket] of Object.entries({ push, radio: makeDraft(library, "Radio") })) {
      results[`${name} join`] = await outcome(() => socket.join("a"))
      results[`${name} leave`] = await outcome(() => socket.leave("a"))
      results[`${name} join nothing`] = await outcome(() => socket.join())
      results[`${name} join 5`] = await outcome(() => socket.join(5))
      socket.close()
      results[`${name} closed`] = await outcome(() => socket.join("a"))
    }
    return results
  })

  parity(
    "a Radio converts and refuses what is sent as native's does",
    async library => {
      const [radio, dish] = await pairOf(library)
      dish.join("1", "A", "g")
      await known(radio, dish, "g")
      const bags: Record<string, unknown> = {
        "1": 1,
        null: null,
        "{}": {},
        "{undefined}": { group: undefined },
        "{null}": { group: null },
        "{1}": { group: 1 },
        "{'1'}": { group: "1" },
        "{bytes}": { group: new Uint8Array([65]) },
        "{255 bytes}": { group: "x".repeat(255) },
        "{256 bytes}": { group: "x".repeat(256) },
        "{a zero byte}": { group: "g\0h" },
      }
      const results: Results = {}
      for (const [shown, bag] of Object.entries(bags)) {
        results[`m, ${shown}`] = await settled(() => radio.send("m", bag))
      }
      results["no arguments"] = await settled(() => radio.send())
      results["no options"] = await settled(() => radio.send("m"))
      results["a third argument"] = await settled(() => radio.send("m", { group: "g" }, 3))
      results["several parts"] = await settled(() => radio.send(["a", "b"], { group: "g" }))
      results["one part in an array"] = await settled(() => radio.send([5], { group: "g" }))
      results["no part"] = await settled(() => radio.send([], { group: "g" }))
      await radio.send("end", { group: "g" })
      const messages: string[] = []
      while (messages.at(-1) !== "g: end") messages.push(await heard(dish))
      results.received = messages.filter(message => message !== "g: m")
      results.state = [radio.type, radio.threadSafe, radio.linger, radio.readable, radio.writable]
      radio.close()
      results["closed, {}"] = await settled(() => radio.send("m", {}))
      return results
    },
    {
      "m, {256 bytes}": { ours: refused("EINVAL", 22), why: "Nobody can be in this group" },
    },
  )

  parity("a Dish's group ends before its first zero byte", async library => {
    const [radio, dish] = await pairOf(library)
    dish.join("ab\0c")
    const results = {
      "leave a": await outcome(() => dish.leave("a")),
      "leave ab and more": await outcome(() => dish.leave("ab\0d")),
      "leave it again": await outcome(() => dish.leave("ab")),
    }
    dish.join("g\0h")
    await known(radio, dish, "g")
    return results
  })

  it("a Radio drops for the one dish that is full, and counts it", async () => {
    const radio = make(oursDraft.Radio, { sendHighWaterMark: 2 })
    await radio.bind(inproc("slow"))
    const [slow, other] = [1, 100].map(receiveHighWaterMark => {
      const dish = make(oursDraft.Dish, { receiveHighWaterMark })
      dish.join("g")
      dish.connect(radio.lastEndpoint ?? "")
      return dish as unknown as AnyDraft
    }) as [AnyDraft, AnyDraft]
    for (let i = 0; i < 5; i++) await radio.send(String(i), { group: "g" })
    expect(radio.dropped).toBe(2)
    for (let i = 0; i < 5; i++) expect(await heard(other)).toBe(`g: ${i}`)
    for (let i = 0; i < 3; i++) expect(await heard(slow)).toBe(`g: ${i}`)
    expect(slow.readable).toBe(false)
    expect(radio.trySend("m", { group: "g" })).toBe(true)
    expect(await heard(slow)).toBe("g: m")
  })
})

describe("on the wire", () => {
  it("a Dish sends JOIN and LEAVE, to new peers too, and receives a group and a body", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const dish = make(oursDraft.Dish, { reconnectInterval: 1 })
    dish.join("a", "b")
    dish.connect(listener.endpoint)
    for (const minor of [1, 0]) {
      const peer = await listener.join({ socketType: "RADIO", minor })
      expect([await peer.next(), await peer.next()]).toEqual([
        { kind: "command", name: "JOIN", data: "a" },
        { kind: "command", name: "JOIN", data: "b" },
      ])
      dish.leave("a")
      expect(await peer.next()).toEqual({ kind: "command", name: "LEAVE", data: "a" })
      dish.join("a")
      expect(await peer.next()).toEqual({ kind: "command", name: "JOIN", data: "a" })
      dish.leave("b")
      dish.join("b")
      await peer.next()
      await peer.next()
      peer.send("c", "not joined")
      peer.send("b", "body")
      expect(await heard(dish as unknown as AnyDraft)).toBe("b: body")
      peer.destroy()
    }
  })

  for (const [fault, ...parts] of [
    ["one part", "b"],
    ["a group of 256 bytes", "b".repeat(256), "c"],
  ] as const) {
    it(`a Dish ends the connection of a radio that sends ${fault}`, async () => {
      const dish = make(oursDraft.Dish)
      dish.join("b")
      const events = watch(dish)
      const peer = await RawPeer.join(await bindTcp(dish), { socketType: "RADIO" })
      const receiving = dish.receive()
      peer.send("b", "fine")
      expect(String((await receiving)[0])).toBe("fine")
      peer.send(...parts)
      dish.receive().catch(() => undefined)
      await events.until("disconnect")
      peer.destroy()
    })
  }

  it("a Dish discards a message of more parts, and receives the next", async () => {
    const dish = make(oursDraft.Dish)
    dish.join("b")
    const peer = await RawPeer.join(await bindTcp(dish), { socketType: "RADIO" })
    peer.send("b", "c", "d")
    peer.send("b", "whole")
    expect(String((await dish.receive())[0])).toBe("whole")
    peer.destroy()
  })

  it("a Radio sends a group and a body to those who joined, and heeds no message", async () => {
    const radio = make(oursDraft.Radio)
    const peer = await RawPeer.join(await bindTcp(radio), { socketType: "DISH" })
    peer.send("\x01b")
    peer.send("\x01b", "b")
    peer.command("JOIN", Buffer.from("a"))
    peer.command("JOIN", Buffer.from("a"))
    peer.command("SUBSCRIBE", Buffer.from("b"))
    peer.command("PING", Buffer.from("\0\0", "latin1"))
    expect(await peer.next()).toMatchObject({ name: "PONG" })
    for (const group of ["b", "a"]) await radio.send(`to ${group}`, { group })
    expect(await peer.next()).toEqual({ kind: "message", parts: ["a", "to a"] })
    peer.command("LEAVE", Buffer.from("a"))
    peer.command("LEAVE", Buffer.from("never"))
    peer.command("JOIN", Buffer.from("c"))
    peer.command("PING", Buffer.from("\0\0", "latin1"))
    expect(await peer.next()).toMatchObject({ name: "PONG" })
    for (const group of ["a", "c"]) await radio.send(`to ${group}`, { group })
    expect(await peer.next()).toEqual({ kind: "message", parts: ["c", "to c"] })
    peer.destroy()
  })

  it("a Radio that connects keeps a dish's groups until the dish, connected anew, joins others", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const radio = make(oursDraft.Radio, { reconnectInterval: 1 })
    radio.connect(listener.endpoint)
    const first = await listener.join({ socketType: "DISH" })
    first.command("JOIN", Buffer.from("old"))
    first.command("PING", Buffer.from("\0\0", "latin1"))
    expect(await first.next()).toMatchObject({ name: "PONG" })
    const gone = watch(radio).until("disconnect")
    first.destroy()
    await gone
    await radio.send("meanwhile", { group: "old" })
    const second = await listener.join({ socketType: "DISH" })
    expect(await second.next()).toEqual({ kind: "message", parts: ["old", "meanwhile"] })
    second.command("JOIN", Buffer.from("new"))
    second.command("PING", Buffer.from("\0\0", "latin1"))
    expect(await second.next()).toMatchObject({ name: "PONG" })
    for (const group of ["old", "new"]) await radio.send(`to ${group}`, { group })
    expect(await second.next()).toEqual({ kind: "message", parts: ["new", "to new"] })
    second.destroy()
  })

  it("a Radio ends the connection of a dish that joins a group of 256 bytes", async () => {
    const radio = make(oursDraft.Radio)
    const events = watch(radio)
    const peer = await RawPeer.join(await bindTcp(radio), { socketType: "DISH" })
    peer.command("JOIN", Buffer.alloc(256, "a"))
    await events.until("disconnect")
    peer.destroy()
  })

  it("a Radio gives up a dish that joins more than 100,000 groups, and forgets them all", () => {
    const radio = new RadioPattern()
    const faults: string[] = []
    const pipe = { fail: (reason: string) => faults.push(reason) } as unknown as Pipe
    for (let i = 0; i <= 100_000; i++) radio.membership(pipe, true, Buffer.from(String(i)))
    expect(faults).toEqual(["Too many groups"])
    radio.ended(pipe)
    for (const table of ["members", "groups"] as const) {
      expect((Reflect.get(radio, table) as Map<unknown, unknown>).size).toBe(0)
    }
  })
})

function refused(code: string, errno: number): unknown {
  return ["throws", `Error: Invalid argument {errno=${errno}, code=${code}}`]
}
