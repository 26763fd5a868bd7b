/** The two matrices as tables of text. What is in them comes from clauses.ts and interop.ts. */
import type { PeerReport, Verdict } from "../suite/report/report.js"
import type { Paint, Screen } from "../suite/report/screen.js"
import { clauseMatrix, sectionMatrix, type SectionCell } from "./clauses.js"
import { PATTERNS, type Encounter } from "./interop.js"

/** A row a section; a cell tells how many of the clauses that could be told are kept. */
export function clauseTable(screen: Screen, peers: readonly PeerReport[]): void {
  const rows = sectionMatrix(clauseMatrix(peers))
  const absent = new Set(peers.filter(peer => peer.absent !== undefined).map(({ name }) => name))
  screen.table(
    ["RFC", "section", ...peers.map(({ name }) => name)],
    rows.map(({ rfc, section, cells }) => [
      String(rfc),
      section,
      ...cells.map((cell, i) =>
        absent.has(peers[i]?.name ?? "") ? screen.paint.dim("absent") : cellText(cell, screen.paint),
      ),
    ]),
  )
  screen.print(
    screen.paint.dim("Clauses kept / clauses tried. ✗ a MUST is not kept, ! a SHOULD, ? an error."),
  )
}

const MARKS: Partial<Record<Verdict, string>> = { "fail-must": "✗", "fail-should": "!", error: "?" }

function cellText({ kept, tried, worst }: SectionCell, paint: Paint): string {
  if (worst === undefined) return ""
  if (tried === 0) return paint.dim("n/a")
  const text = [`${kept}/${tried}`, MARKS[worst]].filter(Boolean).join(" ")
  if (worst === "pass") return paint.green(text)
  return worst === "fail-should" ? paint.yellow(text) : paint.red(text)
}

/** How many exchanges of some arrived whole. */
export interface Tallied {
  readonly pass: number
  readonly fail: number
  readonly notApplicable: number
}

export function tallied(encounters: readonly Encounter[]): Tallied {
  const count = (status: Encounter["status"]) => encounters.filter(each => each.status === status).length
  return { pass: count("pass"), fail: count("fail"), notApplicable: count("n/a") }
}

/** Senders down, receivers across, all patterns together or one of them. */
export function interopTable(
  screen: Screen,
  encounters: readonly Encounter[],
  absent: readonly string[],
): void {
  const names = namesOf(encounters)
  const all = [...names, ...absent]
  screen.table(
    ["from \\ to", ...all],
    all.map(sender => [
      sender,
      ...all.map(receiver => {
        if (absent.includes(sender) || absent.includes(receiver)) return screen.paint.dim("absent")
        return tallyText(tallied(between(encounters, sender, receiver)), screen.paint)
      }),
    ]),
  )
}

/** A row a pattern, a column a pair of peers that differ from one another or not. */
export function patternTables(
  screen: Screen,
  encounters: readonly Encounter[],
  absent: readonly string[],
): void {
  for (const { name } of PATTERNS) {
    const its = encounters.filter(({ pattern }) => pattern === name)
    if (its.length === 0) continue
    screen.print()
    screen.print(screen.paint.bold(name))
    interopTable(screen, its, absent)
  }
}

export function namesOf(encounters: readonly Encounter[]): string[] {
  return [...new Set(encounters.map(({ sender }) => sender))]
}

export function between(encounters: readonly Encounter[], sender: string, receiver: string): Encounter[] {
  return encounters.filter(each => each.sender === sender && each.receiver === receiver)
}

function tallyText({ pass, fail }: Tallied, paint: Paint): string {
  if (pass + fail === 0) return paint.dim("n/a")
  const text = `${pass}/${pass + fail}`
  return fail === 0 ? paint.green(text) : paint.red(`${text} ✗`)
}
