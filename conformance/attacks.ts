/**
 * Hostile peers for our bound sockets, as the bytes they send: each either breaks 23/ZMTP or 37/ZMTP, or keeps
 * to it and asks for too much. Written on plain TCP, so that nothing of ours decides what a peer may say.
 */
import { connect, type Socket } from "node:net"

/** What is attacked, by socket type; `idle` is a PULL whose owner never receives. */
export type Target = "pull" | "rep" | "pub" | "idle"
const USUAL: readonly Target[] = ["pull", "rep", "pub"]
/** A socket type that may talk to the target. */
const PARTNER: Record<Target, string> = { pull: "PUSH", rep: "REQ", pub: "SUB", idle: "PUSH" }

const MORE = 0x01
const LONG = 0x02
const COMMAND = 0x04

/** 23/ZMTP §The Greeting: signature, version, mechanism, as-server, filler. */
function greeting(mechanism = "NULL", major = 3, minor = 1): Buffer {
  const bytes = Buffer.alloc(64)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = major
  bytes[11] = minor
  bytes.write(mechanism, 12, "latin1")
  return bytes
}

/** 23/ZMTP §Framing. `declared` is the length to claim when it is not the body's. */
function frame(flags: number, body: Uint8Array | string, declared?: bigint): Buffer {
  const bytes = Buffer.from(body)
  const length = declared ?? BigInt(bytes.length)
  if (length <= 255n) return Buffer.concat([Buffer.of(flags, Number(length)), bytes])
  const head = Buffer.alloc(9)
  head[0] = flags | LONG
  head.writeBigUInt64BE(length, 1)
  return Buffer.concat([head, bytes])
}

function command(name: string, data: Uint8Array | string = ""): Buffer {
  return frame(COMMAND, Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(data)]))
}

function property(name: string, value: string, declared = value.length): Buffer {
  const head = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.alloc(4), Buffer.from(value)])
  head.writeUInt32BE(declared, 1 + name.length)
  return head
}

const ready = (type: string) => command("READY", property("Socket-Type", type))
/** A handshake that succeeds. */
const hello = (target: Target) => Buffer.concat([greeting(), ready(PARTNER[target])])

/** `closed`: the connection must end by the target's doing. `any`: it may stay, within bounds. */
type Fate = "closed" | "any"

export interface Attack {
  readonly name: string
  readonly at: readonly Target[]
  readonly fate: Fate
  /** How many connections to each target. */
  readonly times: number
  /** What is sent; each piece is a write of its own. */
  readonly bytes: (target: Target, chance: () => number) => Iterable<Uint8Array>
  /** Reads nothing of what the target sends. */
  readonly deaf?: boolean
  /** Ends or resets the connection itself as soon as the bytes are written. */
  readonly then?: "end" | "reset"
}

function* noise(chance: () => number): Iterable<Buffer> {
  const length = 1 + (chance() % 2000)
  yield Buffer.from(Array.from({ length }, () => chance() & 0xff))
}

function* repeat(piece: Buffer, times: number, first?: Buffer): Iterable<Buffer> {
  if (first) yield first
  for (let i = 0; i < times; i++) yield piece
}

const times = (piece: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => piece))

/** A breach of the protocol right after a completed handshake. */
function breach(name: string, bytes: Buffer, fate: Fate = "closed", at = USUAL): Attack {
  return { name, at, fate, times: 20, bytes: target => [hello(target), bytes] }
}

/** A breach instead of a handshake. */
function opening(name: string, ...bytes: Buffer[]): Attack {
  return { name, at: USUAL, fate: "closed", times: 20, bytes: () => bytes }
}

export const ATTACKS: readonly Attack[] = [
  {
    name: "random bytes",
    at: USUAL,
    fate: "any",
    times: 200,
    bytes: (_, chance) => noise(chance),
    then: "end",
  },
  {
    name: "random bytes after a greeting",
    at: USUAL,
    fate: "any",
    times: 200,
    bytes: (_, chance) => [greeting(), ...noise(chance)],
    then: "end",
  },
  {
    name: "random bytes after a signature",
    at: USUAL,
    fate: "any",
    times: 100,
    bytes: (_, chance) => [greeting().subarray(0, 10), ...noise(chance)],
    then: "end",
  },
  {
    name: "random bytes after a handshake",
    at: ["pull", "pub"],
    fate: "any",
    times: 100,
    bytes: (target, chance) => [hello(target), ...noise(chance)],
    then: "end",
  },
  {
    name: "half a greeting, then the end",
    at: USUAL,
    fate: "closed",
    times: 100,
    bytes: (_, chance) => [greeting().subarray(0, chance() % 64)],
    then: "end",
  },
  {
    name: "half a greeting, then silence",
    at: USUAL,
    fate: "closed",
    times: 50,
    bytes: (_, chance) => [greeting().subarray(0, 11 + (chance() % 53))],
  },
  { name: "a greeting, then silence", at: USUAL, fate: "closed", times: 50, bytes: () => [greeting()] },
  { name: "not a byte", at: USUAL, fate: "closed", times: 50, bytes: () => [] },
  { name: "connections that end at once", at: USUAL, fate: "any", times: 500, bytes: () => [], then: "end" },
  {
    name: "connections that are reset at once",
    at: USUAL,
    fate: "any",
    times: 500,
    bytes: () => [],
    then: "reset",
  },
  {
    name: "connections that are reset after the handshake",
    at: USUAL,
    fate: "any",
    times: 200,
    bytes: target => [hello(target)],
    then: "reset",
  },

  opening("a mechanism nobody knows", greeting("WHATEVER")),
  opening("a mechanism of another server", greeting("PLAIN")),
  opening("a message before READY", greeting(), frame(0, "too early")),
  opening("a first part before READY", greeting(), frame(MORE, "too early")),
  opening("a command that is not READY", greeting(), command("HELLO", "\x01a\x01b")),
  opening(
    "a READY cut within a property",
    greeting(),
    command("READY", property("Socket-Type", "PUSH").subarray(0, 9)),
  ),
  opening(
    "a property longer than its READY",
    greeting(),
    command("READY", property("Socket-Type", "PUSH", 0xffffffff)),
  ),
  opening("a name longer than its command", greeting(), frame(COMMAND, Buffer.of(200, 0x52, 0x45))),
  opening("a socket type nobody knows", greeting(), ready("WHATEVER")),
  opening("a socket type with no such partner", greeting(), ready("PAIR")),
  opening("a READY that says it has 2^62 bytes", greeting(), frame(COMMAND, "\x05READY", 2n ** 62n)),
  opening("a READY of a megabyte", greeting(), command("READY", property("X-Long", "x".repeat(1_000_000)))),
  opening(
    "a READY of ten thousand properties",
    greeting(),
    command("READY", times(property("X-Many", "x"), 10_000)),
  ),
  opening("reserved flags before READY", greeting(), frame(0xf8, "")),

  // 23/ZMTP §The READY Command: a sender SHOULD name its type; libzmq takes those who do not for a match.
  { ...opening("a READY without a socket type", greeting(), command("READY")), fate: "any" },

  breach("a second READY", ready("PUSH")),
  breach("a length of 2^64-1", frame(LONG, "", 2n ** 64n - 1n)),
  breach("a length of 2^63-1", frame(LONG, "", 2n ** 63n - 1n)),
  breach("a length of 2^40", frame(LONG, "", 2n ** 40n)),
  breach("a command of 2^40 bytes", frame(COMMAND | LONG, "\x04PING", 2n ** 40n)),
  breach("an empty command", frame(COMMAND, "")),
  breach("a PING without a time to live", command("PING")),
  breach("a PING with a context too long", command("PING", Buffer.alloc(200))),
  breach("reserved flags", frame(0xf8, "x")),
  breach("a command with the MORE flag", frame(COMMAND | MORE, "\x04PING\x00\x00")),
  breach("a lengthy message that never comes", frame(LONG, "just the start", 7_000_000n), "any"),
  breach("an unfinished message", frame(MORE, "first"), "any", ["pull", "rep"]),

  {
    name: "endless empty parts",
    at: ["pull", "rep"],
    fate: "any",
    times: 4,
    bytes: target => repeat(times(frame(MORE, ""), 32_768), 16, hello(target)),
  },
  {
    name: "endless small parts",
    at: ["pull", "rep"],
    fate: "any",
    times: 4,
    bytes: target => repeat(times(frame(MORE, "ten bytes!"), 5_000), 40, hello(target)),
  },
  {
    name: "a flood of PINGs whose PONGs nobody reads",
    at: USUAL,
    fate: "any",
    times: 2,
    deaf: true,
    bytes: target => repeat(times(command("PING", Buffer.alloc(18)), 2_500), 200, hello(target)),
  },
  {
    name: "a flood of unknown commands",
    at: USUAL,
    fate: "any",
    times: 2,
    deaf: true,
    bytes: target => repeat(times(command("NONSENSE", "x"), 5_000), 50, hello(target)),
  },
  {
    name: "messages that nobody receives",
    at: ["idle"],
    fate: "any",
    times: 4,
    bytes: target => repeat(times(frame(0, Buffer.alloc(1000)), 64), 250, hello(target)),
  },
  {
    name: "requests whose replies nobody reads",
    at: ["rep"],
    fate: "any",
    times: 2,
    deaf: true,
    bytes: target => repeat(times(Buffer.concat([frame(MORE, ""), frame(0, "?")]), 1_000), 20, hello(target)),
  },
  {
    name: "thousands of subscriptions",
    at: ["pub"],
    fate: "any",
    times: 4,
    bytes: target => subscriptions(20_000, hello(target)),
  },
  {
    name: "subscriptions cancelled that never were",
    at: ["pub"],
    fate: "any",
    times: 4,
    bytes: target => repeat(times(command("CANCEL", "never"), 1_000), 20, hello(target)),
  },
]

function* subscriptions(count: number, first: Buffer): Iterable<Buffer> {
  yield first
  for (let i = 0; i < count; i += 100) {
    yield Buffer.concat(Array.from({ length: 100 }, (_, j) => command("SUBSCRIBE", `hostile ${i + j}`)))
  }
}

/** One connection of an attack. */
export interface Assault {
  readonly attack: Attack
  readonly target: Target
  /** Resolves once all is written, or the connection is gone. */
  readonly sent: Promise<void>
  /** Resolves once the target has said something, as it does when it has accepted, or the connection is gone. */
  readonly met: Promise<void>
  /** Resolves once the connection is gone. */
  readonly gone: Promise<void>
  release(): void
}

/** Resolves at the socket's next such event; unlike node:events' `once`, an error is no reason to reject. */
const next = (socket: Socket, event: string) =>
  new Promise<void>(resolve => socket.once(event, () => resolve()))

export function assault(attack: Attack, target: Target, port: number, chance: () => number): Assault {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  // A reset is one of the answers that an attack may get.
  socket.on("error", () => {})
  const gone = next(socket, "close")
  const met = attack.deaf ? gone : Promise.race([next(socket, "data"), gone])
  if (!attack.deaf) socket.resume()
  const sent = write(socket, attack, attack.bytes(target, chance), gone)
  return { attack, target, sent, met, gone, release: () => socket.destroy() }
}

async function write(
  socket: Socket,
  { then, fate }: Attack,
  pieces: Iterable<Uint8Array>,
  gone: Promise<void>,
): Promise<void> {
  await Promise.race([next(socket, "connect"), gone])
  for (const piece of pieces) {
    if (socket.destroyed) return
    if (!socket.write(piece)) await Promise.race([next(socket, "drain"), gone])
  }
  if (then === "reset") socket.resetAndDestroy()
  if (then === "end") {
    socket.end()
    if (fate === "any") socket.destroySoon()
  }
}
