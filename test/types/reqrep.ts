import * as zmq from "zeromq"

export async function converse(): Promise<string> {
  const client = new zmq.Request({ relaxed: true, correlate: true, probeRouter: false, routingId: "me" })
  const server = new zmq.Reply({ routingId: null, linger: 0 })
  await server.bind("inproc://converse")
  client.connect("inproc://converse")
  await client.send("question")
  const [question] = await server.receive()
  await server.send(["answer to", question as Buffer])
  const [first, second] = await client.receive()
  const id: string | null = client.routingId
  return `${String(first)} ${String(second)} ${String(id)}`
}

export function serve(
  server: zmq.Reply,
  answer: (question: zmq.Message[]) => zmq.MessageLike,
): () => Promise<void> {
  return async () => {
    for await (const question of server) await server.send(answer(question))
  }
}

/** Any socket that both sends and receives. */
type Both = zmq.Socket & zmq.Readable & zmq.Writable

export async function echo<S extends Both>(socket: S): Promise<S> {
  await socket.send(await socket.receive())
  return socket
}

export const echoes: Promise<Both>[] = [
  ...[echo(new zmq.Request()), echo(new zmq.Reply()), echo(new zmq.Dealer()), echo(new zmq.Router())],
  ...[echo(new zmq.Pair()), echo(new zmq.XPublisher()), echo(new zmq.XSubscriber())],
]
