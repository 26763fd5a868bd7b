/**
 * What loading a package adds to a program: the time of a whole process that does nothing else, from its start to its
 * exit, beyond that of one that does nothing. They take turns, so that each is compared with a neighbour in time.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { spreadOf } from "../findings.js"
import { rowOf, type FootprintRow, type Package } from "./row.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Most milliseconds that loading this package may take. */
const MOST = 15

type Way = "import" | "require"

/** The program, as arguments of plain Node.js; the empty one when there is nothing to load. */
function program(way: Way, specifier: string | undefined): readonly string[] {
  if (way === "import") {
    const text = specifier === undefined ? "" : `import ${JSON.stringify(specifier)}`
    return ["--input-type=module", "--eval", text]
  }
  if (specifier === undefined) return ["--eval", ""]
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier
  return ["--eval", `require(${JSON.stringify(path)})`]
}

/** Milliseconds from the start of a process to its end. */
function timeOf(way: Way, specifier: string | undefined): number {
  const start = process.hrtime.bigint()
  // Where a program is given as text, modules are looked for from the working directory.
  const { status } = spawnSync(process.execPath, program(way, specifier), { cwd: root, stdio: "ignore" })
  if (status !== 0) throw new Error(`${way} of ${specifier ?? "nothing"} ended with ${status ?? "a signal"}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

/** One row each for `import` and `require`. */
export function startUp(
  packages: readonly Package[],
  rounds: number,
  progress: (text: string) => void,
): readonly FootprintRow[] {
  return (["import", "require"] as const).map(way => {
    const empty: number[] = []
    const beyond = new Map<string, number[]>(packages.map(({ name }) => [name, []]))
    for (let round = 0; round <= rounds; round++) {
      progress(`${way}, round ${round} of ${rounds}`)
      for (const { name, specifier } of packages) {
        const nothing = timeOf(way, undefined)
        const something = timeOf(way, specifier)
        // The first round finds the files outside the system's cache.
        if (round === 0) continue
        empty.push(nothing)
        beyond.get(name)?.push(something - nothing)
      }
    }
    const start = spreadOf(empty).median.toFixed(0)
    return rowOf(`${way}, beyond the ${start} ms of an empty program`, "ms", beyond, MOST)
  })
}
