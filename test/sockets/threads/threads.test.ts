/** inproc between threads of one process. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { giveAway, isAlone } from "../../support/memory.js"
import { inproc, make, makeAny, native, ours, settled, take, type Library, type Results } from "../support.js"
import { bundle, inThread } from "./support.js"

/**
 * Plays a scenario with ours. The results are native's too: set NATIVE_THREADS to play it with native as well, which
 * now and then ends the whole process when a thread that used it ends, and so is not done each time.
 */
function likeNative(name: string, scenario: (library: Library) => Promise<Results>, expected: Results): void {
  it(name, async () => {
    if (process.env.NATIVE_THREADS !== undefined && typeof native !== "string") {
      expect(await scenario(native), "native").toEqual(expected)
    }
    expect(await scenario(ours)).toEqual(expected)
  })
}

/** Binds in another thread, or connects: both must do. */
const ROLES = ["bind", "connect"] as const

describe("two sockets in two threads", () => {
  for (const there of ROLES) {
    likeNative(
      `exchange messages when the other thread is the one to ${there}`,
      async library => {
        const address = inproc(there)
        const pair = makeAny(library, "Pair")
        if (there === "connect") await pair.bind(address)
        else pair.connect(address)
        const sent = pair.send(["hello", Buffer.alloc(100_000, "x")])
        const thread = inThread(library, { address, there }, async ({ zmq, data }) => {
          const own = new zmq.Pair()
          if (data.there === "bind") await own.bind(data.address)
          else own.connect(data.address)
          const [head, body] = await own.receive()
          await own.send([
            head as Buffer,
            String(body?.length),
            String(body?.equals(Buffer.alloc(100_000, "x"))),
          ])
        })
        await sent
        return { reply: await take(pair, 1), exit: await thread.exit }
      },
      { reply: ["hello|100000|true"], exit: 0 },
    )
  }

  for (const there of ROLES) {
    likeNative(
      `pass on what was sent before the name was bound by a socket that has closed: the other thread ${there}s`,
      async library => {
        const address = inproc(`early-${there}`)
        if (there === "bind") {
          const push = makeAny(library, "Push")
          push.connect(address)
          for (const text of ["1", "2"]) await push.send(text)
          push.close()
        }
        const thread = inThread(library, { address, there }, async ({ zmq, data, say, hear }) => {
          if (data.there === "bind") {
            const pull = new zmq.Pull()
            await pull.bind(data.address)
            for (let i = 0; i < 2; i++) say(String((await pull.receive())[0]))
            return
          }
          const push = new zmq.Push()
          push.connect(data.address)
          for (const text of ["1", "2"]) await push.send(text)
          push.close()
          say("closed")
          await hear()
        })
        if (there === "bind") return { got: [await thread.said(), await thread.said()] }
        await thread.said()
        const pull = makeAny(library, "Pull")
        await pull.bind(address)
        const got = await take(pull, 2)
        thread.tell("end")
        return { got }
      },
      { got: ["1", "2"] },
    )
  }

  likeNative(
    "need not be in the main thread",
    async library => {
      const address = inproc("between")
      const server = inThread(library, address, async ({ zmq, data, say }) => {
        const reply = new zmq.Reply()
        await reply.bind(data)
        for (let i = 0; i < 3; i++) {
          const [request] = await reply.receive()
          await reply.send(`answer to ${String(request)}`)
        }
        say("done")
      })
      const client = inThread(library, address, async ({ zmq, data, say }) => {
        const request = new zmq.Request()
        request.connect(data)
        for (let i = 0; i < 3; i++) {
          await request.send(String(i))
          say(String((await request.receive())[0]))
        }
      })
      return {
        answers: [await client.said(), await client.said(), await client.said()],
        done: await server.said(),
        exits: [await client.exit, await server.exit],
      }
    },
    { answers: ["answer to 0", "answer to 1", "answer to 2"], done: "done", exits: [0, 0] },
  )

  likeNative(
    "tell each other their subscriptions",
    async library => {
      const address = inproc("pubsub")
      const publisher = makeAny(library, "XPublisher")
      await publisher.bind(address)
      const thread = inThread(library, address, async ({ zmq, data, say }) => {
        const subscriber = new zmq.Subscriber()
        subscriber.connect(data)
        subscriber.subscribe("a", "b")
        say(String((await subscriber.receive())[0]))
        subscriber.unsubscribe("a")
        say(String((await subscriber.receive())[0]))
      })
      const results: Record<string, unknown> = { subscriptions: await take(publisher, 2) }
      await publisher.send("c1")
      await publisher.send("a1")
      results.first = await thread.said()
      results.cancelled = await take(publisher, 1)
      await publisher.send("a2")
      await publisher.send("b2")
      results.second = await thread.said()
      return results
    },
    { subscriptions: ["\x01a", "\x01b"], first: "a1", cancelled: ["\0a"], second: "b2" },
  )

  likeNative(
    "know each other's routing ids",
    async library => {
      const address = inproc("ids")
      const router = makeAny(library, "Router")
      await router.bind(address)
      inThread(library, address, async ({ zmq, data }) => {
        const dealer = new zmq.Dealer({ routingId: "from afar" })
        dealer.connect(data)
        await dealer.send("hello")
        const [reply] = await dealer.receive()
        await dealer.send(reply as Buffer)
      })
      const hello = await take(router, 1)
      await router.send(["from afar", "and back"])
      return { hello, reply: await take(router, 1) }
    },
    { hello: ["from afar|hello"], reply: ["from afar|and back"] },
  )

  likeNative(
    "hold as many messages as their two marks together, and room again when half is read",
    async library => {
      const address = inproc("marks")
      const pull = makeAny(library, "Pull", { receiveHighWaterMark: 6 })
      await pull.bind(address)
      const thread = inThread(library, address, async ({ zmq, data, say, hear }) => {
        const push = new zmq.Push({ sendHighWaterMark: 4, sendTimeout: 0 })
        const fill = async (): Promise<number> => {
          for (let sent = 0; ; sent++) {
            try {
              await push.send(String(sent))
            } catch {
              return sent
            }
          }
        }
        push.connect(data)
        push.sendTimeout = -1
        await push.send("first")
        await hear()
        push.sendTimeout = 0
        say(await fill())
        await hear()
        push.sendTimeout = -1
        await push.send("room again")
        say("sent")
      })
      const results: Record<string, unknown> = { first: await take(pull, 1) }
      thread.tell("go on")
      results.filled = await thread.said()
      thread.tell("go on")
      results.half = await take(pull, 5)
      results.room = await thread.said()
      return results
    },
    { first: ["first"], filled: 9, half: ["0", "1", "2", "3", "4"], room: "sent" },
  )
})

describe("a name", () => {
  likeNative(
    "is one for all threads, and free again when its holder gives it up, closes, or ends",
    async library => {
      const address = inproc("name")
      const pull = makeAny(library, "Pull")
      await pull.bind(address)
      const thread = inThread(library, address, async ({ zmq, data, say, hear }) => {
        const own = new zmq.Pull()
        const attempt = async (): Promise<unknown> =>
          own.bind(data).then(
            () => "bound",
            (error: unknown) => (error as { code: string }).code,
          )
        say(await attempt())
        await hear()
        say(await attempt())
        await hear()
      })
      const results: Record<string, unknown> = { taken: await thread.said() }
      await pull.unbind(address)
      thread.tell("again")
      results.free = await thread.said()
      results["taken there"] = await settled(() => pull.bind(address))
      thread.tell("end")
      results.exit = await thread.exit
      results["free here"] = await settled(() => pull.bind(address))
      return results
    },
    {
      taken: "EADDRINUSE",
      free: "bound",
      "taken there": ["rejects", expect.stringContaining("code=EADDRINUSE")],
      exit: 0,
      "free here": ["resolves", undefined],
    },
  )

  likeNative(
    "belongs to the default context: another keeps its names from other threads",
    async library => {
      const address = inproc("own")
      const pull = makeAny(library, "Pull")
      await pull.bind(address)
      const thread = inThread(library, address, async ({ zmq, data, say }) => {
        const context = new zmq.Context()
        const own = new zmq.Pull({ context })
        await own.bind(data)
        const push = new zmq.Push({ context })
        push.connect(data)
        await push.send("own")
        say(String((await own.receive())[0]))
        const global = new zmq.Push()
        global.connect(data)
        await global.send("global")
      })
      return { there: await thread.said(), here: await take(pull, 1) }
    },
    { there: "own", here: ["global"] },
  )

  it("is free again when its thread is terminated", async () => {
    const address = inproc("terminated")
    const thread = inThread(ours, address, async ({ zmq, data, say, hear }) => {
      const own = new zmq.Pull()
      await own.bind(data)
      say("bound")
      await hear()
    })
    await thread.said()
    await thread.worker.terminate()
    await make(ours.Pull).bind(address)
  })
})

describe("a thread that ends", () => {
  for (const end of ["close", "return", "process.exit"]) {
    likeNative(
      `has its messages delivered, by ${end}`,
      async library => {
        const address = inproc("ends")
        const pull = makeAny(library, "Pull")
        await pull.bind(address)
        const thread = inThread(library, { address, end }, async ({ zmq, data }) => {
          const push = new zmq.Push()
          push.connect(data.address)
          for (let i = 0; i < 5; i++) await push.send([String(i), Buffer.alloc(50_000)])
          if (data.end === "close") push.close()
          if (data.end === "process.exit") process.exit(0)
        })
        // It has ended before this thread looks at anything.
        const exit = await thread.exit
        const received: unknown[] = []
        for (let i = 0; i < 5; i++) received.push(String((await pull.receive())[0]))
        return { exit, received }
      },
      { exit: 0, received: ["0", "1", "2", "3", "4"] },
    )
  }

  it("leaves the sockets that it talked to as they are with others", async () => {
    const address = inproc("survivor")
    const router = make(ours.Router, { mandatory: true })
    await router.bind(address)
    const run = (id: string) =>
      inThread(ours, { address, id }, async ({ zmq, data, hear }) => {
        const dealer = new zmq.Dealer({ routingId: data.id })
        dealer.connect(data.address)
        await dealer.send("here")
        for await (const message of dealer) await dealer.send(message)
        await hear()
      })
    const [first] = [run("first"), run("second")]
    const there = [String((await router.receive())[0]), String((await router.receive())[0])]
    expect(there.sort()).toEqual(["first", "second"])
    await first.worker.terminate()
    await router.send(["second", "echo"])
    expect((await router.receive()).map(String)).toEqual(["second", "echo"])
    await expect(router.send(["first", "nobody"])).rejects.toMatchObject({ code: "EHOSTUNREACH" })
  })

  it("is not held up by idle sockets, nor is the process", async () => {
    const source = `
      const { Worker, isMainThread } = require("node:worker_threads")
      const { Pair } = require(${JSON.stringify(bundle)})
      const run = async () => {
        const bound = new Pair()
        await bound.bind("inproc://" + (isMainThread ? "main" : "thread"))
        const connected = new Pair()
        connected.connect("inproc://" + (isMainThread ? "thread" : "main"))
        const waiting = new Pair()
        waiting.connect("inproc://nobody")
        await connected.send("hello")
        console.log(String((await bound.receive())[0]))
      }
      run()
      if (isMainThread) new Worker(__filename).on("exit", code => console.log("exit", code))
    `
    const { mkdtemp, writeFile, rm } = await import("node:fs/promises")
    const directory = await mkdtemp(`${bundle}-`)
    await writeFile(`${directory}/idle.cjs`, source)
    const { stdout } = await promisify(execFile)(process.execPath, [`${directory}/idle.cjs`])
    await rm(directory, { recursive: true })
    expect(stdout.split("\n").sort()).toEqual(["", "exit 0", "hello", "hello"])
  })
})

describe("a ZAP handler", () => {
  likeNative(
    "answers for sockets of all threads",
    async library => {
      const handler = makeAny(library, "Reply")
      await handler.bind("inproc://zeromq.zap.01")
      const thread = inThread(library, null, async ({ zmq, say }) => {
        const server = new zmq.Reply({ plainServer: true, zapDomain: "there" })
        await server.bind("tcp://127.0.0.1:*")
        const client = new zmq.Request({ plainUsername: "user", plainPassword: "secret" })
        client.connect(server.lastEndpoint as string)
        await client.send("hello")
        say(String((await server.receive())[0]))
      })
      const request = (await handler.receive()).map(String)
      await handler.send([request[0] as string, request[1] as string, "200", "OK", "user", ""])
      const results = { domain: request[2], credentials: request.slice(-2), said: await thread.said() }
      await handler.unbind("inproc://zeromq.zap.01")
      return results
    },
    { domain: "there", credentials: ["user", "secret"], said: "hello" },
  )
})

describe("parts from another thread", () => {
  likeNative(
    "have memory of their own, whatever their size",
    async library => {
      const address = inproc("own memory")
      const pair = makeAny(library, "Pair")
      await pair.bind(address)
      inThread(library, address, async ({ zmq, data }) => {
        const own = new zmq.Pair()
        own.connect(data)
        const sizes = [0, 1, 64, 65, 200, 16_384, 16_385, 100_000]
        await own.send(sizes.map(size => Buffer.alloc(size, 1)))
        await own.send([...sizes.map(size => "x".repeat(size)), Buffer.alloc(300).subarray(100)])
      })
      const parts = [...(await pair.receive()), ...(await pair.receive())]
      return {
        count: parts.length,
        alone: parts.every(isAlone),
        moved: parts.map(giveAway).map(part => part.length),
      }
    },
    {
      count: 17,
      alone: true,
      moved: [...Array.from({ length: 2 }, () => [0, 1, 64, 65, 200, 16_384, 16_385, 100_000]).flat(), 200],
    },
  )

  it("are as they were when they were sent, whatever the sender does then", async () => {
    const address = inproc("at once")
    const pair = make(ours.Pair)
    await pair.bind(address)
    const thread = inThread(ours, address, async ({ zmq, data, say }) => {
      const own = new zmq.Pair()
      own.connect(data)
      const received = await own.receive()
      say(received.map(part => [part.length, part.every(byte => byte === 1)]))
    })
    const [small, large] = [200, 100_000].map(size => Buffer.from(new ArrayBuffer(size)).fill(1)) as [
      Buffer,
      Buffer,
    ]
    await pair.send([small, large])
    giveAway(small)
    large.fill(2)
    expect(await thread.said()).toEqual([
      [200, true],
      [100_000, true],
    ])
  })
})

describe("large parts", () => {
  it("are shared when in shared memory, taken along when given away, and else copied", async () => {
    const address = inproc("large")
    const pair = make(ours.Pair)
    await pair.bind(address)
    inThread(ours, address, async ({ zmq, data }) => {
      const own = new zmq.Pair()
      own.connect(data)
      for await (const parts of own) {
        for (const part of parts) part[0] = 7
        await own.send("written to")
      }
    })
    const plain = Buffer.alloc(100_000)
    const shared = new Uint8Array(new SharedArrayBuffer(100_000))
    const given = Buffer.alloc(100_000)
    await pair.send([plain, shared, ours.transfer(given)])
    await pair.receive()
    expect([plain[0], shared[0], plain.length, shared.length]).toEqual([0, 7, 100_000, 100_000])
    expect(given).toHaveLength(0)
  })

  it("are given to one receiver alone: a publisher's are copied", async () => {
    const address = inproc("fanned out")
    const publisher = make(ours.XPublisher)
    await publisher.bind(address)
    const threads = [1, 2].map(() =>
      inThread(ours, address, async ({ zmq, data, say }) => {
        const subscriber = new zmq.Subscriber()
        subscriber.connect(data)
        subscriber.subscribe("")
        say((await subscriber.receive())[0]?.length)
      }),
    )
    await publisher.receive()
    publisher.verbosity = "allSubs"
    await publisher.receive()
    await publisher.send(ours.transfer(Buffer.alloc(100_000)))
    expect(await Promise.all(threads.map(thread => thread.said()))).toEqual([100_000, 100_000])
  })
})

describe("the default context", () => {
  likeNative(
    "has the same options in all threads",
    async library => {
      const { context } = library
      context.ioThreads = 3
      const thread = inThread(library, null, async ({ zmq, say, hear }) => {
        say([zmq.context.ioThreads, zmq.context.blocky])
        zmq.context.ioThreads = 2
        say("set")
        await hear()
      })
      const there = await thread.said()
      await thread.said()
      const here = context.ioThreads
      context.ioThreads = 1
      thread.tell("end")
      return { there, here }
    },
    { there: [3, true], here: 2 },
  )
})
