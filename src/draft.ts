/**
 * The draft door: what the native `zeromq/draft` exports, and the two other socket types of libzmq's draft API. It
 * warns as the native one does, since libzmq may still change these types.
 */
export { Channel } from "./sockets/draft/channel.js"
export { Client, Server } from "./sockets/draft/client-server.js"
export { Datagram } from "./sockets/draft/datagram.js"
export { Peer } from "./sockets/draft/peer.js"
export { Dish, Radio } from "./sockets/draft/radio-dish.js"
export { Gather, Scatter } from "./sockets/draft/scatter-gather.js"

export type { ServerRoutingOptions } from "./sockets/draft/client-server.js"
export type { DishGroupOptions, RadioGroupOptions } from "./sockets/draft/radio-dish.js"

process.emitWarning("ZeroMQ draft features are experimental and could change at any time.")
