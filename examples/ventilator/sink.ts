/** Sink: `sink.ts 3` collects the results of three workers, in whatever order they come, and sends the workers home. */
import { Pull, XPublisher } from "zeromq"

const { RESULTS = "tcp://127.0.0.1:5558", CONTROL = "tcp://127.0.0.1:5559" } = process.env
const workers = Number(process.argv[2] ?? 1)

const results = new Pull()
// Unlike PUB, an XPUB socket learns who has subscribed; a verbose one counts those who ask for the same.
const control = new XPublisher({ verbosity: "allSubs" })
await results.bind(RESULTS)
await control.bind(CONTROL)
console.log("ready")

const counts = new Map<string, number>()
while (counts.size < 60) {
  const [start, primes] = await results.receive()
  counts.set(String(start), Number(primes))
}
const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
console.log(`${total} primes below 60000`)

for (let present = 0; present < workers; present++) await control.receive()
await control.send("stop")
control.close()
results.close()
