/**
 * Takes the figures of one flow: fresh processes for each side, all warmed up alike, then round after round
 * with the sides taking turns, so that whatever else the machine does falls on all of them. It judges nothing.
 */
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Child } from "./child.js"
import type { Flow } from "./flows.js"
import { figuresOf, kinds } from "./kinds.js"
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

/** So many messages are checked in full before anything else; of large ones less, and to each of many sockets fewer. */
function fewest({ size, sockets }: Flow): number {
  return Math.max(11, Math.floor(checkedInFull / Math.max(1, size / 100_000, sockets / 10)))
}

/** The processes of one side, connected, for the length of one flow: two, or one that plays both ends. */
class Ends {
  readonly side: Side
  readonly #flow: Flow
  readonly #cpu: boolean
  readonly #binder: Child
  readonly #connector: Child | undefined
  readonly figures: readonly number[][]
  #count: number

  constructor(side: Side, flow: Flow, cpu: boolean) {
    const { binder, connector } = kinds[flow.kind]
    this.side = side
    this.#flow = flow
    this.#cpu = cpu
    this.#count = fewest(flow)
    this.#binder = new Child(`${side.name} ${binder}`, side.start(binder, flow))
    if (connector !== undefined) {
      this.#connector = new Child(`${side.name} ${connector}`, side.start(connector, flow))
    }
    this.figures = figuresOf(flow.kind, cpu).map(() => [])
  }

  async open(): Promise<void> {
    this.#binder.tell("bind", bindable(this.#flow.transport))
    const [endpoint = ""] = await this.#binder.hear("endpoint")
    if (this.#connector === undefined) return
    this.#connector.tell("connect", endpoint)
    await this.#connector.hear("connected")
  }

  /**
   * Sends until `seconds` of traffic have passed, the first of it checked in full. What is measured later takes
   * about `measured` seconds.
   */
  async warmUp(seconds: number, measured: number): Promise<void> {
    await this.#run(this.#count, "all")
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
      this.figures[index]?.push(figure.of([...reported, ...spent], this.#count, this.#flow.sockets))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map(child => child.quit()))
  }

  get #children(): readonly Child[] {
    return this.#connector === undefined ? [this.#binder] : [this.#binder, this.#connector]
  }

  async #cpuTimes(): Promise<readonly number[]> {
    return this.#cpu ? Promise.all(this.#children.map(cpuOf)) : []
  }

  #aim(nanoseconds: number, seconds: number): void {
    const grown = Math.ceil((this.#count * seconds * 1e9) / nanoseconds)
    this.#count = Math.max(fewest(this.#flow), Math.min(grown, this.#count * 20, mostAtOnce))
  }

  async #run(count: number, check: "all" | "cheap"): Promise<readonly number[]> {
    const done = async (child: Child): Promise<readonly number[]> => (await child.hear("done")).map(Number)
    // The binder has to be ready before the other end begins.
    for (const child of this.#children) {
      child.tell("run", this.#flow.size, count, check)
      await child.hear("ready")
    }
    const [bound = [], connected = []] = await Promise.all(this.#children.map(done))
    return kinds[this.#flow.kind].reporter === "binder" ? bound : connected
  }
}

let paths = 0

function bindable(transport: Flow["transport"]): string {
  if (transport === "tcp") return "tcp://127.0.0.1:*"
  const name = `zmtp-bench-${process.pid}-${++paths}`
  return transport === "ipc" ? `ipc://${join(tmpdir(), name)}` : `inproc://${name}`
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
  const all = sides.filter(side => side.plays(flow)).map(side => new Ends(side, flow, plan.cpu))
  try {
    for (const ends of all) {
      progress(`${flow.name}: ${ends.side.name} warms up`)
      await ends.open()
      await ends.warmUp(plan.warmUp, plan.seconds / turns)
    }
    for (let round = 1; round <= rounds; round++) {
      // To and fro, so that no side always comes after the same other.
      for (const ends of round % 2 === 1 ? all : [...all].reverse()) {
        progress(`${flow.name}: round ${round} of ${rounds}, ${ends.side.name}`)
        await ends.measure()
      }
    }
  } finally {
    await Promise.all(all.map(ends => ends.close()))
  }
  return all.map(ends => ({ side: ends.side.name, figures: ends.figures }))
}
