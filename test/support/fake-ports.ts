/** Two ports as between two threads: what is posted is copied or given away, and arrives when the test says so. */
import type { ThreadNote, ThreadPort } from "../../src/peers/thread-end.js"

export class FakePort implements ThreadPort {
  /** What is on its way to this port. */
  readonly incoming: (ThreadNote | "closed")[] = []
  closed = false
  other: FakePort | undefined
  #onNote: ((note: ThreadNote) => void) | undefined
  #onClose: (() => void) | undefined

  static pair(): [FakePort, FakePort] {
    const [a, b] = [new FakePort(), new FakePort()]
    a.other = b
    b.other = a
    return [a, b]
  }

  post(note: ThreadNote, transfer: readonly ArrayBuffer[] = []): void {
    const copy = structuredClone(note, { transfer: [...transfer] })
    if (!this.closed) this.other?.incoming.push(copy)
  }

  start(onNote: (note: ThreadNote) => void, onClose: () => void): void {
    this.#onNote = onNote
    this.#onClose = onClose
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.other?.incoming.push("closed")
  }

  /** Lets the next note arrive. Returns false when there is none, or nobody listens. */
  arrive(): boolean {
    if (this.#onNote === undefined || this.closed) return false
    const note = this.incoming.shift()
    if (note === undefined) return false
    if (note === "closed") {
      this.closed = true
      this.#onClose?.()
    } else this.#onNote(note)
    return true
  }
}
