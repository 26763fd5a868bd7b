/**
 * How each kind of flow is played and read: which ends it has, which of them reports, and what figures its reports
 * give. The rows of flows.ts name a kind; measure.ts plays it.
 */
import type { FlowKind } from "./flows.js"

/** One end of a flow, as the processes name it. */
export type Role =
  | ("push" | "pull" | "dealer" | "router" | "request" | "reply" | "requesters" | "publish" | "subscribers")
  // Both ends in one process.
  | "alone"

/** What is shown of a flow: the first figure of its kind is the one that marks are about. */
export interface Figure {
  readonly name: string
  readonly unit: "messages/s" | "ns"
  /** From what the reporting process said of a run of `count` messages to each of so many sockets. */
  of(reported: readonly number[], count: number, sockets: number): number
}

export interface Kind {
  /** The end that binds and is told to run first. */
  readonly binder: Role
  /** The end that connects to it; none when one process plays both. */
  readonly connector?: Role
  readonly reporter: "binder" | "connector"
  /**
   * A round of the plan is cut into this many turns of the sides. Round trips take a third of the time while
   * something else keeps the processors awake, for seconds on end: only neighbours in time can be compared.
   */
  readonly turns: number
  readonly figures: readonly [Figure, ...Figure[]]
  /** Nanoseconds that a run took, from what was reported. */
  took(reported: readonly number[]): number
}

const PER_SECOND: Figure = {
  name: "",
  unit: "messages/s",
  of: ([nanoseconds = NaN], count, sockets) => ((count * sockets) / nanoseconds) * 1e9,
}

const first = ([nanoseconds = NaN]: readonly number[]): number => nanoseconds

const STREAM: Kind = {
  ...{ binder: "pull", connector: "push", reporter: "binder", turns: 1 },
  figures: [PER_SECOND],
  took: first,
}

export const kinds: Readonly<Record<FlowKind, Kind>> = {
  stream: STREAM,
  batches: STREAM,
  routed: { ...STREAM, binder: "router", connector: "dealer" },
  "round trip": {
    ...{ binder: "reply", connector: "request", reporter: "connector", turns: 4 },
    figures: [
      { name: "median", unit: "ns", of: ([median = NaN]) => median },
      { name: "p99", unit: "ns", of: ([, p99 = NaN]) => p99 },
      { name: "p99.9", unit: "ns", of: reported => reported[5] ?? NaN },
    ],
    took: reported => reported[4] ?? NaN,
  },
  "many requesters": { ...STREAM, binder: "reply", connector: "requesters", reporter: "connector" },
  // Deliveries count, not messages sent.
  "fan-out": { ...STREAM, binder: "publish", connector: "subscribers", reporter: "connector" },
  alone: { binder: "alone", reporter: "binder", turns: 1, figures: [PER_SECOND], took: first },
}

/**
 * What is shown of flows of a kind. With `cpu`, the last numbers reported are the nanoseconds of processor time
 * that binder and connector had.
 */
export function figuresOf(kind: FlowKind, cpu: boolean): readonly Figure[] {
  const { figures, binder, connector } = kinds[kind]
  if (!cpu) return figures
  const ends = connector === undefined ? [binder] : [binder, connector]
  const spent = (role: Role, index: number): Figure => ({
    name: `CPU of ${role}`,
    unit: "ns",
    of: (reported, count, sockets) => (reported.at(index - ends.length) ?? NaN) / (count * sockets),
  })
  return [...figures, ...ends.map(spent)]
}
