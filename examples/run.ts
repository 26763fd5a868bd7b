/**
 * Runs examples: `npx tsx examples/run.ts [example...] [--native[=program,...]]`. All by default, with this package
 * in the place of `zeromq`; with `--native` on the native one; with `--native=broker` that program on native and the
 * others on this package.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { install, type Library } from "./install.js"
import { scenarios } from "./scenarios.js"
import { Stage } from "./stage.js"

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).map(arg => (arg === "--native" ? "--native=" : arg)),
  options: { native: { type: "string" } },
  allowPositionals: true,
})
const natives = values.native?.split(",").filter(program => program !== "") ?? []
const library = (program: string): Library =>
  natives.includes(program) || (values.native !== undefined && natives.length === 0) ? "native" : "zmtp"

const home = mkdtempSync(join(tmpdir(), "zmtp-examples-"))
try {
  install(home)
  for (const example of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
    const scenario = scenarios[example]
    if (!scenario)
      throw new Error(`There is no example ${example}, only ${Object.keys(scenarios).join(", ")}.`)
    console.log(`\n== ${example}`)
    const scratch = mkdtempSync(join(home, "s"))
    const options = { example, home, library, scratch, print: (line: string) => console.log(line) }
    const stage = new Stage(options, scenario.addresses)
    try {
      await scenario.play(stage)
    } finally {
      await stage.curtain()
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
