/**
 * The test's end of a peer: starts its process, calls its tasks, collects its socket events, and sees to it
 * that no process outlives the test. What a peer can do is in protocol.ts.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { LibraryName } from "./library.js"
import type { Answer, Hello, Performer, SocketNotice, TaskName, Tasks } from "./protocol.js"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const PROGRAM = fileURLToPath(new URL("./peer.ts", import.meta.url))
const STDERR_KEPT = 10_000

/** How to start a peer, whatever it is written in. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  /** Where it starts; this package's folder when absent. */
  readonly cwd?: string
}

export function launchOf(library: LibraryName): Launch {
  return { command: process.execPath, args: ["--expose-gc", "--import", "tsx", PROGRAM, library] }
}

/** The peer's library cannot be loaded here; `message` is the reason. */
export class PeerAbsent extends Error {
  override name = "PeerAbsent"
}

interface Call {
  resolve(answer: never): void
  reject(error: Error): void
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const alive = new Set<Child>()
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL")
})

function parsed(line: string): Hello | SocketNotice | Answer | undefined {
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === "object" && said !== null ? (said as Hello | SocketNotice | Answer) : undefined
  } catch {
    return undefined
  }
}

export class Peer implements Performer {
  readonly name: string
  /** Its library and the version of that, as it says itself. */
  library = "unknown"
  version = "unknown"
  /** Events of the sockets that were opened with `events`, in their order. */
  readonly notices: SocketNotice[] = []
  readonly #child: Child
  readonly #calls = new Map<number, Call>()
  readonly #watchers = new Set<() => void>()
  #lastId = 0
  #stderr = ""
  #ended: string | undefined

  private constructor(name: string, child: Child) {
    this.name = name
    this.#child = child
    child.stderr.setEncoding("utf8")
    child.stderr.on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    // A peer that has ended fails its calls with its own last words.
    child.stdin.on("error", () => {})
    child.on("error", error => this.#end(`could not start: ${error.message}`))
    child.on("close", (code, signal) => this.#end(`ended with ${signal ?? `status ${code}`}`))
  }

  /** Resolves once the peer is ready for tasks; rejects with {@link PeerAbsent} where its library is missing. */
  static async start(library: LibraryName): Promise<Peer> {
    return Peer.launch(library, launchOf(library))
  }

  static async launch(name: string, { command, args, cwd = ROOT }: Launch): Promise<Peer> {
    const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "pipe"] })
    alive.add(child)
    const peer = new Peer(name, child)
    const hello = await new Promise<Hello>((resolve, reject) => {
      peer.#calls.set(0, { resolve: resolve, reject })
      createInterface({ input: child.stdout }).on("line", line => peer.#read(line, resolve))
    })
    peer.#calls.delete(0)
    peer.library = hello.library
    if (hello.event === "ready") {
      peer.version = hello.version ?? peer.version
      return peer
    }
    await peer.stop()
    throw new PeerAbsent(hello.reason)
  }

  /** What the process wrote to stderr, its end when it is long. */
  get stderr(): string {
    return this.#stderr
  }

  /** How the process ended; undefined while it lives. */
  get ended(): string | undefined {
    return this.#ended
  }

  call<Name extends TaskName>(task: Name, fields: Tasks[Name][0]): Promise<Tasks[Name][1]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#gone())
      const id = ++this.#lastId
      this.#calls.set(id, { resolve: resolve, reject })
      this.#child.stdin.write(JSON.stringify({ id, task, ...fields }) + "\n")
    })
  }

  /** Waits for a socket event, past ones included. */
  notice(socket: string, type: string): Promise<SocketNotice> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.notices.find(notice => notice.socket === socket && notice.type === type)
        if (!found && this.#ended === undefined) return
        this.#watchers.delete(look)
        if (found) resolve(found)
        else reject(this.#gone())
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** Ends the process and waits for its end. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return
    const closed = once(this.#child, "close")
    this.#child.kill("SIGKILL")
    await closed
  }

  #read(line: string, greet: (hello: Hello) => void): void {
    const said = parsed(line)
    if (said === undefined) {
      // What it still knows is lost between such lines.
      this.#end(`said what is no JSON object: ${line.slice(0, 200)}`)
      this.#child.kill("SIGKILL")
      return
    }
    if ("event" in said) {
      if (said.event !== "socket") return greet(said)
      this.notices.push(said)
      return this.#look()
    }
    const call = this.#calls.get(said.id)
    this.#calls.delete(said.id)
    if ("ok" in said) call?.resolve(said.ok as never)
    else
      call?.reject(Object.assign(new Error(`${this.name}: ${said.error.message}`), { code: said.error.code }))
  }

  #end(how: string): void {
    if (this.#ended !== undefined) return
    this.#ended = how
    alive.delete(this.#child)
    for (const call of this.#calls.values()) call.reject(this.#gone())
    this.#calls.clear()
    this.#look()
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #gone(): Error {
    return new Error(`the ${this.name} peer ${this.#ended}\n${this.#stderr}`)
  }
}
