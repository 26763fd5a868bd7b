/**
 * The peer on zmq.rs. Cargo fetches its crates and builds it on first use, which takes some minutes; after that, no
 * toolchain is needed.
 */
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { buildOnce, keep, need, run, sourceOf, type Adapter } from "./adapter.js"

const MINUTE = 60_000
const PROGRAM = process.platform === "win32" ? "zmq-rs-peer.exe" : "zmq-rs-peer"

async function build(directory: string): Promise<void> {
  const manifest = ["--locked", "--manifest-path", sourceOf("zmq-rs/Cargo.toml")]
  await need("no cargo", "cargo", ["--version"])
  await need("its crates cannot be fetched", "cargo", ["fetch", ...manifest], { timeout: 5 * MINUTE })
  // Crates that are compiled stay so when only the peer changes.
  const target = await keep("cargo")
  // One job: a suite that runs meanwhile has tests that need the other processors.
  const options = ["--release", "--offline", "-j", "1", "--target-dir", target]
  await run("cargo", ["build", ...manifest, ...options], { timeout: 20 * MINUTE })
  await copyFile(join(target, "release", PROGRAM), join(directory, PROGRAM))
}

export const zmqRs: Adapter = {
  name: "zmq.rs",
  describes: "zmq.rs, pure Rust",
  prepare: async preparation => {
    const inputs = ["zmq-rs/Cargo.toml", "zmq-rs/Cargo.lock", "zmq-rs/src"]
    const built = await buildOnce("zmq-rs", inputs, build, preparation)
    return { command: join(built, PROGRAM), args: [] }
  },
}
