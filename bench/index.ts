/**
 * `npm run bench`: whole flows between two processes over loopback TCP, this package, the native one, libzmq from C and
 * a bare socket taking turns in one run; or one of the other things that are measured. `bench/README.md` says what, and how to
 * read the tables.
 */
import { existsSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { buildPackage, buildProcesses } from "./build.js"
import { findings, type Finding } from "./findings.js"
import { flows } from "./flows.js"
import { footprintTable, measureFootprint, type Footprint } from "./footprint/index.js"
import { runKeptMemory } from "./kept-memory.js"
import { measure, type Plan } from "./measure.js"
import { report } from "./report.js"
import { circumstances, type FlowsRun } from "./show/record.js"
import { onTerminal, type Shown } from "./show/shown.js"
import { prepareRivals } from "./rivals.js"
import { castWith, type Cast, type Side } from "./sides.js"
import { isFlat, runSoak, type Soak } from "./soak/index.js"
import { soakTables } from "./soak/table.js"
import { runSubscriptions } from "./subscriptions.js"

const usage = `npm run bench -- [options]

  --quick           the flows that have marks, 3 rounds of 0.4 s instead of 5 rounds of 1 s, with
                    the same processes for all rounds
  --only <regex>    only the flows, pieces or rows whose name matches
  --rounds <n>      as many rounds
  --mixed           also with one end of this package and the other of a rival
  --cpu             show the processor time of both ends, user and system, a message
  --json <file>     write the figures of every round to a file (flows, footprint, soak)
  --strict          exit with status 1 when a mark is missed
  --ours <module>   run another module in this package's place: "zeromq" shows how equal equals look,
                    a path runs another build
  --against <path>  compare with another build of this package, which takes turns like any side

instead of flows

  --pieces          benchmarks of pieces (codec, queues, subscriptions) in one process
  --subscriptions   what a million topics cost in memory, and finding one
  --kept-memory     what a kept message costs in memory
  --footprint       time to load the package, its size, memory of idle sockets
  --soak            full speed while peers come and go: content, memory, garbage collection
  --minutes <n>     how long each flow of the soak takes (default: 10)

all of it

  --save            flows, footprint, kept memory, subscriptions and soak, written to bench/results/
  --draw            write the page and the charts of bench/results/ anew from its results.json

  --help
`

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    mixed: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
    json: { type: "string" },
    strict: { type: "boolean", default: false },
    ours: { type: "string", default: "zmtp" },
    against: { type: "string" },
    pieces: { type: "boolean", default: false },
    subscriptions: { type: "boolean", default: false },
    "kept-memory": { type: "boolean", default: false },
    footprint: { type: "boolean", default: false },
    soak: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    save: { type: "boolean", default: false },
    draw: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
})

const only = new RegExp(options.only ?? "", "i")
const moduleAt = (name: string): string => (existsSync(name) ? pathToFileURL(name).href : name)
const ours = moduleAt(options.ours)
const machine = `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`

function planned(): Plan {
  const { quick, cpu } = options
  const plan = quick
    ? { rounds: 3, seconds: 0.4, warmUp: 0.4, renewed: false, cpu }
    : { rounds: 5, seconds: 1, warmUp: 1, renewed: true, cpu }
  if (options.rounds === undefined) return plan
  const rounds = Number(options.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${options.rounds}: not a count`)
  return { ...plan, rounds }
}

function minutes(): number {
  const number = Number(options.minutes)
  if (!(number > 0)) throw new RangeError(`--minutes ${options.minutes}: not a time`)
  return number
}

/** One line that is written over on a terminal; silence elsewhere, where it would only fill a log. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`)
}

/** Those who run, with the build that this one is compared with right behind it. */
async function cast(): Promise<Cast> {
  const known = castWith(ours, options.mixed)
  const rivals = options.quick ? { sides: [], absent: [] } : await prepareRivals(progress)
  const absent = [...known.absent, ...rivals.absent]
  const [first, ...others] = [...known.sides, ...rivals.sides] as [Side, ...Side[]]
  if (options.against === undefined) return { sides: [first, ...others], absent }
  if (!existsSync(options.against)) throw new RangeError(`--against ${options.against}: no such file`)
  const [other] = castWith(moduleAt(options.against), false).sides
  return { sides: [first, { ...other, name: options.against }, ...others], absent }
}

/** Keeps what was measured where a program can read it. */
function keep(figures: object): void {
  if (options.json === undefined) return
  writeFileSync(options.json, `${JSON.stringify({ machine, ours: options.ours, ...figures }, null, 2)}\n`)
}

async function runFlows(): Promise<FlowsRun> {
  const plan = planned()
  console.log(
    `${machine}\n${plan.rounds} rounds of ${plan.seconds} s, sides taking turns, two processes a side\n`,
  )
  const { sides, absent } = await cast()
  for (const { name, reason } of absent) console.log(`${name}: absent (${reason})`)
  const found: Finding[] = []
  const chosen = flows.filter(({ name, quick }) => only.test(name) && (quick || !options.quick))
  for (const [index, flow] of chosen.entries()) {
    const counted = (text: string): void => progress(`${index + 1} of ${chosen.length}, ${text}`)
    found.push(...findings(flow, await measure(flow, sides, plan, counted), plan.cpu))
    if (!process.stdout.isTTY) console.error(`${flow.name}: done`)
  }
  progress("")
  if (found.length > 0) console.log(report(found))
  judge(found.flatMap(({ comparisons }) => comparisons))
  const versions = Object.fromEntries(
    sides.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]])),
  )
  return { plan, versions, absent, findings: found }
}

function judge(all: readonly { readonly reached?: boolean }[]): void {
  const missed = all.filter(({ reached }) => reached === false).length
  console.log(missed === 0 ? "\nEvery mark is reached." : `\nMarks missed: ${missed}.`)
  if (options.strict && missed > 0) process.exitCode = 1
}

function show(tables: readonly Shown[]): readonly Shown[] {
  console.log(`\n${onTerminal(tables)}`)
  return tables
}

async function runFootprint(): Promise<Footprint> {
  const footprint = await measureFootprint(ours, only, options.quick, progress)
  for (const { name, reason } of footprint.absent) console.log(`${name}: absent (${reason})`)
  show([footprintTable(footprint)])
  judge(footprint.rows)
  return footprint
}

async function soakAll(): Promise<readonly Soak[]> {
  const soaks = await runSoak(ours, only, minutes(), progress)
  show(soakTables(soaks))
  const isBounded = soaks.every(isFlat)
  console.log(isBounded ? "\nMemory is flat." : "\nMemory grew beyond its bound.")
  if (!isBounded) process.exitCode = 1
  return soaks
}

/** Everything there is to show, one after another, so that nothing disturbs the rest. */
async function save(): Promise<void> {
  const results = {
    ...(await circumstances(options.ours)),
    flows: await runFlows(),
    footprint: await runFootprint(),
    others: show([
      await runKeptMemory(ours, only, options.quick, progress),
      await runSubscriptions(only, progress),
    ]),
    soak: await soakAll(),
  }
  await (await import("./show/save.js")).saveResults(results)
}

async function run(): Promise<void> {
  if (options.help) return console.log(usage)
  if (options.draw) return (await import("./show/save.js")).drawResults()
  // These two run from the sources.
  if (options.pieces) return (await import("./pieces.js")).runPieces(only, options.quick)
  if (options.subscriptions) return void show([await runSubscriptions(only, progress)])
  if (options.ours === "zmtp") buildPackage()
  buildProcesses()
  if (options.save) return save()
  if (options["kept-memory"]) return void show([await runKeptMemory(ours, only, options.quick, progress)])
  if (options.footprint) return keep({ footprint: await runFootprint() })
  if (options.soak) return keep({ minutes: minutes(), soak: await soakAll() })
  const { plan, findings } = await runFlows()
  keep({ plan, findings })
}

try {
  await run()
} catch (error) {
  progress("")
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
