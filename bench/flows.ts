/**
 * What is run: one row a flow, with the marks this package must reach against other sides in the same run. What the
 * ends of a flow do is told in processes/; how figures come of it is for kinds.ts.
 */

export type FlowKind =
  | ("stream" | "zero copy" | "routed" | "batches" | "proxied" | "alone")
  | ("round trip" | "many requesters" | "many dealers" | "connections")
  | ("fan-out" | "filtered")

/** A ratio to another side that this package must reach. */
export interface Mark {
  readonly against: string
  /** The name of the figure; the flow's first when absent. */
  readonly figure?: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Flow {
  readonly name: string
  readonly kind: FlowKind
  /** Bytes of a message. */
  readonly size: number
  /** What the binding end is told to bind to; unused by ends that are alone in their process. */
  readonly transport: "tcp" | "ipc" | "inproc"
  /** How many sockets the connecting end has: subscribers, requesters, dealers. */
  readonly sockets: number
  /** To how many topics the subscriber of a filtered flow subscribes. */
  readonly topics: number
  /** Whether all ends have to share one processor, so that none has to be woken on another. */
  readonly pinned: boolean
  readonly marks: readonly Mark[]
  /** Whether it is part of the quick run. */
  readonly quick: boolean
}

const SIZES: Readonly<Record<string, number>> = {
  "1 B": 1,
  "10 B": 10,
  "100 B": 100,
  "1 kB": 1_000,
  "10 kB": 10_000,
  "100 kB": 100_000,
  "1 MB": 1_000_000,
  "10 MB": 10_000_000,
}

type Options = Partial<Omit<Flow, "name" | "kind" | "size">>

function flow(kind: FlowKind, name: string, label: string, options: Options = {}): Flow {
  const { transport = "tcp", sockets = 1, topics = 0, pinned = false, marks = [], quick = false } = options
  const where = `${transport === "tcp" ? "" : ` over ${transport}`}${pinned ? " on one processor" : ""}`
  return {
    name: `${name} ${label}${where}`,
    kind,
    size: SIZES[label] ?? NaN,
    transport,
    sockets,
    topics,
    pinned,
    marks,
    quick,
  }
}

/** Marks for messages a second against libzmq from C and against native. */
function faster(libzmq: number | undefined, zeromq: number | undefined): readonly Mark[] {
  return [
    ...(libzmq === undefined ? [] : [{ against: "libzmq, C", atLeast: libzmq }]),
    ...(zeromq === undefined ? [] : [{ against: "zeromq", atLeast: zeromq }]),
  ]
}

const ROUND_TRIP: readonly Mark[] = [
  { against: "libzmq, C", atMost: 0.9 },
  { against: "zeromq", figure: "p99", atMost: 1 },
]

/**
 * Beside what costs so little, the time in which a processor wakes up would decide: several times a round trip, and in
 * some turns only.
 */
const FLOOR: readonly Mark[] = [{ against: "node:net", atMost: 1.1 }]

export const flows: readonly Flow[] = [
  flow("stream", "PUSH/PULL", "1 B"),
  flow("stream", "PUSH/PULL", "10 B", { marks: faster(0.75, 12), quick: true }),
  flow("stream", "PUSH/PULL", "100 B", { marks: faster(0.5, 4.5), quick: true }),
  flow("zero copy", "PUSH/PULL, zeroCopyReceive,", "100 B", { marks: faster(1.2, 12), quick: true }),
  flow("stream", "PUSH/PULL", "1 kB", { marks: faster(1, 2.8), quick: true }),
  flow("zero copy", "PUSH/PULL, zeroCopyReceive,", "1 kB", { marks: faster(2, 6), quick: true }),
  flow("stream", "PUSH/PULL", "10 kB", { marks: faster(1.3, 2), quick: true }),
  flow("zero copy", "PUSH/PULL, zeroCopyReceive,", "10 kB", { quick: true }),
  flow("stream", "PUSH/PULL", "100 kB", { marks: faster(1, 1.2), quick: true }),
  flow("stream", "PUSH/PULL", "1 MB", { marks: faster(1.3, undefined) }),
  flow("stream", "PUSH/PULL", "10 MB"),
  ...["10 B", "1 kB", "100 kB"].map(label => flow("stream", "PUSH/PULL", label, { transport: "ipc" })),
  flow("batches", "PUSH/PULL, batches,", "10 B", { marks: faster(2, undefined), quick: true }),
  flow("batches", "PUSH/PULL, batches,", "100 B"),
  ...["10 B", "100 B", "1 kB", "100 kB"].map(label => flow("routed", "DEALER/ROUTER", label)),
  flow("round trip", "REQ/REP", "10 B", { marks: ROUND_TRIP, quick: true }),
  flow("round trip", "REQ/REP", "10 B", { pinned: true, marks: FLOOR, quick: true }),
  flow("round trip", "REQ/REP", "1 kB"),
  flow("many requesters", "REQ/REP, 100 requesters,", "10 B", { sockets: 100 }),
  flow("fan-out", "PUB/SUB, 1 subscriber,", "10 B", { sockets: 1 }),
  flow("fan-out", "PUB/SUB, 10 subscribers,", "10 B", { sockets: 10 }),
  flow("fan-out", "PUB/SUB, 100 subscribers,", "10 B", {
    sockets: 100,
    marks: faster(undefined, 8),
    quick: true,
  }),
  flow("fan-out", "PUB/SUB, 1,000 subscribers,", "10 B", { sockets: 1_000 }),
  flow("filtered", "PUB/SUB, 1 topic,", "100 B", { topics: 1 }),
  flow("filtered", "PUB/SUB, 1,000 topics,", "100 B", { topics: 1_000 }),
  flow("filtered", "PUB/SUB, 1,000,000 topics,", "100 B", {
    topics: 1_000_000,
    marks: faster(1, undefined),
  }),
  ...["1,000", "10,000"].flatMap(many => {
    const sockets = Number(many.replace(",", ""))
    return [
      flow("connections", `ROUTER, ${many} connections made,`, "10 B", { sockets }),
      flow("many dealers", `ROUTER, ${many} connections,`, "10 B", { sockets }),
    ]
  }),
  flow("proxied", "PUSH/PULL through a proxy,", "10 B"),
  flow("proxied", "PUSH/PULL through a proxy,", "1 kB"),
  flow("alone", "PUSH/PULL", "10 B", { transport: "inproc", marks: faster(undefined, 8), quick: true }),
  ...["1 kB", "100 kB"].map(label => flow("alone", "PUSH/PULL", label, { transport: "inproc" })),
]
