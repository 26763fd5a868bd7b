/**
 * Compiles the code of a connection before there is one: V8 compiles a function when it is called first, and that makes
 * the first connection of a process take ten times as long as the second. A subscriber in memory connects, from the first
 * byte of its greeting to a message. Nothing of it remains.
 *
 * Called when a socket is bound. A socket that connects would only wait for it.
 */
import { createMechanism, type MechanismOptions } from "../security/index.js"
import type { ByteStream, StreamHandler } from "../transports/transport.js"
import { buildReady, buildSubscribe } from "../wire/commands.js"
import { Encoder } from "../wire/encoder.js"
import { greetingTail, signature } from "../wire/greeting.js"
import { encodeOwnMetadata } from "../wire/metadata.js"
import { Acceptor } from "./acceptor.js"
import type { PeerHost, PeerOptions } from "./host.js"
import type { Pipe } from "./pipe.js"
import type { Runtime } from "./runtime.js"
import { zmtpSessions, type SecuritySettings, type SessionOptions } from "./session.js"

const NOTHING = Buffer.alloc(0)
const doNothing = (): void => undefined

/** Time stands still, so that nothing is left behind. */
const runtime: Runtime = {
  now: () => 0,
  setTimeout: () => ({}),
  deadline: () => ({}),
  clearTimeout: doNothing,
  random: () => 0,
  afterTurn: doNothing,
  afterIO: doNothing,
}

const peerOptions: PeerOptions = {
  ...{ sendHighWaterMark: 1, receiveHighWaterMark: 1, conflate: false, immediate: false },
  ...{ reconnectInterval: -1, reconnectMaxInterval: 0, connectTimeout: 0 },
  ...{ ipv6: false, backlog: 1, tcpKeepalive: -1, tcpKeepaliveIdle: -1, tcpAcceptFilters: [] },
}

const sessionOptions: SessionOptions = {
  ...{ socketType: "PUB" as const, routingId: NOTHING, maxFrameSize: 64, handshakeInterval: 1 },
  ...{ heartbeatInterval: 0, heartbeatTimeout: -1, heartbeatTimeToLive: 0 },
}

const mechanismOptions: MechanismOptions = {
  ...{ socketType: "PUB" as const, routingId: NOTHING, peerAddress: "" },
  ...{ zapDomain: "", zapEnforceDomain: false, plainUsername: "", plainPassword: "" },
}

const security: SecuritySettings = {
  ...{ mechanism: "NULL", asServer: false, allowLegacy: true, eager: true },
  create: host => createMechanism("NULL", "client", mechanismOptions, host),
}

/** A publisher that sends its one peer an empty message. */
class Publisher implements PeerHost {
  readonly runtime = runtime
  readonly listener = {
    readable: (pipe: Pipe): void => {
      pipe.read()
      pipe.write([NOTHING])
      pipe.flush()
    },
    writable: doNothing,
    established: doNothing,
    ended: doNothing,
    drained: doNothing,
  }

  snapshot(): ReturnType<PeerHost["snapshot"]> {
    return { options: peerOptions, openSession: zmtpSessions(sessionOptions, security) }
  }

  attach(): void {
    // The listener hears of it.
  }

  event(): void {
    // Nobody listens.
  }

  authenticate(): void {
    // Nobody is asked.
  }
}

/** What the subscriber says, read by read. */
function subscriber(): readonly Buffer[] {
  const encoder = new Encoder()
  encoder.command(buildReady(encodeOwnMetadata("SUB", NOTHING)))
  encoder.command(buildSubscribe(NOTHING))
  return [signature(0), Buffer.of(3), Buffer.concat([greetingTail("NULL", false), ...encoder.take()])]
}

/** A stream whose other end says all of that at once, and takes everything. */
class Stream implements ByteStream {
  readonly localEndpoint = ""
  readonly remoteEndpoint = ""
  readonly peerAddress = ""

  start(handler: StreamHandler): void {
    for (const chunk of subscriber()) {
      handler.space?.()
      handler.onData(chunk, true)
    }
  }

  write(): boolean {
    return true
  }

  writeAtExit(): void {
    // Ends before the process does.
  }

  pause(): void {
    // Never that much.
  }

  resume(): void {
    // Was never paused.
  }

  end(): void {
    // Forgotten soon.
  }

  destroy(): void {
    // Forgotten soon.
  }
}

let done = false

/** Takes some 3 ms, once in a process. */
export function warmUp(): void {
  if (done) return
  done = true
  const acceptor = new Acceptor(new Publisher())
  acceptor.onConnection(new Stream())
  acceptor.close(0, doNothing, doNothing)
}
