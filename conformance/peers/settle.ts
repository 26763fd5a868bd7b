/**
 * Waits until a publisher's messages reach a subscriber. A publisher does not tell when a subscription has
 * arrived, so it repeats a message that belongs to no topic until the subscriber has one of them.
 */
import type { Performer } from "./protocol.js"

export interface Side {
  readonly peer: Performer
  readonly socket: string
}

const MARK = "~settle"

/** Subscribes to the prefixes, too. What is left of the repeated messages comes first, as foreign ones. */
export async function settle(publisher: Side, subscriber: Side, prefixes: readonly string[]): Promise<void> {
  await subscriber.peer.call("subscribe", { socket: subscriber.socket, prefixes: [...prefixes, MARK] })
  let settled = false
  const arrival = subscriber.peer.call("receive", { socket: subscriber.socket }).finally(() => {
    settled = true
  })
  const parts = [Buffer.from(MARK).toString("base64")]
  while (!settled) {
    await publisher.peer.call("send", { socket: publisher.socket, parts })
    // Within one process the calls alone would never let the event loop turn.
    await new Promise(setImmediate)
  }
  await arrival
}
