/**
 * Majordomo, a client: `client.ts sum 1+2 3+4` asks the service for each of these in turn. It waits for as long as
 * it takes: the broker keeps requests that no worker can take yet.
 */
import { Request } from "zeromq"
import * as mdp from "./mdp.js"

const { BROKER = "tcp://127.0.0.1:5555" } = process.env
const [service = "sum", ...questions] = process.argv.slice(2)

const broker = new Request()
broker.connect(BROKER)

for (const question of questions) {
  await broker.send([mdp.CLIENT, service, question])
  const [header, name, answer] = await broker.receive()
  if (String(header) !== mdp.CLIENT || String(name) !== service) throw new Error("That is no reply to us.")
  console.log(`${question}: ${String(answer)}`)
}
broker.close()
