/**
 * Cases of 28/REQREP §The REP Socket Type: the envelope that is taken off and put back, and one request at a time.
 */
import { message } from "../play/bytes.js"
import type { Case } from "../play/case.js"
import { demand, refused, same } from "../play/verdict.js"
import { firstOrNone, peers, served } from "./turns.js"

const REP = { types: ["REP"], controlled: true } as const

const LONGEST = "i".repeat(255)
const EVERY_OCTET = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1")

export const rep: readonly Case[] = [
  ...(
    [
      ["no-identity", "no identity", []],
      ["one-identity", "one identity", ["a"]],
      ["two-identities", "two identities", ["a", "b"]],
      ["ten-identities", "ten identities", ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]],
      [
        "binary-identities",
        "an identity of five octets, the first of them zero, and one of 255",
        ["\0\x01\xfe\xff\n", LONGEST],
      ],
    ] as const
  ).map(([name, phrase, envelope]): Case => ({
    ...REP,
    id: `rep/envelope-of-${name}`,
    clauses: [
      "28/rep/3",
      "28/rep/4",
      "28/rep/5",
      "28/rep/7",
      "28/rep/8",
      "28/rep/10",
      "37/reqrep/1",
      "23/reqrep/1",
    ],
    sends: `a request whose envelope has ${phrase}`,
    requires: "the program receives the data alone, and its reply comes back behind the same envelope",
    async play(subject) {
      const raw = await subject.peer({ socketType: "DEALER" })
      raw.send(...envelope, "", "question", "more")
      same("The request", await subject.receive(), ["question", "more"])
      await subject.send("answer", "and more")
      same("The reply", await raw.message(), [...envelope, "", "answer", "and more"])
    },
  })),
  {
    ...REP,
    id: "rep/data-as-it-is",
    clauses: ["28/rep/1", "28/rep/8"],
    sends: "a request whose data begin and end with an empty part, with a part of all 256 octets between",
    requires: "the program receives the three parts, and its reply of the same arrives",
    async play(subject) {
      const raw = await subject.peer()
      raw.send("", "", EVERY_OCTET, "")
      same("The request", await subject.receive(), ["", EVERY_OCTET, ""])
      await subject.send("", EVERY_OCTET, "")
      same("The reply", await raw.message(), ["", "", EVERY_OCTET, ""])
    },
  },
  {
    ...REP,
    id: "rep/reply-to-the-asker",
    clauses: ["28/rep/11"],
    sends: "requests from three connections",
    requires: "each gets the reply to its own",
    async play(subject) {
      const raws = await peers(subject, 3)
      raws.forEach((raw, i) => raw.send("", `question ${i}`))
      for (const _ of raws) {
        const [question = ""] = await subject.receive()
        await subject.send(question.replace("question", "answer"))
      }
      for (const [i, raw] of raws.entries()) same("The reply", await raw.message(), ["", `answer ${i}`])
    },
  },
  {
    ...REP,
    id: "rep/one-request-at-a-time",
    clauses: ["28/rep/2", "28/rep/9"],
    options: { receiveTimeout: 100 },
    sends: "two requests",
    requires: "the second is not received before the first has its reply",
    async play(subject) {
      const raw = await subject.peer({ socketType: "DEALER" })
      raw.write(message("", "first"), message("", "second"))
      same("The first request", await subject.receive(), ["first"])
      demand(await refused(subject.receive()), "A second request was received before the reply to the first")
      await subject.send("reply")
      same("The reply", await raw.message(), ["", "reply"])
      same("The second request", await subject.receive(), ["second"])
    },
  },
  {
    ...REP,
    id: "rep/send-before-request",
    clauses: ["28/rep/2"],
    options: { sendTimeout: 100 },
    sends: "a request, after the peer's program has tried to send a reply to none",
    requires: "the first that arrives is the reply to the request",
    async play(subject) {
      const raw = await subject.peer()
      await refused(subject.send("to nobody"))
      raw.send("", "question")
      same("The request", await subject.receive(), ["question"])
      await subject.send("answer")
      same("The reply", await raw.message(), ["", "answer"])
    },
  },
  {
    ...REP,
    id: "rep/fair-queuing",
    clauses: ["28/rep/6"],
    sends: "20 requests on one connection, then one on each of two others, before any is received",
    requires: "the two are received among the first seven",
    async play(subject) {
      const [busy, ...others] = await peers(subject, 3, { socketType: "DEALER" })
      await served({ subject, busy, others, delimiter: [""], answer: () => subject.send("answer") })
    },
  },
  {
    ...REP,
    id: "rep/asker-gone",
    clauses: ["28/rep/12"],
    sends: "a request, and closes before the reply; another connection asks then",
    requires: "the reply is dropped or refused, and the other connection gets its own",
    async play(subject) {
      const [gone, other] = await peers(subject, 2)
      gone?.send("", "question of one who leaves")
      same("The request", await subject.receive(), ["question of one who leaves"])
      await gone?.leave()
      const isRefused = await refused(subject.send("answer to one who left"))
      other?.send("", "question")
      // A REP that has not got rid of its reply still owes one.
      same("The next request", await subject.receive(), ["question"])
      await subject.send("answer")
      same("The other connection's reply", await other?.message(), ["", "answer"])
      if (isRefused) subject.note("Sending to one who left is refused")
    },
  },
  {
    ...REP,
    id: "rep/never-blocks",
    clauses: ["28/rep/13"],
    options: { sendHighWaterMark: 1 },
    sends: "40 requests, and reads none of the replies of 256 KiB",
    requires: "each send of the program ends",
    async play(subject) {
      const raw = await subject.peer({ socketType: "DEALER" })
      raw.pause()
      const answer = Buffer.alloc(256 * 1024)
      for (let i = 0; i < 40; i++) {
        raw.send("", `question ${i}`)
        same("The request", await subject.receive(), [`question ${i}`])
        await refused(subject.send(answer))
      }
    },
  },
  ...(
    [
      ["without-delimiter", "of one frame that is not empty", ["malformed"]],
      ["of-identities-alone", "of two frames, none of them empty", ["a", "malformed"]],
      ["of-delimiter-alone", "of one empty frame", [""]],
    ] as const
  ).map(([name, phrase, parts]): Case => ({
    ...REP,
    id: `rep/request-${name}`,
    clauses: ["28/rep/4", "28/rep/5"],
    weight: "SHOULD",
    sends: `a request ${phrase}, and then a proper one`,
    requires: "the first is not received; the connection may be closed",
    async play(subject) {
      const raw = await subject.peer({ socketType: "DEALER" })
      raw.send(...parts)
      raw.send("", "proper")
      const request = await firstOrNone(subject, raw)
      if (request !== undefined) same("The first request", request, ["proper"])
    },
  })),
]
