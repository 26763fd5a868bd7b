import { beforeAll, expect, test, vi } from "vitest"
import { names, play, startClock } from "./scenarios.mjs"
import { toFake } from "./fakes.mjs"

let zmq
let isReal

beforeAll(async () => {
  vi.useFakeTimers(toFake)
  isReal = startClock()
  zmq = await import("zmtp")
})

test.each(names)("%s", async name => {
  await play(name, zmq)
  expect(isReal()).toBe(false)
})
