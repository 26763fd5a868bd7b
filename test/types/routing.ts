import { Dealer, Pair, Proxy, Router, Stream, type Message, type SocketOptions } from "zeromq"

const options: SocketOptions<Router> = {
  mandatory: true,
  handover: true,
  probeRouter: true,
  routingId: "router",
}

export async function broker(): Promise<void> {
  const proxy = new Proxy<Router, Dealer>(
    new Router(options),
    new Dealer({ conflate: false, routingId: "d" }),
  )
  await proxy.frontEnd.bind("tcp://*:3001")
  await proxy.backEnd.bind("tcp://*:3002")
  proxy.frontEnd.mandatory = true
  setTimeout(() => {
    proxy.pause()
    proxy.resume()
    proxy.terminate()
  }, 1)
  await proxy.run()
}

export async function route(router: Router, workers: Map<string, Buffer>): Promise<void> {
  router.connect("tcp://127.0.0.1:1")
  router.connect("tcp://127.0.0.1:1", { routingId: "worker" })
  for await (const [id, empty, ...body] of router) {
    if (id === undefined || empty?.length !== 0) continue
    workers.set(id.toString("hex"), id)
    await router.send([id, null, ...body])
  }
}

export async function exclusive(): Promise<Message[]> {
  const [a, b] = [new Pair(), new Pair({ receiveTimeout: 1 })]
  await a.bind("inproc://pair")
  b.connect("inproc://pair")
  await a.send("x")
  return b.receive()
}

export async function raw(): Promise<void> {
  const stream = new Stream({ notify: false })
  stream.connect("tcp://127.0.0.1:80", { routingId: "web" })
  await stream.send(["web", "GET / HTTP/1.0\r\n\r\n"])
  const [id, data]: [Message, Message] = await stream.receive()
  for await (const [from, more] of stream) console.log(from.length, more.length, id.length, data.length)
}
