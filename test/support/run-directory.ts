/** A directory for one run of the tests, which is removed after it: for what several files of tests need and one makes. */
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    runDirectory: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "zmtp-tests-")))
  project.provide("runDirectory", directory)
  return () => rm(directory, { recursive: true, force: true })
}
