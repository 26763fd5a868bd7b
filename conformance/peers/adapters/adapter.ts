/**
 * What an adapter is: a peer on another implementation of ZeroMQ, and how to get its program ready to start. Here are
 * also the means to it: running a toolchain, and building once what several runs use. No language is known here.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { PeerAbsent, type Launch } from "../driver.js"

const PEERS = fileURLToPath(new URL("../", import.meta.url))
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/zmtp-conformance/", import.meta.url))
const SECOND = 1000

export interface Adapter {
  /** What the tables call it, and what `--peer` selects. */
  readonly name: string
  /** The library, its language and what it stands on, in a few words. */
  readonly describes: string
  /**
   * How to start it, after a build where it needs one. Rejects with {@link PeerAbsent} where a toolchain, a library or
   * the network is missing; any other error is a fault of the adapter.
   */
  prepare(options?: Preparation): Promise<Launch>
}

export interface Preparation {
  /** When false, an adapter that would have to be built first is absent. The default is true. */
  readonly build?: boolean
}

export interface RunOptions {
  readonly cwd?: string
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** In milliseconds; a minute when absent. */
  readonly timeout?: number
}

/** A command that could not start, failed or took too long. */
export class CommandFailed extends Error {
  override name = "CommandFailed"
  /** `ENOENT` when there is no such command, `ETIMEDOUT` when it took too long. */
  readonly code: string | undefined
  /** What it wrote to stderr. */
  readonly stderr: string

  constructor(line: string, code: string | undefined, stderr: string) {
    super(`${line}: ${why(code) ?? stderr.trim()}`)
    this.code = code
    this.stderr = stderr
  }
}

function why(code: string | undefined): string | undefined {
  if (code === "ENOENT") return "no such command"
  return code === "ETIMEDOUT" ? "took too long" : undefined
}

/** Runs a command without a shell; resolves with what it wrote to stdout, without the space around it. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd = PEERS, env = {}, timeout = 60 * SECOND } = options
  return new Promise((resolve, reject) => {
    const settings = { cwd, env: { ...process.env, ...env }, timeout, maxBuffer: 64 * 1_048_576 }
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim())
      const code = error.killed ? "ETIMEDOUT" : error.code === "ENOENT" ? error.code : undefined
      reject(new CommandFailed([command, ...args].join(" "), code, stderr || error.message))
    })
  })
}

/** Like {@link run}, but its failure means that the peer is absent, for this reason. */
export async function need(
  reason: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  try {
    return await run(command, args, options)
  } catch (error) {
    if (error instanceof CommandFailed) throw new PeerAbsent(reason, { cause: error })
    throw error
  }
}

/**
 * Builds into a directory that is kept for as long as its inputs stay the same, and resolves with its path. Of several
 * processes that need the same build one builds, and the others wait for it.
 *
 * @param inputs Files and directories, relative to `conformance/peers/`, that the build is made from.
 * @param build Fills the directory that it is given. What it throws is passed on, and nothing is kept.
 * @param toolchain What else the result depends on, such as the compiler's version.
 */
export async function buildOnce(
  name: string,
  inputs: readonly string[],
  build: (directory: string) => Promise<void>,
  { build: allowed = true, toolchain = "" }: Preparation & { readonly toolchain?: string } = {},
): Promise<string> {
  const target = join(CACHE, `${name}-${await digest(inputs, toolchain)}`)
  if (await exists(target)) return target
  if (!allowed) throw new PeerAbsent("not built yet: npm run conformance builds it")
  await mkdir(CACHE, { recursive: true })
  const unfinished = `${target}.unfinished`
  const unlock = await lock(`${target}.lock`)
  try {
    if (await exists(target)) return target
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished)
    await build(unfinished)
    await rename(unfinished, target)
    return target
  } finally {
    await rm(unfinished, { recursive: true, force: true })
    await unlock()
  }
}

/** A directory in the cache for what toolchains keep themselves, such as downloads; it stays when sources change. */
export async function keep(name: string): Promise<string> {
  const directory = join(CACHE, name)
  await mkdir(directory, { recursive: true })
  return directory
}

/** A path below `conformance/peers/`. */
export function sourceOf(path: string): string {
  return join(PEERS, path)
}

async function digest(inputs: readonly string[], toolchain: string): Promise<string> {
  const hash = createHash("sha256").update(toolchain)
  for (const input of inputs) {
    for (const file of await filesOf(sourceOf(input))) {
      const content = await readFile(file)
      hash.update(`\n${relative(PEERS, file)} ${content.length}\n`).update(content)
    }
  }
  return hash.digest("hex").slice(0, 16)
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Takes a file that one process alone can create; one that its owner left behind when it died does not count. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" })
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
    const owner = Number(await readFile(path, "utf8").catch(() => ""))
    if (owner > 0 && !isAlive(owner)) await rm(path, { force: true })
    else await delay(SECOND / 10)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
