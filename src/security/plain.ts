/**
 * The PLAIN mechanism (24/ZMTP-PLAIN): the client says HELLO with a name and a password in clear text, the
 * server asks its ZAP handler and says WELCOME or ERROR, then INITIATE and READY carry the metadata. A server
 * without a handler lets nobody in.
 */
import {
  buildCommand,
  buildHello,
  buildInitiate,
  buildReady,
  buildWelcome,
  commandData,
  commandName,
  isCommand,
  parseError,
  parseHello,
  parseWelcome,
} from "../wire/commands.js"
import { HandshakeFailure, ProtocolError } from "../wire/errors.js"
import type { HandshakeError } from "../wire/errors.js"
import { encodeOwnMetadata, parsePeerMetadata } from "../wire/metadata.js"
import { admitted, guarded, refusal, unexpected } from "./handshake.js"
import type { MechanismOptions } from "./handshake.js"
import type { Mechanism, MechanismHost } from "./mechanism.js"
import { connectionMetadata } from "./zap.js"
import type { ZapReply } from "./zap.js"

/**
 * How libzmq 4.3 spells the name of PLAIN's ERROR: its source says `"\x05ERROR"`, in which C reads one octet, 5E.
 * Its clients know no other spelling and report a protocol error instead of the refusal when they see the right one.
 */
const MISSPELT_ERROR = Buffer.from("^RROR")

/** ERROR as PLAIN servers of libzmq send it, so that their clients learn the reason. */
function buildPlainError(reason: string): Buffer {
  return Buffer.concat([MISSPELT_ERROR, Buffer.of(reason.length), Buffer.from(reason, "latin1")])
}

/** The reason in an ERROR of either spelling; `undefined` when the body is another command. */
function plainErrorReason(body: Buffer): string | undefined {
  if (isCommand(body, "ERROR")) return parseError(body)
  if (!body.subarray(0, MISSPELT_ERROR.length).equals(MISSPELT_ERROR)) return undefined
  return parseError(buildCommand("ERROR", body.subarray(MISSPELT_ERROR.length)))
}

export class PlainClient implements Mechanism {
  readonly name = "PLAIN"
  readonly asServer = false
  readonly #options: MechanismOptions
  readonly #host: MechanismHost
  #state: "awaiting welcome" | "awaiting ready" | "over" = "awaiting welcome"

  constructor(options: MechanismOptions, host: MechanismHost) {
    this.#options = options
    this.#host = host
  }

  start(): void {
    const { plainUsername, plainPassword } = this.#options
    this.#host.send(buildHello(Buffer.from(plainUsername), Buffer.from(plainPassword)))
  }

  receive(body: Buffer): void {
    if (this.#state === "over") return
    guarded(
      this.#host,
      () => this.#command(body),
      () => (this.#state = "over"),
    )
  }

  #command(body: Buffer): void {
    const reason = plainErrorReason(body)
    if (reason !== undefined) {
      this.#state = "over"
      this.#host.fail(refusal(reason))
    } else if (this.#state === "awaiting welcome" && isCommand(body, "WELCOME")) {
      parseWelcome(body)
      this.#state = "awaiting ready"
      const { socketType, routingId } = this.#options
      this.#host.send(buildInitiate(encodeOwnMetadata(socketType, routingId)))
    } else if (this.#state === "awaiting ready" && isCommand(body, "READY")) {
      const metadata = parsePeerMetadata(commandData(body), this.#options.socketType)
      this.#state = "over"
      this.#host.ready(connectionMetadata(metadata, undefined))
    } else {
      throw unexpected(body)
    }
  }
}

export class PlainServer implements Mechanism {
  readonly name = "PLAIN"
  readonly asServer = true
  readonly #options: MechanismOptions
  readonly #host: MechanismHost
  #state: "awaiting hello" | "authenticating" | "awaiting initiate" | "over" = "awaiting hello"
  #reply: ZapReply | undefined

  constructor(options: MechanismOptions, host: MechanismHost) {
    this.#options = options
    this.#host = host
  }

  start(): void {
    // The client speaks first.
  }

  receive(body: Buffer): void {
    if (this.#state === "over") return
    guarded(
      this.#host,
      () => this.#command(body),
      () => (this.#state = "over"),
    )
  }

  #command(body: Buffer): void {
    switch (this.#state) {
      case "awaiting hello":
        return this.#hello(body)
      case "authenticating":
        // The code is libzmq's; the client has to wait for the WELCOME.
        throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "The peer sent a command before it was welcomed")
      case "awaiting initiate":
        return this.#initiate(body)
      case "over":
    }
  }

  #hello(body: Buffer): void {
    if (commandName(body) !== "HELLO") throw unexpected(body)
    const { username, password } = parseHello(body)
    const { zapDomain, zapEnforceDomain, peerAddress, routingId } = this.#options
    this.#state = "authenticating"
    if (zapEnforceDomain && zapDomain === "") {
      // libzmq ends the process here; the fault is the server's own, and one peer after the other meets it.
      this.#state = "over"
      this.#host.fail(new HandshakeFailure("EFAULT", "zapEnforceDomain is set, and zapDomain is not"))
      return
    }
    const credentials = [Buffer.from(username), Buffer.from(password)]
    this.#host.authenticate(
      { domain: zapDomain, address: peerAddress, routingId, mechanism: "PLAIN", credentials },
      outcome => this.#answered(outcome),
    )
  }

  #answered(outcome: ZapReply | HandshakeError | null): void {
    if (this.#state !== "authenticating") return
    if (outcome === null) {
      this.#state = "over"
      this.#host.fail(new HandshakeFailure("EFAULT", "No ZAP handler is bound"))
    } else if (admitted(outcome, this.#host, reason => this.#host.send(buildPlainError(reason)))) {
      this.#reply = outcome
      this.#state = "awaiting initiate"
      this.#host.send(buildWelcome())
    } else {
      this.#state = "over"
    }
  }

  #initiate(body: Buffer): void {
    if (!isCommand(body, "INITIATE")) throw unexpected(body)
    const { socketType, routingId } = this.#options
    let metadata
    try {
      metadata = parsePeerMetadata(commandData(body), socketType)
    } catch (error) {
      // 37/ZMTP §The Socket-Type Property: an invalid type SHOULD be answered by an ERROR.
      this.#host.send(buildPlainError("Invalid-metadata"))
      throw error
    }
    this.#state = "over"
    this.#host.send(buildReady(encodeOwnMetadata(socketType, routingId)))
    this.#host.ready(connectionMetadata(metadata, this.#reply))
  }
}
