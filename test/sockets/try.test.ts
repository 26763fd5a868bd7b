/** The door beside promises: trySend, tryReceive and batches. Ours alone, so that nothing is compared with native. */
import { describe, expect, it } from "vitest"
import { bindTcp, inproc, joined, make, makeAny, ours, outcome, settled } from "./support.js"

/** A Push and a Pull that share one queue of `mark` messages. */
async function pair(mark = 1000): Promise<[ours.Push, ours.Pull]> {
  const push = make(ours.Push, { sendHighWaterMark: mark - 1 })
  const pull = make(ours.Pull, { receiveHighWaterMark: 1 })
  const name = inproc("try")
  await pull.bind(name)
  push.connect(name)
  return [push, pull]
}

function text(message: readonly Buffer[] | undefined): string | undefined {
  return message?.map(String).join("|")
}

async function take(socket: ours.Readable, count: number): Promise<(string | undefined)[]> {
  const messages: (string | undefined)[] = []
  while (messages.length < count) messages.push(text(await socket.receive()))
  return messages
}

function texts(batch: readonly (readonly Buffer[])[]): (string | undefined)[] {
  return batch.map(text)
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i))
}

const EBUSY = expect.objectContaining({ code: "EBUSY" }) as unknown
const EBADF = expect.objectContaining({ code: "EBADF" }) as unknown
const EAGAIN = expect.objectContaining({ code: "EAGAIN" }) as unknown
const ENOTSUP = expect.objectContaining({ code: "ENOTSUP" }) as unknown

describe("trySend", () => {
  it("queues until the high-water mark, and again when there is room", async () => {
    const [push, pull] = await pair(4)
    expect(numbers(0, 6).map(each => push.trySend(each))).toEqual([true, true, true, true, false, false])
    expect(await take(pull, 2)).toEqual(["0", "1"])
    expect(push.trySend("6")).toBe(true)
    expect(await take(pull, 3)).toEqual(["2", "3", "6"])
  })

  it("returns false without a peer", () => {
    expect(make(ours.Push).trySend("m")).toBe(false)
  })

  it("takes what send takes, and never returns a promise", async () => {
    const [push, pull] = await pair()
    const any = push as unknown as { trySend(message: unknown): unknown }
    expect(any.trySend(["a", Buffer.from("b"), 5, null, new Uint16Array([0x6463]).buffer])).toBe(true)
    expect(any.trySend("one")).toBe(true)
    expect(await take(pull, 2)).toEqual(["a|b|5||cd", "one"])
    for (const wrong of [undefined, Symbol("s"), [Symbol("s")]]) {
      const [, words] = (await outcome(() => push.send(wrong as unknown as string))) as string[]
      expect(await outcome(() => any.trySend(wrong))).toEqual(["throws", words])
    }
    expect(() => (push.trySend as (...args: unknown[]) => boolean)("a", 1)).toThrow(TypeError)
  })

  it("sends nothing for an empty array", async () => {
    const [push, pull] = await pair()
    expect(push.trySend([])).toBe(true)
    expect(make(ours.Push).trySend([])).toBe(true)
    expect(push.trySend("next")).toBe(true)
    expect(await take(pull, 1)).toEqual(["next"])
  })

  it("gives small parts back to the caller at once", async () => {
    const push = make(ours.Push)
    const pull = make(ours.Pull)
    await joined(pull, push)
    const part = Buffer.from("before")
    expect(push.trySend(part)).toBe(true)
    part.fill("x")
    expect(await take(pull, 1)).toEqual(["before"])
  })

  it("does not overtake a send that waits", async () => {
    const [push, pull] = await pair(2)
    for (const each of ["0", "1"]) expect(push.trySend(each)).toBe(true)
    const waiting = push.send("2")
    expect(() => push.trySend("3")).toThrow(EBUSY)
    expect(() => push.trySend([])).toThrow(EBUSY)
    expect(await take(pull, 2)).toEqual(["0", "1"])
    await waiting
    expect(push.trySend("3")).toBe(true)
    expect(await take(pull, 2)).toEqual(["2", "3"])
  })

  it("alternates with send, as a loop of both does, and keeps the order over tcp", async () => {
    const push = make(ours.Push)
    const pull = make(ours.Pull)
    await joined(pull, push)
    const count = 20_000
    const ballast = Buffer.alloc(1024)
    let waited = 0
    const sending = (async () => {
      for (const each of numbers(0, count)) {
        if (push.trySend([each, ballast])) continue
        waited++
        await push.send([each, ballast])
      }
    })()
    const received: string[] = []
    for await (const batch of pull.batches()) {
      for (const [number] of batch) received.push(String(number))
      if (received.length === count) break
    }
    await sending
    expect(received).toEqual(numbers(0, count))
    expect(waited).toBeGreaterThan(0)
  })

  it("is refused while the socket is blocked or closed", async () => {
    const push = make(ours.Push)
    const binding = push.bind("tcp://127.0.0.1:*")
    expect(() => push.trySend("m")).toThrow(EBUSY)
    await binding
    push.close()
    expect(() => push.trySend("m")).toThrow(EBADF)
  })

  it("throws on a socket that never sends, lest a loop try for ever", () => {
    expect(() => (makeAny(ours, "Pull") as unknown as ours.Writable).trySend("m")).toThrow(ENOTSUP)
  })

  it("throws what send rejects with without having waited", async () => {
    const publisher = make(ours.Publisher, { noDrop: true, sendHighWaterMark: 1 })
    const subscriber = make(ours.Subscriber, { receiveHighWaterMark: 1 })
    subscriber.subscribe()
    const name = inproc("no-drop")
    await publisher.bind(name)
    subscriber.connect(name)
    expect(publisher.trySend("1")).toBe(true)
    expect(publisher.trySend("2")).toBe(true)
    expect(() => publisher.trySend("3")).toThrow(EAGAIN)
    expect(await take(subscriber, 2)).toEqual(["1", "2"])
  })

  it("tells false where request and reply have to wait for their turn", async () => {
    const request = make(ours.Request)
    const reply = make(ours.Reply)
    const name = inproc("turns")
    await reply.bind(name)
    request.connect(name)
    expect(reply.trySend("too early")).toBe(false)
    expect(request.tryReceive()).toBe(undefined)
    expect(request.trySend("question")).toBe(true)
    expect(request.trySend("second question")).toBe(false)
    expect(text(reply.tryReceive())).toBe("question")
    expect(reply.tryReceive()).toBe(undefined)
    expect(reply.trySend("answer")).toBe(true)
    expect(text(request.tryReceive())).toBe("answer")
  })
})

describe("tryReceive", () => {
  it("returns what is there, in order, and undefined when nothing is", async () => {
    const [push, pull] = await pair()
    expect(pull.tryReceive()).toBe(undefined)
    await push.send(["a", "b"])
    await push.send("")
    expect(text(pull.tryReceive())).toBe("a|b")
    expect(text(pull.tryReceive())).toBe("")
    expect(pull.tryReceive()).toBe(undefined)
  })

  it("does not take the message of a receive that waits", async () => {
    const [push, pull] = await pair()
    const waiting = pull.receive()
    expect(() => pull.tryReceive()).toThrow(EBUSY)
    await push.send("1")
    await push.send("2")
    expect(text(pull.tryReceive())).toBe("2")
    expect(text(await waiting)).toBe("1")
  })

  it("is refused while the socket is blocked or closed, and takes no argument", async () => {
    const pull = make(ours.Pull)
    const binding = pull.bind("tcp://127.0.0.1:*")
    expect(() => pull.tryReceive()).toThrow(EBUSY)
    await binding
    expect(() => (pull.tryReceive as (...args: unknown[]) => unknown)({})).toThrow(TypeError)
    pull.close()
    expect(() => pull.tryReceive()).toThrow(EBADF)
  })

  it("throws on a socket that never receives", () => {
    expect(() => (makeAny(ours, "Push") as unknown as ours.Readable).tryReceive()).toThrow(ENOTSUP)
  })
})

describe("batches", () => {
  it("are all that is there, up to 1,000 messages", async () => {
    const [push, pull] = await pair(2500)
    for (const each of numbers(0, 2300)) expect(push.trySend(each)).toBe(true)
    const sizes: number[] = []
    const received: (string | undefined)[] = []
    for await (const batch of pull.batches()) {
      sizes.push(batch.length)
      received.push(...texts(batch))
      if (received.length === 2300) break
    }
    expect(sizes).toEqual([1000, 1000, 300])
    expect(received).toEqual(numbers(0, 2300))
  })

  it("come over a connection whole and in order, of each of several peers", async () => {
    const [count, peers] = [4000, 2]
    const pull = make(ours.Pull, { receiveHighWaterMark: 500 })
    const endpoint = await bindTcp(pull)
    const sending = Array.from({ length: peers }, async (_, peer) => {
      const push = make(ours.Push)
      push.connect(endpoint)
      for (let at = 0; at < count; at++) {
        const body = String(at).padEnd(at % 100 === 0 ? 70_000 : at % 90, ".")
        await push.send(at % 7 === 0 ? [String(peer), body, "end"] : [String(peer), body])
      }
    })
    const seen = Array.from({ length: peers }, () => 0)
    for await (const batch of pull.batches()) {
      for (const parts of batch) {
        const peer = Number(parts[0])
        const at = seen[peer] ?? NaN
        seen[peer] = at + 1
        expect(parseInt(String(parts[1]), 10)).toBe(at)
        expect(parts).toHaveLength(at % 7 === 0 ? 3 : 2)
      }
      if (seen.every(each => each === count)) break
    }
    await Promise.all(sending)
  })

  it("wait for the first message, as a receive does", async () => {
    const pull = make(ours.Pull)
    const batches = pull.batches()[Symbol.asyncIterator]()
    expect(await outcome(() => batches.next())).toBe("waits")
    expect(() => pull.tryReceive()).toThrow(EBUSY)
  })

  it("give a loop that waited the whole of what came at once", async () => {
    const [push, pull] = await pair()
    const next = pull.batches()[Symbol.asyncIterator]().next()
    for (const each of ["1", "2", "3"]) push.trySend(each)
    const { value } = (await next) as { value: Buffer[][] }
    expect(texts(value)).toEqual(["1", "2", "3"])
  })

  it("end when the socket is closed, after the batch that is under way", async () => {
    const [push, pull] = await pair()
    const seen: (string | undefined)[] = []
    push.trySend("1")
    push.trySend("2")
    for await (const batch of pull.batches()) {
      seen.push(...texts(batch))
      setImmediate(() => {
        pull.close()
      })
    }
    expect(seen).toEqual(["1", "2"])
    for await (const batch of pull.batches()) seen.push(...texts(batch))
    expect(seen).toHaveLength(2)
  })

  it("leave the socket open when the loop is left", async () => {
    const [push, pull] = await pair()
    push.trySend("1")
    for await (const batch of pull.batches()) if (batch.length > 0) break
    expect(pull.closed).toBe(false)
    push.trySend("2")
    expect(text(pull.tryReceive())).toBe("2")
  })

  it("end with EAGAIN when the time for receiving is over", async () => {
    const pull = make(ours.Pull, { receiveTimeout: 0 })
    const batches = pull.batches()[Symbol.asyncIterator]()
    await expect(batches.next()).rejects.toEqual(EAGAIN)
  })

  it("are refused while a receive waits", async () => {
    const [push, pull] = await pair()
    const waiting = pull.receive()
    const batches = pull.batches()[Symbol.asyncIterator]()
    await expect(batches.next()).rejects.toEqual(EBUSY)
    push.trySend("1")
    expect(text(await waiting)).toBe("1")
  })

  it("hold one request at a time", async () => {
    const reply = make(ours.Reply)
    const name = inproc("requests")
    await reply.bind(name)
    const clients = [make(ours.Request), make(ours.Request)]
    for (const [i, client] of clients.entries()) {
      client.connect(name)
      client.trySend(String(i))
    }
    const seen: (string | undefined)[][] = []
    for await (const batch of reply.batches()) {
      seen.push(texts(batch))
      expect(reply.trySend("answer")).toBe(true)
      if (seen.length === 2) break
    }
    expect(seen).toEqual([["0"], ["1"]])
    for (const client of clients) expect(text(client.tryReceive())).toBe("answer")
  })

  it("let I/O in now and then, though there is always more", async () => {
    const [push, pull] = await pair()
    let ticks = 0
    let over = false
    const tick = (): void => {
      ticks++
      if (!over) setImmediate(tick)
    }
    tick()
    let received = 0
    push.trySend("m")
    for await (const batch of pull.batches()) {
      received += batch.length
      for (let i = 0; i < 500; i++) push.trySend("m")
      if (ticks > 3) break
      expect(received).toBeLessThan(100_000)
    }
    over = true
  })

  it("without copying bring the same messages, whose parts share what was read", async () => {
    const pull = make(ours.Pull)
    const push = make(ours.Push)
    push.connect(await bindTcp(pull))
    const sent = numbers(0, 3000)
    for (const each of sent) await push.send([each, "", `${each} of many`])
    const received: Buffer[][] = []
    for await (const batch of pull.batches({ copy: false })) {
      received.push(...batch)
      if (received.length === sent.length) break
    }
    expect(received.map(parts => parts.map(String))).toEqual(sent.map(each => [each, "", `${each} of many`]))
    const memories = new Set(received.map(parts => parts[0]?.buffer))
    expect(memories.size).toBeLessThan(sent.length / 2)
  })

  it("copy small parts where nothing else is said, and afterwards", async () => {
    const pull = make(ours.Pull)
    const push = make(ours.Push)
    push.connect(await bindTcp(pull))
    for (const options of [undefined, {}, { copy: true }, { copy: undefined }]) {
      // Such parts lie on the JavaScript heap: their memory is as large as they are.
      const large: number[] = []
      for (const copy of [false, true]) {
        for (const each of numbers(0, 900)) await push.send(each)
        let left = 900
        for await (const batch of pull.batches(copy ? options : { copy })) {
          for (const [part] of batch) if (copy && part?.buffer.byteLength !== part?.length) large.push(left)
          left -= batch.length
          if (left === 0) break
        }
      }
      expect(large).toEqual([])
    }
  })

  it("take options, and nothing else", async () => {
    const pull = makeAny(ours, "Pull")
    const batches = Reflect.get(pull, "batches") as (...args: unknown[]) => unknown
    const outcomes = [[1], [null], [{ copy: 0 }], [{}, 1]].map(args =>
      settled(() => batches.apply(pull, args)),
    )
    expect(await Promise.all(outcomes)).toEqual([
      ["throws", "TypeError: Options must be an object {}"],
      ["throws", "TypeError: Options must be an object {}"],
      ["throws", "TypeError: Option copy must be a boolean {}"],
      ["throws", "TypeError: Expected 1 argument but received 2 {}"],
    ])
  })
})
