/** What `results.json` holds: all figures of one full run, and what is needed to make sense of them and to repeat it. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { arch, cpus, release, totalmem, type } from "node:os"
import type { Finding } from "../findings.js"
import type { Footprint } from "../footprint/index.js"
import type { Plan } from "../measure.js"
import type { Absent } from "../sides.js"
import type { Soak } from "../soak/index.js"
import type { Shown } from "./shown.js"

export interface Circumstances {
  readonly date: string
  readonly command: string
  readonly machine: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
}

export interface FlowsRun {
  readonly plan: Plan
  /** Of the sides that tell theirs. */
  readonly versions: Readonly<Record<string, string>>
  readonly absent: readonly Absent[]
  readonly findings: readonly Finding[]
}

export interface Results extends Circumstances {
  readonly flows: FlowsRun
  readonly footprint: Footprint
  readonly soak: readonly Soak[]
  /** What is kept only as it is shown. */
  readonly others: readonly Shown[]
}

/** What a program prints, or that it is not there. */
function told(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim()
  } catch {
    return ""
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string
  }
  const commit = told("git", "rev-parse", "--short", "HEAD")
  if (commit === "") return version
  const isChanged = told("git", "status", "--porcelain", "--", "../src", ":/src", ":/scripts") !== ""
  return `${version}, commit ${commit}${isChanged ? " with changes" : ""}`
}

async function nativeVersions(): Promise<Readonly<Record<string, string>>> {
  try {
    const { version } = await import("zeromq")
    const manifest = new URL(import.meta.resolve("zeromq/package.json"))
    const { version: own } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string }
    return { zeromq: `${own}, with libzmq ${version}` }
  } catch {
    return {}
  }
}

/** An argument as a shell has to be given it. */
function quoted(argument: string): string {
  return /^[\w./:=-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

/** Where and when this run takes place. */
export async function circumstances(ours: string): Promise<Circumstances> {
  const libzmq = told("pkg-config", "--modversion", "libzmq")
  const congestion = told("cat", "/proc/sys/net/ipv4/tcp_congestion_control")
  const args = process.argv.slice(2)
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench --", ...args.map(quoted)].join(" "),
    machine: {
      processor: `${processors.length} × ${processors[0]?.model ?? "unknown"}`,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      system: `${type()} ${release()}, ${arch()}`,
      ...(congestion !== "" && { "TCP congestion control": congestion }),
    },
    versions: {
      "Node.js": process.versions.node,
      zmtp: ours === "zmtp" ? packageVersion() : `not this package, but ${ours}`,
      ...(await nativeVersions()),
      ...(libzmq !== "" && { "libzmq, C": libzmq }),
    },
  }
}
