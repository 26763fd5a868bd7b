/**
 * Who runs: one row a side. A side says which flows it can play and how to start the process for each end; the
 * processes speak the lines of `processes/control.ts`, whatever they are written in.
 */
import { fileURLToPath } from "node:url"
import { libzmqProgram } from "./build.js"
import type { Command } from "./child.js"
import type { Flow } from "./flows.js"
import { kinds, type Role } from "./kinds.js"

export interface Side {
  readonly name: string
  /** Where nothing else tells. */
  readonly version?: string
  plays(flow: Flow): boolean
  /** How to start a process for a role, with so many of the flow's sockets. */
  start(role: Role, flow: Flow, sockets: number): Command
}

/** A side that is not here, and why. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

/** A script of `processes/`, compiled, in plain Node.js without any flag: what a user runs. */
function script(name: string, ...args: readonly string[]): Command {
  return {
    file: process.execPath,
    args: [fileURLToPath(new URL(`dist/${name}.js`, import.meta.url)), ...args],
  }
}

/** A package with the API of `zeromq` 6. */
function packaged(name: string, specifier: string): Side {
  return {
    name,
    plays: () => true,
    start: (role, { topics }, sockets) => script("zeromq", specifier, role, `${sockets}`, `${topics}`),
  }
}

export interface Cast {
  /** The side all others are compared with comes first. */
  readonly sides: readonly [Side, ...Side[]]
  readonly absent: readonly Absent[]
}

/**
 * @param specifier What stands for this package.
 * @param mixed Adds the sides in which one end is this package and the other is somebody else.
 */
export function castWith(specifier: string, mixed: boolean): Cast {
  const ours = specifier === "zmtp" ? "zmtp" : "ours"
  const plain = packaged(ours, specifier)
  const native = packaged("zeromq", "zeromq")
  const own: Side = {
    ...plain,
    start(role, flow, sockets) {
      if (flow.kind === "batches") return script("batches", specifier, role)
      const { file, args } = plain.start(role, flow, sockets)
      return { file, args: flow.kind === "zero copy" ? [...args, "zeroCopyReceive"] : args }
    },
  }
  const sides: [Side, ...Side[]] = [own, native]
  const absent: Absent[] = []

  const program = libzmqProgram()
  if ("reason" in program) absent.push({ name: "libzmq, C", reason: program.reason })
  else {
    const inC: Side = {
      name: "libzmq, C",
      plays: () => true,
      start: (role, { topics }, sockets) => ({ file: program.file, args: [role, `${sockets}`, `${topics}`] }),
    }
    sides.push(inC)
    if (mixed) sides.push(...mixedWith(plain, inC))
  }
  if (mixed) sides.push(...mixedWith(plain, native))
  sides.push(
    { ...plain, name: `${ours}, await`, plays: ({ kind }) => kind === "batches" },
    {
      name: `${ours}, copying`,
      plays: ({ kind }) => kind === "batches",
      start: role => script("batches", specifier, role, "copy"),
    },
    { name: "node:net", plays: ({ kind }) => kind === "round trip", start: role => script("net", role) },
  )
  return { sides, absent }
}

/** Ours at one end and another at the other, both ways. */
function mixedWith(ours: Side, other: Side): Side[] {
  const played = ({ kind }: Flow): boolean => kind === "stream"
  const isSender = (role: Role, { kind }: Flow): boolean => role === kinds[kind].connector
  return [
    {
      name: `${ours.name} into ${other.name}`,
      plays: flow => played(flow) && other.plays(flow),
      start: (role, flow, sockets) => (isSender(role, flow) ? ours : other).start(role, flow, sockets),
    },
    {
      name: `${other.name} into ${ours.name}`,
      plays: flow => played(flow) && other.plays(flow),
      start: (role, flow, sockets) => (isSender(role, flow) ? other : ours).start(role, flow, sockets),
    },
  ]
}
