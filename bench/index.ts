/**
 * `npm run bench`: whole flows between two processes over loopback TCP, this package, the native one and a
 * bare socket taking turns in one run. `bench/README.md` says what is measured and how to read the table.
 */
import { existsSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { buildPackage, buildProcesses } from "./build.js"
import { flows } from "./flows.js"
import { runKeptMemory } from "./kept-memory.js"
import { measure, type Plan } from "./measure.js"
import { findings, type Finding } from "./results.js"
import { report } from "./report.js"
import { castWith } from "./sides.js"
import { runSubscriptions } from "./subscriptions.js"

const usage = `npm run bench -- [options]

  --quick           the flows that have marks, 3 rounds of 0.4 s instead of 5 rounds of 1 s
  --only <regex>    only the flows, pieces or rows whose name matches
  --rounds <n>      as many rounds
  --mixed           also with one end of this package and the other of a rival
  --cpu             show the processor time of both ends, user and system, a message
  --json <file>     write the figures of every round to a file
  --strict          exit with status 1 when a mark is missed
  --ours <module>   run another module in this package's place: "zeromq" shows how equal equals look,
                    a path compares an earlier build
  --pieces          benchmarks of pieces (codec, queues, subscriptions) in one process, instead of flows
  --subscriptions   what a million topics cost in memory, and finding one, instead of flows
  --kept-memory     what a kept message costs in memory, instead of flows
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
    pieces: { type: "boolean", default: false },
    subscriptions: { type: "boolean", default: false },
    "kept-memory": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
})

const only = new RegExp(options.only ?? "", "i")
const ours = existsSync(options.ours) ? pathToFileURL(options.ours).href : options.ours

function planned(): Plan {
  const { quick, cpu } = options
  const plan = quick
    ? { rounds: 3, seconds: 0.4, warmUp: 0.4, cpu }
    : { rounds: 5, seconds: 1, warmUp: 1, cpu }
  if (options.rounds === undefined) return plan
  const rounds = Number(options.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${options.rounds}: not a count`)
  return { ...plan, rounds }
}

/** One line that is written over on a terminal; silence elsewhere, where it would only fill a log. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`)
}

async function runFlows(): Promise<void> {
  const plan = planned()
  const machine = `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`
  console.log(
    `${machine}\n${plan.rounds} rounds of ${plan.seconds} s, sides taking turns, two processes a side\n`,
  )
  const { sides, absent } = castWith(ours, options.mixed)
  for (const { name, reason } of absent) console.log(`${name}: absent (${reason})`)
  const found: Finding[] = []
  const chosen = flows.filter(({ name, quick }) => only.test(name) && (quick || !options.quick))
  for (const [index, flow] of chosen.entries()) {
    const counted = (text: string): void => progress(`${index + 1} of ${chosen.length}, ${text}`)
    found.push(...findings(flow, await measure(flow, sides, plan, counted), plan.cpu))
    if (!process.stdout.isTTY) console.error(`${flow.name}: done`)
  }
  progress("")
  console.log(report(found))
  const missed = found.flatMap(({ comparisons }) => comparisons).filter(({ reached }) => reached === false)
  console.log(missed.length === 0 ? "\nEvery mark is reached." : `\nMarks missed: ${missed.length}.`)
  if (options.strict && missed.length > 0) process.exitCode = 1
  if (options.json !== undefined) {
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine, ours: options.ours, plan, findings: found }, null, 2)}\n`,
    )
  }
}

try {
  if (options.help) console.log(usage)
  // These two run from the sources.
  else if (options.pieces) await (await import("./pieces.js")).runPieces(only, options.quick)
  else if (options.subscriptions) await runSubscriptions(only, progress)
  else {
    if (options.ours === "zmtp") buildPackage()
    buildProcesses()
    if (options["kept-memory"]) await runKeptMemory(ours, only, options.quick, progress)
    else await runFlows()
  }
} catch (error) {
  progress("")
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
