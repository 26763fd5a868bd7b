/** Arguments: mistakes and the TypeErrors they throw, constructor options, and what becomes of messages. */
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import {
  bindTcp,
  drain,
  joined,
  make,
  makeAny,
  native,
  outcome,
  ours,
  parity,
  settled,
  type Library,
  type Results,
  inproc,
} from "./support.js"

/** Calls without the help of types. */
function call(object: object, method: string, ...args: unknown[]): Promise<unknown> {
  return settled(() => (Reflect.get(object, method) as (...args: unknown[]) => unknown).apply(object, args))
}

function construct(library: Library, name: string, ...args: unknown[]): Promise<unknown> {
  return outcome(() => {
    const Type = Reflect.get(library, name) as new (...args: unknown[]) => { close?: () => void }
    const made = new Type(...args)
    if (made instanceof library.Socket) made.close()
    return made instanceof library.Socket ? "made" : made.constructor.name
  })
}

describe("constructors", () => {
  parity("take options as native's do", async library => {
    const bags: Record<string, unknown> = {
      undefined: undefined,
      null: null,
      "1": 1,
      "'x'": "x",
      true: true,
      "[]": [],
      "a function": () => undefined,
      "{}": {},
      "{foo: 1}": { foo: 1 },
      "{foo: undefined}": { foo: undefined },
      "{linger: undefined}": { linger: undefined },
      "{linger: '1'}": { linger: "1" },
      "{linger: -2}": { linger: -2 },
      "{receiveTimeout: 1} for a Push": { receiveTimeout: 1 },
      "{type: 1}": { type: 1 },
      "{closed: true}": { closed: true },
      "{lastEndpoint: 'x'}": { lastEndpoint: "x" },
      "{send: 1}": { send: 1 },
      "{context: undefined}": { context: undefined },
      "{context: null}": { context: null },
      "{context: {}}": { context: {} },
      "{context: 5}": { context: 5 },
    }
    const results: Results = {}
    for (const [shown, bag] of Object.entries(bags)) {
      // Where the property stands on the prototype chain is V8's to tell, and its words name the class.
      results[shown] = await construct(library, "Push", bag)
    }
    results["two arguments"] = await construct(library, "Push", {}, 1)
    for (const [shown, bag] of [
      ["1", 1],
      ["null", null],
      ["{foo: 1}", { foo: 1 }],
    ] as const) {
      results[`Context(${shown})`] = await construct(library, "Context", bag)
    }
    return results
  })

  parity("set options in order, from own properties only, and leave the bag alone", async library => {
    const context = new library.Context()
    const bag = { context, linger: 5, sendHighWaterMark: 3 }
    const push = make(library.Push, bag as object)
    const inherited = make(library.Push, Object.create({ linger: 7 }) as object)
    return {
      linger: push.linger,
      mark: push.sendHighWaterMark,
      context: push.context === context,
      inherited: inherited.linger,
    }
  })

  it("leave the context in the bag that was given, where native takes it out", () => {
    const context = new ours.Context()
    const bag = { context, linger: 0 }
    make(ours.Push, bag)
    expect(Object.keys(bag)).toEqual(["context", "linger"])
    expect(make(ours.Push, Object.freeze({ ...bag })).context).toBe(context)
  })

  it("cannot be called without new", () => {
    expect(() => (ours.Push as unknown as () => void)()).toThrow(TypeError)
    expect(() => (ours.Context as unknown as () => void)()).toThrow(TypeError)
  })

  it("throw for an Observer of no socket", async () => {
    expect(await construct(ours, "Observer")).toEqual([
      "throws",
      "TypeError: Socket must be a socket object {}",
    ])
    expect(() => new ours.Observer({})).toThrow("Invalid argument")
  })
})

describe("calls", () => {
  const NO_ADDRESSES: readonly (readonly unknown[])[] = [
    [],
    [5],
    [null],
    [undefined],
    [inproc("a"), inproc("b")],
    [new String(inproc("x"))],
  ]
  for (const method of ["bind", "unbind", "connect", "disconnect", "bindSync", "unbindSync"]) {
    parity(`${method} checks its address`, async library => {
      const results: Results = {}
      const socket = makeAny(library, "Push")
      for (const args of NO_ADDRESSES) results[JSON.stringify(args)] = await call(socket, method, ...args)
      return results
    })
  }

  parity("receive, close and those of events take no arguments", async library => {
    const pull = makeAny(library, "Pull")
    return {
      "receive(1)": await call(pull, "receive", 1),
      "receive(undefined)": await call(pull, "receive", undefined),
      "receive({})": await call(pull, "receive", {}),
      "receive(null)": await call(pull, "receive", null),
      "receive({}, 1)": await call(pull, "receive", {}, 1),
      "close(1)": await call(pull, "close", 1),
      "events.receive(1)": await call(pull.events, "receive", 1),
      "events.close(1)": await call(pull.events, "close", 1),
      "events.on()": await call(pull.events, "on"),
      "events.on('bind', 5)": await call(pull.events, "on", "bind", 5),
    }
  })

  parity("subscribe and unsubscribe take strings and buffers", async library => {
    const results: Results = {}
    const sub = makeAny(library, "Subscriber")
    const cases: [string, ...unknown[]][] = [
      ["nothing"],
      ["two", "a", "b"],
      ["a buffer", Buffer.from("x")],
      ["an empty string", ""],
      ["a number", 5],
      ["null", null],
      ["undefined", undefined],
      ["an array", ["a"]],
      ["a typed array", new Uint8Array([1])],
      ["a string and a number", "ok", 5],
    ]
    for (const [shown, ...args] of cases) {
      results[`subscribe ${shown}`] = await call(sub, "subscribe", ...args)
      results[`unsubscribe ${shown}`] = await call(sub, "unsubscribe", ...args)
    }
    sub.close()
    results["subscribe when closed"] = await call(sub, "subscribe", "x")
    results["unsubscribe when closed"] = await call(sub, "unsubscribe")
    results["subscribe(5) when closed"] = await call(sub, "subscribe", 5)
    return results
  })
})

/** What is sent, by how it would be written. */
const MESSAGES: [string, unknown][] = [
  ["null", null],
  ["text", "héé€"],
  ["half a surrogate pair", "\ud800"],
  ["a zero character", "a\0b"],
  ["an empty string", ""],
  ["5", 5],
  ["-0", -0],
  ["1.5", 1.5],
  ["NaN", NaN],
  ["1e21", 1e21],
  ["10n", 10n],
  ["true", true],
  ["{}", {}],
  ["an object with text", { toString: () => "T" }],
  ["an object without text", Object.create(null)],
  ["a symbol", Symbol("x")],
  ["[]", []],
  ["[undefined]", [undefined]],
  ["[null, 'a']", [null, "a"]],
  ["nested arrays", [["a", "b"], "c"]],
  // eslint-disable-next-line no-sparse-arrays -- Holes are what is tested.
  ["a hole", ["a", , "c"]],
  ["an array with a symbol", ["a", Symbol("x")]],
  [
    "an array whose text throws",
    [
      "a",
      {
        toString() {
          throw new RangeError("boom")
        },
      },
    ],
  ],
  ["a Uint8Array", new Uint8Array([1, 2])],
  ["a Uint16Array", new Uint16Array([1, 2])],
  ["part of a Float64Array", new Float64Array([1, 2]).subarray(1)],
  ["an ArrayBuffer", new Uint8Array([65, 66]).buffer],
  ["an ArrayBuffer of another realm", runInNewContext("new Uint8Array([65, 66]).buffer")],
  ["a Uint8Array of another realm", runInNewContext("new Uint8Array([65, 66])")],
  ["a SharedArrayBuffer", new SharedArrayBuffer(3)],
  ["a buffer on a SharedArrayBuffer", Buffer.from(new SharedArrayBuffer(3))],
  ["a DataView", new DataView(new Uint8Array([65, 66, 67, 68]).buffer, 1, 2)],
  ["a date", new Date(Date.UTC(2020, 1, 1))],
  ["a String object", new String("s")],
  ["a Map", new Map()],
  ["a promise", Promise.resolve()],
  ["an empty buffer", Buffer.alloc(0)],
  ["something like an array", { length: 1, 0: "a" }],
]

const AS_BYTES = {
  "a SharedArrayBuffer": {
    ours: [["resolves", undefined], ["\0\0\0"]],
    why: "Sent as bytes, as its type says",
  },
  "a DataView": { ours: [["resolves", undefined], ["BC"]], why: "Sent as bytes, as its type says" },
}

describe("messages", () => {
  for (const transport of ["inproc", "tcp"] as const) {
    parity(
      `over ${transport} become bytes as native makes them`,
      async library => {
        const push = makeAny(library, "Push")
        const pull = makeAny(library, "Pull")
        if (transport === "tcp") await joined(push, pull)
        else {
          await push.bind(inproc("messages"))
          pull.connect(inproc("messages"))
        }
        const results: Results = {}
        for (const [shown, message] of MESSAGES) {
          const sent = await call(push, "send", message)
          // Another message behind it shows where it ends, and what was not sent at all.
          await push.send("end")
          const arrived: string[] = []
          for (;;) {
            const parts = (await pull.receive()).map(part => part.toString("latin1"))
            if (parts.join() === "end") break
            arrived.push(parts.join("|"))
          }
          results[shown] = [sent, arrived]
        }
        results["send()"] = await call(push, "send")
        results["send(undefined)"] = await call(push, "send", undefined)
        results["send('a', 'b')"] = await call(push, "send", "a", "b")
        results["send(undefined, 1)"] = await call(push, "send", undefined, 1)
        return results
      },
      AS_BYTES,
    )
  }

  parity("received parts are plain Buffers of their own", async library => {
    const push = makeAny(library, "Push")
    const pull = makeAny(library, "Pull")
    await joined(push, pull)
    await push.send(["a", Buffer.alloc(1000, "b")])
    const parts = await pull.receive()
    return {
      array: Array.isArray(parts),
      kinds: parts.map(part => [Buffer.isBuffer(part), Object.getPrototypeOf(part) === Buffer.prototype]),
      lengths: parts.map(part => part.length),
    }
  })

  for (const transport of ["inproc", "tcp"] as const) {
    it(`over ${transport} are as they were when send was called: small parts, and the array`, async () => {
      const push = make(ours.Push)
      const pull = make(ours.Pull)
      if (transport === "tcp") await joined(push, pull)
      else {
        await push.bind(inproc("kept"))
        pull.connect(inproc("kept"))
      }
      const part = Buffer.from("aaaa")
      const message = [part, "b"]
      const sent = push.send(message)
      part.fill("z")
      message.push("c")
      await sent
      expect((await pull.receive()).map(String)).toEqual(["aaaa", "b"])
    })
  }

  it("that wait for a peer are as they were when send was called", async () => {
    const push = make(ours.Push)
    const pull = make(ours.Pull)
    const part = Buffer.from("aaaa")
    const message = [part, "b"]
    const sent = push.send(message)
    part.fill("z")
    message.push("c")
    const endpoint = await bindTcp(pull)
    push.connect(endpoint)
    await sent
    expect((await pull.receive()).map(String)).toEqual(["aaaa", "b"])
  })

  parity(
    "parts for an inproc peer may be written to once they are sent, large ones too",
    async library => {
      const push = makeAny(library, "Push")
      const pull = makeAny(library, "Pull")
      await push.bind(inproc("copied"))
      pull.connect(inproc("copied"))
      const results: Results = {}
      for (const length of [128, 129]) {
        const part = Buffer.alloc(length, "a")
        await push.send(part)
        const [received] = await pull.receive()
        part.fill("z")
        results[`${length} bytes`] = received?.toString("latin1", 0, 1)
      }
      return results
    },
    { "129 bytes": { ours: "a", why: "Only native's C++ can make two ArrayBuffers of one piece of memory" } },
  )

  parity(
    "an empty array sends nothing, and ours waits for no peer to do it",
    async library => ({ "send([])": await outcome(() => makeAny(library, "Push").send([])) }),
    { "send([])": { ours: ["resolves", undefined], why: "Nothing is sent, so nothing is waited for" } },
  )

  it("of ours and of native mean the same to each other", async ({ skip }) => {
    if (typeof native === "string") return skip(`native zeromq does not load: ${native}`)
    const push = makeAny(ours, "Push")
    const pull = makeAny(native, "Pull")
    const endpoint = await bindTcp(pull)
    push.connect(endpoint)
    await push.send(["", "€", Buffer.alloc(300, "x"), 5])
    const parts = await pull.receive()
    expect(parts.map(String)).toEqual(["", "€", "x".repeat(300), "5"])
    expect(await drain(pull)).toEqual([])
  })
})
