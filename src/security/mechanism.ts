/**
 * The one interface of all security mechanisms (23/ZMTP §Security). A mechanism turns handshake commands
 * into handshake commands and says when traffic may flow; it does no I/O and knows no sockets. The session
 * frames its commands, asks the ZAP handler on its behalf and applies its cipher, if it has one.
 */
import type { Metadata } from "../wire/metadata.js"
import type { HandshakeError } from "../wire/errors.js"
import type { ZapReply, ZapRequest } from "./zap.js"

export type MechanismName = "NULL" | "PLAIN" | "CURVE"

/** What a mechanism may ask of its session. */
export interface MechanismHost {
  /** Sends a command; `body` is the command frame's whole body, name included. */
  send(body: Buffer): void
  /** The handshake is complete: `metadata` is the peer's. Called once, after the last `send`. */
  ready(metadata: Metadata): void
  /** The handshake has failed; the session ends the connection and emits the event the error names. */
  fail(error: HandshakeError): void
  /**
   * Asks the ZAP handler (27/ZAP). Calls back once, maybe within this call: with the checked reply, with the
   * error of a malformed one, or with `null` when no handler is bound.
   */
  authenticate(request: ZapRequest, done: (outcome: ZapReply | HandshakeError | null) => void): void
}

/** Encrypts and decrypts traffic once the handshake is complete. NULL and PLAIN have none. */
export interface Cipher {
  /** Seals one frame: returns the body of the MESSAGE command to send instead. */
  seal(body: Uint8Array, more: boolean, command: boolean): Buffer
  /** Opens the body of a MESSAGE command; throws a ProtocolError when it was tampered with. */
  open(body: Buffer): { body: Buffer; more: boolean; command: boolean }
}

/** One side of one handshake. */
export interface Mechanism {
  readonly name: MechanismName
  /** Whether the greeting says as-server (23/ZMTP §The Greeting). */
  readonly asServer: boolean
  readonly cipher?: Cipher
  /** Both greetings are exchanged. */
  start(): void
  /** A command from the peer, during the handshake. Never throws: a fault goes to `host.fail`. */
  receive(body: Buffer): void
}
