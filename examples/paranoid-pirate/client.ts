/**
 * Paranoid pirate, a client: sends each word it is given, as in `client.ts ahoy land`, and repeats it until a reply
 * comes. A relaxed REQ socket may send again without a reply, and a correlated one drops replies to earlier tries.
 */
import { Request } from "zeromq"

const { FRONT_END = "tcp://127.0.0.1:5555" } = process.env
const PATIENCE = 2_500 // milliseconds

const queue = new Request({ relaxed: true, correlate: true, receiveTimeout: PATIENCE, linger: 0 })
queue.connect(FRONT_END)

async function ask(question: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    await queue.send(question)
    try {
      const [answer] = await queue.receive()
      return `${String(answer)}${tries > 1 ? ", but I had to ask again" : ""}`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
    }
  }
}

for (const word of process.argv.slice(2)) console.log(`${word}: ${await ask(word)}`)
queue.close()
