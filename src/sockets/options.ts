/**
 * The options of sockets and contexts at work: new values, reading and setting with native's checks, and the
 * accessors on the classes, all by the tables of `option-table.ts`. The rest of the library reads the values as
 * plain properties; `lastEndpoint` and subscriptions belong to the sockets.
 */
import { errnoError } from "./errors.js"
import {
  CONTEXT_OPTIONS,
  EMPTY,
  SOCKET_OPTIONS,
  SocketKind,
  type Option,
  type OptionType,
  type OptionValue,
} from "./option-table.js"

export {
  CONTEXT_OPTIONS,
  EMPTY,
  READABLE,
  SOCKET_OPTIONS,
  SocketKind,
  type Option,
  type OptionType,
} from "./option-table.js"

/** Write-only numbers that carry a subscription; the sockets that have them handle them. */
export const SUBSCRIBE = 6
export const UNSUBSCRIBE = 7

/** What the `verbosity` of an XPublisher sets, and a number that the socket answers for. */
export const XPUB_VERBOSE = 40
export const XPUB_VERBOSER = 78
export const TOPICS_COUNT = 116

/** The security mechanisms by the numbers of ZMQ_MECHANISM. */
export const MechanismId = { NULL: 0, PLAIN: 1, CURVE: 2 } as const

interface ValueOf {
  Bool: boolean
  Int32: number
  Uint32: number
  Int64: number
  Uint64: number
  String: Buffer
}

type Row = (typeof SOCKET_OPTIONS)[number]
type StoredRow = Exclude<Row, { computed: true }>

/**
 * The values of one socket: a plain property for each stored option, whether its class shows it or not. Numbers
 * are in the option's unit; strings are bytes, empty when unset. libzmq copies them at each bind and connect.
 */
export type OptionValues = { [R in StoredRow as R["name"]]: ValueOf[R["type"]] } & {
  readonly kind: SocketKind
  /** What the PLAIN and CURVE options, in the order in which they were set, have chosen. */
  mechanism: (typeof MechanismId)[keyof typeof MechanismId]
  asServer: boolean
  tcpAcceptFilters: readonly string[]
}

type Stored = Record<string, OptionValue>

/** What a context gives to its new sockets. */
export interface SocketDefaults {
  readonly ipv6: boolean
  readonly blocky: boolean
}

// Object.fromEntries and the spread below make objects whose properties V8 reads as fast as a class's fields;
// an object filled in a loop would become a dictionary.
const INITIAL: Readonly<OptionValues> = Object.fromEntries<unknown>([
  ...(SOCKET_OPTIONS as readonly Option[])
    .filter(row => row.computed !== true)
    .map(row => [row.name, row.initial] as const),
  ["kind", 0],
  ["mechanism", MechanismId.NULL],
  ["asServer", false],
  ["tcpAcceptFilters", []],
]) as OptionValues

/** Sockets whose messages are subscriptions only, which nobody misses: they do not linger. */
const READ_ONLY: ReadonlySet<SocketKind> = new Set([
  SocketKind.Subscriber,
  SocketKind.XSubscriber,
  SocketKind.Dish,
])

/** The types that heed ZMQ_CONFLATE. */
const CONFLATES: ReadonlySet<SocketKind> = new Set([
  ...[SocketKind.Pull, SocketKind.Push, SocketKind.Subscriber, SocketKind.Publisher, SocketKind.Dealer],
])

/** The types that libzmq lets threads share: those whose messages have a single part. */
const THREAD_SAFE: ReadonlySet<SocketKind> = new Set([
  ...[SocketKind.Server, SocketKind.Client, SocketKind.Radio, SocketKind.Dish, SocketKind.Gather],
  ...[SocketKind.Scatter, SocketKind.Peer, SocketKind.Channel],
])

/** Makes the values that a new socket begins with. */
export function createOptionValues(
  kind: SocketKind,
  { ipv6, blocky }: SocketDefaults = { ipv6: false, blocky: true },
): OptionValues {
  const lingers = blocky && !READ_ONLY.has(kind)
  return { ...INITIAL, kind, ipv6, linger: lingers ? INITIAL.linger : 0 }
}

const BY_ID: ReadonlyMap<number, Option> = new Map(
  (SOCKET_OPTIONS as readonly Option[]).map(row => [row.id, row]),
)

const IMMEDIATE: ReadonlySet<number> = new Set([
  SUBSCRIBE,
  UNSUBSCRIBE,
  ...(SOCKET_OPTIONS as readonly Option[]).filter(row => row.immediate).map(row => row.id),
])

const TYPE_FAULTS = {
  Bool: "Option value must be a boolean",
  Int32: "Option value must be a number",
  Uint32: "Option value must be a number",
  Int64: "Option value must be a number",
  Uint64: "Option value must be a number",
  String: "Option value must be a string or buffer",
} as const satisfies Record<OptionType, string>

/** Bytes of a value in libzmq's interface, where a wrong size is refused; strings may have any. */
const SIZE = { Bool: 4, Int32: 4, Uint32: 4, Int64: 8, Uint64: 8, String: 0 } as const satisfies Record<
  OptionType,
  number
>

/** Longest string that native's getter can hold, with its final zero. */
const LONGEST_READ = 1024

const OUTSIDE_EFFECT = "Socket option will not take effect until next connect/bind."
const INEXACT = "Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately."

/** Throws native's error unless an option's identifier is a number. */
function checkIdentifier(id: unknown): asserts id is number {
  if (typeof id !== "number") throw new TypeError("Identifier must be a number")
}

/** A user's value as the bytes, or the number, that libzmq is given. */
function convert(type: OptionType, value: unknown): number | Buffer {
  if (type === "Bool") {
    if (typeof value === "boolean") return value ? 1 : 0
  } else if (type === "String") {
    if (value === null) return EMPTY
    if (typeof value === "string") return Buffer.from(value)
    // Copied, as libzmq copies: the user may go on to overwrite it.
    if (ArrayBuffer.isView(value))
      return Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  } else if (typeof value === "number") {
    return type === "Uint64" ? toUint64(value) : type === "Int64" ? toInt64(value) : value | 0
  }
  throw new TypeError(TYPE_FAULTS[type])
}

function toInt64(value: number): number {
  if (!Number.isFinite(value)) return 0
  return Math.min(Math.max(Math.trunc(value), -(2 ** 63)), 2 ** 63) + 0
}

function toUint64(value: number): number {
  if (value < 0) return 0
  if (value > Number.MAX_SAFE_INTEGER) process.emitWarning(INEXACT)
  return Number.isNaN(value) ? 0 : Math.min(Math.trunc(value), 2 ** 64) + 0
}

/** Whether a row takes a value that was converted from `given`, which is empty of itself or cleared. */
function accepts(row: Option, given: unknown, value: number | Buffer): boolean {
  if (typeof value === "number") return value >= (row.min ?? -Infinity) && value <= (row.max ?? Infinity)
  if (value.length > (row.maxBytes ?? Infinity)) return false
  if (row.lengths?.includes(value.length) === false) return false
  if (value.length > 0) return true
  // libzmq tells null from the empty string; native hands it null for an empty Buffer too.
  return row.empty === "accepted" || (row.empty === "clears" && given !== "")
}

/** An accept filter as `address` or `address/bits`; names and devices are refused, as by libzmq. */
function isAcceptFilter(filter: string, ipv6: boolean): boolean {
  const slash = filter.lastIndexOf("/")
  const address = slash < 0 ? filter : filter.slice(0, slash)
  const four =
    /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && address.split(".").every(octet => Number(octet) < 256)
  const six = ipv6 && address.includes(":") && URL.canParse(`http://[${address}]`)
  if (!four && !six) return false
  if (slash < 0) return true
  const bits = filter.slice(slash + 1)
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (four ? 32 : 128)
}

function find(values: OptionValues, id: number, type: OptionType, access: "r" | "w"): Option {
  const row = BY_ID.get(Math.trunc(id))
  if (
    row === undefined ||
    !row.access.includes(access) ||
    (access === "r" && row.unreadable === true) ||
    SIZE[row.type] !== SIZE[type] ||
    (row.own !== undefined && (row.own === true ? row.kinds : row.own)?.includes(values.kind) !== true)
  ) {
    throw errnoError("EINVAL")
  }
  return row
}

/** Answers for the options that only the socket knows: `lastEndpoint`, and the count of topics. */
export type OptionResolver = (id: number) => string | number | null

function computed(
  values: OptionValues,
  row: Option,
  resolve: OptionResolver | undefined,
): number | string | null {
  switch (row.name as Extract<Row, { computed: true }>["name"]) {
    case "type":
      return values.kind
    case "lastEndpoint":
      return resolve?.(row.id) ?? null
    case "topicsCount":
      return resolve?.(row.id) ?? 0
    case "securityMechanism":
      return values.mechanism
    case "plainServer":
      return values.asServer && values.mechanism === MechanismId.PLAIN ? 1 : 0
    case "curveServer":
      return values.asServer && values.mechanism === MechanismId.CURVE ? 1 : 0
    case "threadSafe":
      return THREAD_SAFE.has(values.kind) ? 1 : 0
    case "tcpAcceptFilter":
    case "curvePublicKey":
    case "curveSecretKey":
    case "curveServerKey":
    case "vmciBufferSize":
    case "vmciBufferMinSize":
    case "vmciBufferMaxSize":
    case "vmciConnectTimeout":
      throw errnoError("EINVAL")
  }
}

/** Bytes as native's getter shows them: null when there are none, and nothing after a zero byte. */
function decode(row: Option, bytes: Buffer): string | null {
  if (bytes.length >= LONGEST_READ) throw errnoError("EINVAL")
  const none = bytes.length === 0 || (row.name === "routingId" && bytes.length === 1 && bytes[0] === 0)
  if (none) return null
  const zero = bytes.indexOf(0)
  return bytes.toString("utf8", 0, zero < 0 ? bytes.length : zero)
}

/**
 * Reads an option as native's `get…Option(id)` does.
 * @param resolve Answers for the options that only the socket knows.
 * @throws EINVAL when the option is unknown to this socket, write-only, or of another size.
 */
export function getOption(
  values: OptionValues,
  id: unknown,
  type: OptionType,
  resolve?: OptionResolver,
): boolean | number | string | null {
  checkIdentifier(id)
  const row = find(values, id, type, "r")
  const stored =
    row.computed === true ? computed(values, row, resolve) : (values as unknown as Stored)[row.name]
  if (typeof stored === "string" || stored === null || stored === undefined) return stored ?? null
  if (Buffer.isBuffer(stored)) return decode(row, stored)
  const number = Number(stored)
  return type === "Bool" ? number !== 0 : type === "Uint32" ? number >>> 0 : number
}

/**
 * Sets an option as native's `set…Option(id, value)` does.
 * @param active Whether the socket is bound, connected or closed: then most options warn that they come late.
 * @throws TypeError when the value is not of `type`; EINVAL when the option is unknown to this socket, read-only,
 *   or the value out of range; ENOTSUP for options that a later version will honour.
 */
export function setOption(
  values: OptionValues,
  id: unknown,
  type: OptionType,
  value: unknown,
  active = false,
): void {
  checkIdentifier(id)
  checkValue(type, value)
  if (active) warnUnlessImmediate(id)
  const converted = convert(type, value)
  const row = find(values, id, type, "w")
  if (!accepts(row, value, converted)) throw errnoError("EINVAL")
  // What switches a feature off needs no support for it.
  const nothing = typeof converted === "number" ? converted === 0 : converted.length === 0
  if (row.later !== undefined && !nothing) {
    throw errnoError(
      "ENOTSUP",
      `Option ${row.name} is not supported yet: ${row.later} comes in a later version`,
    )
  }
  store(values, row, converted)
}

function store(values: OptionValues, row: Option, value: number | Buffer): void {
  if (typeof value !== "number") return storeBytes(values, row, value)
  switch (row.name) {
    case "plainServer":
      values.asServer = value === 1
      values.mechanism = value === 1 ? MechanismId.PLAIN : MechanismId.NULL
      return
    case "curveServer":
      values.asServer = false
      values.mechanism = MechanismId.NULL
      return
    case "verbose":
      values.verbose = value !== 0
      values.verboser = false
      return
    case "verboser":
      values.verbose = values.verboser = value !== 0
      return
    case "manualLastValue":
      values.manual = values.manualLastValue = value !== 0
      return
    case "conflate":
      // libzmq takes it from every type, and heeds it with these alone.
      values.conflate = value !== 0 && CONFLATES.has(values.kind)
      return
    case "heartbeatTimeToLive":
      // 37/ZMTP §Heartbeating counts in tenths of a second, and so does libzmq inside.
      values.heartbeatTimeToLive = Math.trunc(value / 100) * 100 + 0
      return
    default:
      ;(values as unknown as Stored)[row.name] = row.type === "Bool" ? value !== 0 : value
  }
}

function storeBytes(values: OptionValues, row: Option, value: Buffer): void {
  switch (row.name) {
    case "tcpAcceptFilter": {
      const filter = value.toString()
      if (filter !== "" && !isAcceptFilter(filter, values.ipv6)) throw errnoError("EINVAL")
      values.tcpAcceptFilters = filter === "" ? [] : [...values.tcpAcceptFilters, filter]
      return
    }
    case "plainUsername":
    case "plainPassword":
      // libzmq forgets the mechanism, yet keeps the credential.
      if (value.length === 0) {
        values.mechanism = MechanismId.NULL
        return
      }
      values.asServer = false
      values.mechanism = MechanismId.PLAIN
      values[row.name] = value
      return
    default:
      ;(values as unknown as Stored)[row.name] = value
  }
}

/** Throws native's TypeError unless `value` can be an option of this type. */
export function checkValue(type: OptionType, value: unknown): void {
  const fits =
    type === "Bool"
      ? typeof value === "boolean"
      : type === "String"
        ? value === null || typeof value === "string" || ArrayBuffer.isView(value)
        : typeof value === "number"
  if (!fits) throw new TypeError(TYPE_FAULTS[type])
}

/** Warns, as native does, that an option set on a bound, connected or closed socket comes late. */
export function warnUnlessImmediate(id: number): void {
  if (!IMMEDIATE.has(Math.trunc(id))) process.emitWarning(OUTSIDE_EFFECT)
}

/** Bytes of a subscription given to `subscribe` or `setStringOption(6, ...)`; throws as native does. */
export function subscriptionBytes(prefix: unknown): Buffer {
  return convert("String", prefix) as Buffer
}

type Getter = `get${OptionType}Option`
type Setter = `set${OptionType}Option`
type Accessible = Record<Getter, (id: number) => unknown> &
  Record<Setter, (id: number, value: unknown) => void>

function define(prototype: object, row: Option): void {
  const { name, id, words } = row
  const getter: Getter = `get${row.type}Option`
  const setter: Setter = `set${row.type}Option`
  const descriptor: PropertyDescriptor = {}
  if (row.access.includes("r")) {
    descriptor.get = function get(this: Accessible) {
      const value = this[getter](id)
      return words === undefined ? value : words[value as number]
    }
  }
  if (row.access.includes("w")) {
    descriptor.set = function set(this: Accessible, value: unknown) {
      this[setter](id, value)
    }
  }
  Object.defineProperty(prototype, name, descriptor)
}

/**
 * Defines the options' accessors on a class, as native does: not enumerable and not configurable, calling the
 * instance's `get…Option(id)` and `set…Option(id, value)`.
 * @param kind The socket type whose own options to define, or "all" for the options of every socket.
 */
export function defineOptionAccessors(prototype: object, kind: SocketKind | "all"): void {
  for (const row of SOCKET_OPTIONS as readonly Option[]) {
    if (row.hidden === true) continue
    if (kind === "all" ? row.kinds === undefined : row.kinds?.includes(kind)) define(prototype, row)
  }
}

/** The values of one context. */
export type ContextValues = {
  [R in (typeof CONTEXT_OPTIONS)[number] as R["name"]]: ValueOf[R["type"]]
}

/** Makes the values that a new context begins with. */
export function createContextValues(): ContextValues {
  return Object.fromEntries<unknown>(CONTEXT_OPTIONS.map(row => [row.name, row.initial])) as ContextValues
}

function findContextOption(id: number, type: OptionType, access: "r" | "w"): Option {
  const row = (CONTEXT_OPTIONS as readonly Option[]).find(
    ({ id: own, access: allowed }) => own === Math.trunc(id) && allowed.includes(access),
  )
  if (row === undefined || SIZE[row.type] !== SIZE[type]) throw errnoError("EINVAL")
  return row
}

/** Reads an option of a context as native's `get…Option(id)` does. */
export function getContextOption(
  values: ContextValues,
  id: unknown,
  type: "Bool" | "Int32",
): boolean | number {
  checkIdentifier(id)
  const number = Number((values as unknown as Stored)[findContextOption(id, type, "r").name])
  return type === "Bool" ? number !== 0 : number
}

/** Sets an option of a context as native's `set…Option(id, value)` does. */
export function setContextOption(
  values: ContextValues,
  id: unknown,
  type: "Bool" | "Int32",
  value: unknown,
): void {
  checkIdentifier(id)
  const converted = convert(type, value)
  const row = findContextOption(id, type, "w")
  if (typeof converted !== "number" || !accepts(row, value, converted)) throw errnoError("EINVAL")
  ;(values as unknown as Stored)[row.name] = row.type === "Bool" ? converted !== 0 : converted
}

/** Defines the options' accessors on the class of contexts. */
export function defineContextAccessors(prototype: object): void {
  for (const row of CONTEXT_OPTIONS) define(prototype, row)
}
