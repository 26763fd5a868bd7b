/**
 * Compares everything that a program can reach of this package with the native one, door by door.
 * `npm run compare` prints each difference.
 */
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { walk, type Surface } from "./walk.js"

/** A difference between the packages; what is missing is `undefined`. */
export interface Difference {
  readonly door: Door
  readonly path: string
  readonly native: string | undefined
  readonly ours: string | undefined
}

export const DOORS = ["zeromq", "zeromq/draft", "zeromq/v5-compat"] as const
export type Door = (typeof DOORS)[number]

const OURS: Readonly<Record<Door, () => Promise<object>>> = {
  zeromq: () => import("../../src/index.js"),
  "zeromq/draft": () => import("../../src/draft.js"),
  "zeromq/v5-compat": () => import("../../src/v5-compat.js"),
}

/** All differences, in the order of doors and names. Throws where the native package cannot load. */
export async function compare(): Promise<Difference[]> {
  const require = createRequire(import.meta.url)
  const main = { native: walk(require("zeromq") as object), ours: walk(await OURS.zeromq()) }
  const differences: Difference[] = []
  for (const door of DOORS) {
    const [native, ours] = [walk(require(door) as object), walk(await OURS[door]())]
    for (const path of [...new Set([...native.keys(), ...ours.keys()])].sort()) {
      const difference = { door, path, native: native.get(path), ours: ours.get(path) }
      if (difference.native === difference.ours) continue
      if (partOf(path).some(whole => native.has(whole) !== ours.has(whole))) continue
      if (door !== "zeromq/v5-compat" && isInherited(difference, main)) continue
      differences.push(difference)
    }
  }
  return differences
}

/** What a path is a part of: when one package has not got that, its parts are not worth mentioning. */
function partOf(path: string): string[] {
  const names = path
    .replace(/^(new|static) /, "")
    .replace("()", "")
    .split(".")
  return names
    .slice(1)
    .map((_, i) => names.slice(0, i + 1).join("."))
    .concat(path.startsWith("new ") ? [names.join(".")] : [])
}

/** Whether a class differs only as the Socket that it extends does, which is listed once. */
function isInherited({ path, native, ours }: Difference, main: Record<"native" | "ours", Surface>): boolean {
  const [, name, member = ""] = /^([A-Z]\w*)\.(.*)$/s.exec(path) ?? []
  if (name === undefined || name === "Socket") return false
  const ofSocket = `Socket.${member}`
  return main.native.get(ofSocket) === native && main.ours.get(ofSocket) === ours
}

async function print(): Promise<void> {
  const { default: Table } = await import("cli-table3")
  const table = new Table({ head: ["door", "path", "native", "ours"], style: { head: [], border: [] } })
  const differences = await compare()
  for (const { door, path, native, ours } of differences) {
    table.push([door, path, native ?? "", ours ?? ""])
  }
  console.log(differences.length === 0 ? "No differences." : table.toString())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await print()
