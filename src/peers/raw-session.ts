/**
 * One connection of a STREAM socket: no ZMTP, only bytes. Each chunk that comes is a message; the messages of the
 * pipe leave as their bytes alone, and an empty one among them closes the connection. There is no handshake, no
 * heartbeat and no security here.
 */
import type { ByteStream, StreamHandler } from "../transports/transport.js"
import { ownBytes } from "../wire/bytes.js"
import { bodies } from "../wire/encoder.js"
import type { Timer } from "./runtime.js"
import { PARTING_TIME, type OpenSession, type PeerSession, type SessionOwner } from "./session.js"
import type { PipeSession, SessionPipe } from "./session-pipe.js"

const NOTHING = new Uint8Array(0)

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
  private parting: Timer | undefined

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

  finish(): void {
    if (!this.open) return
    this.quit()
    this.part()
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
    const { pipe } = this
    if (pipe === undefined || this.writing || pipe.encoder.byteLength === 0) return
    const chunks = bodies(pipe.take())
    if (chunks.at(-1)?.length === 0) {
      this.leaving = true
      chunks.pop()
    }
    if (chunks.length === 0 || this.stream.write(chunks)) this.sent()
    else this.writing = true
  }

  subscription(): void {
    // There is nobody who would understand.
  }

  fault(): void {
    this.over(false)
  }

  // StreamHandler

  onData(chunk: Buffer): void {
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
    this.sent()
    this.transmit()
  }

  onClose(): void {
    if (this.parting !== undefined) this.owner.runtime.clearTimeout(this.parting)
    if (this.open) this.over(this.leaving)
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

  /** Ends our direction, and the whole connection when the peer does not follow. */
  private part(): void {
    this.stream.resume()
    this.stream.end()
    this.parting = this.owner.runtime.setTimeout(() => {
      this.stream.destroy()
    }, PARTING_TIME)
  }

  private quit(): void {
    this.state = "closed"
    this.pipe?.detach()
    this.pipe = undefined
  }
}
