/**
 * Runs functions in threads of their own, with the native package or with ours. Threads do not see this test's
 * transpiler, so ours is bundled for them once.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { build } from "vite"
import { afterAll, afterEach, beforeAll } from "vitest"
import { ours, type Library } from "../support.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "zmtp-threads-"))
/** Our library as one CommonJS file. */
export const bundle = join(directory, "ours.cjs")

beforeAll(async () => {
  await build({
    configFile: false,
    root,
    logLevel: "error",
    build: {
      ssr: join(root, "src/index.ts"),
      outDir: directory,
      emptyOutDir: false,
      target: "node20",
      minify: false,
      rollupOptions: { output: { format: "cjs", entryFileNames: "ours.cjs" } },
    },
  })
})

const threads = new Map<Thread, Library>()

/** Native ends the process when a thread is terminated that uses it: its threads must end by themselves. */
afterEach(async () => {
  for (const [thread, library] of threads) await (library === ours ? thread.worker.terminate() : thread.exit)
  threads.clear()
})

afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** What a function in a thread is given. It sees nothing else of this file: its text is all that goes there. */
export interface Inside<D> {
  readonly zmq: Library
  readonly data: D
  /** Tells the test something; it finds it in {@link Thread.said}. */
  say(what: unknown): void
  /** Waits until the test tells it something. */
  hear(): Promise<unknown>
}

export class Thread {
  readonly worker: Worker
  /** The exit code; rejects with what the function threw. */
  readonly exit: Promise<number>
  readonly #said: unknown[] = []
  #listener: (() => void) | undefined

  constructor(worker: Worker) {
    this.worker = worker
    worker.on("message", what => {
      this.#said.push(what)
      this.#listener?.()
    })
    this.exit = new Promise((resolve, reject) => {
      worker.on("error", reject)
      worker.on("exit", resolve)
    })
    this.exit.catch(() => undefined)
  }

  /** The next thing that the thread says. */
  async said(): Promise<unknown> {
    const ended = this.exit.then(() => true)
    while (this.#said.length === 0) {
      const heard = new Promise<boolean>(resolve => {
        this.#listener = () => {
          resolve(false)
        }
      })
      if ((await Promise.race([heard, ended])) && this.#said.length === 0)
        throw new Error("The thread has ended")
    }
    return this.#said.shift()
  }

  tell(what: unknown): void {
    this.worker.postMessage(what)
  }
}

/** Runs a function in a thread of its own. The thread ends when there is nothing left to do, as any does. */
export function inThread<D>(library: Library, data: D, run: (inside: Inside<D>) => Promise<void>): Thread {
  const file = library === ours ? bundle : createRequire(import.meta.url).resolve("zeromq")
  const source = `
    const { parentPort, workerData } = require("node:worker_threads")
    const zmq = require(${JSON.stringify(file)})
    const say = what => parentPort.postMessage(what)
    const hear = () => new Promise(resolve => parentPort.once("message", resolve))
    ;(${run.toString()})({ zmq, data: workerData, say, hear })
  `
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [], env: {} })
  const thread = new Thread(worker)
  threads.set(thread, library)
  return thread
}
