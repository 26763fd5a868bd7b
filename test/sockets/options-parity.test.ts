/**
 * Each option of every socket type, side by side with native: the same default, and the same outcome for
 * values on and beyond every edge. Skipped where the native package cannot load.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import {
  createContextValues,
  createOptionValues,
  defineContextAccessors,
  defineOptionAccessors,
  getContextOption,
  getOption,
  setContextOption,
  setOption,
  SocketKind,
  type OptionValues,
} from "../../src/sockets/options.js"

type Native = typeof import("zeromq")
const native: Native | undefined = await import("zeromq").catch(() => undefined)

const draft = await import("zeromq/draft.js").catch(() => undefined)

const STABLE = [
  ...(["Publisher", "Subscriber", "Request", "Reply", "Pull", "Push", "Dealer", "Router", "Pair"] as const),
  ...(["XPublisher", "XSubscriber", "Stream"] as const),
]
const DRAFT = ["Server", "Client", "Radio", "Dish", "Gather", "Scatter", "Datagram"] as const
const KINDS = [...STABLE, ...(draft === undefined ? [] : DRAFT)]

/** What native offers as well, and this library refuses until it has CURVE. */
const LATER = new Set(["curveServer", "curvePublicKey", "curveSecretKey", "curveServerKey"])

/** Whether a value switches an option off. */
function isNothing(value: unknown): boolean {
  return value === false || value === null || (ArrayBuffer.isView(value) && value.byteLength === 0)
}

const EDGES: readonly unknown[] = [
  ...[-2, -1, 0, 1, 1.5, 2, -0.5, -1.5, 99, -99, -100, 100, 6553599, 6553600, 2 ** 31 - 1, 2 ** 31, 2 ** 32],
  ...[2 ** 32 + 5, 2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63), 1e300, Infinity, -Infinity, NaN],
  ...[
    "",
    "x",
    "\0",
    "a\0b",
    "é",
    "127.0.0.1",
    "127.0.0.1/8",
    "127.0.0.1/0",
    "127.0.0.1/33",
    "127.0.0.1/",
    "::1",
  ],
  ...[
    "1.2.3.256",
    "lo",
    "localhost",
    ...[16, 17, 255, 256, 1022, 1024, 5000].map(length => "y".repeat(length)),
  ],
  ...[Buffer.from("x"), Buffer.from([255, 0, 1]), Buffer.from([0]), Buffer.alloc(0), new Uint8Array([65])],
  ...[new Uint16Array([65, 66]), new Uint8Array(0), new ArrayBuffer(2)],
  ...[null, true, false, undefined, {}, [], 1n, Symbol("s"), () => 1],
]

/** Numbers shown by nobody here (33, 69, 73), by some (23, 42, 54), write-only (52, 54), unknown (9999). */
const IDS = [4, 8, 16, 17, 17.9, 22, 23, 33, 39, 42, 43, 44, 52, 54, 57, 69, 73, 74, 76, 85, 9999]

/** A class whose accessors are ours, over values of its own. V8's complaints name it, as they name native's. */
function ourClass(kind: SocketKind) {
  class Socket {
    readonly values: OptionValues = createOptionValues(kind)
  }
  for (const type of ["Bool", "Int32", "Uint32", "Int64", "Uint64", "String"] as const) {
    Object.defineProperties(Socket.prototype, {
      [`get${type}Option`]: {
        value(this: Socket, id: number) {
          return getOption(this.values, id, type)
        },
      },
      [`set${type}Option`]: {
        value(this: Socket, id: number, value: unknown) {
          setOption(this.values, id, type, value)
        },
      },
    })
  }
  defineOptionAccessors(Socket.prototype, "all")
  defineOptionAccessors(Socket.prototype, kind)
  return Socket
}

/** The value a call gives, or what its error says. */
function outcome(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    const { name, message, code, errno } = error as NodeJS.ErrnoException
    return { name, message, code, errno }
  }
}

/** Accessors by name and flags, of an object and what it inherits, as far as the last class. */
function accessors(prototype: object): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { get, set, enumerable, configurable }] of Object.entries(
      Object.getOwnPropertyDescriptors(at),
    )) {
      if (found.has(name) || (get === undefined && set === undefined)) continue
      found.set(name, JSON.stringify([get !== undefined, set !== undefined, enumerable, configurable]))
    }
  }
  // Not of the table.
  for (const name of ["events", "context", "closed", "readable", "writable", "verbosity"]) found.delete(name)
  return found
}

describe.skipIf(native === undefined)("options beside native's", () => {
  const zmq = native as Native
  // Both sides warn of numbers beyond MAX_SAFE_INTEGER.
  beforeAll(() => void vi.spyOn(process, "emitWarning").mockReturnValue())
  afterAll(() => void vi.restoreAllMocks())

  describe.each(KINDS)("of %s", kind => {
    const Ours = ourClass(SocketKind[kind])
    const Theirs = { ...zmq, ...draft }[kind] as new () => object
    const names = [...accessors(Theirs.prototype as object).keys()]

    it("are the same properties, with the same flags", () => {
      expect(accessors(Ours.prototype)).toEqual(accessors(Theirs.prototype as object))
    })

    it.each(names)("%s has the same default, and the same outcome at every edge", name => {
      const theirs = new Theirs() as Record<string, unknown>
      const ours = new Ours() as unknown as Record<string, unknown>
      try {
        expect(outcome(() => ours[name])).toEqual(outcome(() => theirs[name]))
        for (const value of EDGES) {
          // A cast of NaN to an unsigned number differs from processor to processor.
          if (name === "affinity" && Number.isNaN(value)) continue
          const set = [ours, theirs].map(socket => outcome(() => void (socket[name] = value)))
          if (LATER.has(name) && set[1] === undefined && !isNothing(value)) {
            expect(set[0], String(value)).toMatchObject({ code: "ENOTSUP" })
            continue
          }
          expect(set[0], `set to ${String(value)}`).toEqual(set[1])
          expect(
            outcome(() => ours[name]),
            `read after ${String(value)}`,
          ).toEqual(outcome(() => theirs[name]))
        }
      } finally {
        ;(theirs as unknown as { close(): void }).close()
      }
    })
  })

  it("of PLAIN choose the mechanism as native's do, in any order", () => {
    const Ours = ourClass(SocketKind.Push)
    const steps = [
      ["plainServer", true],
      ["plainServer", false],
      ["plainUsername", "user"],
      ["plainServer", true],
      ["plainPassword", "secret"],
      ["plainUsername", null],
      ["plainServer", false],
      ["plainPassword", "other"],
      ["curveServer", false],
      ["plainPassword", Buffer.alloc(0)],
      ["plainServer", true],
      ["plainPassword", null],
    ] as const
    const theirs = new zmq.Push() as unknown as Record<string, unknown>
    const ours = new Ours() as unknown as Record<string, unknown>
    for (const [name, value] of steps) {
      for (const socket of [ours, theirs]) socket[name] = value
      for (const read of [
        "securityMechanism",
        "plainServer",
        "plainUsername",
        "plainPassword",
        "curveServer",
      ]) {
        expect(ours[read], `${read} after ${name} = ${String(value)}`).toEqual(theirs[read])
      }
    }
    ;(theirs as unknown as { close(): void }).close()
  })

  it("are reached by number and type as in native", () => {
    const theirs = new zmq.Request() as unknown as Record<string, (...args: unknown[]) => unknown>
    const values = createOptionValues(SocketKind.Request)
    for (const type of ["Bool", "Int32", "Uint32", "Int64", "Uint64"] as const) {
      for (const id of [...IDS, "17"]) {
        const label = `${type} ${String(id)}`
        for (const value of type === "Bool" ? [true, false] : [0, 1, 2, 2 ** 31, -1]) {
          // Native can read back what this library has no property for.
          const theirSet = outcome(() => theirs[`set${type}Option`]?.(id, value))
          expect(
            outcome(() => setOption(values, id, type, value)),
            `set ${label} to ${String(value)}`,
          ).toEqual(theirSet)
          if (id === 52 || id === 54) continue
          const theirGet = outcome(() => theirs[`get${type}Option`]?.(id))
          expect(
            outcome(() => getOption(values, id, type)),
            `get ${label}`,
          ).toEqual(theirGet)
        }
      }
    }
    theirs.close?.()
  })

  it("of contexts have the same properties, defaults and edges", () => {
    class Ours {
      readonly values = createContextValues()
      getBoolOption(id: number) {
        return getContextOption(this.values, id, "Bool")
      }
      setBoolOption(id: number, value: unknown) {
        setContextOption(this.values, id, "Bool", value)
      }
      getInt32Option(id: number) {
        return getContextOption(this.values, id, "Int32")
      }
      setInt32Option(id: number, value: unknown) {
        setContextOption(this.values, id, "Int32", value)
      }
    }
    defineContextAccessors(Ours.prototype)
    expect(accessors(Ours.prototype)).toEqual(accessors(zmq.Context.prototype))
    for (const name of accessors(zmq.Context.prototype).keys()) {
      const theirs = new zmq.Context() as unknown as Record<string, unknown>
      const ours = new Ours() as unknown as Record<string, unknown>
      expect(ours[name], name).toEqual(theirs[name])
      if (name === "maxSocketsLimit") continue
      for (const value of EDGES) {
        const label = `${name} = ${String(value)}`
        const set = [ours, theirs].map(context => outcome(() => void (context[name] = value)))
        expect(set[0], label).toEqual(set[1])
        expect(ours[name], label).toEqual(theirs[name])
      }
    }
  })
})
