/**
 * Writes at the end of the process, when no event loop turns any more: straight to the descriptor, with waiting in
 * between, where the platform has descriptors for connections. Which bytes these are, and how long to wait, is decided
 * elsewhere.
 */
import { writevSync } from "node:fs"
import { now } from "./clock.js"

/** Most chunks of one system call (IOV_MAX of Linux and the BSDs is 1024). */
const MOST_CHUNKS = 512

/** How long the kernel may take nothing when there is no other limit, in milliseconds. */
const STALLED = 1000

/** Undocumented, but there since Node.js 0.x: the system's side of a socket. */
export interface SystemHandle {
  /** The descriptor; -1 where connections have none, and when it is closed. */
  readonly fd?: unknown
  /** Bytes that the kernel has not taken of those given to the handle. */
  readonly writeQueueSize?: unknown
}

export interface WritableHandle {
  readonly _handle?: SystemHandle | null
}

/** Those that have something left: while one waits, all of them write. */
const unfinished = new Set<LastWrites>()

export class LastWrites {
  private readonly fd: number
  /** What is left. The first `copies` chunks are copies, which nobody else writes to. */
  private rest: Uint8Array[]
  private copies = 0
  private linger = 0
  private readonly since = now()
  /** When the kernel took something last. */
  private progress = this.since

  private constructor(fd: number, rest: Uint8Array[]) {
    this.fd = fd
    this.rest = rest
  }

  /**
   * For a connection that will not be written to by anybody else; undefined where it has no descriptor.
   * @param underWay What the last write consisted of, if the kernel has not taken all of it.
   */
  static on(
    handle: SystemHandle | null | undefined,
    underWay: readonly Uint8Array[] = [],
  ): LastWrites | undefined {
    if (typeof handle?.fd !== "number" || handle.fd < 0) return undefined
    const queued = typeof handle.writeQueueSize === "number" ? handle.writeQueueSize : 0
    return new LastWrites(handle.fd, lastBytes(underWay, queued))
  }

  /**
   * Writes as much as the kernel takes. The caller may overwrite the chunks then.
   * @param linger How long to wait, in milliseconds since this object was made; -1 for as long as the kernel takes
   *   something now and then.
   */
  write(chunks: readonly Uint8Array[], linger = this.linger): void {
    this.linger = linger
    this.rest = this.rest.concat(chunks)
    unfinished.add(this)
    for (;;) {
      for (const each of unfinished) each.tryWriting()
      if (this.done || now() >= this.end) break
      sleep()
    }
    for (let i = this.copies; i < this.rest.length; i++)
      this.rest[i] = Buffer.from(this.rest[i] as Uint8Array)
    this.copies = this.rest.length
  }

  /** Drops what is left. */
  abandon(): void {
    this.rest = []
    this.copies = 0
    unfinished.delete(this)
  }

  /** Whether nothing is left. */
  get done(): boolean {
    return this.rest.length === 0
  }

  /** When there is nothing more to wait for. */
  private get end(): number {
    return this.linger < 0 ? this.progress + STALLED : this.since + this.linger
  }

  private tryWriting(): void {
    try {
      while (!this.done) {
        const written = writevSync(this.fd, this.rest.slice(0, MOST_CHUNKS))
        const before = this.rest.length
        this.rest = lastBytes(this.rest, byteLength(this.rest) - written)
        this.copies = Math.max(0, this.copies - (before - this.rest.length))
        this.progress = now()
      }
      unfinished.delete(this)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Else the connection is broken.
      if (code !== "EAGAIN" && code !== "EINTR") this.abandon()
    }
  }
}

function byteLength(chunks: readonly Uint8Array[]): number {
  let sum = 0
  for (const chunk of chunks) sum += chunk.length
  return sum
}

/** The chunks without what comes before the last so many bytes. */
function lastBytes(chunks: readonly Uint8Array[], length: number): Uint8Array[] {
  let skip = byteLength(chunks) - length
  const rest: Uint8Array[] = []
  for (const chunk of chunks) {
    if (skip >= chunk.length) skip -= chunk.length
    else {
      rest.push(chunk.subarray(skip))
      skip = 0
    }
  }
  return rest
}

/** Waits for a millisecond; not at all where threads must not wait. */
function sleep(): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  } catch {
    // The caller tries again.
  }
}
