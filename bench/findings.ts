/** From figures to findings: medians, spreads, ratios between sides, and marks reached or missed. No output. */
import type { Flow, Mark } from "./flows.js"
import { figuresOf, type Figure } from "./kinds.js"
import type { Taken } from "./measure.js"

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: readonly number[]
}

export interface Comparison {
  readonly against: string
  /** The first side's figure over the other's in the same round: the median of all rounds. */
  readonly ratio: number
  readonly ratios: readonly number[]
  readonly mark?: Mark
  readonly reached?: boolean
}

export interface Finding {
  readonly flow: string
  readonly figure: string
  readonly unit: Figure["unit"]
  readonly size: number
  readonly sides: Readonly<Record<string, Spread>>
  readonly comparisons: readonly Comparison[]
  /** Sides that were to play and did not, and why. */
  readonly leftOut?: Readonly<Record<string, string>>
}

export function spreadOf(rounds: readonly number[]): Spread {
  const sorted = [...rounds].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, rounds }
}

function reaches(ratio: number, { atLeast, atMost }: Mark): boolean {
  return (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost)
}

/** One finding for each figure of the flow. */
export function findings(flow: Flow, taken: readonly Taken[], cpu: boolean): readonly Finding[] {
  const played = taken.filter(one => one.leftOut === undefined)
  const leftOut = Object.fromEntries(taken.flatMap(one => (one.leftOut ? [[one.side, one.leftOut]] : [])))
  return figuresOf(flow.kind, cpu).map(({ name, unit }, index) => {
    const spreads = played.map(({ side, figures }) => ({ side, spread: spreadOf(figures[index] ?? []) }))
    const [first, ...others] = spreads
    const comparisons = others.map(({ side, spread }): Comparison => {
      const ratios = spread.rounds.map((other, round) => (first?.spread.rounds[round] ?? NaN) / other)
      const ratio = spreadOf(ratios).median
      const mark = flow.marks.find(
        ({ against, figure }) => against === side && (figure === undefined ? index === 0 : figure === name),
      )
      return { against: side, ratio, ratios, ...(mark && { mark, reached: reaches(ratio, mark) }) }
    })
    return {
      flow: flow.name,
      figure: name,
      unit,
      size: flow.size,
      sides: Object.fromEntries(spreads.map(({ side, spread }) => [side, spread])),
      comparisons,
      ...(played.length < taken.length && { leftOut }),
    }
  })
}
