/** The door of programs for version 5 of the native package: what its `zeromq/v5-compat` exports. */
export { version } from "./sockets/capability.js"
export {
  Context,
  createSocket,
  createSocket as socket,
  curveKeypair,
  proxy,
  Socket,
} from "./sockets/v5/compat.js"
export * from "./sockets/v5/constants.js"
export { options } from "./sockets/v5/options.js"

export type { SocketType } from "./sockets/v5/compat.js"
