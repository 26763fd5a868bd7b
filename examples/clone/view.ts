/** Clone, a viewer: `view.ts /tea/green` prints the last value of one key that the cache has, and each after it. */
import { Subscriber } from "zeromq"
import { decode, show } from "./entry.js"

const { VIEWS = "tcp://127.0.0.1:5559" } = process.env

const views = new Subscriber()
views.connect(VIEWS)
views.subscribe(process.argv[2] ?? "")

let last = 0n
for await (const message of views) {
  const entry = decode(message)
  if (entry.sequence <= last) continue
  last = entry.sequence
  console.log(show(entry))
}
