/** That the reports say what a run found, in a form that their readers take, and that the exit status follows from it. */
import { describe, expect, test } from "vitest"
import type { Encounter } from "../../matrix/interop.js"
import { coverageOf } from "../coverage.js"
import { htmlOf } from "./html.js"
import { jsonOf } from "./json.js"
import { junitOf } from "./junit.js"
import { countsOf, exitStatusOf, type PeerReport, type Report, type ShownResult } from "./report.js"
import { screenOn } from "./screen.js"
import { failuresText, summaryText } from "./text.js"

const CLAUSE = "37/framing/4"

function result(id: string, its: Partial<ShownResult> = {}): ShownResult {
  return {
    ...{
      id,
      clauses: [CLAUSE],
      weight: "MUST",
      sends: "a <frame>",
      requires: "it is closed",
      status: "pass",
    },
    ...{ reason: "", notes: [], milliseconds: 12.3, connections: [] },
    ...its,
  }
}

const line = { from: "peer", at: 1, offset: 0, length: 1, octets: "ff", meaning: "signature" } as const
const failed = result("a/fails", {
  ...{ status: "fail", reason: `It said "no" & <left>\u0001` },
  connections: [{ socketType: "PULL", lines: [line] }],
})
const weak = result("a/weak", { status: "fail", weight: "SHOULD", reason: "Seen" })
const all = [result("a/passes"), failed, weak, result("a/lacks", { status: "n/a", reason: "No such type" })]

function peer(name: string, results: readonly ShownResult[], its: Partial<PeerReport> = {}): PeerReport {
  return { name, describes: "a peer", version: "1.0", decides: true, results, milliseconds: 1000, ...its }
}

function reportOf(peers: readonly PeerReport[], its: Partial<Report> = {}): Report {
  return { version: "0.0.1", began: new Date(0), strict: false, clauses: true, peers, ...its }
}

const absent = peer("away", [], { absent: "no toolchain", decides: false })

function told(report: Report, output: { isTTY?: boolean } = {}, env: NodeJS.ProcessEnv = {}): string {
  let text = ""
  const write = (piece: string) => {
    text += piece
  }
  const screen = screenOn({ ...output, write }, env)
  screen.progress("under way")
  for (const each of report.peers) failuresText(screen, each, true)
  summaryText(screen, report)
  return text
}

describe("the exit status", () => {
  test("is 0 when no MUST fails, and with strict no SHOULD either", () => {
    const report = reportOf([peer("one", [result("a/passes"), weak])])
    expect(exitStatusOf(report)).toBe(0)
    expect(exitStatusOf({ ...report, strict: true })).toBe(1)
  })

  test("is 1 for a failure of MUST, and for a case that came to no end", () => {
    expect(exitStatusOf(reportOf([peer("one", all)]))).toBe(1)
    expect(exitStatusOf(reportOf([peer("one", [result("a/broken", { status: "error" })])]))).toBe(1)
  })

  test("does not count peers that do not decide", () => {
    expect(exitStatusOf(reportOf([peer("one", []), peer("other", all, { decides: false })]))).toBe(0)
  })

  test("is 2 when no peer that decides is there", () => {
    expect(
      exitStatusOf(reportOf([{ ...absent, decides: true }, peer("other", [], { decides: false })])),
    ).toBe(2)
  })

  test("counts exchanges between peers that both decide", () => {
    const encounter = { pattern: "PUSH/PULL", binder: "sender", mechanism: "NULL", reason: "lost" } as const
    const between = (sender: string, receiver: string): Encounter => ({
      ...encounter,
      ...{ sender, receiver, status: "fail" },
    })
    const peers = [peer("one", []), peer("other", [], { decides: false })]
    expect(exitStatusOf(reportOf(peers, { interop: [between("one", "other")] }))).toBe(0)
    expect(exitStatusOf(reportOf(peers, { interop: [between("one", "one")] }))).toBe(1)
  })
})

describe("a report", () => {
  const report = reportOf([peer("one", all), absent])
  const coverage = coverageOf(all)

  test("counts verdicts", () => {
    expect(countsOf(all)).toEqual({ pass: 1, failMust: 1, failShould: 1, notApplicable: 1, errors: 0 })
  })

  test("as text is plain where it is no terminal", () => {
    const text = told(report, {}, { CI: "true" })
    expect(text).not.toContain("\x1b")
    expect(text).not.toContain("under way")
    for (const part of [
      "a/fails",
      CLAUSE,
      "reserved for future use",
      "signature",
      "no toolchain",
      "absent",
    ]) {
      expect(text).toContain(part)
    }
  })

  test("as text has colours and progress on a terminal, and no colours with NO_COLOR", () => {
    expect(told(report, { isTTY: true }, { TERM: "xterm" })).toContain("\x1b[31m")
    expect(told(report, { isTTY: true }, { TERM: "xterm" })).toContain("under way")
    expect(told(report, { isTTY: true }, { TERM: "xterm", NO_COLOR: "1" })).not.toContain("\x1b[31m")
  })

  test("as JSON has every result and the matrix", () => {
    const data = JSON.parse(jsonOf(report, coverage)) as {
      peers: { name: string; absent?: string; results: { id: string; status: string }[] }[]
      matrix: Record<string, Record<string, string>>
      exitStatus: number
    }
    expect(data.exitStatus).toBe(1)
    expect(data.peers[0]?.results.map(({ status }) => status)).toEqual(["pass", "fail", "fail", "n/a"])
    expect(data.peers[1]?.absent).toBe("no toolchain")
    expect(data.matrix[CLAUSE]).toEqual({ one: "fail-must" })
  })

  test("as JUnit escapes what XML has no place for, and skips a SHOULD unless strict", () => {
    const xml = junitOf(report)
    expect(xml).toContain("It said &quot;no&quot; &amp; &lt;left&gt;\\u0001")
    expect(xml).toContain('tests="4" failures="1" errors="0" skipped="2"')
    expect(xml).toContain('<skipped message="SHOULD: Seen">')
    expect(junitOf({ ...report, strict: true })).toContain('<failure message="SHOULD: Seen">')
  })

  test("as a page needs nothing from elsewhere and has every case", () => {
    const html = htmlOf(report, coverage)
    expect(html).not.toMatch(/<(link|img|script src|iframe)|@import|url\(/)
    expect(html).toContain("It said &quot;no&quot; &amp; &lt;left&gt;")
    for (const { id } of all) expect(html).toContain(`id="${id}"`)
    expect(html).toContain("https://rfc.zeromq.org/spec/37/#framing")
  })
})
