/**
 * The end of an inproc pipe whose socket is in another thread: to the socket of this thread it is the other end of
 * the pipe, and it speaks through a port to its like in the other thread. What both know of each other (routing id,
 * high-water marks, how much was read) goes through that port too, in order with the messages. Who finds whom is
 * told in sockets/threads/names.ts.
 *
 * An end of a socket that connects is made when the port has been offered; it meets its pipe when the other side
 * has accepted. Messages of one turn of the event loop go together.
 */
import type { Message } from "../wire/frames.js"
import { InprocPipe, type InprocEnd } from "./inproc-pipe.js"
import { jointMark } from "./marks.js"
import type { Runtime } from "./runtime.js"
import { packBatch, unpackBatch, type Batch } from "./thread-batch.js"

/** With this many bytes waiting a batch is posted at once, not at the end of the turn. */
const BATCH = 64 * 1024

/** What was read is told at half of the joint mark, and at least after half of this many messages. */
const LONGEST_COUNT = 8192

/** A socket as the other thread is told of it. */
export interface ThreadPeer {
  readonly routingId: Uint8Array
  readonly send: number
  readonly receive: number
  /** Whether it has closed, and only gives what it had written before. */
  readonly departed: boolean
}

/** What two ends say to each other. */
export type ThreadNote =
  | readonly ["accepted", ThreadPeer]
  | readonly ["messages", Batch]
  | readonly ["read", count: number]
  | readonly ["marks", send: number, receive: number]

/** A channel between two threads. What was posted before it is closed still arrives, and then the closing. */
export interface ThreadPort {
  /** Throws, and has posted nothing, when memory cannot be given away. */
  post(note: ThreadNote, transfer?: readonly ArrayBuffer[]): void
  /** Begins to listen. */
  start(onNote: (note: ThreadNote) => void, onClose: () => void): void
  close(): void
}

/** What an end tells its owner. */
export interface ThreadEndOwner {
  /** The other side has accepted the pipe that was proposed. */
  accepted(end: ThreadEnd): void
  /** The port was closed before the other side accepted: the pipe is as before. */
  refused(end: ThreadEnd): void
  /** The end has done its work. */
  ended(end: ThreadEnd): void
}

/** What the end needs of the pipe in its thread. */
type LocalPipe = Pick<InprocPipe, keyof InprocEnd | "socketMarks">

/** How a pipe is described to the other thread. */
export function describePipe(pipe: LocalPipe): ThreadPeer {
  const { send, receive } = pipe.socketMarks
  return { routingId: pipe.ownRoutingId, send, receive, departed: pipe.departed }
}

export class ThreadEnd implements InprocEnd {
  readonly endpoint: string
  ownRoutingId: Buffer = Buffer.alloc(0)
  receiveMark = 0
  departed = false
  /** Posted, or waiting to be, and not yet known to be read. */
  unread = 0

  private sendMark = 0
  private readonly port: ThreadPort
  private readonly runtime: Runtime
  private readonly owner: ThreadEndOwner
  /** The pipe that connects and was not accepted yet. */
  private candidate: InprocPipe | undefined
  private other: LocalPipe | undefined
  private over = false
  private listening = false
  /** The batch, and the bytes in it. */
  private messages: Message[] = []
  private bytes = 0
  private flushScheduled = false
  /** Messages delivered to our pipe, of which the other side does not know that they were read. */
  private untold = 0

  constructor(endpoint: string, port: ThreadPort, runtime: Runtime, owner: ThreadEndOwner) {
    this.endpoint = endpoint
    this.port = port
    this.runtime = runtime
    this.owner = owner
  }

  /** Waits until the other side accepts the pipe, and joins it. */
  propose(pipe: InprocPipe): void {
    this.candidate = pipe
    this.listen()
  }

  /** A socket of this thread accepts the other thread's, which is described. */
  describe(peer: ThreadPeer): void {
    this.ownRoutingId = Buffer.from(peer.routingId)
    this.sendMark = peer.send
    this.receiveMark = peer.receive
    this.departed = peer.departed
  }

  /** The pipe leaves. As with any inproc peer, what it was given is delivered, even if it was never accepted. */
  withdraw(): void {
    this.candidate?.giveEarly(this)
    this.otherLeft()
  }

  /** The thread ends: what waits is posted. */
  flush(): void {
    this.flushScheduled = false
    this.candidate?.giveEarly(this)
    const { messages } = this
    if (messages.length === 0 || this.over) return
    this.messages = []
    this.bytes = 0
    const { batch, transfer } = packBatch(messages, true)
    try {
      this.port.post(["messages", batch], transfer)
    } catch {
      // The user gave away memory that is not theirs to give, such as that of WebAssembly: it is copied.
      const copied = packBatch(messages, false)
      this.port.post(["messages", copied.batch], copied.transfer)
    }
  }

  // InprocEnd

  meet(other: InprocEnd): void {
    // Two ends of this class never meet: both would be in other threads.
    this.other = other as LocalPipe
    if (this.candidate === undefined) this.port.post(["accepted", describePipe(this.other)])
    this.candidate = undefined
  }

  open(): void {
    this.other?.giveEarly(this)
    // An end that connects listens already.
    if (!this.listening) this.listen()
  }

  giveEarly(): void {
    // What the other thread sent before is in the port.
  }

  deliver(message: Message): void {
    this.unread++
    this.messages.push(message)
    for (const part of message) this.bytes += part.length
    if (this.bytes >= BATCH) this.flush()
    else if (!this.flushScheduled) {
      this.flushScheduled = true
      this.runtime.afterTurn(() => {
        if (this.flushScheduled) this.flush()
      })
    }
  }

  otherRead(left: number): void {
    const read = this.untold - left
    if (read === 0 || read * 2 < this.mostUntold) return
    this.untold = left
    this.port.post(["read", read])
  }

  updateMarks(): void {
    if (this.other === undefined) return
    const { send, receive } = this.other.socketMarks
    this.port.post(["marks", send, receive])
  }

  otherLeft(): void {
    if (this.over) return
    this.flush()
    this.end()
  }

  private listen(): void {
    this.listening = true
    this.port.start(
      note => {
        if (!this.over) this.heed(note)
      },
      () => {
        this.closed()
      },
    )
  }

  private heed(note: ThreadNote): void {
    const { other, candidate } = this
    if (note[0] === "accepted") {
      if (candidate === undefined) return
      this.describe(note[1])
      this.owner.accepted(this)
      InprocPipe.join(candidate, this)
      this.open()
      candidate.open()
    } else if (note[0] === "messages") {
      unpackBatch(note[1], message => {
        this.untold++
        this.other?.deliver(message)
      })
      // What a reader takes while it is being delivered, or never keeps, counts as read.
      if (this.other !== undefined) this.otherRead(this.other.unread)
    } else if (note[0] === "read") {
      this.unread -= note[1]
      other?.otherRead(this.unread)
    } else {
      ;[, this.sendMark, this.receiveMark] = note
      other?.updateMarks()
    }
  }

  private closed(): void {
    if (this.over) return
    const { other, candidate } = this
    this.end()
    if (candidate !== undefined) this.owner.refused(this)
    else other?.otherLeft()
  }

  private end(): void {
    this.over = true
    this.other = this.candidate = undefined
    this.messages = []
    this.port.close()
    this.owner.ended(this)
  }

  private get mostUntold(): number {
    return Math.min(jointMark(this.sendMark, this.other?.receiveMark ?? 0), LONGEST_COUNT)
  }
}
