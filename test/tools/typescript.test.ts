/**
 * The declarations of the package under the versions of TypeScript that programs have, none of their errors passed over
 * (`skipLibCheck` off). The programs are those that types.test.ts compiles with the newest version.
 */
import { cp, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect } from "vitest"
import { node, pathOf, toolTest, workshop } from "./support.js"

const PROGRAMS = fileURLToPath(new URL("../types", import.meta.url))

/** Versions, with the types of Node.js of their time and a module resolution that programs use with them. */
const VERSIONS = [
  ["4.9", "18", "node"],
  ["5.0", "18", "node16"],
  ["5.4", "20", "bundler"],
  ["5.6", "20", "node"],
  ["5.9", "22", "node16"],
  ["7.0", "22", "bundler"],
] as const

const MODULES = { node: "commonjs", node16: "node16", bundler: "esnext" }

const WIRE = `
import { Decoder, Encoder } from "zmtp/wire"
export const parts: object[] = [Decoder, Encoder]
`

/** From version 5.2 on. */
const USING = `
import { Push } from "zmtp"
export async function send(): Promise<void> {
  using push = new Push()
  await using other = new Push()
  await push.send(String(other.closed))
}
`

describe("the declarations can be read by", () => {
  for (const [version, types, resolution] of VERSIONS) {
    toolTest(`TypeScript ${version}`, async () => {
      const directory = await workshop("typed", { "@types/node": `types-node-${types}` })
      await cp(join(directory, "node_modules/zmtp"), join(directory, "node_modules/zeromq"), {
        recursive: true,
      })
      const programs = {
        "wire.ts": WIRE,
        ...(Number(version) >= 5.2 && { "using.ts": USING }),
      }
      for (const [file, text] of Object.entries(programs)) await writeFile(join(directory, file), text)
      // One compares the declarations with native's, which are not there.
      const copied = (await readdir(PROGRAMS)).filter(file => file !== "same.ts")
      for (const file of copied) await cp(join(PROGRAMS, file), join(directory, file))
      const { stdout } = await node(directory, [
        ...[pathOf(`typescript-${version}/bin/tsc`), "--noEmit", "--strict", "--preserveSymlinks"],
        ...["--target", "es2022", "--lib", "es2022", "--types", "node"],
        ...["--module", MODULES[resolution], "--moduleResolution", resolution],
        ...[...copied, ...Object.keys(programs)],
      ])
      // The types of Node.js are another package's, and have errors of their own.
      const errors = stdout
        .split("\n")
        .filter(line => line.includes("error TS") && !/^\S*@types.node/.test(line))
      expect(errors).toEqual([])
    })
  }
})
