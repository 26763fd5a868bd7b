/**
 * The NULL mechanism (37/ZMTP §The NULL Security Mechanism): each side sends READY. With a ZAP domain the
 * handler is asked first whether the peer's address may come in (27/ZAP §The NULL Mechanism). As in libzmq,
 * neither side waits for the other's READY before it sends its own, and both sides may ask a handler.
 */
import { buildError, buildReady, commandData, isCommand, parseError } from "../wire/commands.js"
import { HandshakeFailure } from "../wire/errors.js"
import { encodeOwnMetadata, parsePeerMetadata } from "../wire/metadata.js"
import type { Metadata } from "../wire/metadata.js"
import type { HandshakeError } from "../wire/errors.js"
import { admitted, guarded, refusal, unexpected } from "./handshake.js"
import type { MechanismOptions } from "./handshake.js"
import type { Mechanism, MechanismHost } from "./mechanism.js"
import { connectionMetadata } from "./zap.js"
import type { ZapReply } from "./zap.js"

export class NullMechanism implements Mechanism {
  readonly name = "NULL"
  readonly asServer = false
  readonly #options: MechanismOptions
  readonly #host: MechanismHost
  #readySent = false
  #over = false
  #peer: Metadata | undefined
  #reply: ZapReply | undefined

  constructor(options: MechanismOptions, host: MechanismHost) {
    this.#options = options
    this.#host = host
  }

  start(): void {
    const { zapDomain, peerAddress, routingId } = this.#options
    if (zapDomain === "") return this.#sendReady()
    this.#host.authenticate(
      { domain: zapDomain, address: peerAddress, routingId, mechanism: "NULL", credentials: [] },
      outcome => this.#answered(outcome),
    )
  }

  receive(body: Buffer): void {
    if (this.#over) return
    guarded(
      this.#host,
      () => this.#command(body),
      () => (this.#over = true),
    )
  }

  #command(body: Buffer): void {
    if (this.#peer !== undefined) throw unexpected(body)
    if (isCommand(body, "ERROR")) {
      const error = refusal(parseError(body))
      this.#over = true
      return this.#host.fail(error)
    }
    if (!isCommand(body, "READY")) throw unexpected(body)
    try {
      this.#peer = parsePeerMetadata(commandData(body), this.#options.socketType)
    } catch (error) {
      // 37/ZMTP §The Socket-Type Property: an invalid type SHOULD be answered by an ERROR.
      this.#host.send(buildError("Invalid-metadata"))
      throw error
    }
    this.#complete()
  }

  #answered(outcome: ZapReply | HandshakeError | null): void {
    if (this.#over) return
    if (outcome === null) {
      if (!this.#options.zapEnforceDomain) return this.#sendReady()
      this.#over = true
      return this.#host.fail(new HandshakeFailure("EFAULT", "No ZAP handler is bound"))
    }
    if (admitted(outcome, this.#host, reason => this.#host.send(buildError(reason)))) {
      this.#reply = outcome
      this.#sendReady()
    } else {
      this.#over = true
    }
  }

  #sendReady(): void {
    this.#host.send(buildReady(encodeOwnMetadata(this.#options.socketType, this.#options.routingId)))
    this.#readySent = true
    this.#complete()
  }

  #complete(): void {
    if (!this.#readySent || this.#peer === undefined) return
    this.#over = true
    this.#host.ready(connectionMetadata(this.#peer, this.#reply))
  }
}
