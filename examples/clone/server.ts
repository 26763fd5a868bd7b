/**
 * Clone, the server: owns a table of keys and values. It numbers the changes that anybody sends, publishes them, and
 * gives newcomers a snapshot of what is there, or of the keys below one path. Changes come over PUSH and PULL, which
 * lose none, where RFC 12/CHP has PUB and SUB.
 */
import { Publisher, Pull, Router } from "zeromq"
import { HUGZ, ICANHAZ, KTHXBAI, decode, encode, show, type Entry } from "./entry.js"

const {
  SNAPSHOTS = "tcp://127.0.0.1:5556",
  UPDATES = "tcp://127.0.0.1:5557",
  CHANGES = "tcp://127.0.0.1:5558",
} = process.env

// A router drops what a full queue cannot take, and a snapshot must arrive whole: no limit.
const snapshots = new Router({ sendHighWaterMark: 0 })
const updates = new Publisher()
const changes = new Pull()
await snapshots.bind(SNAPSHOTS)
await updates.bind(UPDATES)
await changes.bind(CHANGES)

/** By key, the oldest first. */
const table = new Map<string, Entry>()
let sequence = 0n

async function giveSnapshots(): Promise<void> {
  for await (const [client, command, path] of snapshots) {
    if (!client || String(command) !== ICANHAZ) continue
    const end = encode({ key: KTHXBAI, sequence, value: String(path) })
    const entries = [...table.values()].filter(({ key }) => key.startsWith(String(path)))
    for (const entry of entries) await snapshots.send([client, ...encode(entry)])
    await snapshots.send([client, ...end])
  }
}

async function takeChanges(): Promise<void> {
  for await (const change of changes) {
    const entry = { ...decode(change), sequence: ++sequence }
    table.delete(entry.key)
    if (entry.value !== "") table.set(entry.key, entry)
    await updates.send(encode(entry))
    console.log(show(entry))
  }
}

setInterval(() => void updates.send(encode({ key: HUGZ, sequence: 0n, value: "" })), 100)

console.log("ready")
await Promise.all([giveSnapshots(), takeChanges()])
