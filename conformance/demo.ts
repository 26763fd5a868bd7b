/**
 * `npm start`: shows in a few seconds that this package and native libzmq understand each other. This process
 * plays our side; native peers play theirs in a process of their own. Ends with status 1 when a message is
 * missing or altered.
 */
import Table from "cli-table3"
import colors from "picocolors"
import { Peer, PeerAbsent } from "./peers/driver.js"
import { Host } from "./peers/host.js"
import { loadLibrary } from "./peers/library.js"
import type { Options, Performer, SocketType, Tally } from "./peers/protocol.js"
import { settle, type Side } from "./peers/settle.js"

type Pattern = "PUSH/PULL" | "PUB/SUB" | "REQ/REP"

/** A player of the demo: a library in a process. */
interface Player {
  readonly name: string
  readonly peer: Performer
}

interface Exchange {
  readonly pattern: Pattern
  readonly sender: Player
  readonly receiver: Player
  readonly binder: Player
}

interface Result extends Exchange {
  readonly tally: Tally
}

const TYPES = { "PUSH/PULL": ["push", "pull"], "PUB/SUB": ["pub", "sub"], "REQ/REP": ["req", "rep"] } as const
const COUNT = { "PUSH/PULL": 5000, "PUB/SUB": 5000, "REQ/REP": 2000 } as const
const TOPIC = "news"

/** In milliseconds: how long one exchange, and all of them, may wait for a message that does not come. */
const PATIENCE = 3_000
const DEADLINE = 14_000
const OPTIONS: Record<SocketType, Options> = {
  push: { sendTimeout: PATIENCE, linger: 0 },
  pull: { receiveTimeout: PATIENCE },
  // A publisher drops what a full queue cannot take: here nothing may be lost.
  pub: { sendHighWaterMark: 0, linger: 0 },
  sub: { receiveHighWaterMark: 0, receiveTimeout: PATIENCE },
  req: { sendTimeout: PATIENCE, receiveTimeout: PATIENCE, linger: 0 },
  rep: { sendTimeout: PATIENCE, receiveTimeout: PATIENCE, linger: 0 },
}

const screen = process.stdout
const pretty = screen.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb"
const paint = colors.createColors(pretty)
const print = (line = "") => screen.write(line + "\n")
/** The line that tells a waiting person what is going on. */
const status = (line: string) => pretty && screen.write(`\r\x1b[K${paint.dim(line)}`)

async function start(library: "native" | "ours"): Promise<Peer | PeerAbsent> {
  return Peer.start(library).catch((error: unknown) => {
    if (error instanceof PeerAbsent) return error
    throw error
  })
}

/** Runs one exchange; a side that fails outright counts as messages missing. */
async function run(exchange: Exchange, number: number): Promise<Result> {
  const sender: Side = { peer: exchange.sender.peer, socket: `${number} sender` }
  const receiver: Side = { peer: exchange.receiver.peer, socket: `${number} receiver` }
  const tally = await flow(exchange, sender, receiver, number).catch((error: unknown) => ({
    ...{ count: 0, parts: 0, bytes: 0, foreign: 0, milliseconds: 0 },
    fault: error instanceof Error ? error.message : String(error),
  }))
  const sides = [sender, receiver]
  await Promise.allSettled(sides.map(({ peer, socket }) => peer.call("close", { socket })))
  return { ...exchange, tally }
}

async function flow(exchange: Exchange, sender: Side, receiver: Side, seed: number): Promise<Tally> {
  const { pattern, binder } = exchange
  const [sending, receiving] = TYPES[pattern]
  await sender.peer.call("open", { socket: sender.socket, type: sending, options: OPTIONS[sending] })
  await receiver.peer.call("open", { socket: receiver.socket, type: receiving, options: OPTIONS[receiving] })
  const [bound, connected] = binder === exchange.sender ? [sender, receiver] : [receiver, sender]
  const { endpoint } = await bound.peer.call("bind", { socket: bound.socket, endpoint: "tcp://127.0.0.1:*" })
  await connected.peer.call("connect", { socket: connected.socket, endpoint })
  if (pattern === "PUB/SUB") await settle(sender, receiver, [TOPIC])

  const stream = { seed, largeEvery: 1000, topics: [TOPIC] }
  const task = { stream, count: COUNT[pattern], replies: { seed: seed + 1000 } }
  if (pattern === "REQ/REP") {
    const served = receiver.peer.call("serve", { socket: receiver.socket, ...task })
    const asked = await sender.peer.call("request", { socket: sender.socket, ...task })
    const requests = await served
    const { fault = requests.fault } = asked
    const sum = { parts: asked.parts + requests.parts, bytes: asked.bytes + requests.bytes }
    return { ...asked, ...sum, ...(fault === undefined ? {} : { fault }) }
  }
  const consumed = receiver.peer.call("consume", { socket: receiver.socket, ...task })
  await sender.peer.call("produce", { socket: sender.socket, ...task })
  return consumed
}

const thousands = (value: number) => Math.round(value).toLocaleString("en")
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

function show(results: readonly Result[], name: (player: Player) => string): void {
  const sides = ["top", "bottom", "left", "right", "mid"].flatMap(side => [
    side,
    `${side}-left`,
    `${side}-right`,
  ])
  const lines = [...sides, "top-mid", "bottom-mid", "left-mid", "mid-mid", "right-mid"]
  const heads = ["pattern", "sends", "binds", "connects", "messages", "MB", "a second", "intact"]
  const table = new Table({
    head: heads.map(text => paint.bold(text)),
    colAligns: ["left", "left", "left", "left", "right", "right", "right", "left"],
    style: { head: [], border: pretty ? ["gray"] : [], compact: true },
    ...(pretty ? {} : { chars: { ...Object.fromEntries(lines.map(line => [line, ""])), middle: " " } }),
  })
  let last: Pattern | undefined
  for (const { pattern, sender, receiver, binder, tally } of results) {
    if (pretty && last !== undefined && last !== pattern) table.push([])
    const seconds = tally.milliseconds / 1000 || Number.POSITIVE_INFINITY
    table.push([
      pattern === last && pretty ? "" : pattern,
      name(sender),
      name(binder),
      name(binder === sender ? receiver : sender),
      thousands(tally.count),
      megabytes(tally.bytes),
      thousands(tally.count / seconds),
      tally.fault === undefined ? paint.green("yes") : paint.red("NO"),
    ])
    last = pattern
  }
  print(table.toString())
}

async function main(): Promise<boolean> {
  const began = performance.now()
  const native = await start("native")
  const absent = native instanceof PeerAbsent
  const other = absent ? await start("ours") : native
  if (other instanceof PeerAbsent) throw other
  const here = new Host(await loadLibrary("ours"))

  const zmtp: Player = { name: "zmtp", peer: here }
  const rival: Player = { name: absent ? "zmtp-2" : "libzmq", peer: other }
  const name = (player: Player) => (player === zmtp ? paint.cyan(player.name) : paint.yellow(player.name))

  print()
  print(
    absent
      ? `Native zeromq cannot load here (${native.message}): ${name(zmtp)} plays both sides, in two processes.`
      : `${name(zmtp)}, ZeroMQ in TypeScript alone, and native ${name(rival)} ${other.version}, each in a process of its own, over TCP:`,
  )
  print(
    "random messages of one to five parts, of 0 bytes to 5 MB, made and checked on both sides from a seed.",
  )
  print()

  const exchanges: Exchange[] = (["PUSH/PULL", "PUB/SUB", "REQ/REP"] as const).flatMap(pattern =>
    [[zmtp, rival] as const, [rival, zmtp] as const].flatMap(([sender, receiver]) =>
      [sender, receiver].map(binder => ({ pattern, sender, receiver, binder })),
    ),
  )
  const results: Result[] = []
  for (const [i, exchange] of exchanges.entries()) {
    const { pattern, sender, receiver } = exchange
    status(`${i + 1} of ${exchanges.length}: ${pattern} from ${sender.name} to ${receiver.name}`)
    results.push(await run(exchange, i + 1))
    if (performance.now() - began > DEADLINE) break
  }
  if (pretty) screen.write("\r\x1b[K")
  show(results, name)
  here.close()
  await other.stop()

  const faults = results.filter(({ tally }) => tally.fault !== undefined)
  const messages = results.reduce((sum, { tally }) => sum + tally.count, 0)
  const parts = results.reduce((sum, { tally }) => sum + tally.parts, 0)
  print()
  for (const { pattern, sender, receiver, binder, tally } of faults) {
    print(
      paint.red(
        `${pattern} from ${name(sender)} to ${name(receiver)}, ${name(binder)} bound: ${tally.fault}`,
      ),
    )
  }
  const whole = faults.length === 0 && results.length === exchanges.length
  if (results.length < exchanges.length)
    print(paint.red(`Stopped after ${results.length} of ${exchanges.length} exchanges.`))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  print(
    whole
      ? `${paint.green("All intact")}: ${thousands(messages)} messages and requests, ${thousands(parts)} parts, none lost or altered, in ${seconds} s.`
      : paint.red("Not every message arrived whole and in order."),
  )
  print(`Next: ${paint.bold("npm test")} for the proof, ${paint.bold("npm run bench")} for the speed.`)
  return whole
}

// Sockets that a fault has left behind must not hold the process.
process.exit((await main()) ? 0 : 1)
