import { beforeAll, expect, test, vi } from "vitest"
import * as zmq from "zmtp"
import { names, play, startClock } from "./scenarios.mjs"
import { toFake } from "./fakes.mjs"

let isReal

beforeAll(() => {
  vi.useFakeTimers(toFake)
  isReal = startClock()
})

test.each(names)("%s", async name => {
  await play(name, zmq)
  expect(isReal()).toBe(false)
})
