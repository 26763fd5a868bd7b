/** The main door: what the native `zeromq` package exports under the same names. */
export { capability, version } from "./sockets/capability.js"
export { Context, context } from "./sockets/context.js"
export { curveKeyPair } from "./sockets/curve-keys.js"
export { Dealer } from "./sockets/patterns/dealer.js"
export { Observer } from "./sockets/observer.js"
export { Pair } from "./sockets/patterns/pair.js"
export { Pull, Push } from "./sockets/patterns/pipeline.js"
export { Proxy } from "./sockets/proxy.js"
export { Publisher, Subscriber, XPublisher, XSubscriber } from "./sockets/patterns/pubsub.js"
export { Reply, Request } from "./sockets/patterns/reqrep.js"
export { Router } from "./sockets/patterns/router.js"
export { Socket } from "./sockets/socket.js"
export { transfer } from "./sockets/threads/transfer.js"
export { Stream, type StreamConnectOptions } from "./sockets/patterns/stream.js"

export type { ErrnoError } from "./sockets/errors.js"
export type {
  AuthError,
  Event,
  EventOfType,
  EventSubscriber,
  EventType,
  ProtoError,
  SendErrorEvent,
} from "./sockets/event-types.js"
export type { Message, MessageLike } from "./sockets/message.js"
export type {
  BatchOptions,
  ContextOptions,
  Readable,
  ReceiveOptions,
  RouterConnectOptions,
  SocketOptions,
  Writable,
} from "./sockets/types.js"
