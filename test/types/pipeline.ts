import {
  Pull,
  Push,
  type Message,
  type MessageLike,
  type Readable,
  type SocketOptions,
  type Writable,
} from "zeromq"

const options: SocketOptions<Push> = { sendHighWaterMark: 10, sendTimeout: 100, linger: 0, conflate: true }

export async function pipeline(): Promise<void> {
  const push = new Push(options)
  const pull = new Pull({ receiveTimeout: 100, conflate: false, context: push.context })
  await push.bind("tcp://127.0.0.1:*")
  pull.connect(push.lastEndpoint ?? "")
  const messages: (MessageLike | MessageLike[])[] = [
    ...["text", 1, null, Buffer.alloc(1), new Uint8Array(1), new ArrayBuffer(1), new SharedArrayBuffer(1)],
    [],
    ["text", 2, null, new DataView(new ArrayBuffer(1))],
  ]
  for (const message of messages) await push.send(message)
  const parts: Message[] = await pull.receive()
  const text: string = parts.map(part => part.toString("utf8")).join("")
  for await (const [first, ...rest] of pull) console.log(first, rest.length, text)
  push.close()
}

export async function forward(from: Readable, to: Writable): Promise<void> {
  const parts = await from.receive()
  await to.send(parts)
}

export const forwarding: (from: Pull, to: Push) => Promise<void> = forward
