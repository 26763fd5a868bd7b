/**
 * One end of a flow over a package with the API of `zeromq` 6, in a process of its own: plain `await send` and
 * `await receive`, default options. Which package, which end, how many sockets the many-sided end has and how many
 * topics a subscriber are the arguments, and an option that the PULL is given; nothing here asks which package it is.
 */
import { serve, type End } from "./control.js"
import { proxying } from "./proxy.js"
import { publishing, publishingTopics, subscribing, subscribingTopics } from "./publishing.js"
import { echoing, replying, requesting, requestingMany } from "./requests.js"
import { load, type Zeromq } from "./sockets.js"
import { alone, receiving, sending } from "./streams.js"

type Make = (zmq: Zeromq, sockets: number, topics: number) => End

function many<S>(sockets: number, make: () => S): readonly S[] {
  return Array.from({ length: sockets }, make)
}

const ends: Record<string, Make> = {
  push: zmq => sending(new zmq.Push()),
  pull(zmq) {
    const socket = new zmq.Pull()
    // Earlier builds, with which this one may be compared, do not have it.
    if (option !== undefined) Reflect.set(socket, option, true)
    return receiving(socket)
  },
  dealer: zmq => sending(new zmq.Dealer()),
  router: zmq => receiving(new zmq.Router(), 1),
  request: zmq => requesting(new zmq.Request()),
  reply: replying,
  requesters: (zmq, sockets) => requestingMany(many(sockets, () => new zmq.Request())),
  echo: echoing,
  dealers: (zmq, sockets) => requestingMany(many(sockets, () => new zmq.Dealer())),
  publish: publishing,
  subscribers: subscribing,
  "publish-topics": (zmq, _sockets, topics) => publishingTopics(zmq, topics),
  "subscribe-topics": (zmq, _sockets, topics) => subscribingTopics(zmq, topics),
  proxy: proxying,
  alone,
}

const [specifier = "zmtp", role = "", sockets = "1", topics = "0", option] = process.argv.slice(2)
const make = ends[role]
if (make === undefined) throw new Error(`no such end: ${role}`)
const zmq = await load(specifier)
// Some ends have more sockets than the 1,023 that a context allows.
zmq.context.maxSockets = Math.max(zmq.context.maxSockets, Number(sockets) + 100)
await serve(make(zmq, Number(sockets), Number(topics)))
