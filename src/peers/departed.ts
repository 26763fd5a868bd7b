/**
 * What peers have left behind: messages of connections that are over, which the user has not read yet. Each
 * connection is bounded by its high-water mark, but a peer that comes and goes could leave as much each time; so
 * when there is very much, no new connection is accepted until some of it was read. Knows no sockets.
 */
import type { SessionPipe } from "./session-pipe.js"

/** Bytes of messages that may be left behind at one bound endpoint. */
export const DEPARTED_LIMIT = 256 * 1024 * 1024

/** Pipes are looked through when there are twice as many as the last time, and this many at least. */
const FEW = 64

export class DepartedPipes {
  /** Ended pipes and the bytes they held when they ended. */
  private readonly pipes = new Map<SessionPipe, number>()
  private bytes = 0
  private next = FEW

  add(pipe: SessionPipe): void {
    if (!pipe.canRead()) return
    const bytes = pipe.unreadBytes()
    this.pipes.set(pipe, bytes)
    this.bytes += bytes
    if (this.pipes.size >= this.next) this.forgetRead()
  }

  /** Whether so much is left that nobody else should come. */
  get full(): boolean {
    if (this.bytes > DEPARTED_LIMIT) this.forgetRead()
    return this.bytes > DEPARTED_LIMIT
  }

  private forgetRead(): void {
    for (const [pipe, bytes] of this.pipes) {
      if (pipe.canRead()) continue
      this.pipes.delete(pipe)
      this.bytes -= bytes
    }
    this.next = Math.max(FEW, this.pipes.size * 2)
  }
}
