/**
 * Lazy pirate, the server: squares numbers. `server.ts [n]` crashes when it gets its nth request, before it
 * replies. It knows nothing of retries: reliability is the client's alone.
 */
import { Reply } from "zeromq"

const { SERVER = "tcp://127.0.0.1:5555" } = process.env
const crashAt = Number(process.argv[2] ?? Infinity)

const server = new Reply()
await server.bind(SERVER)
console.log("ready")

let requests = 0
for await (const [request] of server) {
  if (++requests === crashAt) process.exit(1)
  const number = Number(request)
  await server.send(String(number * number))
}
