/**
 * What the handshakes of all mechanisms have in common: the options they read, how a fault ends them, what an
 * ERROR from the peer means, and what a ZAP handler's answer brings about. The order of commands is each
 * mechanism's own.
 */
import { AuthenticationError, ProtocolError } from "../wire/errors.js"
import type { HandshakeError } from "../wire/errors.js"
import type { SocketType } from "../wire/socket-types.js"
import type { MechanismHost } from "./mechanism.js"
import type { ZapReply } from "./zap.js"

/** What mechanisms need to know of the socket and the connection. */
export interface MechanismOptions {
  readonly socketType: SocketType
  readonly routingId: Uint8Array
  /** The peer's IP address, for ZAP; empty for ipc. */
  readonly peerAddress: string
  /** `ZMQ_ZAP_DOMAIN`; when it is not empty, NULL asks the ZAP handler too. */
  readonly zapDomain: string
  /** `ZMQ_ZAP_ENFORCE_DOMAIN`: NULL with a domain refuses everybody when no handler is bound. */
  readonly zapEnforceDomain: boolean
  /** `ZMQ_PLAIN_USERNAME` and `ZMQ_PLAIN_PASSWORD`, at most 255 octets each. */
  readonly plainUsername: string
  readonly plainPassword: string
}

/** Runs one step of a handshake; a ProtocolError thrown in it goes to the host. */
export function guarded(host: MechanismHost, step: () => void, over: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    over()
    host.fail(error)
  }
}

/** A command that does not belong here. Its name is shown when it is one. */
export function unexpected(body: Buffer): ProtocolError {
  const name = body.toString("latin1", 1, 1 + Math.min(body[0] ?? 0, 20))
  const shown = /^[A-Za-z]+$/.test(name) ? `a ${name}` : "an unknown"
  return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", `The peer sent ${shown} command out of turn`)
}

/** What the reason in a peer's ERROR command means: a ZAP status when it is one of those that refuse. */
export function refusal(reason: string): HandshakeError {
  switch (reason) {
    case "300":
      return new AuthenticationError(300)
    case "400":
      return new AuthenticationError(400)
    case "500":
      return new AuthenticationError(500)
    default:
      return new ProtocolError("ERR_ZMTP_UNSPECIFIED", `The peer refused: ${JSON.stringify(reason)}`)
  }
}

/**
 * Ends the handshake when the handler's answer is anything but a welcome. A temporary error closes the connection
 * without a word, so that the peer tries again (a soft error, 26/CURVEZMQ); others are told by `sendError`.
 * Returns whether the peer may come in.
 */
export function admitted(
  outcome: ZapReply | HandshakeError,
  host: MechanismHost,
  sendError: (reason: string) => void,
): outcome is ZapReply {
  if (outcome instanceof Error) {
    host.fail(outcome)
    return false
  }
  if (outcome.status === 200) return true
  if (outcome.status !== 300) sendError(String(outcome.status))
  host.fail(new AuthenticationError(outcome.status))
  return false
}
