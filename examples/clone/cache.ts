/**
 * Clone, a last-value cache: a replica that publishes in its turn. Whoever subscribes to a key gets its last value at
 * once and every change after that, with a plain SUB socket, and even while the server is away.
 */
import { XPublisher } from "zeromq"
import { encode, type Entry } from "./entry.js"
import { follow } from "./follow.js"

const { VIEWS = "tcp://127.0.0.1:5559" } = process.env

// An XPUB socket receives subscriptions; a verbose one also those that some other viewer has already made.
const views = new XPublisher({ verbosity: "allSubs" })
await views.bind(VIEWS)

const table = new Map<string, Entry>()

async function publishChanges(): Promise<void> {
  for await (const entry of follow("")) {
    table.set(entry.key, entry)
    await views.send(encode(entry))
  }
}

/** The values reach all who look at the same key; those that have them know by their numbers. */
async function publishLastValues(): Promise<void> {
  for await (const [subscription] of views) {
    if (subscription?.[0] !== 1) continue
    const key = String(subscription.subarray(1))
    for (const entry of table.values()) if (entry.key.startsWith(key)) await views.send(encode(entry))
  }
}

await Promise.all([publishChanges(), publishLastValues()])
