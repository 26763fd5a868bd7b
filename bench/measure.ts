/**
 * Takes the figures of one flow: a fresh pair of processes a side, all warmed up alike, then round after round
 * with the sides taking turns, so that whatever else the machine does falls on all of them. It judges nothing.
 */
import { Child } from "./child.js"
import { figuresOf, kinds, type Flow } from "./flows.js"
import type { Side } from "./sides.js"

export interface Plan {
  readonly rounds: number
  /** Seconds of one measurement. */
  readonly seconds: number
  /** Seconds of traffic that each pair sees before anything counts. */
  readonly warmUp: number
  /** Whether the processor time of both ends is taken as well. */
  readonly cpu: boolean
}

/** A side's figures, a list for each of the flow's figures, a number for each round. */
export interface Taken {
  readonly side: string
  readonly figures: readonly (readonly number[])[]
}

/** Nanoseconds of processor time that a process has had, user and system. */
async function cpuOf(child: Child): Promise<number> {
  child.tell("cpu")
  const [microseconds] = await child.hear("cpu")
  return Number(microseconds) * 1e3
}

const checkedInFull = 500
const mostAtOnce = 50_000_000

/** Two processes of one side, connected, for the length of one flow. */
class Pair {
  readonly side: Side
  readonly #flow: Flow
  readonly #cpu: boolean
  readonly #binder: Child
  readonly #connector: Child
  readonly figures: readonly number[][]
  #count = checkedInFull

  constructor(side: Side, flow: Flow, cpu: boolean) {
    const kind = kinds[flow.kind]
    this.side = side
    this.#flow = flow
    this.#cpu = cpu
    this.#binder = new Child(`${side.name} ${kind.binder}`, side.start(kind.binder, flow.kind))
    this.#connector = new Child(`${side.name} ${kind.connector}`, side.start(kind.connector, flow.kind))
    this.figures = figuresOf(flow.kind, cpu).map(() => [])
  }

  async open(): Promise<void> {
    this.#binder.tell("bind")
    const [endpoint = ""] = await this.#binder.hear("endpoint")
    this.#connector.tell("connect", endpoint)
    await this.#connector.hear("connected")
  }

  /**
   * Sends until `seconds` of traffic have passed, the first of it checked in full. What is measured later takes
   * about `measured` seconds.
   */
  async warmUp(seconds: number, measured: number): Promise<void> {
    await this.#run(checkedInFull, "all")
    let left = seconds * 1e9
    let nanoseconds = NaN
    while (left > 0) {
      nanoseconds = kinds[this.#flow.kind].took(await this.#run(this.#count, "cheap"))
      left -= nanoseconds
      // Towards a third of the warm-up at a time: the last rate learnt is that of warm code.
      if (left > 0) this.#aim(nanoseconds, seconds / 3)
    }
    this.#aim(nanoseconds, measured)
  }

  async measure(): Promise<void> {
    const before = await this.#cpuTimes()
    const reported = await this.#run(this.#count, "cheap")
    const spent = (await this.#cpuTimes()).map((after, end) => after - (before[end] ?? NaN))
    for (const [index, figure] of figuresOf(this.#flow.kind, this.#cpu).entries()) {
      this.figures[index]?.push(figure.of([...reported, ...spent], this.#count))
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#binder.quit(), this.#connector.quit()])
  }

  async #cpuTimes(): Promise<readonly number[]> {
    return this.#cpu ? Promise.all([cpuOf(this.#binder), cpuOf(this.#connector)]) : []
  }

  #aim(nanoseconds: number, seconds: number): void {
    const grown = Math.ceil((this.#count * seconds * 1e9) / nanoseconds)
    this.#count = Math.max(checkedInFull, Math.min(grown, this.#count * 20, mostAtOnce))
  }

  async #run(count: number, check: "all" | "cheap"): Promise<readonly number[]> {
    const done = async (child: Child): Promise<readonly number[]> => (await child.hear("done")).map(Number)
    this.#binder.tell("run", this.#flow.size, count, check)
    await this.#binder.hear("ready")
    this.#connector.tell("run", this.#flow.size, count, check)
    await this.#connector.hear("ready")
    const [bound, connected] = await Promise.all([done(this.#binder), done(this.#connector)])
    return kinds[this.#flow.kind].reporter === "binder" ? bound : connected
  }
}

/** Measures one flow with all sides that can play it. */
export async function measure(
  flow: Flow,
  sides: readonly Side[],
  plan: Plan,
  progress: (text: string) => void,
): Promise<readonly Taken[]> {
  const { turns } = kinds[flow.kind]
  const rounds = plan.rounds * turns
  const pairs = sides
    .filter(side => side.flows.includes(flow.kind))
    .map(side => new Pair(side, flow, plan.cpu))
  try {
    for (const pair of pairs) {
      progress(`${flow.name}: ${pair.side.name} warms up`)
      await pair.open()
      await pair.warmUp(plan.warmUp, plan.seconds / turns)
    }
    for (let round = 1; round <= rounds; round++) {
      // To and fro, so that no side always comes after the same other.
      for (const pair of round % 2 === 1 ? pairs : [...pairs].reverse()) {
        progress(`${flow.name}: round ${round} of ${rounds}, ${pair.side.name}`)
        await pair.measure()
      }
    }
  } finally {
    await Promise.all(pairs.map(pair => pair.close()))
  }
  return pairs.map(pair => ({ side: pair.side.name, figures: pair.figures }))
}
