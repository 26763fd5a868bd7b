/** From samples to whether memory is flat: the first quarter of a soak held against its last one. No output. */
import { spreadOf } from "../findings.js"
import type { Sample } from "../processes/soak-orders.js"

export interface Flatness {
  /** Medians of the first and of the last quarter of the samples, in bytes. */
  readonly first: number
  readonly last: number
  readonly max: number
  /** Most that the last quarter may have. */
  readonly bound: number
}

export const FIGURES = ["rss", "heapUsed", "external"] as const
export type MemoryFigure = (typeof FIGURES)[number]

/** What the last quarter may have more than the first, in bytes, as garbage comes and goes. */
const SLACK = 16e6
const SHARE = 0.1

/** What a peer may leave behind for ever, in bytes, and what they all may. */
const PER_PEER = 256
const FOR_ALL = 500e3

/** Of what is sampled first, this share shows how the process grows into its work. */
const SETTLING = 0.1

export function flatness(samples: readonly Sample[], figure: MemoryFigure): Flatness {
  const settled = samples.slice(Math.floor(samples.length * SETTLING)).map(sample => sample[figure])
  const quarter = Math.max(1, Math.floor(settled.length / 4))
  const first = spreadOf(settled.slice(0, quarter)).median
  const last = spreadOf(settled.slice(-quarter)).median
  return { first, last, max: Math.max(...settled), bound: first * (1 + SHARE) + SLACK }
}

/** What may be held more when all peers are gone than was before they came. */
export function heldBound(peers: number): number {
  return peers * PER_PEER + FOR_ALL
}
