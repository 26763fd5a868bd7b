import { message } from "../play/bytes.js"
import type { Case } from "../play/case.js"
import { same } from "../play/verdict.js"

export const framing: readonly Case[] = [
  {
    id: "framing/empty-part",
    clauses: ["37/framing/1", "23/framing/1"],
    sends: "a message of one empty frame, 00 00",
    requires: "it is received as one empty part",
    types: ["PULL", "DEALER"],
    controlled: true,
    async play(subject) {
      const raw = await subject.peer()
      raw.write(message(""))
      same("The message", await subject.receive(), [""])
    },
  },
  ...[3, 4, 5, 6, 7].map((bit): Case => ({
    id: `framing/reserved-bit-${bit}`,
    clauses: ["37/framing/4", "23/framing/4"],
    weight: "SHOULD",
    sends: `a message frame whose flags have bit ${bit} set`,
    requires: "the connection is closed",
    types: ["PULL"],
    async play(subject) {
      const raw = await subject.peer()
      raw.write(Buffer.of(1 << bit, 1, 65))
      await raw.refuses(`a frame with bit ${bit} of its flags set`)
    },
  })),
]
