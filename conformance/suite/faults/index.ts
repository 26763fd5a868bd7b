/** All faults, by theme. */
import { connections } from "./connections.js"
import type { Fault } from "./fault.js"
import { framing } from "./framing.js"
import { greeting } from "./greeting.js"
import { handshake } from "./handshake.js"
import { heartbeat } from "./heartbeat.js"
import { patterns } from "./patterns.js"
import { pubsub } from "./pubsub.js"
import { security } from "./security.js"

export type { Fault } from "./fault.js"

export const FAULTS: readonly Fault[] = [
  ...greeting,
  ...handshake,
  ...framing,
  ...heartbeat,
  ...connections,
  ...patterns,
  ...pubsub,
  ...security,
]
