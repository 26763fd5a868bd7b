/**
 * An address of this machine that no other process uses, for tests that free a port and bind it again: on 127.0.0.1
 * an outgoing connection of anybody may take it meanwhile.
 */
import { randomInt } from "node:crypto"

// Linux and Windows have the whole of 127.0.0.0/8, others only its first address.
const own = ["linux", "win32"].includes(process.platform)
  ? `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
  : "127.0.0.1"

export function ownLoopback(): string {
  return own
}
