/** What the tests of transports share: handlers that record what happens and let a test wait for it. */
import { execFile } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { networkInterfaces, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { ownLoopback } from "../support/loopback.js"
import type {
  Attempt,
  ByteStream,
  ConnectHandler,
  Listener,
  Transport,
  TransportOptions,
} from "../../src/transports/transport.js"

export { ownLoopback }

export const defaults: TransportOptions = {
  ipv6: false,
  backlog: 100,
  tcpKeepalive: -1,
  tcpKeepaliveIdle: -1,
  tcpAcceptFilters: [],
}

/** Records what a stream does. */
export class Recorder {
  readonly stream: ByteStream
  readonly chunks: Buffer[] = []
  bytes = 0
  drains = 0
  closes: (NodeJS.ErrnoException | undefined)[] = []
  /** Called for each chunk, if set, instead of keeping it. */
  sink: ((chunk: Buffer) => void) | undefined
  private readonly changes = new EventEmitter()

  constructor(stream: ByteStream) {
    this.stream = stream
  }

  start(): this {
    this.stream.start(this)
    return this
  }

  get data(): Buffer {
    return Buffer.concat(this.chunks)
  }

  onData(chunk: Buffer, lent: boolean): void {
    this.bytes += chunk.length
    if (this.sink === undefined) this.chunks.push(lent ? Buffer.from(chunk) : chunk)
    else this.sink(chunk)
    this.changes.emit("change")
  }

  onDrain(): void {
    this.drains++
    this.changes.emit("change")
  }

  onClose(error?: NodeJS.ErrnoException): void {
    this.closes.push(error)
    this.changes.emit("change")
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.changes, "change")
  }

  async closed(): Promise<NodeJS.ErrnoException | undefined> {
    await this.until(() => this.closes.length > 0)
    return this.closes[0]
  }
}

/** A listener with the streams it has accepted, each of them once. */
export class Bound {
  listener!: Listener
  readonly errors: NodeJS.ErrnoException[] = []
  private readonly streams: ByteStream[] = []
  private readonly changes = new EventEmitter()

  onConnection(stream: ByteStream): void {
    this.streams.push(stream)
    this.changes.emit("change")
  }

  onError(error: NodeJS.ErrnoException): void {
    this.errors.push(error)
    this.changes.emit("change")
  }

  get endpoint(): string {
    return this.listener.endpoint
  }

  /** The endpoint without its protocol. */
  get address(): string {
    return this.endpoint.replace(/^\w+:\/\//, "")
  }

  async accept(): Promise<ByteStream> {
    while (this.streams.length === 0) await once(this.changes, "change")
    return this.streams.shift() as ByteStream
  }

  async error(): Promise<NodeJS.ErrnoException> {
    while (this.errors.length === 0) await once(this.changes, "change")
    return this.errors[0] as NodeJS.ErrnoException
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.listener.close(error => {
        if (error === undefined) resolve()
        else reject(error)
      })
    })
  }
}

/** Writes down what becomes of an attempt to connect. */
export class Outcome implements ConnectHandler {
  readonly order: string[] = []
  stream: ByteStream | undefined
  private readonly changes = new EventEmitter()

  onPending(): void {
    this.order.push("pending")
  }

  onConnect(stream: ByteStream): void {
    this.stream = stream
    this.order.push("connect")
    this.changes.emit("settled")
  }

  onError(error: NodeJS.ErrnoException, tried: boolean): void {
    this.order.push(`${error.code ?? String(error)}, ${tried ? "tried" : "not tried"}`)
    this.changes.emit("settled")
  }

  /** Waits for the outcome; to be called within the turn of the attempt. */
  async settled(): Promise<void> {
    await once(this.changes, "settled")
  }
}

export async function listen(
  transport: Transport,
  address: string,
  options: Partial<TransportOptions> = {},
): Promise<Bound> {
  const bound = new Bound()
  bound.listener = await transport.listen(address, { ...defaults, ...options }, bound)
  return bound
}

export function listenSync(
  transport: Transport,
  address: string,
  options: Partial<TransportOptions> = {},
): Bound {
  const bound = new Bound()
  bound.listener = transport.listenSync(address, { ...defaults, ...options }, bound)
  return bound
}

export function connect(
  transport: Transport,
  address: string,
  options: Partial<TransportOptions> = {},
  attempted?: (attempt: Attempt) => void,
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const attempt = transport.connect(
      address,
      { ...defaults, ...options },
      { onPending() {}, onConnect: resolve, onError: reject },
    )
    attempted?.(attempt)
  })
}

/** A connected pair; `near` is the side that connected. */
export async function pair(
  transport: Transport,
  address: string,
  options: Partial<TransportOptions> = {},
): Promise<{ bound: Bound; near: ByteStream; far: ByteStream }> {
  const bound = await listen(transport, address, options)
  const near = await connect(transport, bound.address, options)
  const far = await bound.accept()
  return { bound, near, far }
}

/** The code of what a call throws or rejects with, or `undefined` when it does not. */
export async function codeOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

const DIRECTORY = mkdtempSync(join(tmpdir(), "zmtp-test-"))
afterAll(() => {
  rmSync(DIRECTORY, { recursive: true, force: true })
})
let count = 0

/** A path in a directory that goes when the tests of the file are over. */
export function freshPath(): string {
  let path: string
  do path = join(DIRECTORY, `${process.pid}-${count++}`)
  while (existsSync(path))
  return path
}

/** Puts a socket file at `path` that nobody listens on, as a crash leaves it. */
export async function leaveStale(path: string): Promise<void> {
  const script = `
    require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))
  `
  await once(execFile(process.execPath, ["-e", script]), "exit")
}

export const hasIPv6 = Object.values(networkInterfaces()).some(
  all => all?.some(one => one.address === "::1") === true,
)
