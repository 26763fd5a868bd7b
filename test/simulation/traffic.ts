/**
 * Traffic of the three patterns between simulated sockets, and what must be true of it. Each kind opens its sockets,
 * runs, says what was wrong once everything has come to rest, and closes. `faults` tells whether connections are cut.
 */
import { expect } from "vitest"
import type { OptionValues } from "../../src/sockets/options.js"
import type { Message } from "../../src/wire/frames.js"
import { compose, isIntact, parse, scribble } from "./messages.js"
import type { SimulatedSocket, Type, World } from "./sockets.js"

export interface Plan {
  readonly senders: number
  readonly receivers: number
  /** Messages of each sender. */
  readonly count: number
  readonly sendMark: number
  readonly receiveMark: number
  /** Most bytes of a part. */
  readonly most: number
  /** Chances that a sender and a receiver rest after a message. */
  readonly senderRests: number
  readonly receiverRests: number
  readonly faults: boolean
}

export interface Traffic {
  /** Sends what there is to send. */
  start(): void
  /** After everything has come to rest. */
  check(): void
  /** Sends some more, which must arrive, since no connection is lost any more. */
  startLast(): void
  checkLast(): void
  /** Restarts one of the sockets that can be. */
  restart(): void
  /** Changes something while messages are under way. */
  stir(): void
  /** Closes everything, the senders while they have something to send. */
  close(): Promise<void>
}

/** Longest rest of a sender or receiver, in milliseconds. */
const REST = 40

/** With how many messages the traffic ends. */
const LAST = 12

let ports = 20000

/** The options that a plan asks for. */
function optionsOf(plan: Plan): Partial<OptionValues> {
  return {
    sendHighWaterMark: plan.sendMark,
    receiveHighWaterMark: plan.receiveMark,
    reconnectInterval: 10,
    linger: -1,
  }
}

/** What a receiver remembers, so that nothing comes twice, late, or altered, then or later. */
class Ledger {
  private readonly world: World
  private readonly most: number
  /** Everything received, by whomever, when no message may come to two. */
  private readonly seen: Set<string>
  private readonly last = new Map<unknown, Map<string, number>>()
  private kept: Message[] = []
  count = 0

  constructor(world: World, most: number, seen = new Set<string>()) {
    this.world = world
    this.most = most
    this.seen = seen
  }

  /** `source` is within what messages of one sender must be in order: a connection, or the sender. */
  enter(who: string, message: Message, source: unknown): void {
    const { from, number } = parse(message)
    this.count++
    const sender = from.slice(from.indexOf(".") + 1)
    const key = `${sender} ${number}`
    if (this.seen.has(key)) this.world.fail(`${who} received ${key} a second time`)
    this.seen.add(key)
    let last = this.last.get(source)
    if (last === undefined) this.last.set(source, (last = new Map<string, number>()))
    if (number <= (last.get(sender) ?? -1)) {
      this.world.fail(`${who} received ${key} after ${last.get(sender) ?? ""}`)
    }
    last.set(sender, number)
    // Now, and again when the connection has gone on to other things.
    if (!isIntact(message, this.most)) this.world.fail(`${who} received ${key} altered`)
    this.kept.push(message)
    if (this.kept.length >= 32) this.recheck(who)
  }

  recheck(who: string): void {
    const { most } = this
    if (!this.kept.every(each => isIntact(each, most))) this.world.fail(`${who} holds an altered message`)
    this.kept = []
  }
}

/** Joins the sockets of both sides, each with each; of which side one connects to the other is left to chance. */
class Mesh {
  /** Receivers that bind; the senders connect to these. */
  readonly bound = new Map<SimulatedSocket, number>()

  constructor(world: World, senders: readonly SimulatedSocket[], receivers: readonly SimulatedSocket[]) {
    const { runtime } = world
    const soon = (action: () => void): void => {
      runtime.setTimeout(action, runtime.random() * 30)
    }
    const portOf = new Map<SimulatedSocket, number>()
    for (const receiver of receivers) {
      const binds = runtime.random() < 0.5
      for (const sender of senders) {
        const [server, client] = binds ? [receiver, sender] : [sender, receiver]
        let port = portOf.get(server)
        if (port === undefined) {
          const chosen = ports++
          portOf.set(server, (port = chosen))
          soon(() => server.bind(chosen))
        }
        const endpoint = `tcp://127.0.0.1:${port}`
        soon(() => {
          client.connect(endpoint)
        })
      }
      if (binds) this.bound.set(receiver, portOf.get(receiver) ?? 0)
    }
  }
}

export function resetPorts(): void {
  ports = 20000
}

function make(world: World, type: Type, count: number, options: Partial<OptionValues>): SimulatedSocket[] {
  return Array.from({ length: count }, (_, i) => world.socket(type, `${type.toLowerCase()}${i}`, options))
}

function oneOf<T>(world: World, items: readonly T[]): T | undefined {
  return items[world.runtime.integer(0, items.length - 1)]
}

async function restNow(world: World, chance: number): Promise<void> {
  if (world.runtime.random() < chance) await world.sleep(world.runtime.random() * REST)
}

/** PUSH to PULL: nothing is lost without a fault; after the last fault of a sender neither. */
export class Pipeline implements Traffic {
  private readonly world: World
  private readonly plan: Plan
  private readonly pushes: SimulatedSocket[]
  private readonly pulls: SimulatedSocket[]
  private readonly mesh: Mesh
  private readonly seen = new Set<string>()
  /** By sender: messages that it was rid of, and how many these were when it last lost a connection. */
  private readonly accepted = new Map<SimulatedSocket, number>()
  private readonly safeFrom = new Map<SimulatedSocket, number>()
  private restarts = 0

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    const options = optionsOf(plan)
    this.pushes = make(world, "PUSH", plan.senders, options)
    this.pulls = make(world, "PULL", plan.receivers, options)
    this.mesh = new Mesh(world, this.pushes, this.pulls)
    for (const push of this.pushes) {
      push.onLoss = () => this.safeFrom.set(push, this.accepted.get(push) ?? 0)
    }
    for (const pull of this.pulls) this.listen(pull)
  }

  start(): void {
    for (const push of this.pushes) this.world.start(() => this.sendMany(push, this.plan.count))
  }

  check(): void {
    for (const push of this.pushes) {
      const accepted = this.accepted.get(push) ?? 0
      expect(accepted, `${push.name}: messages taken`).toBe(this.plan.count)
      this.expectFrom(push, this.plan.faults ? (this.safeFrom.get(push) ?? 0) : 0)
    }
  }

  startLast(): void {
    for (const push of this.pushes) {
      this.safeFrom.set(push, this.accepted.get(push) ?? 0)
      this.world.start(() => this.sendMany(push, LAST))
    }
  }

  checkLast(): void {
    for (const push of this.pushes) this.expectFrom(push, this.safeFrom.get(push) ?? 0)
  }

  /** What lingers is not lost either. */
  async close(): Promise<void> {
    const all = this.pushes.map(async push => {
      await this.sendMany(push, LAST)
      push.close()
    })
    await Promise.all(all)
    for (let i = 0; i < 1000 && this.missing() > 0; i++) await this.world.sleep(100)
    this.checkLast()
    for (const pull of this.pulls) pull.close()
  }

  restart(): void {
    const pull = oneOf(this.world, [...this.mesh.bound.keys()])
    const port = pull === undefined ? undefined : this.mesh.bound.get(pull)
    if (pull === undefined || port === undefined || pull.core.lastEndpoint === undefined) return
    this.mesh.bound.delete(pull)
    this.pulls.splice(this.pulls.indexOf(pull), 1)
    pull.crash()
    const next = this.world.socket("PULL", `${pull.name}.${++this.restarts}`, optionsOf(this.plan))
    next.bind(port)
    this.pulls.push(next)
    this.mesh.bound.set(next, port)
    this.listen(next)
  }

  stir(): void {
    // Nothing changes here.
  }

  private missing(): number {
    let count = 0
    for (const push of this.pushes) {
      for (let n = this.safeFrom.get(push) ?? 0; n < (this.accepted.get(push) ?? 0); n++) {
        if (!this.seen.has(`${push.name} ${n}`)) count++
      }
    }
    return count
  }

  private expectFrom(push: SimulatedSocket, first: number): void {
    const accepted = this.accepted.get(push) ?? 0
    const missing = []
    for (let n = first; n < accepted; n++) if (!this.seen.has(`${push.name} ${n}`)) missing.push(n)
    expect(missing, `${push.name}: missing from ${first} to ${accepted}`).toEqual([])
  }

  private async sendMany(push: SimulatedSocket, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = this.accepted.get(push) ?? 0
      const message = compose(`x.${push.name}`, number, this.plan.most)
      const sent = push.send(message)
      scribble(message)
      await sent
      this.accepted.set(push, number + 1)
      await restNow(this.world, this.plan.senderRests)
    }
  }

  private listen(pull: SimulatedSocket): void {
    // A bound socket sees each connection as another peer, and takes from these in turn.
    const whole = !this.mesh.bound.has(pull) || !this.plan.faults
    const ledger = new Ledger(this.world, this.plan.most, this.seen)
    this.world.start(async () => {
      for (let message = await pull.next(); message !== undefined; message = await pull.next()) {
        ledger.enter(pull.name, message, whole ? pull : pull.source)
        await restNow(this.world, this.plan.receiverRests)
      }
      ledger.recheck(pull.name)
    })
  }
}

const TOPICS = ["a", "ab", "b", "c"]

/** PUB to SUB: what is missing was dropped, and counted; a PUB never waits. */
export class Broadcast implements Traffic {
  private readonly world: World
  private readonly plan: Plan
  private readonly pubs: SimulatedSocket[]
  private readonly subs: SimulatedSocket[]
  private readonly mesh: Mesh
  private readonly wanted = new Map<SimulatedSocket, Set<string>>()
  private readonly ledgers = new Map<SimulatedSocket, Ledger>()
  private readonly numbers = new Map<SimulatedSocket, number>()
  private expected = 0
  private lastExpected = new Map<SimulatedSocket, number>()

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    const options = optionsOf(plan)
    this.pubs = make(world, "PUB", plan.senders, options)
    this.subs = make(world, "SUB", plan.receivers, { ...options, linger: 0 })
    this.mesh = new Mesh(world, this.pubs, this.subs)
    for (const sub of this.subs) {
      const topics = new Set(TOPICS.filter(() => world.runtime.random() < 0.5))
      if (topics.size === 0) topics.add("a")
      this.wanted.set(sub, topics)
      for (const topic of topics) sub.subscribe(topic)
      this.listen(sub)
    }
  }

  start(): void {
    for (const pub of this.pubs) this.world.start(() => this.publish(pub, this.plan.count))
  }

  check(): void {
    if (this.plan.faults) return
    expect(this.received + this.dropped, "received and dropped").toBe(this.expected)
  }

  startLast(): void {
    for (const sub of this.subs) this.lastExpected.set(sub, this.ledgers.get(sub)?.count ?? 0)
    for (const pub of this.pubs) {
      this.world.start(async () => {
        for (let i = 0; i < LAST; i++) {
          // One at a time: no queue is ever full.
          await this.publish(pub, 1, true)
          await this.world.sleep(5000)
        }
      })
    }
  }

  checkLast(): void {
    for (const sub of this.subs) {
      expect(this.ledgers.get(sub)?.count, `${sub.name}: received`).toBe(this.lastExpected.get(sub))
    }
    // What a PUB remembers is what its peers want now, however often they have come and gone.
    const distinct = new Set([...this.wanted.values()].flatMap(topics => [...topics]))
    for (const pub of this.pubs) {
      const { topics } = pub.core.pattern as unknown as { topics: { size: number } }
      expect(topics.size, `${pub.name}: topics`).toBe(distinct.size)
    }
    for (const sub of this.subs) for (const topic of this.wanted.get(sub) ?? []) sub.unsubscribe(topic)
  }

  restart(): void {
    // A new SUB with other subscriptions is a matter for a test of its own.
  }

  /** Changes a subscription; only with faults, which leave nothing to be counted. */
  stir(): void {
    const sub = oneOf(this.world, this.subs)
    const topic = oneOf(this.world, TOPICS)
    if (sub === undefined || topic === undefined) return
    const wanted = this.wanted.get(sub)
    if (wanted === undefined) return
    if (!wanted.has(topic)) {
      wanted.add(topic)
      sub.subscribe(topic)
      // By its first subscription after a reconnection a SUB takes back the earlier ones: it needs to have one.
    } else if (wanted.size > 1) {
      wanted.delete(topic)
      sub.unsubscribe(topic)
    }
  }

  close(): Promise<void> {
    for (const pub of this.pubs) {
      const { topics } = pub.core.pattern as unknown as { topics: { size: number } }
      expect(topics.size, `${pub.name}: topics after all were cancelled`).toBe(0)
    }
    for (const socket of [...this.pubs, ...this.subs]) socket.close()
    return Promise.resolve()
  }

  private get received(): number {
    return [...this.ledgers.values()].reduce((sum, ledger) => sum + ledger.count, 0)
  }

  private get dropped(): number {
    return this.pubs.reduce((sum, pub) => sum + pub.dropped, 0)
  }

  private wants(sub: SimulatedSocket, text: string): boolean {
    return [...(this.wanted.get(sub) ?? [])].some(topic => text.startsWith(topic))
  }

  private async publish(pub: SimulatedSocket, count: number, last = false): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = this.numbers.get(pub) ?? 0
      this.numbers.set(pub, number + 1)
      const head = `${oneOf(this.world, TOPICS) ?? ""}.${pub.name}`
      const message = compose(head, number, this.plan.most)
      const sent = pub.send(message)
      if (pub.waits) this.world.fail(`${pub.name} waits`)
      scribble(message)
      await sent
      for (const sub of this.subs) {
        if (!this.wants(sub, head)) continue
        this.expected++
        if (last) this.lastExpected.set(sub, (this.lastExpected.get(sub) ?? 0) + 1)
      }
      await restNow(this.world, this.plan.senderRests)
    }
  }

  private listen(sub: SimulatedSocket): void {
    const whole = !this.mesh.bound.has(sub) || !this.plan.faults
    const ledger = new Ledger(this.world, this.plan.most)
    this.ledgers.set(sub, ledger)
    this.world.start(async () => {
      for (let message = await sub.next(); message !== undefined; message = await sub.next()) {
        const { from } = parse(message)
        if (!this.wants(sub, from)) this.world.fail(`${sub.name} received ${from}, which it did not ask for`)
        ledger.enter(sub.name, message, whole ? sub : sub.source)
        await restNow(this.world, this.plan.receiverRests)
      }
      ledger.recheck(sub.name)
    })
  }
}

/** REQ to REP: each reply is the one to the last request. */
export class Dialogue implements Traffic {
  private readonly world: World
  private readonly plan: Plan
  private readonly clients: SimulatedSocket[]
  private readonly servers: SimulatedSocket[]
  private readonly mesh: Mesh
  private readonly answered = new Map<SimulatedSocket, number>()
  private readonly numbers = new Map<SimulatedSocket, number>()
  private restarts = 0

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    const options = optionsOf(plan)
    const patient = { relaxed: true, correlate: true, receiveTimeout: 300 }
    this.clients = make(world, "REQ", plan.senders, plan.faults ? { ...options, ...patient } : options)
    this.servers = make(world, "REP", plan.receivers, this.serverOptions)
    this.mesh = new Mesh(world, this.clients, this.servers)
    for (const server of this.servers) this.serve(server)
  }

  start(): void {
    for (const client of this.clients) this.world.start(() => this.ask(client, this.plan.count))
  }

  check(): void {
    if (this.plan.faults) return
    for (const client of this.clients) expect(this.answered.get(client)).toBe(this.plan.count)
  }

  startLast(): void {
    for (const client of this.clients) {
      this.answered.set(client, 0)
      client.core.values.receiveTimeout = 60_000
      this.world.start(() => this.ask(client, LAST))
    }
  }

  checkLast(): void {
    // Late replies to earlier requests may fill the way from a server, which then drops the first of the new ones.
    const least = this.plan.faults ? LAST - this.servers.length : LAST
    for (const client of this.clients) {
      expect(this.answered.get(client), client.name).toBeGreaterThanOrEqual(least)
    }
  }

  restart(): void {
    const server = oneOf(this.world, [...this.mesh.bound.keys()])
    const port = server === undefined ? undefined : this.mesh.bound.get(server)
    if (server === undefined || port === undefined || server.core.lastEndpoint === undefined) return
    this.mesh.bound.delete(server)
    this.servers.splice(this.servers.indexOf(server), 1)
    server.crash()
    const next = this.world.socket("REP", `${server.name}.${++this.restarts}`, this.serverOptions)
    next.bind(port)
    this.servers.push(next)
    this.mesh.bound.set(next, port)
    this.serve(next)
  }

  stir(): void {
    // Nothing changes here.
  }

  close(): Promise<void> {
    for (const socket of [...this.clients, ...this.servers]) socket.close()
    return Promise.resolve()
  }

  /**
   * This network may tell of a write later than the peer answers what was written. A queue of one would then be
   * full, and a REP drops what its client has no room for.
   */
  private get serverOptions(): Partial<OptionValues> {
    return { ...optionsOf(this.plan), sendHighWaterMark: Math.max(2, this.plan.sendMark) }
  }

  private async ask(client: SimulatedSocket, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = this.numbers.get(client) ?? 0
      this.numbers.set(client, number + 1)
      const request = compose(`x.${client.name}`, number, this.plan.most)
      const sent = client.send(request)
      scribble(request)
      await sent
      const reply = await client.next()
      if (reply === undefined) continue
      this.answered.set(client, (this.answered.get(client) ?? 0) + 1)
      const asked = parse(reply.slice(1))
      if (asked.from !== `x.${client.name}` || asked.number !== number) {
        this.world.fail(
          `${client.name} asked ${number} and received the reply to ${asked.from} ${asked.number}`,
        )
      } else if (!isIntact(reply.slice(1), this.plan.most)) {
        this.world.fail(`${client.name} received an altered reply`)
      }
      await restNow(this.world, this.plan.senderRests)
    }
  }

  private serve(server: SimulatedSocket): void {
    this.world.start(async () => {
      for (let request = await server.next(); request !== undefined; request = await server.next()) {
        await restNow(this.world, this.plan.receiverRests)
        if (server.core.state === "closed") return
        await server.send([server.name, ...request])
      }
    })
  }
}
