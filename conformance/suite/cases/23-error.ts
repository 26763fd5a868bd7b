/**
 * Errors (23/ZMTP, 37/ZMTP §Error Handling): what an ERROR command ends, what a closed connection does not, and how a peer comes
 * back. ERRORs that the peer sends are for the files of what leads to them.
 */
import type { Options } from "../../peers/protocol.js"
import { admitted } from "../play/admitted.js"
import { command, frame, greeting, octets, ready, type Octets } from "../play/bytes.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import type { Raw } from "../play/raw.js"
import type { Subject } from "../play/subject.js"
import { demand, NotApplicable, same } from "../play/verdict.js"

/** An ERROR with its reason (37/ZMTP §The NULL Security Mechanism). */
function errorOf(reason: Octets): Buffer {
  const text = octets(reason)
  return command("ERROR", Buffer.concat([Buffer.of(text.length), text]))
}

const REASONS: readonly (readonly [name: string, sends: string, octets: Buffer, weight?: "SHOULD"])[] = [
  ["without-a-reason", "ERROR with an empty reason, 04 07 05 'ERROR' 00,", errorOf("")],
  ["with-a-reason", 'ERROR with the reason "400"', errorOf("400")],
  ["with-a-long-reason", "ERROR with a reason of 255 octets", errorOf("x".repeat(255))],
  ["without-a-length", "ERROR that ends after its name", command("ERROR"), "SHOULD"],
  ["cut-short", "ERROR with a reason of 1 octet where 9 are announced", command("ERROR", "\x09x"), "SHOULD"],
]

const CLOSED = "end of the connection after ERROR"

/** How far the hand-played peer goes before it gives up. */
const STAGES: readonly (readonly [name: string, when: string, reach: (raw: Raw, type: string) => unknown])[] =
  [
    ["at-once", "before an octet is sent", () => undefined],
    ["after-one-octet", "after one octet", raw => raw.write(greeting().subarray(0, 1))],
    ["after-a-signature", "after ten octets", raw => raw.write(greeting().subarray(0, 10))],
    ["after-the-greeting", "after the greetings", raw => raw.greet()],
    ["within-ready", "in the middle of READY", async (raw, type) => cutReady(await raw.greet(), type)],
    ["after-ready", "after the handshake", (raw, socketType) => raw.shakeHands({ socketType })],
  ]

function cutReady(raw: Raw, type: string): void {
  raw.write(ready(type).subarray(0, 12))
}

/** In milliseconds; given to peers that connect. */
const INTERVAL = 30

const CLIENT: Options = { plainUsername: "admin", plainPassword: "secret", reconnectInterval: INTERVAL }

/** How long the peer takes to come back, each time that it is cut off at once, in whole milliseconds. */
async function delays(subject: Subject, count: number): Promise<number[]> {
  const times: number[] = []
  let raw = await subject.connection()
  while (times.length < count) {
    const end = performance.now()
    raw.reset()
    raw = await subject.connection().catch(() => {
      throw new NotApplicable("It does not connect again")
    })
    times.push(Math.round(performance.now() - end))
  }
  return times
}

/** Ends a client's handshake, and sees whether it comes back while another one, which is only cut off, does so. */
async function refuse(subject: Subject, reject: (raw: Raw) => unknown, options: Options): Promise<void> {
  const raw = await subject.connection()
  await reject(raw)
  await raw.closed(CLOSED)
  let again = false
  subject.connection().then(
    () => (again = true),
    () => undefined,
  )
  const place = await subject.listener()
  const other = await subject.control.open(subject.type, { linger: 0, ...options })
  subject.closeToo(other)
  await other.connect(place.endpoint)
  for (let i = 0; i < 5 && !again; i++) (await place.accept()).reset()
  demand(!again, "It connected again although ERROR had refused it")
}

export const error: readonly Case[] = [
  ...REASONS.map(([name, sends, bytes, weight]): Case => ({
    id: `error/${name}`,
    clauses: ["37/error/1", "23/error/1"],
    ...(weight && { weight }),
    sends: `${sends} in place of READY`,
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(bytes)
      await raw.closed(CLOSED)
    },
  })),
  {
    id: "error/behind-the-greeting",
    clauses: ["37/error/1", "23/error/1"],
    sends: "a greeting and ERROR in one write",
    requires: "the connection is closed",
    types: ANY,
    async play(subject) {
      const raw = await subject.connection()
      raw.write(greeting(), errorOf("400"))
      await raw.closed(CLOSED)
    },
  },
  {
    id: "error/to-a-peer-that-connects",
    clauses: ["37/error/1", "23/error/1"],
    sends: "ERROR in place of READY to a peer that connects",
    requires: "the connection is closed",
    types: ANY,
    side: "connects",
    async play(subject) {
      const raw = await subject.greeted()
      raw.write(errorOf("400"))
      await raw.closed(CLOSED)
    },
  },
  {
    id: "error/no-return-with-the-same-password",
    clauses: ["37/error/2", "23/error/2"],
    sends: 'ERROR with the reason "400" in reply to the HELLO of a PLAIN client',
    requires: "it does not connect again, while another that was only cut off does so five times",
    types: ["PUSH", "DEALER"],
    options: CLIENT,
    side: "connects",
    controlled: true,
    async play(subject) {
      const reject = async (raw: Raw) => {
        await raw.greet({ mechanism: "PLAIN", asServer: 1 })
        await raw.command("HELLO")
        raw.write(errorOf("400"))
      }
      await refuse(subject, reject, CLIENT)
    },
  },
  {
    id: "error/other-errors-close",
    clauses: ["37/error/3", "23/error/3"],
    sends: "a frame that announces 2,048 octets, where the peer takes 1,024",
    requires: "the connection is closed, and no ERROR comes before",
    types: ["PULL", "DEALER"],
    options: { maxMessageSize: 1024 },
    async play(subject) {
      const raw = await subject.peer()
      raw.write(frame(Buffer.alloc(2048)))
      await raw.closed("end of the connection after a frame that is too large")
      if (raw.pending === 0) return
      const { name } = await raw.frame()
      demand(name !== "ERROR", "It sent ERROR after the handshake")
    },
  },
  ...STAGES.flatMap(([name, when, reach]): Case[] => [
    {
      id: `error/others-served-when-one-leaves-${name}`,
      clauses: ["37/error/4", "23/error/4"],
      sends: `the end of a connection ${when}, and a second connection`,
      requires: "the second connection is used",
      types: ANY,
      async play(subject) {
        const raw = await subject.connection()
        await reach(raw, PARTNER[subject.type])
        raw.end()
        await admitted(subject, await subject.peer())
      },
    },
    {
      id: `error/returns-when-cut-off-${name}`,
      clauses: ["37/error/4", "23/error/4", "37/error/5", "23/error/5"],
      weight: "SHOULD",
      sends: `the end of a connection of a peer that connects, ${when}`,
      requires: "it connects again, and that connection is used",
      types: ANY,
      options: { reconnectInterval: INTERVAL },
      side: "connects",
      async play(subject) {
        const raw = await subject.connection()
        await reach(raw, PARTNER[subject.type])
        raw.end()
        await admitted(subject, await subject.peer())
      },
    },
  ]),
  {
    id: "error/others-served-after-a-reset",
    clauses: ["37/error/4", "23/error/4"],
    sends: "RST after the handshake, and a second connection",
    requires: "the second connection is used",
    types: ["PULL", "DEALER", "REP", "SUB"],
    async play(subject) {
      const raw = await subject.peer()
      raw.reset()
      await admitted(subject, await subject.peer())
    },
  },
  {
    id: "error/returns-after-a-reset",
    clauses: ["37/error/4", "23/error/4", "37/error/5", "23/error/5"],
    weight: "SHOULD",
    sends: "RST after the handshake, to a peer that connects",
    requires: "it connects again, and that connection is used",
    types: ["PULL", "DEALER", "REP", "SUB"],
    options: { reconnectInterval: INTERVAL },
    side: "connects",
    async play(subject) {
      const raw = await subject.peer()
      raw.reset()
      await admitted(subject, await subject.peer())
    },
  },
  ...(["PUSH", "DEALER"] as const).map((type): Case => ({
    id: `error/messages-kept-by-${type.toLowerCase()}`,
    clauses: ["37/error/4", "23/error/4"],
    weight: "SHOULD",
    sends:
      "the end of a connection in the middle of the handshake with a peer that has three messages to send",
    requires: "all three come on its next connection, in order",
    types: [type],
    options: { reconnectInterval: INTERVAL },
    side: "connects",
    controlled: true,
    async play(subject) {
      const exchange = async () => {
        const first = await subject.greeted()
        first.end()
        const raw = await subject.peer()
        const came = [await raw.message(), await raw.message(), await raw.message()]
        same("The messages", came, [["1"], ["2"], ["3"]])
      }
      const send = async () => {
        for (const text of ["1", "2", "3"]) await subject.send(text)
      }
      // Where it waits for a connection that does not come, the exchange says so.
      send().catch(() => undefined)
      await exchange()
    },
  })),
  {
    id: "error/delay-before-it-returns",
    clauses: ["37/error/6", "23/error/6"],
    sends: "the end of a connection at once, six times, to a peer whose reconnectInterval is 100 ms",
    requires: "it takes 100 ms at least to connect again six times",
    types: ANY,
    options: { reconnectInterval: 100 },
    side: "connects",
    async play(subject) {
      const times = await delays(subject, 6)
      const sum = times.reduce((total, time) => total + time)
      demand(sum >= 100, `It connected again after ${times.join(", ")} ms, given an interval of 100 ms`)
    },
  },
  {
    id: "error/delay-grows",
    clauses: ["37/error/7", "23/error/7"],
    sends:
      "the end of a connection at once, eight times, to a peer whose reconnectInterval is 50 ms, at most 300",
    requires: "the last three times it connects again after more than 250 ms",
    types: ANY,
    options: { reconnectInterval: 50, reconnectMaxInterval: 300 },
    side: "connects",
    async play(subject) {
      const times = await delays(subject, 8)
      demand(Math.min(...times.slice(-3)) > 250, `It connected again after ${times.join(", ")} ms`)
    },
  },
]
