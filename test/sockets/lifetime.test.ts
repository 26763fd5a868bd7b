/**
 * How long a process lives, in processes of their own: an idle socket lets it end, pending operations and messages
 * that linger hold it. Whether something holds is told by a timer that does not: it only fires while something does.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { build } from "vite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { RawListener, type RawPeer } from "../support/raw-peer.js"
import { freePath, later, ownLoopback } from "./support.js"

const directory = mkdtempSync(join(tmpdir(), "zmtp-lifetime-"))

beforeAll(async () => {
  // One file, so that the processes start quickly.
  await build({
    configFile: false,
    logLevel: "silent",
    build: {
      ssr: "src/index.ts",
      outDir: directory,
      emptyOutDir: false,
      rollupOptions: { output: { format: "cjs", entryFileNames: "zmtp.cjs" } },
    },
  })
}, 60_000)

const running = new Set<ChildProcess>()

afterAll(() => {
  for (const child of running) child.kill("SIGKILL")
  rmSync(directory, { recursive: true, force: true })
})

interface Child {
  /** Waits for a line. */
  said(line: string): Promise<void>
  /** Waits for what it complains of first. */
  readonly complaint: Promise<string>
  readonly pid: number | undefined
  kill(signal: NodeJS.Signals): void
  /** Waits for the end: all lines, and how it ended. */
  readonly over: Promise<{
    readonly lines: string[]
    readonly code: number | null
    readonly signal: string | null
  }>
}

const PRELUDE = `
  const z = require(${JSON.stringify(join(directory, "zmtp.cjs"))})
  const say = text => process.stdout.write(text + "\\n")
  process.once("beforeExit", () => say("nothing to do"))
  // What a program keeps. What it forgets is closed when it is collected.
  globalThis.kept = []
  const keep = value => { kept.push(value); return value }
  const joined = async (a, b) => {
    await a.bind("tcp://127.0.0.1:*")
    b.connect(a.lastEndpoint)
    for await (const { type } of b.events) if (type === "handshake") break
  }
`

function run(code: string, ...flags: string[]): Child {
  const script = `${PRELUDE}
    ;(async () => { ${code} })().catch(error => { say("failed: " + error); process.exitCode = 1 })`
  const child = spawn(process.execPath, [...flags, "-e", script], { stdio: ["ignore", "pipe", "pipe"] })
  running.add(child)
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on("line", line => lines.push(line))
  return {
    complaint: new Promise(resolve => {
      createInterface(child.stderr).once("line", resolve)
    }),
    pid: child.pid,
    async said(line) {
      while (!lines.includes(line)) {
        await new Promise(resolve => reader.once("line", resolve))
      }
    },
    kill(signal) {
      child.kill(signal)
    },
    over: new Promise(resolve => {
      child.on("close", (code, signal) => {
        resolve({ lines, code, signal })
      })
    }),
  }
}

/** Runs a program that connects a Push to the path it is given, and plays the Pull there. */
async function runBeside(program: (path: string) => string): Promise<{ child: Child; peer: RawPeer }> {
  const path = freePath()
  const listener = await RawListener.open(path)
  const child = run(program(path))
  const peer = await listener.join({ socketType: "PULL" })
  listener.close()
  return { child, peer }
}

/** Appended to a program: says "held" when something holds the process while nothing else happens. */
const WATCHED = `setTimeout(() => { say("held"); process.exit() }, 60).unref()`
const ABSENT = "tcp://127.0.0.1:9"

describe("a process ends by itself", () => {
  const IDLE: Record<string, string> = {
    "with an idle socket": `keep(new z.Pull())`,
    "with a bound socket": `await keep(new z.Pull()).bind("tcp://127.0.0.1:*")`,
    "with a socket bound to a path": `await keep(new z.Pull()).bind("ipc://*")`,
    "while a bind is under way, when it is done": `void keep(new z.Pull()).bind("tcp://127.0.0.1:*").then(() => say("bound"))`,
    "with a socket whose peer is absent": `keep(new z.Push()).connect("${ABSENT}")`,
    "with a joined pair": `await joined(keep(new z.Pull()), keep(new z.Push()))`,
    "with heartbeats": `
      const options = { heartbeatInterval: 5 }
      await joined(keep(new z.Pull(options)), keep(new z.Push(options)))`,
    "with unread messages": `
      const pull = keep(new z.Pull()), push = keep(new z.Push())
      await joined(pull, push)
      await push.send("1"); await pull.receive(); await push.send("2")`,
    "with unsent messages and linger 0": `
      const push = keep(new z.Push({ linger: 0 })); push.connect("${ABSENT}"); await push.send("x")`,
    "with unsent messages and linger 0, closed": `
      const push = keep(new z.Push({ linger: 0 })); push.connect("${ABSENT}"); await push.send("x"); push.close()`,
    "with unsent messages of a context that is not blocky": `
      z.context.blocky = false
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")`,
    "with messages for an inproc name that nobody has bound": `
      const push = keep(new z.Push()); push.connect("inproc://nobody"); await push.send("x"); push.close()`,
    "with a Publisher that nobody subscribed to": `
      const pub = keep(new z.Publisher()); pub.connect("${ABSENT}"); await pub.send("x")`,
    "with subscriptions for an absent publisher": `
      const sub = keep(new z.Subscriber()); sub.subscribe("x"); sub.connect("${ABSENT}")`,
    "after a receive that timed out": `
      await keep(new z.Pull({ receiveTimeout: 5 })).receive().catch(error => say(error.code))`,
    "after a send that timed out": `
      await keep(new z.Push({ sendTimeout: 5 })).send("x").catch(error => say(error.code))`,
    "after a receive that was aborted": `
      const controller = new AbortController()
      const receiving = keep(new z.Pull()).receive({ signal: controller.signal })
      controller.abort()
      await receiving.catch(error => say(error.name))`,
    "after its socket with a pending receive was closed": `
      const pull = keep(new z.Pull())
      pull.receive().catch(error => say(error.code))
      pull.close()`,
    "after a socket with listeners was closed": `
      const pull = keep(new z.Pull())
      pull.events.on("end", () => say("end"))
      await pull.bind("tcp://127.0.0.1:*")
      pull.close()`,
    "after an observer with listeners was closed": `
      const pull = keep(new z.Pull())
      pull.events.on("bind", () => undefined)
      pull.events.close()`,
    "with a socket whose events were looked at, and nobody listens": `keep(new z.Pull()).events`,
    "after a proxy was terminated": `
      const pull = keep(new z.Pull()), push = keep(new z.Push())
      pull.connect("${ABSENT}"); push.connect("${ABSENT}")
      const proxy = new z.Proxy(pull, push)
      const running = proxy.run()
      proxy.terminate()
      await running`,
    "when linger is set to 0 after an endpoint with unsent messages was given up": `
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")
      push.disconnect("${ABSENT}"); push.linger = 0`,
    "when linger is set to some time after that, and the socket is closed": `
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")
      push.disconnect("${ABSENT}"); push.linger = 20; push.close()`,
    "after linger, with unsent messages": `
      const push = keep(new z.Push({ linger: 20 })); push.connect("${ABSENT}"); await push.send("x")`,
    "after linger, with unsent messages, closed": `
      const push = keep(new z.Push({ linger: 20 })); push.connect("${ABSENT}"); await push.send("x"); push.close()`,
  }
  for (const [name, code] of Object.entries(IDLE)) {
    it.concurrent(name, async () => {
      const { lines, code: status } = await run(code).over
      expect(lines).toContain("nothing to do")
      expect(status).toBe(0)
    })
  }
})

describe("a process is held", () => {
  const HOLDING: Record<string, string> = {
    "by a pending receive": `keep(new z.Pull()).receive()`,
    "by a pending receive of a bound socket": `
      const pull = keep(new z.Pull()); await pull.bind("tcp://127.0.0.1:*"); pull.receive()`,
    "by a pending send": `keep(new z.Push()).send("x")`,
    "by a loop over messages": `void (async () => { for await (const _ of keep(new z.Pull())); })()`,
    "by a Request that waits for its reply": `
      const request = keep(new z.Request({ linger: 0 })); request.connect("${ABSENT}")
      await request.send("q"); request.receive()`,
    "by a pending receive with a timeout, until then": `keep(new z.Pull({ receiveTimeout: 10000 })).receive()`,
    "by a listener for events": `keep(new z.Pull()).events.on("bind", () => undefined)`,
    "by a pending receive of events": `keep(new z.Pull()).events.receive()`,
    "by a proxy that runs": `
      const pull = keep(new z.Pull()), push = keep(new z.Push())
      pull.connect("${ABSENT}"); push.connect("${ABSENT}")
      new z.Proxy(pull, push).run()`,
    "by a loop over batches": `void (async () => { for await (const _ of keep(new z.Pull()).batches()); })()`,
    "by unsent messages with linger -1": `
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")`,
    "by unsent messages with linger -1 of a closed socket": `
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x"); push.close()`,
    "by unsent messages of an endpoint given up": `
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x"); push.disconnect("${ABSENT}")`,
    "by those still when linger is set to another time that is no shorter": `
      const push = keep(new z.Push({ linger: 10000 })); push.connect("${ABSENT}"); await push.send("x")
      push.disconnect("${ABSENT}"); push.linger = 60000; push.linger = -1`,
    "by unsent messages with some linger, until then": `
      const push = keep(new z.Push({ linger: 10000 })); push.connect("${ABSENT}"); await push.send("x")`,
  }
  for (const [name, code] of Object.entries(HOLDING)) {
    it.concurrent(name, async () => {
      const { lines } = await run(`${code}\n${WATCHED}`).over
      expect(lines).toContain("held")
    })
  }
})

describe("the end of a process", () => {
  it("waits until what was sent is delivered, whether the socket was closed or not", async () => {
    for (const close of ["", "push.close()"]) {
      const path = freePath()
      const child = run(`
        const push = keep(new z.Push({ reconnectInterval: 1 }))
        push.connect("ipc://${path}")
        for (let i = 0; i < 10; i++) await push.send(String(i))
        ${close}
        say("sent")`)
      await child.said("sent")
      const listener = await RawListener.open(path)
      later(() => {
        listener.close()
      })
      const peer = await listener.join({ socketType: "PULL" })
      for (let i = 0; i < 10; i++) expect(await peer.message()).toEqual([String(i)])
      expect((await child.over).code).toBe(0)
      peer.destroy()
    }
  })

  const WARNING = "WARNING: Waiting for queued ZeroMQ messages to be delivered."
  it.each([
    ["push.close()", true],
    ["", true],
    ["z.context.blocky = false; push.linger = 9999", false],
  ])("tells after half a second what it waits for, as native does: %s", async (code, blocky) => {
    const child = run(`
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")
      ${code}`)
    const advice = blocky ? " Set 'context.blocky = false' to change this behaviour." : ""
    expect(await child.complaint).toBe(`(node:${child.pid}) ${WARNING}${advice}`)
    child.kill("SIGKILL")
  })

  it("waits in a worker, too", async () => {
    const path = freePath()
    const child = run(`
      const { Worker, isMainThread } = require("node:worker_threads")
      const worker = new Worker(\`
        const z = require(${JSON.stringify(join(directory, "zmtp.cjs"))})
        const push = new z.Push({ reconnectInterval: 1 })
        push.connect("ipc://${path}")
        push.send("1").then(() => { push.close(); console.log("sent") })
      \`, { eval: true })
      worker.on("exit", code => say("worker ended with " + code))`)
    await child.said("sent")
    const listener = await RawListener.open(path)
    later(() => {
      listener.close()
    })
    const peer = await listener.join({ socketType: "PULL" })
    expect(await peer.message()).toEqual(["1"])
    expect((await child.over).lines).toContain("worker ended with 0")
    peer.destroy()
  })

  describe("however it comes, hands what was sent to the kernel", () => {
    const ENDINGS: Record<string, string> = {
      "process.exit()": `process.exit(0)`,
      "process.exit() after close": `push.close(); process.exit(0)`,
      "process.exit() with linger 0": `push.linger = 0; process.exit(0)`,
      "process.exit() in the handler of a signal": `
        process.on("SIGTERM", () => process.exit(0)); process.kill(process.pid, "SIGTERM")`,
      "an exception": `throw new Error("on purpose")`,
      "an uncaught exception": `setTimeout(() => { throw new Error("on purpose") })`,
      "an unhandled rejection": `Promise.reject(new Error("on purpose"))`,
    }
    for (const [name, ending] of Object.entries(ENDINGS)) {
      it.concurrent(name, async () => {
        const { child, peer } = await runBeside(
          path => `
          const push = keep(new z.Push())
          push.connect("ipc://${path}")
          for await (const { type } of push.events) if (type === "handshake") break
          for (let i = 0; i < 3; i++) await push.send("last words " + i)
          ${ending}`,
        )
        for (let i = 0; i < 3; i++) expect(await peer.message()).toEqual([`last words ${i}`])
        await child.over
        peer.destroy()
      })
    }

    it.concurrent("with what a listener for exit sends, added before or after the library's", async () => {
      const { child, peer } = await runBeside(
        path => `
        let push
        process.on("exit", () => push.send("before"))
        push = keep(new z.Push())
        process.on("exit", () => push.send("after"))
        push.connect("ipc://${path}")
        for await (const { type } of push.events) if (type === "handshake") break
        process.exit(0)`,
      )
      expect([await peer.message(), await peer.message()]).toEqual([["before"], ["after"]])
      await child.over
      peer.destroy()
    })

    it.concurrent.each([
      ["throws", `throw new Error("on purpose")`],
      ["calls process.exit()", `process.exit(5)`],
    ])("although an earlier listener for exit %s", async (_what, ending) => {
      const { child, peer } = await runBeside(
        path => `
        process.on("exit", () => { ${ending} })
        const push = keep(new z.Push())
        push.connect("ipc://${path}")
        for await (const { type } of push.events) if (type === "handshake") break
        process.nextTick(() => process.exit(0))
        for (let i = 0; i < 3; i++) void push.send("last words " + i)`,
      )
      for (let i = 0; i < 3; i++) expect(await peer.message()).toEqual([`last words ${i}`])
      await child.over
      peer.destroy()
    })

    it.concurrent("with what a listener for exit sends behind a write that is under way", async () => {
      const { child, peer } = await runBeside(
        path => `
        const push = keep(new z.Push({ sendHighWaterMark: 0 }))
        push.connect("ipc://${path}")
        for await (const { type } of push.events) if (type === "handshake") break
        for (let i = 0; i < 50; i++) await push.send(Buffer.alloc(100_000, i))
        process.on("exit", () => { for (let i = 0; i < 10; i++) push.send("after " + i) })
        process.exit(0)`,
      )
      for (let i = 0; i < 50; i++) {
        const [part] = await peer.message()
        expect([part?.length, part?.charCodeAt(0)]).toEqual([100_000, i])
      }
      for (let i = 0; i < 10; i++) expect(await peer.message()).toEqual([`after ${i}`])
      await child.over
      peer.destroy()
    })

    it.concurrent("and waits for a slow reader as long as linger says", async () => {
      const { child, peer } = await runBeside(
        path => `
        const push = keep(new z.Push({ sendHighWaterMark: 0 }))
        push.connect("ipc://${path}")
        for await (const { type } of push.events) if (type === "handshake") break
        for (let i = 0; i < 50; i++) await push.send(Buffer.alloc(100_000, i))
        say("sent")
        process.exit(0)`,
      )
      await child.said("sent")
      for (let i = 0; i < 50; i++) {
        const [part] = await peer.message()
        expect([part?.length, part?.charCodeAt(0)]).toEqual([100_000, i])
      }
      expect((await child.over).code).toBe(0)
      peer.destroy()
    })

    it.concurrent("in a worker that ends, too", async () => {
      const { child, peer } = await runBeside(
        path => `
        const { Worker } = require("node:worker_threads")
        new Worker(\`
          const z = require(${JSON.stringify(join(directory, "zmtp.cjs"))})
          const push = new z.Push()
          push.connect("ipc://${path}")
          push.events.on("handshake", async () => {
            for (let i = 0; i < 3; i++) await push.send("last words " + i)
            process.exit(0)
          })
        \`, { eval: true })`,
      )
      for (let i = 0; i < 3; i++) expect(await peer.message()).toEqual([`last words ${i}`])
      expect((await child.over).code).toBe(0)
      peer.destroy()
    })
  })

  it("does not wait for a peer that takes nothing, once linger is over", async () => {
    const { child, peer } = await runBeside(
      path => `
      const push = keep(new z.Push({ sendHighWaterMark: 0, linger: 10 }))
      push.connect("ipc://${path}")
      for await (const { type } of push.events) if (type === "handshake") break
      for (let i = 0; i < 500; i++) await push.send(Buffer.alloc(100_000, i))
      process.exit(4)`,
    )
    peer.pause()
    expect((await child.over).code).toBe(4)
    peer.destroy()
  })

  it("sends a message at once, though the program computes or dies right after", async () => {
    const { child, peer } = await runBeside(
      path => `
      const push = keep(new z.Push())
      push.connect("ipc://${path}")
      for await (const { type } of push.events) if (type === "handshake") break
      await push.send("first")
      require("node:fs").writeSync(1, "sent\\n")
      for (;;);`,
    )
    expect(await peer.message()).toEqual(["first"])
    await child.said("sent")
    child.kill("SIGKILL")
    await child.over
    peer.destroy()
  })

  it("comes at once with process.exit(), when nobody is there", async () => {
    const { code, lines } = await run(`
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x")
      keep(new z.Pull()).receive()
      process.exit(3)`).over
    expect([code, lines]).toEqual([3, []])
  })

  it("comes at once with a signal", async () => {
    const child = run(`
      const push = keep(new z.Push()); push.connect("${ABSENT}"); await push.send("x"); push.close()
      say("sent")`)
    await child.said("sent")
    child.kill("SIGTERM")
    expect((await child.over).signal).toBe("SIGTERM")
  })
})

describe("a socket that the program forgot", () => {
  const COLLECTED = `
    const collected = async holds => {
      while (!holds()) { globalThis.gc(); await new Promise(resolve => setTimeout(resolve, 1)) }
    }`

  it("is closed when it is collected, and its endpoint can be bound again", async () => {
    const { lines, code } = await run(
      `${COLLECTED}
      let endpoint
      ;(() => { const pull = new z.Pull(); pull.bindSync("tcp://${ownLoopback()}:*"); endpoint = pull.lastEndpoint })()
      await collected(() => {
        try { keep(new z.Pull()).bindSync(endpoint); return true } catch { kept.pop().close(); return false }
      })
      say("bound again")`,
      "--expose-gc",
    ).over
    expect([lines, code]).toEqual([["bound again", "nothing to do"], 0])
  })

  it("still delivers what was sent", async () => {
    const path = freePath()
    const child = run(
      `${COLLECTED}
      let gone = false
      const registry = keep(new FinalizationRegistry(() => { gone = true }))
      await (async () => {
        const push = new z.Push({ reconnectInterval: 1 })
        push.connect("ipc://${path}")
        await push.send("x")
        registry.register(push, 0)
      })()
      await collected(() => gone)
      say("collected")`,
      "--expose-gc",
    )
    await child.said("collected")
    const listener = await RawListener.open(path)
    later(() => {
      listener.close()
    })
    const peer = await listener.join({ socketType: "PULL" })
    expect(await peer.message()).toEqual(["x"])
    expect((await child.over).code).toBe(0)
    peer.destroy()
  })

  it("is not collected while a receive waits", async () => {
    const { lines, code } = await run(
      `await (async () => {
        const pull = new z.Pull()
        await pull.bind("inproc://waits")
        void pull.receive().then(([part]) => say("received " + part))
      })()
      for (let i = 0; i < 5; i++) { globalThis.gc(); await new Promise(resolve => setTimeout(resolve, 1)) }
      const push = keep(new z.Push())
      push.connect("inproc://waits")
      await push.send("x")`,
      "--expose-gc",
    ).over
    expect([lines, code]).toEqual([["received x", "nothing to do"], 0])
  })
})
