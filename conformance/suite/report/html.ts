/**
 * A run as a page: summary, matrices, coverage, and each case with its clauses, what was seen of each peer, and the octets
 * that passed. How the page looks is for page.ts.
 */
import { clauseMatrix, sectionMatrix } from "../../matrix/clauses.js"
import { between, namesOf, tallied } from "../../matrix/tables.js"
import type { Encounter } from "../../matrix/interop.js"
import { clause, specifications } from "../clauses/index.js"
import { coverageByRfc, type ClauseCoverage } from "../coverage.js"
import { dumpText } from "./dump.js"
import { escaped } from "./escape.js"
import { page } from "./page.js"
import {
  countsOf,
  verdictOf,
  type PeerReport,
  type Report,
  type ShownResult,
  type Verdict,
} from "./report.js"

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: "pass",
  "fail-must": "fails a MUST",
  "fail-should": "fails a SHOULD",
  "n/a": "not applicable",
  error: "error",
}
const MARKS: Readonly<Record<Verdict, string>> = {
  pass: "✓",
  "fail-must": "✗",
  "fail-should": "!",
  "n/a": "–",
  error: "?",
}

const classOf = (verdict: Verdict) => (verdict === "n/a" ? "na" : verdict)

export function htmlOf(report: Report, coverage: readonly ClauseCoverage[]): string {
  const { version, began, peers, interop, clauses } = report
  const body = [
    "<h1>ZMTP conformance</h1>",
    `<p class="faint">zmtp-conformance ${escaped(version)}, ${began.toISOString().slice(0, 16).replace("T", " ")} UTC</p>`,
    ...(clauses ? [summary(peers), matrices(peers)] : []),
    ...(interop === undefined ? [] : [exchanges(interop)]),
    ...(clauses ? [coverageSection(coverage), cases(peers)] : []),
  ]
  return page("ZMTP conformance", body.join("\n"))
}

type Cell = string | { readonly text: string; readonly class: string; readonly title?: string }

/** Cells are markup already. */
function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) =>
    `<tr>${cells
      .map(cell => {
        if (typeof cell === "string") return `<td>${cell}</td>`
        const title = cell.title === undefined ? "" : ` title="${escaped(cell.title)}"`
        return `<td class="${cell.class}"${title}>${cell.text}</td>`
      })
      .join("")}</tr>`
  const heads = head.map(text => `<th>${escaped(text)}</th>`).join("")
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows.map(line).join("\n")}</tbody></table></div>`
}

const number = (count: number, verdict?: Verdict): Cell => ({
  text: count.toString(),
  class: `number${verdict === undefined || count === 0 ? "" : ` ${classOf(verdict)}`}`,
})

function summary(peers: readonly PeerReport[]): string {
  const rows = peers.map(({ name, version, describes, absent, results, milliseconds }): Cell[] => {
    const told = `<span class="faint">${escaped(absent ?? describes)}</span>`
    if (absent !== undefined) {
      return [
        escaped(name),
        { text: "absent", class: "absent" },
        ...Array.from({ length: 6 }, () => ""),
        told,
      ]
    }
    const { pass, failMust, failShould, notApplicable, errors } = countsOf(results)
    return [
      ...[escaped(name), escaped(version), number(pass, "pass"), number(failMust, "fail-must")],
      ...[number(failShould, "fail-should"), number(notApplicable), number(errors, "error")],
      ...[{ text: `${(milliseconds / 1000).toFixed(1)} s`, class: "number" }, told],
    ]
  })
  const head = ["peer", "version", "pass", "fail MUST", "fail SHOULD", "n/a", "errors", "time", ""]
  return `<h2>Peers</h2>\n${table(head, rows)}`
}

function matrices(peers: readonly PeerReport[]): string {
  const rows = clauseMatrix(peers)
  const names = peers.map(({ name }) => name)
  const isAbsent = (i: number) => peers[i]?.absent !== undefined
  const bySection = sectionMatrix(rows).map(({ rfc, section, cells }): Cell[] => [
    rfc.toString(),
    escaped(section),
    ...cells.map(({ kept, tried, worst }, i): Cell => {
      if (isAbsent(i)) return { text: "absent", class: "absent" }
      if (worst === undefined) return ""
      if (tried === 0) return { text: "n/a", class: "na" }
      return {
        text: `${kept}/${tried} ${worst === "pass" ? "" : MARKS[worst]}`,
        class: `cell ${classOf(worst)}`,
      }
    }),
  ])
  const byClause = rows.map(({ clause: { id, level, text }, cells }): Cell[] => [
    `<a class="id" href="${linkOf(id)}">${id}</a>`,
    level,
    escaped(text),
    ...cells.map((cell): Cell => {
      if (cell === undefined) return ""
      return { text: MARKS[cell], class: classOf(cell), title: WORDS[cell] }
    }),
  ])
  return `<h2>Clauses by peer</h2>
<p class="faint">Clauses kept / clauses tried. ✗ a MUST is not kept, ! a SHOULD, ? an error.</p>
${table(["RFC", "section", ...names], bySection)}
<details><summary>Clause by clause</summary>${table(["clause", "", "", ...names], byClause)}</details>`
}

function exchanges(encounters: readonly Encounter[]): string {
  const patterns = [...new Set(encounters.map(({ pattern }) => pattern))]
  const failures = encounters.filter(({ status }) => status === "fail")
  const { pass, fail, notApplicable } = tallied(encounters)
  const details = patterns.map(name => {
    const its = encounters.filter(({ pattern }) => pattern === name)
    const { fail, pass } = tallied(its)
    const told = fail === 0 ? `<span class="pass">${pass}</span>` : `<span class="fail-must">${fail} ✗</span>`
    return `<details><summary>${escaped(name)} ${told}</summary>${exchangeTable(its)}</details>`
  })
  const reasons = [...failures, ...encounters.filter(({ status }) => status === "n/a")].map(
    (each): Cell[] => [
      each.status === "fail" ? { text: "✗", class: "fail-must" } : { text: "n/a", class: "na" },
      ...[each.pattern, each.sender, each.receiver, each.mechanism, each.binder, each.reason].map(escaped),
    ],
  )
  const head = ["", "pattern", "from", "to", "mechanism", "binds", "reason"]
  return `<h2>Exchanges by peer</h2>
<p class="faint">From the peer of the row to that of the column, either side bound: those that arrived whole, of those that both can do.</p>
${exchangeTable(encounters)}
<p>${pass} exchanges arrived whole, ${fail} did not, ${notApplicable} do not apply.</p>
${details.join("\n")}
${reasons.length === 0 ? "" : `<details><summary>Those that did not arrive or do not apply, and why</summary>${table(head, reasons)}</details>`}`
}

function exchangeTable(encounters: readonly Encounter[]): string {
  const names = namesOf(encounters)
  const rows = names.map((sender): Cell[] => [
    escaped(sender),
    ...names.map((receiver): Cell => {
      const { pass, fail } = tallied(between(encounters, sender, receiver))
      if (pass + fail === 0) return { text: "n/a", class: "na" }
      return fail === 0
        ? { text: `${pass}/${pass}`, class: "cell pass" }
        : { text: `${pass}/${pass + fail} ✗`, class: "cell fail-must" }
    }),
  ])
  return table(["from \\ to", ...names], rows)
}

function coverageSection(coverage: readonly ClauseCoverage[]): string {
  const rows = coverageByRfc(coverage).map(({ rfc, name, clauses, covered, unobservable, open }): Cell[] => [
    `<a href="${urlOf(rfc)}">${rfc}</a>`,
    escaped(name),
    ...[clauses, covered, unobservable, open].map(count => number(count)),
  ])
  const unseen = coverage
    .filter(({ state }) => state === "unobservable")
    .map(({ clause: { id, text, unobservable = "" } }): Cell[] => [
      `<a class="id" href="${linkOf(id)}">${id}</a>`,
      escaped(text),
      escaped(unobservable),
    ])
  return `<h2>Coverage</h2>
${table(["RFC", "", "clauses", "covered", "not observable", "without a case"], rows)}
<details><summary>What cannot be seen from outside, and why</summary>${table(["clause", "", "reason"], unseen)}</details>`
}

function cases(peers: readonly PeerReport[]): string {
  const results = new Map<string, (readonly [peer: number, result: ShownResult])[]>()
  for (const [i, peer] of peers.entries()) {
    for (const result of peer.results)
      results.set(result.id, [...(results.get(result.id) ?? []), [i, result]])
  }
  const all = [...results.values()].map(its => caseDetails(peers, its))
  return `<h2>Cases</h2>\n${filters(peers)}\n${all.join("\n")}`
}

function filters(peers: readonly PeerReport[]): string {
  const option = (value: string, text: string) =>
    `<option value="${escaped(value)}">${escaped(text)}</option>`
  const select = (name: string, options: readonly string[]) =>
    `<select name="${name}">${options.join("")}</select>`
  const verdicts = Object.entries(WORDS).map(([value, text]) => option(value, text))
  return `<nav>
<label>Peer ${select("peer", [option("", "any"), ...peers.map(({ name }, i) => option(i.toString(), name))])}</label>
<label>RFC ${select("rfc", [option("", "any"), ...specifications.map(({ rfc, name }) => option(rfc.toString(), `${rfc} ${name}`))])}</label>
<label>Verdict ${select("verdict", [option("", "any"), option("fail", "fails"), ...verdicts])}</label>
<label>Text <input name="text" type="search" placeholder="framing, 37/framing/4, PING"></label>
<span id="shown" class="faint"></span>
</nav>`
}

function caseDetails(
  peers: readonly PeerReport[],
  results: readonly (readonly [peer: number, result: ShownResult])[],
): string {
  const [, its] = results[0] ?? []
  if (its === undefined) return ""
  const { id, clauses, weight, sends, requires } = its
  // What passes where all is well is much the same for every peer, and a page of all of it would be too large.
  const example = results.map(([, result]) => result).find(({ status }) => status === "pass")
  const quoted = clauses.map(each => clause(each).text)
  const text = [id, sends, requires, ...clauses, ...quoted, ...results.map(([, { reason }]) => reason)].join(
    " ",
  )
  const rfcs = [...new Set(clauses.map(rfcOf))].join(" ")
  const chips = results.map(([peer, result]) => {
    const verdict = verdictOf(result)
    const name = escaped(peers[peer]?.name ?? "")
    return `<span class="${classOf(verdict)}" data-peer="${peer}" title="${WORDS[verdict]}">${MARKS[verdict]} ${name}</span>`
  })
  return `<details class="case" id="${escaped(id)}" data-rfcs="${rfcs}" data-text="${escaped(text.toLowerCase())}">
<summary><span class="id">${escaped(id)}</span><span class="faint">${weight}</span><span class="chips">${chips.join("")}</span></summary>
<div class="inside">
${clauses.map(quotation).join("\n")}
<dl><dt>sent</dt><dd>${escaped(sends)}</dd><dt>required</dt><dd>${escaped(requires)}</dd></dl>
${results.map(([peer, result]) => peerSection(peer, peers[peer]?.name ?? "", result, result === example)).join("\n")}
</div>
</details>`
}

function quotation(id: string): string {
  const { text, section, level } = clause(id)
  return `<blockquote>“${escaped(text)}” <a class="id" href="${linkOf(id)}">${id}</a> <span class="faint">${level}, §${escaped(section)}</span></blockquote>`
}

function peerSection(peer: number, name: string, result: ShownResult, isExample: boolean): string {
  const { reason, notes, connections, milliseconds } = result
  const verdict = verdictOf(result)
  const seen = [reason, ...notes].filter(Boolean).map(text => `<p>${escaped(text)}</p>`)
  const dumps = connections.map(
    ({ lines, socketType }, i) =>
      `<p class="faint">connection ${i + 1}, the peer's socket is a ${escaped(socketType)}</p><pre>${lines
        .map(line => `<span class="${line.from}">${escaped(dumpText([line]))}</span>`)
        .join("\n")}</pre>`,
  )
  const wanted = isExample || result.status === "fail" || result.status === "error"
  const octets =
    !wanted || dumps.length === 0 ? "" : `<details><summary>octets</summary>${dumps.join("")}</details>`
  const time = `<span class="faint">${Math.round(milliseconds)} ms</span>`
  return `<section class="peer" data-peer="${peer}" data-verdict="${verdict}">
<strong>${escaped(name)}</strong> <span class="${classOf(verdict)}">${WORDS[verdict]}</span> ${time}
${seen.join("")}${octets}
</section>`
}

function rfcOf(id: string): number {
  return Number.parseInt(id, 10)
}

function urlOf(rfc: number): string {
  return specifications.find(each => each.rfc === rfc)?.url ?? ""
}

/** The section of the RFC, which the site's headings are linked by. */
function linkOf(id: string): string {
  const anchor = clause(id)
    .section.toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-")
  return escaped(`${urlOf(rfcOf(id))}#${anchor}`)
}
