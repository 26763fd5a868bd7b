/**
 * Gives the examples a home like any program's: their JavaScript in one directory, and `node_modules/zeromq` beside
 * it, which is the native package, or this one as `npm install zeromq@npm:zmtp` would put it there.
 */
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

export type Library = "native" | "zmtp"

const root = fileURLToPath(new URL("..", import.meta.url))

function compile(from: string, to: string, type: "commonjs" | "module"): void {
  const module = type === "module" ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS
  for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue
    const source = readFileSync(join(from, file), "utf8")
    const target = join(to, file.replace(/ts$/, "js"))
    mkdirSync(dirname(target), { recursive: true })
    const compilerOptions = { module, target: ts.ScriptTarget.ES2022 }
    writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText)
  }
  writeFileSync(join(to, "package.json"), JSON.stringify({ type, main: "index.js" }))
}

/** Fills `directory/native` and `directory/zmtp`, each with the examples and what they know as `zeromq`. */
export function install(directory: string): void {
  const zeromq = (library: Library) => join(directory, library, "node_modules/zeromq")
  for (const library of ["native", "zmtp"] as const) {
    mkdirSync(dirname(zeromq(library)), { recursive: true })
    compile(join(root, "examples"), join(directory, library), "module")
  }
  // A junction is what Windows lets everybody make.
  symlinkSync(join(root, "node_modules/zeromq"), zeromq("native"), "junction")
  compile(join(root, "src"), zeromq("zmtp"), "commonjs")
}
