/** The command line: what can be asked for, what is refused, and the text of `--help`. */
import { parseArgs } from "node:util"
import { PARTNER, type SocketType } from "../suite/play/case.js"

export interface Address {
  readonly endpoint: string
  readonly type: SocketType
  readonly side: "binds" | "connects"
}

export interface Options {
  readonly help: boolean
  readonly version: boolean
  readonly list: boolean
  readonly unobservable: boolean
  readonly uncovered: boolean
  readonly peers: readonly string[]
  /** Command lines of programs that speak the line protocol. */
  readonly adapters: readonly string[]
  readonly address: Address | undefined
  readonly specs: readonly number[]
  readonly names: readonly string[]
  readonly clauseIds: readonly string[]
  readonly clauses: boolean
  readonly interop: boolean
  readonly strict: boolean
  readonly bytes: boolean
  readonly json: string | undefined
  readonly junit: string | undefined
  readonly html: string | undefined
  /** In milliseconds. */
  readonly patience: number
  readonly parallel: number | undefined
  readonly build: boolean
}

/** What was asked for cannot be had; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

const flag = { type: "boolean", default: false } as const
const text = { type: "string" } as const
const texts = { type: "string", multiple: true, default: [] as string[] } as const

const TABLE = {
  peer: texts,
  adapter: texts,
  type: text,
  connects: flag,
  spec: texts,
  case: texts,
  clause: texts,
  clauses: flag,
  interop: flag,
  strict: flag,
  bytes: flag,
  json: text,
  junit: text,
  html: text,
  list: flag,
  unobservable: flag,
  uncovered: flag,
  patience: text,
  parallel: text,
  "no-build": flag,
  help: { ...flag, short: "h" },
  version: flag,
} as const

export function parse(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const address = addressOf(positionals, values)
  const wanted = values.spec.length + values.case.length + values.clause.length > 0
  if (address && values.interop) throw new UsageError("Exchanges between peers (--interop) need adapters")
  if (address && values.peer.length + values.adapter.length > 0) {
    throw new UsageError("An address stands alone: without --peer and --adapter")
  }
  if ((values.unobservable || values.uncovered) && !values.list) {
    throw new UsageError("--unobservable and --uncovered go with --list")
  }
  const either = values.clauses || values.interop
  return {
    ...values,
    address,
    peers: values.peer,
    adapters: values.adapter,
    specs: values.spec.map(value => whole(value, "--spec")),
    names: values.case,
    clauseIds: values.clause,
    clauses: values.clauses || !either,
    // Whoever looks at some clauses does not wait for all exchanges.
    interop: values.interop || (!either && !wanted && address === undefined),
    json: values.json,
    junit: values.junit,
    html: values.html,
    patience: 1000 * positive(values.patience ?? "10", "--patience"),
    parallel: values.parallel === undefined ? undefined : whole(values.parallel, "--parallel"),
    build: !values["no-build"],
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: TABLE, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function addressOf(
  positionals: readonly string[],
  { type, connects }: { readonly type?: string | undefined; readonly connects: boolean },
): Address | undefined {
  const [endpoint, ...others] = positionals
  if (others.length > 0) throw new UsageError(`One address at a time, not ${positionals.join(" and ")}`)
  if (endpoint === undefined) {
    if (type !== undefined || connects) throw new UsageError("--type and --connects go with an address")
    return undefined
  }
  if (!/^tcp:\/\/[^/]+:\d+$/.test(endpoint)) throw new UsageError(`${endpoint} is no tcp://host:port`)
  if (type === undefined) throw new UsageError("An address needs --type, such as --type PULL")
  const known = Object.keys(PARTNER)
  const name = type.toUpperCase()
  if (!known.includes(name)) throw new UsageError(`--type ${type} is none of ${known.join(", ")}`)
  return { endpoint, type: name as SocketType, side: connects ? "connects" : "binds" }
}

function whole(value: string, option: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new UsageError(`${option} takes a whole number, not ${value}`)
  return Number(value)
}

function positive(value: string, option: string): number {
  const number = Number(value)
  if (!(number > 0 && number < 86_400)) throw new UsageError(`${option} takes seconds, not ${value}`)
  return number
}

/**
 * @param command How this tool is called.
 * @param peers Names that `--peer` takes, and what they stand for.
 * @param note What is different here.
 */
export function usage(command: string, peers: readonly string[], note: string): string {
  return `Holds implementations of ZeroMQ to the RFCs of ZMTP.

  ${command} [options]                                     the peers that can be started here
  ${command} tcp://host:port --type PULL [--connects]      a peer at an address
  ${command} --adapter "python my_adapter.py"              a program that speaks the line protocol of adapters

Which peer
  --peer NAME         one of the peers below; may be repeated
  --adapter COMMAND   an adapter's command line; may be repeated
  --type TYPE         the socket type of the peer at the address
  --connects          that peer connects to the address, where this tool listens
  --no-build          adapters that would have to be built first count as absent

Which cases
  --spec NUMBER       that cite this RFC
  --clause ID         that cite this clause, such as 37/framing/4, or this section, such as 37/framing
  --case PATTERN      with this in their name, or matching it: 'framing/*'
                      each may be repeated, and all three have to agree
  --clauses           the clauses alone, without the exchanges between peers
  --interop           the exchanges between peers alone
  --list              lists the cases, and what of the RFCs they cover; plays nothing
  --list --unobservable   lists the clauses that cannot be seen from outside, with the reason
  --list --uncovered      lists the clauses that wait for a case

How
  --strict            failures of SHOULD count, too
  --patience SECONDS  what has not come by then never will (10)
  --parallel NUMBER   how many cases, or exchanges, are played at once
  --bytes             shows what passed on the wire with each failure
  --json FILE, --junit FILE, --html FILE   write a report
  --help, --version

Peers: ${peers.join(", ")}${note === "" ? "" : `\n${note}`}

Without a name, an address or an adapter, all peers are played, and the exit status tells of ours alone.
Exit status: 0 when no MUST fails, 1 when one does or a case ends with an error, 2 when nothing could be tried.
`
}
