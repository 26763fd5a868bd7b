/**
 * What programs do with sockets while their clock is a fake one. Plain CommonJS, which every test tool loads as it loads a
 * program's files. No step needs the program's clock: all of it works with the native package too.
 */
"use strict"

const net = require("node:net")

/** Each with what it comes to. `make` gives sockets, which are closed afterwards. */
const scenarios = {
  "a round trip": {
    expected: "answer",
    async steps(make) {
      const [reply, request] = [make("Reply"), make("Request")]
      await reply.bind("tcp://127.0.0.1:*")
      request.connect(reply.lastEndpoint)
      await request.send("question")
      await reply.receive()
      await reply.send("answer")
      return String(await request.receive())
    },
  },

  "5,000 messages, sent in a loop and received in one": {
    expected: 5000,
    async steps(make) {
      const [push, pull] = [make("Push", { sendHighWaterMark: 0 }), make("Pull")]
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint)
      for (let i = 0; i < 5000; i++) await push.send("x")
      let received = 0
      while (received < 5000) received += (await pull.receive()).length
      return received
    },
  },

  "receiveTimeout and sendTimeout": {
    expected: ["EAGAIN", "EAGAIN"],
    async steps(make) {
      const [pull, push] = [make("Pull", { receiveTimeout: 20 }), make("Push", { sendTimeout: 20 })]
      return [await failureOf(pull.receive()), await failureOf(push.send("x"))]
    },
  },

  "a peer that comes later": {
    expected: "kept",
    async steps(make) {
      const [early, late] = [make("Push", { reconnectInterval: 20 }), make("Pull")]
      const address = `tcp://127.0.0.1:${await freePort()}`
      const refused = nextEvent(early, "connect:retry")
      early.connect(address)
      await refused
      await early.send("kept")
      await late.bind(address)
      return String(await late.receive())
    },
  },

  "a peer that is lost and found again": {
    expected: ["one", "two"],
    async steps(make) {
      const [push, first, second] = [make("Push", { reconnectInterval: 20 }), make("Pull"), make("Pull")]
      await first.bind("tcp://127.0.0.1:*")
      const address = first.lastEndpoint
      push.connect(address)
      await push.send("one")
      const received = [String(await first.receive())]
      const lost = nextEvent(push, "disconnect")
      first.close()
      await lost
      await second.bind(address)
      await push.send("two")
      return [...received, String(await second.receive())]
    },
  },

  "a peer that does not answer heartbeats": {
    expected: "disconnect",
    async steps(make) {
      const pull = make("Pull", { heartbeatInterval: 20, heartbeatTimeout: 40 })
      await pull.bind("tcp://127.0.0.1:*")
      const lost = nextEvent(pull, "disconnect")
      const silent = net.connect(Number(pull.lastEndpoint.split(":").at(-1)), "127.0.0.1")
      const greeting = Buffer.alloc(64)
      greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1])
      greeting.write("NULL", 12)
      silent.write(greeting)
      silent.write(Buffer.from("\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH", "latin1"))
      silent.resume()
      const { type } = await lost
      silent.destroy()
      return type
    },
  },

  "a proxy that is terminated": {
    expected: "request",
    async steps(make, zmq) {
      const proxy = new zmq.Proxy(make("Router"), make("Dealer"))
      await proxy.frontEnd.bind("tcp://127.0.0.1:*")
      await proxy.backEnd.bind("tcp://127.0.0.1:*")
      const [request, reply] = [make("Request"), make("Reply")]
      request.connect(proxy.frontEnd.lastEndpoint)
      reply.connect(proxy.backEnd.lastEndpoint)
      const running = proxy.run()
      await request.send("request")
      const received = String(await reply.receive())
      proxy.terminate()
      await running
      return received
    },
  },

  "messages that linger": {
    expected: "99",
    async steps(make) {
      const [push, pull] = [make("Push", { linger: 10_000 }), make("Pull")]
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint)
      for (let i = 0; i < 100; i++) await push.send(String(i))
      push.close()
      for (let i = 0; i < 99; i++) await pull.receive()
      return String(await pull.receive())
    },
  },

  "an endpoint that is unbound and bound again": {
    expected: true,
    async steps(make) {
      const pull = make("Pull")
      await pull.bind("tcp://127.0.0.1:*")
      const address = pull.lastEndpoint
      await pull.unbind(address)
      await pull.bind(address)
      return pull.lastEndpoint === address
    },
  },

  "an error of the system": {
    expected: "EADDRINUSE",
    async steps(make) {
      const [first, second] = [make("Pull"), make("Pull")]
      await first.bind("tcp://127.0.0.1:*")
      return failureOf(second.bind(first.lastEndpoint))
    },
  },

  "a subscription over inproc": {
    expected: "news",
    async steps(make) {
      const [publisher, subscriber] = [make("XPublisher"), make("Subscriber")]
      await publisher.bind("inproc://scenario")
      subscriber.connect("inproc://scenario")
      subscriber.subscribe("n")
      await publisher.receive()
      await publisher.send("news")
      return String(await subscriber.receive())
    },
  },
}

async function failureOf(promise) {
  try {
    await promise
    return undefined
  } catch (error) {
    return error.code
  }
}

function nextEvent(socket, type) {
  return new Promise(resolve => socket.events.on(type, resolve))
}

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1")
  await new Promise(resolve => server.on("listening", resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

exports.names = Object.keys(scenarios)

/** Sets a timer of the program, and gives whether it has fired: it never does under a fake clock, however long all takes. */
exports.startClock = () => {
  let fired = false
  setTimeout(() => {
    fired = true
  }, 1)
  return () => fired
}

/** Plays one; rejects when it comes to something else. */
exports.play = async (name, zmq) => {
  const sockets = []
  const make = (type, options) => {
    const socket = new zmq[type]({ linger: 0, ...options })
    sockets.push(socket)
    return socket
  }
  const { steps, expected } = scenarios[name]
  try {
    const [outcome, right] = [await steps(make, zmq), expected].map(value => JSON.stringify(value))
    if (outcome !== right) throw new Error(`${outcome} and not ${right}`)
  } finally {
    for (const socket of sockets) socket.close()
  }
}
