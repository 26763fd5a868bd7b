/* Is compiled to CommonJS first, where `import * as` gives what `require` gives, or a copy of it. */
import * as zmq from "zmtp"
import * as draft from "zmtp/draft"
import * as v5 from "zmtp/v5-compat"
import * as wire from "zmtp/wire"
import { deliver } from "./program.cjs"

const doors = { zmq, draft, v5, wire }

test.each(Object.keys(doors))("all that %s exports can be replaced", door => {
  const exported = doors[door]
  for (const [name, before] of Object.entries(exported)) {
    if (typeof before === "function") jest.spyOn(exported, name)
    else jest.replaceProperty(exported, name, "replaced")
    expect(exported[name]).not.toBe(before)
    jest.restoreAllMocks()
    expect(exported[name]).toBe(before)
  }
})

test("a program gets the class that a test puts in its place", async () => {
  const send = jest.fn()
  const made = jest.spyOn(zmq, "Push").mockImplementation(() => ({ connect: jest.fn(), send }))
  await deliver("tcp://127.0.0.1:1", "x")
  expect(made).toHaveBeenCalledTimes(1)
  expect(send).toHaveBeenCalledWith("x")
  made.mockRestore()
  const push = new zmq.Push()
  expect(push).toBeInstanceOf(zmq.Socket)
  push.close()
})

test("a function can be watched", () => {
  const watched = jest.spyOn(zmq, "curveKeyPair")
  expect(zmq.curveKeyPair().publicKey).toHaveLength(40)
  expect(watched).toHaveBeenCalledTimes(1)
})
