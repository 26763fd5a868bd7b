/**
 * What is run: one row a flow, with the marks this package must reach against other sides in the same run.
 */

export type FlowKind = "stream" | "batches" | "round trip"

/** One end of a flow, as the processes name it. */
export type Role = "push" | "pull" | "request" | "reply"

/** A ratio to another side that this package must reach. */
export interface Mark {
  readonly against: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Flow {
  readonly name: string
  readonly kind: FlowKind
  /** Bytes of a message. */
  readonly size: number
  readonly marks: readonly Mark[]
}

function stream(label: string, size: number, atLeast: number): Flow {
  return { name: `PUSH/PULL ${label}`, kind: "stream", size, marks: [{ against: "zeromq", atLeast }] }
}

/** The same through this package's own door, `trySend` and `batches()`; the others play it as they play a stream. */
function batches(label: string, size: number): Flow {
  return { name: `PUSH/PULL ${label}, batches`, kind: "batches", size, marks: [] }
}

export const flows: readonly Flow[] = [
  stream("10 B", 10, 10),
  stream("100 B", 100, 10),
  stream("1 kB", 1_000, 3.5),
  stream("10 kB", 10_000, 1.7),
  stream("100 kB", 100_000, 1.2),
  batches("10 B", 10),
  batches("100 B", 100),
  { name: "REQ/REP 10 B", kind: "round trip", size: 10, marks: [{ against: "zeromq", atMost: 0.67 }] },
]

/** What is shown of a flow: the first figure of its kind is the one that marks are about. */
export interface Figure {
  readonly name: string
  readonly unit: "messages/s" | "ns"
  /** From what the reporting process said of a run of `count`. */
  of(reported: readonly number[], count: number): number
}

interface Kind {
  /** The end that binds and is told to run first, and the end that connects to it. */
  readonly binder: Role
  readonly connector: Role
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

const STREAM: Kind = {
  binder: "pull",
  connector: "push",
  reporter: "binder",
  turns: 1,
  figures: [
    {
      name: "",
      unit: "messages/s",
      of: ([nanoseconds = NaN], count) => ((count - 1) / nanoseconds) * 1e9,
    },
  ],
  took: ([nanoseconds = NaN]) => nanoseconds,
}

export const kinds: Record<FlowKind, Kind> = {
  stream: STREAM,
  batches: STREAM,
  "round trip": {
    binder: "reply",
    connector: "request",
    reporter: "connector",
    turns: 4,
    figures: [
      { name: "median", unit: "ns", of: ([median = NaN]) => median },
      { name: "p99", unit: "ns", of: ([, p99 = NaN]) => p99 },
    ],
    took: reported => reported[4] ?? NaN,
  },
}

/**
 * What is shown of flows of a kind. With `cpu`, the last two numbers reported are the nanoseconds of processor time
 * that binder and connector had.
 */
export function figuresOf(kind: FlowKind, cpu: boolean): readonly Figure[] {
  const { figures, binder, connector } = kinds[kind]
  if (!cpu) return figures
  const spent = (role: Role, index: number): Figure => ({
    name: `CPU of ${role}`,
    unit: "ns",
    of: (reported, count) => (reported.at(index) ?? NaN) / count,
  })
  return [...figures, spent(binder, -2), spent(connector, -1)]
}
