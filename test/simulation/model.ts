/**
 * What sockets over inproc may do, as the RFCs of the patterns have it, said as simply as can be: every state that
 * is possible after what was seen. Where a pattern leaves a choice, such as which of its peers gets a message, there
 * is a state for each; seeing a result drops those that it contradicts. When no state is left, the result was wrong.
 */

export type Pair = "pipeline" | "pubsub" | "reqrep"

/** What is known of a connection, whatever its queues hold. */
interface Link {
  readonly id: number
  from: number
  readonly name: string
  to: number | undefined
  /** Both sides are there, or one is and waits for the other. */
  alive: boolean
  /** The connecting side has not taken it back. */
  listed: boolean
}

interface State {
  /** Messages by connection and reader; the reader is "?" while nobody has bound the name. */
  readonly queues: Record<string, readonly string[]>
  /** By REQ, the connection that was asked; by REP, the one to be answered. */
  readonly turns: Record<number, number>
}

export interface Marks {
  readonly send: number
  readonly receive: number
}

const GONE = -1

/** Sockets 0 and 1 are of the side that begins (PUSH, PUB, REQ), 2 and 3 of the other. */
export class Model {
  readonly pair: Pair
  private readonly marks: readonly Marks[]
  private readonly closed = [false, false, false, false]
  private readonly names = new Map<string, number>()
  private readonly links: Link[] = []
  private readonly topics: string[][] = [[], [], [], []]
  private states: State[] = [{ queues: {}, turns: {} }]
  private linkCount = 0

  constructor(pair: Pair, marks: readonly Marks[]) {
    this.pair = pair
    this.marks = marks
  }

  /** How many states are possible. */
  get possibilities(): number {
    return this.states.length
  }

  isClosed(socket: number): boolean {
    return this.closed[socket] === true
  }

  // Endpoints: certain, whatever the state. Each returns the code of its error.

  bind(socket: number, name: string): string | undefined {
    if (this.names.has(name)) return "EADDRINUSE"
    this.names.set(name, socket)
    for (const link of this.links) {
      // A side that connected and left has maybe sent something before.
      if (link.name === name && link.to === undefined) this.join(link, socket)
    }
    return undefined
  }

  unbind(socket: number, name: string): string | undefined {
    if (this.names.get(name) !== socket) return "ENOENT"
    this.names.delete(name)
    return undefined
  }

  connect(socket: number, name: string): undefined {
    const link: Link = { id: this.linkCount++, from: socket, name, to: undefined, alive: true, listed: true }
    this.links.push(link)
    const binder = this.names.get(name)
    if (binder !== undefined) this.join(link, binder)
    return undefined
  }

  disconnect(socket: number, name: string): string | undefined {
    const own = this.links.filter(link => link.from === socket && link.name === name && link.listed)
    if (own.length === 0) return "ENOENT"
    for (const link of own) {
      link.listed = false
      this.cut(link, socket)
    }
    return undefined
  }

  close(socket: number): void {
    this.closed[socket] = true
    for (const [name, binder] of [...this.names]) if (binder === socket) this.names.delete(name)
    for (const link of this.links) {
      if (link.from === socket) link.listed = false
      if (link.from === socket || link.to === socket) this.cut(link, socket)
    }
    this.change(state => {
      const { [socket]: _, ...turns } = state.turns
      return [{ queues: state.queues, turns }]
    })
  }

  /** A new socket takes the place of a closed one. */
  reopen(socket: number): void {
    this.closed[socket] = false
    this.topics[socket] = []
    // What the old one left behind is nobody's; a new one must not read it.
    for (const link of this.links) {
      if (link.from === socket) link.from = GONE
      if (link.to === socket) link.to = GONE
    }
    this.change(state => [
      {
        queues: Object.fromEntries(
          Object.entries(state.queues).filter(([key]) => !key.endsWith(`:${socket}`)),
        ),
        turns: state.turns,
      },
    ])
  }

  subscribe(socket: number, topic: string): void {
    this.topics[socket]?.push(topic)
  }

  unsubscribe(socket: number, topic: string): void {
    const topics = this.topics[socket] ?? []
    const index = topics.indexOf(topic)
    if (index >= 0) topics.splice(index, 1)
  }

  // What depends on the state. Each keeps the states in which the result is possible, and tells whether any is left.

  sent(socket: number, message: string): boolean {
    switch (this.pair) {
      case "pipeline":
        return this.change(state => this.given(state, socket, message))
      case "pubsub":
        return this.change(state => [this.published(state, socket, message)])
      case "reqrep":
        if (socket >= 2) return this.change(state => this.replied(state, socket, message))
        return this.change(state =>
          socket in state.turns
            ? []
            : this.given(state, socket, message).map(next => this.asked(state, next, socket)),
        )
    }
  }

  notSent(socket: number, code: string): boolean {
    if (this.pair === "reqrep") {
      const wrongTurn = (state: State): boolean => socket in state.turns !== socket >= 2
      if (code === "EFSM") return this.keep(wrongTurn)
      return this.keep(state => code === "EAGAIN" && !wrongTurn(state) && this.isFull(state, socket))
    }
    return this.keep(state => this.pair === "pipeline" && code === "EAGAIN" && this.isFull(state, socket))
  }

  writable(socket: number, value: boolean): boolean {
    return this.keep(state => {
      if (this.pair === "pubsub") return value === socket < 2
      if (this.pair === "pipeline" && socket >= 2) return !value
      if (this.pair === "reqrep" && socket >= 2) return value === socket in state.turns
      if (this.pair === "reqrep" && socket in state.turns) return !value
      return value ? this.writableLinks(state, socket).length > 0 : this.isFull(state, socket)
    })
  }

  received(socket: number, message: string): boolean {
    switch (this.pair) {
      case "pipeline":
        return this.change(state => this.taken(state, socket, message).map(([next]) => next))
      case "pubsub":
        if (!this.matches(socket, message)) return false
        return this.change(state => this.sifted(state, socket, message))
      case "reqrep":
        return this.change(state => {
          if (socket >= 2) {
            if (socket in state.turns) return []
            return this.taken(state, socket, message).map(([{ queues }, link]) => ({
              queues,
              turns: { ...state.turns, [socket]: link.id },
            }))
          }
          return this.taken(state, socket, message)
            .filter(([, link]) => state.turns[socket] === link.id)
            .map(([{ queues }]) => {
              const { [socket]: _, ...turns } = state.turns
              return { queues, turns }
            })
        })
    }
  }

  notReceived(socket: number, code: string): boolean {
    if (this.pair === "reqrep") {
      const wrongTurn = (state: State): boolean => socket in state.turns === socket >= 2
      if (code === "EFSM") return this.keep(wrongTurn)
      return this.keep(
        state =>
          code === "EAGAIN" &&
          !wrongTurn(state) &&
          this.queuesOf(state, socket).every(
            ([, queue, link]) => queue.length === 0 || (socket < 2 && state.turns[socket] !== link.id),
          ),
      )
    }
    if (code !== "EAGAIN") return false
    if (this.pair === "pipeline") {
      return this.keep(state => this.queuesOf(state, socket).every(([, queue]) => queue.length === 0))
    }
    return this.change(state => {
      const queues = { ...state.queues }
      for (const [key, queue] of this.queuesOf(state, socket)) {
        if (queue.some(message => this.matches(socket, message))) return []
        queues[key] = []
      }
      return [{ queues, turns: state.turns }]
    })
  }

  readable(socket: number, value: boolean): boolean {
    return this.keep(state => this.queuesOf(state, socket).some(([, queue]) => queue.length > 0) === value)
  }

  /** Another model of the same past. */
  copy(): Model {
    const copy = new Model(this.pair, this.marks)
    copy.restore(this)
    return copy
  }

  /** Takes another's states, or those of several, as possible. */
  adopt(models: readonly Model[]): void {
    this.states = models.flatMap(model => model.states)
    this.change(state => [state])
  }

  private restore(other: Model): void {
    this.closed.splice(0, 4, ...other.closed)
    this.names.clear()
    for (const [name, binder] of other.names) this.names.set(name, binder)
    this.links.push(...other.links.map(link => ({ ...link })))
    this.topics.splice(0, 4, ...other.topics.map(topics => [...topics]))
    this.states = other.states
    this.linkCount = other.linkCount
  }

  /** PUSH and REQ: the message goes to any one peer with room. */
  private given(state: State, socket: number, message: string): State[] {
    return this.writableLinks(state, socket).map(link => {
      const key = this.keyTo(link, socket)
      return {
        queues: { ...state.queues, [key]: [...(state.queues[key] ?? []), message] },
        turns: state.turns,
      }
    })
  }

  /** REQ: whom it asked is the one whose queue has grown. */
  private asked(before: State, after: State, socket: number): State {
    const key = Object.keys(after.queues).find(each => after.queues[each] !== before.queues[each]) ?? ""
    return { queues: after.queues, turns: { ...after.turns, [socket]: Number(key.split(":")[0]) } }
  }

  /** PUB: to all who want it, save those whose queue is full. */
  private published(state: State, socket: number, message: string): State {
    const queues = { ...state.queues }
    for (const link of this.liveLinks(socket)) {
      const peer = link.from === socket ? link.to : link.from
      if (peer === undefined || !this.matches(peer, message)) continue
      const key = this.keyTo(link, socket)
      const queue = queues[key] ?? []
      if (queue.length < this.markOf(link, socket)) queues[key] = [...queue, message]
    }
    return { queues, turns: state.turns }
  }

  /** REP: to whoever asked, if it is still there. */
  private replied(state: State, socket: number, message: string): State[] {
    const { [socket]: id, ...turns } = state.turns
    if (id === undefined) return []
    const link = this.links.find(each => each.id === id)
    if (link?.alive !== true) return [{ queues: state.queues, turns }]
    const key = this.keyTo(link, socket)
    return [{ queues: { ...state.queues, [key]: [...(state.queues[key] ?? []), message] }, turns }]
  }

  /** The states after the message was taken from the head of some queue, and whose that was. */
  private taken(state: State, socket: number, message: string): [State, Link][] {
    return this.queuesOf(state, socket)
      .filter(([, queue]) => queue[0] === message)
      .map(([key, queue, link]) => [
        { queues: { ...state.queues, [key]: queue.slice(1) }, turns: state.turns },
        link,
      ])
  }

  /** SUB: what is not wanted any more is passed over, in any of the queues that were looked at. */
  private sifted(state: State, socket: number, message: string): State[] {
    let found: State[] = []
    const queues = this.queuesOf(state, socket)
    for (const [key, queue] of queues) {
      const index = queue.findIndex(each => this.matches(socket, each))
      if (index < 0 || queue[index] !== message) continue
      let states: State[] = [
        { queues: { ...state.queues, [key]: queue.slice(index + 1) }, turns: state.turns },
      ]
      for (const [other, others] of queues) {
        if (other === key) continue
        const first = others.findIndex(each => this.matches(socket, each))
        const most = first < 0 ? others.length : first
        states = states.flatMap(each =>
          Array.from({ length: most + 1 }, (_, skipped) => ({
            queues: { ...each.queues, [other]: others.slice(skipped) },
            turns: each.turns,
          })),
        )
      }
      found = found.concat(states)
    }
    return found
  }

  private matches(socket: number, message: string): boolean {
    return (this.topics[socket] ?? []).some(topic => message.startsWith(topic))
  }

  private liveLinks(socket: number): Link[] {
    return this.links.filter(link => link.alive && (link.from === socket || link.to === socket))
  }

  private writableLinks(state: State, socket: number): Link[] {
    return this.liveLinks(socket).filter(
      link => (state.queues[this.keyTo(link, socket)] ?? []).length < this.markOf(link, socket),
    )
  }

  /** Nothing has room. A queue that was full need not be used again before it is half empty. */
  private isFull(state: State, socket: number): boolean {
    return this.liveLinks(socket).every(link => {
      const { length } = state.queues[this.keyTo(link, socket)] ?? []
      return length > this.markOf(link, socket) / 2
    })
  }

  /** With inproc the marks of both ends add up; 0 is no limit. */
  private markOf(link: Link, socket: number): number {
    const peer = link.from === socket ? link.to : link.from
    const own = this.marks[socket]?.send ?? 0
    const other = peer === undefined ? undefined : (this.marks[peer]?.receive ?? 0)
    if (own === 0 || other === 0) return Infinity
    return own + (other ?? 0)
  }

  private keyTo(link: Link, writer: number): string {
    return `${link.id}:${link.from === writer ? (link.to ?? "?") : link.from}`
  }

  private queuesOf(state: State, reader: number): [string, readonly string[], Link][] {
    return this.links
      .filter(link => link.from === reader || link.to === reader)
      .map(link => [`${link.id}:${reader}`, state.queues[`${link.id}:${reader}`] ?? [], link])
  }

  private join(link: Link, binder: number): void {
    link.to = binder
    this.change(({ queues: { [`${link.id}:?`]: early = [], ...queues }, turns }) => [
      { queues: { ...queues, [`${link.id}:${binder}`]: early }, turns },
    ])
  }

  /** One side leaves: what it had not read is gone, what it wrote can still be read, now or once the name is bound. */
  private cut(link: Link, by: number): void {
    if (!link.alive) return
    link.alive = false
    this.change(({ queues: { [`${link.id}:${by}`]: _, ...queues }, turns }) => [{ queues, turns }])
  }

  private keep(possible: (state: State) => boolean): boolean {
    return this.change(state => (possible(state) ? [state] : []))
  }

  private change(next: (state: State) => State[]): boolean {
    const unique = new Map<string, State>()
    for (const state of this.states.flatMap(next)) {
      const filled = Object.entries(state.queues)
        .filter(([, queue]) => queue.length > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const tidy = { queues: Object.fromEntries(filled), turns: state.turns }
      unique.set(JSON.stringify(tidy), tidy)
    }
    this.states = [...unique.values()]
    return this.states.length > 0
  }
}
