/**
 * Programs typed for native, in `test/types/`, compiled twice: with native's types and with the declarations that are
 * made of these sources. Neither may have an error, under any of the settings that programs have.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const programs = readdirSync(join(root, "test/types")).map(file => join(root, "test/types", file))

/** Where the declarations would be, had they been written. */
const declared = join(root, "declared")
const files = new Map<string, string>()

const DOORS = { zeromq: "index", "zeromq/draft.js": "draft", "zeromq/v5-compat.js": "v5-compat" }

const STRICT: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  esModuleInterop: true,
}

const SETTINGS: Readonly<Record<string, ts.CompilerOptions>> = {
  node16: {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  // Older than the rest of this list, and still what many programs have.
  node10: {
    module: ts.ModuleKind.CommonJS,
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    moduleResolution: ts.ModuleResolutionKind.Node10,
    ignoreDeprecations: "6.0",
  },
}

/** The libraries of TypeScript and Node.js are the same in every program, and the most of each. */
const parsed = new Map<string, ts.SourceFile | undefined>()

function makeHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile, directoryExists } = host
  host.fileExists = name => files.has(name) || fileExists(name)
  host.readFile = name => files.get(name) ?? readFile(name)
  host.directoryExists = name => name.startsWith(declared) || directoryExists?.(name) !== false
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name)
    if (text !== undefined) return ts.createSourceFile(name, text, ...(rest.slice(0, 1) as [ts.ScriptTarget]))
    if (!/node_modules.(typescript|@types)/.test(name)) return getSourceFile(name, ...rest)
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest))
    return parsed.get(name)
  }
  return host
}

/** What is wrong with programs and declarations; those of TypeScript and Node.js are others' and large. */
function compile(settings: ts.CompilerOptions): string[] {
  const options = { ...STRICT, ...settings }
  const program = ts.createProgram(programs, options, makeHost(options))
  const checked = program.getSourceFiles().filter(({ fileName }) => !fileName.includes("node_modules"))
  const diagnostics = [
    ...[...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()],
    ...checked.flatMap(file => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ]
  return diagnostics.map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${file?.fileName ?? ""}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
  })
}

describe.each(Object.entries(SETTINGS))("programs for native under %s", (_, settings) => {
  it("compile with native's types", () => {
    expect(compile({ ...settings, skipLibCheck: true })).toEqual([])
  })

  it("compile with these, which are free of errors themselves", () => {
    const paths = Object.fromEntries(
      Object.entries(DOORS).map(([name, file]) => [name, [join(declared, `${file}.d.ts`)]]),
    )
    expect(compile({ ...settings, paths, skipLibCheck: false })).toEqual([])
  })
})

beforeAll(() => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.cjs.json"), name => ts.sys.readFile(name)) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const sources = Object.values(DOORS).map(file => join(root, "src", `${file}.ts`))
  const emitting = {
    ...options,
    noCheck: true,
    emitDeclarationOnly: true,
    outDir: declared,
    rootDir: join(root, "src"),
  }
  const program = ts.createProgram(sources, emitting, makeHost(emitting))
  program.emit(undefined, (name, text) => files.set(name, text), undefined, true)
  files.set(join(declared, "package.json"), `{ "type": "commonjs" }`)
  expect([...files.keys()]).toContain(join(declared, "index.d.ts"))
}, 60_000)
