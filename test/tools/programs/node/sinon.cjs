/* Plays all scenarios under a clock of Sinon: `node sinon.cjs before|after`. Says which of them came to their end. */
const assert = require("node:assert")
const sinon = require("sinon")
const { names, play, startClock } = require("./scenarios.cjs")

const [, , when] = process.argv
let zmq
if (when === "after") zmq = require("zmtp")
const clock = sinon.useFakeTimers()
if (when === "before") zmq = require("zmtp")
const isReal = startClock()

async function main() {
  for (const name of names) await play(name, zmq).then(() => console.log(name))
  assert(!isReal())
  clock.restore()
  for (const name of names) await play(name, zmq).then(() => console.log(name))
}
void main()
