/**
 * A subscriber played by hand, for peers that publish: it says what it wants in either form, and tells what has come. A
 * publisher does not say when it has heard a subscription. So each look asks for a mark, a topic of its own, which the
 * peer's program sends again and again until it arrives: by then all that went before it on the connection is heard, and
 * all that was sent before is here.
 */
import { command, frame, octets, type Octets } from "./bytes.js"
import type { Raw } from "./raw.js"
import type { Subject } from "./subject.js"
import { Failure } from "./verdict.js"

/**
 * Whether subscriptions are commands, as ZMTP 3.1 has them, or messages, as 3.0 and 2.0 have them; or what a DISH says
 * to a RADIO of its groups.
 */
export type Form = "command" | "message" | "group"

/** Between two of a mark; how long it is decides nothing. */
const RETRY = 5

/** Topics of this beginning are marks. */
const MARK = "~"

let marks = 0

export function subscription(topic: Octets, form: Form = "command"): Buffer {
  if (form === "message") return frame(Buffer.concat([Buffer.of(1), octets(topic)]))
  return command(form === "command" ? "SUBSCRIBE" : "JOIN", topic)
}

export function cancellation(topic: Octets, form: Form = "command"): Buffer {
  if (form === "message") return frame(Buffer.concat([Buffer.of(0), octets(topic)]))
  return command(form === "command" ? "CANCEL" : "LEAVE", topic)
}

/** Whether a peer of ZMTP 3 is of 3.1 or later, which has SUBSCRIBE and CANCEL. */
export function speaksCommands({ greeting }: Raw): boolean {
  return greeting[10] !== 3 || greeting[11] !== 0
}

export class Subscriber {
  readonly raw: Raw
  readonly #subject: Subject
  readonly #form: Form

  private constructor(subject: Subject, raw: Raw, form: Form) {
    this.#subject = subject
    this.raw = raw
    this.#form = form
  }

  /** A new subscriber of the peer under test. Who speaks in messages says that it is of ZMTP 3.0. */
  static async of(subject: Subject, form: Form = "command"): Promise<Subscriber> {
    return new Subscriber(subject, await subject.peer({ minor: form === "message" ? 0 : 1 }), form)
  }

  subscribe(...topics: Octets[]): this {
    for (const topic of topics) this.raw.write(subscription(topic, this.#formHere))
    return this
  }

  cancel(...topics: Octets[]): this {
    for (const topic of topics) this.raw.write(cancellation(topic, this.#formHere))
    return this
  }

  /**
   * Resolves, once the peer has heard everything that was said, with all messages that came until then: none that was
   * sent before is still under way.
   */
  async heard(): Promise<string[][]> {
    const mark = `${MARK}${++marks}.`
    this.subscribe(mark)
    const messages: string[][] = []
    for (const start = performance.now(); ;) {
      while (this.raw.pending > 0) {
        const parts = await this.#next()
        if (parts[0] === mark) return messages
        if (parts.length > 0 && parts[0]?.startsWith(MARK) !== true) messages.push(parts)
      }
      if (this.raw.ended) throw new Failure("The peer ended the connection of a subscriber")
      if (performance.now() - start > this.#subject.patience) {
        throw new Failure(
          `Within ${this.#subject.patience / 1000} s no message came of a topic that was subscribed to`,
        )
      }
      await this.#subject.send(mark, ...(this.#form === "group" ? ["x"] : []))
      await new Promise(resolve => setTimeout(resolve, RETRY))
    }
  }

  /** What the peer's program sends now, as far as it comes here. */
  async gets(...sent: (Octets | readonly Octets[])[]): Promise<string[][]> {
    await this.heard()
    for (const parts of sent) {
      await (typeof parts === "string" || parts instanceof Uint8Array
        ? this.#subject.send(parts)
        : this.#subject.send(...parts))
    }
    return this.heard()
  }

  /** To a peer of 3.0 commands mean nothing. */
  get #formHere(): Form {
    return this.#form === "group" || speaksCommands(this.raw) ? this.#form : "message"
  }

  /** The next message; no parts for a command, such as a PING. */
  async #next(): Promise<string[]> {
    const parts: string[] = []
    for (;;) {
      const next = await this.raw.frame("a message")
      if (next.command) return []
      parts.push(next.body.toString("latin1"))
      if (!next.more) return parts
    }
  }
}
