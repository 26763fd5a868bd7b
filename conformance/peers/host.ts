/**
 * Carries out a peer's tasks on the sockets of one library: opens and closes them, and sends, receives and
 * verifies runs of messages at full speed. It does not know where its tasks come from: a pipe, or the demo.
 */
import type { Library } from "./library.js"
import { byteLength, difference, digestOf, messageOf, messagesOf } from "./messages.js"
import type { Output, Performer, Run, SocketNotice, Tally, TaskName, Tasks } from "./protocol.js"
import { openSocket, type AnySocket } from "./sockets.js"

type Perform = { [Name in TaskName]: (fields: Tasks[Name][0]) => Promise<Tasks[Name][1]> | Tasks[Name][1] }

const NOTHING = Buffer.alloc(0)

const count = (messages: readonly (readonly Buffer[])[]) =>
  messages.reduce((sum, parts) => sum + parts.length, 0)

export class Host implements Performer {
  readonly #library: Library
  readonly #notify: (notice: SocketNotice) => void
  readonly #sockets = new Map<string, AnySocket>()
  #authenticator: AnySocket | undefined

  constructor(library: Library, notify: (notice: SocketNotice) => void = () => {}) {
    this.#library = library
    this.#notify = notify
  }

  async call<Name extends TaskName>(task: Name, fields: Tasks[Name][0]): Promise<Tasks[Name][1]> {
    const perform: Perform[Name] | undefined = this.#tasks[task]
    if (!perform) throw new Error(`no such task: ${task}`)
    return perform(fields)
  }

  /** Closes what is still open. */
  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    this.#authenticator?.close()
    this.#authenticator = undefined
  }

  readonly #tasks: Perform = {
    open: async ({ socket: name, type, options = {}, events = false }) => {
      if (this.#sockets.has(name)) throw new Error(`socket ${name} is open already`)
      const socket = await openSocket(this.#library, type, options)
      this.#sockets.set(name, socket)
      if (events) void this.#report(name, socket)
      return {}
    },
    bind: async ({ socket, endpoint }) => {
      const bound = this.#socket(socket)
      await bound.bind(endpoint)
      return { endpoint: bound.lastEndpoint ?? endpoint }
    },
    connect: ({ socket, endpoint }) => {
      this.#socket(socket).connect(endpoint)
      return {}
    },
    unbind: async ({ socket, endpoint }) => {
      await this.#socket(socket).unbind(endpoint)
      return {}
    },
    disconnect: ({ socket, endpoint }) => {
      this.#socket(socket).disconnect(endpoint)
      return {}
    },
    subscribe: async ({ socket, prefixes }) => {
      await this.#socket(socket).subscribe(prefixes)
      return {}
    },
    unsubscribe: async ({ socket, prefixes }) => {
      await this.#socket(socket).unsubscribe(prefixes)
      return {}
    },
    send: async ({ socket, parts }) => {
      await this.#socket(socket).send(parts.map(part => Buffer.from(part, "base64")))
      return {}
    },
    receive: async ({ socket }) => {
      const parts = await this.#socket(socket).receive()
      return { parts: parts.map(part => part.toString("base64")) }
    },
    produce: run => {
      const socket = this.#socket(run.socket)
      return socket.type === "stream" ? pour(socket, run) : produce(socket, run)
    },
    consume: run => {
      const socket = this.#socket(run.socket)
      return socket.type === "stream" ? collect(socket, run) : consume(socket, run)
    },
    request: run => request(this.#socket(run.socket), run),
    serve: run => serve(this.#socket(run.socket), run),
    authenticate: async ({ users }) => {
      if (this.#authenticator) throw new Error("an authenticator is running already")
      this.#authenticator = await openSocket(this.#library, "rep", { linger: 0 })
      await this.#authenticator.bind("inproc://zeromq.zap.01")
      void authenticate(this.#authenticator, users)
      return {}
    },
    digest: ({ stream, from = 0, count }) => ({ sha256: digestOf(stream, from, count) }),
    memory: async () => {
      globalThis.gc?.()
      // Buffers are freed in the background: the next collection waits until those of the last are.
      await new Promise(setImmediate)
      globalThis.gc?.()
      const { heapUsed, external, rss } = process.memoryUsage()
      return { heapUsed, external, rss }
    },
    close: ({ socket: name }) => {
      this.#socket(name).close()
      this.#sockets.delete(name)
      return {}
    },
  }

  #socket(name: string): AnySocket {
    const socket = this.#sockets.get(name)
    if (!socket) throw new Error(`no socket ${name}`)
    return socket
  }

  async #report(name: string, socket: AnySocket): Promise<void> {
    for await (const { type, address, error } of socket.events) {
      this.#notify({
        event: "socket",
        socket: name,
        type,
        ...(address === undefined ? {} : { address }),
        ...(error ? { error: described(error) } : {}),
      })
    }
  }
}

function described({ message, code, status }: Error & { code?: string; status?: number }) {
  return { message, ...(code ? { code } : {}), ...(status ? { status } : {}) }
}

async function produce(socket: AnySocket, { stream, from = 0, count: total }: Run): Promise<Output> {
  const messages = messagesOf(stream, from, total)
  const start = performance.now()
  for (const message of messages) await socket.send(message)
  return {
    count: total,
    parts: count(messages),
    bytes: byteLength(messages),
    milliseconds: performance.now() - start,
  }
}

/** A STREAM knows no messages: it sends their bytes to the peer that its first notice tells of. */
async function pour(socket: AnySocket, { stream, from = 0, count: total }: Run): Promise<Output> {
  const messages = messagesOf(stream, from, total)
  const [id = NOTHING] = await socket.receive()
  const start = performance.now()
  for (const message of messages) {
    const bytes = Buffer.concat(message)
    // Nothing at all would close the connection.
    if (bytes.length > 0) await socket.send([id, bytes])
  }
  return {
    count: total,
    parts: count(messages),
    bytes: byteLength(messages),
    milliseconds: performance.now() - start,
  }
}

/** Takes as many bytes as the run has; what is told of connections has none. */
async function collect(socket: AnySocket, { stream, from = 0, count: total }: Run): Promise<Tally> {
  const expected = Buffer.concat(messagesOf(stream, from, total).flat())
  const chunks: Buffer[] = []
  let length = 0
  let stop: string | undefined
  const start = performance.now()
  while (length < expected.length && stop === undefined) {
    try {
      const [, bytes = NOTHING] = await socket.receive()
      chunks.push(bytes)
      length += bytes.length
    } catch (error) {
      stop = String(error)
    }
  }
  const fault = stop ?? difference([Buffer.concat(chunks)], [expected])
  const counts = { count: fault === undefined ? total : 0, parts: chunks.length, bytes: length, foreign: 0 }
  return { ...counts, milliseconds: performance.now() - start, ...(fault === undefined ? {} : { fault }) }
}

async function consume(socket: AnySocket, run: Tasks["consume"][0]): Promise<Tally> {
  const { envelope = 0 } = run
  const expected = expectations(run)
  const known = new Set(run.stream.topics)
  const received: Buffer[][] = []
  let foreign = 0
  let start: number | undefined
  let stop: string | undefined
  while (received.length < expected.length) {
    try {
      const message = (await socket.receive()).slice(envelope)
      start ??= performance.now()
      if (known.size > 0 && !known.has(String(message[0]))) foreign++
      else received.push(message)
    } catch (error) {
      stop = String(error)
      break
    }
  }
  const milliseconds = performance.now() - (start ?? performance.now())
  return tally(received, foreign, milliseconds, firstFault(received, expected, stop))
}

/** The indices of a run that reach a consumer, those of other topics left out. */
function expectations({ stream, from = 0, count: total, only }: Tasks["consume"][0]): (() => Buffer[])[] {
  const topics = stream.topics ?? []
  const expected: (() => Buffer[])[] = []
  for (let index = from; index < from + total; index++) {
    const topic = topics[index % topics.length] ?? ""
    if (only && !only.some(prefix => topic.startsWith(prefix))) continue
    expected.push(() => messageOf(stream, index))
  }
  return expected
}

/** `stop` is the error that ended the run early, if one did. */
function firstFault(
  received: readonly Buffer[][],
  expected: readonly (() => Buffer[])[],
  stop: string | undefined,
): string | undefined {
  for (const [i, expect] of expected.entries()) {
    const message = received[i]
    if (!message) {
      return `${expected.length - i} of ${expected.length} messages are missing${stop ? `: ${stop}` : ""}`
    }
    const fault = difference(message, expect())
    if (fault) return `message ${i} of ${expected.length}: ${fault}`
  }
  return stop
}

function tally(received: readonly Buffer[][], foreign: number, milliseconds: number, fault?: string): Tally {
  return {
    count: received.length,
    parts: count(received),
    bytes: byteLength(received),
    foreign,
    milliseconds,
    ...(fault === undefined ? {} : { fault }),
  }
}

function send(socket: AnySocket, parts: readonly Buffer[]): Promise<void> {
  return socket.send(parts)
}

/** A ROUTER knows the peer that it addresses some time after it has connected; no event tells on every transport. */
async function sendOnceKnown(socket: AnySocket, parts: readonly Buffer[]): Promise<void> {
  for (;;) {
    try {
      return await socket.send(parts)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EHOSTUNREACH") throw error
      await new Promise(setImmediate)
    }
  }
}

async function request(
  socket: AnySocket,
  { stream, replies, from = 0, count, to = [] }: Tasks["request"][0],
): Promise<Tally> {
  const messages = messagesOf(stream, from, count)
  const envelope = to.map(part => Buffer.from(part, "base64"))
  const received: Buffer[][] = []
  let stop: string | undefined
  const start = performance.now()
  try {
    for (const message of messages) {
      const first = received.length === 0 && envelope.length > 0
      await (first ? sendOnceKnown : send)(socket, [...envelope, ...message])
      received.push((await socket.receive()).slice(envelope.length))
    }
  } catch (error) {
    stop = String(error)
  }
  const milliseconds = performance.now() - start
  const expected = messages.map((_, i) => () => messageOf(replies, from + i))
  return tally(received, 0, milliseconds, firstFault(received, expected, stop))
}

/** Answers each request with the message of the reply stream; a request of another's gets an empty reply. */
async function serve(
  socket: AnySocket,
  { stream, replies, from = 0, count, envelope = 0 }: Tasks["serve"][0],
): Promise<Tally> {
  const answers = messagesOf(replies, from, count)
  const known = new Set(stream.topics)
  const received: Buffer[][] = []
  let foreign = 0
  let start: number | undefined
  let stop: string | undefined
  try {
    while (received.length < count) {
      const whole = await socket.receive()
      const [head, message] = [whole.slice(0, envelope), whole.slice(envelope)]
      start ??= performance.now()
      if (known.size > 0 && !known.has(String(message[0]))) {
        foreign++
        await socket.send([...head, NOTHING])
      } else {
        await socket.send([...head, ...(answers[received.push(message) - 1] ?? [])])
      }
    }
  } catch (error) {
    stop = String(error)
  }
  const milliseconds = performance.now() - (start ?? performance.now())
  const expected = answers.map((_, i) => () => messageOf(stream, from + i))
  return tally(received, foreign, milliseconds, firstFault(received, expected, stop))
}

/** A ZAP handler (27/ZAP §Request, §Reply) that knows some PLAIN users and lets NULL peers in. */
async function authenticate(socket: AnySocket, users: Readonly<Record<string, string>>): Promise<void> {
  try {
    for (;;) {
      const [version, id, , , , mechanism, name, password] = await socket.receive()
      if (!version || !id) continue
      const known = String(mechanism) === "NULL" || users[String(name)] === String(password)
      const [code, text] = known ? ["200", "OK"] : ["400", "No such user, or another password"]
      // No user id: libzmq hands one to a bound REQ as if it were part of a reply, and drops the connection.
      await socket.send([version, id, ...[code, text, "", ""].map(part => Buffer.from(part))])
    }
  } catch {
    // Closed with its host.
  }
}
