/* The same under the clock of `node:test`. */
const assert = require("node:assert")
const { mock } = require("node:test")
const { names, play, startClock } = require("./scenarios.cjs")

const [, , when] = process.argv
let zmq
if (when === "after") zmq = require("zmtp")
mock.timers.enable()
if (when === "before") zmq = require("zmtp")
const isReal = startClock()

async function main() {
  for (const name of names) await play(name, zmq).then(() => console.log(name))
  assert(!isReal())
  mock.timers.reset()
  for (const name of names) await play(name, zmq).then(() => console.log(name))
}
void main()
