/**
 * How each kind of flow is played and read: which processes it has, and what figures come of what they report. The rows
 * of flows.ts name a kind; measure.ts plays it.
 */
import type { FlowKind } from "./flows.js"

/** One end of a flow, as the processes name it. */
export type Role =
  | ("push" | "pull" | "dealer" | "router" | "request" | "reply" | "requesters" | "dealers" | "echo")
  | ("publish" | "subscribers" | "publish-topics" | "subscribe-topics" | "proxy")
  // Both ends in one process.
  | "alone"

export type Unit = "messages/s" | "ns" | "B"

/** One run of `count` messages to each of so many sockets. */
export interface Measured {
  /** What the processes said of it, the binder's words first. */
  readonly reported: readonly number[]
  /** The processor time that each role had in nanoseconds, where it was taken. */
  readonly spent: readonly number[]
  readonly count: number
  readonly sockets: number
}

/** What is shown of a flow: the first figure of its kind is the one that marks are about. */
export interface Figure {
  readonly name: string
  readonly unit: Unit
  of(measured: Measured): number
}

export interface Kind {
  /** The end that binds and is told to run first. */
  readonly binder: Role
  /** What stands between the two ends: it connects to the binder and binds for the connector. */
  readonly middle?: Role
  /** The end that connects; none when one process plays both. */
  readonly connector?: Role
  /** Whether each measurement has processes of its own and is their first message: nothing warms up. */
  readonly fresh?: boolean
  /**
   * A round of the plan is cut into this many turns of the sides. Round trips take a third of the time while
   * something else keeps the processors awake, for seconds on end: only neighbours in time can be compared.
   */
  readonly turns: number
  readonly figures: readonly [Figure, ...Figure[]]
  /** Nanoseconds that a run took, from what was reported. */
  took(reported: readonly number[]): number
}

function perSecond(took: Kind["took"]): Figure {
  return {
    name: "",
    unit: "messages/s",
    of: ({ reported, count, sockets }) => ((count * sockets) / took(reported)) * 1e9,
  }
}

const first = ([nanoseconds = NaN]: readonly number[]): number => nanoseconds

const STREAM: Kind = {
  ...{ binder: "pull", connector: "push", turns: 1 },
  figures: [perSecond(first)],
  took: first,
}

const MANY_DEALERS = { binder: "echo", connector: "dealers" } as const

/** Of the processes that share the dealers; before their times comes by how much the ROUTER's memory grew. */
const slowest = (reported: readonly number[]): number => Math.max(...reported.slice(1))

export const kinds: Readonly<Record<FlowKind, Kind>> = {
  stream: STREAM,
  "zero copy": STREAM,
  batches: STREAM,
  routed: { ...STREAM, binder: "router", connector: "dealer" },
  "round trip": {
    ...{ binder: "reply", connector: "request", turns: 4 },
    figures: [
      { name: "median", unit: "ns", of: ({ reported }) => reported[0] ?? NaN },
      { name: "p99", unit: "ns", of: ({ reported }) => reported[1] ?? NaN },
      { name: "p99.9", unit: "ns", of: ({ reported }) => reported[5] ?? NaN },
    ],
    took: reported => reported[4] ?? NaN,
  },
  "many requesters": { ...STREAM, binder: "reply", connector: "requesters" },
  "many dealers": { ...STREAM, ...MANY_DEALERS, figures: [perSecond(slowest)], took: slowest },
  // A connection counts as made when a message has gone there and back.
  connections: {
    ...{ ...STREAM, ...MANY_DEALERS, fresh: true, took: slowest },
    figures: [
      { name: "time", unit: "ns", of: ({ reported }) => slowest(reported) },
      {
        name: "memory each",
        unit: "B",
        of: ({ reported, sockets }) => (reported[0] ?? NaN) / sockets,
      },
    ],
  },
  // Deliveries count, not messages sent.
  "fan-out": { ...STREAM, binder: "publish", connector: "subscribers" },
  filtered: { ...STREAM, binder: "publish-topics", connector: "subscribe-topics" },
  proxied: { ...STREAM, middle: "proxy" },
  alone: { binder: "alone", turns: 1, figures: [perSecond(first)], took: first },
}

/** The roles of a kind, in the order in which their processes start. */
export function rolesOf({ binder, middle, connector }: Kind): readonly Role[] {
  return [binder, middle, connector].filter(role => role !== undefined)
}

/** What is shown of flows of a kind; with `cpu`, also the processor time that each role had for a message. */
export function figuresOf(kind: FlowKind, cpu: boolean): readonly Figure[] {
  const { figures } = kinds[kind]
  if (!cpu) return figures
  const roles = rolesOf(kinds[kind])
  const spent = (role: Role, index: number): Figure => ({
    name: `CPU of ${role}`,
    unit: "ns",
    of: ({ spent, count, sockets }) => (spent[index] ?? NaN) / (count * sockets),
  })
  return [...figures, ...roles.map(spent)]
}
