/* The clock is fake before any file of the test is loaded: `fakeTimers.enableGlobally` of the configuration. */
const { names, play, startClock } = require("./scenarios.cjs")
const zmq = require("zmtp")

const isReal = startClock()

test.each(names)("%s", async name => {
  await play(name, zmq)
  expect(isReal()).toBe(false)
})
