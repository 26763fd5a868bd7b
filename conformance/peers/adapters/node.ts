/** The peers for Node.js: this package from its source, and the native `zeromq`. They need nothing but their modules. */
import { launchOf } from "../driver.js"
import type { Adapter } from "./adapter.js"

export const ours: Adapter = {
  name: "ours",
  describes: "this package, TypeScript alone",
  prepare: async () => launchOf("ours"),
}

export const native: Adapter = {
  name: "native",
  describes: "zeromq 6, Node.js over its own libzmq",
  prepare: async () => launchOf("native"),
}
