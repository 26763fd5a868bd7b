/**
 * Ventilator: `ventilator.ts 3` waits for three workers, then shares out the work among them in turn: to count the
 * primes below 60,000, a thousand numbers a task.
 */
import { Push } from "zeromq"

const { TASKS = "tcp://127.0.0.1:5557" } = process.env
const expected = Number(process.argv[2] ?? 1)

const tasks = new Push()
const { events } = tasks
await tasks.bind(TASKS)

// Whoever comes first would else get all of it.
for (let workers = 0; workers < expected;) {
  if ((await events.receive()).type === "handshake") workers++
}

for (let start = 0; start < 60_000; start += 1_000) await tasks.send(String(start))
console.log("60 tasks sent")
tasks.close()
