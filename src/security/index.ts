/**
 * Chooses the mechanism of a connection by name and role. How each one works is told in its own file.
 */
import type { MechanismOptions } from "./handshake.js"
import type { Mechanism, MechanismHost, MechanismName } from "./mechanism.js"
import { NullMechanism } from "./null.js"
import { PlainClient, PlainServer } from "./plain.js"

export type { MechanismOptions } from "./handshake.js"

/** One side of a handshake. `role` is the socket's security role, whichever side connected; NULL ignores it. */
export function createMechanism(
  name: MechanismName,
  role: "client" | "server",
  options: MechanismOptions,
  host: MechanismHost,
): Mechanism {
  switch (name) {
    case "NULL":
      return new NullMechanism(options, host)
    case "PLAIN":
      return role === "server" ? new PlainServer(options, host) : new PlainClient(options, host)
    case "CURVE":
      throw new Error("The CURVE mechanism is not available yet")
  }
}
