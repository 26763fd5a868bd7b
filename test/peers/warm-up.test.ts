import { afterEach, expect, it, vi } from "vitest"
import { Acceptor } from "../../src/peers/acceptor.js"
import { SessionPipe } from "../../src/peers/session-pipe.js"
import { warmUp } from "../../src/peers/warm-up.js"

afterEach(() => {
  vi.restoreAllMocks()
})

it("plays a whole connection once, from the greeting to a message, and ends it", () => {
  const connections = vi.spyOn(Acceptor.prototype, "onConnection")
  const established = vi.spyOn(Acceptor.prototype, "establish")
  const ended = vi.spyOn(Acceptor.prototype, "ended")
  const delivered = vi.spyOn(SessionPipe.prototype, "deliver")
  const written = vi.spyOn(SessionPipe.prototype, "taken")
  const lost = vi.spyOn(SessionPipe.prototype, "detach")
  warmUp()
  expect(established).toHaveBeenCalledOnce()
  expect(delivered.mock.calls).toEqual([[[Buffer.of(1)]]])
  expect(written).toHaveBeenCalled()
  expect(lost).toHaveBeenCalledOnce()
  expect(ended).not.toHaveBeenCalled()
  warmUp()
  expect(connections).toHaveBeenCalledOnce()
})
