/**
 * The messages between a server and its ZAP handler (27/ZAP §Message Format): how a request is laid out and
 * how a reply is checked. Carrying them to `inproc://zeromq.zap.01` and back is the session's work.
 */
import { ProtocolError } from "../wire/errors.js"
import type { AuthStatus, HandshakeError } from "../wire/errors.js"
import { Metadata, parseMetadata } from "../wire/metadata.js"
import type { MechanismName } from "./mechanism.js"

/** The inproc name at which a ZAP handler binds. */
export const ZAP_NAME = "zeromq.zap.01"
export const ZAP_ENDPOINT = `inproc://${ZAP_NAME}`

const VERSION = "1.0"
/** Each session has a pipe to the handler of its own and one request in its life, so, as in libzmq, one id does. */
const REQUEST_ID = "1"
const REPLY_FRAMES = 7

/** What a handler is asked. */
export interface ZapRequest {
  readonly domain: string
  /** The peer's IP address, or nothing for ipc. */
  readonly address: string
  /** As libzmq, the routing id of our own socket: the peer's is not known before it is let in. */
  readonly routingId: Uint8Array
  readonly mechanism: MechanismName
  /** None for NULL; user name and password for PLAIN; the client's public key for CURVE. */
  readonly credentials: readonly Uint8Array[]
}

/** A well-formed answer. */
export interface ZapReply {
  readonly status: 200 | AuthStatus
  readonly statusText: string
  readonly userId: Buffer
  readonly metadata: Metadata
}

/** The frames of a request as a DEALER sends them: the address delimiter comes first. */
export function encodeZapRequest(request: ZapRequest): Buffer[] {
  return [
    Buffer.alloc(0),
    Buffer.from(VERSION),
    Buffer.from(REQUEST_ID),
    Buffer.from(request.domain),
    Buffer.from(request.address),
    Buffer.from(request.routingId),
    Buffer.from(request.mechanism),
    ...request.credentials.map(credential => Buffer.from(credential)),
  ]
}

const STATUSES: ReadonlyMap<string, ZapReply["status"]> = new Map<string, ZapReply["status"]>([
  ["200", 200],
  ["300", 300],
  ["400", 400],
  ["500", 500],
])

/**
 * Checks the frames of a reply, the address delimiter first, in libzmq's order: the first fault found names the error.
 * A reply that refuses is well-formed; the mechanism acts on its status.
 */
export function parseZapReply(frames: readonly Buffer[]): ZapReply | HandshakeError {
  const [delimiter, version, requestId, statusCode, statusText, userId, metadata] = frames
  if (
    frames.length !== REPLY_FRAMES ||
    delimiter === undefined ||
    version === undefined ||
    requestId === undefined ||
    statusCode === undefined ||
    statusText === undefined ||
    userId === undefined ||
    metadata === undefined
  ) {
    return fault("ERR_ZAP_MALFORMED_REPLY", `The ZAP reply has ${frames.length} frames, not ${REPLY_FRAMES}`)
  }
  if (delimiter.length > 0) return fault("ERR_ZAP_UNSPECIFIED", "The ZAP reply has no address delimiter")
  if (version.toString("latin1") !== VERSION) {
    return fault("ERR_ZAP_BAD_VERSION", `The ZAP reply is not of version ${VERSION}`)
  }
  if (requestId.toString("latin1") !== REQUEST_ID) {
    return fault("ERR_ZAP_BAD_REQUEST_ID", "The ZAP reply is for another request")
  }
  const status = STATUSES.get(statusCode.toString("latin1"))
  if (status === undefined) {
    return fault(
      "ERR_ZAP_INVALID_STATUS_CODE",
      "The status code of the ZAP reply is not 200, 300, 400 or 500",
    )
  }
  try {
    return {
      status,
      statusText: statusText.toString(),
      userId: Buffer.from(userId),
      metadata: parseMetadata(metadata, "ERR_ZAP_INVALID_METADATA"),
    }
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

function fault(code: ProtocolError["code"], detail: string): ProtocolError {
  return new ProtocolError(code, detail)
}

/**
 * The metadata of a connection: what the handler says of the user outranks what the peer says of itself, and only
 * the handler names a `User-Id`; but the handler cannot change the peer's socket type or identity.
 */
export function connectionMetadata(peer: Metadata, reply: ZapReply | undefined): Metadata {
  const fromPeer = [...peer].filter(([name]) => !isNamed(name, "User-Id"))
  if (reply === undefined) return fromPeer.length === peer.size ? peer : new Metadata(fromPeer)
  const fromHandler = [...reply.metadata].filter(
    ([name]) => !isNamed(name, "Socket-Type") && !isNamed(name, "Identity"),
  )
  return new Metadata([["User-Id", reply.userId], ...fromHandler, ...fromPeer])
}

function isNamed(name: string, expected: string): boolean {
  return name.toLowerCase() === expected.toLowerCase()
}
