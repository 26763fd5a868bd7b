/**
 * A stream of bytes without a network: the test plays the peer. It remembers what was written, takes as much as
 * the test says, and holds whoever uses it to the contract of {@link ByteStream}.
 */
import type { ByteStream, StreamHandler } from "../../src/transports/transport.js"

export class FakeStream implements ByteStream {
  readonly localEndpoint: string = "tcp://127.0.0.1:5555"
  readonly remoteEndpoint: string = "tcp://127.0.0.1:40000"
  readonly peerAddress: string = "127.0.0.1"
  /** Whether the kernel takes what is written at once. */
  open = true
  /** Bytes that the kernel has not taken, as far as the test says. */
  backlog = 0
  /** How many writes there were. */
  writes = 0
  paused = false
  ended = false
  destroyed = false
  #handler: StreamHandler | undefined
  /** What was written and not looked at, and those of its chunks that the kernel has not taken, with copies. */
  #written: Buffer[] = []
  #held: { readonly chunk: Uint8Array; readonly copy: Buffer }[] = []
  #over = false

  start(handler: StreamHandler): void {
    if (this.#handler !== undefined) throw new Error("Started twice")
    this.#handler = handler
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#handler === undefined) throw new Error("Written to before the start")
    if (this.#held.length > 0) throw new Error("Written to while a write is under way")
    if (this.ended || this.destroyed) throw new Error("Written to after the end")
    if (chunks.length === 0) throw new Error("Nothing was written")
    this.writes++
    const copies = chunks.map(chunk => ({ chunk, copy: Buffer.from(chunk) }))
    this.#written.push(...copies.map(({ copy }) => copy))
    if (!this.open) this.#held = copies
    return this.open
  }

  /** What was written at the end of the process, and how long that was allowed to take. */
  readonly atExit: { readonly bytes: Buffer; readonly linger: number }[] = []

  writeAtExit(chunks: readonly Uint8Array[], linger: number): void {
    this.atExit.push({ bytes: Buffer.concat(chunks), linger })
    this.#held = []
    this.open = true
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  end(): void {
    this.ended = true
  }

  destroy(): void {
    this.destroyed = true
    this.#over = true
  }

  /** Everything written since the last call. */
  taken(): Buffer {
    const bytes = Buffer.concat(this.#written)
    this.#written = []
    return bytes
  }

  /** Whether a write is under way. */
  get busy(): boolean {
    return this.#held.length > 0
  }

  /** The kernel takes what it was given; throws when those bytes were changed meanwhile. */
  drain(open = true): void {
    for (const { chunk, copy } of this.#held) {
      if (!copy.equals(chunk)) throw new Error("Bytes changed before they were taken")
    }
    this.#held = []
    this.open = open
    if (!this.#over) this.#handler?.onDrain()
  }

  /** The peer sends. */
  receive(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      if (this.#over) return
      const lent = Buffer.from(chunk)
      this.#handler?.onData(lent, true)
      // Whoever still looks at it shall notice.
      lent.fill(0xee)
    }
  }

  /** The peer closes, or the connection breaks. */
  close(error?: NodeJS.ErrnoException): void {
    if (this.#over) return
    this.#over = true
    this.#handler?.onClose(error)
  }
}
