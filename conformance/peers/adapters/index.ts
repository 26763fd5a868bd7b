/** All adapters, in the order of the tables. */
import type { Adapter } from "./adapter.js"
import { goczmq, goZmq4, pebbe } from "./go.js"
import { jeromq } from "./java.js"
import { native, ours } from "./node.js"
import { pyzmq } from "./python.js"
import { zmqRs } from "./rust.js"

export const ADAPTERS: readonly Adapter[] = [ours, native, pyzmq, goZmq4, pebbe, goczmq, jeromq, zmqRs]
