import { Publisher, Subscriber, XPublisher, XSubscriber, type SocketOptions } from "zeromq"

const options: SocketOptions<XPublisher> = {
  verbosity: "allSubsUnsubs",
  manual: true,
  noDrop: true,
  welcomeMessage: null,
  invertMatching: false,
}

export async function news(): Promise<void> {
  const publisher = new Publisher({ noDrop: true, conflate: true, invertMatching: false })
  const subscriber = new Subscriber({ conflate: true, invertMatching: false, receiveHighWaterMark: 1 })
  subscriber.subscribe()
  subscriber.subscribe("a", Buffer.from("b"))
  subscriber.unsubscribe("a", Buffer.from("b"))
  await publisher.send(["a", "news"])
  const [topic] = await subscriber.receive()
  console.log(topic?.toString())
}

export async function forwarder(): Promise<void> {
  const [front, back] = [new XPublisher(options), new XSubscriber({ receiveTimeout: 1, sendTimeout: 1 })]
  front.verbosity = null
  for await (const subscription of front) await back.send(subscription)
  for await (const [topic, body] of back) await front.send([topic ?? "", body ?? null])
}
