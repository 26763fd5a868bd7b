/** Clone, a replica: `watch.ts [/path/]` prints the entries below a path as they are, and then as they change. */
import { show } from "./entry.js"
import { follow } from "./follow.js"

for await (const entry of follow(process.argv[2] ?? "")) console.log(show(entry))
