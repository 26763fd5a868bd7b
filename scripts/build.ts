/**
 * Builds the package: `tsx scripts/build.ts [directory]`, by default into `dist`. Node.js runs `cjs/`, for
 * `import` and `require` alike, so that a process has one instance of every class whichever way it asks. It is bundled,
 * since what takes time in loading is the number of files; and what stands behind the sockets is loaded with the first
 * socket, since the rest of the time is compiling. Bundlers read `esm/`, file by file, so that they can leave out what is
 * not used, through one small file a door that gives it the default export that a CommonJS module has. Vite resolves like
 * a bundler even what Node.js then runs, but names a mode: the conditions `development` and `production` lead to `cjs/`,
 * so that a test has the classes that its dependencies have. The conformance tool is one file, with the libraries that it
 * takes.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, readFileSync, rmSync, readdirSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build, transformWithEsbuild } from "vite"

const root = fileURLToPath(new URL("..", import.meta.url))
const out = resolve(process.argv[2] ?? join(root, "dist"))
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
const doors = readdirSync(join(root, "src"))
  .filter(file => file.endsWith(".ts"))
  .map(file => basename(file, ".ts"))

function compile(format: string, ...options: string[]): void {
  const project = join(root, `tsconfig.${format}.json`)
  const args = [tsc, "--project", project, "--outDir", join(out, format), ...options]
  execFileSync(process.execPath, args, { stdio: "inherit" })
}

function filesOf(folder: string, ending: string): string[] {
  const files = readdirSync(join(out, folder), { recursive: true, encoding: "utf8" })
  return files.filter(file => file.endsWith(ending)).map(file => join(out, folder, file))
}

/** Types of bytes have had a parameter since TypeScript 5.7 only; without it they are the same to a program. */
function withPlainBytes(declarations: string): string {
  return declarations.replace(/\b(Buffer|DataView|\w+Array)<(Shared)?ArrayBuffer(Like)?>/g, "$1")
}

/** Which sources make which file; those of a door that no other door has are in the door's own. */
const CHUNKS: readonly [name: string, files: RegExp][] = [
  ["clock", /src\/transports\/clock\./],
  ["genuine-timers", /src\/transports\/genuine-timers\./],
  ["protocol", /src\/(wire|security|routing|peers)\//],
  ["transports", /src\/transports\/(?!udp)/],
  ["sockets", /src\/sockets\/(?!draft\/|v5\/)/],
]

/**
 * What is not needed before there is a socket, what few programs need, and modules of Node.js that take long to load.
 * Who uses any of it does so inside functions.
 */
const LATER = [
  ...["protocol", "transports", "genuine-timers"].map(chunk => `./${chunk}.js`),
  ...["node:crypto", "node:worker_threads"],
]

/** Makes a chunk load another, or a module, when it first uses something of it. */
function loadLater(code: string): string {
  return code.replace(/^const (\w+) = require\("([^"]+)"\);$/gm, (line, name: string, module: string) =>
    LATER.includes(module)
      ? `const ${name} = new globalThis.Proxy({}, { get: (own, name) => (own.it ??= require("${module}"))[name] });`
      : line,
  )
}

rmSync(out, { recursive: true, force: true })

// The types keep their comments, which editors show; programs do not need any.
compile("cjs", "--emitDeclarationOnly")
for (const path of filesOf("cjs", ".d.ts")) {
  writeFileSync(path, withPlainBytes(readFileSync(path, "utf8")))
}
await build({
  configFile: false,
  root,
  logLevel: "warn",
  build: {
    ssr: true,
    outDir: join(out, "cjs"),
    emptyOutDir: false,
    copyPublicDir: false,
    target: "node20",
    minify: false,
    rollupOptions: {
      input: Object.fromEntries(doors.map(door => [door, join(root, `src/${door}.ts`)])),
      output: {
        format: "cjs",
        exports: "named",
        // As in the native package; without it what `import * as zmq` is compiled to copies the exports, so that test
        // tools cannot replace them.
        esModule: true,
        generatedCode: { preset: "es2015", symbols: false },
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        hoistTransitiveImports: false,
        manualChunks: id => CHUNKS.find(([, files]) => files.test(id))?.[0],
        plugins: [{ name: "load later", renderChunk: loadLater }],
      },
    },
  },
})
writeFileSync(join(out, "cjs/package.json"), `{ "type": "commonjs" }\n`)

compile("esm")
for (const path of filesOf("esm", ".js")) {
  const options = { sourcemap: false, minifyWhitespace: true }
  const { code } = await transformWithEsbuild(readFileSync(path, "utf8"), path, options)
  writeFileSync(path, code)
}
for (const door of doors) {
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
