/**
 * The version of this package, read from its manifest. This file lies one folder below it, and so does the tool that is
 * built of it: it has to stay there.
 */
import { readFileSync } from "node:fs"

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string
}

export const version = manifest.version
