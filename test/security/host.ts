/** A session's part in a handshake, for tests: remembers what a mechanism asked of it, and answers as ZAP when told to. */
import { createMechanism } from "../../src/security/index.js"
import type { MechanismOptions } from "../../src/security/index.js"
import type { Mechanism, MechanismHost, MechanismName } from "../../src/security/mechanism.js"
import type { ZapReply, ZapRequest } from "../../src/security/zap.js"
import { AuthenticationError } from "../../src/wire/errors.js"
import type { HandshakeError } from "../../src/wire/errors.js"
import { Metadata } from "../../src/wire/metadata.js"

export type ZapOutcome = ZapReply | HandshakeError | null

export const OPTIONS: MechanismOptions = {
  socketType: "REP",
  routingId: Buffer.from("id"),
  peerAddress: "10.0.0.1",
  zapDomain: "",
  zapEnforceDomain: false,
  plainUsername: "admin",
  plainPassword: "secret",
}

export class TestHost implements MechanismHost {
  readonly sent: string[] = []
  readonly requests: ZapRequest[] = []
  metadata: Metadata | undefined
  error: HandshakeError | undefined
  /** Called back to at once when set; otherwise {@link answer} does it. */
  outcome: ZapOutcome | undefined
  /** Where what is sent goes, to join two mechanisms. */
  peer: ((body: Buffer) => void) | undefined
  #answer: ((outcome: ZapOutcome) => void) | undefined

  send(body: Buffer): void {
    if (this.metadata !== undefined || this.error !== undefined) throw new Error("Sent after the end")
    this.sent.push(body.toString("latin1"))
    this.peer?.(body)
  }

  ready(metadata: Metadata): void {
    if (this.metadata !== undefined || this.error !== undefined) throw new Error("Ended twice")
    this.metadata = metadata
  }

  fail(error: HandshakeError): void {
    if (this.metadata !== undefined || this.error !== undefined) throw new Error("Ended twice")
    this.error = error
  }

  authenticate(request: ZapRequest, done: (outcome: ZapOutcome) => void): void {
    this.requests.push(request)
    if (this.outcome === undefined) this.#answer = done
    else done(this.outcome)
  }

  answer(outcome: ZapOutcome): void {
    this.#answer?.(outcome)
  }

  /** The code or status of the failure, or `ready`, or `open` while the handshake goes on. */
  get result(): string | number {
    if (this.metadata !== undefined) return "ready"
    if (this.error === undefined) return "open"
    return this.error instanceof AuthenticationError ? this.error.status : this.error.code
  }
}

/** A started mechanism and its host. */
export function begin(
  name: MechanismName,
  role: "client" | "server",
  options: Partial<MechanismOptions> = {},
  outcome?: ZapOutcome,
): { mechanism: Mechanism; host: TestHost } {
  const host = new TestHost()
  host.outcome = outcome
  const mechanism = createMechanism(name, role, { ...OPTIONS, ...options }, host)
  mechanism.start()
  return { mechanism, host }
}

/** Gives a mechanism commands written as text. */
export function give(mechanism: Mechanism, ...bodies: readonly string[]): void {
  for (const body of bodies) mechanism.receive(Buffer.from(body, "latin1"))
}

export function zapReply(status: ZapReply["status"], userId = "", metadata = Metadata.empty): ZapReply {
  return { status, statusText: "", userId: Buffer.from(userId), metadata }
}

/** Properties as they appear in READY and INITIATE. */
export function property(name: string, value: string): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return String.fromCharCode(name.length) + name + length.toString("latin1") + value
}

export const socketType = (type: string): string => property("Socket-Type", type)
