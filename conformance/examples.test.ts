/**
 * The programs of examples/, written for the native package: each example in real processes, all of them on native, all
 * on this package, and each side on either, must print what its transcript.txt says.
 */
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, test } from "vitest"
import { install, type Library } from "../examples/install.js"
import { scenarios, type Scenario } from "../examples/scenarios.js"
import { Stage } from "../examples/stage.js"
import { whyNot } from "./peers/library.js"

/** Which package the programs in the middle and the others get. */
interface Cast {
  readonly hubs: Library
  readonly others: Library
}

const CASTS: readonly Cast[] = [
  { hubs: "zmtp", others: "zmtp" },
  { hubs: "native", others: "zmtp" },
  { hubs: "zmtp", others: "native" },
  { hubs: "native", others: "native" },
]

const absent = await import("zeromq").then(() => undefined, whyNot)
const directory = await realpath(await mkdtemp(join(tmpdir(), "zmtp-examples-")))

beforeAll(() => install(directory), 60_000)
afterAll(() => rm(directory, { recursive: true }))

async function perform(example: string, scenario: Scenario, { hubs, others }: Cast): Promise<string> {
  const stage = new Stage(
    {
      example,
      home: directory,
      library: program => (scenario.hubs.includes(program) ? hubs : others),
      scratch: await mkdtemp(join(directory, "s")),
    },
    scenario.addresses,
  )
  try {
    await scenario.play(stage)
  } catch (error) {
    throw new Error(`${String(error)} So far:\n\n${stage.transcript()}`, { cause: error })
  } finally {
    await stage.curtain()
  }
  return stage.transcript()
}

function check(example: string, scenario: Scenario, cast: Cast): void {
  const { hubs, others } = cast
  const names = `${example}, with ${scenario.hubs.join(" and ")} on ${hubs}, the others on ${others}`
  const skipped = absent !== undefined && Object.values(cast).includes("native")
  const name = skipped ? `${names} (native is absent: ${absent})` : names
  test.skipIf(skipped)(name, { timeout: 60_000 }, async ({ expect }) => {
    const transcript = `../examples/${example}/transcript.txt`
    await expect(await perform(example, scenario, cast)).toMatchFileSnapshot(transcript)
  })
}

test("what an example knows as zeromq is the package that it should run on", ({ expect }) => {
  const resolved = (library: Library) => createRequire(join(directory, library, "any.js")).resolve("zeromq")
  expect(resolved("zmtp")).toBe(join(directory, "zmtp/node_modules/zeromq/index.js"))
  if (absent === undefined) expect(resolved("native")).toBe(createRequire(import.meta.url).resolve("zeromq"))
})

describe.concurrent("an example prints its transcript", () => {
  // In this order those that wait for timeouts run beside those that do not.
  for (const cast of CASTS) {
    for (const [example, scenario] of Object.entries(scenarios)) check(example, scenario, cast)
  }
})
