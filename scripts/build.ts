/**
 * Builds the package: `tsx scripts/build.ts [directory]`, by default into `dist`. Node.js runs `cjs/`, for
 * `import` and `require` alike, so that a process has one instance of every class whichever way it asks. Bundlers
 * read `esm/`, through one small file a door that gives it the default export that a CommonJS module has. The
 * conformance tool is one file, with the libraries that it takes.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, rmSync, readdirSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"

const root = fileURLToPath(new URL("..", import.meta.url))
const out = resolve(process.argv[2] ?? join(root, "dist"))
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")

rmSync(out, { recursive: true, force: true })
for (const format of ["cjs", "esm"]) {
  const project = join(root, `tsconfig.${format}.json`)
  execFileSync(process.execPath, [tsc, "--project", project, "--outDir", join(out, format)], {
    stdio: "inherit",
  })
}
writeFileSync(join(out, "cjs/package.json"), `{ "type": "commonjs" }\n`)

for (const file of readdirSync(join(root, "src"))) {
  if (!file.endsWith(".ts")) continue
  const door = basename(file, ".ts")
  writeFileSync(
    join(out, `${door}.mjs`),
    `export * from "./esm/${door}.js"\nexport * as default from "./esm/${door}.js"\n`,
  )
}

/** The tool uses the package as it is built, so that the two are one, and the tool stays small. */
const SOURCES = join(root, "src") + "/"
await build({
  configFile: false,
  root,
  logLevel: "warn",
  ssr: { noExternal: true },
  plugins: [
    {
      name: "the built package",
      enforce: "pre",
      async resolveId(source, importer, options) {
        const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
        if (resolved?.id.startsWith(SOURCES) !== true) return undefined
        const file = resolved.id.slice(SOURCES.length).replace(/\.ts$/, ".js")
        return { id: `./cjs/${file}`, external: "absolute" as const }
      },
    },
  ],
  build: {
    ssr: join(root, "conformance/bin.ts"),
    outDir: out,
    emptyOutDir: false,
    copyPublicDir: false,
    target: "node20",
    minify: "esbuild",
    rollupOptions: {
      external: ["zeromq", "zeromq/draft.js"],
      output: {
        entryFileNames: "conformance.mjs",
        inlineDynamicImports: true,
        banner: "#!/usr/bin/env node",
      },
    },
  },
})
chmodSync(join(out, "conformance.mjs"), 0o755)
