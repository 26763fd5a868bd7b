/**
 * The bodies of command frames: a name after its length, then data that the name defines (37/ZMTP §Formal
 * Grammar). Pure functions, one to build and one to parse each command. When a command may come, and what it
 * brings about, is decided by mechanisms and sessions. Parsed data are views of the body.
 */
import { ProtocolError } from "./errors.js"
import type { ProtocolErrorCode } from "./errors.js"

const EMPTY = Buffer.alloc(0)

/** Longest context of a PING (37/ZMTP §Connection Heartbeating), in octets. */
export const MAX_PING_CONTEXT = 16

/** The body of a command: `name`, then `data`. */
export function buildCommand(name: string, data: Uint8Array = EMPTY): Buffer {
  const body = Buffer.allocUnsafe(1 + name.length + data.length)
  body[0] = name.length
  body.write(name, 1, "latin1")
  body.set(data, 1 + name.length)
  return body
}

/**
 * The name of a command.
 * @throws ProtocolError `ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED` when there is none, or the body ends within it.
 */
export function commandName(body: Buffer): string {
  const length = body[0] ?? 0
  if (length === 0 || body.length <= length) throw malformed("The command has no name, or ends within it")
  return body.toString("latin1", 1, 1 + length)
}

/** The data of a command whose name {@link commandName} has told. */
export function commandData(body: Buffer): Buffer {
  return body.subarray(1 + (body[0] ?? 0))
}

/** Whether a body, however malformed, begins with the command `name`. */
export function isCommand(body: Buffer, name: string): boolean {
  return body[0] === name.length && body.toString("latin1", 1, 1 + name.length) === name
}

/** READY ends a handshake and brings metadata (37/ZMTP §The NULL Security Mechanism). */
export function buildReady(metadata: Uint8Array): Buffer {
  return buildCommand("READY", metadata)
}

/** ERROR refuses a peer; the reason has at most 255 visible characters. */
export function buildError(reason: string): Buffer {
  return buildCommand("ERROR", brief(Buffer.from(reason, "latin1"), "An ERROR reason"))
}

/** The reason that an ERROR gives. Octets after it are ignored, as in libzmq. */
export function parseError(body: Buffer): string {
  const data = commandData(body)
  const length = data[0]
  if (length === undefined || length > data.length - 1) {
    throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_ERROR", "The reason of the ERROR is cut short")
  }
  return data.toString("latin1", 1, 1 + length)
}

/** SUBSCRIBE, to peers of version 3.1 (37/ZMTP §The Publish-Subscribe Pattern). */
export function buildSubscribe(prefix: Uint8Array): Buffer {
  return buildCommand("SUBSCRIBE", prefix)
}

/** CANCEL undoes one SUBSCRIBE of the same prefix. */
export function buildCancel(prefix: Uint8Array): Buffer {
  return buildCommand("CANCEL", prefix)
}

/** JOIN, of a DISH that wants the messages of a group (37/ZMTP §The Radio-Dish Pattern). */
export function buildJoin(group: Uint8Array): Buffer {
  return buildCommand("JOIN", group)
}

/** LEAVE undoes a JOIN of the same group. */
export function buildLeave(group: Uint8Array): Buffer {
  return buildCommand("LEAVE", group)
}

/** A PING: `ttl` in tenths of a second, 0 for none, and what the PONG shall echo. */
export interface Ping {
  readonly ttl: number
  readonly context: Buffer
}

/** PING; `ttl` in tenths of a second, from 0 to 65535, `context` of at most 16 octets. */
export function buildPing(ttl: number, context: Uint8Array = EMPTY): Buffer {
  const data = Buffer.allocUnsafe(2 + context.length)
  data.writeUInt16BE(ttl)
  data.set(context, 2)
  return buildCommand("PING", data)
}

export function parsePing(body: Buffer): Ping {
  const data = commandData(body)
  if (data.length < 2) throw malformed("The PING has no whole TTL")
  return { ttl: data.readUInt16BE(), context: pingContext(data.subarray(2)) }
}

export function buildPong(context: Uint8Array): Buffer {
  return buildCommand("PONG", context)
}

/** The context that a PONG echoes. */
export function parsePong(body: Buffer): Buffer {
  return pingContext(commandData(body))
}

function pingContext(context: Buffer): Buffer {
  if (context.length > MAX_PING_CONTEXT)
    throw malformed(`The context has ${context.length} octets, more than 16`)
  return context
}

/** What a PLAIN client proves itself with: each at most 255 octets. */
export interface Credentials {
  readonly username: Buffer
  readonly password: Buffer
}

/** HELLO, of a PLAIN client (24/ZMTP-PLAIN). */
export function buildHello(username: Uint8Array, password: Uint8Array): Buffer {
  return buildCommand("HELLO", Buffer.concat([brief(username, "A username"), brief(password, "A password")]))
}

export function parseHello(body: Buffer): Credentials {
  const data = commandData(body)
  const [username, afterUsername] = takeBrief(data, "ERR_ZMTP_MALFORMED_COMMAND_HELLO", "username")
  const [password, rest] = takeBrief(afterUsername, "ERR_ZMTP_MALFORMED_COMMAND_HELLO", "password")
  if (rest.length > 0) {
    throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_HELLO", "The HELLO goes on after the password")
  }
  return { username, password }
}

/** WELCOME, of a PLAIN server that accepts the credentials. */
export function buildWelcome(): Buffer {
  return buildCommand("WELCOME")
}

/** A PLAIN server's WELCOME is its name alone. */
export function parseWelcome(body: Buffer): void {
  if (commandData(body).length > 0) {
    throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", "The WELCOME has data")
  }
}

/** INITIATE, of a PLAIN client that was welcomed. */
export function buildInitiate(metadata: Uint8Array): Buffer {
  return buildCommand("INITIATE", metadata)
}

function brief(bytes: Uint8Array, what: string): Buffer {
  if (bytes.length > 255) throw new RangeError(`${what} has at most 255 octets, not ${bytes.length}`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

function takeBrief(data: Buffer, code: ProtocolErrorCode, what: string): [taken: Buffer, rest: Buffer] {
  const end = 1 + (data[0] ?? 0)
  if (data.length < end) throw new ProtocolError(code, `The ${what} is cut short`)
  return [data.subarray(1, end), data.subarray(end)]
}

function malformed(detail: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", detail)
}
