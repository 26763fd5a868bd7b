/**
 * The names of one context's inproc endpoints: who has bound which, and who connected before anybody did. It
 * joins the two; what they exchange is theirs.
 */
import { transportError } from "./errors.js"

/** A socket that has bound a name, as seen by those who connect. */
export interface InprocBinder<P> {
  /** Joins a connecting peer. */
  accept(peer: P): void
}

export class InprocNames<P> {
  private readonly bound = new Map<string, InprocBinder<P>>()
  private readonly waiting = new Map<string, Set<P>>()

  /** Throws `EADDRINUSE` when the name is taken. Peers that wait for the name are joined at once. */
  bind(name: string, binder: InprocBinder<P>): void {
    if (this.bound.has(name)) throw transportError("EADDRINUSE")
    this.bound.set(name, binder)
    const peers = this.waiting.get(name)
    this.waiting.delete(name)
    for (const peer of peers ?? []) binder.accept(peer)
  }

  unbind(name: string): void {
    this.bound.delete(name)
  }

  find(name: string): InprocBinder<P> | undefined {
    return this.bound.get(name)
  }

  /** Joins the binder of the name, now or when there is one. */
  connect(name: string, peer: P): void {
    const binder = this.bound.get(name)
    if (binder !== undefined) {
      binder.accept(peer)
      return
    }
    const peers = this.waiting.get(name)
    if (peers === undefined) this.waiting.set(name, new Set([peer]))
    else peers.add(peer)
  }

  /** A peer no longer waits for the name. */
  forget(name: string, peer: P): void {
    const peers = this.waiting.get(name)
    if (peers?.delete(peer) === true && peers.size === 0) this.waiting.delete(name)
  }
}
