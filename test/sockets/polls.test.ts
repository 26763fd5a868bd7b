/** Timeouts of 0: to receive or send what can be received or sent now. A loop of such polls must not keep I/O out. */
import { describe, expect, it } from "vitest"
import { bindTcp, fill, joined, make, makeAny, ours, parity, settled } from "./support.js"

const EAGAIN = expect.objectContaining({ code: "EAGAIN" }) as unknown

/** Polls again and again without waiting for anything else, until an attempt succeeds. */
async function poll<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failed = 0; failed < 100_000; failed++) {
    try {
      return await attempt()
    } catch (error) {
      expect(error).toEqual(EAGAIN)
    }
  }
  throw new Error("All attempts failed")
}

async function connected(): Promise<[ours.Push, ours.Pull]> {
  const pull = make(ours.Pull, { receiveTimeout: 0 })
  const push = make(ours.Push, { sendTimeout: 0 })
  await joined(pull, push)
  return [push, pull]
}

describe("A timeout of 0", () => {
  it("receives what has come and was not read", async () => {
    const [push, pull] = await connected()
    push.trySend("m")
    expect((await pull.receive()).map(String)).toEqual(["m"])
    await expect(pull.receive()).rejects.toEqual(EAGAIN)
  })

  it("lets in a message that a loop of receives waits for", async () => {
    const [push, pull] = await connected()
    const receiving = poll(() => pull.receive())
    setImmediate(() => push.trySend("m"))
    expect((await receiving).map(String)).toEqual(["m"])
  })

  it("lets out what a loop of sends waits for", async () => {
    const pull = make(ours.Pull, { receiveHighWaterMark: 1 })
    const push = makeAny(ours, "Push", { sendHighWaterMark: 1, sendTimeout: 0 })
    push.connect(await bindTcp(pull))
    const body = Buffer.alloc(1_000_000)
    expect(await fill(push, 1000, body)).toBeLessThan(1000)
    const sending = poll(() => push.send(body))
    const read = async (): Promise<void> => {
      for await (const [part] of pull) expect(part).toHaveLength(body.length)
    }
    setImmediate(() => void read())
    expect(await sending).toBe(undefined)
  })

  parity("allows the next operation at once, though nobody waited for the last one", async library => {
    const socket = makeAny(library, "Dealer", { sendTimeout: 0, receiveTimeout: 0 })
    const attempts = [
      () => socket.receive(),
      () => socket.receive(),
      () => socket.send("1"),
      () => socket.send("2"),
    ]
    return { attempts: await Promise.all(attempts.map(settled)) }
  })

  parity("ends when the socket closes", async library => {
    const socket = makeAny(library, "Dealer", { sendTimeout: 0, receiveTimeout: 0 })
    const results = [settled(() => socket.receive()), settled(() => socket.send("m"))]
    socket.close()
    return { results: await Promise.all(results) }
  })
})
