/** Tests of programs that put others in the place of what the package exports. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import ts from "typescript"
import { describe, expect } from "vitest"
import { node, pathOf, play, toolTest, workshop } from "./support.js"

describe("what the package exports", () => {
  toolTest("can be replaced by Sinon", async () => {
    const { stdout, stderr } = await node(await workshop("node", { sinon: "sinon" }), ["stubs.cjs"])
    expect([stdout, stderr.replace(/^.*(draft features|--trace-warnings).*\n/gm, "")]).toEqual([
      "replaced and restored\n",
      "",
    ])
  })

  toolTest("can be replaced and mocked by Jest, in programs that are compiled to CommonJS", async () => {
    const directory = await workshop("jest")
    for (const [source, compiled] of [
      ["program.mjs", "program.cjs"],
      ["replaced-exports.mjs", "replaced-exports.test.cjs"],
    ] as const) {
      const { outputText } = ts.transpileModule(await readFile(join(directory, source), "utf8"), {
        compilerOptions: {
          module: ts.ModuleKind.CommonJS,
          target: ts.ScriptTarget.ES2022,
          esModuleInterop: true,
        },
      })
      await writeFile(join(directory, compiled), outputText)
    }
    const testMatch = ["**/automock.test.cjs", "**/replaced-exports.test.cjs"]
    const config = JSON.stringify({ rootDir: directory, testMatch, transform: {} })
    const { passed, failed } = await play(directory, [
      pathOf("jest/bin/jest.js"),
      "--json",
      "--config",
      config,
    ])
    expect(failed).toEqual([])
    expect(passed).toBe(7)
  })
})
