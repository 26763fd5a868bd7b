/**
 * The greeting that opens a connection, and with it the agreement on a version of the protocol (37/ZMTP
 * §Version Negotiation, §Backwards Interoperability). Tells what to send and what the peer is; sends nothing
 * itself. Frames, security and the deadline belong to others.
 *
 * Our bytes go out in step with the peer's, since a 1.0 peer takes the first ten for the head of an identity
 * frame and what follows for its body: the signature at once; the major version when the peer's signature is
 * seen to be one; then, by the peer's version, the rest of a 3.1 greeting or of a 2.0 one.
 *
 * A 1.0 peer shows no version: it begins with an identity frame. So does, by chance, whoever speaks another protocol
 * (HTTP, TLS, SSH, a port scanner), and must get no messages. The frame is believed only when it looks like one that a
 * 1.0 peer sends.
 */
import { ProtocolError } from "./errors.js"
import { mayTalk, typeOctet, typeOfOctet } from "./socket-types.js"
import type { SocketType } from "./socket-types.js"

/** Octets of a whole 3.x greeting. */
export const GREETING_SIZE = 64
const SIGNATURE_SIZE = 10
const REVISION_AT = 10
const MINOR_AT = 11
const MECHANISM_AT = 12
const MECHANISM_SIZE = 20
const AS_SERVER_AT = 32

/** What our greeting says of us. */
export interface GreetingOptions {
  readonly socketType: SocketType
  /** At most 255 octets; only peers of versions 1.0 and 2.0 read it in the greeting. */
  readonly routingId: Uint8Array
  readonly mechanism: string
  readonly asServer: boolean
  /**
   * Whether 1.0 and 2.0 peers may talk to us. They know no security, so it must be false when the mechanism is not
   * NULL (37/ZMTP §Detecting ZMTP 1.0 and 2.0 Peers) and, as in libzmq, when a ZAP domain is set.
   */
  readonly allowLegacy: boolean
}

/** What a peer's greeting says. From here on both sides speak `version`. */
export type PeerGreeting =
  | {
      readonly version: "1.0" | "2.0"
      /**
       * The peer showed no version at all, as libzmq 2.x does: it filters what it subscribed to by itself, and
       * sends no subscriptions. Its identity frame comes first, as with every 1.0 and 2.0 peer; ours is sent.
       */
      readonly unversioned: boolean
    }
  | { readonly version: "3.0" | "3.1"; readonly mechanism: string; readonly asServer: boolean }

/** The outcome of some bytes from the peer. */
export interface GreetingStep {
  /** To be sent now, before anything else, even when there is a fault. */
  readonly send?: Buffer
  /** The peer speaks ZMTP 3, although its greeting may not be complete yet. Said once. */
  readonly current?: true
  /** The greeting is complete. */
  readonly done?: PeerGreeting
  /** The peer cannot be talked to. */
  readonly fault?: ProtocolError
  /** Bytes that are not part of the greeting: what the frame decoder gets first. Empty until `done`. */
  readonly rest: Buffer
}

/**
 * The first ten octets. A peer of version 1.0 reads them as the head of a long frame that holds an identity of
 * `routingIdLength` octets; all others ignore the eight in between.
 */
export function signature(routingIdLength: number): Buffer {
  const bytes = Buffer.alloc(SIGNATURE_SIZE)
  bytes[0] = 0xff
  bytes.writeUInt32BE(routingIdLength + 1, 5)
  bytes[9] = 0x7f
  return bytes
}

/** Octets 11 to 63 of a 3.1 greeting: all that follows the major version. */
export function greetingTail(mechanism: string, asServer: boolean): Buffer {
  const bytes = Buffer.alloc(GREETING_SIZE - MINOR_AT)
  bytes[0] = 1
  mechanismField(mechanism).copy(bytes, MECHANISM_AT - MINOR_AT)
  bytes[AS_SERVER_AT - MINOR_AT] = asServer ? 1 : 0
  return bytes
}

function mechanismField(mechanism: string): Buffer {
  const field = Buffer.alloc(MECHANISM_SIZE)
  field.write(mechanism, "latin1")
  return field
}

/** An identity frame as 1.0 (13/ZMTP) and 2.0 (15/ZMTP) peers expect it, for an id of at most 255 octets. */
function identityFrame(version: "1.0" | "2.0", id: Uint8Array): Buffer {
  if (version === "2.0") return Buffer.concat([Buffer.of(0, id.length), id])
  // The length counts the flags octet, and 255 marks a length of eight octets.
  const size = id.length + 1
  const head = size < 255 ? Buffer.of(size, 0) : Buffer.of(0xff, 0, 0, 0, 0, 0, 0, size >> 8, size & 0xff, 0)
  return Buffer.concat([head, id])
}

/**
 * How much of the greeting is awaited: its first octet, the signature, the octet after it, the socket type
 * of a 2.0 greeting, or the rest of a 3.x one; or else the flags of a 1.0 peer's identity frame, and the first octet of
 * the identity, whose length is written short or long. Each state ends when this many octets are there.
 */
const ENDS = {
  ...{ first: 1, signature: SIGNATURE_SIZE, revision: 11, type: 12, tail: GREETING_SIZE },
  ...{ flags: 2, identity: 3, longIdentity: 11 },
} as const

/** Octets of the longest identity (13/ZMTP §The Connection Layer). */
const LONGEST_IDENTITY = 255

type State = keyof typeof ENDS | "over"

/** Reads one peer's greeting, however it is cut. Holds at most 64 octets. */
export class GreetingReader {
  readonly #options: GreetingOptions
  readonly #held = Buffer.alloc(GREETING_SIZE)
  #length = 0
  #state: State = "first"
  #send: Buffer[] = []
  #current = false

  constructor(options: GreetingOptions) {
    this.#options = options
  }

  /** What goes out as soon as the connection stands. */
  start(): Buffer {
    return signature(this.#options.routingId.length)
  }

  /** Takes bytes from the peer. Once a step was `done` or a `fault`, all further bytes come back as `rest`. */
  push(chunk: Buffer): GreetingStep {
    let offset = 0
    let outcome: Pick<GreetingStep, "done" | "fault"> | undefined
    while (this.#state !== "over" && outcome === undefined) {
      const taken = Math.min(ENDS[this.#state] - this.#length, chunk.length - offset)
      chunk.copy(this.#held, this.#length, offset, offset + taken)
      this.#length += taken
      offset += taken
      if (this.#length < ENDS[this.#state]) break
      outcome = this.#advance(this.#state)
    }
    const after = chunk.subarray(offset)
    const said = {
      ...(this.#send.length > 0 ? { send: Buffer.concat(this.#send) } : {}),
      ...(this.#current ? ({ current: true } as const) : {}),
    }
    this.#send = []
    this.#current = false
    if (outcome === undefined) return { ...said, rest: after }
    this.#state = "over"
    // An unversioned peer began with a frame, so what looked like a signature belongs to the decoder.
    const isFrame = outcome.done !== undefined && "unversioned" in outcome.done && outcome.done.unversioned
    return {
      ...said,
      ...outcome,
      rest: isFrame ? Buffer.concat([this.#held.subarray(0, this.#length), after]) : after,
    }
  }

  #advance(state: keyof typeof ENDS): Pick<GreetingStep, "done" | "fault"> | undefined {
    switch (state) {
      case "first":
        if (this.#held[0] !== 0xff) return this.#identityFrame(this.#held.readUInt8(0), "flags")
        this.#state = "signature"
        return undefined
      case "signature":
        if ((this.#held.readUInt8(9) & 1) === 0) return this.#longIdentityFrame()
        this.#send.push(Buffer.of(3))
        this.#state = "revision"
        return undefined
      case "revision":
        return this.#revision()
      case "type":
        return this.#legacyType()
      case "tail":
        return this.#tail()
      case "flags":
        return this.#identityFlags(this.#held.readUInt8(1), this.#held.readUInt8(0), "identity")
      case "identity":
      case "longIdentity":
        return this.#identityStart(this.#held.readUInt8(this.#length - 1))
    }
  }

  /** The peer begins with a frame. `length` counts the flags octet. */
  #identityFrame(length: number, next: State): Pick<GreetingStep, "fault"> | undefined {
    if (!this.#options.allowLegacy) return legacyRefused("1.0")
    if (length < 1 || length > LONGEST_IDENTITY + 1) return this.#foreign()
    this.#state = next
    return undefined
  }

  #longIdentityFrame(): Pick<GreetingStep, "done" | "fault"> | undefined {
    const length = Number(this.#held.readBigUInt64BE(1))
    return (
      this.#identityFrame(length, "longIdentity") ??
      this.#identityFlags(this.#held.readUInt8(9), length, "longIdentity")
    )
  }

  /**
   * 13/ZMTP §The Connection Layer asks not to validate the flags, and to send zero, which libzmq 2.x does. Reserved bits
   * of which some are set, and not all, are no flags: they are a letter of a text, or the head of another protocol.
   */
  #identityFlags(
    flags: number,
    length: number,
    next: State,
  ): Pick<GreetingStep, "done" | "fault"> | undefined {
    const reserved = flags >> 1
    if (reserved !== 0 && reserved !== 0x7f) return this.#foreign()
    if (length === 1) return this.#unversioned()
    this.#state = next
    return undefined
  }

  /** Identities that begin with a zero octet are reserved (13/ZMTP); libzmq 2.x lets nobody choose one. */
  #identityStart(octet: number): Pick<GreetingStep, "done" | "fault"> {
    return octet === 0 ? this.#foreign() : this.#unversioned()
  }

  #foreign(): { fault: ProtocolError } {
    const shown = JSON.stringify(this.#held.toString("latin1", 0, this.#length))
    const detail = `The peer does not speak ZMTP: it began with ${shown}`
    return { fault: new ProtocolError("ERR_ZMTP_UNSPECIFIED", detail) }
  }

  #unversioned(): Pick<GreetingStep, "done"> {
    // Its head was our signature.
    this.#send.push(Buffer.from(this.#options.routingId))
    return { done: { version: "1.0", unversioned: true } }
  }

  #revision(): Pick<GreetingStep, "fault"> | undefined {
    const { socketType, routingId, mechanism, asServer, allowLegacy } = this.#options
    if (this.#isLegacy()) {
      const version = this.#legacyVersion()
      if (!allowLegacy) return legacyRefused(version)
      this.#send.push(Buffer.of(typeOctet(socketType)), identityFrame(version, routingId))
      this.#state = "type"
      return undefined
    }
    this.#send.push(greetingTail(mechanism, asServer))
    this.#current = true
    this.#state = "tail"
    return undefined
  }

  #isLegacy(): boolean {
    return (this.#held[REVISION_AT] ?? 0) < 3
  }

  /** Revision 0 was never released: libzmq frames it as 1.0. 1 is 2.0, and so is 2 (37/ZMTP). */
  #legacyVersion(): "1.0" | "2.0" {
    return this.#held[REVISION_AT] === 0 ? "1.0" : "2.0"
  }

  /** 15/ZMTP §Socket Compatibility. An unknown number is let pass, as every number is in libzmq. */
  #legacyType(): Pick<GreetingStep, "done" | "fault"> {
    const ownType = this.#options.socketType
    const peerType = typeOfOctet(this.#held[11] ?? 0)
    if (peerType !== undefined && !mayTalk(ownType, peerType)) {
      const detail = `A ${ownType} socket cannot talk to a ${peerType}`
      return { fault: new ProtocolError("ERR_ZMTP_INVALID_METADATA", detail) }
    }
    return { done: { version: this.#legacyVersion(), unversioned: false } }
  }

  #tail(): Pick<GreetingStep, "done" | "fault"> {
    const { mechanism } = this.#options
    const field = this.#held.subarray(MECHANISM_AT, AS_SERVER_AT)
    if (!field.equals(mechanismField(mechanism))) {
      const shown = JSON.stringify(field.toString("latin1").replace(/\0+$/, ""))
      const detail = `The peer's mechanism is ${shown}, ours is "${mechanism}"`
      return { fault: new ProtocolError("ERR_ZMTP_MECHANISM_MISMATCH", detail) }
    }
    // Higher versions are spoken to as 3.1 (37/ZMTP §Version Negotiation).
    const version = this.#held[REVISION_AT] === 3 && this.#held[MINOR_AT] === 0 ? "3.0" : "3.1"
    return { done: { version, mechanism, asServer: this.#held[AS_SERVER_AT] === 1 } }
  }
}

function legacyRefused(version: "1.0" | "2.0"): { fault: ProtocolError } {
  const detail = `A ZMTP ${version} peer knows no security, and this socket asks for it`
  return { fault: new ProtocolError("ERR_ZMTP_MECHANISM_MISMATCH", detail) }
}
