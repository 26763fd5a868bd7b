/** A process of the soak, as the runner holds it: forked, given orders one after another, and ended or killed. */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Answer } from "../processes/soak-orders.js"

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

const SECONDS = 60

/** `O` are the orders that the process takes. */
export class Player<O extends object> {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #waiting: Waiting[] = []
  readonly #ended: Promise<void>
  #failure: Error | undefined
  #reject: (error: Error) => void = () => {}
  /** Rejects with what went wrong, whether or not somebody asked. */
  readonly failed = new Promise<never>((_, reject) => (this.#reject = reject))

  constructor(name: string, script: string, specifier: string, flags: readonly string[] = []) {
    this.#name = name
    this.failed.catch(() => {})
    const path = fileURLToPath(new URL(`../dist/${script}.js`, import.meta.url))
    // What runs the runner, such as a compiler, is not to run in the processes.
    this.#process = fork(path, [specifier], { execArgv: [...flags] })
    this.#process.on("message", answer => this.#hear(answer as Answer<unknown>))
    // An order that does not get through is explained by the end of the process.
    this.#process.on("error", () => {})
    this.#ended = this.#end(name)
  }

  /** What went wrong while nobody asked; a process that was told to end has failed as well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  async ask<T>(order: O): Promise<T> {
    if (this.#failure) throw this.#failure
    this.#process.send(order)
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    const timer = setTimeout(() => {
      this.#fail(new Error(`${this.#name} said nothing for ${SECONDS} seconds: a message was lost`))
    }, SECONDS * 1_000)
    try {
      return (await answer) as T
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits for a process that ends by itself once it has sent what it had to send. */
  async leave(): Promise<void> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), SECONDS * 1_000)
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL")
    await this.#ended
  }

  /** Fails when the process has ended, and all that it said was heard. */
  async #end(name: string): Promise<void> {
    const [status, signal] = (await once(this.#process, "exit")) as unknown[]
    if (this.#process.connected) await once(this.#process, "disconnect")
    this.#fail(new Error(`${name} ended with ${String(signal ?? status)}`))
  }

  #hear(answer: Answer<unknown>): void {
    if ("error" in answer) this.#fail(new Error(`${this.#name}: ${answer.error}`))
    else this.#waiting.shift()?.resolve(answer.value)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#reject(this.#failure)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
