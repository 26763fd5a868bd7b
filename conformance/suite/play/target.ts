/**
 * The peer under test: something that opens sockets for cases. It is a process that speaks the line protocol of
 * `conformance/peers/`, or something at an address of which no more is known than its socket type.
 */
import { Peer, type Launch } from "../../peers/driver.js"
import type { Options, SocketType as Lower } from "../../peers/protocol.js"
import type { Case, SocketType } from "./case.js"
import { Listening, placeOf, Subject, type Control, type Place } from "./subject.js"
import { NotApplicable } from "./verdict.js"

export interface Target {
  readonly name: string
  readonly version: string
  /** How many cases may be played at once. */
  readonly parallel: number
  /** Opens the socket that a case needs. Throws NotApplicable when it cannot. */
  open(its: Case, patience: number): Promise<Subject>
  /** Whether a process of the peer has ended, and casualty() was not yet asked. */
  readonly dead: boolean
  /** How a process of the peer ended since the last question, if one did; a new one is started for it. */
  casualty(): Promise<string | undefined>
  stop(): Promise<void>
}

/** What the peer of an adapter says when its library lacks something. */
const LACKING = new Set(["ENOTSUP", "EPROTONOSUPPORT"])

function lacking(error: unknown): never {
  const { code, message } = error as Error & { code?: string }
  if (code !== undefined && LACKING.has(code)) throw new NotApplicable(`The library lacks it: ${message}`)
  throw error
}

const base64 = (part: Buffer) => part.toString("base64")

/** A socket in an adapter's process. */
class Driven implements Control {
  static #count = 0
  readonly #peer: Peer
  readonly #name: string

  private constructor(peer: Peer, name: string) {
    this.#peer = peer
    this.#name = name
  }

  static async open(peer: Peer, type: SocketType, options: Options): Promise<Driven> {
    const name = `s${++Driven.#count}`
    const all = { linger: 0, ...options }
    await peer.call("open", { socket: name, type: type.toLowerCase() as Lower, options: all }).catch(lacking)
    return new Driven(peer, name)
  }

  async send(parts: readonly Buffer[]): Promise<void> {
    await this.#peer.call("send", { socket: this.#name, parts: parts.map(base64) }).catch(lacking)
  }

  async receive(): Promise<Buffer[]> {
    const { parts } = await this.#peer.call("receive", { socket: this.#name }).catch(lacking)
    return parts.map(part => Buffer.from(part, "base64"))
  }

  async subscribe(prefixes: readonly string[]): Promise<void> {
    await this.#peer.call("subscribe", { socket: this.#name, prefixes }).catch(lacking)
  }

  async unsubscribe(prefixes: readonly string[]): Promise<void> {
    await this.#peer.call("unsubscribe", { socket: this.#name, prefixes }).catch(lacking)
  }

  async bind(endpoint: string): Promise<string> {
    return (await this.#peer.call("bind", { socket: this.#name, endpoint }).catch(lacking)).endpoint
  }

  async connect(endpoint: string): Promise<void> {
    await this.#peer.call("connect", { socket: this.#name, endpoint }).catch(lacking)
  }

  async unbind(endpoint: string): Promise<void> {
    await this.#peer.call("unbind", { socket: this.#name, endpoint }).catch(lacking)
  }

  async disconnect(endpoint: string): Promise<void> {
    await this.#peer.call("disconnect", { socket: this.#name, endpoint }).catch(lacking)
  }

  async authenticate(users: Readonly<Record<string, string>>): Promise<void> {
    await this.#peer.call("authenticate", { users }).catch(lacking)
  }

  open(type: SocketType, options: Options): Promise<Control> {
    return Driven.open(this.#peer, type, options)
  }

  async close(): Promise<void> {
    await this.#peer.call("close", { socket: this.#name })
  }
}

/** A peer with an adapter: every case has a socket of its own, in one of a few processes. */
export class AdapterTarget implements Target {
  readonly name: string
  readonly parallel: number
  readonly #launch: Launch
  #peers: Peer[]
  #turn = 0

  private constructor(name: string, launch: Launch, peers: Peer[], parallel: number) {
    this.name = name
    this.#launch = launch
    this.#peers = peers
    this.parallel = parallel
  }

  /** Rejects with PeerAbsent where the library is missing. */
  static async start(
    name: string,
    launch: Launch,
    { processes = 2, parallel = 12 } = {},
  ): Promise<AdapterTarget> {
    const peers = await Promise.all(Array.from({ length: processes }, () => Peer.launch(name, launch)))
    return new AdapterTarget(name, launch, peers, parallel)
  }

  get version(): string {
    return this.#peers[0]?.version ?? "unknown"
  }

  async open(its: Case, patience: number): Promise<Subject> {
    const peer = this.#peers[this.#turn++ % this.#peers.length]
    if (peer === undefined) throw new Error("No process of the peer is left")
    const [control, type] = await this.#socket(peer, its)
    let place: Place
    if (its.side === "connects") {
      const listening = await Listening.open()
      await control.connect(listening.endpoint)
      place = listening
    } else place = placeOf(await control.bind("tcp://127.0.0.1:*"))
    return new Subject({ type, place, control, patience })
  }

  get dead(): boolean {
    return this.#peers.some(({ ended }) => ended !== undefined)
  }

  async casualty(): Promise<string | undefined> {
    const dead = this.#peers.filter(({ ended }) => ended !== undefined)
    for (const peer of dead) {
      const successor = await Peer.launch(this.name, this.#launch)
      this.#peers = this.#peers.map(each => (each === peer ? successor : each))
    }
    const [first] = dead
    if (first === undefined) return undefined
    const [lastWords = ""] = first.stderr.trim().split("\n").slice(-1)
    return lastWords === "" ? first.ended : `${first.ended}: ${lastWords}`
  }

  async stop(): Promise<void> {
    await Promise.all(this.#peers.map(peer => peer.stop()))
  }

  /** A socket of the first type that the library has. */
  async #socket(peer: Peer, { types, options = {} }: Case): Promise<[Control, SocketType]> {
    let reason = new NotApplicable("It is for no socket type at all")
    for (const type of types) {
      try {
        return [await Driven.open(peer, type, options), type]
      } catch (error) {
        if (!(error instanceof NotApplicable)) throw error
        reason = error
      }
    }
    throw reason
  }
}

export interface AddressOptions {
  /** `tcp://host:port`: where the peer listens, or where it connects to. */
  readonly endpoint: string
  readonly type: SocketType
  /** Whether the peer binds, and is connected to, or connects. */
  readonly side: "binds" | "connects"
  /** How many cases may be played at once, where the peer is connected to; 8 when absent. */
  readonly parallel?: number
}

const GAVE_UP = "The peer no longer connects after an earlier case: let it make a new socket now and then"

/** A peer at an address, of which the suite sees nothing but the wire. */
export class AddressTarget implements Target {
  readonly name: string
  readonly version = ""
  readonly dead = false
  readonly parallel: number
  readonly #options: AddressOptions
  readonly #listening: Listening | undefined
  /** Whether a peer that connects has ever done so, and whether it no longer does. */
  #met = false
  #gaveUp = false

  private constructor(options: AddressOptions, listening: Listening | undefined) {
    this.name = `${options.type} at ${options.endpoint}`
    this.#options = options
    this.#listening = listening
    // Whoever connects does so one connection at a time.
    this.parallel = listening === undefined ? (options.parallel ?? 8) : 1
  }

  static async start(options: AddressOptions): Promise<AddressTarget> {
    if (options.side === "binds") return new AddressTarget(options, undefined)
    const { hostname, port } = new URL(options.endpoint)
    return new AddressTarget(options, await Listening.open(hostname.replace(/[[\]]/g, ""), Number(port)))
  }

  async open(its: Case, patience: number): Promise<Subject> {
    const { endpoint, side, type } = this.#options
    if (its.controlled) throw new NotApplicable("It needs an adapter, to send and receive in the peer")
    if (!its.types.includes(type)) throw new NotApplicable(`It is for ${its.types.join(", ")}`)
    if (its.options !== undefined)
      throw new NotApplicable("It needs an adapter, to set options of the socket")
    if ((its.side ?? "binds") !== side)
      throw new NotApplicable(`It is for a peer that ${its.side ?? "binds"}`)
    const listening = this.#listening
    const place = listening === undefined ? placeOf(endpoint) : await this.#awaited(listening, patience)
    return new Subject({ type, place, patience })
  }

  /**
   * A place where the peer has connected. A peer may give up for good after a case that breaks the protocol, as libzmq
   * does: of the others nothing can be told then.
   */
  async #awaited(listening: Listening, patience: number): Promise<Place> {
    const { endpoint } = this.#options
    if (this.#gaveUp) throw new NotApplicable(GAVE_UP)
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), patience)
    try {
      await listening.ready(over.signal)
    } catch {
      this.#gaveUp = true
      if (this.#met) throw new NotApplicable(GAVE_UP)
      throw new Error(`Within ${patience / 1000} s nobody has connected to ${endpoint}`)
    } finally {
      clearTimeout(timer)
    }
    this.#met = true
    return { connection: () => listening.connection(over.signal), close: () => over.abort() }
  }

  async casualty(): Promise<undefined> {
    return undefined
  }

  async stop(): Promise<void> {
    this.#listening?.close()
  }
}
