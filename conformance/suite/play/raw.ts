/**
 * One connection of a peer that is played by hand: a case says each octet that goes out, and takes what comes in, octet
 * by octet or frame by frame. It keeps no rule of the protocol and answers nothing by itself. All that passes is kept,
 * for the report and for the cases that look at everything.
 */
import { EventEmitter } from "node:events"
import type { Socket } from "node:net"
import { COMMAND, GREETING_SIZE, LONG, MORE } from "../../../src/wire.js"
import {
  greeting,
  message,
  octets,
  ping,
  ready,
  type GreetingFields,
  type Octets,
  type Properties,
} from "./bytes.js"
import { Failure, NotApplicable } from "./verdict.js"

/** What passed in one direction at one time. */
export interface Entry {
  readonly from: "suite" | "peer"
  /** Octets; or how the connection ended. */
  readonly what: Buffer | "end" | "reset"
  /** In milliseconds, from the beginning of the connection. */
  readonly at: number
}

/** A frame as it came. */
export interface Frame {
  readonly flags: number
  readonly body: Buffer
  readonly more: boolean
  readonly long: boolean
  readonly command: boolean
  /** The name of a command, and what follows it; both empty for a message frame. */
  readonly name: string
  readonly data: Buffer
}

/** How a hand-played peer shakes hands where the case does not look at that. */
export interface Handshake extends GreetingFields {
  readonly socketType: string
  readonly properties?: Properties
}

/** More than any frame that a case asks for. */
const LARGEST = 64 * 1_048_576

export class Raw {
  readonly log: Entry[] = []
  /** How the frames that come are read: 2 for ZMTP 2.0 and later, 1 for 1.0. */
  framing: 1 | 2 = 2
  /** The other side's greeting, once {@link shakeHands} has it. */
  greeting: Buffer = Buffer.alloc(0)
  /** Its READY, once {@link shakeHands} has it. */
  ready: Frame | undefined

  readonly #socket: Socket
  readonly #patience: number
  readonly #start = performance.now()
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #chunks: Buffer[] = []
  #available = 0
  #ended = false
  /** Whether this side has closed the connection, so that its end is not the other's doing. */
  #left = false

  /** @param patience In milliseconds: what has not come by then never will. */
  constructor(socket: Socket, patience: number) {
    this.#socket = socket
    this.#patience = patience
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => {
      this.#record("peer", chunk)
      this.#chunks.push(chunk)
      this.#available += chunk.length
      this.#changes.emit("change")
    })
    const over = (how: "end" | "reset") => {
      if (!this.#ended && !this.#left) this.#record("peer", how)
      this.#ended = true
      this.#changes.emit("change")
    }
    socket.on("end", () => over("end"))
    socket.on("error", () => over("reset"))
    socket.on("close", () => over("reset"))
  }

  /** Whether the other side has ended the connection. What came before may still be taken. */
  get ended(): boolean {
    return this.#ended
  }

  /** Octets that have come and were not taken. */
  get pending(): number {
    return this.#available
  }

  // What goes out.

  write(...pieces: Octets[]): void {
    const bytes = Buffer.concat(pieces.map(octets))
    if (this.#socket.destroyed || bytes.length === 0) return
    this.#record("suite", bytes)
    this.#socket.write(bytes)
  }

  /** Writes octet by octet, each in a segment of its own as far as the system does it. */
  async trickle(bytes: Uint8Array, piece = 1): Promise<void> {
    for (let at = 0; at < bytes.length; at += piece) {
      this.write(bytes.subarray(at, at + piece))
      await new Promise(setImmediate)
    }
  }

  send(...parts: Octets[]): void {
    this.write(message(...parts))
  }

  /** Ends this direction; what the other side still sends can be taken. */
  end(): void {
    if (!this.#socket.destroyed) this.#record("suite", "end")
    this.#socket.end()
  }

  /** Ends this direction and waits until the other side has ended its own, and so knows. */
  async leave(): Promise<void> {
    this.end()
    await this.closed().catch(() => {
      throw new NotApplicable(
        "It does not end its side of a connection, so that when it knows of the end cannot be told",
      )
    })
  }

  /** Ends the connection rudely, with RST. */
  reset(): void {
    this.#record("suite", "reset")
    this.#left = true
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    if (!this.#socket.destroyed && !this.#ended) this.#record("suite", "end")
    this.#left = true
    this.#socket.destroy()
  }

  // What comes in.

  /** The next octets; fails when they do not come. */
  async take(count: number, what = `${count} octets`): Promise<Buffer> {
    await this.until(() => this.#available >= count, what)
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    this.#available -= count
    this.#chunks = this.#available > 0 ? [whole.subarray(count)] : []
    return whole.subarray(0, count)
  }

  /** The next frame, in the framing of this connection. */
  async frame(what = "a frame"): Promise<Frame> {
    return this.framing === 2 ? this.#frame(what) : this.#oldFrame(what)
  }

  /** The frames of the next message; fails when a command comes instead. */
  async message(what = "a message"): Promise<string[]> {
    const parts: string[] = []
    for (;;) {
      const frame = await this.frame(what)
      if (frame.command) throw new Failure(`${what} was due, and the command ${frame.name} came`)
      parts.push(frame.body.toString("latin1"))
      if (!frame.more) return parts
    }
  }

  /** The next frame, which has to be this command. */
  async command(name: string): Promise<Frame> {
    const frame = await this.frame(name)
    if (!frame.command) throw new Failure(`${name} was due, and a message frame came`)
    if (frame.name !== name) throw new Failure(`${name} was due, and the command ${frame.name} came`)
    return frame
  }

  /** Exchanges greetings, and no more. */
  async greet(fields: GreetingFields = {}): Promise<this> {
    this.write(greeting(fields))
    this.greeting = await this.take(GREETING_SIZE, "a greeting of 64 octets")
    return this
  }

  /** Exchanges greetings and the READY of NULL, the two sides' in any order. */
  async shakeHands({ socketType, properties = [], ...fields }: Handshake): Promise<this> {
    this.write(greeting(fields), ready(socketType, properties))
    this.greeting = await this.take(GREETING_SIZE, "a greeting of 64 octets")
    this.ready = await this.command("READY")
    return this
  }

  /** Waits for the other side to end the connection, whatever it still sends. */
  async closed(what = "the end of the connection"): Promise<void> {
    while (!this.#ended) await this.#change(what)
  }

  /**
   * Waits for the other side to end the connection. A PING goes out first: a PONG tells at once that it will not. Not to
   * a peer of 3.0, which knows none and might close because of it. Only for peers whose handshake is complete.
   */
  async refuses(what: string): Promise<void> {
    const context = `refused?${Math.random().toString(36).slice(2, 9)}`.slice(0, 16)
    if (!this.#isOld()) this.write(ping(context))
    const pong = Buffer.from(`\x04PONG${context}`, "latin1")
    const answered = () => this.#peek().includes(pong)
    await this.until(() => this.#ended || answered(), `end of the connection after ${what}`, true)
    if (!this.#ended) {
      throw new Failure(`The connection should have been closed after ${what}, and a PING got its PONG`)
    }
  }

  /**
   * Shows that the other side is there and has dealt with everything before: a PING comes back as PONG. Resolves with
   * the frames before the PONG. Not applicable to peers older than 3.1.
   */
  async alive(): Promise<Frame[]> {
    if (this.#isOld()) {
      throw new NotApplicable("A peer of ZMTP 3.0 has no PONG to tell that it is there")
    }
    const context = Math.random().toString(36).slice(2, 12)
    this.write(ping(context))
    const before: Frame[] = []
    for (;;) {
      const frame = await this.frame("a PONG")
      if (frame.name === "PONG" && frame.data.toString("latin1") === context) return before
      before.push(frame)
    }
  }

  /**
   * Waits until the other side has dealt with everything before, and passed it on. Resolves with the frames that came
   * meanwhile. Not applicable to peers that do not tell. The first PONG may leave while the messages before it are still
   * handed over, the second may not.
   */
  async settled(): Promise<Frame[]> {
    try {
      return [...(await this.alive()), ...(await this.alive())]
    } catch (error) {
      if (this.#ended || !(error instanceof Failure)) throw error
      throw new NotApplicable("It answers no PING, so that when it has a message cannot be told")
    }
  }

  /** Stops reading, so that the other side's queues fill up. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Waits for a condition on this connection; fails when it does not come true, or the connection ends before. */
  async until(holds: () => boolean, what: string, afterEnd = false): Promise<void> {
    while (!holds()) {
      if (this.#ended && !afterEnd) throw new Failure(`The peer ended the connection where ${what} was due`)
      await this.#change(what)
    }
  }

  /** Whether it is of ZMTP 3.0, as far as its greeting was taken. */
  #isOld(): boolean {
    return this.greeting.length === GREETING_SIZE && this.greeting[10] === 3 && this.greeting[11] === 0
  }

  /** With a timer of its own: what AbortSignal.timeout was asked for under load has not always come. */
  #change(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const changed = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#changes.off("change", changed)
        reject(new Failure(`Within ${this.#patience / 1000} s came no ${what.replace(/^(an?|the) /, "")}`))
      }, this.#patience)
      this.#changes.once("change", changed)
    })
  }

  #peek(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  async #frame(what: string): Promise<Frame> {
    const flags = (await this.take(1, what)).readUInt8()
    const long = (flags & LONG) !== 0
    const length = long
      ? Number((await this.take(8, "the size of a frame")).readBigUInt64BE())
      : (await this.take(1, "the size of a frame")).readUInt8()
    if (length > LARGEST) throw new Failure(`A frame of ${length} octets was announced`)
    const body = await this.take(length, `the ${length} octets of a frame`)
    const command = (flags & COMMAND) !== 0
    const named = command && body.length > 0 ? body.readUInt8() : 0
    return {
      ...{ flags, body, long, command, more: (flags & MORE) !== 0 },
      name: body.toString("latin1", 1, 1 + named),
      data: command ? body.subarray(1 + named) : Buffer.alloc(0),
    }
  }

  async #oldFrame(what: string): Promise<Frame> {
    const first = (await this.take(1, what)).readUInt8()
    const long = first === 0xff
    const length = long ? Number((await this.take(8, "the size of a frame")).readBigUInt64BE()) : first
    if (length === 0 || length > LARGEST) throw new Failure(`A frame of size ${length} was announced`)
    const flags = (await this.take(1, "the flags of a frame")).readUInt8()
    const body = await this.take(length - 1, `the ${length - 1} octets of a frame`)
    const rest = { command: false, name: "", data: Buffer.alloc(0) }
    return { flags, body, long, more: (flags & MORE) !== 0, ...rest }
  }

  #record(from: Entry["from"], what: Entry["what"]): void {
    this.log.push({ from, what, at: performance.now() - this.#start })
  }
}
