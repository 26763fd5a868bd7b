/**
 * One connection of a STREAM socket: no ZMTP, only bytes. Each chunk that comes is a message; the messages of the
 * pipe leave as their bytes alone, and an empty one among them closes the connection. There is no handshake, no
 * heartbeat and no security here.
 */
import type { ByteStream, StreamHandler } from "../transports/transport.js"
import { ownBytes } from "../wire/bytes.js"
import { bodies } from "../wire/encoder.js"
import { Parting } from "./parting.js"
import type { Timer } from "./runtime.js"
import type { OpenSession, PeerSession, SessionOwner } from "./session.js"
import type { PipeSession, SessionPipe } from "./session-pipe.js"

const NOTHING = new Uint8Array(0)

/**
 * A connection that is to end waits for its peer to take what was sent before, and is given up when that has taken
 * nothing for so long, in milliseconds. The kernel may have taken megabytes, and wakes a writer for a third of them: a
 * peer that reads some tens of kilobytes a second shows less often than one expects.
 */
export const STUCK_TIME = 30_000

/** Sessions that pass bytes on. `notify`: an empty message tells of each connection and of its end. */
export function rawSessions(notify: boolean): OpenSession {
  return (stream, owner) => new RawSession(stream, owner, notify)
}

export class RawSession implements PeerSession, StreamHandler, PipeSession {
  readonly stream: ByteStream
  private readonly owner: SessionOwner
  private readonly notify: boolean
  private state: "new" | "traffic" | "closed" = "new"
  private pipe: SessionPipe | undefined
  /** A write is under way: nothing more may be written. */
  private writing = false
  /** The socket has asked for the end of the connection, which comes when all that was sent before has left. */
  private leaving = false
  /** The stream is paused until the pipe has room. */
  private paused = false
  private parting: Parting | undefined
  /** Watches a peer that still has to take something before the connection ends. */
  private stuck: Timer | undefined
  /** Bytes that it had to take when it was last looked at. */
  private left = 0

  constructor(stream: ByteStream, owner: SessionOwner, notify: boolean) {
    this.stream = stream
    this.owner = owner
    this.notify = notify
  }

  start(): void {
    this.state = "traffic"
    this.stream.start(this)
    const pipe = this.owner.establish(this, undefined)
    // Who heard of it may have closed the socket.
    if (!this.open) return
    this.pipe = pipe
    if (this.notify) pipe.deliver([ownBytes(NOTHING)])
    pipe.attach(this)
  }

  destroy(): void {
    if (!this.open) return
    this.quit()
    this.stream.destroy()
  }

  finish(linger = 0): void {
    if (!this.open) return
    this.quit()
    this.part(linger)
  }

  // PipeSession

  /** Every chunk is delivered as it comes, so that bytes wait nowhere but in the stream. */
  get stalled(): boolean {
    return this.paused
  }

  pump(): void {
    if (!this.open) return
    this.paused = false
    this.stream.resume()
  }

  pumpInto(): void {
    this.pump()
  }

  decodeAll(): void {
    // Nothing waits here.
  }

  transmit(): void {
    if (this.pipe?.hungUp === true && this.stuck === undefined) this.watch()
    while (this.pipe !== undefined && !this.writing && this.pipe.encoder.byteLength > 0) {
      const chunks = this.nextChunks(this.pipe)
      // Nothing remains of messages that were all spoiled, or of the one that asks for the end.
      if (chunks.length === 0 || this.stream.write(chunks)) this.sent()
      else this.writing = true
    }
  }

  transmitAtExit(linger: number): void {
    if (this.pipe === undefined) return
    this.stream.writeAtExit(this.nextChunks(this.pipe, Infinity), linger)
    this.writing = false
  }

  private nextChunks(pipe: SessionPipe, most?: number): Uint8Array[] {
    const chunks = bodies(pipe.take(most))
    const spoiled = pipe.takeSpoiled()
    if (spoiled > 0) this.owner.spoiled(this, spoiled)
    // Nothing comes after the empty message that asks for the end (sockets/patterns/stream.ts).
    if (chunks.at(-1)?.length === 0) {
      this.leaving = true
      chunks.pop()
    }
    return chunks
  }

  /** Gives a peer up that takes nothing, when the connection is to end. */
  private watch(): void {
    this.left = this.stream.backlog ?? 0
    this.stuck = this.owner.runtime.deadline(() => {
      this.stuck = undefined
      if (!this.open) return
      if (this.left !== (this.stream.backlog ?? 0)) this.watch()
      else {
        this.over(true)
        this.stream.destroy()
      }
    }, STUCK_TIME)
  }

  subscription(): void {
    // There is nobody who would understand.
  }

  fault(): void {
    this.over(false)
  }

  // StreamHandler

  onData(chunk: Buffer): void {
    this.parting?.heard()
    const { pipe } = this
    if (pipe === undefined) return
    pipe.deliver([ownBytes(chunk)])
    if (pipe.room > 0 || this.paused || !this.open) return
    this.paused = true
    this.stream.pause()
  }

  onDrain(): void {
    if (!this.open) return
    this.writing = false
    // Whatever is left then, the peer takes something.
    this.left = -1
    this.sent()
    this.transmit()
  }

  onClose(): void {
    this.parting?.over()
    if (this.open) this.over(this.leaving || this.pipe?.hungUp === true)
  }

  // The course of the connection

  private get open(): boolean {
    return this.state === "traffic"
  }

  private sent(): void {
    this.pipe?.taken()
    if (this.leaving && this.open) this.over(true)
  }

  /** The connection is over: because the socket asked for it, or for another reason, which the user is told. */
  private over(asked: boolean): void {
    if (!asked && this.notify) this.pipe?.deliver([ownBytes(NOTHING)])
    this.quit()
    this.part()
    this.owner.ended(this, asked ? { fault: true, asked } : { fault: false })
  }

  private part(linger = 0): void {
    this.parting = new Parting(this.stream, this.owner.runtime, linger)
  }

  private quit(): void {
    this.state = "closed"
    if (this.stuck !== undefined) this.owner.runtime.clearTimeout(this.stuck)
    this.pipe?.detach()
    this.pipe = undefined
  }
}
