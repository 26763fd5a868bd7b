/**
 * Shows that the peer took a connection up: a message passes on it, in a direction that the type of its socket has. Where
 * no adapter holds the peer, a PING has to come back instead. For cases in which "and nothing else happens" is the answer.
 */
import { message } from "./bytes.js"
import type { SocketType } from "./case.js"
import type { Raw } from "./raw.js"
import type { Subject } from "./subject.js"
import { same } from "./verdict.js"

type Exchange = (subject: Subject, raw: Raw) => Promise<void>

const BODY = "taken up"

const receives: Exchange = async (subject, raw) => {
  raw.send(BODY)
  same("The message", await subject.receive(), [BODY])
}

const subscribes: Exchange = async (subject, raw) => {
  await subject.subscribe("")
  await receives(subject, raw)
}

const sends: Exchange = async (subject, raw) => {
  await subject.send(BODY)
  same("The message", await raw.message(), [BODY])
}

/** A subscription of 3.0 is a message. When it takes effect is not told, so that the peer publishes until it has. */
const publishes: Exchange = async (subject, raw) => {
  if (raw.greeting[11] !== 0) {
    await raw.alive()
    return
  }
  raw.write(message("\x01"))
  while (raw.pending === 0 && !raw.ended) await subject.send(BODY)
  same("The message", await raw.message(), [BODY])
}

const EXCHANGES: Partial<Record<SocketType, Exchange>> = {
  ...{ PULL: receives, DEALER: receives, PAIR: receives, PUSH: sends },
  ...{ SUB: subscribes, XSUB: subscribes, PUB: publishes, XPUB: publishes },
  async ROUTER(subject, raw) {
    raw.send(BODY)
    same("The message after its identity", (await subject.receive()).slice(1), [BODY])
  },
  async REP(subject, raw) {
    raw.send("", BODY)
    same("The request", await subject.receive(), [BODY])
  },
  async REQ(subject, raw) {
    await subject.send(BODY)
    same("The request", await raw.message(), ["", BODY])
  },
}

/** Fails unless the peer uses this connection, whose handshake is complete. */
export async function admitted(subject: Subject, raw: Raw): Promise<void> {
  const exchange = EXCHANGES[subject.type]
  if (subject.driven && exchange !== undefined) await exchange(subject, raw)
  else await raw.alive()
}
