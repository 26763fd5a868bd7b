/** The shape of the classes, as programs that look around find it: prototypes, instances, what inspection prints. */
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import {
  make,
  makeAny,
  outcome,
  ours,
  parity,
  settled,
  SOCKET_NAMES,
  type AnySocket,
  type Results,
} from "./support.js"

/** Each own property of an object: its flags, and whether it is a function, an accessor or a value. */
function members(object: object): Results {
  const descriptors: [PropertyKey, PropertyDescriptor][] = Reflect.ownKeys(object).map(key => [
    key,
    Reflect.getOwnPropertyDescriptor(object, key) ?? {},
  ])
  return Object.fromEntries(
    descriptors.map(([key, own]) => {
      const accessors = (own.get === undefined ? "" : " get") + (own.set === undefined ? "" : " set")
      return [String(key), typeof own.value === "function" ? "function" : accessors || typeof own.value]
    }),
  )
}

describe("the shape of the classes", () => {
  for (const name of SOCKET_NAMES) {
    parity(
      `${name}.prototype has native's members`,
      async library => members((Reflect.get(library, name) as { prototype: object }).prototype),
      {
        ...(/^(X?Publisher|Router)$/.test(name) && {
          dropped: { ours: " get", why: "Ours counts what it drops" },
        }),
        ...(name === "XPublisher" && {
          droppedNotices: { ours: " get", why: "Ours drops what nobody receives, and counts it" },
        }),
        ...(!/^(Push|Publisher)$/.test(name) && {
          zeroCopyReceive: { ours: " get set", why: "Ours can let parts share memory" },
        }),
      },
    )
  }

  parity(
    "Socket.prototype, Context.prototype and Observer.prototype have native's members",
    async library => {
      const shape: Results = {}
      for (const name of ["Socket", "Context", "Observer"] as const) {
        for (const [key, kind] of Object.entries(members(library[name].prototype))) {
          // Of draft sockets, whose methods native leaves on all of them; and of options yet to come.
          if (!/^(join|leave|curve\w+)$|ispose/.test(key)) shape[`${name}.${key}`] = kind
        }
      }
      return shape
    },
    {
      "Observer.emitter": { ours: undefined, why: "Private in native's types" },
      "Socket.trySend": { ours: "function", why: "The door beside promises" },
      "Socket.tryReceive": { ours: "function", why: "The door beside promises" },
      "Socket.batches": { ours: "function", why: "The door beside promises" },
    },
  )

  parity("an instance has nothing of its own, is sealed, and prints as native's", async library => {
    const shape: Results = {}
    for (const name of SOCKET_NAMES) {
      const socket = makeAny(library, name)
      const keys: string[] = []
      for (const key in socket) keys.push(key)
      shape[name] = {
        own: Reflect.ownKeys(socket),
        sealed: Object.isSealed(socket),
        extensible: Object.isExtensible(socket),
        inspected: inspect(socket),
        text: Object.prototype.toString.call(socket),
        json: JSON.stringify(socket),
        keys,
        constructor: socket.constructor.name,
        isSocket: socket instanceof library.Socket,
      }
    }
    shape.context = [inspect(library.context), Object.isSealed(library.context)]
    const socket = makeAny(library, "Pull")
    shape.events = [inspect(socket.events), socket.events === socket.events]
    shape["its context"] = socket.context === library.context
    return shape
  })

  parity("every class sends and receives at run time, and has native's other methods", async library => {
    const shape: Results = {}
    const methods = ["send", "receive", "subscribe", "unsubscribe", "bind", "bindSync", "unbindSync"]
    for (const name of SOCKET_NAMES) {
      const socket = makeAny(library, name)
      for (const method of methods) shape[`${name}.${method}`] = typeof Reflect.get(socket, method)
      shape[`${name} iterates`] = typeof Reflect.get(socket, Symbol.asyncIterator)
    }
    return shape
  })

  it("has Symbol.dispose and Symbol.asyncDispose where the platform knows them", () => {
    const socket = make(ours.Pull)
    expect(socket[Symbol.dispose]).toBeTypeOf("function")
    expect(socket[Symbol.asyncDispose]).toBeTypeOf("function")
    expect(Object.keys(ours.Socket.prototype)).not.toContain("dispose")
  })

  parity("refuses what is not there, and receivers that are no sockets", async library => {
    const push = makeAny(library, "Push")
    const receive = Reflect.get(library.Socket.prototype, "receive") as AnySocket["receive"]
    class Tagged extends library.Push {
      constructor() {
        super({ linger: 0 })
        Object.assign(this, { tag: 1 })
      }
    }
    return {
      "setting an unknown property": await outcome(() => {
        Object.assign(push, { foo: 1 })
      }),
      "reading an unknown property": Reflect.get(push, "foo") as unknown,
      "a subclass with fields": await outcome(() => new Tagged()),
      "receive.call({}) throws": ((await outcome(() => receive.call({} as never))) as string[])[0],
      "setting type": await outcome(() => Object.assign(push, { type: 1 })),
      "setting closed": await outcome(() => Object.assign(push, { closed: true })),
      "setting lastEndpoint": await outcome(() => Object.assign(push, { lastEndpoint: "x" })),
    }
  })

  parity("a class of the program's own names its socket type by number", async library => {
    const Any = library.Socket as unknown as new (type?: unknown, options?: unknown) => AnySocket
    class Worker extends Any {
      constructor(options?: object) {
        super(7, options)
      }
    }
    const worker = make(Worker, { linger: 5 })
    const push = make(library.Push)
    await push.bind("tcp://127.0.0.1:*")
    worker.connect(push.lastEndpoint ?? "")
    await push.send("task")
    const results: Results = { received: String((await worker.receive())[0]), linger: worker.linger }
    const bad: unknown[][] = [[], ["x"], [null], [{}], [99], [-1], [8, 1], [8, "x"], [8, {}, 3], [8, 1, 3]]
    for (const args of bad) results[JSON.stringify(args)] = await outcome(() => new Any(...args))
    for (const type of [8.9, NaN]) results[String(type)] = make(Any, type as never).type
    return results
  })

  parity("a subclass without fields works", async library => {
    class Own extends library.Push {
      own(): number {
        return this.linger
      }
    }
    const push = make(Own as new () => InstanceType<typeof Own>)
    push.linger = 7
    return { name: push.constructor.name, own: push.own(), inspected: inspect(push) }
  })

  parity("what a type lacks waits, and fails with ENOTSUP at its timeout", async library => {
    const results: Results = {}
    const lacking: [string, "send" | "receive", number][] = [
      ["Push", "receive", 27],
      ["Publisher", "receive", 27],
      ["Pull", "send", 28],
      ["Subscriber", "send", 28],
    ]
    for (const [name, method, timeout] of lacking) {
      const call = (socket: AnySocket): (() => unknown) =>
        method === "send" ? () => socket.send("x") : () => socket.receive()
      const socket = makeAny(library, name)
      results[`${name}.${method}()`] = await outcome(call(socket))
      results[`${name}.${method}() again`] = await outcome(call(socket))
      for (const milliseconds of [0, 5]) {
        const impatient = makeAny(library, name)
        setInt32(impatient, timeout, milliseconds)
        results[`${name}.${method}() within ${milliseconds} ms`] = await settled(call(impatient))
      }
    }
    return results
  })

  it("exports what the native package does, as far as it is built, under the same names", async () => {
    const built = Object.keys(ours).sort()
    expect(built).toEqual(
      expect.arrayContaining([...SOCKET_NAMES, "Context", "Observer", "Socket", "context"]),
    )
    const native = (await import("./support.js")).native
    // Beside these ours has one function of its own.
    const own = built.filter(name => name !== "transfer")
    if (typeof native !== "string") expect(Object.keys(native)).toEqual(expect.arrayContaining(own))
    expect(ours.version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  parity("options by number are checked as native checks them", async library => {
    const push = makeAny(library, "Push")
    const get = (type: string, ...args: unknown[]): Promise<unknown> =>
      outcome(() =>
        (Reflect.get(push, `get${type}Option`) as (...args: unknown[]) => unknown).apply(push, args),
      )
    const set = (type: string, ...args: unknown[]): Promise<unknown> =>
      outcome(() =>
        (Reflect.get(push, `set${type}Option`) as (...args: unknown[]) => unknown).apply(push, args),
      )
    return {
      "get()": await get("Int32"),
      "get('x')": await get("Int32", "x"),
      "get(17, 1)": await get("Int32", 17, 1),
      "get(9999)": await get("Int32", 9999),
      "get linger": await get("Int32", 17),
      "set(17)": await set("Int32", 17),
      "set(17, 1, 2)": await set("Int32", 17, 1, 2),
      "set(9999, 1)": await set("Int32", 9999, 1),
      "set linger": await set("Int32", 17, 3.9),
      "get linger then": await get("Int32", 17),
      "as int64": await get("Int64", 17),
      "routing id": [await set("String", 5, "id"), await get("String", 5)],
      lastEndpoint: await get("String", 32),
      type: await get("Int32", 16),
    }
  })
})

function setInt32(socket: AnySocket, option: number, value: number): void {
  ;(Reflect.get(socket, "setInt32Option") as (option: number, value: number) => void).call(
    socket,
    option,
    value,
  )
}

describe("versions of the library", () => {
  it("loads as one instance", async () => {
    const again = await import("../../src/index.js")
    expect(again.context).toBe(ours.context)
  })
})
