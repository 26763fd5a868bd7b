/**
 * The peer-to-peer pattern (51/PEER): sockets of one kind that talk to each other by routing ids. The native package
 * has no class for it, libzmq has the socket (zmq_connect_peer).
 */
import type { MessageLike } from "../message.js"
import { firstRoutingId, routedMessage, ServerPattern, type ServerRoutingOptions } from "./client-server.js"
import { errnoError } from "../errors.js"
import { SocketKind } from "../options.js"
import { coreOf, defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { Readable, SocketOptions, Writable } from "../types.js"

const PEER: SocketDescription = {
  kind: SocketKind.Peer,
  socketType: "PEER",
  makePattern: (host, _values, runtime) => new ServerPattern(host, firstRoutingId(runtime)),
}

/**
 * A peer: receives messages of one part from other peers, each with the sender's routing id, and sends to the peer
 * of a routing id. {@link connectPeer} tells the id of whom it connects to, so that either side can speak first.
 *
 * ```typescript
 * const peer = new Peer()
 * const routingId = peer.connectPeer("tcp://127.0.0.1:5555")
 * await peer.send("hello", { routingId })
 * const [answer, { routingId: from }] = await peer.receive()
 * ```
 */
export class Peer extends Socket {
  constructor(options?: SocketOptions<Peer>) {
    super(PEER, options)
  }

  /**
   * Connects as {@link connect} does, and returns the routing id of the peer at that endpoint, which stays the same
   * when the connection is made anew (zmq_connect_peer). Throws `EFAULT` with the option {@link immediate}, by which
   * there is no queue for the peer yet.
   */
  connectPeer(address: string): number {
    if (this.immediate) throw errnoError("EFAULT", "connectPeer needs the option immediate to be off")
    this.connect(address)
    const { pattern } = coreOf(this)
    return pattern instanceof ServerPattern ? pattern.lastId : 0
  }

  /** Sends to one peer; rejects and throws as {@link Server.send} does. */
  send(message: MessageLike, options: ServerRoutingOptions): Promise<void> {
    const core = coreOf(this)
    return core.send(routedMessage(core, message, options, arguments.length))
  }

  /** As {@link send}, without a promise: throws what that rejects with, and never returns false. */
  trySend(message: MessageLike, options: ServerRoutingOptions): boolean {
    const core = coreOf(this)
    return core.trySend(routedMessage(core, message, options, arguments.length))
  }
}

export interface Peer
  extends Readable<[Buffer, ServerRoutingOptions]>, Writable<MessageLike, [ServerRoutingOptions]> {}
defineSocketOptions(Peer, PEER)
