/**
 * A pattern is what makes a socket a PUSH or a REQ: which peer gets a message, from which one is read, and in
 * which order the user may do what. It sees pipes and messages; promises, options and endpoints are the core's.
 */
import type { Pipe, PipeListener } from "../peers/pipe.js"
import type { Message, OutgoingMessage } from "../wire/frames.js"

/** What a pattern tells its socket. */
export interface PatternHost {
  /** A message may be there to receive, on `pipe` if it is known. */
  wakeReceiver(pipe?: Pipe): void
  /** A message may be taken for sending. */
  wakeSender(): void
}

/** Why an operation is not possible now: no peer, a full queue, nothing there; or not in this state, or never. */
export type Refusal = "EAGAIN" | "EHOSTUNREACH" | "EFSM" | "ENOTSUP"

export interface Pattern extends PipeListener {
  /** A new pipe. */
  attach(pipe: Pipe): void
  /** Whether {@link send} would take a message. */
  canSend(): boolean
  /** Takes the message and returns true, or returns false and has not taken it. */
  send(message: OutgoingMessage): boolean
  /** Why {@link send} returned false. */
  sendRefusal(): Refusal
  canReceive(): boolean
  receive(): Message | undefined
  /**
   * Receives until `into` holds `most`, as far as there is a quicker way than one by one. Without `copy` messages may
   * share memory.
   */
  receiveMany?(into: Message[], most: number, copy: boolean): void
  /** Why {@link receive} returned undefined. */
  receiveRefusal(): Refusal
  /** Adds or takes back a subscription, with sockets that have any. */
  subscribe?(add: boolean, topic: Uint8Array): void
  /** Joins a group or leaves it, with sockets that have groups. */
  changeGroup?(join: boolean, group: Uint8Array): void
  /** The number of topics subscribed to, with sockets that have any (ZMQ_TOPICS_COUNT). */
  readonly topicsCount?: number
}

/** The half of a pattern that a socket lacks which never receives: what peers send all the same is dropped. */
export abstract class SendOnly {
  canReceive(): boolean {
    return false
  }

  receive(): undefined {
    return undefined
  }

  receiveRefusal(): Refusal {
    return "ENOTSUP"
  }
}

/** The half of a pattern that a socket lacks which never sends. */
export abstract class ReceiveOnly {
  canSend(): boolean {
    return false
  }

  send(): boolean {
    return false
  }

  sendRefusal(): Refusal {
    return "ENOTSUP"
  }
}

/** What a closed socket has: it holds on to no pipe, and so to no message that was not read. */
export const closedPattern: Pattern = {
  attach: nothing,
  canSend: () => false,
  send: () => false,
  sendRefusal: () => "EAGAIN",
  canReceive: () => false,
  receive: () => undefined,
  receiveRefusal: () => "EAGAIN",
  readable: nothing,
  writable: nothing,
  established: nothing,
  ended: nothing,
  drained: nothing,
}

function nothing(): void {
  // A closed socket does nothing.
}
