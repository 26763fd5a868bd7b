/** The main door: what the native `zeromq` package exports under the same names. */
export { capability, version } from "./sockets/capability.js"
export { Context, context } from "./sockets/context.js"
export { Observer } from "./sockets/observer.js"
export { Pull, Push } from "./sockets/pipeline.js"
export { Publisher, Subscriber } from "./sockets/pubsub.js"
export { Reply, Request } from "./sockets/reqrep.js"
export { Socket } from "./sockets/socket.js"

export type { ErrnoError } from "./sockets/errors.js"
export type {
  AuthError,
  Event,
  EventOfType,
  EventSubscriber,
  EventType,
  ProtoError,
} from "./sockets/event-types.js"
export type { Message, MessageLike } from "./sockets/message.js"
export type { ContextOptions, Readable, ReceiveOptions, SocketOptions, Writable } from "./sockets/types.js"
