/**
 * Who runs: one row a side. A side says which flows it can play and how to start the process for each end;
 * the processes speak the lines of `processes/control.ts`, whatever they are written in.
 */
import { fileURLToPath } from "node:url"
import type { Command } from "./child.js"
import type { FlowKind, Role } from "./flows.js"

export interface Side {
  readonly name: string
  readonly flows: readonly FlowKind[]
  start(role: Role, kind: FlowKind): Command
}

/** A script of `processes/`, compiled, in plain Node.js without any flag: what a user runs. */
function script(name: string, ...args: readonly string[]): Command {
  return {
    file: process.execPath,
    args: [fileURLToPath(new URL(`dist/${name}.js`, import.meta.url)), ...args],
  }
}

/** The side all others are compared with comes first. `specifier` is what stands for this package. */
export function sidesWith(specifier: string): readonly [Side, ...Side[]] {
  const ours = specifier === "zmtp" ? "zmtp" : "ours"
  return [
    {
      name: ours,
      flows: ["stream", "batches", "round trip"],
      start: (role, kind) => script(kind === "batches" ? "batches" : "zeromq", specifier, role),
    },
    {
      name: "zeromq",
      flows: ["stream", "batches", "round trip"],
      start: role => script("zeromq", "zeromq", role),
    },
    {
      name: `${ours}, await`,
      flows: ["batches"],
      start: role => script("zeromq", specifier, role),
    },
    {
      name: "node:net",
      flows: ["round trip"],
      start: role => script("net", role),
    },
  ]
}
