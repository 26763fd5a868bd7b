/**
 * The peer on JeroMQ. Maven fetches the library once, as `jeromq/pom.xml` says, and javac compiles the program; after
 * that, java alone is needed.
 */
import { join } from "node:path"
import { buildOnce, need, run, sourceOf, type Adapter } from "./adapter.js"

const MINUTE = 60_000
const SOURCE = sourceOf("jeromq/src")

async function build(directory: string): Promise<void> {
  const lib = join(directory, "lib")
  await need("no Java compiler", "javac", ["-version"])
  await need("no Maven", "mvn", ["-version"])
  await need(
    "Maven cannot fetch JeroMQ",
    "mvn",
    ["-q", "-B", "-f", sourceOf("jeromq/pom.xml"), "dependency:copy-dependencies", `-Dinto=${lib}`],
    { timeout: 5 * MINUTE },
  )
  const classes = join(directory, "classes")
  const compile = ["--release", "17", "-encoding", "UTF-8", "-d", classes, "-cp", join(lib, "*")]
  await run("javac", [...compile, "-sourcepath", SOURCE, join(SOURCE, "Peer.java")], { timeout: 2 * MINUTE })
}

export const jeromq: Adapter = {
  name: "jeromq",
  describes: "JeroMQ, pure Java",
  prepare: async preparation => {
    await need("no Java", "java", ["-version"])
    const built = await buildOnce("jeromq", ["jeromq/pom.xml", "jeromq/src"], build, preparation)
    const path = [join(built, "classes"), join(built, "lib", "*")].join(
      process.platform === "win32" ? ";" : ":",
    )
    return { command: "java", args: ["-cp", path, "Peer"] }
  },
}
