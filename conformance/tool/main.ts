/** One run of the tool, from its arguments to its exit status. The parts are elsewhere; here is their order. */
import { writeFile } from "node:fs/promises"
import { playInterop, type Encounter } from "../matrix/interop.js"
import { clauseTable, interopTable, patternTables, tallied } from "../matrix/tables.js"
import type { Adapter } from "../peers/adapters/adapter.js"
import { CASES, INSPECTIONS } from "../suite/cases/index.js"
import { coverageOf, type ClauseCoverage } from "../suite/coverage.js"
import { runSuite } from "../suite/play/runner.js"
import { htmlOf } from "../suite/report/html.js"
import { jsonOf } from "../suite/report/json.js"
import { junitOf } from "../suite/report/junit.js"
import { caseList, clauseList } from "../suite/report/list.js"
import { exitStatusOf, shownResult, type PeerReport, type Report } from "../suite/report/report.js"
import { screenOn, type Screen } from "../suite/report/screen.js"
import { coverageText, failuresText, interopFailures, summaryText } from "../suite/report/text.js"
import { select, type Selection } from "../suite/selection.js"
import { version } from "../version.js"
import { contendersOf, isTried, peerNames, type Contender } from "./contenders.js"
import { parse, usage, UsageError, type Options } from "./options.js"

export interface Setting {
  /** How this tool is called. */
  readonly command: string
  readonly adapters: readonly Adapter[]
  /** What `--help` says of them. */
  readonly note: string
}

/** Exchanges at once: two processes a peer share them. */
const EXCHANGES = 4

/** Resolves with the exit status. */
export async function main(args: readonly string[], setting: Setting): Promise<number> {
  // Who reads the first lines alone wants the reports none the less.
  process.stdout.on("error", () => undefined)
  const screen = screenOn(process.stdout)
  try {
    return await conduct(parse(args), setting, screen)
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof RangeError)) throw error
    screen.progress("")
    process.stderr.write(`${error.message}. ${setting.command} --help tells more.\n`)
    return 2
  }
}

async function conduct(options: Options, setting: Setting, screen: Screen): Promise<number> {
  if (options.help) {
    screen.print(usage(setting.command, peerNames(setting.adapters), setting.note).trimEnd())
    return 0
  }
  if (options.version) {
    screen.print(version)
    return 0
  }
  const { specs, names, clauseIds } = options
  const selection = select(CASES, INSPECTIONS, { specs, names, clauses: clauseIds })
  const all = [...CASES, ...INSPECTIONS]
  const coverage = coverageOf(all)
  if (options.list) {
    list(screen, options, selection, coverage)
    return 0
  }
  const began = new Date()
  const contenders = await contendersOf(options, setting.adapters, screen.progress)
  const peers = await tryClauses(contenders, options, selection, screen)
  const interop = options.interop ? await tryInterop(contenders, options, screen) : undefined
  const { strict, clauses } = options
  const report: Report = { version, began, strict, clauses, peers, ...(interop ? { interop } : {}) }
  tell(screen, report, options, coverage)
  if (options.json !== undefined) await writeFile(options.json, jsonOf(report, coverage))
  if (options.junit !== undefined) await writeFile(options.junit, junitOf(report))
  if (options.html !== undefined) await writeFile(options.html, htmlOf(report, coverage))
  return exitStatusOf(report)
}

function list(
  screen: Screen,
  { unobservable, uncovered }: Options,
  { wants }: Selection,
  coverage: readonly ClauseCoverage[],
): void {
  const cases = [...CASES, ...INSPECTIONS]
  const of = (state: ClauseCoverage["state"]) => coverage.filter(each => each.state === state)
  if (unobservable) clauseList(screen, of("unobservable"))
  if (uncovered) clauseList(screen, of("open"))
  if (!unobservable && !uncovered) {
    caseList(
      screen,
      cases.filter(({ id }) => wants(id)),
    )
  }
  screen.print()
  coverageText(screen, coverage, cases.length)
}

/** One peer after the other, so that none is in the way of another. */
async function tryClauses(
  contenders: readonly Contender[],
  options: Options,
  selection: Selection,
  screen: Screen,
): Promise<PeerReport[]> {
  const peers: PeerReport[] = []
  for (const contender of contenders) {
    const peer = await tried(contender, options, selection, screen)
    peers.push(peer)
    failuresText(screen, peer, options.bytes)
  }
  return peers
}

async function tried(
  contender: Contender,
  options: Options,
  { cases, inspections, wants }: Selection,
  screen: Screen,
): Promise<PeerReport> {
  const { name, describes, decides, absent } = contender
  const known = { name, describes, decides, version: "", results: [], milliseconds: 0 }
  if (absent !== undefined) return { ...known, absent }
  if (!options.clauses || !isTried(contender, options)) return known
  screen.progress(`starting ${name}`)
  const target = await contender.target().catch((error: unknown) => {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  })
  const start = performance.now()
  try {
    const results = await runSuite(target, {
      ...{ cases, inspections, patience: options.patience },
      onResult: ({ id }, done, total) => screen.progress(`${name}: ${done} of ${total}, ${id}`),
    })
    const shown = results.filter(({ id }) => wants(id)).map(shownResult)
    return { ...known, version: target.version, results: shown, milliseconds: performance.now() - start }
  } finally {
    await target.stop()
  }
}

async function tryInterop(
  contenders: readonly Contender[],
  { parallel = EXCHANGES }: Options,
  screen: Screen,
): Promise<Encounter[]> {
  const players = contenders.flatMap(({ name, launch }) => (launch === undefined ? [] : [{ name, launch }]))
  return playInterop(players, {
    parallel,
    onEncounter: ({ pattern, sender, receiver }, done, total) =>
      screen.progress(`exchanges: ${done} of ${total}, ${pattern} from ${sender} to ${receiver}`),
  })
}

function tell(screen: Screen, report: Report, options: Options, coverage: readonly ClauseCoverage[]): void {
  const { peers, interop } = report
  const title = (text: string) => {
    screen.print()
    screen.print(screen.paint.bold(text))
  }
  if (options.clauses) {
    title("Clauses by peer")
    clauseTable(screen, peers)
  }
  if (interop) {
    const absent = peers.flatMap(({ name, absent }) => (absent === undefined ? [] : [name]))
    title("Exchanges by peer: those that arrived whole, of those that both peers can do")
    interopTable(screen, interop, absent)
    if (!options.clauses) patternTables(screen, interop, absent)
    interopFailures(screen, interop)
    const { pass, fail, notApplicable } = tallied(interop)
    screen.print()
    screen.print(`${pass} exchanges arrived whole, ${fail} did not, ${notApplicable} do not apply.`)
  }
  if (options.clauses) {
    title("Coverage")
    coverageText(screen, coverage, CASES.length + INSPECTIONS.length)
  }
  title("Summary")
  summaryText(screen, report)
}
