/**
 * The exchanges that show two libraries to understand each other: which socket types talk to which, what flows
 * between them, and how it is checked. Who plays which side, and what is done with the outcome, is the caller's.
 */
import type { Stream } from "./peers/messages.js"
import type { Options, SocketType, Tally } from "./peers/protocol.js"
import { settle, type Side } from "./peers/settle.js"

export type Role = "sender" | "receiver"

/** One pair of socket types and its traffic. */
export interface Exchange {
  readonly name: string
  readonly sender: SocketType
  readonly receiver: SocketType
  /** `round trips` are requests of the sender's that the receiver answers. */
  readonly traffic: "one way" | "both ways" | "round trips"
  /** Parts that come before a message at the receiver, and return with its answer. */
  readonly envelope?: number
  /** Parts that the sender puts before each message. */
  readonly to?: readonly string[]
  /** What the receiver subscribes to, of {@link topics}. */
  readonly subscribes?: readonly string[]
  readonly topics?: readonly string[]
  /** Messages of one part, besides the topic. */
  readonly single?: true
  /** Options of one side beside {@link PATIENT}. */
  readonly receiverOptions?: Options
  /** The transports that the types refuse. */
  readonly only?: readonly string[]
}

const NEWS = { topics: ["news.home", "weather", "news.world", ""], subscribes: ["news."] } as const
const GROUPS = { topics: ["news", "weather", "sports", "film"], subscribes: ["news", "film"] } as const

export const CORE: readonly Exchange[] = [
  { name: "PUSH/PULL", sender: "push", receiver: "pull", traffic: "one way" },
  { name: "PUB/SUB", sender: "pub", receiver: "sub", traffic: "one way", ...NEWS },
  { name: "REQ/REP", sender: "req", receiver: "rep", traffic: "round trips" },
  { name: "DEALER/ROUTER", sender: "dealer", receiver: "router", traffic: "round trips", envelope: 1 },
]

export const MORE: readonly Exchange[] = [
  { name: "REQ/ROUTER", sender: "req", receiver: "router", traffic: "round trips", envelope: 2 },
  { name: "DEALER/REP", sender: "dealer", receiver: "rep", traffic: "round trips", to: [""] },
  { name: "DEALER/DEALER", sender: "dealer", receiver: "dealer", traffic: "both ways" },
  {
    ...{ name: "ROUTER/ROUTER", sender: "router", receiver: "router", traffic: "round trips", envelope: 1 },
    ...{ to: ["service"], receiverOptions: { routingId: "service" } },
  },
  { name: "PAIR/PAIR", sender: "pair", receiver: "pair", traffic: "both ways" },
  { name: "XPUB/SUB", sender: "xpub", receiver: "sub", traffic: "one way", ...NEWS },
  { name: "PUB/XSUB", sender: "pub", receiver: "xsub", traffic: "one way", ...NEWS },
  { name: "XPUB/XSUB", sender: "xpub", receiver: "xsub", traffic: "one way", ...NEWS },
  { name: "STREAM/STREAM", sender: "stream", receiver: "stream", traffic: "one way", only: ["tcp"] },
]

export const DRAFT: readonly Exchange[] = [
  ...[
    { name: "CLIENT/SERVER", sender: "client", receiver: "server", traffic: "round trips", envelope: 1 },
    { name: "SCATTER/GATHER", sender: "scatter", receiver: "gather", traffic: "one way" },
    { name: "CHANNEL/CHANNEL", sender: "channel", receiver: "channel", traffic: "both ways" },
    { name: "RADIO/DISH", sender: "radio", receiver: "dish", traffic: "one way", ...GROUPS },
  ].map(exchange => ({ ...exchange, single: true }) as Exchange),
]

/** In milliseconds: what has not come by then never will. */
const PATIENCE = 10_000
const SENDS = { sendTimeout: PATIENCE }
const RECEIVES = { receiveTimeout: PATIENCE }
/** These drop what a full queue cannot take: without a mark, they have nothing to drop. */
const LOSSLESS = { sendHighWaterMark: 0 }

const PATIENT: Readonly<Record<SocketType, Options>> = {
  push: SENDS,
  pull: RECEIVES,
  pub: LOSSLESS,
  sub: { ...RECEIVES, receiveHighWaterMark: 0 },
  req: { ...SENDS, ...RECEIVES },
  rep: { ...SENDS, ...RECEIVES },
  dealer: { ...SENDS, ...RECEIVES },
  router: { ...SENDS, ...RECEIVES, mandatory: true },
  pair: { ...SENDS, ...RECEIVES },
  xpub: LOSSLESS,
  xsub: { ...RECEIVES, receiveHighWaterMark: 0 },
  stream: { ...SENDS, ...RECEIVES },
  client: { ...SENDS, ...RECEIVES },
  server: { ...SENDS, ...RECEIVES },
  scatter: SENDS,
  gather: RECEIVES,
  radio: LOSSLESS,
  dish: { ...RECEIVES, receiveHighWaterMark: 0 },
  channel: { ...SENDS, ...RECEIVES },
}

export interface Plan {
  readonly exchange: Exchange
  readonly sides: Readonly<Record<Role, Side>>
  readonly binder: Role
  /** What to bind to. */
  readonly endpoint: string
  readonly options?: Readonly<Record<Role, Options>>
  /** Messages each way. */
  readonly count: number
  readonly seed: number
  /** One message in so many has a part of 1 to 5 MiB; it should be prime to the topics. */
  readonly largeEvery: number
}

/** Opens both sides, lets the messages flow and closes; returns what each receiving socket saw. */
export async function run(plan: Plan): Promise<Tally[]> {
  const { sides } = plan
  try {
    await couple(plan)
    return await flow(plan)
  } finally {
    const both = [sides.sender, sides.receiver]
    await Promise.allSettled(both.map(({ peer, socket }) => peer.call("close", { socket })))
  }
}

/** Messages that one receiving socket of a plan has to see. */
export function expectedCount({ exchange: { topics, subscribes }, count }: Plan): number {
  if (topics === undefined || subscribes === undefined) return count
  return Array.from({ length: count }, (_, i) => topics[i % topics.length] ?? "").filter(topic =>
    subscribes.some(prefix => topic.startsWith(prefix)),
  ).length
}

/** Opens both sides, binds one and connects the other. */
async function couple({ exchange, sides, binder, endpoint, options }: Plan): Promise<void> {
  const open = async (role: Role): Promise<void> => {
    const { peer, socket } = sides[role]
    const type = exchange[role]
    const own = role === "receiver" ? exchange.receiverOptions : {}
    await peer.call("open", { socket, type, options: { ...PATIENT[type], ...own, ...options?.[role] } })
  }
  await Promise.all([open("sender"), open("receiver")])
  const [bound, connected] =
    binder === "sender" ? [sides.sender, sides.receiver] : [sides.receiver, sides.sender]
  const at = await bound.peer.call("bind", { socket: bound.socket, endpoint })
  await connected.peer.call("connect", { socket: connected.socket, endpoint: at.endpoint })
}

async function flow({ exchange, sides, count, seed, largeEvery }: Plan): Promise<Tally[]> {
  const { sender, receiver } = sides
  const { envelope = 0, topics, subscribes, traffic } = exchange
  const stream: Stream = {
    ...{ seed, largeEvery },
    ...(topics === undefined ? {} : { topics }),
    ...(exchange.single ? { single: true } : {}),
  }
  const back = { ...stream, seed: seed + 1_000_000 }
  if (traffic === "round trips") {
    const task = { stream, replies: back, count }
    const to = (exchange.to ?? []).map(part => Buffer.from(part).toString("base64"))
    return Promise.all([
      receiver.peer.call("serve", { socket: receiver.socket, ...task, envelope }),
      sender.peer.call("request", { socket: sender.socket, ...task, to }),
    ])
  }
  if (subscribes !== undefined) await settle(sender, receiver, subscribes)
  const only = subscribes === undefined ? {} : { only: subscribes }
  const consumed = [
    receiver.peer.call("consume", { socket: receiver.socket, stream, count, envelope, ...only }),
  ]
  const produced = [sender.peer.call("produce", { socket: sender.socket, stream, count })]
  if (traffic === "both ways") {
    consumed.push(sender.peer.call("consume", { socket: sender.socket, stream: back, count }))
    produced.push(receiver.peer.call("produce", { socket: receiver.socket, stream: back, count }))
  }
  await Promise.all(produced)
  return Promise.all(consumed)
}
