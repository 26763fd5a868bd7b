import { describe, expect, it } from "vitest"
import { DEPARTED_LIMIT, DepartedPipes } from "../../src/peers/departed.js"
import type { SessionPipe } from "../../src/peers/session-pipe.js"

/** A pipe that holds so many bytes until it is read. */
function leaving(bytes: number): SessionPipe & { read(): void } {
  let unread = bytes
  return {
    canRead: () => unread > 0,
    unreadBytes: () => unread,
    read: () => (unread = 0),
  } as unknown as SessionPipe & { read(): void }
}

describe("what departed peers left behind", () => {
  it("is too much only beyond the limit, and no more once enough of it was read", () => {
    const departed = new DepartedPipes()
    const half = leaving(DEPARTED_LIMIT / 2)
    departed.add(half)
    departed.add(leaving(DEPARTED_LIMIT / 2))
    expect(departed.full).toBe(false)
    departed.add(leaving(1))
    expect(departed.full).toBe(true)
    half.read()
    expect(departed.full).toBe(false)
  })

  it("costs nothing to remember once it is read", () => {
    const departed = new DepartedPipes()
    for (let i = 0; i < 10_000; i++) {
      const pipe = leaving(1)
      departed.add(pipe)
      pipe.read()
    }
    const { pipes } = departed as unknown as { pipes: Map<unknown, unknown> }
    expect(pipes.size).toBeLessThan(200)
  })

  it("does not count pipes that hold nothing", () => {
    const departed = new DepartedPipes()
    departed.add(leaving(0))
    expect((departed as unknown as { pipes: Map<unknown, unknown> }).pipes.size).toBe(0)
  })
})
