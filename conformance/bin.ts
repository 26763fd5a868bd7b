/**
 * `npx zmtp-conformance`: the tool as the package has it, in one file. Of the adapters it has that of the package itself;
 * others live in the repository, or come with `--adapter`.
 */
import { fileURLToPath } from "node:url"
import type { Adapter } from "./peers/adapters/adapter.js"
import { serve } from "./peers/program.js"
import { main } from "./tool/main.js"

/** The argument with which this file starts itself as the peer. */
const AS_PEER = "as-peer"

const ours: Adapter = {
  name: "ours",
  describes: "this package, TypeScript alone",
  prepare: async () => ({
    command: process.execPath,
    args: ["--expose-gc", fileURLToPath(import.meta.url), AS_PEER],
    cwd: process.cwd(),
  }),
}

const NOTE = `The package itself is the only peer that it brings along. The adapters for libzmq, pyzmq, Go, Java and Rust are
in its repository, where npm run conformance plays them; any other comes with --adapter.`

const args = process.argv.slice(2)
if (args[0] === AS_PEER) await serve("ours")
else {
  const status = await main(args, { command: "npx zmtp-conformance", adapters: [ours], note: NOTE })
  // What a fault has left behind must not hold the process.
  process.stdout.write("", () => process.exit(status))
}
