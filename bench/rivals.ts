/**
 * The sides on other implementations of ZeroMQ, each a small program in its language. Toolchains are found and programs
 * built as the conformance suite does for its peers, in the same cache; what is missing makes a side absent.
 */
import { copyFile, readFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildOnce, keep, need, run, sourceOf } from "../conformance/peers/adapters/adapter.js"
import { jeromq } from "../conformance/peers/adapters/java.js"
import { pyzmq } from "../conformance/peers/adapters/python.js"
import type { Command } from "./child.js"
import type { Flow } from "./flows.js"
import type { Absent, Side } from "./sides.js"

const sources = fileURLToPath(new URL("processes/", import.meta.url))

/** Where the suite's builder looks for what a build is made from: it starts at its own peers. */
const inputs = (folder: string): readonly string[] => [`../../bench/processes/${folder}`]

const timeout = 10 * 60_000

/** How to start a rival, and which version of it plays. */
interface Rival extends Command {
  readonly version: string
}

/** The version that a project asks for. */
async function wanted(file: string, pattern: RegExp): Promise<string> {
  return pattern.exec(await readFile(file, "utf8"))?.[1] ?? "unknown"
}

async function python(): Promise<Rival> {
  const { command } = await pyzmq.prepare()
  const versions = "import zmq; print(f'{zmq.pyzmq_version()}, with libzmq {zmq.zmq_version()}')"
  const version = await run(command, ["-c", versions])
  return { file: command, args: ["-B", join(sources, "pyzmq.py")], version }
}

async function go(): Promise<Rival> {
  const toolchain = await need("no go toolchain", "go", ["version"])
  const build = async (into: string): Promise<void> => {
    const options = { cwd: join(sources, "go-zmq4"), timeout }
    await need("its modules cannot be downloaded", "go", ["mod", "download"], options)
    await run("go", ["build", "-trimpath", "-o", join(into, "rival"), "."], options)
  }
  const built = await buildOnce("go-zmq4-bench", inputs("go-zmq4"), build, { toolchain })
  const version = await wanted(join(sources, "go-zmq4", "go.mod"), /zmq4 v(\S+)/)
  return { file: join(built, "rival"), args: [], version }
}

/** Stands on the JeroMQ that the suite's peer has. */
async function java(): Promise<Rival> {
  const { command, args } = await jeromq.prepare()
  const library = args[args.indexOf("-cp") + 1] ?? ""
  const build = async (into: string): Promise<void> => {
    const options = ["--release", "17", "-encoding", "UTF-8", "-d", into, "-cp", library]
    await need("no Java compiler", "javac", [...options, join(sources, "jeromq", "Rival.java")], { timeout })
  }
  const built = await buildOnce("jeromq-bench", inputs("jeromq"), build, { toolchain: library })
  const version = await wanted(sourceOf("jeromq/pom.xml"), /jeromq<\/artifactId>\s*<version>([^<]+)/)
  return { file: command, args: ["-cp", [built, library].join(delimiter), "Rival"], version }
}

async function rust(): Promise<Rival> {
  const program = process.platform === "win32" ? "zmq-rs-bench.exe" : "zmq-rs-bench"
  const build = async (into: string): Promise<void> => {
    const manifest = ["--locked", "--manifest-path", join(sources, "zmq-rs", "Cargo.toml")]
    await need("no cargo", "cargo", ["--version"])
    await need("its crates cannot be fetched", "cargo", ["fetch", ...manifest], { timeout })
    const target = await keep("cargo")
    const options = ["--release", "--offline", "--target-dir", target]
    await run("cargo", ["build", ...manifest, ...options], { timeout })
    await copyFile(join(target, "release", program), join(into, program))
  }
  const built = await buildOnce("zmq-rs-bench", inputs("zmq-rs"), build)
  const version = await wanted(join(sources, "zmq-rs", "Cargo.toml"), /^zeromq = "=(.+)"/m)
  return { file: join(built, program), args: [], version }
}

const rivals: Readonly<Record<string, () => Promise<Rival>>> = {
  pyzmq: python,
  JeroMQ: java,
  "go-zeromq/zmq4": go,
  "zmq.rs": rust,
}

/** The sizes that users send most; they suffice to show where each stands. */
function plays({ kind, transport, size }: Flow): boolean {
  return (kind === "stream" || kind === "round trip") && transport === "tcp" && size >= 10 && size <= 100_000
}

/** Takes some minutes when nothing has been built yet. */
export async function prepareRivals(
  progress: (text: string) => void,
): Promise<{ readonly sides: readonly Side[]; readonly absent: readonly Absent[] }> {
  const sides: Side[] = []
  const absent: Absent[] = []
  for (const [name, prepare] of Object.entries(rivals)) {
    progress(`preparing ${name}`)
    try {
      const { file, args, version } = await prepare()
      sides.push({ name, version, plays, start: role => ({ file, args: [...args, role] }) })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      absent.push({ name, reason: reason.split("\n", 1)[0] ?? reason })
    }
  }
  return { sides, absent }
}
