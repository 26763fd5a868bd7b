/**
 * The peers in Go: one in pure Go, one over libzmq and one over CZMQ. Each is a module of its own, so that a C library
 * that is missing is missed by its peer alone, and is built on first use, which takes some ten seconds.
 */
import { join } from "node:path"
import { buildOnce, CommandFailed, need, run, sourceOf, type Adapter, type Preparation } from "./adapter.js"
import { PeerAbsent, type Launch } from "../driver.js"

const MINUTE = 60_000

interface Program {
  readonly name: string
  readonly describes: string
  /** The folder of its module, below `go/`. */
  readonly module: string
  /** What pkg-config calls the C libraries that it links with. */
  readonly libraries: readonly string[]
}

function adapterOf({ name, describes, module, libraries }: Program): Adapter {
  return { name, describes, prepare }

  async function prepare({ build = true }: Preparation = {}): Promise<Launch> {
    const toolchain = await need("no go toolchain", "go", ["version"])
    if (libraries.length > 0) {
      await need("no C compiler", await run("go", ["env", "CC"]), ["--version"])
      await need("no pkg-config", "pkg-config", ["--version"])
    }
    const versions = [toolchain]
    for (const library of libraries) {
      versions.push(await need(`no ${library}, or not its headers`, "pkg-config", ["--modversion", library]))
    }
    const inputs = [`go/${module}`, "go/peer"]
    const directory = await buildOnce(name.replaceAll("/", "-"), inputs, into => compile(module, into), {
      build,
      toolchain: versions.join("\n"),
    })
    return { command: join(directory, "peer"), args: [] }
  }
}

async function compile(module: string, into: string): Promise<void> {
  const cwd = sourceOf(`go/${module}`)
  const options = { cwd, timeout: 5 * MINUTE }
  try {
    await run("go", ["mod", "download"], options)
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    throw new PeerAbsent("its modules cannot be downloaded", { cause: error })
  }
  await run("go", ["build", "-p", "1", "-trimpath", "-o", join(into, "peer"), "."], options)
}

export const goZmq4 = adapterOf({
  name: "go-zeromq/zmq4",
  describes: "go-zeromq/zmq4, pure Go",
  module: "go-zmq4",
  libraries: [],
})

export const pebbe = adapterOf({
  name: "pebbe/zmq4",
  describes: "pebbe/zmq4, Go over the system's libzmq",
  module: "pebbe",
  libraries: ["libzmq"],
})

export const goczmq = adapterOf({
  name: "goczmq",
  describes: "goczmq, Go over the system's CZMQ and libzmq",
  module: "goczmq",
  libraries: ["libczmq", "libzmq", "libsodium"],
})
