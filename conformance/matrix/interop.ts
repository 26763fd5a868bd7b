/**
 * Plays each pattern between each two peers, either of them sending and either of them binding, with each mechanism that
 * both have, and tells which exchanges arrived whole. What flows is in exchanges.ts; how it is shown is in tables.ts.
 */
import { CORE, expectedCount, MORE, run, type Exchange, type Plan, type Role } from "../exchanges.js"
import { Peer, type Launch } from "../peers/driver.js"
import type { Options } from "../peers/protocol.js"

export type Mechanism = "NULL" | "PLAIN"

/** One exchange between two peers. */
export interface Round {
  readonly exchange: Exchange
  /** Names of players. */
  readonly sender: string
  readonly receiver: string
  readonly binder: Role
  readonly mechanism: Mechanism
}

/** How one ended. */
export interface Encounter {
  readonly pattern: string
  readonly sender: string
  readonly receiver: string
  readonly binder: Role
  readonly mechanism: Mechanism
  readonly status: "pass" | "fail" | "n/a"
  /** Why it did not pass; empty when it did. */
  readonly reason: string
}

export interface Player {
  readonly name: string
  readonly launch: Launch
}

export interface InteropOptions {
  readonly parallel: number
  readonly onEncounter?: (encounter: Encounter, done: number, total: number) => void
}

const ROLES: readonly Role[] = ["sender", "receiver"]
const USERS = { alice: "correct horse" }
const CREDENTIALS: Options = { plainUsername: "alice", plainPassword: USERS.alice }
const COUNT = 100
/** None has megabytes: some peers make them slowly, and parts of 64 KiB have all forms of a frame. */
const LARGE_EVERY = 2 * COUNT
/** In milliseconds. Sockets wait for ten seconds at most: a peer that says nothing for so long never will. */
const HUNG = 60_000

export const PATTERNS: readonly Exchange[] = [...CORE, ...MORE]

export function roundsOf(names: readonly string[]): Round[] {
  return PATTERNS.flatMap(exchange =>
    names.flatMap(sender =>
      names.flatMap(receiver =>
        mechanismsOf(exchange).flatMap(mechanism =>
          ROLES.map(binder => ({ exchange, sender, receiver, binder, mechanism })),
        ),
      ),
    ),
  )
}

/** A STREAM speaks no ZMTP, and so no mechanism. */
function mechanismsOf({ sender }: Exchange): readonly Mechanism[] {
  return sender === "stream" ? ["NULL"] : ["NULL", "PLAIN"]
}

export async function playInterop(players: readonly Player[], options: InteropOptions): Promise<Encounter[]> {
  const { parallel, onEncounter } = options
  const rounds = roundsOf(players.map(({ name }) => name))
  const troupe = new Troupe(players)
  const encounters = new Map<Round, Encounter>()
  const keep = (round: Round, outcome: Outcome) => {
    const encounter = encounterOf(round, outcome)
    encounters.set(round, encounter)
    onEncounter?.(encounter, encounters.size, rounds.length)
  }
  try {
    const waiting = [...rounds]
    const suspects: Round[] = []
    const player = async (): Promise<void> => {
      for (let round = waiting.shift(); round !== undefined; round = waiting.shift()) {
        const outcome = await troupe.play(round)
        if (outcome.death === undefined) keep(round, outcome)
        else suspects.push(round)
      }
    }
    await Promise.all(Array.from({ length: parallel }, player))
    // Which of those that were under way killed the peer shows when each is played alone.
    for (const round of suspects) keep(round, await troupe.play(round))
  } finally {
    await troupe.stop()
  }
  return rounds.flatMap(round => encounters.get(round) ?? [])
}

interface Outcome {
  readonly status: Encounter["status"]
  readonly reason: string
  /** How a process of a peer ended meanwhile. */
  readonly death?: string
}

function encounterOf({ exchange, ...rest }: Round, { status, reason, death }: Outcome): Encounter {
  const played = { pattern: exchange.name, ...rest }
  return death === undefined ? { ...played, status, reason } : { ...played, status: "fail", reason: death }
}

/** Two processes of each player, one for each role, so that each can meet itself. */
class Troupe {
  readonly #launches: ReadonlyMap<string, Launch>
  readonly #peers = new Map<string, Promise<Peer>>()
  #last = 0

  constructor(players: readonly Player[]) {
    this.#launches = new Map(players.map(({ name, launch }) => [name, launch]))
  }

  async play({ exchange, binder, mechanism, ...names }: Round): Promise<Outcome> {
    const peers = {
      sender: await this.#peer(names.sender, "sender"),
      receiver: await this.#peer(names.receiver, "receiver"),
    }
    const number = ++this.#last
    const optionsOf = (role: Role): Options =>
      mechanism === "NULL" ? {} : role === binder ? { plainServer: true } : CREDENTIALS
    const outcome = await outcomeOf({
      ...{ exchange, binder, endpoint: "tcp://127.0.0.1:*", seed: number, largeEvery: LARGE_EVERY },
      ...{ count: COUNT, options: { sender: optionsOf("sender"), receiver: optionsOf("receiver") } },
      sides: {
        sender: { peer: peers.sender, socket: `${number} sender` },
        receiver: { peer: peers.receiver, socket: `${number} receiver` },
      },
    })
    const dead = ROLES.map(role => peers[role]).find(({ ended }) => ended !== undefined)
    if (dead === undefined) return outcome
    const [lastWords = ""] = dead.stderr.trim().split("\n").slice(-1)
    return { ...outcome, death: `the process of ${dead.name} ${dead.ended} ${lastWords}`.trim() }
  }

  async stop(): Promise<void> {
    for (const starting of this.#peers.values()) await (await starting).stop()
  }

  async #peer(name: string, role: Role): Promise<Peer> {
    const key = `${role} ${name}`
    const known = this.#peers.get(key)
    const peer = await known
    if (peer !== undefined && peer.ended === undefined) return peer
    // Another round may have started a new one while this one looked.
    const current = this.#peers.get(key)
    if (current !== undefined && current !== known) return current
    const starting = this.#start(name)
    this.#peers.set(key, starting)
    return starting
  }

  async #start(name: string): Promise<Peer> {
    const launch = this.#launches.get(name)
    if (launch === undefined) throw new RangeError(`There is no player ${name}`)
    const peer = await Peer.launch(name, launch)
    // Without ZAP a library that has PLAIN lets everybody in, or nobody: either shows in its exchanges.
    await peer.call("authenticate", { users: USERS }).catch(() => undefined)
    return peer
  }
}

async function outcomeOf(plan: Plan): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing for ${HUNG / 1000} s`)), HUNG)
  })
  try {
    const tallies = await Promise.race([run(plan), hung])
    const expected = expectedCount(plan)
    for (const { fault, count } of tallies) {
      if (fault !== undefined) return { status: "fail", reason: fault }
      if (count !== expected) return { status: "fail", reason: `${count} of ${expected} messages arrived` }
    }
    return { status: "pass", reason: "" }
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    const lacking = code === "ENOTSUP" || code === "EPROTONOSUPPORT"
    return { status: lacking ? "n/a" : "fail", reason: message.split("\n", 1)[0] ?? message }
  } finally {
    clearTimeout(timer)
  }
}
