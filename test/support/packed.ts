/**
 * The package as a stranger gets it: built and packed, once in a run of the tests, by the first file of tests that asks.
 */
import { execFile } from "node:child_process"
import { once } from "node:events"
import { existsSync, watch } from "node:fs"
import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { inject } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

/** Runs a program to its end and gives what it printed; what npm told this process does not reach it. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const shell = command === "npm" && process.platform === "win32"
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env, shell, encoding: "utf8" })
    return stdout
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string }
    throw new Error(`${message}\n${stdout ?? ""}`, { cause: error })
  }
}

export interface Packed {
  /** What is in the tarball, unpacked. */
  readonly directory: string
  readonly tarball: string
}

export async function packed(): Promise<Packed> {
  const home = inject("runDirectory")
  const directory = join(home, "package")
  const outcome = join(home, "packed.json")
  const first = await mkdir(directory).then(
    () => true,
    () => false,
  )
  if (first) await report(outcome, pack(directory))
  const { tarball, failure } = await reported(outcome)
  if (tarball === undefined) throw new Error(failure)
  return { directory, tarball: join(directory, tarball) }
}

/** Builds and packs into a directory; gives the tarball's name. */
async function pack(directory: string): Promise<string> {
  await run(root, process.execPath, "--import", tsx, "scripts/build.ts", join(directory, "dist"))
  for (const file of ["package.json", "LICENSE", "README.md"])
    await cp(join(root, file), join(directory, file))
  return (await run(directory, "npm", "pack", "--silent")).trim()
}

interface Outcome {
  tarball?: string
  failure?: string
}

async function report(file: string, packing: Promise<string>): Promise<void> {
  const outcome = await packing.then(
    (tarball): Outcome => ({ tarball }),
    (error: unknown): Outcome => ({ failure: String(error) }),
  )
  // Renamed, so that nobody reads half of it.
  await writeFile(`${file}.new`, JSON.stringify(outcome))
  await rename(`${file}.new`, file)
}

/** Waits for the process that packs, which may be another. */
async function reported(file: string): Promise<Outcome> {
  const watcher = watch(dirname(file))
  try {
    while (!existsSync(file)) await once(watcher, "change")
  } finally {
    watcher.close()
  }
  return JSON.parse(await readFile(file, "utf8")) as Outcome
}
