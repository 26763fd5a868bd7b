/**
 * Paranoid pirate, a worker: `worker.ts name [n]` shouts what it is sent, and crashes when it gets its nth request,
 * before it replies. When its queue falls silent it connects anew, until a queue is there again.
 */
import { Dealer } from "zeromq"
import { HEARTBEAT, INTERVAL, LIVES, READY } from "./ppp.js"

const { BACK_END = "tcp://127.0.0.1:5556" } = process.env
const [name = "ann", crashAt = Infinity] = process.argv.slice(2)

let requests = 0

function perform(text: string): string {
  if (++requests === Number(crashAt)) process.exit(1)
  return `${text.toUpperCase()}! (${name})`
}

/** Works for one queue until it falls silent, and tells whether it ever spoke. */
async function serve(): Promise<boolean> {
  const queue = new Dealer({ routingId: name, linger: 0 })
  queue.connect(BACK_END)
  await queue.send(READY)

  let lives = LIVES
  let heard = false
  const pulse = setInterval(() => {
    if (lives-- > 0) void queue.send(HEARTBEAT)
    else queue.close()
  }, INTERVAL)

  // Closing the socket ends the loop.
  for await (const message of queue) {
    lives = LIVES
    heard = true
    // The address of the client, whatever its parts, then an empty part, then the request.
    const delimiter = message.findIndex(part => part.length === 0)
    if (delimiter < 0) continue
    const address = message.slice(0, delimiter + 1)
    const [request] = message.slice(delimiter + 1)
    await queue.send([...address, perform(String(request))])
  }
  clearInterval(pulse)
  return heard
}

for (;;) {
  if (await serve()) console.log("the queue is silent, connecting anew")
}
