/**
 * The groups of RADIO and DISH (48/RADIO-DISH §Group): up to 255 bytes, none of them zero, in the user's calls and
 * as keys of tables. Who is in which group, the patterns know (radio-dish.ts).
 */
import { types } from "node:util"
import { LONGEST_GROUP } from "../../wire/datagrams.js"
import type { SocketCore } from "../core.js"
import { errnoError } from "../errors.js"

/**
 * A user's group as bytes, of which libzmq, and so this, ignores all from a zero byte on; throws native's TypeError for
 * what is neither text nor bytes.
 */
export function groupBytes(group: unknown): Uint8Array {
  const bytes = typeof group === "string" ? Buffer.from(group) : group
  if (!types.isUint8Array(bytes)) throw new TypeError("Value must be a string or buffer")
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** Throws `EINVAL` for more than 255 bytes. */
export function checkGroup(group: Uint8Array): void {
  if (group.length > LONGEST_GROUP) throw errnoError("EINVAL")
}

/** A group as the key of a table: exact matching, byte for byte. */
export function groupKey(group: Uint8Array): string {
  return Buffer.from(group.buffer, group.byteOffset, group.byteLength).toString("latin1")
}

/** Joins or leaves groups. As with native, one that cannot be does not keep the others from it. */
export function changeGroups(core: SocketCore, join: boolean, groups: readonly unknown[]): void {
  const faults: unknown[] = []
  for (const group of groups) {
    const bytes = groupBytes(group)
    try {
      core.changeGroup(join, bytes)
    } catch (fault) {
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw faults[0]
}
