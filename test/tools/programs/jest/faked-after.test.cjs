/* The clock is fake from the first test on. */
const { names, play, startClock } = require("./scenarios.cjs")

jest.useRealTimers()
const zmq = require("zmtp")

let isReal

beforeAll(() => {
  jest.useFakeTimers({ legacyFakeTimers: globalThis.legacyFakeTimers })
  isReal = startClock()
})

test.each(names)("%s", async name => {
  await play(name, zmq)
  expect(isReal()).toBe(false)
})

test("sockets of before the clock was fake", async () => {
  jest.useRealTimers()
  const [push, pull] = [new zmq.Push(), new zmq.Pull({ receiveTimeout: 20 })]
  await pull.bind("tcp://127.0.0.1:*")
  push.connect(pull.lastEndpoint)
  await push.send("real")
  expect(String(await pull.receive())).toBe("real")
  jest.useFakeTimers({ legacyFakeTimers: globalThis.legacyFakeTimers })
  await push.send("fake")
  expect(String(await pull.receive())).toBe("fake")
  await expect(pull.receive()).rejects.toMatchObject({ code: "EAGAIN" })
  push.close()
  pull.close()
})
