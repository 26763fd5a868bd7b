/**
 * A process that plays one end of a flow, as the runner holds it: started, spoken to in the lines that
 * `processes/control.ts` describes, and ended. A process that is silent for too long counts as failed.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"

/** How to start a process. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

interface Waiting {
  resolve(line: string): void
  reject(error: Error): void
}

export class Child {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  #waiting: Waiting | undefined
  #ended: Error | undefined

  constructor(name: string, command: Command) {
    this.#name = name
    this.#process = spawn(command.file, command.args, { stdio: ["pipe", "pipe", "inherit"] })
    const { stdin, stdout } = this.#process
    // A process that ended early is reported by its exit, not by the pipe to it.
    stdin?.on("error", () => {})
    if (stdout) createInterface({ input: stdout }).on("line", line => this.#hear(line))
    this.#process.on("error", error => this.#end(error))
    this.#process.on("close", (code, signal) => {
      this.#end(new Error(`${name} ended with ${signal ?? `status ${code}`}`))
    })
  }

  /** Sends a command without waiting for its answer. */
  tell(...words: readonly (string | number)[]): void {
    this.#process.stdin?.write(`${words.join(" ")}\n`)
  }

  /** Waits for the answer that begins with `word` and returns the rest of its words. */
  async hear(word: string, seconds = 30): Promise<readonly string[]> {
    const line = await this.#next(seconds)
    const [first, ...rest] = line.split(" ")
    if (first !== word) throw new Error(`${this.#name}: ${line}`)
    return rest
  }

  /** Closes the process's input and gives it a moment to leave by itself. */
  async quit(): Promise<void> {
    if (this.#ended) return
    const closed = once(this.#process, "close")
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 2_000)
    await closed
    clearTimeout(timer)
  }

  #next(seconds: number): Promise<string> {
    const line = this.#lines.shift()
    if (line !== undefined) return Promise.resolve(line)
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined
        reject(new Error(`${this.#name} said nothing for ${seconds} seconds: a message was lost`))
      }, seconds * 1_000)
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        this.#waiting = undefined
        then()
      }
      this.#waiting = {
        resolve: answer => settle(() => resolve(answer)),
        reject: error => settle(() => reject(error)),
      }
    })
  }

  #hear(line: string): void {
    if (this.#waiting) this.#waiting.resolve(line)
    else this.#lines.push(line)
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#waiting?.reject(this.#ended)
  }
}
