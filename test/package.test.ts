/**
 * The package as a stranger gets it: built, packed, and installed from the tarball into an empty directory.
 * All of it happens in a temporary directory, so that no other test or build is disturbed.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { packed, run, tsx } from "./support/packed.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve("typescript/bin/tsc")

const names = [
  ...["Socket", "Push", "Pull", "Publisher", "Subscriber", "Request", "Reply", "Context", "Observer"],
  ...["Dealer", "Router", "Pair", "XPublisher", "XSubscriber", "Stream", "Proxy"],
  ...["context", "version", "capability", "curveKeyPair"],
]

/** The doors, and something that each has. Native's are reached as files too, the only way for its ES modules. */
const doors = {
  zmtp: names,
  "zmtp/draft": ["Client", "Server", "Radio", "Dish", "Scatter", "Gather", "Datagram", "Peer", "Channel"],
  "zmtp/draft.js": ["Client"],
  "zmtp/v5-compat": ["Context", "Socket", "socket", "createSocket", "proxy", "curveKeypair", "ZMQ_LINGER"],
  "zmtp/v5-compat.js": ["socket"],
  "zmtp/wire": ["Decoder"],
}

/** Where the tool's bin leads. */
const tool = "node_modules/zmtp/dist/conformance.mjs"

/** Passes one message over tcp and prints it. */
const exchange = `
async function main() {
  const pull = new Pull()
  const push = new Push()
  await pull.bind("tcp://127.0.0.1:*")
  push.connect(String(pull.lastEndpoint))
  await push.send(["passed", "on"])
  const parts = await pull.receive()
  console.log(parts.map(part => part.toString()).join(" "))
  push.close()
  pull.close()
}
void main()
`

const sources = {
  "use.mjs": `import { Push, Pull } from "zmtp"\n${exchange}`,
  "use.cjs": `const { Push, Pull } = require("zmtp")\n${exchange}`,
  "use.ts": `import { Push, Pull } from "zmtp"\nimport zmq, { type Socket } from "zmtp"\nimport * as wire from "zmtp/wire"
import { Client } from "zmtp/draft"\nimport v5 from "zmtp/v5-compat.js"\n
export const made: [typeof Client, v5.Socket] = [Client, v5.socket("push").close()]
export const socket: Socket = new zmq.Push()\nsocket.close()\nexport const kinds: [typeof Push, object] = [zmq.Push, wire]\n${exchange}`,
  "use.cts": `import zmq = require("zmtp")\nimport { Push, Pull } from "zmtp"
import v5 = require("zmtp/v5-compat")\nimport { Dish } from "zmtp/draft"\n
export const more: object[] = [v5.createSocket("pub").close(), Dish]
export const same: typeof Push = zmq.Push\n${exchange}`,
  "pull.mjs": `
import { Pull } from "zmtp"
const pull = new Pull()
await pull.bind("tcp://127.0.0.1:*")
console.log(pull.lastEndpoint)
for await (const _ of pull);
`,
  "lazy.cjs": `
const { basename } = require("node:path")
const loaded = () => Object.keys(require.cache).map(file => basename(file))
const { Push } = require("zmtp")
const before = loaded()
const push = new Push()
push.connect("tcp://127.0.0.1:1")
push.close()
console.log(JSON.stringify([before, loaded()]))
`,
  // As in a page that is not isolated from others.
  "unshared.cjs": `
delete globalThis.SharedArrayBuffer
const { Context, Pair, Reply, Request } = require("zmtp")
async function main() {
  const context = new Context({ maxMessageSize: 1000 })
  const [reply, request] = [new Reply({ context }), new Request({ context })]
  await reply.bind("tcp://127.0.0.1:*")
  request.connect(reply.lastEndpoint)
  await request.send(["text", 5, new ArrayBuffer(2), new Uint16Array(1), null])
  const parts = await reply.receive()
  const [one, other] = [new Pair(), new Pair()]
  await one.bind("inproc://pair")
  other.connect("inproc://pair")
  await one.send(new ArrayBuffer(3))
  parts.push(...(await other.receive()))
  console.log(parts.map(part => part.length).join())
  for (const socket of [reply, request, one, other]) socket.close()
}
void main()
`,
  "same.mjs": `
import { createRequire } from "node:module"
const require = createRequire(import.meta.url)
const report = {}
for (const door of ${JSON.stringify(Object.keys(doors))}) {
  const imported = await import(door)
  const required = require(door)
  report[door] = Object.keys(required).map(name => [
    name,
    imported[name] === required[name] && imported.default[name] === required[name],
  ])
}
console.log(JSON.stringify(report))
`,
}

let directory: string
let consumer: string

const node = (...args: string[]): Promise<string> => run(consumer, process.execPath, ...args)

function typecheck(files: string[], ...options: string[]): Promise<string> {
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")]
  return node(tsc, "--noEmit", "--strict", "--target", "es2022", ...types, ...options, ...files)
}

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "zmtp-package-")))
  consumer = join(directory, "consumer")
  await mkdir(consumer)
  const { tarball } = await packed()

  for (const [name, text] of Object.entries(sources)) await writeFile(join(consumer, name), text)
  await writeFile(join(consumer, "package.json"), `{ "private": true, "type": "module" }\n`)
  await run(consumer, "npm", "install", "--offline", "--no-audit", "--no-fund", tarball)
}, 120_000)

afterAll(() => rm(directory, { recursive: true, force: true }))

describe("the packed tarball, installed in an empty directory", () => {
  test("brings no dependencies and no install script along", async () => {
    const manifest = JSON.parse(await readFile(join(consumer, "node_modules/zmtp/package.json"), "utf8")) as {
      dependencies?: object
      scripts: object
    }
    expect(manifest.dependencies ?? {}).toEqual({})
    expect(Object.keys(manifest.scripts).filter(name => /install|prepare/.test(name))).toEqual([])
    const installed = await run(consumer, "npm", "ls", "--all", "--parseable")
    expect(installed.trim().split("\n")).toHaveLength(2)
  })

  test.concurrent("passes a message from an .mjs file", async () => {
    expect(await node("use.mjs")).toBe("passed on\n")
  })

  test.concurrent("passes a message from a .cjs file", async () => {
    expect(await node("use.cjs")).toBe("passed on\n")
  })

  test.concurrent("passes a message from a .ts file", async () => {
    expect(await node("--import", tsx, "use.ts")).toBe("passed on\n")
  })

  test.concurrent("passes a message from a .cts file", async () => {
    expect(await node("--import", tsx, "use.cts")).toBe("passed on\n")
  })

  test("gives import and require the same single instance of everything", async () => {
    const report = JSON.parse(await node("same.mjs")) as Record<string, [string, boolean][]>
    for (const [door, exported] of Object.entries(doors)) {
      expect(report[door]?.map(([name]) => name)).toEqual(expect.arrayContaining(exported))
    }
    for (const [name, same] of Object.values(report).flat()) expect([name, same]).toEqual([name, true])
  })

  test.concurrent("passes messages where there is no SharedArrayBuffer", async () => {
    expect(await node("unshared.cjs")).toBe("4,1,2,2,0,3\n")
  })

  test.concurrent("is loaded as far as there are sockets to serve", async () => {
    const [before, after] = JSON.parse(await node("lazy.cjs")) as [string[], string[]]
    expect(before).toEqual(["lazy.cjs", "index.js", "sockets.js", "clock.js"])
    expect(new Set(after)).toEqual(new Set([...before, "protocol.js", "transports.js"]))
  })

  test.concurrent("lists the cases of its conformance tool", async () => {
    const listed = await node(tool, "--list", "--case", "framing/*")
    expect(listed).toMatch(/framing\/reserved-bit-3 +SHOULD +37\/framing\/4/)
    expect(listed).toMatch(/\d+ cases; \d+ clauses: \d+ covered, \d+ not observable, \d+ without a case\./)
  })

  test.concurrent("holds a peer at an address to the RFCs", async () => {
    const peer = spawn(process.execPath, ["pull.mjs"], { cwd: consumer, stdio: ["pipe", "pipe", "inherit"] })
    try {
      const [endpoint] = (await once(createInterface(peer.stdout), "line")) as [string]
      const told = await node(tool, endpoint, "--type", "PULL", "--case", "framing/reserved-bit")
      expect(told).toContain("Exit status 0")
    } finally {
      peer.kill()
    }
  })

  test.concurrent("type-checks under moduleResolution node16, its own declarations included", async () => {
    const mode = ["--module", "node16", "--moduleResolution", "node16"]
    expect(await typecheck(["use.ts", "use.cts"], ...mode)).toBe("")
  })

  test.concurrent("type-checks under moduleResolution bundler", async () => {
    const mode = ["--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"]
    expect(await typecheck(["use.ts"], ...mode)).toBe("")
  })
}, 60_000)
