/**
 * Everything that a program can reach of this package and of native is the same, but for what README.md declares;
 * and what it declares is so.
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { compare, DOORS } from "./api/compare.js"
import { walk } from "./api/walk.js"

const absent = await import("zeromq").then(
  () => undefined,
  (error: unknown) => String(error).split("\n", 1)[0],
)

/** A row of the table in README.md: paths, in which `*` stands for anything, and what is told of them. */
interface Declaration {
  readonly pattern: string
  readonly matches: (path: string) => boolean
}

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

function declarations(): Declaration[] {
  const table = /<!-- differences -->\n(.*?)<!-- end -->/s.exec(readme)?.[1] ?? ""
  const rows = table.split("\n").filter(line => line.startsWith("| `"))
  return rows.flatMap(row => {
    const [, paths = ""] = row.split(" | ", 1)[0]?.match(/^\| (.*)$/) ?? []
    return [...paths.matchAll(/`([^`]+)`/g)].map(([, pattern = ""]) => {
      const expression = pattern.replace(/[.[\]()]/g, "\\$&").replace(/\*/g, ".*")
      return { pattern, matches: path => new RegExp(`^${expression}$`).test(path) }
    })
  })
}

describe.skipIf(absent !== undefined)(
  `the API beside native's${absent === undefined ? "" : ` (${absent})`}`,
  () => {
    it("differs only as README.md declares", async () => {
      const declared = declarations()
      const undeclared = (await compare()).filter(
        ({ path }) => !declared.some(({ matches }) => matches(path)),
      )
      expect(undeclared).toEqual([])
    })

    it("differs in all that README.md declares", async () => {
      const paths = (await compare()).map(({ path }) => path)
      const declared = declarations()
      expect(declared).not.toEqual([])
      expect(declared.filter(({ matches }) => !paths.some(matches)).map(({ pattern }) => pattern)).toEqual([])
    })

    it("is compared door by door", () => {
      expect(DOORS).toEqual(["zeromq", "zeromq/draft", "zeromq/v5-compat"])
    })
  },
)

describe("the walk through a package", () => {
  it("finds exports, members with their kinds and lengths, and first values", () => {
    class Base {
      get inherited(): number {
        return Number("1")
      }
    }
    class Thing extends Base {
      own = [1]
      _inside = 2
      static make(): void {}
      get failing(): never {
        throw Object.assign(new Error("no"), { code: "EINVAL" })
      }
      method(_a: number, _b: number): void {}
    }
    const surface = walk({ Thing, text: "x", call: (_: number) => 1, bag: { flag: true } })
    expect(Object.fromEntries(surface)).toEqual({
      Thing: "function",
      "Thing.length": "0",
      "static Thing.make": "function",
      "static Thing.make.length": "0",
      "Thing.inherited": "get",
      "Thing.failing": "get",
      "Thing.method": "function",
      "Thing.method.length": "2",
      "new Thing().own": "[1]",
      "new Thing().inherited": "1",
      "new Thing().failing": "throws EINVAL",
      text: '"x"',
      call: "function",
      "call.length": "1",
      bag: "a Object",
      "bag.flag": "true",
    })
  })
})
