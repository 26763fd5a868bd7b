/**
 * What the runner of the soak and its processes say to one another, over the channel that Node.js gives a forked
 * process. Each order has one answer, and answers come in the order of the orders.
 */

/** What the process under test plays; its peers play the other end. */
export type HubRole = "pull" | "publish"

/** To the process under test. */
export type HubOrder =
  | { readonly order: "bind"; readonly role: HubRole }
  /** Counts from here on, and watches the garbage collector. */
  | { readonly order: "begin" }
  | { readonly order: "sample" }
  /** This peer closed its socket after so many messages, all of which have to arrive. */
  | { readonly order: "expect"; readonly peer: number; readonly count: number }
  /** Waits for all that is to arrive, then says what came of it. */
  | { readonly order: "total" }
  /** Bytes in use after garbage collection. */
  | { readonly order: "held" }

export interface Sample {
  /** Messages since the beginning. */
  readonly messages: number
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

/** Pauses of one kind of garbage collection, in nanoseconds. */
export interface Pauses {
  readonly kind: string
  readonly count: number
  readonly sum: number
  readonly median: number
  readonly p99: number
  readonly max: number
}

export interface Total {
  readonly messages: number
  readonly nanoseconds: number
  /** Messages that a publisher did not queue for some peer, where the package counts them. */
  readonly dropped?: number
  readonly pauses: readonly Pauses[]
}

/** How a peer behaves; a stalled subscriber does not receive. */
export type PeerRole = "push" | "subscribe" | "stall"

export type PeerOrder =
  | { readonly order: "play"; readonly role: PeerRole; readonly endpoint: string; readonly peer: number }
  /** Closes the socket, which sends what is queued, and ends. */
  | { readonly order: "leave" }

/** What a peer says when it leaves: messages sent or received, and those that its publisher dropped. */
export interface Left {
  readonly count: number
  readonly missed: number
}

export type Answer<T> = { readonly value: T } | { readonly error: string }

/**
 * Answers orders one after another. What goes wrong is told once, and nothing after it. `gone` is called when the
 * runner is, or is done with this process.
 */
export function obey(act: (order: never, fail: (error: unknown) => void) => unknown, gone: () => void): void {
  const fail = (error: unknown): void => {
    const text = error instanceof Error ? error.message : String(error)
    process.send?.({ error: text } satisfies Answer<never>, () => process.exit(1))
  }
  let last: Promise<unknown> = Promise.resolve()
  process.on("message", order => {
    last = last
      .then(() => act(order as never, fail))
      .then(value => process.send?.({ value } satisfies Answer<unknown>))
      .catch(fail)
  })
  process.on("disconnect", gone)
}
