/**
 * Lets inproc reach sockets in other threads: a name bound here is held for all threads, and a pipe that connects to
 * a name nobody has here is offered to the thread that holds it, now or when there is one. What is said between the
 * two threads then is told in peers/thread-end.ts.
 */
import type { InprocEnd, InprocPipe } from "../../peers/inproc-pipe.js"
import type { Runtime, Timer } from "../../peers/runtime.js"
import { describePipe, ThreadEnd, type ThreadNote, type ThreadPeer } from "../../peers/thread-end.js"
import type { InprocBinder, InprocElsewhere } from "../../transports/inproc.js"
import { holdName, isNameHeld, offerPort, onThreadEnd, seekName } from "../../transports/threads.js"

/** What the thread that connects says of its socket. */
interface Offer {
  readonly endpoint: string
  readonly peer: ThreadPeer
}

/** Pipes that wait for one name, and what to call when one is joined. */
interface Seekers {
  readonly pipes: Map<InprocPipe, () => void>
  readonly stop: () => void
}

/** In milliseconds. */
const LONGEST_DELAY = 50

function nothing(): void {
  // Nobody needs to know.
}

export class ThreadNames implements InprocElsewhere<InprocEnd, InprocPipe> {
  private readonly runtime: Runtime
  private readonly held = new Map<string, () => void>()
  private readonly seekers = new Map<string, Seekers>()
  /** The other ends of pipes that connected. */
  private readonly connected = new Map<InprocPipe, ThreadEnd>()
  private readonly ends = new Set<ThreadEnd>()
  /** Pipes that are offered later, because many others offered themselves at the same moment. */
  private readonly delayed = new Map<InprocPipe, Timer>()
  private listening = false

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  hold(name: string, binder: InprocBinder<InprocEnd>): void {
    const release = holdName<Offer, ThreadNote>(name, ({ endpoint, peer }, port) => {
      const end = new ThreadEnd(endpoint, port, this.runtime, {
        accepted: nothing,
        refused: nothing,
        ended: () => this.ends.delete(end),
      })
      this.add(end)
      end.describe(peer)
      binder.accept(end)
    })
    this.held.set(name, release)
  }

  release(name: string): void {
    this.held.get(name)?.()
    this.held.delete(name)
  }

  find(name: string): InprocBinder<InprocPipe> | undefined {
    if (!isNameHeld(name)) return undefined
    return {
      accept: pipe => {
        const leave = (): void => {
          pipe.leave()
        }
        if (!this.offer(name, pipe, nothing, leave)) leave()
      },
    }
  }

  seek(name: string, pipe: InprocPipe, joined: () => void): void {
    let seekers = this.seekers.get(name)
    if (seekers === undefined) {
      // Listens before it asks, so that it does not miss a binding between the two.
      seekers = {
        pipes: new Map(),
        stop: seekName(name, () => {
          this.seekAgain(name)
        }),
      }
      this.seekers.set(name, seekers)
    }
    seekers.pipes.set(pipe, joined)
    this.offerSeeker(name, pipe, joined)
  }

  forget(name: string, pipe: InprocPipe): void {
    this.stopSeeking(name, pipe)
    this.connected.get(pipe)?.withdraw()
    const timer = this.delayed.get(pipe)
    if (timer === undefined) return
    this.runtime.clearTimeout(timer)
    this.delayed.delete(pipe)
  }

  private offerSeeker(name: string, pipe: InprocPipe, joined: () => void): void {
    const again = (): void => {
      this.seek(name, pipe, joined)
    }
    if (this.offer(name, pipe, joined, again)) this.stopSeeking(name, pipe)
  }

  private seekAgain(name: string): void {
    for (const [pipe, joined] of this.seekers.get(name)?.pipes ?? []) this.offerSeeker(name, pipe, joined)
  }

  private stopSeeking(name: string, pipe: InprocPipe): void {
    const seekers = this.seekers.get(name)
    if (seekers?.pipes.delete(pipe) !== true || seekers.pipes.size > 0) return
    seekers.stop()
    this.seekers.delete(name)
  }

  /** Returns false when nobody holds the name. The pipe is `refused` when the holder gave it up meanwhile. */
  private offer(name: string, pipe: InprocPipe, accepted: () => void, refused: () => void): boolean {
    const own: Offer = { endpoint: pipe.endpoint, peer: describePipe(pipe) }
    const port = offerPort<ThreadNote>(name, own)
    if (port === undefined) return false
    if (port === "busy") {
      const again = (): void => {
        this.delayed.delete(pipe)
        if (!this.offer(name, pipe, accepted, refused)) refused()
      }
      this.delayed.set(pipe, this.runtime.setTimeout(again, this.runtime.random() * LONGEST_DELAY, true))
      return true
    }
    const end = new ThreadEnd(pipe.endpoint, port, this.runtime, {
      accepted,
      refused,
      ended: () => {
        this.ends.delete(end)
        this.connected.delete(pipe)
      },
    })
    this.add(end)
    this.connected.set(pipe, end)
    end.propose(pipe)
    return true
  }

  private add(end: ThreadEnd): void {
    this.ends.add(end)
    if (this.listening) return
    this.listening = true
    onThreadEnd(() => {
      for (const each of this.ends) each.flush()
    })
  }
}
