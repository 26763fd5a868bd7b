/**
 * What the tests with build tools and test tools share: whether the tools are installed, and directories of programs in
 * which the package is installed beside the tools.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { inject, test } from "vitest"
import { packed } from "../support/packed.js"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = fileURLToPath(new URL("../..", import.meta.url))

/** Requires from the tools' own package. */
export const requireTool = createRequire(join(here, "package.json"))

const absent = existsSync(join(here, "node_modules/.package-lock.json"))
  ? ""
  : " (the tools are absent: `npm run tools` installs them)"

/** A test that needs the tools. */
export function toolTest(name: string, body: () => Promise<void>): void {
  test.skipIf(absent !== "")(name + absent, { timeout: 120_000 }, body)
}

/** Where a tool is installed. */
export function pathOf(tool: string): string {
  return tool.startsWith("root:")
    ? join(root, "node_modules", tool.slice(5))
    : join(here, "node_modules", tool)
}

/**
 * A directory with programs, the package, a package that depends on it, and tools by the names under which the programs
 * know them.
 */
export async function workshop(
  programs: string,
  tools: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = await mkdtemp(join(inject("runDirectory"), `${programs}-`))
  const modules = join(directory, "node_modules")
  const { directory: unpacked } = await packed()
  for (const part of ["package.json", "dist"]) {
    await cp(join(unpacked, part), join(modules, "zmtp", part), { recursive: true })
  }
  await mkdir(join(modules, "dependent"))
  await cp(join(here, "programs/dependent.cjs"), join(modules, "dependent/dependent.cjs"))
  await writeFile(
    join(modules, "dependent/package.json"),
    JSON.stringify({ name: "dependent", version: "1.0.0", main: "dependent.cjs" }),
  )
  for (const [name, tool] of Object.entries(tools)) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(pathOf(tool), join(modules, name), "junction")
  }
  if (existsSync(join(here, "programs", programs))) {
    await cp(join(here, "programs", programs), directory, { recursive: true })
  }
  await cp(join(here, "scenarios.cjs"), join(directory, "scenarios.cjs"))
  await writeFile(join(directory, "package.json"), `{ "private": true }\n`)
  return directory
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of Node.js to its end; one that hangs is ended, and has no status. */
export function node(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|vitest|node_|vite_|test$|dev$|prod$|mode$|ssr$|base_url$)/i.test(name),
    )
    const child = spawn(process.execPath, args, {
      cwd: directory,
      env: { ...Object.fromEntries(inherited), CI: "true", NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 90_000,
      killSignal: "SIGKILL",
    })
    const [stdout, stderr]: [string[], string[]] = [[], []]
    child.stdout.setEncoding("utf8").on("data", text => stdout.push(text as string))
    child.stderr.setEncoding("utf8").on("data", text => stderr.push(text as string))
    child.on("error", reject)
    child.on("close", status => {
      resolve({ status, stdout: stdout.join(""), stderr: stderr.join("") })
    })
  })
}

/** What a test tool reports of its tests, in the form that Jest and Vitest have in common. */
interface Report {
  testResults: { message: string; assertionResults: { fullName: string; status: string }[] }[]
}

export interface Played {
  passed: number
  /** The tests that did not pass, and what is said of files without tests. */
  failed: string[]
}

/** Runs a test tool that writes a report. */
export async function play(
  directory: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Played> {
  const file = join(directory, "report.json")
  const { stdout, stderr } = await node(directory, [...args, `--outputFile=${file}`], env)
  if (!existsSync(file)) return { passed: 0, failed: [stdout + stderr] }
  const { testResults } = JSON.parse(await readFile(file, "utf8")) as Report
  const tests = testResults.flatMap(each => each.assertionResults)
  const failed = tests.filter(each => each.status !== "passed").map(each => each.fullName)
  const empty = testResults.filter(each => each.assertionResults.length === 0).map(each => each.message)
  const failures =
    failed.length === 0 ? [] : testResults.map(each => each.message).filter(message => message !== "")
  return { passed: tests.length - failed.length, failed: [...failed, ...empty, ...failures] }
}
