/** What ours has and native lacks: an AbortSignal for receive, and `using` for sockets. */
import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"
import { make, makeAny, ours, settled, take, turn, inproc } from "./support.js"

async function pair(name: string): Promise<[ours.Push, ours.Pull]> {
  const push = make(ours.Push)
  const pull = make(ours.Pull)
  await push.bind(inproc(name))
  pull.connect(inproc(name))
  return [push, pull]
}

describe("receive with an AbortSignal", () => {
  it("rejects with the signal's reason when it was aborted before, and takes no message", async () => {
    const [push, pull] = await pair("before")
    await push.send("x")
    const reason = new Error("enough")
    await expect(pull.receive({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(String(await pull.receive())).toBe("x")
  })

  it("rejects when it is aborted while nothing comes, and the next message is not lost", async () => {
    const [push, pull] = await pair("during")
    const controller = new AbortController()
    const receiving = pull.receive({ signal: controller.signal })
    controller.abort()
    await expect(receiving).rejects.toThrow(expect.objectContaining({ name: "AbortError" }) as Error)
    await push.send("x")
    expect(pull.readable).toBe(true)
    expect(String(await pull.receive())).toBe("x")
  })

  it("gets the message that came before the abort, in the same turn", async () => {
    const [push, pull] = await pair("same-turn")
    const controller = new AbortController()
    const receiving = pull.receive({ signal: controller.signal })
    const sending = push.send("x")
    controller.abort()
    await sending
    expect(String(await receiving)).toBe("x")
  })

  it("leaves the message that comes after the abort, in the same turn, to the next receive", async () => {
    const [push, pull] = await pair("same-turn-after")
    const controller = new AbortController()
    const receiving = settled(() => pull.receive({ signal: controller.signal }))
    controller.abort(new Error("enough"))
    const next = pull.receive()
    await push.send("x")
    expect(await receiving).toEqual(["rejects", "Error: enough {}"])
    expect(String(await next)).toBe("x")
  })

  it("is not moved by an abort after the message, and listens to the signal no more", async () => {
    const [push, pull] = await pair("after")
    const controller = new AbortController()
    const receiving = pull.receive({ signal: controller.signal })
    await push.send("x")
    expect(String(await receiving)).toBe("x")
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0)
    const next = pull.receive()
    controller.abort()
    await push.send("y")
    expect(String(await next)).toBe("y")
  })

  it("lets go of the signal at the timeout and at close", async () => {
    const { signal } = new AbortController()
    const pull = make(ours.Pull, { receiveTimeout: 1 })
    await expect(pull.receive({ signal })).rejects.toMatchObject({ code: "EAGAIN" })
    expect(getEventListeners(signal, "abort")).toHaveLength(0)
    pull.receiveTimeout = -1
    const receiving = pull.receive({ signal })
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    pull.close()
    await expect(receiving).rejects.toMatchObject({ code: "EAGAIN" })
    expect(getEventListeners(signal, "abort")).toHaveLength(0)
  })

  it("may wait for one signal in many sockets, and on none once they got what they wait for", async () => {
    const { signal } = new AbortController()
    const warnings: Error[] = []
    const warn = (warning: Error): unknown => warnings.push(warning)
    process.on("warning", warn)
    const pairs = Array.from({ length: 100 }, () => [make(ours.Push), make(ours.Pull)] as const)
    const received: Promise<unknown>[] = []
    for (const [i, [push, pull]] of pairs.entries()) {
      await push.bind(inproc(`many-${i}`))
      pull.connect(inproc(`many-${i}`))
      received.push(pull.receive({ signal }))
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    for (const [push] of pairs) await push.send("x")
    await Promise.all(received)
    expect(getEventListeners(signal, "abort")).toHaveLength(0)
    await turn()
    process.off("warning", warn)
    expect(warnings).toEqual([])
  })

  it("rejects in all sockets that wait for one signal, and again for the next one", async () => {
    for (const reason of ["first", "second"]) {
      const controller = new AbortController()
      const pulls = Array.from({ length: 20 }, () => make(ours.Pull))
      const receiving = pulls.map(pull => settled(() => pull.receive({ signal: controller.signal })))
      controller.abort(new Error(reason))
      for (const each of receiving) expect(await each).toEqual(["rejects", `Error: ${reason} {}`])
    }
  })

  it("takes a signal of another realm", async () => {
    // As pages of jsdom and older implementations have them: no instance of this realm's class, the oldest without a reason.
    class Signal extends EventTarget {
      aborted = false
      reason: unknown
    }
    for (const reason of [new Error("enough"), undefined]) {
      const signal = new Signal()
      const pull = make(ours.Pull)
      const receiving = pull.receive({ signal: signal as unknown as AbortSignal })
      Object.assign(signal, { aborted: true, reason })
      signal.dispatchEvent(new Event("abort"))
      await expect(receiving).rejects.toThrow(reason ?? "This operation was aborted")
      await expect(pull.receive({ signal: signal as unknown as AbortSignal })).rejects.toThrow(
        reason ?? "This operation was aborted",
      )
    }
  })

  it("is free for the next receive as soon as it is aborted", async () => {
    const pull = make(ours.Pull)
    for (let i = 0; i < 100; i++) {
      const controller = new AbortController()
      const receiving = pull.receive({ signal: controller.signal })
      controller.abort(i)
      await expect(receiving).rejects.toBe(i)
    }
  })

  it("works for a Request whose reply is late: the reply is received afterwards", async () => {
    const reply = make(ours.Reply)
    await reply.bind(inproc("late"))
    const request = make(ours.Request)
    request.connect(inproc("late"))
    await request.send("q")
    const controller = new AbortController()
    const receiving = request.receive({ signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(receiving).rejects.toThrow("enough")
    await reply.receive()
    await reply.send("a")
    expect(String(await request.receive())).toBe("a")
  })

  it("checks the signal with the words that native has for arguments", async () => {
    const pull = makeAny(ours, "Pull")
    for (const bad of [{ signal: 5 }, { signal: {} }, { signal: null }, {}]) {
      expect(() => pull.receive(bad)).toThrow("Expected 0 arguments but received 1")
    }
    const { signal } = new AbortController()
    expect(() => pull.receive({ signal }, 1)).toThrow("Expected 0 arguments but received 2")
    const receiving = settled(() => pull.receive({ signal: undefined }))
    pull.close()
    expect(await receiving).toMatchObject(["rejects", expect.stringContaining("EAGAIN")])
  })
})

describe("using", () => {
  // What `using` does, called as it calls it: not every Node.js that may run this can parse the word.
  it("closes a socket at the end of its block", async () => {
    const [push, pull] = await pair("using")
    push[Symbol.dispose]()
    expect(push.closed).toBe(true)
    const closing = pull[Symbol.asyncDispose]()
    expect(pull.closed).toBe(true)
    await closing
  })

  it("may close a socket that is closed", () => {
    const pull = make(ours.Pull)
    pull.close()
    expect(() => {
      pull[Symbol.dispose]()
    }).not.toThrow()
  })

  it("works as a word, once it is compiled for Node.js 20", async () => {
    let kept: ours.Pull | undefined
    {
      using pull = make(ours.Pull)
      kept = pull
      expect(pull.closed).toBe(false)
    }
    expect(kept.closed).toBe(true)
    {
      await using pull = make(ours.Pull)
      kept = pull
    }
    expect(kept.closed).toBe(true)
  })
})

describe("a loop of operations that need not wait", () => {
  it("leaves room for everything else in the process, when sending and when receiving", async () => {
    const [push, pull] = await pair("breathing")
    push.sendHighWaterMark = 0
    let turns = 0
    let over = false
    const count = async (): Promise<void> => {
      while (!over) {
        await turn()
        turns++
      }
    }
    const counting = count()
    for (let i = 0; i < 10_000; i++) await push.send("x")
    expect(turns).toBeGreaterThanOrEqual(3)
    turns = 0
    await take(pull as never, 10_000)
    expect(turns).toBeGreaterThanOrEqual(3)
    over = true
    await counting
  })
})
