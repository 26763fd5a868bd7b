/**
 * A peer in a process of its own: reads tasks from stdin, one JSON object a line, and writes answers to stdout.
 * `node --import tsx conformance/peers/peer.ts ours|native`. It ends when its stdin does.
 */
import { createInterface } from "node:readline"
import { Host } from "./host.js"
import { loadLibrary, whyNot, type LibraryName } from "./library.js"
import type { Answer, Hello, Request, SocketNotice } from "./protocol.js"

const write = (line: Hello | SocketNotice | Answer) => process.stdout.write(JSON.stringify(line) + "\n")

const library: LibraryName = process.argv[2] === "native" ? "native" : "ours"
const loaded = await loadLibrary(library).catch((error: unknown) => {
  write({ event: "absent", library, reason: whyNot(error) })
})

if (loaded) {
  const host = new Host(loaded, write)
  const perform = async ({ id, task, ...fields }: Request) => {
    try {
      write({ id, ok: await host.call(task, fields) })
    } catch (error) {
      const { message, code } = error as Error & { code?: string }
      write({ id, error: { message, ...(code ? { code } : {}) } })
    }
  }
  const lines = createInterface({ input: process.stdin })
  lines.on("line", line => void perform(JSON.parse(line) as Request))
  // Messages and pending receives would hold the process; nobody is left to want them.
  lines.on("close", () => process.exit(0))
  write({ event: "ready", library, version: loaded.version })
}
