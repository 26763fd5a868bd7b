/**
 * Sees to it that what runs is what the sources say: the package as `npm run build` makes it, since that is
 * what users get, and the processes of this directory beside it.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The latest change under a path, or 0 when there is nothing. */
function newest(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => newest(`${path}/${name}`)))
}

function isStale(output: string, ...sources: readonly string[]): boolean {
  return newest(at(output)) <= Math.max(...sources.map(source => newest(at(source))))
}

/**
 * The package, when its build is missing or older than its sources. One of the files written last stands for the
 * build, so that one which failed half-way counts as missing.
 */
export function buildPackage(): void {
  const configuration = ["package.json", "scripts/build.ts"]
  for (const name of ["tsconfig", "tsconfig.cjs", "tsconfig.esm"]) configuration.push(`${name}.json`)
  if (!isStale("dist/index.mjs", "src", ...configuration)) return
  console.log("npm run build")
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" })
}

export function buildProcesses(): void {
  if (!isStale("bench/dist", "bench/processes")) return
  const compiler = at("node_modules/typescript/bin/tsc")
  execFileSync(process.execPath, [compiler, "-p", at("bench/processes")], { cwd: root, stdio: "inherit" })
}

/** The rival in C, compiled when its source is newer; or why there is none. */
export function libzmqProgram(): { readonly file: string } | { readonly reason: string } {
  const sources = ["bench/processes/libzmq.c"]
  const parts = "bench/processes/libzmq"
  const program = `bench/dist/libzmq${process.platform === "win32" ? ".exe" : ""}`
  if (!isStale(program, ...sources, parts)) return { file: at(program) }
  for (const name of readdirSync(at(parts))) if (name.endsWith(".c")) sources.push(`${parts}/${name}`)
  const args = ["-O2", ...sources.map(at), "-o", at(program), "-lzmq"]
  const { error, status } = spawnSync(process.env.CC ?? "cc", args, { stdio: "ignore" })
  if (error !== undefined) return { reason: "no C compiler" }
  return status === 0 ? { file: at(program) } : { reason: "no libzmq, or not its headers" }
}
