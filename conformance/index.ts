/** `npm run conformance`: the tool with the adapters of this repository. `conformance/README.md` says how to use it. */
import { ADAPTERS } from "./peers/adapters/index.js"
import { main } from "./tool/main.js"

const status = await main(process.argv.slice(2), {
  command: "npm run conformance --",
  adapters: ADAPTERS,
  note: "",
})
// What a fault has left behind must not hold the process.
process.stdout.write("", () => process.exit(status))
