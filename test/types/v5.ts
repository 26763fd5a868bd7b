import * as zmq from "zeromq/v5-compat.js"

const type: zmq.SocketType = "pull"
const pull: zmq.Socket = zmq.socket(type, { linger: 0, identity: "me" })
const push = zmq.createSocket("push")

pull.on("message", (...parts: Buffer[]) => {
  console.log(parts.map(String))
})
pull.bind("tcp://127.0.0.1:*", error => {
  if (error) throw error
  push.connect(String(pull.getsockopt(zmq.ZMQ_LAST_ENDPOINT)))
  push.send("first", zmq.ZMQ_SNDMORE).send(["second", Buffer.alloc(1)], null, sent => {
    console.log(sent?.message)
  })
})
pull.monitor(100, 0).on("accept", (value: unknown, address: string) => {
  console.log(value, address)
})
pull.setsockopt("linger", 0).setsockopt(zmq.ZMQ_RCVHWM, 10).unmonitor()
pull.linger = 1
const sub = zmq.socket("sub").subscribe("a").unsubscribe("a")
zmq.proxy(zmq.socket("xpub"), zmq.socket("xsub"), sub)
zmq.Context.setMaxThreads(zmq.Context.getMaxThreads())
zmq.Context.setMaxSockets(zmq.Context.getMaxSockets())
export const keys: { public: string; secret: string } = zmq.curveKeypair()
export const numbers: [17, 8, 2, 1] = [zmq.ZMQ_LINGER, zmq.ZMQ_PUSH, zmq.ZMQ_SNDMORE, zmq.ZMQ_CAN_MONITOR]
export const names: number = zmq.options.linger + zmq.options._fd
export const versions: string = zmq.version
export const states: boolean[] = [pull.closed, pull.close().closed]
// @ts-expect-error -- no such type
zmq.socket("nonsense")
// @ts-expect-error -- no such option
pull.getsockopt("nonsense")
// @ts-expect-error -- read-only
pull.closed = true
