/** What an XPUB keeps for its user: bounded for each peer and for all, and in order. */
import { expect, test } from "vitest"
import type { Pipe } from "../../../src/peers/pipe.js"
import { createOptionValues, SocketKind } from "../../../src/sockets/options.js"
import { PublisherPattern } from "../../../src/sockets/patterns/publishing.js"
import { UnreadMessages } from "../../../src/sockets/patterns/unread.js"

const megabyte = Buffer.alloc(1024 * 1024)

/** Nothing here is asked of a pipe. */
function nobody(): Pipe {
  const pipe: unknown = {}
  return pipe as Pipe
}

function fill(unread: UnreadMessages, pipe: Pipe, megabytes: number): void {
  for (let i = 0; i < megabytes; i++) unread.push({ message: [megabyte], pipe, kind: "message" })
}

test("a peer of which 64 MiB are unread is full, and others are not, until one message was received", () => {
  const unread = new UnreadMessages()
  const [talker, other] = [nobody(), nobody()]
  fill(unread, talker, 63)
  expect(unread.full(talker)).toBe(false)
  fill(unread, talker, 1)
  expect([unread.full(talker), unread.full(other)]).toEqual([true, false])
  unread.shift()
  expect(unread.full(talker)).toBe(false)
})

test("with 256 MiB from many everybody is full, also those who said nothing", () => {
  const unread = new UnreadMessages()
  for (let i = 0; i < 8; i++) fill(unread, nobody(), 32)
  expect(unread.full(nobody())).toBe(true)
  unread.shift()
  expect(unread.full(nobody())).toBe(false)
})

test("small messages are not for free", () => {
  const unread = new UnreadMessages()
  const pipe = nobody()
  let count = 0
  for (const message = [Buffer.of(1)]; !unread.full(pipe); count++)
    unread.push({ message, pipe, kind: "message" })
  expect(count).toBeLessThan(600_000)
})

test("notices beyond 64 MiB are dropped and counted, and are in nobody's way", () => {
  const unread = new UnreadMessages()
  const pipe = nobody()
  for (let i = 0; i < 66; i++) unread.push({ message: [megabyte], pipe, kind: "notice" })
  expect([unread.length, unread.dropped, unread.full(pipe)]).toEqual([64, 2, false])
  unread.push({ message: [Buffer.from("a message")], pipe, kind: "message" })
  unread.push({ message: [Buffer.from("a request")], pipe, kind: "request" })
  expect([unread.length, unread.dropped]).toEqual([66, 2])
  unread.shift()
  unread.push({ message: [megabyte], pipe, kind: "notice" })
  expect([unread.length, unread.dropped]).toEqual([66, 2])
})

test("an XPUB reads on and applies subscriptions of which its user will not hear; those that it is asked for wait", () => {
  const host = { wakeReceiver: () => undefined, wakeSender: () => undefined }
  for (const manual of [false, true]) {
    const values = createOptionValues(SocketKind.XPublisher)
    values.manual = manual
    const pattern = new PublisherPattern(host, values, "XPUB")
    const inbound: Buffer[] = []
    for (let i = 0; i < 70; i++) {
      const topic = Buffer.alloc(1024 * 1024 + 1)
      topic.set([1, i])
      inbound.push(topic)
    }
    const pipe = {
      matchedBy: 0,
      read() {
        const part = inbound.shift()
        return part === undefined ? undefined : [part]
      },
    } as unknown as Pipe
    pattern.attach(pipe)
    pattern.readable(pipe)
    expect([inbound.length, pattern.droppedNotices]).toEqual(manual ? [6, 0] : [0, 6])
    expect(pattern.topicsCount).toBe(manual ? 0 : 70)
    let heard = 0
    while (pattern.receive() !== undefined) heard++
    expect(heard).toBe(manual ? 70 : 64)
  }
})

test("what comes in while a pipe is being read is shown after what was read", () => {
  const host = { wakeReceiver: () => undefined, wakeSender: () => undefined }
  const pattern = new PublisherPattern(host, createOptionValues(SocketKind.XPublisher), "XPUB")
  const coming = ["\x01a", "\x01b", "\x01c"]
  const inbound: Buffer[] = [Buffer.from("\x01first")]
  const pipe = {
    /** Takes the only message, so that there is room for another, of which the pipe tells at once. */
    read() {
      const part = inbound.shift()
      const next = coming.shift()
      if (next !== undefined) {
        inbound.push(Buffer.from(next))
        pattern.readable(pipe as unknown as Pipe)
      }
      return part === undefined ? undefined : [part]
    },
  }
  pattern.attach(pipe as unknown as Pipe)
  pattern.readable(pipe as unknown as Pipe)
  const shown: string[] = []
  for (let message = pattern.receive(); message !== undefined; message = pattern.receive()) {
    shown.push(message.join("|"))
  }
  expect(shown).toEqual(["\x01first", "\x01a", "\x01b", "\x01c"])
})
