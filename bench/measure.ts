/**
 * Takes the figures of one flow: fresh processes for each side and round, all warmed up alike, the sides taking turns,
 * so that whatever else the machine does falls on all of them. It judges nothing.
 */
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Child, type Command } from "./child.js"
import type { Flow } from "./flows.js"
import { figuresOf, kinds, rolesOf, type Role } from "./kinds.js"
import type { Side } from "./sides.js"

export interface Plan {
  readonly rounds: number
  /** Seconds of one measurement. */
  readonly seconds: number
  /** Seconds of traffic that each pair sees before anything counts. */
  readonly warmUp: number
  /** Whether each round has processes of its own, since two pairs of one build are not alike. */
  readonly renewed: boolean
  /** Whether the processor time of both ends is taken as well. */
  readonly cpu: boolean
}

/** A side's figures, a list for each of the flow's figures, a number for each round. */
export interface Taken {
  readonly side: string
  readonly figures: readonly (readonly number[])[]
  /** Why the side did not play after all. */
  readonly leftOut?: string
}

/** Nanoseconds of processor time that a process has had, user and system. */
async function cpuOf(child: Child): Promise<number> {
  child.tell("cpu")
  const [microseconds] = await child.hear("cpu")
  return Number(microseconds) * 1e3
}

/** A socket of libzmq takes two files, and not every system lets a process open many. */
const mostSockets = 5_000

/** How many sockets each process of the connecting end has. */
function sharesOf({ sockets }: Flow): readonly number[] {
  const processes = Math.ceil(sockets / mostSockets)
  return Array.from({ length: processes }, (_, index) => Math.floor((sockets + index) / processes))
}

/** The last processor that this program may use, where there is a way to make others use no other. */
const PROCESSOR = /(\d+)\s*$/.exec(
  spawnSync("taskset", ["-c", "-p", String(process.pid)], { encoding: "utf8" }).stdout ?? "",
)?.[1]

/** The same command, on one processor. */
function pinnedTo(processor: string, { file, args }: Command): Command {
  return { file: "taskset", args: ["-c", processor, file, ...args] }
}

/** Why nobody can play a flow on this machine, or nothing. */
function hindrance(flow: Flow): string | undefined {
  if (flow.pinned && PROCESSOR === undefined) return "needs taskset, of util-linux"
  // Node.js has raised the limit as far as it may, and its children inherit that.
  const limit = Number(spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout)
  const needed = Math.max(flow.sockets, 2 * Math.max(...sharesOf(flow))) + 100
  return limit < needed ? `needs ${needed} open files in a process, ulimit -n is ${limit}` : undefined
}

const checkedInFull = 500
const mostAtOnce = 50_000_000

/** So many messages are checked in full before anything else; of large ones less, and to each of many sockets fewer. */
function fewest({ size, sockets }: Flow): number {
  const least = sockets === 1 ? 11 : 4
  return Math.max(least, Math.floor(checkedInFull / Math.max(1, size / 100_000, sockets / 10)))
}

/** Whether a side is quickly ready to play: not where it has to make thousands of sockets or subscriptions. */
function isLight({ sockets, topics }: Flow): boolean {
  return sockets <= 100 && topics <= 1_000
}

/** The longest that a process may be silent in its first run, in seconds; subscribing takes its time. */
function patience({ topics }: Flow): number {
  return 30 + topics / 10_000
}

interface Player {
  readonly role: Role
  readonly child: Child
}

/** The processes of one side, connected, for the length of one flow or of one measurement. */
class Ends {
  readonly side: Side
  readonly #flow: Flow
  readonly #cpu: boolean
  readonly figures: readonly number[][]
  #players: readonly Player[] = []
  /** Bound ipc addresses, which not every side removes. */
  #files: readonly string[] = []
  /** How many messages, or round trips, a run has; the warm-up finds it out. */
  #count = 1

  constructor(side: Side, flow: Flow, cpu: boolean) {
    this.side = side
    this.#flow = flow
    this.#cpu = cpu
    this.figures = figuresOf(flow.kind, cpu).map(() => [])
  }

  async open(): Promise<void> {
    const { binder, middle, connector } = kinds[this.#flow.kind]
    let endpoint = await this.#bind(this.#start(binder, this.#flow.sockets))
    if (middle !== undefined) {
      const child = this.#start(middle, this.#flow.sockets)
      await this.#connect(child, endpoint)
      endpoint = await this.#bind(child)
    }
    if (connector === undefined) return
    for (const sockets of sharesOf(this.#flow)) await this.#connect(this.#start(connector, sockets), endpoint)
  }

  #start(role: Role, sockets: number): Child {
    const { side } = this
    const command = side.start(role, this.#flow, sockets)
    const pinned = this.#flow.pinned && PROCESSOR !== undefined
    const child = new Child(`${side.name} ${role}`, pinned ? pinnedTo(PROCESSOR, command) : command)
    this.#players = [...this.#players, { role, child }]
    return child
  }

  async #bind(child: Child): Promise<string> {
    const address = bindable(this.#flow.transport)
    if (this.#flow.transport === "ipc") this.#files = [...this.#files, address.slice("ipc://".length)]
    child.tell("bind", address)
    const [endpoint = ""] = await child.hear("endpoint")
    return endpoint
  }

  async #connect(child: Child, endpoint: string): Promise<void> {
    child.tell("connect", endpoint)
    await child.hear("connected")
  }

  /**
   * Sends until `seconds` of traffic have passed, the first of it checked in full. What is measured later takes
   * about `measured` seconds.
   */
  async warmUp(seconds: number, measured: number): Promise<void> {
    this.#count = fewest(this.#flow)
    await this.#run(this.#count, "all", patience(this.#flow))
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

  /** Opens and closes the processes where each measurement has its own. */
  async measure(): Promise<void> {
    if (!kinds[this.#flow.kind].fresh) return this.#measure()
    await this.open()
    await this.#measure()
    await this.close()
  }

  async #measure(): Promise<void> {
    const before = await this.#cpuTimes()
    const reported = await this.#run(this.#count, "cheap")
    const spent = (await this.#cpuTimes()).map((after, end) => after - (before[end] ?? NaN))
    for (const [index, figure] of figuresOf(this.#flow.kind, this.#cpu).entries()) {
      this.figures[index]?.push(
        figure.of({ reported, spent, count: this.#count, sockets: this.#flow.sockets }),
      )
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#players.map(({ child }) => child.quit()))
    for (const file of this.#files) rmSync(file, { force: true })
    this.#players = []
    this.#files = []
  }

  /** Of each role; several processes may share one. */
  async #cpuTimes(): Promise<readonly number[]> {
    if (!this.#cpu) return []
    const taken = await Promise.all(
      this.#players.map(async ({ role, child }) => ({ role, nanoseconds: await cpuOf(child) })),
    )
    return rolesOf(kinds[this.#flow.kind]).map(role =>
      taken.reduce((sum, one) => (one.role === role ? sum + one.nanoseconds : sum), 0),
    )
  }

  #aim(nanoseconds: number, seconds: number): void {
    const grown = Math.ceil((this.#count * seconds * 1e9) / nanoseconds)
    this.#count = Math.max(fewest(this.#flow), Math.min(grown, this.#count * 20, mostAtOnce))
  }

  /** Resolves with what all said, the binder first; an end that measures nothing says nothing. */
  async #run(count: number, check: "all" | "cheap", seconds?: number): Promise<readonly number[]> {
    const { middle } = kinds[this.#flow.kind]
    const ends = this.#players.filter(({ role }) => role !== middle).map(({ child }) => child)
    // The binder has to be ready before the other end begins.
    for (const child of ends) {
      child.tell("run", this.#flow.size, count, check)
      await child.hear("ready")
    }
    const said = await Promise.all(ends.map(child => child.hear("done", seconds)))
    return said.flat().map(Number)
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
  const { turns, fresh } = kinds[flow.kind]
  const rounds = plan.rounds * turns
  const playing = sides.filter(side => side.plays(flow))
  const leftOut = hindrance(flow)
  if (leftOut !== undefined) return playing.map(({ name }) => ({ side: name, figures: [], leftOut }))
  const all = playing.map(side => new Ends(side, flow, plan.cpu))
  const renewed = plan.renewed && isLight(flow)
  try {
    for (let round = 1; round <= rounds; round++) {
      const begins = renewed ? (round - 1) % turns === 0 : round === 1
      for (const ends of begins && !fresh ? all : []) {
        progress(`${flow.name}: ${ends.side.name} warms up`)
        await ends.close()
        await ends.open()
        await ends.warmUp(plan.warmUp, plan.seconds / turns)
      }
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
