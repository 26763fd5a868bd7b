/**
 * Cases of 28/REQREP §The REQ Socket Type: the delimiter, one request at a time, and whose reply counts.
 */
import type { Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, refused, same } from "../play/verdict.js"
import { arrival, cycle, firstOrNone, peers } from "./turns.js"

const REQ = { types: ["REQ"], controlled: true } as const

/** A socket may wake its program for a message that it then discards: EAGAIN, and the program asks again. */
async function replyOf(subject: Subject): Promise<string[]> {
  for (;;) {
    try {
      return await subject.receive()
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error
    }
  }
}

export const req: readonly Case[] = [
  {
    ...REQ,
    id: "req/delimiter",
    clauses: ["28/req/2", "28/req/4", "28/goals/1", "37/reqrep/1", "23/reqrep/1"],
    sends: "nothing; the peer's program sends a request of one part",
    requires: "it arrives as an empty frame, 01 00, and the part",
    async play(subject) {
      const raw = await subject.peer()
      await subject.send("question")
      const [delimiter, data] = [await raw.frame("a delimiter"), await raw.frame("a part")]
      same("The flags and the body of the delimiter", [delimiter.flags, delimiter.body], [1, Buffer.alloc(0)])
      same("The flags and the body of the part", [data.flags, data.body], [0, Buffer.from("question")])
    },
  },
  {
    ...REQ,
    id: "req/request-of-parts",
    clauses: ["28/req/3", "28/req/4"],
    sends: "nothing; the peer's program sends a request of three parts, the second of them empty",
    requires: "an empty frame arrives, and then the three parts",
    async play(subject) {
      const raw = await subject.peer()
      await subject.send("a", "", "c")
      same("The request", await raw.message(), ["", "a", "", "c"])
    },
  },
  {
    ...REQ,
    id: "req/reply-of-parts",
    clauses: ["28/req/2", "28/req/3"],
    sends: "a reply of a delimiter and three parts, the first of them empty",
    requires: "the program receives the three parts",
    async play(subject) {
      const raw = await subject.peer()
      await subject.send("question")
      await raw.message()
      raw.send("", "", "b", "c")
      same("The reply", await subject.receive(), ["", "b", "c"])
    },
  },
  {
    ...REQ,
    id: "req/one-request-at-a-time",
    clauses: ["28/req/1"],
    options: { sendTimeout: 100 },
    sends: "a reply, after the peer's program has tried to send a second request before it",
    requires: "the second request does not leave before the reply",
    async play(subject) {
      const raw = await subject.peer()
      await subject.send("1")
      const isRefused = await refused(subject.send("2"))
      same("The first request", await raw.message(), ["", "1"])
      // One that is kept for later is as good, so long as it stays.
      if (!isRefused) same("What came before the reply", await raw.settled(), [])
      raw.send("", "reply")
      same("The reply", await subject.receive(), ["reply"])
      if (isRefused) await subject.send("3")
      same("The next request", await raw.message(), ["", isRefused ? "3" : "2"])
    },
  },
  {
    ...REQ,
    id: "req/receive-before-request",
    clauses: ["28/req/1"],
    options: { receiveTimeout: 100 },
    sends: "a reply to no request at all, where the peer's program tries to receive",
    requires: "it is not received",
    async play(subject) {
      const raw = await subject.peer()
      raw.send("", "early")
      demand(await refused(subject.receive()), "A reply to no request was received")
    },
  },
  {
    ...REQ,
    id: "req/next-request-after-reply",
    clauses: ["28/req/1"],
    sends: "ten replies, each to its request",
    requires: "the program receives each of them and can send the next request",
    async play(subject) {
      const raw = await subject.peer()
      for (let i = 0; i < 10; i++) {
        await subject.send(`question ${i}`)
        same("The request", await raw.message(), ["", `question ${i}`])
        raw.send("", `answer ${i}`)
        same("The reply", await subject.receive(), [`answer ${i}`])
      }
    },
  },
  {
    ...REQ,
    id: "req/round-robin",
    clauses: ["28/req/5"],
    sends: "replies, from three connections",
    requires: "of nine requests each connection gets every third",
    async play(subject) {
      const raws = await peers(subject, 3)
      const ask = async (): Promise<number> => {
        await subject.send("question")
        const asked = await arrival(raws)
        await raws[asked]?.message()
        raws[asked]?.send("", "answer")
        await subject.receive()
        return asked
      }
      await cycle(ask, 3)
    },
  },
  {
    ...REQ,
    id: "req/no-peer",
    clauses: ["28/req/6"],
    options: { sendTimeout: 100 },
    sends: "nothing: nobody is connected when the peer's program sends",
    requires: "sending blocks or returns an error",
    async play(subject) {
      demand(await refused(subject.send("question")), "A request was accepted for nobody")
    },
  },
  {
    ...REQ,
    id: "req/waits-for-peer",
    clauses: ["28/req/6", "28/req/7"],
    sends: "a handshake, after the peer's program has begun to send a request",
    requires: "the request arrives",
    async play(subject) {
      const sent = refused(subject.send("question"))
      const raw = await subject.peer()
      // An error is as good as blocking; then the program has to try again.
      if ((await Promise.race([sent, raw.until(() => raw.pending > 0, "a request")])) === true)
        await subject.send("question")
      same("The request", await raw.message(), ["", "question"])
    },
  },
  {
    ...REQ,
    id: "req/request-before-connection",
    clauses: ["28/req/7"],
    side: "connects",
    sends: "a handshake, after the peer's program has connected and begun to send a request",
    requires: "the request arrives",
    async play(subject) {
      const sent = subject.send("question")
      const raw = await subject.peer()
      same("The request", await raw.message(), ["", "question"])
      await sent
    },
  },
  {
    ...REQ,
    id: "req/reply-of-another",
    clauses: ["28/req/8", "28/req/9"],
    sends: "a reply from another than the one that was asked, and then one of that",
    requires: "only the reply of the one that was asked is received",
    async play(subject) {
      const raws = await peers(subject, 2)
      for (const question of ["first", "second", "third"]) {
        await subject.send(question)
        const asked = await arrival(raws)
        const [one, other] = (asked === 0 ? raws : [...raws].reverse()) as [Raw, Raw]
        same("The request", await one.message(), ["", question])
        other.send("", "from another")
        one.send("", `answer to the ${question}`)
        same("The reply", await replyOf(subject), [`answer to the ${question}`])
      }
    },
  },
  ...(
    [
      ["without-delimiter", "of one frame that is not empty", ["reply"]],
      ["of-filled-delimiter", "whose first frame is not empty", ["x", "reply"]],
      ["of-delimiter-alone", "of one empty frame", [""]],
    ] as const
  ).map(([name, phrase, parts]): Case => ({
    ...REQ,
    id: `req/reply-${name}`,
    clauses: ["28/req/2", "28/req/3"],
    weight: "SHOULD",
    sends: `a reply ${phrase}, and then a proper one`,
    requires: "the first is not received as a reply; the connection may be closed",
    async play(subject) {
      const raw = await subject.peer()
      await subject.send("question")
      await raw.message()
      raw.send(...parts)
      raw.send("", "proper")
      const reply = await firstOrNone(subject, raw)
      if (reply !== undefined) same("The reply", reply, ["proper"])
    },
  })),
]
