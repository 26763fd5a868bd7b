/**
 * Runs the programs of one example, each in a process of its own, and keeps what they print. Who plays, and when, is
 * for scenarios.ts to say.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import type { Library } from "./install.js"

/** In milliseconds: what nobody has said by then nobody will say. */
const PATIENCE = 30_000

/** A running program. Its lines begin with the command that started it. */
export class Actor {
  readonly lines: string[]
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #over = false

  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv, print?: (line: string) => void) {
    this.lines = [`$ ${name}`]
    print?.(`$ ${name}`)
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"] })
    const say = (line: string) => {
      this.lines.push(line)
      print?.(`${name} | ${line}`)
      this.#changes.emit("change")
    }
    // What a program complains of matters when it fails; native warns of a slow end, too, on a busy machine.
    const complaints: string[] = []
    createInterface({ input: child.stdout }).on("line", say)
    createInterface({ input: child.stderr }).on("line", line => complaints.push(line))
    child.on("close", (status: number | null) => {
      if (status) [...complaints, `(exit ${status})`].forEach(say)
      this.#over = true
      this.#changes.emit("change")
    })
    this.#child = child
  }

  /** Waits until the program has printed the line. */
  says(line: string): Promise<void> {
    return this.#until(`said "${line}"`, () => this.lines.includes(line))
  }

  /** Waits for the program's end. */
  ends(): Promise<void> {
    return this.#until("ended", () => this.#over)
  }

  /** Types a line. */
  hears(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Closes the program's input, and waits for its end. */
  leaves(): Promise<void> {
    this.#child.stdin.end()
    return this.ends()
  }

  /** Ends the program from outside. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal)
    return this.ends()
  }

  async #until(event: string, happened: () => boolean): Promise<void> {
    const fault = (why: unknown) => new Error(`"${this.lines[0] ?? ""}" has not ${event}.`, { cause: why })
    const signal = AbortSignal.timeout(PATIENCE)
    while (!happened()) {
      if (this.#over) throw fault("It has ended.")
      await once(this.#changes, "change", { signal }).catch((error: unknown) => {
        throw fault(error)
      })
    }
  }
}

export interface StageOptions {
  /** The example's name, which is its folder's. */
  readonly example: string
  /** Where install.ts has put it. */
  readonly home: string
  /** Which package each program gets, by its name. */
  readonly library: (program: string) => Library
  /** An empty directory, for sockets. Its path must be short: a socket's path has a hundred characters at most. */
  readonly scratch: string
  /** Gets each line as it is printed. */
  readonly print?: (line: string) => void
}

export class Stage {
  readonly #options: StageOptions
  readonly #addresses: Record<string, string>
  readonly #actors: Actor[] = []

  /** The addresses are the environment variables in which the programs expect them. */
  constructor(options: StageOptions, addresses: readonly string[]) {
    this.#options = options
    const address = (name: string) => `ipc://${join(options.scratch, name.toLowerCase())}`
    this.#addresses = Object.fromEntries(addresses.map(name => [name, address(name)]))
  }

  /** Starts a program, as in `start("worker ann 2")`. */
  start(command: string): Actor {
    const { example, home, library, print } = this.#options
    const [program = "", ...args] = command.split(" ")
    const file = join(home, library(program), example, `${program}.js`)
    const actor = new Actor(command, [file, ...args], { ...process.env, ...this.#addresses }, print)
    this.#actors.push(actor)
    return actor
  }

  /** Runs a program to its end. */
  async run(command: string): Promise<void> {
    await this.start(command).ends()
  }

  /** Ends all that still run. */
  async curtain(): Promise<void> {
    await Promise.all(this.#actors.map(actor => actor.kill("SIGKILL")))
  }

  /** What each program printed, in the order in which they were started. */
  transcript(): string {
    return this.#actors.map(({ lines }) => `${lines.join("\n")}\n`).join("\n")
  }
}
