/**
 * The names of one context's inproc endpoints: who has bound which, and who connected before anybody did. It
 * joins the two; what they exchange is theirs. Names of other threads are looked for {@link InprocElsewhere}.
 */
import { transportError } from "./errors.js"

/** A socket that has bound a name, as seen by those who connect. */
export interface InprocBinder<P> {
  /** Joins a connecting peer. */
  accept(peer: P): void
}

/** Where else a name may be bound, and from where peers may connect to the names bound here. */
export interface InprocElsewhere<E, P extends E> {
  /** A name is bound here; throws `EADDRINUSE` when it is bound elsewhere. */
  hold(name: string, binder: InprocBinder<E>): void
  release(name: string): void
  find(name: string): InprocBinder<P> | undefined
  /** Joins the peer to the binder of a name, now or when there is one, and calls `joined` then. */
  seek(name: string, peer: P, joined: () => void): void
  /** The peer leaves, or has been joined to a binder here. */
  forget(name: string, peer: P): void
}

/** `P` are the peers of this place; binders here take those from elsewhere as well. */
export class InprocNames<E, P extends E> {
  private readonly elsewhere: InprocElsewhere<E, P> | undefined
  private readonly bound = new Map<string, InprocBinder<E>>()
  private readonly waiting = new Map<string, Set<P>>()

  constructor(elsewhere?: InprocElsewhere<E, P>) {
    this.elsewhere = elsewhere
  }

  /** Throws `EADDRINUSE` when the name is taken. Peers that wait for the name are joined at once. */
  bind(name: string, binder: InprocBinder<E>): void {
    if (this.bound.has(name)) throw transportError("EADDRINUSE")
    this.elsewhere?.hold(name, binder)
    this.bound.set(name, binder)
    const peers = this.waiting.get(name)
    this.waiting.delete(name)
    for (const peer of peers ?? []) {
      binder.accept(peer)
      this.elsewhere?.forget(name, peer)
    }
  }

  unbind(name: string): void {
    this.bound.delete(name)
    this.elsewhere?.release(name)
  }

  find(name: string): InprocBinder<P> | undefined {
    return this.bound.get(name) ?? this.elsewhere?.find(name)
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
    this.elsewhere?.seek(name, peer, () => {
      this.stopWaiting(name, peer)
    })
  }

  /** A peer leaves, and no longer waits for the name. */
  forget(name: string, peer: P): void {
    this.stopWaiting(name, peer)
    this.elsewhere?.forget(name, peer)
  }

  private stopWaiting(name: string, peer: P): void {
    const peers = this.waiting.get(name)
    if (peers?.delete(peer) === true && peers.size === 0) this.waiting.delete(name)
  }
}
