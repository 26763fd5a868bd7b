/**
 * How the runner talks to a process that plays one end of a flow: lines of plain words on standard input and
 * output, so that the process may be written in any language. It knows no sockets and takes no time.
 *
 *     bind <endpoint>          -> endpoint <endpoint, as it is to be connected to>
 *     connect <endpoint>       -> connected
 *     run <size> <count> <all|cheap>
 *                              -> ready, then done <numbers>
 *     cpu                      -> cpu <microseconds that the process has had, user and system>
 *     (end of input)           the process closes its socket and exits
 *
 * What went wrong is answered by `error <text>`, and ends the process.
 */
import { createInterface } from "node:readline"

/** How closely a run looks at what arrives: every byte of it, or what costs a few nanoseconds a message. */
export type Check = "all" | "cheap"

/** One end of a flow. */
export interface End {
  bind(endpoint: string): Promise<string>
  connect(endpoint: string): Promise<void>
  /** One batch of messages or round trips; what it measured goes to the runner. */
  run(size: number, count: number, check: Check): Promise<readonly number[]>
  close(): void
}

function say(...words: readonly (string | number)[]): void {
  process.stdout.write(`${words.join(" ")}\n`)
}

async function obey(end: End, line: string): Promise<void> {
  const [command, ...words] = line.split(" ")
  switch (command) {
    case "bind":
      return say("endpoint", await end.bind(words[0] ?? ""))
    case "connect":
      await end.connect(words[0] ?? "")
      return say("connected")
    case "run": {
      const running = end.run(Number(words[0]), Number(words[1]), words[2] === "all" ? "all" : "cheap")
      say("ready")
      return say("done", ...(await running))
    }
    case "cpu": {
      const { user, system } = process.cpuUsage()
      return say("cpu", user + system)
    }
    default:
      throw new Error(`unknown command: ${line}`)
  }
}

/** Serves the runner until it closes standard input. */
export async function serve(end: End): Promise<void> {
  try {
    for await (const line of createInterface({ input: process.stdin })) await obey(end, line)
    end.close()
  } catch (error) {
    say("error", error instanceof Error ? error.message : String(error))
    process.exitCode = 1
    process.stdin.destroy()
    end.close()
  }
}
