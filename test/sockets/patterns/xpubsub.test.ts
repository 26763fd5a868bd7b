/** XPublisher and XSubscriber: subscriptions as messages, upstream and down, beside native and on the wire. */
import { describe, expect, it } from "vitest"
import { RawListener, RawPeer, type Received } from "../../support/raw-peer.js"
import {
  bindTcp,
  drain,
  fill,
  inproc,
  later,
  make,
  makeAny,
  native,
  ours,
  outcome,
  ownLoopback,
  parity,
  take,
  until,
  watch,
  type AnySocket,
  type Library,
  type Results,
} from "../support.js"

/** ZMQ_SUBSCRIBE and so on. */
const SUBSCRIBE = 6
const UNSUBSCRIBE = 7
const MANUAL_LAST_VALUE = 98
const ONLY_FIRST_SUBSCRIBE = 108
const VERBOSE_UNSUBSCRIBE = 115
const TOPICS_COUNT = 116

const VERBOSITIES = [null, "allSubs", "allSubsUnsubs"] as const

interface AnySubscriber extends AnySocket {
  subscribe(...topics: string[]): void
  unsubscribe(...topics: string[]): void
}

/** Options by number, which native offers to classes that extend its own. */
interface ByNumber {
  setStringOption(option: number, value: string | Buffer | null): void
  setBoolOption(option: number, value: boolean): void
  setInt32Option(option: number, value: number): void
  getInt32Option(option: number): number
}

function byNumber(socket: AnySocket): ByNumber {
  return socket as unknown as ByNumber
}

async function publisher(library: Library, label: string, options?: object): Promise<AnySocket> {
  const xpub = makeAny(library, "XPublisher", options)
  await xpub.bind(inproc(label))
  return xpub
}

function subscriber(library: Library, label: string): AnySubscriber {
  const sub = makeAny(library, "Subscriber") as AnySubscriber
  sub.connect(inproc(label))
  return sub
}

function xsubscriber(library: Library, label: string): AnySocket {
  const xsub = makeAny(library, "XSubscriber")
  xsub.connect(inproc(label))
  return xsub
}

/** A tcp endpoint that nobody has bound, and nobody else will. */
async function freed(): Promise<string> {
  const socket = makeAny(ours, "Pull")
  const endpoint = await bindTcp(socket, ownLoopback())
  await socket.unbind(endpoint)
  return endpoint
}

/** The messages that come before one that ends with "end". */
async function untilEnd(socket: AnySocket): Promise<string[]> {
  const messages: string[] = []
  for (;;) {
    const [message = ""] = await take(socket, 1)
    if (message.endsWith("end")) return messages
    messages.push(message)
  }
}

describe("an XPublisher", () => {
  for (const verbosity of VERBOSITIES) {
    parity(`with verbosity ${String(verbosity)} shows what native's shows`, async library => {
      const xpub = await publisher(library, "verbosity", { verbosity })
      const [a, b] = [subscriber(library, "verbosity"), subscriber(library, "verbosity")]
      const results: Results = {}
      a.subscribe("t")
      results["a first subscription"] = await drain(xpub)
      a.subscribe("t", "u")
      results["an equal one"] = await drain(xpub)
      b.subscribe("t")
      results["the same of another"] = await drain(xpub)
      a.unsubscribe("t")
      results["one of two taken back"] = await drain(xpub)
      a.unsubscribe("t", "never")
      results["the other taken back"] = await drain(xpub)
      b.unsubscribe("t")
      results["the last taken back"] = await drain(xpub)
      a.subscribe("")
      b.unsubscribe("")
      results.everything = await drain(xpub)
      return results
    })

    parity(
      `with verbosity ${String(verbosity)} tells what a subscriber that leaves has had`,
      async library => {
        const xpub = await publisher(library, "leaving", { verbosity })
        const [a, b] = [subscriber(library, "leaving"), subscriber(library, "leaving")]
        a.subscribe("own", "shared", "own too", "")
        b.subscribe("shared")
        await drain(xpub)
        a.close()
        const gone = await take(xpub, verbosity === "allSubsUnsubs" ? 4 : 3)
        b.subscribe("end")
        return { gone: gone.sort(), more: await untilEnd(xpub) }
      },
    )
  }

  parity("takes a change of verbosity at once, and knows no other words", async library => {
    const xpub = await publisher(library, "change")
    const [a, b] = [subscriber(library, "change"), subscriber(library, "change")]
    const results: Results = {}
    for (const verbosity of ["allSubsUnsubs", "other", "allSubs", undefined, null]) {
      Reflect.set(xpub, "verbosity", verbosity)
      const seen: string[] = []
      for (const call of ["subscribe", "unsubscribe"] as const) {
        for (const sub of [a, b]) {
          sub[call]("t")
          seen.push(...(await drain(xpub)))
        }
      }
      results[String(verbosity)] = seen
      results[`${String(verbosity)} read`] = Reflect.get(xpub, "verbosity")
    }
    return results
  })

  parity("sends to those who subscribed, and to nobody else", async library => {
    const xpub = await publisher(library, "send")
    const [a, b] = [subscriber(library, "send"), subscriber(library, "send")]
    a.subscribe("a")
    b.subscribe("a", "b")
    for (const message of ["a1", "b1", "c1"]) await xpub.send([message, "a"])
    return { a: await drain(a), b: await drain(b), writable: xpub.writable }
  })

  parity("hears subscriptions whether or not it receives them, and keeps them in order", async library => {
    const xpub = await publisher(library, "unread")
    const sub = subscriber(library, "unread")
    const topics = Array.from({ length: 1500 }, (_, i) => `t${i}.`)
    sub.subscribe(...topics)
    await xpub.send("t1499.")
    const results: Results = { got: await drain(sub), readable: xpub.readable }
    const messages = await drain(xpub)
    results.equal = messages.every((message, i) => message === `\x01${topics[i] ?? ""}`)
    results.count = messages.length
    return results
  })

  parity("receives the messages of an XSubscriber that are no subscriptions as they are", async library => {
    const xpub = await publisher(library, "upstream")
    const xsub = xsubscriber(library, "upstream")
    for (const message of ["x", "", "\x02z", ["x", "y"], ["", "x", ""], ["x", "\x02"]])
      await xsub.send(message)
    return { got: await drain(xpub) }
  })

  parity(
    "reads each part that begins with 0 or 1 as a subscription, or only those of messages that begin so",
    async library => {
      const results: Results = {}
      for (const onlyFirst of [false, true]) {
        const label = `parts ${onlyFirst}`
        const xpub = await publisher(library, label)
        const xsub = xsubscriber(library, label)
        for (const socket of [xpub, xsub]) byNumber(socket).setBoolOption(ONLY_FIRST_SUBSCRIBE, onlyFirst)
        for (const message of [
          ["\x01a", "x", "y"],
          ["\x01b", "\x01c"],
          ["\0b", "\x01d", "\0c"],
          ...(onlyFirst
            ? [
                ["x", "\x01e"],
                ["", "\0a"],
              ]
            : []),
        ]) {
          await xsub.send(message)
          results[`${onlyFirst} ${message.join("|")}`] = await drain(xpub)
        }
        results[`${onlyFirst} topics`] = [xpub, xsub].map(socket =>
          byNumber(socket).getInt32Option(TOPICS_COUNT),
        )
      }
      return results
    },
  )

  it("shows the subscriptions in the midst of a message before what remains of it", async () => {
    const xpub = await publisher(ours, "midst")
    const xsub = xsubscriber(ours, "midst")
    await xsub.send(["x", "\x01a", "y", "\x01b"])
    expect(await drain(xpub)).toEqual(["\x01a", "\x01b", "x|y"])
  })

  parity("with invertMatching sends to those who did not subscribe", async library => {
    const xpub = await publisher(library, "invert", { invertMatching: true })
    const [a, b] = [xsubscriber(library, "invert"), xsubscriber(library, "invert")]
    await a.send("\x01a")
    await b.send("\x01b")
    for (const message of ["a", "b", "c"]) await xpub.send(message)
    return { a: await drain(a), b: await drain(b) }
  })

  parity("drops at a subscriber's mark, or with noDrop refuses", async library => {
    const results: Results = {}
    for (const noDrop of [false, true]) {
      const label = `mark ${noDrop}`
      const xpub = await publisher(library, label, { noDrop, sendHighWaterMark: 2 })
      const slow = makeAny(library, "Subscriber", { receiveHighWaterMark: 3 }) as AnySubscriber
      slow.connect(inproc(label))
      slow.subscribe("")
      const quick = makeAny(library, "Subscriber", { receiveHighWaterMark: 100 }) as AnySubscriber
      quick.connect(inproc(label))
      quick.subscribe("")
      results[`${noDrop} taken`] = await fill(xpub, 10)
      results[`${noDrop} with time to wait`] = await outcome(() => xpub.send("more"))
      results[`${noDrop} writable`] = xpub.writable
      results[`${noDrop} received`] = await drain(slow)
      results[`${noDrop} received by another`] = await drain(quick)
    }
    return results
  })

  it("counts what it drops", async () => {
    const xpub = await publisher(ours, "dropped", { sendHighWaterMark: 2 })
    const slow = makeAny(ours, "Subscriber", { receiveHighWaterMark: 3 }) as AnySubscriber
    slow.connect(inproc("dropped"))
    slow.subscribe("")
    await fill(xpub, 10)
    expect((xpub as unknown as ours.XPublisher).dropped).toBe(5)
  })

  parity("welcomes each subscriber that wants it", async library => {
    const xpub = makeAny(library, "XPublisher", { welcomeMessage: "welcome" })
    const endpoint = await bindTcp(xpub)
    const [a, b] = ["welcome", ""].map(topic => {
      const sub = makeAny(library, "Subscriber") as AnySubscriber
      sub.subscribe(topic)
      sub.connect(endpoint)
      return sub
    }) as [AnySubscriber, AnySubscriber]
    // Native's finds new peers only in calls of its own.
    const results: Results = { asked: (await take(xpub, 2)).sort() }
    results.welcomed = [await take(a, 1), await take(b, 1)]
    await xpub.send("welcome to the end")
    results["a later"] = await untilEnd(a)
    Reflect.set(xpub, "welcomeMessage", null)
    Reflect.set(xpub, "verbosity", "allSubs")
    const c = makeAny(library, "Subscriber") as AnySubscriber
    c.subscribe("")
    c.connect(endpoint)
    await take(xpub, 1)
    await xpub.send("the end")
    results.c = await untilEnd(c)
    return results
  })

  parity("refuses to subscribe anybody by hand unless it is manual", async library => {
    const xpub = await publisher(library, "by hand")
    const results: Results = {}
    for (const option of [SUBSCRIBE, UNSUBSCRIBE]) {
      results[option] = await outcome(() => {
        byNumber(xpub).setStringOption(option, "a")
      })
    }
    Reflect.set(xpub, "manual", true)
    for (const option of [SUBSCRIBE, UNSUBSCRIBE]) {
      results[`manual ${option}`] = await outcome(() => {
        byNumber(xpub).setStringOption(option, "a")
      })
    }
    return results
  })
})

describe("publish-subscribe options that have a number only", () => {
  for (const name of ["XPublisher", "XSubscriber", "Publisher", "Subscriber"]) {
    parity(`are those of native's ${name}`, async library => {
      const socket = makeAny(library, name)
      const results: Results = {}
      for (const option of [40, 69, 71, 78, 98, 108, 115, 116]) {
        for (const value of [1, -1, 0]) {
          results[`${option} set to ${value}`] = await outcome(() => {
            byNumber(socket).setInt32Option(option, value)
          })
        }
        results[`${option} read`] = await outcome(() => byNumber(socket).getInt32Option(option))
      }
      for (const value of ["welcome", null, ""]) {
        results[`welcome of ${value}`] = await outcome(() => {
          byNumber(socket).setStringOption(72, value)
        })
      }
      return results
    })
  }

  parity("give a Publisher a welcome message", async library => {
    const pub = makeAny(library, "Publisher")
    byNumber(pub).setStringOption(72, "welcome")
    await pub.bind(inproc("welcome"))
    const sub = subscriber(library, "welcome")
    sub.subscribe("")
    await pub.send("end")
    return { got: await drain(sub) }
  })
})

describe("a manual XPublisher", () => {
  parity("leaves it to its user what the peer heard last shall have", async library => {
    const xpub = await publisher(library, "manual", { manual: true })
    const [a, b] = [xsubscriber(library, "manual"), xsubscriber(library, "manual")]
    const results: Results = {}
    const publish = async (name: string): Promise<void> => {
      for (const message of ["A", "B", "XA", "XB"]) await xpub.send(message)
      results[name] = [await drain(a), await drain(b)]
    }
    await a.send("\x01A")
    await b.send("\x01B")
    await b.send("\x01B")
    await publish("asked")
    results["first asked"] = await take(xpub, 1)
    byNumber(xpub).setStringOption(SUBSCRIBE, "XA")
    results["then asked"] = await take(xpub, 2)
    byNumber(xpub).setStringOption(SUBSCRIBE, "XB")
    byNumber(xpub).setStringOption(SUBSCRIBE, "B")
    await publish("subscribed")
    await b.send("\0B")
    results["cancelled while equal ones are left"] = await drain(xpub)
    await b.send("\0B")
    await publish("cancelled, unheard")
    results.cancelled = await take(xpub, 1)
    byNumber(xpub).setStringOption(UNSUBSCRIBE, "XB")
    await publish("cancelled")
    results.topics = byNumber(xpub).getInt32Option(TOPICS_COUNT)
    return results
  })

  parity("subscribes the peer that asked last, though another has spoken since", async library => {
    const xpub = await publisher(library, "manual speech", { manual: true })
    const [a, b] = [xsubscriber(library, "manual speech"), xsubscriber(library, "manual speech")]
    await a.send("\x01A")
    const results: Results = { asked: await take(xpub, 1) }
    await b.send("hello")
    results.spoken = await take(xpub, 1)
    byNumber(xpub).setStringOption(SUBSCRIBE, "X")
    await xpub.send("X")
    results.got = [await drain(a), await drain(b)]
    return results
  })

  parity("tells what a peer that leaves asked for, and forgets what it was given", async library => {
    const xpub = await publisher(library, "manual leaving", { manual: true })
    const [a, b] = [xsubscriber(library, "manual leaving"), xsubscriber(library, "manual leaving")]
    for (const topic of ["A", "B"]) await b.send(`\x01${topic}`)
    await take(xpub, 2)
    for (const topic of ["A", "B"]) await a.send(`\x01${topic}`)
    const results: Results = { asked: await take(xpub, 2) }
    byNumber(xpub).setStringOption(SUBSCRIBE, "X")
    a.close()
    results.gone = (await take(xpub, 2)).sort()
    // Nobody is there to be given anything.
    byNumber(xpub).setStringOption(SUBSCRIBE, "Y")
    for (const message of ["X", "Y", "A"]) await xpub.send(message)
    results.b = await drain(b)
    return results
  })

  parity("gives nothing to a peer that left before its subscription was received", async library => {
    const xpub = await publisher(library, "manual left", { manual: true })
    const [a, b] = [xsubscriber(library, "manual left"), xsubscriber(library, "manual left")]
    await a.send("\x01A")
    await until(() => xpub.readable)
    a.close()
    await b.send("\x01end")
    const results: Results = { first: await take(xpub, 1) }
    const rest: string[] = []
    while (rest.length < 2) {
      byNumber(xpub).setStringOption(SUBSCRIBE, "")
      rest.push(...(await take(xpub, 1)))
    }
    results.rest = rest.sort()
    return results
  })

  it("keeps nothing for a peer that left, whatever its user subscribes it to", async () => {
    const xpub = await publisher(ours, "manual gone", { manual: true })
    const [a, b] = [xsubscriber(ours, "manual gone"), xsubscriber(ours, "manual gone")]
    await a.send("\x01A")
    await take(xpub, 1)
    a.close()
    byNumber(xpub).setStringOption(SUBSCRIBE, "X")
    await b.send("\x01B")
    b.close()
    for (const expected of ["\0A", "\x01B", "\0B"]) {
      expect(await take(xpub, 1)).toEqual([expected])
      byNumber(xpub).setStringOption(SUBSCRIBE, "X")
    }
    expect(byNumber(xpub).getInt32Option(TOPICS_COUNT)).toBe(0)
  })

  parity(
    "sends the next message to the peer heard last alone, in the mode for last values",
    async library => {
      const xpub = await publisher(library, "last value")
      byNumber(xpub).setBoolOption(MANUAL_LAST_VALUE, true)
      const subs = [xsubscriber(library, "last value"), xsubscriber(library, "last value")]
      const results: Results = {}
      for (const [i, sub] of subs.entries()) {
        await sub.send("\x01A")
        results[`heard ${i}`] = await take(xpub, 1)
        byNumber(xpub).setStringOption(SUBSCRIBE, "A")
        await xpub.send("A last")
        await xpub.send("A next")
        results[`got ${i}`] = await Promise.all(subs.map(drain))
      }
      await subs[0]?.send("\x01B")
      results["heard again"] = await take(xpub, 1)
      await xpub.send("B, which nobody was given")
      await xpub.send("A")
      results["got again"] = await Promise.all(subs.map(drain))
      byNumber(xpub).setBoolOption(MANUAL_LAST_VALUE, false)
      await subs[1]?.send("\x01C")
      results.automatic = await take(xpub, 1)
      await xpub.send("C")
      results["got at last"] = await Promise.all(subs.map(drain))
      return results
    },
  )
})

describe("a Subscriber", () => {
  parity("tells a peer that is not there yet what it wants in the order of its calls", async library => {
    const xpub = makeAny(library, "XPublisher", { verbosity: "allSubsUnsubs" })
    await xpub.bind("tcp://127.0.0.1:*")
    const sub = make(library.Subscriber)
    sub.subscribe("before")
    sub.connect(xpub.lastEndpoint ?? "")
    sub.subscribe("b", "c", "a", "b")
    sub.unsubscribe("c")
    sub.subscribe("end")
    const heard: string[] = []
    while (heard.at(-1) !== "\x01end") heard.push(String((await xpub.receive())[0]))
    return { heard }
  })
})

describe("an XSubscriber", () => {
  parity("sends each subscription, and the last cancellation", async library => {
    const results: Results = {}
    for (const verbose of [false, true]) {
      const label = `cancel ${verbose}`
      const xpub = await publisher(library, label, { verbosity: "allSubsUnsubs" })
      const xsub = xsubscriber(library, label)
      byNumber(xsub).setBoolOption(VERBOSE_UNSUBSCRIBE, verbose)
      for (const message of ["\x01a", "\x01a", "\0a", "\x01", "\0a", "\0a", "\0never", "\0"])
        await xsub.send(message)
      results[String(verbose)] = await drain(xpub)
    }
    return results
  })

  describe("that tells every cancellation", () => {
    /** What a publisher hears of it, and whether it still gets what it wants. */
    const heardAndGot = async (xpub: AnySocket, xsub: AnySocket): Promise<unknown[]> => {
      await xsub.send("\x01end")
      const heard = await untilEnd(xpub)
      await xpub.send("a1")
      return [...heard, ...(await take(xsub, 1))]
    }

    const verbose = (): AnySocket => {
      const xsub = makeAny(ours, "XSubscriber", { reconnectInterval: 1 })
      byNumber(xsub).setBoolOption(VERBOSE_UNSUBSCRIBE, true)
      return xsub
    }

    for (const transport of ["tcp", "inproc"]) {
      it(`does not cancel for a peer that is not there yet what it still wants, over ${transport}`, async () => {
        for (const [before, meanwhile, expected] of [
          [["\x01a", "\x01a"], ["\0a"], ["\x01a", "a1"]],
          [[], ["\x01a", "\x01a", "\0a", "\0never"], ["\x01a", "a1"]],
          [["\x01b"], ["\x01a", "\x01b", "\0b", "\x01c", "\0c"], ["\x01b", "\x01a", "\x01c", "\0c", "a1"]],
        ] as const) {
          const endpoint =
            transport === "tcp" ? await freed() : inproc(String(expected.length + before.length))
          const xsub = verbose()
          for (const message of before) await xsub.send(message)
          xsub.connect(endpoint)
          for (const message of meanwhile) await xsub.send(message)
          const xpub = makeAny(ours, "XPublisher", { verbosity: "allSubsUnsubs" })
          await xpub.bind(endpoint)
          expect(await heardAndGot(xpub, xsub)).toEqual(expected)
          xpub.close()
        }
      })
    }

    it("does not cancel, after a new connection, subscriptions of which the peer was not told again", async () => {
      const endpoint = await freed()
      const xsub = verbose()
      xsub.connect(endpoint)
      for (const topic of ["a", "a", "a", "b"]) await xsub.send(`\x01${topic}`)
      for (let time = 0; time < 2; time++) {
        const xpub = makeAny(ours, "XPublisher", { verbosity: "allSubsUnsubs" })
        const events = watch(xpub)
        await xpub.bind(endpoint)
        await events.until("handshake")
        if (time === 0) {
          expect(await take(xpub, 4)).toEqual(["\x01a", "\x01a", "\x01a", "\x01b"])
        } else {
          expect((await take(xpub, 2)).sort()).toEqual(["\x01a", "\x01b"])
          // Of the three one was told: two cancellations undo the others.
          for (const message of ["\0a", "\0a"]) await xsub.send(message)
          expect(await heardAndGot(xpub, xsub)).toEqual(["a1"])
          await xsub.send("\0a")
          expect(await take(xpub, 1)).toEqual(["\0a"])
        }
        xpub.close()
      }
    })
  })

  parity(
    "receives all that was sent to it, in any number of parts, whatever it wants by now",
    async library => {
      const xpub = await publisher(library, "unfiltered")
      const xsub = xsubscriber(library, "unfiltered")
      const sub = subscriber(library, "unfiltered")
      sub.subscribe("a")
      await xsub.send("\x01a")
      await xpub.send(["a1", "", "more"])
      await xsub.send("\0a")
      sub.unsubscribe("a")
      await xpub.send("a2")
      return { xsub: await drain(xsub), sub: await drain(sub), writable: xsub.writable }
    },
  )

  parity("has no options for its subscriptions", async library => {
    const xsub = makeAny(library, "XSubscriber")
    const results: Results = { linger: xsub.linger }
    for (const option of [SUBSCRIBE, UNSUBSCRIBE]) {
      results[option] = await outcome(() => {
        byNumber(xsub).setStringOption(option, "a")
      })
    }
    return results
  })

  parity("sends to all publishers without waiting, and to nobody when there are none", async library => {
    const xsub = makeAny(library, "XSubscriber", { sendHighWaterMark: 1 })
    await xsub.send("nobody")
    const xpubs = await Promise.all(["one", "two"].map(label => publisher(library, label)))
    for (const label of ["one", "two"]) xsub.connect(inproc(label))
    await xsub.send(["x", "y"])
    await xsub.send("\x01a")
    return { got: await Promise.all(xpubs.map(drain)), writable: xsub.writable }
  })

  it("loses no subscription where a full queue drops messages", async () => {
    const xsub = makeAny(ours, "XSubscriber", { sendHighWaterMark: 1 })
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    xsub.connect(listener.endpoint)
    for (let i = 0; i < 3; i++) await xsub.send(`m${i}`)
    for (let i = 0; i < 3; i++) await xsub.send(`\x01t${i}`)
    const peer = await listener.join({ socketType: "XPUB" })
    expect((await told(peer)).sort()).toEqual(["SUBSCRIBE t0", "SUBSCRIBE t1", "SUBSCRIBE t2", "m0"])
    peer.destroy()
  })

  it("keeps the order of subscriptions and other messages on the wire", async () => {
    const xsub = makeAny(ours, "XSubscriber")
    const events = watch(xsub)
    const listener = await RawListener.open()
    xsub.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "XPUB" })
    later(() => {
      peer.destroy()
      listener.close()
    })
    await events.until("handshake")
    for (const message of ["x", "\x01a", "\x01b", "y", "\0a", "z"]) await xsub.send(message)
    expect(await told(peer)).toEqual(["x", "SUBSCRIBE a", "SUBSCRIBE b", "y", "CANCEL a", "z"])
  })

  for (const minor of [0, 1]) {
    it(`tells a 3.${minor} peer that comes again each topic once`, async () => {
      const xsub = makeAny(ours, "XSubscriber", { reconnectInterval: 1 })
      const listener = await RawListener.open()
      later(() => {
        listener.close()
      })
      for (const message of ["\x01a", "\x01a", "\x01b", "\x01c", "\0c"]) await xsub.send(message)
      xsub.connect(listener.endpoint)
      const expected = minor === 1 ? ["SUBSCRIBE a", "SUBSCRIBE b"] : ["\x01a", "\x01b"]
      for (let i = 0; i < 3; i++) {
        const peer = await listener.join({ socketType: "XPUB", minor })
        expect((await told(peer)).sort()).toEqual(expected)
        peer.destroy()
      }
    })
  }
})

describe("an XPublisher on the wire", () => {
  async function joined(xpub: AnySocket): Promise<RawPeer> {
    const peer = await RawPeer.join(xpub.lastEndpoint, { socketType: "XSUB" })
    later(() => {
      peer.destroy()
    })
    return peer
  }

  it("shows commands and messages alike, as messages", async () => {
    const xpub = makeAny(ours, "XPublisher")
    await bindTcp(xpub)
    const peer = await joined(xpub)
    peer.command("SUBSCRIBE", "a")
    peer.send("\x01b")
    peer.command("CANCEL", "a")
    peer.send("\0b")
    peer.send("x", "y")
    expect(await take(xpub, 5)).toEqual(["\x01a", "\x01b", "\0a", "\0b", "x|y"])
  })

  it("shows no cancellation of what others still want, and none of what nobody wanted, unless it is to show all", async () => {
    const xpub = makeAny(ours, "XPublisher")
    await bindTcp(xpub)
    const [one, other] = [await joined(xpub), await joined(xpub)]
    one.command("SUBSCRIBE", "a")
    expect(await take(xpub, 1)).toEqual(["\x01a"])
    for (const topic of ["a", "never"]) other.command("CANCEL", topic)
    other.command("SUBSCRIBE", "end")
    expect(await untilEnd(xpub)).toEqual([])
    Reflect.set(xpub, "verbosity", "allSubsUnsubs")
    for (const topic of ["a", "never", "end"]) other.command("CANCEL", topic)
    expect(await untilEnd(xpub)).toEqual(["\0a", "\0never"])
    await xpub.send("a")
    expect(await told(one)).toEqual(["a"])
  })

  it("neither doubles nor loses the subscriptions of a peer whose connection is cut", async () => {
    const xpub = makeAny(ours, "XPublisher")
    await bindTcp(xpub)
    for (let i = 0; i < 3; i++) {
      const peer = await joined(xpub)
      for (const topic of ["a", "b"]) peer.command("SUBSCRIBE", topic)
      expect(await take(xpub, 2)).toEqual(["\x01a", "\x01b"])
      await xpub.send("a")
      expect(await told(peer)).toEqual(["a"])
      peer.destroy()
      expect(await take(xpub, 2)).toEqual(["\0a", "\0b"])
    }
  })

  it("that connects shows what a peer wanted as cancelled once that says anew what it wants", async () => {
    const listener = await RawListener.open()
    later(() => {
      listener.close()
    })
    const xpub = makeAny(ours, "XPublisher", { reconnectInterval: 1 })
    xpub.connect(listener.endpoint)
    const peer = await listener.join({ socketType: "XSUB" })
    for (const topic of ["a", "b"]) peer.command("SUBSCRIBE", topic)
    expect(await take(xpub, 2)).toEqual(["\x01a", "\x01b"])
    peer.destroy()
    const next = await listener.join({ socketType: "XSUB" })
    later(() => {
      next.destroy()
    })
    await xpub.send("b")
    expect(await told(next)).toEqual(["b"])
    next.command("SUBSCRIBE", "a")
    expect(await take(xpub, 3)).toEqual(["\0a", "\0b", "\x01a"])
  })
})

describe("what an XPublisher's user does not receive", () => {
  const megabyte = Buffer.alloc(1024 * 1024, "m")

  it("is bounded for a peer, which has to wait, while others are heard", async () => {
    const xpub = await publisher(ours, "bounded", { receiveHighWaterMark: 1 })
    const talker = makeAny(ours, "XSubscriber", { sendHighWaterMark: 1 })
    talker.connect(inproc("bounded"))
    for (let i = 0; i < 100; i++) await talker.send([`${i}`, megabyte])
    const sub = subscriber(ours, "bounded")
    sub.subscribe("a")
    await xpub.send("a")
    expect(await drain(sub)).toEqual(["a"])
    // 64 MiB are unread, and two messages fill the queue of the two sockets; the rest was dropped by the talker.
    const heard = await drain(xpub)
    expect(heard.map(message => message.split("|")[0])).toEqual([
      ...Array.from({ length: 64 }, (_, i) => `${i}`),
      "\x01a",
      "64",
      "65",
    ])
    await talker.send("\x01b")
    expect(await drain(xpub)).toEqual(["\x01b"])
  })

  it("is received although its sender left, but no subscription that was not looked at in time", async () => {
    const xpub = await publisher(ours, "left")
    const talker = xsubscriber(ours, "left")
    for (let i = 0; i < 70; i++) await talker.send([`${i}`, megabyte])
    await talker.send("\x01late")
    talker.close()
    expect((await drain(xpub)).map(message => message.split("|")[0])).toEqual(
      Array.from({ length: 70 }, (_, i) => `${i}`),
    )
    expect(byNumber(xpub).getInt32Option(TOPICS_COUNT)).toBe(0)
  })
})

describe("a forwarder of an XSubscriber and an XPublisher", () => {
  const libraries = typeof native === "string" ? [ours] : [ours, native]
  const names = libraries.map(library => (library === ours ? "ours" : "native"))

  for (const [i, front] of libraries.entries()) {
    for (const [j, back] of libraries.entries()) {
      it(`passes subscriptions up and messages down: publisher ${names[i] ?? ""}, subscribers ${names[j] ?? ""}`, async () => {
        const upstream = makeAny(front, "XPublisher")
        const xsub = makeAny(ours, "XSubscriber")
        xsub.connect(await bindTcp(upstream))
        const xpub = makeAny(ours, "XPublisher")
        const endpoint = await bindTcp(xpub)
        pump(xpub, xsub)
        pump(xsub, xpub)
        const subs = [0, 1].map(() => {
          const sub = makeAny(back, "Subscriber") as AnySubscriber
          sub.connect(endpoint)
          return sub
        }) as [AnySubscriber, AnySubscriber]
        subs[0].subscribe("a")
        expect(await take(upstream, 1)).toEqual(["\x01a"])
        subs[1].subscribe("a", "b")
        // Only what is new to the forwarder goes up.
        expect(await take(upstream, 1)).toEqual(["\x01b"])
        for (const message of ["a1", "b1", "c1", "a end", "b end"]) await upstream.send([message, "x"])
        expect(await take(subs[0], 2)).toEqual(["a1|x", "a end|x"])
        expect(await take(subs[1], 4)).toEqual(["a1|x", "b1|x", "a end|x", "b end|x"])
        subs[1].close()
        expect(await take(upstream, 1)).toEqual(["\0b"])
        subs[0].unsubscribe("a")
        expect(await take(upstream, 1)).toEqual(["\0a"])
      })

      it(`shows equal subscriptions when it is verbose: publisher ${names[i] ?? ""}, subscribers ${names[j] ?? ""}`, async () => {
        const upstream = makeAny(front, "XPublisher", { verbosity: "allSubs" })
        const xsub = makeAny(ours, "XSubscriber")
        xsub.connect(await bindTcp(upstream))
        const xpub = makeAny(ours, "XPublisher", { verbosity: "allSubsUnsubs" })
        const endpoint = await bindTcp(xpub)
        pump(xpub, xsub)
        const subs = [0, 1].map(() => makeAny(back, "Subscriber") as AnySubscriber)
        for (const sub of subs) {
          sub.connect(endpoint)
          sub.subscribe("a")
          expect(await take(upstream, 1)).toEqual(["\x01a"])
        }
        subs[0]?.subscribe("a")
        expect(await take(upstream, 1)).toEqual(["\x01a"])
      })
    }
  }
})

/** Passes on messages, until the sockets are closed. */
function pump(from: AnySocket, to: AnySocket): void {
  void (async () => {
    for await (const message of from) await to.send(message)
  })().catch((error: unknown) => {
    if (!from.closed && !to.closed) throw error
  })
}

/** Everything the peer was told before it asked. PONG shows that nothing more is under way. */
async function told(peer: RawPeer): Promise<string[]> {
  peer.command("PING", Buffer.from("\0\0end", "latin1"))
  const all: string[] = []
  for (;;) {
    const received = await peer.next()
    if (received.kind === "command" && received.name === "PONG") return all
    all.push(shown(received))
  }
}

function shown(received: Received): string {
  return received.kind === "command" ? `${received.name} ${received.data}` : received.parts.join("|")
}
