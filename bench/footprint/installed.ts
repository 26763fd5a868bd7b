/**
 * How many bytes a package brings into node_modules: the files that `npm pack` takes for this one, and what is there
 * for the others, each without and with the packages that it depends on.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import { fileURLToPath } from "node:url"
import type { Absent } from "../sides.js"
import { rowOf, type FootprintRow, type Package } from "./row.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Most bytes that this package may bring, save for its optional part. */
const MOST = 1e6

/** Useful to those who write ZeroMQ libraries; nothing that sends or receives needs it. */
const OPTIONAL = "dist/conformance.mjs"

interface File {
  readonly path: string
  readonly size: number
}

interface Manifest {
  readonly main?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest
}

/** The directory of a package; of a file, that of the package whose main file it is. */
function directoryOf(specifier: string): string | undefined {
  if (specifier === "zmtp") return root
  if (!specifier.startsWith("file:")) return join(root, "node_modules", specifier)
  const file = fileURLToPath(specifier)
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) {
    const { main } = existsSync(join(at, "package.json")) ? manifestOf(at) : {}
    if (main !== undefined && join(at, main) === file) return at
  }
  return undefined
}

/** What `npm pack` would take, without packing it. */
function packed(directory: string): readonly File[] {
  const shell = process.platform === "win32"
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"]
  const output = execFileSync("npm", args, { cwd: directory, shell, stdio: ["ignore", "pipe", "ignore"] })
  const [{ files }] = JSON.parse(output.toString()) as [{ files: readonly File[] }]
  return files
}

/** What lies in a package's directory, save for packages that lie in it. */
function present(directory: string): readonly File[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter(path => !path.split(sep).includes("node_modules"))
    .map(path => ({ path, ...pick(statSync(join(directory, path))) }))
    .filter(({ isFile }) => isFile)
}

function pick(stats: ReturnType<typeof statSync> & object): { size: number; isFile: boolean } {
  return { size: Number(stats.size), isFile: stats.isFile() }
}

const sum = (files: readonly File[]): number => files.reduce((total, { size }) => total + size, 0)

function dependenciesOf(directory: string, known = new Set<string>()): ReadonlySet<string> {
  for (const name of Object.keys(manifestOf(directory).dependencies ?? {})) {
    const [own, shared] = [join(directory, "node_modules", name), join(root, "node_modules", name)]
    const found = existsSync(own) ? own : shared
    if (known.has(found) || !existsSync(found)) continue
    known.add(found)
    dependenciesOf(found, known)
  }
  return known
}

interface Sizes {
  readonly rows: readonly FootprintRow[]
  readonly absent: readonly Absent[]
}

/** Rows for whoever is a package; a build somewhere else has no size of its own. */
export function installed(packages: readonly Package[]): Sizes {
  const needed = new Map<string, readonly number[]>()
  const whole = new Map<string, readonly number[]>()
  const absent: Absent[] = []
  for (const { name, specifier } of packages) {
    const directory = directoryOf(specifier)
    if (directory === undefined || !existsSync(directory)) {
      absent.push({ name: `${name}, installed`, reason: "not the main file of a package" })
      continue
    }
    const isOurs = directory === root || specifier.startsWith("file:")
    const files = isOurs ? packed(directory) : present(directory)
    const others = [...dependenciesOf(directory)].reduce((total, other) => total + sum(present(other)), 0)
    needed.set(name, [sum(files.filter(({ path }) => path !== OPTIONAL))])
    whole.set(name, [sum(files) + others])
  }
  const isMarked = needed.has(packages[0]?.name ?? "")
  return {
    rows: [
      rowOf("installed, without the conformance tool", "bytes", needed, isMarked ? MOST : undefined),
      rowOf("installed, with everything it depends on", "bytes", whole),
    ],
    absent,
  }
}
