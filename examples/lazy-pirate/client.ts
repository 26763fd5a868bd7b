/**
 * Lazy pirate, the client: asks for the square of each number it is given, as in `client.ts 1 2 3`. When no reply
 * comes in time it asks again, on a new socket, because a REQ socket that has sent can do nothing but wait. After
 * some tries it gives up.
 */
import { Request } from "zeromq"

const { SERVER = "tcp://127.0.0.1:5555" } = process.env
const PATIENCE = 1_500 // milliseconds
const TRIES = 20

function connect(): Request {
  const socket = new Request({ receiveTimeout: PATIENCE, linger: 0 })
  socket.connect(SERVER)
  return socket
}

let server = connect()

async function ask(question: string): Promise<string | undefined> {
  for (let tries = 1; tries <= TRIES; tries++) {
    await server.send(question)
    try {
      const [answer] = await server.receive()
      return `${String(answer)}${tries > 1 ? ", but I had to ask again" : ""}`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
      server.close()
      server = connect()
    }
  }
  return undefined
}

for (const number of process.argv.slice(2)) {
  const answer = await ask(number)
  console.log(`${number}: ${answer ?? "no answer, however often I ask"}`)
  if (answer === undefined) break
}
server.close()
