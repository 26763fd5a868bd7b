/**
 * The process behind `subscriptions.ts`: measures one TopicMap or TopicSet, tells its parent and leaves. Needs
 * --expose-gc.
 */
import { TopicMap, TopicSet, type Subscriber } from "../src/routing/subscriptions.js"
import { bytesInUse } from "./processes/memory.js"

/** What is measured. */
export interface Load {
  readonly structure: "TopicMap" | "TopicSet"
  readonly topics: keyof typeof writers
  readonly count: number
  /** How many ask for each topic. */
  readonly subscribers: number
}

export interface Cost {
  readonly topicLength: number
  /** Memory of all topics. */
  readonly bytes: number
  /** Nanoseconds to find who wants a message, when somebody does and when its topic's last byte says nobody. */
  readonly hit: number
  readonly miss: number
}

let seed = 12_345
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

/** Eighteen bytes of which each finds the slots of a small table taken: what makes the sparsest tables. */
const colliding = Array.from({ length: 9 }, (_, i) => [i, i + 128]).flat()

/** The topics: how long they are, and what writes the one with a given number. */
const writers = {
  /** As in a market feed: long common beginnings. */
  dotted: {
    length: 20,
    write(topic: Buffer, number: number) {
      topic.write(`eu.prices.${number.toString().padStart(10, "0")}`, "latin1")
    },
  },
  random: {
    length: 20,
    write(topic: Buffer) {
      for (let i = 0; i < topic.length; i++) topic[i] = random(256)
    },
  },
  /** Longer than what one node of the tree holds. */
  long: {
    length: 1_500,
    write(topic: Buffer, number: number) {
      topic.fill(0x2e)
      topic.write(number.toString(36).padStart(4, "0"), "latin1")
    },
  },
  colliding: {
    length: 4,
    write(topic: Buffer, number: number) {
      for (let i = 0; i < topic.length; i++) topic[i] = colliding[Math.floor(number / 18 ** i) % 18] as number
    },
  },
}

type Match = (message: Buffer) => void

/** Nanoseconds a call: the median of nine spells, after one that warms up. */
function time(messages: readonly Buffer[], match: Match): number {
  const rounds: number[] = []
  for (let round = 0; round < 10; round++) {
    const start = process.hrtime.bigint()
    let calls = 0
    let nanoseconds = 0
    while (nanoseconds < 50e6) {
      for (const message of messages) match(message)
      calls += messages.length
      nanoseconds = Number(process.hrtime.bigint() - start)
    }
    if (round > 0) rounds.push(nanoseconds / calls)
  }
  return rounds.sort((a, b) => a - b)[4] ?? NaN
}

let found = 0

/** Makes the structure; returns what matches a message against it, and is all that holds it. */
function fill({ structure, count, subscribers }: Load, topicAt: (number: number) => Buffer): Match {
  if (structure === "TopicSet") {
    const set = new TopicSet()
    for (let number = 0; number < count; number++) set.add(topicAt(number))
    return message => {
      if (set.matches(message)) found++
    }
  }
  const map = new TopicMap<Subscriber>()
  const peers = Array.from({ length: subscribers }, () => ({ matchedBy: 0 }))
  for (let number = 0; number < count; number++) {
    for (const peer of peers) map.add(topicAt(number), peer)
  }
  const visit = (): void => {
    found++
  }
  return message => map.match(message, visit)
}

async function measure(load: Load): Promise<Cost> {
  const { length, write } = writers[load.topics]
  // One buffer, so that the topics weigh little beside what is measured.
  const bytes = Buffer.alloc(load.count * length)
  const topicAt = (number: number): Buffer => bytes.subarray(number * length, (number + 1) * length)
  for (let number = 0; number < load.count; number++) write(topicAt(number), number)
  const payload = Buffer.from(" and a payload")
  const hits = Array.from({ length: 4_096 }, () => Buffer.concat([topicAt(random(load.count)), payload]))
  const misses = hits.map(message => {
    const miss = Buffer.from(message)
    // As late a miss as can be: the last byte is one that no topic has there.
    miss[length - 1] = load.topics === "random" ? (miss[length - 1] as number) ^ 1 : 0x78
    return miss
  })

  // What letting the structure go frees is what it costs; growth would count compiled code and the like as well.
  const held: { match: Match | undefined } = { match: fill(load, topicAt) }
  const using = await bytesInUse()
  held.match = undefined
  const memory = using - (await bytesInUse())

  const match = fill(load, topicAt)
  for (const message of hits) match(message)
  for (const message of misses) match(message)
  const expected = hits.length * load.subscribers
  if (found !== expected) throw new Error(`${found} visits instead of ${expected}`)
  return { topicLength: length, bytes: memory, hit: time(hits, match), miss: time(misses, match) }
}

process.send?.(await measure(JSON.parse(process.argv[2] ?? "") as Load))
process.disconnect()
