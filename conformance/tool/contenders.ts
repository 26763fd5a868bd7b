/** Who is played: the adapters that were named or that this machine can start, programs of others, or an address. */
import type { Adapter } from "../peers/adapters/adapter.js"
import { Peer, PeerAbsent, type Launch } from "../peers/driver.js"
import { AdapterTarget, AddressTarget, type Target } from "../suite/play/target.js"
import { UsageError, type Options } from "./options.js"

export interface Contender {
  readonly name: string
  readonly describes: string
  /** Whether its failures make the exit status. */
  readonly decides: boolean
  /** Why it cannot be started; otherwise it can. */
  readonly absent?: string
  /** How to start it, where it has an adapter. */
  readonly launch?: Launch
  /** Starts it for the cases. */
  readonly target: () => Promise<Target>
}

/** Other names by which an adapter is known. */
const ALIASES: Readonly<Record<string, string>> = {
  zmtp: "ours",
  libzmq: "native",
  zeromq: "native",
  python: "pyzmq",
  go: "go-zeromq/zmq4",
  "go-zeromq": "go-zeromq/zmq4",
  zmq4: "go-zeromq/zmq4",
  pebbe: "pebbe/zmq4",
  czmq: "goczmq",
  java: "jeromq",
  rust: "zmq.rs",
  "zmq-rs": "zmq.rs",
}

/** Each name that `--peer` takes, with its other names. */
export function peerNames(adapters: readonly Adapter[]): string[] {
  return adapters.map(({ name }) => {
    const others = Object.keys(ALIASES).filter(alias => ALIASES[alias] === name)
    return others.length === 0 ? name : `${name} (${others.join(", ")})`
  })
}

/** The adapter that decides when nobody is named. */
const HOME = "ours"

/** @param progress Told of what takes a while. */
export async function contendersOf(
  options: Options,
  adapters: readonly Adapter[],
  progress: (line: string) => void,
): Promise<Contender[]> {
  const { address, parallel } = options
  if (address) return [addressed({ ...address, ...(parallel === undefined ? {} : { parallel }) })]
  const named = options.peers.map(name => found(name, adapters))
  const anyone = named.length + options.adapters.length === 0
  const contenders: Contender[] = []
  for (const adapter of adapters) {
    const isNamed = named.includes(adapter)
    // An exchange takes two: ours is the other one.
    const partner = options.interop && adapter.name === HOME
    if (!anyone && !isNamed && !partner) continue
    progress(`preparing ${adapter.name}`)
    contenders.push(await prepared(adapter, options, isNamed || (anyone && adapter.name === HOME)))
  }
  for (const line of options.adapters) contenders.push(await introduced(line, options, contenders))
  return contenders
}

/** Whether its clauses are tried: a mere partner for exchanges is not asked. */
export function isTried({ decides }: Contender, { peers, adapters }: Options): boolean {
  return decides || peers.length + adapters.length === 0
}

function found(name: string, adapters: readonly Adapter[]): Adapter {
  const wanted = ALIASES[name.toLowerCase()] ?? name.toLowerCase()
  const adapter = adapters.find(each => each.name === wanted)
  if (adapter) return adapter
  throw new UsageError(`There is no peer ${name}; there are ${adapters.map(({ name }) => name).join(", ")}`)
}

async function prepared(
  adapter: Adapter,
  { build, parallel }: Options,
  decides: boolean,
): Promise<Contender> {
  const { name, describes } = adapter
  const known = { name, describes, decides }
  try {
    const launch = await adapter.prepare({ build })
    // A library that is missing shows only when the program starts.
    await (await Peer.launch(name, launch)).stop()
    return { ...known, launch, target: () => AdapterTarget.start(name, launch, concurrency(parallel)) }
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1)
    const absent = error instanceof PeerAbsent ? reason : `it does not start: ${reason}`
    return { ...known, absent, target: () => Promise.reject(new PeerAbsent(absent)) }
  }
}

function concurrency(parallel: number | undefined) {
  if (parallel === undefined) return {}
  return { parallel, processes: Math.min(2, parallel) }
}

/** Another's program, which says itself what it is called. */
async function introduced(
  line: string,
  { parallel }: Options,
  others: readonly Contender[],
): Promise<Contender> {
  const launch = launchOf(line)
  const peer = await Peer.launch(line, launch).catch((error: unknown) => {
    throw new UsageError(
      `--adapter ${line}: ${error instanceof Error ? error.message.trim() : String(error)}`,
    )
  })
  const { library } = peer
  await peer.stop()
  const taken = others.filter(({ name }) => name.startsWith(library)).length
  const name = taken === 0 ? library : `${library} (${taken + 1})`
  const target = () => AdapterTarget.start(name, launch, concurrency(parallel))
  return { name, describes: line, decides: true, launch, target }
}

/** The shell knows how to take a command line apart, and gives its process to the program. */
function launchOf(line: string): Launch {
  const cwd = process.cwd()
  if (process.platform === "win32") return { command: "cmd.exe", args: ["/d", "/s", "/c", line], cwd }
  return { command: "/bin/sh", args: ["-c", `exec ${line}`], cwd }
}

function addressed(address: Parameters<typeof AddressTarget.start>[0]): Contender {
  const { endpoint, type, side } = address
  return {
    name: `${type} at ${endpoint}`,
    describes: `a socket that ${side}`,
    decides: true,
    target: () => AddressTarget.start(address),
  }
}
