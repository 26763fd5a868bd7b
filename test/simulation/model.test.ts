/**
 * Whole sockets against a model (model.ts): calls in any order on real sockets that are joined by inproc, each result
 * compared with what the model allows. Some calls wait, and are looked at after every other call.
 */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as ours from "../../src/index.js"
import type { AnySocket } from "../sockets/support.js"
import { Model, type Marks, type Pair } from "./model.js"

const CLASSES = {
  pipeline: [ours.Push, ours.Pull],
  pubsub: [ours.Publisher, ours.Subscriber],
  reqrep: [ours.Request, ours.Reply],
} as const

interface Step {
  readonly what: (typeof STEPS)[number]
  readonly socket: number
  readonly name: number
  readonly topic: string
}

const STEPS = [
  "bind",
  "unbind",
  "connect",
  "disconnect",
  "send",
  "sendAndWait",
  "receive",
  "receiveAndWait",
  "subscribe",
  "unsubscribe",
  "readable",
  "writable",
  "close",
  "closeWhileBinding",
  "callWhileBinding",
] as const

/** Traffic more often than anything else, and a connection more often than its end. */
const WEIGHTS: Readonly<Record<Step["what"], number>> = {
  bind: 4,
  unbind: 1,
  connect: 5,
  disconnect: 1,
  send: 10,
  sendAndWait: 3,
  receive: 8,
  receiveAndWait: 3,
  subscribe: 6,
  unsubscribe: 4,
  readable: 1,
  writable: 1,
  close: 1,
  closeWhileBinding: 1,
  callWhileBinding: 1,
}

/** One socket of each side is used more than the others, so that queues fill and empty. */
const step = fc.record<Step>({
  what: fc.oneof(...STEPS.map(what => ({ weight: WEIGHTS[what], arbitrary: fc.constant(what) }))),
  socket: fc.constantFrom(0, 0, 0, 1, 2, 2, 2, 3),
  name: fc.constantFrom(0, 0, 0, 1),
  topic: fc.constantFrom("a", "a", "a", "ab", "b", ""),
})

/** Most runs begin with a connection, made from either side. */
const beginnings = [
  [],
  ["bind 2", "connect 0"],
  ["bind 0", "connect 2"],
  ["connect 0", "bind 2"],
  ["connect 2", "bind 0"],
].map(words =>
  words.map<Step>(word => {
    const [what, socket] = word.split(" ")
    return { what: what as Step["what"], socket: Number(socket), name: 0, topic: "" }
  }),
)

const steps = fc
  .tuple(fc.constantFrom(...beginnings), fc.array(step, { maxLength: 40, size: "max" }))
  .map(([beginning, list]) => [...beginning, ...list])

const marks = fc.array(fc.record<Marks>({ send: fc.nat(2), receive: fc.nat(2) }), {
  minLength: 4,
  maxLength: 4,
})

type Outcome = { readonly value: Buffer[] | undefined } | { readonly code: string }

/** A call that waits, or has only just not waited any more. */
interface Waiting {
  readonly socket: number
  readonly message: string | undefined
  outcome: Outcome | undefined
}

let runs = 0

class Play {
  private readonly run = ++runs
  private readonly context = new ours.Context()
  private readonly model: Model
  private readonly sockets: AnySocket[]
  private readonly pair: Pair
  private readonly marks: readonly Marks[]
  private waiting: Waiting[] = []
  private count = 0

  constructor(pair: Pair, allMarks: readonly Marks[]) {
    this.pair = pair
    this.marks = allMarks
    this.model = new Model(pair, allMarks)
    this.sockets = [0, 1, 2, 3].map(index => this.open(index))
  }

  /** Plays one step and checks what came of it. */
  async step(step: Step): Promise<void> {
    const { model } = this
    // So many possibilities tell nothing, and take long.
    if (model.possibilities > 500) return
    await this.act(step)
    await new Promise(resolve => setImmediate(resolve))
    this.look(step)
  }

  end(): void {
    for (const socket of this.sockets) socket.close()
  }

  private open(index: number): AnySocket {
    const Type = CLASSES[this.pair][index < 2 ? 0 : 1] as unknown as new (options: object) => AnySocket
    const { send, receive } = this.marks[index] as Marks
    const socket = new Type({ context: this.context, linger: 0 })
    const options = {
      sendHighWaterMark: send,
      receiveHighWaterMark: receive,
      sendTimeout: 0,
      receiveTimeout: 0,
    }
    for (const [option, value] of Object.entries(options)) {
      if (option in socket) Reflect.set(socket, option, value)
    }
    return socket
  }

  private async act({ what, socket: index, name: number, topic }: Step): Promise<void> {
    const { model, pair } = this
    const socket = this.sockets[index] as AnySocket
    const begins = index < 2
    const sends = begins || pair === "reqrep"
    const receives = !begins || pair === "reqrep"
    // Each side has names of its own, so that only sockets which belong together meet.
    const binding = what === "bind" || what === "unbind" || what.endsWith("WhileBinding")
    const name = `inproc://model-${this.run}-${begins === binding ? "first" : "second"}-${number}`
    const closed = model.isClosed(index)
    switch (what) {
      case "bind":
        if (closed) this.throws(() => socket.bind(name), "EBADF")
        else expect(await outcome(socket.bind(name))).toEqual(result(model.bind(index, name)))
        break
      case "unbind":
        if (closed) this.throws(() => socket.unbind(name), "EBADF")
        else expect(await outcome(socket.unbind(name))).toEqual(result(model.unbind(index, name)))
        break
      case "connect":
      case "disconnect":
        if (closed) this.throws(() => socket[what](name), "EBADF")
        else {
          const code = model[what](index, name)
          if (code === undefined) socket[what](name)
          else this.throws(() => socket[what](name), code)
        }
        break
      case "send":
      case "sendAndWait":
        if (!sends) break
        if (closed) this.throws(() => socket.send("x"), "EBADF")
        else if (this.isWaiting(index, true)) this.throws(() => socket.send("x"), "EBUSY")
        else {
          const message = `${topic}#${++this.count}`
          if (what === "sendAndWait") socket.sendTimeout = -1
          const call = this.start(index, socket.send([message, "", "end"]), message)
          socket.sendTimeout = 0
          if (what === "send") await settle(call)
        }
        break
      case "receive":
      case "receiveAndWait":
        if (!receives) break
        if (closed) this.throws(() => socket.receive(), "EBADF")
        else if (this.isWaiting(index, false)) this.throws(() => socket.receive(), "EBUSY")
        else {
          if (what === "receiveAndWait") socket.receiveTimeout = -1
          const call = this.start(index, socket.receive(), undefined)
          socket.receiveTimeout = 0
          if (what === "receive") await settle(call)
        }
        break
      case "subscribe":
      case "unsubscribe":
        if (begins || pair !== "pubsub") break
        if (closed) this.throws(() => subscriber(socket)[what](topic), "ENOTSOCK")
        else {
          subscriber(socket)[what](topic)
          model[what](index, topic)
        }
        break
      case "readable":
        if (closed) expect(socket.readable).toBe(false)
        // Others choose a message when they are asked, which later calls show.
        else if (pair === "pipeline") this.allow(model.readable(index, socket.readable), what)
        break
      case "writable":
        if (closed) expect(socket.writable).toBe(false)
        else this.allow(model.writable(index, socket.writable), what)
        break
      case "close":
        if (closed) {
          model.reopen(index)
          this.sockets[index] = this.open(index)
        } else {
          socket.close()
          model.close(index)
        }
        expect((this.sockets[index] as AnySocket).closed).toBe(!closed)
        break
      case "closeWhileBinding":
      case "callWhileBinding":
        if (closed) break
        await this.whileBinding(socket, index, name, what === "closeWhileBinding")
        break
    }
  }

  private async whileBinding(socket: AnySocket, index: number, name: string, close: boolean): Promise<void> {
    const bound = socket.bind(name)
    for (const call of [
      () => socket.send("x"),
      () => socket.receive(),
      () => socket.bind(name),
      () => {
        socket.connect(name)
      },
    ]) {
      this.throws(call, "EBUSY")
    }
    if (close) socket.close()
    expect(socket.closed).toBe(false)
    expect(await outcome(bound)).toEqual(result(this.model.bind(index, name)))
    expect(socket.closed).toBe(close)
    if (!close) return
    // The binding comes first, with all that it brings about.
    await new Promise(resolve => setImmediate(resolve))
    this.look({ what: "bind", socket: index, name: 0, topic: "" })
    this.model.close(index)
  }

  private throws(call: () => unknown, code: string): void {
    let thrown: unknown
    try {
      call()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code })
  }

  private isWaiting(socket: number, sends: boolean): boolean {
    return this.waiting.some(
      each => each.socket === socket && (each.message !== undefined) === sends && each.outcome === undefined,
    )
  }

  private start(socket: number, promise: Promise<unknown>, message: string | undefined): Promise<void> {
    const waiting: Waiting = { socket, message, outcome: undefined }
    this.waiting.push(waiting)
    return promise.then(
      value => {
        waiting.outcome = { value: value as Buffer[] | undefined }
      },
      (error: unknown) => {
        waiting.outcome = { code: (error as NodeJS.ErrnoException).code ?? String(error) }
      },
    )
  }

  /** Checks what calls have ended, in whichever order that is possible, and that the others have to wait. */
  private look(step: Step): void {
    const ended = this.waiting.filter(each => each.outcome !== undefined)
    this.waiting = this.waiting.filter(each => each.outcome === undefined)
    if (ended.length > 0) {
      const possible = inAnyOrder(this.model, ended)
      this.allow(possible.length > 0, `${step.what}: ${JSON.stringify(ended)}`)
      this.model.adopt(possible)
    }
    for (const each of this.waiting) {
      // A call that waits does so for one of the reasons for which others are refused.
      const models = [this.model.copy(), this.model.copy()]
      const waits = models.filter((model, i) => refused(model, each, i === 0 ? "EAGAIN" : "EFSM"))
      this.allow(waits.length > 0, `${step.what}: ${JSON.stringify(each)} waits`)
      this.model.adopt(waits)
    }
  }

  private allow(possible: boolean, what: string): void {
    expect(possible, `the model allows this: ${what}`).toBe(true)
  }
}

function inAnyOrder(model: Model, calls: readonly Waiting[]): Model[] {
  if (calls.length === 0) return [model]
  return calls.flatMap(call => {
    const next = model.copy()
    if (!happened(next, call)) return []
    return inAnyOrder(
      next,
      calls.filter(each => each !== call),
    )
  })
}

function happened(model: Model, { socket, message, outcome: seen }: Waiting): boolean {
  if (seen === undefined) return false
  // What waits when its socket is closed is refused, for whatever reason it had to wait.
  if ("code" in seen)
    return model.isClosed(socket) || refused(model, { socket, message, outcome: seen }, seen.code)
  if (message !== undefined) return model.sent(socket, message)
  const [head, ...rest] = (seen.value ?? []).map(String)
  return rest.join("|") === "|end" && model.received(socket, head ?? "")
}

function refused(model: Model, { socket, message }: Waiting, code: string): boolean {
  return message === undefined ? model.notReceived(socket, code) : model.notSent(socket, code)
}

function subscriber(socket: AnySocket): ours.Subscriber {
  return socket as unknown as ours.Subscriber
}

function result(code: string | undefined): Outcome {
  return code === undefined ? { value: undefined } : { code }
}

async function outcome(promise: Promise<void>): Promise<Outcome> {
  try {
    await promise
    return { value: undefined }
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

async function settle(call: Promise<void>): Promise<void> {
  let settled = false
  void call.then(() => {
    settled = true
  })
  // What cannot be done at once concludes after pending I/O.
  for (let i = 0; i < 3 && !settled; i++) await new Promise(resolve => setImmediate(resolve))
  expect(settled, "a call without time to wait settles").toBe(true)
}

describe("sockets over inproc do what a model of their pattern allows", () => {
  for (const pair of ["pipeline", "pubsub", "reqrep"] as const) {
    test(pair, async () => {
      await fc.assert(
        fc.asyncProperty(marks, steps, async (allMarks, list) => {
          const play = new Play(pair, allMarks)
          try {
            for (const step of list) await play.step(step)
          } finally {
            play.end()
          }
        }),
        { numRuns: Number(process.env.RUNS ?? 500) },
      )
    })
  }
})

describe("over inproc, where a message arrives before `send` returns", () => {
  test("a reply that was ready before its request reaches whoever waits for it", async () => {
    const context = new ours.Context()
    const request = new ours.Request({ context })
    const reply = new ours.Reply({ context })
    await reply.bind("inproc://ready")
    request.connect("inproc://ready")
    const replied = reply.send("ready")
    const [asked, answered] = [reply.receive(), request.receive()]
    await request.send("question")
    expect([await asked, await answered, await replied]).toEqual([
      [Buffer.from("question")],
      [Buffer.from("ready")],
      undefined,
    ])
    request.close()
    reply.close()
  })

  test("a message that waited for room comes after those that had none to wait for", async () => {
    const context = new ours.Context()
    const push = new ours.Push({ context, sendHighWaterMark: 1 })
    const pull = new ours.Pull({ context })
    push.connect("inproc://later")
    await push.send("first")
    const second = push.send("second")
    await pull.bind("inproc://later")
    await second
    expect([await pull.receive(), await pull.receive()].map(String)).toEqual(["first", "second"])
    push.close()
    pull.close()
  })

  test("a publisher minds all subscriptions of a peer that it meets, in whichever order they come", async () => {
    for (const subscriberBinds of [true, false]) {
      const context = new ours.Context()
      const publisher = new ours.Publisher({ context })
      const subscriber = new ours.Subscriber({ context })
      subscriber.subscribe("a")
      const [bound, connecting] = subscriberBinds ? [subscriber, publisher] : [publisher, subscriber]
      await bound.bind("inproc://topics")
      connecting.connect("inproc://topics")
      subscriber.subscribe("b")
      for (const topic of ["a", "b"]) await publisher.send(topic)
      expect([await subscriber.receive(), await subscriber.receive()].map(String)).toEqual(["a", "b"])
      publisher.close()
      subscriber.close()
    }
  })
})
