/**
 * Load balancing: gives each message to the next sink that takes one, in turn (30/PIPELINE §The PUSH Socket Type,
 * 28/REQREP §The REQ Socket Type). Full sinks are left out until they report room.
 */

export interface Sink<M> {
  /** Position in the balancer's list, or -1. Kept by the balancer. */
  outIndex: number
  canWrite(): boolean
  write(message: M): boolean
}

export class LoadBalancer<M, S extends Sink<M>> {
  /** Sinks that take messages, or did when they were last asked. */
  private readonly active: S[] = []
  private current = 0

  /** The sink takes messages. */
  activate(sink: S): void {
    if (sink.outIndex >= 0) return
    sink.outIndex = this.active.length
    this.active.push(sink)
  }

  /** The sink is gone. */
  remove(sink: S): void {
    if (sink.outIndex >= 0) this.deactivate(sink)
  }

  /** Whether {@link send} will find a sink. */
  canSend(): boolean {
    for (;;) {
      const sink = this.active[this.current]
      if (sink === undefined) return false
      if (sink.canWrite()) return true
      this.deactivate(sink)
    }
  }

  /** Gives the message to the next sink and returns it; undefined when no sink takes any. */
  send(message: M): S | undefined {
    for (;;) {
      const sink = this.active[this.current]
      if (sink === undefined) return undefined
      if (sink.write(message)) {
        if (sink.outIndex === this.current) this.advance()
        return sink
      }
      // It may have left while it was asked.
      if (sink.outIndex >= 0) this.deactivate(sink)
    }
  }

  private advance(): void {
    this.current++
    if (this.current >= this.active.length) this.current = 0
  }

  /** Puts the last active sink into its place. */
  private deactivate(sink: S): void {
    const index = sink.outIndex
    sink.outIndex = -1
    const moved = this.active.pop() as S
    if (moved !== sink) {
      this.active[index] = moved
      moved.outIndex = index
    }
    if (this.current >= this.active.length) this.current = 0
  }
}
