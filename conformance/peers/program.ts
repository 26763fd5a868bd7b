/**
 * What a peer's process does: it reads tasks from stdin, one JSON object a line, and writes answers to stdout. It ends
 * when its stdin does.
 */
import { createInterface } from "node:readline"
import { version } from "../version.js"
import { Host } from "./host.js"
import { loadLibrary, whyNot, type LibraryName } from "./library.js"
import type { Answer, Hello, Request, SocketNotice } from "./protocol.js"

const write = (line: Hello | SocketNotice | Answer) => process.stdout.write(JSON.stringify(line) + "\n")

export async function serve(library: LibraryName): Promise<void> {
  const loaded = await loadLibrary(library).catch((error: unknown) => {
    write({ event: "absent", library, reason: whyNot(error) })
  })
  if (!loaded) return
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
  // What ours exports as its version is that of the libzmq whose place it takes.
  write({ event: "ready", library, version: library === "ours" ? version : loaded.version })
}
