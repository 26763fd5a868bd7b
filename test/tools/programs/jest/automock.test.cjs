jest.mock("zmtp")
const zmq = require("zmtp")

test("the whole package can be mocked", async () => {
  const push = new zmq.Push()
  expect(push.bind("tcp://127.0.0.1:1")).toBeUndefined()
  expect(jest.isMockFunction(zmq.Push)).toBe(true)
  expect(zmq.Push.mock.instances[0].bind).toHaveBeenCalledWith("tcp://127.0.0.1:1")
  expect(jest.isMockFunction(zmq.curveKeyPair)).toBe(true)
})
