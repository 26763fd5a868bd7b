/**
 * The peers of the soak: as many at a time as there are places, each in a process of its own, for a while between
 * an instant and some seconds; then it closes its socket or is killed, and the next one comes. The same seed gives the
 * same lives.
 */
import type { HubOrder, Left, PeerOrder, PeerRole } from "../processes/soak-orders.js"
import { Player } from "./player.js"

export const PLACES = 3

/** Milliseconds that a peer stays at full speed. */
const SHORTEST = 50
const LONGEST = 3_000

/** What a hub's peers may be; a role that stands twice comes twice as often. */
export type Roles = readonly [PeerRole, ...PeerRole[]]

export class Crowd {
  closed = 0
  killed = 0
  /** What those said that closed: messages of their own, or received, and those that the publisher dropped. */
  count = 0
  missed = 0
  readonly #hub: Player<HubOrder>
  readonly #specifier: string
  readonly #endpoint: string
  readonly #roles: Roles
  #next = 1
  #seed = 2_463_534_242
  #isOver = false
  #wakers: (() => void)[] = []
  readonly #present = new Set<Player<PeerOrder>>()

  constructor(hub: Player<HubOrder>, specifier: string, endpoint: string, roles: Roles) {
    this.#hub = hub
    this.#specifier = specifier
    this.#endpoint = endpoint
    this.#roles = roles
  }

  /** Lets peers come and go until {@link disperse}; resolves when the last one has gone. */
  async gather(): Promise<void> {
    this.#isOver = false
    const places = Array.from({ length: PLACES }, async () => {
      while (!this.#isOver) await this.#life()
    })
    await Promise.all(places)
  }

  /** Sends those home that are there, each in its way. */
  disperse(): void {
    this.#isOver = true
    for (const wake of this.#wakers.splice(0)) wake()
  }

  /** Ends all at once, when nothing that they could say matters any more. */
  async destroy(): Promise<void> {
    this.disperse()
    await Promise.all([...this.#present].map(player => player.kill()))
  }

  async #life(): Promise<void> {
    const peer = this.#next++
    const role = this.#roles[this.#random(this.#roles.length)] ?? this.#roles[0]
    const milliseconds = SHORTEST + this.#random(LONGEST - SHORTEST)
    const isKilled = this.#random(2) === 0
    const player = new Player<PeerOrder>(`${role} ${peer}`, "soak-peer", this.#specifier)
    this.#present.add(player)
    try {
      await player.ask({ order: "play", role, endpoint: this.#endpoint, peer })
      await this.#wait(milliseconds)
      if (player.failure) throw player.failure
      if (!isKilled) await this.#leave(player, peer, role)
    } finally {
      await player.kill()
      this.#present.delete(player)
    }
    if (isKilled) this.killed++
    else this.closed++
  }

  async #leave(player: Player<PeerOrder>, peer: number, role: PeerRole): Promise<void> {
    const { count, missed } = await player.ask<Left>({ order: "leave" })
    this.count += count
    this.missed += missed
    if (role === "push") await this.#hub.ask({ order: "expect", peer, count })
    await player.leave()
  }

  /** Waits, but no longer than the crowd is wanted. */
  async #wait(milliseconds: number): Promise<void> {
    if (this.#isOver) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wakers.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #random(below: number): number {
    this.#seed ^= this.#seed << 13
    this.#seed ^= this.#seed >>> 17
    this.#seed ^= this.#seed << 5
    this.#seed >>>= 0
    return Math.floor((this.#seed / 2 ** 32) * below)
  }
}
