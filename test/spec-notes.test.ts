/** SPEC-NOTES.md: each of its rows is whole, and names tests that are there under these very titles. */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const notes = readFileSync(new URL("../SPEC-NOTES.md", import.meta.url), "utf8")

/** Lines of the tables, without their heads and the rules below these. */
const rows = notes.split("\n").filter(line => line.startsWith("| ") && !line.startsWith("| clause "))

function cellsOf(row: string): string[] {
  return row.slice(1, -1).split("|")
}

/** The tests that a row names: a file, which stands once for all titles that follow it. */
function testsOf(row: string): { file: string; title: string }[] {
  const named = cellsOf(row).at(-1) ?? ""
  return [...named.matchAll(/`([^`]+)`((?:,? "[^"]+")+)/g)].flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ file, title })),
  )
}

function sourceOf(file: string): string {
  const url = new URL(`${file}.test.ts`, import.meta.url)
  return existsSync(url) ? readFileSync(url, "utf8") : ""
}

describe("SPEC-NOTES.md", () => {
  it("has four cells in each row, none of them empty", () => {
    const broken = rows.filter(row => {
      const cells = cellsOf(row)
      return !row.endsWith(" |") || cells.length !== 4 || cells.some(cell => cell.trim() === "")
    })
    expect(rows).not.toEqual([])
    expect(broken).toEqual([])
  })

  it("names in each row a test, as it is called where it is", () => {
    expect(rows.filter(row => testsOf(row).length === 0)).toEqual([])
    const missing = rows.flatMap(testsOf).filter(({ file, title }) => {
      const source = sourceOf(file)
      return !["'", '"', "`"].some(quote => source.includes(`${quote}${title}${quote}`))
    })
    expect(missing).toEqual([])
  })

  it("has no row twice", () => {
    expect(rows.filter((row, i) => rows.indexOf(row) !== i)).toEqual([])
  })
})
