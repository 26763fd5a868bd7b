/**
 * What can go wrong between two peers, as errors that the socket's events carry. Codes, statuses and messages
 * are those of the native package. Faults of the user, such as a bad option, are not here.
 */

/** The codes of native's `handshake:error:protocol` event. */
export type ProtocolErrorCode =
  | "ERR_ZMTP_UNSPECIFIED"
  | "ERR_ZMTP_UNEXPECTED_COMMAND"
  | "ERR_ZMTP_INVALID_SEQUENCE"
  | "ERR_ZMTP_KEY_EXCHANGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED"
  | "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_HELLO"
  | "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"
  | "ERR_ZMTP_MALFORMED_COMMAND_ERROR"
  | "ERR_ZMTP_MALFORMED_COMMAND_READY"
  | "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"
  | "ERR_ZMTP_INVALID_METADATA"
  | "ERR_ZMTP_CRYPTOGRAPHIC"
  | "ERR_ZMTP_MECHANISM_MISMATCH"
  | "ERR_ZAP_UNSPECIFIED"
  | "ERR_ZAP_MALFORMED_REPLY"
  | "ERR_ZAP_BAD_REQUEST_ID"
  | "ERR_ZAP_BAD_VERSION"
  | "ERR_ZAP_INVALID_STATUS_CODE"
  | "ERR_ZAP_INVALID_METADATA"

/** The peer, or the ZAP handler, broke the protocol. */
export class ProtocolError extends Error {
  /** The code that native reports for this fault. */
  readonly code: ProtocolErrorCode
  /** What was wrong, in words; native has no such field. */
  readonly detail: string

  constructor(code: ProtocolErrorCode, detail: string) {
    super(code.startsWith("ERR_ZAP_") ? "ZAP protocol error" : "ZMTP protocol error")
    this.code = code
    this.detail = detail
  }
}

/** The status of a ZAP reply that refuses (27/ZAP §Message Format). */
export type AuthStatus = 300 | 400 | 500

const AUTH_MESSAGES: Readonly<Record<AuthStatus, string>> = {
  300: "Temporary error",
  400: "Authentication failure",
  500: "Internal error",
}

/** The ZAP handler refused the peer, or the peer's handler refused us. */
export class AuthenticationError extends Error {
  readonly status: AuthStatus

  constructor(status: AuthStatus) {
    super(AUTH_MESSAGES[status])
    this.status = status
  }
}

/**
 * The handshake ended for a reason outside the protocol. The sockets turn `code` into an error with the system's
 * `errno` and message. As native has it: `EPIPE` when the peer closed, `ECONNRESET` and the like when the connection
 * broke, `EAGAIN` past the handshake deadline, `EFAULT` when the ZAP handler that must be asked is not there.
 */
export class HandshakeFailure extends Error {
  /** Name of an error number, such as `ETIMEDOUT`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Why a handshake failed. */
export type HandshakeError = ProtocolError | AuthenticationError | HandshakeFailure

/** The event by which a socket tells of it, as native names it. */
export function handshakeEvent(
  error: HandshakeError,
): "handshake:error:protocol" | "handshake:error:auth" | "handshake:error:other" {
  if (error instanceof ProtocolError) return "handshake:error:protocol"
  return error instanceof AuthenticationError ? "handshake:error:auth" : "handshake:error:other"
}
