/**
 * What topics cost that somebody subscribed to: memory, and the time it takes to find out who wants a message,
 * with one topic, a thousand, a million. Every row is measured in a process of its own, by `topics.ts`. It compares
 * nothing.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { digits } from "./report.js"
import type { Shown } from "./show/shown.js"
import type { Cost, Load } from "./topics.js"

const million = 1_000_000

const loads: readonly Load[] = [
  ...(["TopicMap", "TopicSet"] as const).flatMap(structure =>
    (["dotted", "random"] as const).flatMap(topics =>
      [1, 1_000, million].map(count => ({ structure, topics, count, subscribers: 1 })),
    ),
  ),
  { structure: "TopicMap", topics: "dotted", count: million / 2, subscribers: 2 },
  { structure: "TopicMap", topics: "long", count: 20_000, subscribers: 1 },
  { structure: "TopicMap", topics: "colliding", count: 18 ** 4, subscribers: 1 },
]

async function costOf(load: Load): Promise<Cost> {
  const child = fork(fileURLToPath(new URL("topics.ts", import.meta.url)), [JSON.stringify(load)], {
    execArgv: [...process.execArgv, "--expose-gc"],
  })
  const answered = once(child, "message") as Promise<[Cost]>
  const ended = once(child, "exit").then(([status, signal]: unknown[]) => {
    throw new Error(`measuring topics ended with ${String(signal ?? status)}`)
  })
  const [cost] = await Promise.race([answered, ended])
  return cost
}

function cells({ structure, topics, count, subscribers }: Load, cost: Cost): readonly string[] {
  const subscriptions = count * subscribers
  const perSubscription = cost.bytes / subscriptions
  // What a handful of topics costs is lost in the rest of the heap.
  const memory = count < 1_000 ? "" : `${Math.round(perSubscription)} B`
  const beyond = count < 1_000 ? "" : `${Math.round(perSubscription - cost.topicLength)} B`
  return [
    `${structure}, ${cost.topicLength} B ${topics}`,
    count.toLocaleString("en"),
    subscribers.toString(),
    memory,
    beyond,
    ...[cost.hit, cost.miss].map(nanoseconds => `${digits(nanoseconds)} ns`),
  ]
}

export async function runSubscriptions(only: RegExp, progress: (text: string) => void): Promise<Shown> {
  const rows: (readonly string[])[] = []
  for (const load of loads) {
    const name = `${load.structure}, ${load.count} ${load.topics}`
    if (!only.test(name)) continue
    progress(name)
    rows.push(cells(load, await costOf(load)))
  }
  progress("")
  const header = ["topics", "count", "subscribers", "a subscription", "beyond its bytes", "match", "no match"]
  return { title: "Subscriptions", header, rows }
}
