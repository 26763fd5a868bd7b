/**
 * Peers of ZMTP 1.0 and 2.0, played by hand: their greetings, and how far the other side goes along. A peer of 3.x need
 * not work with them, and then no case here applies to it.
 */
import { GREETING_SIZE } from "../../../src/wire.js"
import { frame, hex, oldFrame, type Octets } from "./bytes.js"
import type { SocketType } from "./case.js"
import type { Raw } from "./raw.js"
import type { Subject } from "./subject.js"
import { Failure, NotApplicable, same } from "./verdict.js"

/** 15/ZMTP §Formal Grammar. XPUB and XSUB are PUB and SUB on the wire. */
export const TYPE_OCTETS = {
  ...{ PAIR: 0, PUB: 1, SUB: 2, REQ: 3, REP: 4, DEALER: 5, ROUTER: 6, PULL: 7, PUSH: 8 },
  ...{ XPUB: 1, XSUB: 2 },
} as const satisfies Partial<Record<SocketType, number>>

export type OldType = keyof typeof TYPE_OCTETS

export const SIGNATURE = hex("ff 0000000000000001 7f")
const SIGNATURE_SIZE = SIGNATURE.length

/** The greeting of a 2.0 peer: signature, revision 1, socket type and identity. */
export function greeting2(type: OldType, { identity = "", revision = 1 }: Greeting2 = {}): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.of(revision, TYPE_OCTETS[type]), frame(identity)])
}

export interface Greeting2 {
  readonly identity?: Octets
  readonly revision?: number
}

/** What the other side tells of itself to a 2.0 peer. */
export interface Told2 {
  readonly signature: Buffer
  readonly version: number
  readonly type: number
  readonly identity: Buffer
}

/** Reads the other side's greeting to a 2.0 peer, whose own has been sent. */
export async function readGreeting2(raw: Raw): Promise<Told2> {
  const head = await raw.take(13, "a 2.0 greeting").catch((error: unknown) => declined(raw, error))
  // A 3.x greeting has its minor version, and then its mechanism, where this has the socket type and a frame.
  if (head[12] !== 0)
    throw new NotApplicable("It works with no peer of ZMTP 2.0: its greeting is that of 3.x")
  const length = (await raw.take(1, "the length of an identity")).readUInt8()
  const identity = await raw.take(length, "an identity")
  return {
    signature: head.subarray(0, SIGNATURE_SIZE),
    version: head[10] ?? 0,
    type: head[11] ?? 0,
    identity,
  }
}

/** Waits for the end of an old peer's connection, which who demands a greeting of 3.x may leave open. */
export async function unwelcome(raw: Raw): Promise<void> {
  await raw.closed("end of the connection").catch((error: unknown) => {
    if (raw.pending < GREETING_SIZE) throw error
    throw new NotApplicable("It works with no such peer, and waits for a greeting of 64 octets")
  })
}

/** A 2.0 connection after both greetings. */
export async function peer2(subject: Subject, type: OldType, fields: Greeting2 = {}): Promise<Raw> {
  const raw = await subject.connection()
  raw.write(greeting2(type, fields))
  await readGreeting2(raw)
  return raw
}

/** Reads a signature that is the head of a 1.0 identity frame, and that frame's body. */
export async function readIdentity1(raw: Raw): Promise<Buffer> {
  const head = await raw.take(SIGNATURE_SIZE, "a signature")
  const length = head.readBigUInt64BE(1)
  if (length === 0n) throw new NotApplicable("It works with no peer of ZMTP 1.0: its signature has no length")
  same("The first octet", head[0], 0xff)
  return raw
    .take(Number(length) - 1, "the body of an identity frame")
    .catch((error: unknown) => declined(raw, error))
}

/** A 1.0 connection after both greetings, which are identity frames. */
export async function peer1(subject: Subject, identity: Octets = ""): Promise<Raw> {
  const raw = await subject.connection()
  raw.framing = 1
  raw.write(oldFrame(identity))
  await readIdentity1(raw)
  return raw
}

/** A message in the framing of 1.0. */
export function oldMessage(...parts: Octets[]): Buffer {
  return Buffer.concat(parts.map((part, i) => oldFrame(part, { more: i < parts.length - 1 })))
}

/** Whoever cannot downgrade has to close (37/ZMTP §Version Negotiation), and that is no departure. */
function declined(raw: Raw, error: unknown): never {
  if (error instanceof Failure && raw.ended)
    throw new NotApplicable("It works with no such peer: it closes the connection")
  throw error
}
