/** Clone, a writer: `set.ts /tea/green=3 /tea/black=` sets the one entry and deletes the other. */
import { Push } from "zeromq"
import { encode } from "./entry.js"

const { CHANGES = "tcp://127.0.0.1:5558" } = process.env

const changes = new Push()
changes.connect(CHANGES)
for (const change of process.argv.slice(2)) {
  const [key = "", value = ""] = change.split("=")
  await changes.send(encode({ key, sequence: 0n, value }))
}
// What is still on its way is sent before the process ends.
changes.close()
