/**
 * How threads of one process find each other: a name that one thread holds, and to which any other can hand a port.
 * What is said through the ports is not known here.
 *
 * Node.js has no registry that all threads see but the names of BroadcastChannels, and these carry no ports; so this
 * uses three things about the MessagePort inside a BroadcastChannel, which is reached through an undocumented
 * property and is a MessagePort like any other (seen in Node.js 20.0, 20.20, 22 and 24):
 *
 * - a post tells whether anybody else has the channel open, as soon as it returns: thus a name is known to be free,
 *   to be held, or to have no holder, without waiting for another thread;
 * - a post may give away memory and ports when exactly one other has it open: thus a port goes to the holder of a
 *   name, and what is posted through it at once arrives even if the thread that did so ends at once;
 * - a port that is itself given away, to nobody, has left its channel when the post returns, where `close()` would
 *   leave it only in a later turn of the event loop: thus two that offer ports meet but rarely, and then try again.
 *
 * The alternatives: `postMessageToThread` is not in every Node.js 20 and shows in the program's own
 * `process.on("workerMessage")`; `parentPort` belongs to the program; environment data reaches only threads that are
 * started later, and carries no ports. Where the property is missing, each thread has names of its own.
 *
 * Nothing here keeps a thread alive, and the build loads node:worker_threads when the first name is asked for.
 */
import { types } from "node:util"
import {
  BroadcastChannel,
  getEnvironmentData,
  markAsUntransferable,
  MessageChannel,
  MessagePort,
  setEnvironmentData,
  type Transferable,
} from "node:worker_threads"
import { now } from "./clock.js"
import { transportError } from "./errors.js"

/** A channel between two threads. */
export interface Port<N> {
  /** Throws, and has posted nothing, when something cannot be given away. */
  post(note: N, transfer?: readonly ArrayBuffer[]): void
  /** Begins to listen. The closing by either side is told after what was posted before. */
  start(onNote: (note: N) => void, onClose: () => void): void
  /** What was posted still arrives. */
  close(): void
}

/** What a holder is handed: what the other thread says of itself, and a port to it. */
export type OnOffer<O, N> = (offer: O, port: Port<N>) => void

/** Before the name, so that different versions of this library cannot misunderstand each other. */
const PREFIX = "zmtp/1:inproc"
/** The channel that only those are on who hold the name, or try to. */
const CLAIM = `${PREFIX}!`
/** The channel of the holder, which those who offer ports visit. */
const HOLDER = `${PREFIX}:`
/** The channel of those who wait for a holder. */
const SEEKERS = `${PREFIX}?`

/** How often an operation is tried that other threads were in the way of. */
const CLAIM_TRIES = 5
const OFFER_TRIES = 8

/**
 * Memory that parts of messages share. Nobody can take it along: to transfer it throws, or on Node.js 20 copies it. On a
 * platform that has no means for that, whoever transfers one part empties the others.
 */
export function allocateShared(bytes: number): Buffer {
  const shared = Buffer.allocUnsafeSlow(bytes)
  keepHere ??= waysToKeep()
  keepHere(shared.buffer)
  return shared
}

type Keep = (memory: ArrayBufferLike) => void

let keepHere: Keep | undefined

function waysToKeep(): Keep {
  // Left to itself this throws on platforms that only pretend to be Node.js.
  let mark: Keep = () => undefined
  try {
    markAsUntransferable(new ArrayBuffer(0))
    mark = markAsUntransferable
  } catch {
    return mark
  }
  // Node.js 21 to 23 have methods that the mark does not stop.
  const marked = new ArrayBuffer(1)
  mark(marked)
  if (!canTransfer(marked)) return mark
  return memory => {
    mark(memory)
    Object.defineProperties(memory, { transfer: REFUSAL, transferToFixedLength: REFUSAL })
  }
}

function canTransfer(memory: ArrayBuffer & { transfer?(): ArrayBuffer }): boolean {
  try {
    return memory.transfer?.() !== undefined
  } catch {
    return false
  }
}

const REFUSAL: PropertyDescriptor = {
  value() {
    throw new TypeError(
      "The memory of this part is shared with other parts (zeroCopyReceive), and cannot be transferred",
    )
  },
}

/** One of those who have a channel open. */
class Member {
  readonly port: MessagePort

  private constructor(port: MessagePort) {
    this.port = port
  }

  static open(name: string, onMessage?: (message: unknown) => void): Member | undefined {
    const channel = new BroadcastChannel(name)
    channel.unref()
    const key = Object.getOwnPropertySymbols(channel).find(symbol => symbol.description === "kHandle")
    const port: unknown = key === undefined ? undefined : Reflect.get(channel, key)
    if (!(port instanceof MessagePort)) {
      channel.close()
      return undefined
    }
    if (onMessage !== undefined) {
      channel.onmessage = event => {
        onMessage((event as { data: unknown }).data)
      }
    }
    return new Member(port)
  }

  /** Whether there was anybody to get the message; undefined when a port was given and there were several. */
  post(message: unknown, transfer: readonly Transferable[] = []): boolean | undefined {
    return this.port.postMessage(message, transfer) as unknown as boolean | undefined
  }

  /** Leaves the channel before it returns. Messages that were not looked at are dropped, and ports in them closed. */
  leave(): void {
    nobody ??= Member.open(`${PREFIX}-nobody:${String(process.hrtime.bigint())}:${Math.random()}`)
    nobody?.post(this.port, [this.port])
  }
}

/** The only one on its channel. */
let nobody: Member | undefined

/** Lets others end their short visits to a channel: sleeps for up to 1 ms, 2 ms, 4 ms and so on. */
function pause(tries: number): void {
  const milliseconds = Math.random() * 2 ** (tries - 1)
  if (typeof SharedArrayBuffer === "function") {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
    return
  }
  for (const end = now() + milliseconds; now() < end;);
}

/** Opens a channel for one thing to do. */
function visit<T>(name: string, action: (member: Member) => T): T | undefined {
  const member = Member.open(name)
  if (member === undefined) return undefined
  try {
    return action(member)
  } finally {
    member.leave()
  }
}

/**
 * Holds a name, and tells those who seek it; throws `EADDRINUSE` when another thread holds it. The function returned
 * gives it up.
 */
export function holdName<O, N>(name: string, onOffer: OnOffer<O, N>): () => void {
  const claim = claimName(name)
  const holder = Member.open(HOLDER + name, message => {
    if (message === null) return
    const { offer, port } = message as { offer: O; port: MessagePort }
    onOffer(offer, new WorkerPort<N>(port))
  })
  visit(SEEKERS + name, seekers => seekers.post(null))
  return () => {
    holder?.leave()
    claim?.leave()
  }
}

function claimName(name: string): Member | undefined {
  for (let tries = 1; ; tries++) {
    const member = Member.open(CLAIM + name)
    if (member?.post(null) !== true) return member
    member.leave()
    if (tries === CLAIM_TRIES) throw transportError("EADDRINUSE")
    // Perhaps another thread tries at the same moment, and both give way.
    pause(tries)
  }
}

/**
 * Hands a port to the holder of a name in another thread. Undefined when there is none, and `"busy"` when other
 * threads were in the way all the time: then it is to be tried again later.
 */
export function offerPort<N>(name: string, offer: unknown): Port<N> | "busy" | undefined {
  for (let tries = 1; ; tries++) {
    const { port1, port2 } = new MessageChannel()
    port1.unref()
    const taken = visit(HOLDER + name, member => member.post({ offer, port: port2 }, [port2]))
    if (taken === true) return new WorkerPort<N>(port1)
    port1.close()
    if (taken === false || nobody === undefined) return undefined
    if (tries === OFFER_TRIES) return "busy"
    pause(tries)
  }
}

/** Whether another thread holds a name. */
export function isNameHeld(name: string): boolean {
  return visit(HOLDER + name, member => member.post(null)) === true
}

/** Tells when another thread begins to hold a name, until the function returned is called. */
export function seekName(name: string, onHeld: () => void): () => void {
  const member = Member.open(SEEKERS + name, onHeld)
  return () => {
    member?.leave()
  }
}

/**
 * Numbers that this thread shares with those it starts from now on, and with the one that started it if that has
 * asked for them as well. They begin with the values given.
 */
export function shareNumbers(key: string, initial: readonly number[]): Int32Array {
  const inherited: unknown = getEnvironmentData(key)
  if (types.isSharedArrayBuffer(inherited)) return new Int32Array(inherited)
  if (typeof SharedArrayBuffer !== "function") return Int32Array.from(initial)
  const numbers = new Int32Array(new SharedArrayBuffer(initial.length * Int32Array.BYTES_PER_ELEMENT))
  numbers.set(initial)
  setEnvironmentData(key, numbers.buffer)
  return numbers
}

/** Calls back when this thread ends by itself or by `process.exit()`: what is posted then still arrives. */
export function onThreadEnd(callback: () => void): void {
  process.on("exit", callback)
}

class WorkerPort<N> implements Port<N> {
  private readonly port: MessagePort

  constructor(port: MessagePort) {
    this.port = port
  }

  post(note: N, transfer: readonly ArrayBuffer[] = []): void {
    this.port.postMessage(note, transfer)
  }

  start(onNote: (note: N) => void, onClose: () => void): void {
    this.port.on("message", onNote)
    this.port.on("close", onClose)
    this.port.unref()
  }

  close(): void {
    this.port.close()
  }
}
