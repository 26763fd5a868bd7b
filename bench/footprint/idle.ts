/**
 * What sockets cost in memory that are connected and have nothing to do: a thousand DEALERs in one process, each
 * connected over TCP to one ROUTER in another. A few more come first, so that what the first one costs is not divided
 * among all. What the system holds for a connection is not seen, nor what native code holds outside of V8's heap: there
 * only what is resident compares.
 */
import { fileURLToPath } from "node:url"
import { Child } from "../child.js"
import { rowOf, type FootprintRow, type Package } from "./row.js"

/** One context of libzmq holds 1,023 sockets. */
const COUNT = 1_000
const FIRST = 20

const script = fileURLToPath(new URL("../dist/footprint-idle.js", import.meta.url))

function start(specifier: string, role: "dealers" | "router"): Child {
  return new Child(`${specifier} ${role}`, {
    file: process.execPath,
    args: ["--expose-gc", script, specifier, role],
  })
}

/** What a process reports to have grown by, for each socket or connection. */
interface Growth {
  readonly used: number
  readonly resident: number
}

async function growth(child: Child): Promise<Growth> {
  const [used = NaN, resident = NaN] = (await child.hear("done", 60)).map(Number)
  return { used: used / COUNT, resident: resident / COUNT }
}

/** Growth of the connecting process and of the bound one. */
async function measure(specifier: string): Promise<readonly [Growth, Growth]> {
  const [router, dealers] = [start(specifier, "router"), start(specifier, "dealers")]
  try {
    router.tell("bind", "tcp://127.0.0.1:*")
    const [endpoint = ""] = await router.hear("endpoint")
    dealers.tell("connect", endpoint)
    await dealers.hear("connected")
    let grown: readonly [Growth, Growth] | undefined
    for (const count of [FIRST, COUNT]) {
      for (const child of [router, dealers]) {
        child.tell("run", 1, count, "all")
        await child.hear("ready")
      }
      grown = await Promise.all([growth(dealers), growth(router)])
    }
    return grown as readonly [Growth, Growth]
  } finally {
    await Promise.all([dealers.quit(), router.quit()])
  }
}

const FIGURES = ["resident", "used"] as const

/** Two rows for each end: what the system sees of all of them, and what this package's process counts itself. */
export async function idle(
  packages: readonly Package[],
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly FootprintRow[]> {
  const taken = new Map<string, Map<string, number[]>>()
  const take = (row: string, side: string, figure: number): void => {
    const sides = taken.get(row) ?? new Map<string, number[]>()
    taken.set(row, sides.set(side, [...(sides.get(side) ?? []), figure]))
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { name, specifier }] of packages.entries()) {
      progress(`idle sockets, round ${round} of ${rounds}, ${name}`)
      const [dealer, connection] = await measure(specifier)
      for (const figure of FIGURES) {
        if (figure === "used" && index > 0) continue
        const what = figure === "used" ? "heap and buffers" : "resident"
        take(`an idle DEALER, ${what}`, name, dealer[figure])
        take(`an idle connection of a ROUTER, ${what}`, name, connection[figure])
      }
    }
  }
  return [...taken].map(([name, sides]) => rowOf(name, "bytes", sides))
}
