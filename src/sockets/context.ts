/**
 * Contexts: what the sockets of one program share. They hold the names of inproc endpoints and the defaults of
 * new sockets. There are no threads behind a context here, and nothing to shut down.
 */
import type { InprocEnd, InprocPipe } from "../peers/inproc-pipe.js"
import type { Runtime } from "../peers/runtime.js"
import type { Protocol } from "../transports/endpoint.js"
import { InprocNames } from "../transports/inproc.js"
import { ipc } from "../transports/ipc.js"
import { tcp } from "../transports/tcp.js"
import type { Transport } from "../transports/transport.js"
import { checkArgumentCount, errnoError } from "./errors.js"
import { nodeRuntime } from "./node-runtime.js"
import {
  createContextValues,
  defineContextAccessors,
  getContextOption,
  setContextOption,
  type ContextValues,
} from "./options.js"
import { ThreadNames } from "./threads/names.js"
import { shareContextValues } from "./threads/values.js"
import type { ContextOptions, ContextProperties } from "./types.js"

/**
 * The transports that reach other processes, by the protocol of an endpoint. inproc is the sockets' own, and udp
 * comes with the few socket types that use it.
 */
export type Transports = Readonly<Record<Exclude<Protocol, "inproc" | "udp">, Transport>>

/** The inside of a context. */
export class ContextCore {
  values: ContextValues = createContextValues()
  readonly runtime: Runtime
  private readonly sockets = new Set<object>()
  private sharing = false
  private ownNames: InprocNames<InprocEnd, InprocPipe> | undefined
  private ownTransports: Transports | undefined

  /** Tests pass in a simulated network and its clock. */
  constructor(runtime: Runtime = nodeRuntime, transports?: Transports) {
    this.runtime = runtime
    this.ownTransports = transports
  }

  // Made when they are first asked for: to import this library loads no transport.

  get names(): InprocNames<InprocEnd, InprocPipe> {
    return (this.ownNames ??= new InprocNames(this.sharing ? new ThreadNames(this.runtime) : undefined))
  }

  get transports(): Transports {
    return (this.ownTransports ??= { tcp, ipc })
  }

  /** Shares inproc names and options with the same context in the other threads of this process. */
  shareWithThreads(): void {
    this.sharing = true
    this.values = shareContextValues(this.values)
  }

  /** Counts a new socket in; throws `EMFILE` when there are as many as `maxSockets` allows. */
  enter(socket: object): void {
    if (this.sockets.size >= this.values.maxSockets) throw errnoError("EMFILE")
    this.sockets.add(socket)
  }

  leave(socket: object): void {
    this.sockets.delete(socket)
  }
}

/** The inside of a context that a user holds. */
export let contextCoreOf: (context: Context) => ContextCore

/** Whether a value is a {@link Context} of this library. */
export let isContext: (value: unknown) => value is Context

/**
 * Sockets of one context share inproc endpoints and defaults. It is seldom necessary to make one: sockets belong
 * to {@link context} unless another is given.
 *
 * ```typescript
 * const own = new Context({ maxSockets: 10 })
 * const socket = new Push({ context: own })
 * ```
 */
export class Context {
  readonly #core = new ContextCore()

  static {
    contextCoreOf = context => context.#core
    isContext = (value): value is Context => typeof value === "object" && value !== null && #core in value
  }

  /** @param options Values for the context's options, checked as when they are set one by one. */
  constructor(options?: ContextOptions) {
    checkArgumentCount(arguments.length, 1)
    if (options !== undefined && (typeof options !== "object" || (options as unknown) === null)) {
      throw new TypeError("Options must be an object")
    }
    // A sealed object refuses options that do not exist, where others would swallow a typing mistake.
    Object.seal(this)
    if (options !== undefined) Object.assign(this, options)
  }

  protected getBoolOption(option: number): boolean {
    checkArgumentCount(arguments.length, 1)
    return getContextOption(this.#core.values, option, "Bool") as boolean
  }

  protected setBoolOption(option: number, value: boolean): void {
    checkArgumentCount(arguments.length, 2)
    setContextOption(this.#core.values, option, "Bool", value)
  }

  protected getInt32Option(option: number): number {
    checkArgumentCount(arguments.length, 1)
    return getContextOption(this.#core.values, option, "Int32") as number
  }

  protected setInt32Option(option: number, value: number): void {
    checkArgumentCount(arguments.length, 2)
    setContextOption(this.#core.values, option, "Int32", value)
  }
}

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged with the class above
export interface Context extends ContextProperties {}

defineContextAccessors(Context.prototype)

/** The context of all sockets that are not given another, in all threads of this process. */
export const context: Context = /* @__PURE__ */ makeSharedContext()

function makeSharedContext(): Context {
  const shared = new Context()
  contextCoreOf(shared).shareWithThreads()
  return shared
}
