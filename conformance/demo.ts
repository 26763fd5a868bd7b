/**
 * `npm start`: shows in a few seconds that this package and native libzmq understand each other. This process
 * plays our side; native peers play theirs in a process of their own. Ends with status 1 when a message is
 * missing or altered.
 */
import Table from "cli-table3"
import colors from "picocolors"
import { CORE, run, type Exchange, type Role } from "./exchanges.js"
import { Peer, PeerAbsent } from "./peers/driver.js"
import { Host } from "./peers/host.js"
import { loadLibrary } from "./peers/library.js"
import type { Performer, Tally } from "./peers/protocol.js"
import type { Side } from "./peers/settle.js"

/** A player of the demo: a library in a process. */
interface Player {
  readonly name: string
  readonly peer: Performer
}

/** One exchange and who plays its sides. */
interface Round {
  readonly exchange: Exchange
  readonly sender: Player
  readonly receiver: Player
  readonly binder: Role
}

interface Result extends Round {
  readonly tally: Tally
}

const COUNT = { "one way": 5000, "both ways": 2000, "round trips": 2000 } as const

/** In milliseconds: how long all may take together. */
const DEADLINE = 14_000

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

/** Plays one round; a side that fails outright counts as messages missing. */
async function play(round: Round, number: number): Promise<Result> {
  const { exchange, binder } = round
  const side = (role: Role): Side => ({ peer: round[role].peer, socket: `${number} ${role}` })
  const tally = await run({
    ...{ exchange, binder, endpoint: "tcp://127.0.0.1:*", seed: number, largeEvery: 1000 },
    count: COUNT[exchange.traffic],
    sides: { sender: side("sender"), receiver: side("receiver") },
  }).then(joined, (error: unknown) => ({
    ...{ count: 0, parts: 0, bytes: 0, foreign: 0, milliseconds: 0 },
    fault: error instanceof Error ? error.message : String(error),
  }))
  return { ...round, tally }
}

/** What both sides of a round have seen: round trips are counted once. */
function joined([first, ...others]: Tally[]): Tally {
  if (first === undefined) throw new Error("no side has received")
  return others.reduce((sum, { parts, bytes, milliseconds, fault = sum.fault }) => {
    const whole = { ...sum, parts: sum.parts + parts, bytes: sum.bytes + bytes, milliseconds }
    return { ...whole, ...(fault === undefined ? {} : { fault }) }
  }, first)
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
  let last: Exchange | undefined
  for (const { exchange, sender, receiver, binder, tally } of results) {
    if (pretty && last !== undefined && last !== exchange) table.push([])
    const seconds = tally.milliseconds / 1000 || Number.POSITIVE_INFINITY
    table.push([
      exchange === last && pretty ? "" : exchange.name,
      name(sender),
      name(binder === "sender" ? sender : receiver),
      name(binder === "sender" ? receiver : sender),
      thousands(tally.count),
      megabytes(tally.bytes),
      thousands(tally.count / seconds),
      tally.fault === undefined ? paint.green("yes") : paint.red("NO"),
    ])
    last = exchange
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

  const rounds: Round[] = CORE.flatMap(exchange =>
    [[zmtp, rival] as const, [rival, zmtp] as const].flatMap(([sender, receiver]) =>
      (["sender", "receiver"] as const).map(binder => ({ exchange, sender, receiver, binder })),
    ),
  )
  const results: Result[] = []
  for (const [i, round] of rounds.entries()) {
    const { exchange, sender, receiver } = round
    status(`${i + 1} of ${rounds.length}: ${exchange.name} from ${sender.name} to ${receiver.name}`)
    results.push(await play(round, i + 1))
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
  for (const { exchange, sender, receiver, binder, tally } of faults) {
    const where = `from ${name(sender)} to ${name(receiver)}, the ${binder} bound`
    print(paint.red(`${exchange.name} ${where}: ${tally.fault}`))
  }
  const whole = faults.length === 0 && results.length === rounds.length
  if (results.length < rounds.length)
    print(paint.red(`Stopped after ${results.length} of ${rounds.length} exchanges.`))
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
