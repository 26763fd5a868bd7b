/**
 * The exclusive pair pattern (31/EXPAIR): PAIR talks to one peer. Who comes while that one is there stays connected,
 * is neither heard nor spoken to, and becomes the peer when its turn comes.
 */
import type { Pipe } from "../../peers/pipe.js"
import type { Message, OutgoingMessage } from "../../wire/frames.js"
import { SocketKind } from "../options.js"
import type { Pattern, PatternHost, Refusal } from "../pattern.js"
import { defineSocketOptions, Socket, type SocketDescription } from "../socket.js"
import type { Readable, SocketOptions, Writable } from "../types.js"

export class PairPattern implements Pattern {
  private readonly host: PatternHost
  private peer: Pipe | undefined
  /** Those that come after it, in their order. */
  private readonly line: Pipe[] = []
  /** Earlier peers whose last messages are not read yet. */
  private readonly former: Pipe[] = []

  constructor(host: PatternHost) {
    this.host = host
  }

  attach(pipe: Pipe): void {
    if (this.peer === undefined) this.admit(pipe)
    else this.line.push(pipe)
  }

  canSend(): boolean {
    return this.peer?.canWrite() === true
  }

  send(message: OutgoingMessage): boolean {
    return this.peer?.write(message) === true
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  canReceive(): boolean {
    return this.former.length > 0 || this.peer?.canRead() === true
  }

  receive(): Message | undefined {
    return (this.former[0] ?? this.peer)?.read()
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  readable(pipe: Pipe): void {
    if (pipe === this.peer) this.host.wakeReceiver(pipe)
  }

  writable(pipe: Pipe): void {
    if (pipe === this.peer) this.host.wakeSender()
  }

  established(): void {
    // Nothing to tell the peer.
  }

  ended(pipe: Pipe): void {
    if (pipe !== this.peer) {
      remove(this.line, pipe)
      // It has never been the peer.
      while (pipe.read() !== undefined);
      return
    }
    if (pipe.canRead()) this.former.push(pipe)
    this.peer = undefined
    const next = this.line.shift()
    if (next !== undefined) this.admit(next)
  }

  drained(pipe: Pipe): void {
    remove(this.former, pipe)
  }

  private admit(pipe: Pipe): void {
    this.peer = pipe
    this.host.wakeSender()
    if (pipe.canRead()) this.host.wakeReceiver()
  }
}

function remove(pipes: Pipe[], pipe: Pipe): void {
  const index = pipes.indexOf(pipe)
  if (index >= 0) pipes.splice(index, 1)
}

const PAIR: SocketDescription = {
  kind: SocketKind.Pair,
  socketType: "PAIR",
  makePattern: host => new PairPattern(host),
}

/**
 * One of two sockets that belong together: talks to one peer at a time. Meant for two parts of one program, over
 * `inproc://`; where more than one peer may come, another type does better. Without a peer, or with a full queue,
 * {@link send} waits; no message is dropped.
 *
 * A second peer finds the place taken: it stays connected, its messages wait, and it becomes the peer when those
 * before it have left.
 *
 * ```typescript
 * const [ours, theirs] = [new Pair(), new Pair()]
 * await ours.bind("inproc://control")
 * theirs.connect("inproc://control")
 * await theirs.send("ready")
 * ```
 */
export class Pair extends Socket {
  constructor(options?: SocketOptions<Pair>) {
    super(PAIR, options)
  }
}

export interface Pair extends Readable, Writable {}
defineSocketOptions(Pair, PAIR)
