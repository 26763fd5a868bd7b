/**
 * The suite against peers that are wrong: of each fault, whether just the cases fail that have to, beside those that
 * fail on this package anyway. As a program it plays all cases against the faults that it is told of, or all, prints who
 * caught what, and ends with status 1 where that is not as it should be: `npx tsx conformance/suite/faults/run.ts [--quick]
 * [--json] [fault…]`. Quick is to play only the cases of the files in which some have to fail.
 */
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import Table from "cli-table3"
import { launchOf, type Launch } from "../../peers/driver.js"
import { CASES, INSPECTIONS } from "../cases/index.js"
import type { Case } from "../play/case.js"
import { runSuite, type Result } from "../play/runner.js"
import { AdapterTarget } from "../play/target.js"
import { FAULTS, type Fault } from "./index.js"

const PROGRAM = fileURLToPath(new URL("./peer.ts", import.meta.url))

/** Played against every fault, even where not all cases are. */
const SENTINELS: ReadonlySet<string> = new Set(["framing/empty-part"])

/** In milliseconds. What is due comes within a few; a second look has more patience. */
const PATIENCE = 2000
const MORE_PATIENCE = 10_000

export interface Proof {
  readonly fault: Fault
  /** What failed as it has to. */
  readonly caught: readonly Result[]
  /** What failed and should not have. */
  readonly unexpected: readonly Result[]
  /** What did not fail. */
  readonly missed: readonly string[]
}

export interface ProofOptions {
  /** All of them at first. */
  readonly faults?: readonly Fault[]
  /** Plays all cases, and not only those of the files in which some have to fail. */
  readonly everything?: boolean
  /** How many faulty peers are played against at a time. */
  readonly atOnce?: number
  readonly onProof?: (proof: Proof) => void
}

/** The results that are no pass, by the ids of their cases. */
type Failures = ReadonlyMap<string, Result>

export async function provesItself(options: ProofOptions = {}): Promise<Proof[]> {
  const { faults = FAULTS, everything = false, atOnce = 3, onProof } = options
  const chosen = new Map(faults.map(fault => [fault, everything ? CASES : casesFor(fault)]))
  const honest = await failuresOfHonest(new Set([...chosen.values()].flat()))
  const proofs: Proof[] = []
  const waiting = [...chosen]
  const prover = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const proof = await prove(...next, honest)
      proofs.push(proof)
      onProof?.(proof)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, prover))
  return proofs.sort((a, b) => faults.indexOf(a.fault) - faults.indexOf(b.fault))
}

const fileOf = (id: string) => id.slice(0, id.indexOf("/"))

function casesFor({ fails }: Fault): readonly Case[] {
  const files = new Set(fails.map(fileOf))
  return CASES.filter(({ id }) => files.has(fileOf(id)) || SENTINELS.has(id))
}

/** What has to fail when only those cases are played. */
export function dueNearby(fault: Fault): string[] {
  const played = new Set(casesFor(fault).map(({ id }) => id))
  return [...fault.fails, ...(fault.also ?? []).filter(id => played.has(id))]
}

/** What fails on this package without a fault; a second look leaves out what only took too long. */
async function failuresOfHonest(cases: Iterable<Case>): Promise<Failures> {
  const launch = launchOf("ours")
  const first = await play(launch, [...cases], PATIENCE)
  const again = await play(launch, among(CASES, first), MORE_PATIENCE)
  return new Map([...first].filter(([id]) => again.has(id) || !CASES.some(each => each.id === id)))
}

async function prove(fault: Fault, cases: readonly Case[], honest: Failures): Promise<Proof> {
  const launch = launchOfFault(fault)
  const played = new Set([...cases, ...INSPECTIONS].map(({ id }) => id))
  const first = compare(fault, played, await play(launch, cases, PATIENCE), honest)
  const doubtful = new Set([...first.unexpected.map(({ id }) => id), ...first.missed])
  if (doubtful.size === 0) return first
  // A busy machine makes some cases fail, and no peer wrong: what is not as expected is played again, in peace.
  const needsAll = INSPECTIONS.some(({ id }) => doubtful.has(id))
  const again = await play(launch, needsAll ? cases : among(cases, doubtful), MORE_PATIENCE)
  return compare(
    fault,
    played,
    new Map([...first.caught.map(result => [result.id, result] as const), ...again]),
    honest,
  )
}

function compare(fault: Fault, played: ReadonlySet<string>, failures: Failures, honest: Failures): Proof {
  const due = new Set([...fault.fails, ...(fault.also ?? [])])
  const all = [...failures.values()].filter(({ id }) => !honest.has(id))
  const follows = ({ reason }: Result) => fault.blinds?.test(reason) === true
  return {
    fault,
    caught: all.filter(({ id }) => due.has(id)),
    unexpected: all.filter(result => !due.has(result.id) && !follows(result)),
    missed: [...due].filter(id => played.has(id) && !failures.has(id)),
  }
}

function among(cases: readonly Case[], ids: { has(id: string): boolean }): Case[] {
  return cases.filter(({ id }) => ids.has(id))
}

function launchOfFault({ name }: Fault): Launch {
  return { command: process.execPath, args: ["--import", "tsx", PROGRAM, name] }
}

async function play(launch: Launch, cases: readonly Case[], patience: number): Promise<Failures> {
  if (cases.length === 0) return new Map()
  const target = await AdapterTarget.start("faulty", launch, { processes: 1 })
  try {
    const results = await runSuite(target, { cases, inspections: INSPECTIONS, patience })
    return new Map(
      results
        .filter(({ status }) => status === "fail" || status === "error")
        .map(result => [result.id, result]),
    )
  } finally {
    await target.stop()
  }
}

/** Whether a fault was caught, by the right cases and by no others. */
export function isExact({ caught, unexpected, missed }: Proof): boolean {
  return caught.length > 0 && unexpected.length === 0 && missed.length === 0
}

/** A proof as the test of all faults reads it, a line each. */
export interface Line {
  readonly name: string
  readonly caught: readonly string[]
  readonly unexpected: readonly string[]
  readonly missed: readonly string[]
  /** The clauses of what caught it. */
  readonly clauses: readonly string[]
}

function lineOf({ fault, caught, unexpected, missed }: Proof): Line {
  const told = unexpected.map(({ id, reason }) => `${id}: ${reason}`)
  const clauses = [...new Set(caught.flatMap(result => result.clauses))]
  return { name: fault.name, caught: caught.map(({ id }) => id), unexpected: told, missed, clauses }
}

function tableOf(proofs: readonly Proof[]): string {
  const table = new Table({ head: ["fault", "caught by", "unexpected", "missed"], style: { head: [] } })
  for (const { name, caught, unexpected, missed } of proofs.map(lineOf)) {
    table.push([name, caught.join("\n"), unexpected.join("\n"), missed.join("\n")])
  }
  const exact = proofs.filter(isExact).length
  return `${table.toString()}\n${exact} of ${proofs.length} faults are caught by just the cases that have to`
}

async function main(): Promise<void> {
  // What failed cases leave behind may come up after their run.
  process.on("unhandledRejection", () => undefined)
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  })
  const faults = positionals.length === 0 ? FAULTS : FAULTS.filter(({ name }) => positionals.includes(name))
  const onProof = (proof: Proof) => {
    if (values.json) console.log(JSON.stringify(lineOf(proof)))
    else console.error(`${isExact(proof) ? "as it should be" : "DIFFERENT"}: ${proof.fault.name}`)
  }
  const proofs = await provesItself({ faults, everything: !values.quick, onProof })
  if (!values.json) console.log(tableOf(proofs))
  process.exitCode = proofs.length > 0 && proofs.every(isExact) ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
