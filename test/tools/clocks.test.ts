/**
 * Programs whose clock is a fake one, in the tools that make such clocks: whether the clock was fake before the package was
 * loaded or became so later, sockets do what they do otherwise.
 */
import { describe, expect, test } from "vitest"
import { names } from "./scenarios.cjs"
import { node, pathOf, play, toolTest, workshop } from "./support.js"

const SCENARIOS = names.length

const VITEST = { "vitest-1": "1", "vitest-2": "2", "vitest-3": "3", "root:vitest": "4" }

describe("with a fake clock", () => {
  for (const when of ["before", "after"]) {
    toolTest(`of Sinon, installed ${when} the package is loaded, sockets work`, async () => {
      const directory = await workshop("node", { sinon: "sinon" })
      const { stdout, stderr } = await node(directory, ["sinon.cjs", when])
      expect([stdout.trim().split("\n"), stderr]).toEqual([[...names, ...names], ""])
    })

    test(
      `of node:test, installed ${when} the package is loaded, sockets work`,
      { timeout: 120_000 },
      async () => {
        const { stdout } = await node(await workshop("node"), ["mock-timers.cjs", when])
        expect(stdout.trim().split("\n")).toEqual([...names, ...names])
      },
    )
  }

  toolTest("of Sinon, installed while sockets are connected, the loss of a peer is seen", async () => {
    const directory = await workshop("node", { sinon: "sinon" })
    const { stdout, stderr } = await node(directory, ["peer-lost.cjs"])
    expect([stdout, stderr]).toEqual(["disconnect\ndisconnect\n", ""])
  })

  toolTest("of Jest, modern or legacy, in Node.js and in pages, sockets work", async () => {
    const directory = await workshop("jest")
    const projects = [true, false].flatMap(legacyFakeTimers =>
      ["node", "jsdom"].map(environment => ({
        rootDir: directory,
        testMatch: ["**/faked-*.test.cjs"],
        testEnvironment: pathOf(`jest-environment-${environment}`),
        fakeTimers: { enableGlobally: true, legacyFakeTimers },
        globals: { legacyFakeTimers },
        transform: {},
      })),
    )
    const config = JSON.stringify({ rootDir: directory, projects })
    const { passed, failed } = await play(directory, [
      pathOf("jest/bin/jest.js"),
      "--json",
      "--config",
      config,
    ])
    expect(failed).toEqual([])
    expect(passed).toBe(4 * (2 * SCENARIOS + 1))
  })

  for (const [tool, version] of Object.entries(VITEST)) {
    toolTest(
      `of Vitest ${version}, sockets work, and a test and its dependencies share one instance`,
      async () => {
        const directory = await workshop("vitest", { vitest: tool })
        const { passed, failed } = await play(directory, [
          pathOf(`${tool}/vitest.mjs`),
          "run",
          "--reporter=json",
        ])
        expect(failed).toEqual([])
        expect(passed).toBe(2 * SCENARIOS + 1)
      },
    )
  }

  toolTest("of Vitest that fakes everything, in a page, sockets work", async () => {
    const directory = await workshop("vitest", { vitest: "vitest-3", jsdom: "jsdom" })
    const args = ["run", "--reporter=json", "--pool=threads", "--environment=jsdom"]
    const { passed, failed } = await play(directory, [pathOf("vitest-3/vitest.mjs"), ...args], {
      FAKE_ALL: "1",
    })
    expect(failed).toEqual([])
    expect(passed).toBe(2 * SCENARIOS + 1)
  })
})
