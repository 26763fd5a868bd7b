/**
 * Minutes of full speed while peers come and go: is everything right that arrives, does memory stay flat, and how long
 * does the garbage collector stop the process? One flow after another, the process under test by itself and its
 * peers in processes of their own.
 */
import { setTimeout } from "node:timers/promises"
import type { HubOrder, HubRole, Pauses, Sample, Total } from "../processes/soak-orders.js"
import { Crowd, type Roles } from "./crowd.js"
import { FIGURES, flatness, heldBound, type Flatness, type MemoryFigure } from "./judge.js"
import { Player } from "./player.js"

export interface Soak {
  readonly name: string
  readonly seconds: number
  /** Messages that the process under test received or sent, and that it did not queue for some peer. */
  readonly messages: number
  readonly dropped?: number
  /** Messages received by subscribers that closed, who also saw that so many were missing. */
  readonly delivered?: number
  readonly missed?: number
  readonly peers: { readonly closed: number; readonly killed: number }
  readonly memory: Readonly<Record<MemoryFigure, Flatness>>
  /** Bytes in use after garbage collection with all peers gone, before the first and after the last. */
  readonly held: { readonly before: number; readonly after: number; readonly bound: number }
  readonly pauses: readonly Pauses[]
  readonly samples: readonly Sample[]
}

interface SoakFlow {
  readonly name: string
  readonly hub: HubRole
  readonly roles: Roles
}

const soaks: readonly SoakFlow[] = [
  { name: "PULL, from PUSH peers", hub: "pull", roles: ["push"] },
  { name: "PUB, to SUB peers", hub: "publish", roles: ["subscribe", "subscribe", "subscribe", "stall"] },
]

/** Milliseconds in which a process grows into its work: code is compiled, the heap's young half takes its size. */
const WARM_UP = 20_000

/** At most so many samples, but not more than four a second. */
const SAMPLES = 240

export function isFlat({ memory, held }: Soak): boolean {
  return (
    FIGURES.every(figure => memory[figure].last <= memory[figure].bound) &&
    held.after - held.before <= held.bound
  )
}

/** Waits as long as anybody is there. */
const pause = (milliseconds: number): Promise<void> => setTimeout(milliseconds, undefined, { ref: false })

/** Samples while the crowd is there. */
async function watch(
  hub: Player<HubOrder>,
  milliseconds: number,
  tell: (share: number) => void,
): Promise<Sample[]> {
  const samples: Sample[] = []
  const every = Math.max(250, milliseconds / SAMPLES)
  const start = performance.now()
  for (let passed = 0; passed < milliseconds; passed = performance.now() - start) {
    samples.push(await hub.ask<Sample>({ order: "sample" }))
    tell(passed / milliseconds)
    await pause(every)
  }
  return samples
}

/** Lets a crowd come for so long; what its members found wrong is thrown. */
async function spell<T>(crowd: Crowd, during: () => Promise<T>): Promise<T> {
  const [result] = await Promise.all([
    during().finally(() => crowd.disperse()),
    crowd.gather().catch((error: unknown) => {
      crowd.disperse()
      throw error
    }),
  ])
  return result
}

/** One flow with its hub and its crowd there: warm-up, the soak itself, and what came of it. */
async function soak(
  { name, hub: role }: SoakFlow,
  hub: Player<HubOrder>,
  crowd: Crowd,
  minutes: number,
  progress: (text: string) => void,
): Promise<Soak> {
  progress(`${name} warms up`)
  await spell(crowd, () => pause(WARM_UP))
  const warm = { closed: crowd.closed, killed: crowd.killed, count: crowd.count, missed: crowd.missed }

  const before = await hub.ask<number>({ order: "held" })
  await hub.ask({ order: "begin" })
  const samples = await spell(crowd, () =>
    watch(hub, minutes * 60_000, share => progress(`${name}: ${Math.round(share * 100)} %`)),
  )
  const total = await hub.ask<Total>({ order: "total" })
  const after = await hub.ask<number>({ order: "held" })

  const peers = { closed: crowd.closed - warm.closed, killed: crowd.killed - warm.killed }
  return {
    name,
    seconds: total.nanoseconds / 1e9,
    messages: total.messages,
    ...(total.dropped !== undefined && { dropped: total.dropped }),
    ...(role === "publish" && { delivered: crowd.count - warm.count, missed: crowd.missed - warm.missed }),
    peers,
    memory: {
      rss: flatness(samples, "rss"),
      heapUsed: flatness(samples, "heapUsed"),
      external: flatness(samples, "external"),
    },
    held: { before, after, bound: heldBound(peers.closed + peers.killed) },
    pauses: total.pauses,
    samples,
  }
}

async function play(
  flow: SoakFlow,
  specifier: string,
  minutes: number,
  progress: (text: string) => void,
): Promise<Soak> {
  const hub = new Player<HubOrder>(flow.name, "soak-hub", specifier, ["--expose-gc"])
  try {
    const endpoint = await hub.ask<string>({ order: "bind", role: flow.hub })
    const crowd = new Crowd(hub, specifier, endpoint, flow.roles)
    // Peers cannot leave a hub that has failed.
    hub.failed.catch(() => crowd.destroy())
    return await Promise.race([hub.failed, soak(flow, hub, crowd, minutes, progress)]).finally(() =>
      crowd.destroy(),
    )
  } finally {
    await hub.kill()
  }
}

/** Throws when something that arrived is not what was sent, or did not arrive. */
export async function runSoak(
  specifier: string,
  only: RegExp,
  minutes: number,
  progress: (text: string) => void,
): Promise<readonly Soak[]> {
  const results: Soak[] = []
  for (const flow of soaks) {
    if (only.test(flow.name)) results.push(await play(flow, specifier, minutes, progress))
  }
  progress("")
  return results
}
