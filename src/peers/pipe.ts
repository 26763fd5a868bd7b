/**
 * A pipe joins a socket to one peer: a bounded queue of messages in each direction. The socket's pattern writes
 * to it and reads from it and is told when that becomes possible again; it does not see whether the peer is
 * reached by a connection ({@link SessionPipe}, in session-pipe.ts) or sits in the same process
 * ({@link InprocPipe}, in inproc-pipe.ts).
 */
import type { Message, OutgoingMessage } from "../wire/frames.js"

const NO_ID = Buffer.alloc(0)

/** What a pattern is told by its pipes. */
export interface PipeListener {
  /** The pipe, which had nothing to read, has. */
  readable(pipe: Pipe): void
  /** The pipe, which refused a write, takes one again. */
  writable(pipe: Pipe): void
  /** The peer is there, or there again: what it must be told first, such as subscriptions, may be written. */
  established(pipe: Pipe): void
  /** The pipe will take no more messages. What it holds for reading can still be read. */
  ended(pipe: Pipe): void
  /** The pipe is ended and read to the end. */
  drained(pipe: Pipe): void
  /**
   * The peer of a connection joined a group or left one, with sockets that send to groups. From peers of the same
   * process these come as subscriptions do, in a message.
   */
  membership?(pipe: Pipe, join: boolean, group: Buffer): void
  /** A datagram came while the queue was full, or could not be sent. */
  lost?(pipe: Pipe): void
}

/** What a pipe is told about the peer when the connection is established. */
export interface PeerInfo {
  /** ZMTP version the peer speaks: 1, 2 or 3, and 3.1 where commands carry subscriptions. */
  readonly version: 1 | 2 | 3 | 3.1
  readonly routingId: Buffer
}

export abstract class Pipe {
  /** Position in the load balancer's list, or -1. Owned by routing. */
  outIndex = -1
  /** Position in the fair queue's list, or -1. Owned by routing. */
  inIndex = -1
  /** The id by which a ROUTER's user knows the peer; empty while it has none. Owned by routing. */
  routingId: Buffer = NO_ID
  /** Number of the last message that matched a subscription of this peer. Owned by routing. */
  matchedBy = 0
  /** Whether a message leaves with its {@link write}, since no other will follow in the same turn. Set by the pattern. */
  prompt = false
  /** Whether a write was refused and the listener must be told when there is room. */
  protected blocked = false
  /** Set when the pipe takes no more messages. */
  protected over = false

  /** Whether the peer sits in this process, so that more of its messages may come within the same turn. */
  abstract readonly sameProcess: boolean
  /** Endpoint of the connection, as events show it. */
  abstract readonly endpoint: string
  /** What the handshake told, once there has been one. */
  peer: PeerInfo | undefined
  /** The routing id that this side gave the peer (ZMQ_CONNECT_ROUTING_ID), whatever the peer says; else empty. */
  givenId: Buffer = NO_ID

  /** Whether the next {@link write} will be accepted. After `false` the listener hears of the change. */
  abstract canWrite(): boolean
  /** Queues a message and returns true; returns false, and has not kept it, when the queue is full. */
  abstract write(message: OutgoingMessage): boolean
  /**
   * The user wants no more of this peer: ends the connection once all that was written has left. No high-water mark
   * stands in the way.
   */
  abstract hangUp(): void
  /** Sends what is queued without waiting for the end of the turn. */
  abstract flush(): void
  /** Whether {@link read} will find a message. */
  abstract canRead(): boolean
  abstract read(): Message | undefined
  /**
   * Subscribes or cancels at the peer; joins or leaves a group with a socket that has groups. Not queued behind
   * messages, and not counted as one.
   */
  abstract subscription(subscribe: boolean, topic: Uint8Array): void
  /** The peer broke the rules of the pattern: ends its connection. */
  abstract fail(reason: string): void
  /** High-water marks have changed. */
  abstract setMarks(send: number, receive: number): void
}
