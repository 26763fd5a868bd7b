/**
 * Programs that are bundled: without a warning, with one instance of each class whether the package is imported or required,
 * and so that they run.
 */
import { mkdtemp } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, inject } from "vitest"
import { node, pathOf, requireTool, toolTest, workshop } from "./support.js"

const PROGRAMS = ["imported.mjs", "required.cjs"]

/** What a bundle prints that works. */
const WORKS = { answer: "answer", key: 40, same: true }

/** Makes bundles of programs in a directory, and gives the paths of the bundles and the warnings. */
type Bundle = (programs: string[], into: string) => Promise<{ bundles: string[]; warnings: string[] }>

/** Bundles the programs and runs the bundles where none of the packages is that they were made of. */
async function works(bundle: Bundle, programs = PROGRAMS): Promise<void> {
  const directory = await workshop("bundled")
  const into = await mkdtemp(join(inject("runDirectory"), "bundles-"))
  const { bundles, warnings } = await bundle(
    programs.map(program => join(directory, program)),
    into,
  )
  expect(warnings).toEqual([])
  const printed = await Promise.all(bundles.map(path => node(into, ["--no-warnings", path])))
  expect(
    printed.map(({ stdout, stderr }) => (stderr === "" ? (JSON.parse(stdout) as unknown) : stderr)),
  ).toEqual(bundles.map(() => WORKS))
  expect(bundles).not.toEqual([])
}

/** The tools are not there for TypeScript to look at: this is the part of webpack that is used. */
interface WebpackStats {
  toJson(options: object): Record<"errors" | "warnings", { message: string }[]>
}
type Webpack = (
  options: object[],
  done: (error: Error | null, stats?: { stats: WebpackStats[] }) => void,
) => void

/** The same for esbuild. */
interface Esbuild {
  build(options: object): Promise<{ warnings: { text: string }[] }>
}

/** The same for Rollup and its plugins. */
interface Rollup {
  rollup(options: object): Promise<{ write(options: object): Promise<unknown> }>
}

/** The same for Vite. */
interface Vite {
  build(options: object): Promise<unknown>
}

describe("a bundle made by", () => {
  for (const [target, sizes] of [
    ["node", [true, false]],
    ["electron-main", [true]],
    ["electron-renderer", [true]],
  ] as const) {
    toolTest(`webpack for ${target} works`, async () => {
      const webpack = requireTool("webpack") as Webpack
      await works(async (programs, into) => {
        const made = programs.flatMap(entry =>
          sizes.map(minimize => ({
            entry,
            minimize,
            filename: `${basename(entry)}-${String(minimize)}.cjs`,
          })),
        )
        const options = made.map(({ entry, minimize, filename }) => ({
          mode: minimize ? "production" : "development",
          ...{ target, entry, devtool: false, optimization: { minimize }, output: { path: into, filename } },
        }))
        const stats = await new Promise<WebpackStats[]>((resolve, reject) => {
          webpack(options, (error, all) => {
            if (error === null) resolve(all?.stats ?? [])
            else reject(error)
          })
        })
        const said = stats.flatMap(each => {
          const { errors, warnings } = each.toJson({ errors: true, warnings: true })
          return [...errors, ...warnings].map(({ message }) => message)
        })
        return { bundles: made.map(({ filename }) => join(into, filename)), warnings: said }
      })
    })
  }

  toolTest("esbuild works, as a CommonJS or an ES module, minified or not", async () => {
    const { build } = requireTool("esbuild") as Esbuild
    await works(async (programs, into) => {
      const [bundles, warnings]: [string[], string[]] = [[], []]
      for (const entry of programs) {
        for (const format of ["cjs", "esm"]) {
          for (const minify of [true, false]) {
            const ending = format === "cjs" ? "cjs" : "mjs"
            const outfile = join(into, `${basename(entry)}-${format}-${String(minify)}.${ending}`)
            const options = { entryPoints: [entry], bundle: true, platform: "node", logLevel: "silent" }
            const made = await build({ ...options, format, minify, outfile })
            bundles.push(outfile)
            warnings.push(...made.warnings.map(({ text }) => text))
          }
        }
      }
      return { bundles, warnings }
    })
  })

  for (const conditions of [[], ["node"]]) {
    toolTest(
      `Rollup works, with ${conditions.length === 0 ? "no condition" : "the condition node"}`,
      async () => {
        const { rollup } = requireTool("rollup") as Rollup
        const { nodeResolve } = requireTool("@rollup/plugin-node-resolve") as {
          nodeResolve: (options: object) => object
        }
        const commonjs = requireTool("@rollup/plugin-commonjs") as () => object
        await works(async (programs, into) => {
          const [bundles, warnings]: [string[], string[]] = [[], []]
          for (const input of programs) {
            const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: conditions }), commonjs()]
            const onwarn = ({ message }: Error): unknown => warnings.push(message)
            const made = await rollup({ input, plugins, onwarn })
            for (const format of ["cjs", "es"]) {
              const file = join(into, `${basename(input)}.${format === "cjs" ? "cjs" : "mjs"}`)
              await made.write({ file, format, inlineDynamicImports: true })
              bundles.push(file)
            }
          }
          return { bundles, warnings }
        })
      },
    )
  }

  for (const [version, tool] of [
    ["5", "vite"],
    ["6", "root:vite"],
  ] as const) {
    toolTest(`Vite ${version} for a server works, with all packages in it`, async () => {
      const path = join(pathOf(tool), "dist/node/index.js")
      const { build } = (await import(pathToFileURL(path).href)) as Vite
      await works(
        async (programs, into) => {
          const [bundles, warnings]: [string[], string[]] = [[], []]
          for (const ssr of programs) {
            await build({
              configFile: false,
              root: dirname(ssr),
              logLevel: "silent",
              ssr: { noExternal: true },
              build: {
                ...{ ssr, outDir: into, emptyOutDir: false },
                rollupOptions: {
                  onwarn: ({ message }: Error) => warnings.push(message),
                  output: { entryFileNames: `${basename(ssr)}.mjs` },
                },
              },
            })
            bundles.push(join(into, `${basename(ssr)}.mjs`))
          }
          return { bundles, warnings }
        },
        // What is required is not bundled for a server, unless it is a package's.
        ["imported.mjs"],
      )
    })
  }

  toolTest("ncc works", async () => {
    await works(async (programs, into) => {
      const [bundles, warnings]: [string[], string[]] = [[], []]
      for (const program of programs) {
        const out = join(into, basename(program))
        const { stderr } = await node(dirname(program), [
          ...[pathOf("@vercel/ncc/dist/ncc/cli.js"), "build", program, "--out", out, "--quiet"],
        ])
        if (stderr !== "") warnings.push(stderr)
        bundles.push(join(out, program.endsWith(".mjs") ? "index.mjs" : "index.cjs"))
      }
      return { bundles, warnings }
    })
  })
})
