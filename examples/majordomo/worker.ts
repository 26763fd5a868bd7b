/**
 * Majordomo, a worker: `worker.ts sum [n]` or `worker.ts reverse [n]` offers that service, and crashes when it gets
 * its nth request, before it replies. It takes leave of the broker when it is told to end.
 */
import { Dealer } from "zeromq"
import * as mdp from "./mdp.js"

const { BROKER = "tcp://127.0.0.1:5555" } = process.env
const [service = "sum", crashAt = Infinity] = process.argv.slice(2)

const skills: Record<string, (text: string) => string> = {
  sum: text => String(text.split("+").reduce((sum, term) => sum + Number(term), 0)),
  reverse: text => Array.from(text).reverse().join(""),
}
const perform = skills[service]
if (!perform) throw new Error(`No such service: ${service}`)

let requests = 0
let leaving = false
let leave: (() => void) | undefined

/** Works for the broker on one connection, until either side has enough of the other. */
async function serve(skill: (text: string) => string): Promise<void> {
  const broker = new Dealer()
  const say = (...parts: (Buffer | string)[]) => broker.send(["", mdp.WORKER, ...parts])
  const hangUp = (linger: number) => {
    broker.linger = linger
    broker.close()
  }
  leave = () => void say(mdp.DISCONNECT).then(() => hangUp(1_000))
  broker.connect(BROKER)
  await say(mdp.READY, service)

  let lives = mdp.LIVES
  const pulse = setInterval(() => {
    if (lives-- > 0) void say(mdp.HEARTBEAT)
    else hangUp(0)
  }, mdp.INTERVAL)

  // Closing the socket ends the loop.
  for await (const [, header, command, client, , ...body] of broker) {
    if (String(header) !== mdp.WORKER) continue
    lives = mdp.LIVES
    if (String(command) === mdp.DISCONNECT) hangUp(0)
    if (String(command) !== mdp.REQUEST || !client) continue
    if (++requests === Number(crashAt)) process.exit(1)
    await say(mdp.REPLY, client, "", ...body.map(part => skill(String(part))))
  }
  clearInterval(pulse)
}

process.once("SIGTERM", () => {
  leaving = true
  leave?.()
})

while (!leaving) await serve(perform)
console.log("goodbye")
