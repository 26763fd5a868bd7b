/**
 * Cases of 28/REQREP §The ROUTER Socket Type: who a message is from, whom it goes to, and what becomes of one for
 * somebody who is not there.
 */
import type { Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { Failure, NotApplicable, refused, same } from "../play/verdict.js"
import { arrival, peers, served } from "./turns.js"

const ROUTER = { types: ["ROUTER"], controlled: true } as const

/** A connection with an Identity, which the peer's program has heard of. */
async function known(subject: Subject, identity: string): Promise<Raw> {
  const raw = await subject.peer({ properties: [["Identity", identity]] })
  raw.send("hello")
  same("The first message", await subject.receive(), [identity, "hello"])
  return raw
}

const MANDATORY = { mandatory: true, sendTimeout: 1000 }

/** Ends the connection of "abc", and waits until the socket, told to refuse what is for nobody, knows of it. */
async function forget(subject: Subject, raw: Raw): Promise<void> {
  if (!(await refused(subject.send("nobody", "x"))))
    throw new NotApplicable("It drops in silence what is for nobody, so that who is there cannot be told")
  await raw.leave()
  // Some sockets look at a connection that has ended when they look for messages.
  await known(subject, "other")
  // A socket need not know at once.
  for (let i = 0; i < 100; i++) if (await refused(subject.send("abc", "x"))) return
  throw new Failure("After the connection had ended 100 messages to its identity were accepted")
}

export const router: readonly Case[] = [
  {
    ...ROUTER,
    id: "router/prefix",
    clauses: ["28/router/8", "28/router/11", "28/router/12", "37/reqrep/1", "23/reqrep/1"],
    sends: 'a message of the parts "" and "x", with the Identity "abc"',
    requires: 'the program receives "abc", "" and "x"',
    async play(subject) {
      const raw = await subject.peer({ properties: [["Identity", "abc"]] })
      raw.send("", "x")
      same("The message", await subject.receive(), ["abc", "", "x"])
    },
  },
  {
    ...ROUTER,
    id: "router/identities-of-its-own",
    clauses: ["28/router/7", "28/router/11"],
    sends: "two messages on each of three connections without an Identity",
    requires: "the messages of each connection have the same prefix, and those of each two another",
    async play(subject) {
      const raws = await peers(subject, 3)
      const prefixes = new Map<string, Set<string>>()
      raws.forEach((raw, i) => {
        raw.send(`from ${i}`)
        raw.send(`from ${i}`)
      })
      for (let i = 0; i < 6; i++) {
        const [prefix = "", text = ""] = await subject.receive()
        prefixes.set(text, (prefixes.get(text) ?? new Set()).add(prefix))
      }
      for (const [text, all] of prefixes) same(`How many prefixes messages "${text}" had`, all.size, 1)
      same("How many prefixes there were", new Set([...prefixes.values()].flatMap(all => [...all])).size, 3)
    },
  },
  {
    ...ROUTER,
    id: "router/reply-by-prefix",
    clauses: ["28/router/7", "28/router/13", "28/router/14"],
    sends: "a message on each of three connections without an Identity",
    requires: "what the program sends behind each prefix arrives on that connection",
    async play(subject) {
      const raws = await peers(subject, 3)
      raws.forEach((raw, i) => raw.send(`from ${i}`))
      for (const _ of raws) {
        const [prefix = "", text = ""] = await subject.receive()
        await subject.send(prefix, text.replace("from", "to"))
      }
      for (const [i, raw] of raws.entries()) same("The message", await raw.message(), [`to ${i}`])
    },
  },
  {
    ...ROUTER,
    id: "router/only-the-one-addressed",
    clauses: ["28/router/13", "28/router/14"],
    sends: 'nothing; the program sends "abc", "" and "x", and then "z" to another connection',
    requires: 'the connection with the Identity "abc" gets "" and "x", and the other "z" alone',
    async play(subject) {
      const [abc, other] = [await known(subject, "abc"), await known(subject, "other")]
      await subject.send("abc", "", "x")
      await subject.send("other", "z")
      same("The message", await abc.message(), ["", "x"])
      same("The other's message", await other.message(), ["z"])
    },
  },
  {
    ...ROUTER,
    id: "router/unknown-identity",
    clauses: ["28/router/15", "28/router/16"],
    options: { sendTimeout: 1000 },
    sends: "nothing; the program sends a message to nobody, and then one to this connection",
    requires: "the first is dropped or refused, and the second arrives",
    async play(subject) {
      const raw = await known(subject, "abc")
      await refused(subject.send("nobody", "x"))
      await subject.send("abc", "y")
      same("The first message", await raw.message(), ["y"])
    },
  },
  {
    ...ROUTER,
    id: "router/never-blocks",
    clauses: ["28/router/15", "28/router/16"],
    options: { sendHighWaterMark: 2 },
    sends: "nothing, and reads none of 40 messages of 256 KiB",
    requires: "each send of the program ends",
    async play(subject) {
      const raw = await known(subject, "abc")
      raw.pause()
      const body = Buffer.alloc(256 * 1024)
      for (let i = 0; i < 40; i++) await refused(subject.send("abc", body))
    },
  },
  {
    ...ROUTER,
    id: "router/mark",
    clauses: ["28/router/9"],
    options: { mandatory: true, sendHighWaterMark: 2, sendTimeout: 100 },
    sends: "nothing, and reads nothing",
    requires: "with a high-water mark of 2, one of 40 messages of 256 KiB is refused or waits",
    async play(subject) {
      const raw = await known(subject, "abc")
      raw.pause()
      const body = Buffer.alloc(256 * 1024)
      for (let i = 0; i < 40; i++) if (await refused(subject.send("abc", body))) return
      throw new Failure("40 messages of 256 KiB were accepted for a peer that reads nothing")
    },
  },
  {
    ...ROUTER,
    id: "router/independent-queues",
    clauses: ["28/router/1"],
    options: { sendHighWaterMark: 2 },
    sends: "a message, after it has read none of 40 messages of 256 KiB",
    requires: "it is received, and another connection still gets what is sent to it",
    async play(subject) {
      const [slow, other] = [await known(subject, "slow"), await known(subject, "other")]
      slow.pause()
      const body = Buffer.alloc(256 * 1024)
      for (let i = 0; i < 40; i++) await refused(subject.send("slow", body))
      slow.send("from the slow one")
      same("The message", await subject.receive(), ["slow", "from the slow one"])
      await subject.send("other", "x")
      same("The other's message", await other.message(), ["x"])
    },
  },
  {
    ...ROUTER,
    id: "router/queue-ends-with-connection",
    clauses: ["28/router/4", "28/router/5"],
    options: MANDATORY,
    sends: "the end of its connection",
    requires: "its identity is unknown then: a message to it is refused",
    async play(subject) {
      const raw = await known(subject, "abc")
      await forget(subject, raw)
    },
  },
  {
    ...ROUTER,
    id: "router/nothing-from-before",
    clauses: ["28/router/6"],
    options: MANDATORY,
    sends:
      "the end of its connection, and connects again with the same Identity when messages to it are refused",
    requires: "none of those that were accepted before arrives on the second connection",
    async play(subject) {
      const first = await known(subject, "abc")
      await forget(subject, first)
      const second = await known(subject, "abc")
      await subject.send("abc", "new")
      same("The first message", await second.message(), ["new"])
    },
  },
  {
    ...ROUTER,
    id: "router/same-identity-twice",
    clauses: ["28/router/7"],
    options: { sendTimeout: 1000 },
    sends: "the Identity of a connection that is there, on another",
    requires: "messages to that identity arrive on one of the two, and not on both",
    async play(subject) {
      const first = await known(subject, "abc")
      const second = await subject.connection()
      // Either of the two may be closed for it.
      await second
        .shakeHands({ socketType: "DEALER", properties: [["Identity", "abc"]] })
        .then(() => second.settled())
        .catch((error: unknown) => {
          if (!second.ended) throw error
        })
      for (const text of ["1", "2", "3"]) await subject.send("abc", text)
      const [one, other] = (await arrival([first, second])) === 0 ? [first, second] : [second, first]
      for (const text of ["1", "2", "3"]) same("The message", await one.message(), [text])
      if (!other.ended) same("What came on the other connection", await other.settled(), [])
    },
  },
  {
    ...ROUTER,
    id: "router/fair-queuing",
    clauses: ["28/router/10", "28/router/12"],
    sends: "20 messages on one connection, then one on each of two others, before any is received",
    requires: "the two are received among the first seven",
    async play(subject) {
      const [busy, ...others] = await peers(subject, 3)
      await served({ subject, busy, others, delimiter: [] })
    },
  },
  {
    ...ROUTER,
    id: "router/received-before-the-end",
    clauses: ["28/router/3"],
    side: "connects",
    options: { reconnectInterval: 100 },
    sends: "three messages and the end of a connection that the peer's program has made",
    requires: "all three are received",
    async play(subject) {
      const raw = await subject.peer({ properties: [["Identity", "abc"]] })
      for (const text of ["1", "2", "3"]) raw.send(text)
      raw.end()
      for (const text of ["1", "2", "3"]) same("The message", await subject.receive(), ["abc", text])
    },
  },
]
