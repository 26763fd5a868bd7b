/**
 * What the tests of whole sockets share: sockets that are closed after each test, events to wait for, outcomes that
 * can be compared, and scenarios that are played with the native package and with this one.
 */
import { EventEmitter, once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect, it } from "vitest"
import * as ours from "../../src/index.js"
import { InprocPipe } from "../../src/peers/inproc-pipe.js"
import { closedPattern, type Pattern } from "../../src/sockets/pattern.js"
import { ownLoopback } from "../support/loopback.js"

export { ours, ownLoopback }
export type Library = typeof ours

/** The native package, or why it does not load. */
export const native: Library | string = await import("zeromq").then(
  module => module as unknown as Library,
  (error: unknown) => String(error).split("\n", 1)[0] ?? "unknown reason",
)

/** What every socket has, whatever the types hide. */
export interface AnySocket extends ours.Socket {
  send(...args: unknown[]): Promise<void>
  receive(...args: unknown[]): Promise<Buffer[]>
  [Symbol.asyncIterator](): AsyncIterator<Buffer[], undefined>
  sendTimeout: number
  receiveTimeout: number
  sendHighWaterMark: number
  receiveHighWaterMark: number
}

export type SocketName =
  | "Push"
  | "Pull"
  | "Publisher"
  | "Subscriber"
  | "Request"
  | "Reply"
  | "XPublisher"
  | "XSubscriber"
  | "Stream"
  | "Dealer"
  | "Router"
  | "Pair"
export const SOCKET_NAMES: readonly SocketName[] = [
  "Push",
  "Pull",
  "Publisher",
  "Subscriber",
  "Request",
  "Reply",
  "XPublisher",
  "XSubscriber",
  "Stream",
  "Dealer",
  "Router",
  "Pair",
]

const open = new Set<ours.Socket>()
const cleanups = new Set<() => void>()

afterEach(() => {
  plays++
  for (const socket of open) {
    if (socket.closed) continue
    socket.linger = 0
    socket.close()
  }
  open.clear()
  for (const cleanUp of cleanups) cleanUp()
  cleanups.clear()
})

/** Makes a socket that is closed after the test. */
export function make<S extends ours.Socket, O>(Type: new (options?: O) => S, options?: NoInfer<O>): S {
  const socket = new Type(options)
  open.add(socket)
  return socket
}

/** Makes a socket by the name of its class, without the help of types. */
export function makeAny(library: Library, name: string, options?: object): AnySocket {
  const Type = Reflect.get(library, name) as new (options?: object) => AnySocket
  return make(Type, options)
}

let plays = 0

/**
 * An inproc endpoint; the same for one label within one test and one library. Native frees the names of closed
 * sockets some time later.
 */
export function inproc(label: string): string {
  return `inproc://${label}#${plays}`
}

let directory: string | undefined
let paths = 0

afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
})

/** A path at which nothing is. Nobody else takes it, as may happen to a free port, so a peer can come there later. */
export function freePath(): string {
  directory ??= mkdtempSync(join(tmpdir(), "zmtp-sockets-"))
  return join(directory, `${++paths}.sock`)
}

/** Runs after the test. */
export function later(cleanUp: () => void): void {
  cleanups.add(cleanUp)
}

/** Binds to a free tcp port and returns the endpoint. To bind it anew later, take {@link ownLoopback}. */
export async function bindTcp(socket: ours.Socket, host = "127.0.0.1"): Promise<string> {
  await socket.bind(`tcp://${host}:*`)
  return socket.lastEndpoint ?? ""
}

const watches = new WeakMap<ours.Socket, Watch>()

/** The events of a socket, from the first time that this is asked for. */
export function watch(socket: ours.Socket): Watch {
  const known = watches.get(socket) ?? new Watch(socket)
  watches.set(socket, known)
  return known
}

export class Watch {
  readonly events: Record<string, unknown>[] = []
  private readonly changes = new EventEmitter()

  constructor(socket: ours.Socket) {
    this.changes.setMaxListeners(0)
    void this.follow(socket.events)
  }

  /** Waits for so many events of a type, and returns the last of these. */
  async until(type: string, count = 1): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.of(type)
      if (found.length >= count) return found[count - 1] as Record<string, unknown>
      await once(this.changes, "change")
    }
  }

  of(type: string): Record<string, unknown>[] {
    return this.events.filter(event => event.type === type)
  }

  get types(): unknown[] {
    return this.events.map(event => event.type)
  }

  private async follow(observer: AsyncIterable<object>): Promise<void> {
    for await (const event of observer) {
      this.events.push(event as Record<string, unknown>)
      this.changes.emit("change")
    }
  }
}

/** Waits for a condition that no event tells of, turn by turn. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}

/** A turn of the event loop in which I/O was looked for. */
export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Joins a pair over tcp, the second connecting to the first, and waits until messages may flow both ways. */
export async function joined(bound: ours.Socket, connecting: ours.Socket, host?: string): Promise<string> {
  const both = [watch(bound), watch(connecting)]
  const endpoint = await bindTcp(bound, host)
  connecting.connect(endpoint)
  for (const each of both) await each.until("handshake")
  return endpoint
}

/** A pipe of a pattern, and the end of a peer that has an id. */
export function joinedPipes(pattern: Pattern, routingId = ""): [InprocPipe, InprocPipe] {
  const make = (listener: Pattern, id: string): InprocPipe => {
    const options = {
      sendHighWaterMark: 9,
      receiveHighWaterMark: 9,
      conflate: false,
      routingId: Buffer.from(id),
    }
    return new InprocPipe("inproc://joined", listener, options, () => undefined)
  }
  const [pipe, other] = [make(pattern, ""), make(closedPattern, routingId)]
  InprocPipe.join(other, pipe)
  pattern.attach(pipe)
  pipe.open()
  return [pipe, other]
}

/** Sends without waiting until a send is refused, or so many were taken; tells how many were. */
export async function fill(socket: AnySocket, most: number, message: unknown = "m"): Promise<number> {
  const { sendTimeout } = socket
  socket.sendTimeout = 0
  for (let count = 0; count < most; count++) {
    try {
      await socket.send(message)
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN")
      socket.sendTimeout = sendTimeout
      return count
    }
  }
  socket.sendTimeout = sendTimeout
  return most
}

/** Receives what is there, without waiting. */
export async function drain(socket: AnySocket): Promise<string[]> {
  const messages: string[] = []
  const { receiveTimeout } = socket
  socket.receiveTimeout = 0
  for (;;) {
    const message = await socket.receive().catch(() => undefined)
    if (message === undefined) {
      socket.receiveTimeout = receiveTimeout
      return messages
    }
    messages.push(message.map(part => part.toString("latin1")).join("|"))
  }
}

/** The next so many messages, parts joined by "|". */
export async function take(socket: AnySocket, count: number): Promise<string[]> {
  const messages: string[] = []
  while (messages.length < count) {
    messages.push((await socket.receive()).map(part => part.toString("latin1")).join("|"))
  }
  return messages
}

/** Shows a value so that native's can be compared with ours: errors with all that programs look at. */
export function show(value: unknown): unknown {
  if (value instanceof Error) {
    const own = Object.keys(value).map(key => `${key}=${String(Reflect.get(value, key))}`)
    return `${value.name}: ${value.message} {${own.join(", ")}}`
  }
  if (Buffer.isBuffer(value)) return `<${value.toString("latin1")}>`
  if (Array.isArray(value)) return value.map(show)
  if (value instanceof ours.Socket) return "a socket"
  return value
}

/**
 * What becomes of a call: whether it threw or returned, resolved, rejected, or waits. Whether it waits is told after
 * some turns of the event loop; what settles at all must have been able to by then.
 */
export async function outcome(action: () => unknown): Promise<unknown> {
  let value: unknown
  try {
    value = action()
  } catch (error) {
    return ["throws", show(error)]
  }
  if (!(value instanceof Promise)) return ["returns", show(value)]
  let settled: unknown
  value.then(
    result => (settled = ["resolves", show(result)]),
    (error: unknown) => (settled = ["rejects", show(error)]),
  )
  for (let i = 0; i < 20 && settled === undefined; i++) await turn()
  return settled ?? "waits"
}

/** Like {@link outcome}, for a call that is known to settle. */
export async function settled(action: () => unknown): Promise<unknown> {
  try {
    const value = action()
    if (!(value instanceof Promise)) return ["returns", show(value)]
    return await value.then(
      result => ["resolves", show(result)],
      (error: unknown) => ["rejects", show(error)],
    )
  } catch (error) {
    return ["throws", show(error)]
  }
}

/** Results of a scenario, by what was done. */
export type Results = Record<string, unknown>

/** Where ours differs on purpose: what ours gives instead, and why. */
export type Differences = Record<string, { readonly ours: unknown; readonly why: string }>

/** Plays a scenario with the native package and with ours. Results must be equal, save for the differences told. */
export function parity(
  name: string,
  scenario: (library: Library) => Promise<Results>,
  differences: Differences = {},
): void {
  if (typeof native === "string") {
    it.skip(`${name} (native zeromq does not load: ${native})`)
    return
  }
  const peer = native
  it(name, async () => {
    const expected = plain(await scenario(peer)) as Results
    plays++
    const result = plain(await scenario(ours))
    for (const [key, { ours: own, why }] of Object.entries(differences)) {
      expect(expected[key], `no difference any more: ${key} (${why})`).not.toEqual(own)
      expected[key] = own
    }
    expect(result).toEqual(expected)
  })
}

/** Free ports differ from run to run. */
function plain(value: unknown): unknown {
  if (typeof value === "string") {
    return value
      .replace(/(inproc:.*)#\d+/, "$1")
      .replace(/(127\.\d+\.\d+\.\d+|0\.0\.0\.0|localhost|\]):\d{5}\b/g, "$1:PORT")
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  }
  return value
}
