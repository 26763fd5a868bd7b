/**
 * How long a subscriber waits for its first message: from `connect` until it has what a publisher in another process
 * sends when the subscription comes. The first connection of two fresh processes, and those that follow.
 */
import { fileURLToPath } from "node:url"
import { Child } from "../child.js"
import { rowOf, type FootprintRow, type Package } from "./row.js"

/** Connections of a pair of processes. */
const COUNT = 200

const script = fileURLToPath(new URL("../dist/footprint-first.js", import.meta.url))

function start(specifier: string, role: "publisher" | "subscriber"): Child {
  return new Child(`${specifier} ${role}`, { file: process.execPath, args: [script, specifier, role] })
}

/** Milliseconds of the first connection, and the median of the others. */
async function measure(specifier: string): Promise<readonly number[]> {
  const [publisher, subscriber] = [start(specifier, "publisher"), start(specifier, "subscriber")]
  try {
    publisher.tell("bind", "tcp://127.0.0.1:*")
    const [endpoint = ""] = await publisher.hear("endpoint")
    subscriber.tell("connect", endpoint)
    await subscriber.hear("connected")
    subscriber.tell("run", 0, COUNT, "all")
    await subscriber.hear("ready")
    return (await subscriber.hear("done")).map(Number)
  } finally {
    await Promise.all([publisher.quit(), subscriber.quit()])
  }
}

/** One row for the first connection, and one for the others. */
export async function firstMessage(
  packages: readonly Package[],
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly FootprintRow[]> {
  const cold = new Map<string, number[]>(packages.map(({ name }) => [name, []]))
  const warm = new Map<string, number[]>(packages.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const { name, specifier } of packages) {
      progress(`connect to first message, round ${round} of ${rounds}, ${name}`)
      const [first = NaN, others = NaN] = await measure(specifier)
      cold.get(name)?.push(first)
      warm.get(name)?.push(others)
    }
  }
  return [
    rowOf("connect to first message, first of two processes", "ms", cold),
    rowOf("connect to first message, later", "ms", warm),
  ]
}
