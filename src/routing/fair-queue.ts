/**
 * Fair queueing: takes one message from each source that has any, in turn, so that a busy peer cannot starve the
 * others (30/PIPELINE §The PULL Socket Type, 28/REQREP, 29/PUBSUB). Knows sources, not what they deliver.
 */

export interface Source<M> {
  /** Position in the queue's list, or -1. Kept by the queue. */
  inIndex: number
  canRead(): boolean
  read(): M | undefined
  /**
   * Reads until `into` holds `most` or nothing more is there; without `copy` what is read may share memory. A source
   * may leave it out.
   */
  readMany?(into: M[], most: number, copy: boolean): void
}

/** What a receiver needs of a fair queue, or of what stands in front of one. */
export interface FairReader<M, S extends Source<M>> {
  activate(source: S): void
  remove(source: S): void
  canReceive(): boolean
  receive(): M | undefined
  /** Receives until `into` holds `most`, as far as there is a quicker way than one by one. */
  receiveMany?(into: M[], most: number, copy: boolean): void
}

export class FairQueue<M, S extends Source<M>> implements FairReader<M, S> {
  /** The source of the message that the last {@link receive} returned. */
  last: S | undefined
  /** Sources that have messages, or had when they were last asked. */
  private readonly active: S[] = []
  private current = 0

  /** The source has something to read. */
  activate(source: S): void {
    if (source.inIndex >= 0) return
    source.inIndex = this.active.length
    this.active.push(source)
  }

  /** The source is gone. */
  remove(source: S): void {
    if (source.inIndex >= 0) this.deactivate(source)
    if (this.last === source) this.last = undefined
  }

  /** Whether {@link receive} will find a message. */
  canReceive(): boolean {
    for (;;) {
      const source = this.active[this.current]
      if (source === undefined) return false
      if (source.canRead()) return true
      this.deactivate(source)
    }
  }

  receive(): M | undefined {
    for (;;) {
      const source = this.active[this.current]
      if (source === undefined) return undefined
      const message = source.read()
      if (message !== undefined) {
        this.last = source
        if (source.inIndex === this.current) this.advance()
        return message
      }
      // It may have left while it was asked.
      if (source.inIndex >= 0) this.deactivate(source)
    }
  }

  /** With one source alone there are no turns to take. */
  receiveMany(into: M[], most: number, copy: boolean): void {
    const [source] = this.active
    if (source?.readMany === undefined || this.active.length > 1) return
    this.last = source
    source.readMany(into, most, copy)
  }

  private advance(): void {
    this.current++
    if (this.current >= this.active.length) this.current = 0
  }

  /** Puts the last active source into its place. */
  private deactivate(source: S): void {
    const index = source.inIndex
    source.inIndex = -1
    const moved = this.active.pop() as S
    if (moved !== source) {
      this.active[index] = moved
      moved.inIndex = index
    }
    if (this.current >= this.active.length) this.current = 0
  }
}
