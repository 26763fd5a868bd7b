/** What does not compile, be it with native's types or with ours. */
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/await-thenable */
/* eslint-disable @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-class-instance-assignment */
import * as zmq from "zeromq"

export async function refused(): Promise<void> {
  const [push, pull, pub, sub] = [new zmq.Push(), new zmq.Pull(), new zmq.Publisher(), new zmq.Subscriber()]
  const [router, stream, events] = [new zmq.Router(), new zmq.Stream(), push.events]
  // @ts-expect-error -- a push socket does not receive
  await push.receive()
  // @ts-expect-error -- nor does a publisher
  await pub.receive()
  // @ts-expect-error -- nor can it be iterated over
  for await (const message of push) console.log(message)
  // @ts-expect-error -- a pull socket does not send
  await pull.send("x")
  // @ts-expect-error -- nor does a subscriber
  await sub.send("x")
  // @ts-expect-error -- a pull socket has nothing to time out
  pull.sendTimeout = 1
  // @ts-expect-error -- a push socket has nothing to receive
  push.receiveHighWaterMark = 1
  // @ts-expect-error -- subscriptions are a subscriber's
  pull.subscribe("x")
  // @ts-expect-error -- only some sockets have an id
  push.routingId = "x"
  // @ts-expect-error -- an option of routers
  console.log(new zmq.Push({ mandatory: true }))
  // @ts-expect-error -- an option that does not exist
  console.log(new zmq.Push({ sendHighWatermark: 1 }))
  // @ts-expect-error -- a number
  push.linger = "1"
  // @ts-expect-error -- a boolean
  router.mandatory = 1
  // @ts-expect-error -- text or null
  push.socksProxy = 1
  // @ts-expect-error -- read-only
  push.lastEndpoint = "x"
  // @ts-expect-error -- read-only, and no option
  console.log(new zmq.Push({ lastEndpoint: "x" }))
  // @ts-expect-error -- read-only
  push.closed = true
  // @ts-expect-error -- not one of the words
  new zmq.XPublisher().verbosity = "all"
  // @ts-expect-error -- a message needs a value
  await push.send()
  // @ts-expect-error -- no function is a message
  await push.send(() => 1)
  // @ts-expect-error -- nor is an object
  await push.send({ a: 1 })
  // @ts-expect-error -- a stream sends two parts
  await stream.send("x")
  // @ts-expect-error -- an address is text
  push.connect(5555)
  // @ts-expect-error -- only routers and streams give ids
  push.connect("tcp://127.0.0.1:1", { routingId: "x" })
  // @ts-expect-error -- no such event
  events.on("connected", () => undefined)
  // @ts-expect-error -- this event has no interval
  events.on("accept", event => event.interval)
  // @ts-expect-error -- made by its socket types only
  console.log(new zmq.Socket())
  // @ts-expect-error -- for subclasses
  push.getInt32Option(17)
  // @ts-expect-error -- read-only
  zmq.context.maxSocketsLimit = 1
  // @ts-expect-error -- the other way round
  const wrong: zmq.Proxy<zmq.Dealer, zmq.Router> = new zmq.Proxy(new zmq.Router(), new zmq.Dealer())
  console.log(wrong)
}
