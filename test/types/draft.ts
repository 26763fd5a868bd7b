import type { Message } from "zeromq"
import { Client, Datagram, Dish, Gather, Radio, Scatter, Server } from "zeromq/draft.js"

export async function serve(): Promise<void> {
  const [server, client] = [new Server({ linger: 0 }), new Client({ receiveTimeout: 1 })]
  await client.send("question")
  const [question, { routingId }] = await server.receive()
  await server.send(question.toString(), { routingId })
  const [answer]: [Message] = await client.receive()
  for await (const [more, { routingId: id }] of server) console.log(more.length, id.toFixed(), answer)
}

export async function broadcast(): Promise<void> {
  const [radio, dish] = [new Radio({ sendTimeout: 1 }), new Dish()]
  dish.join("news", Buffer.from("weather"))
  dish.leave("weather")
  await radio.send("rain", { group: "news" })
  const [message, { group }] = await dish.receive()
  console.log(message.length, group.toString())
}

export async function scatter(): Promise<Message> {
  const [out, into] = [new Scatter({ conflate: true }), new Gather({ conflate: true })]
  await out.send("x")
  const [message] = await into.receive()
  return message
}

export async function datagrams(): Promise<void> {
  const datagram = new Datagram()
  for await (const [address, body] of datagram) await datagram.send([address, body])
}
