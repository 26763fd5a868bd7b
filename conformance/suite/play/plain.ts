/**
 * The commands of 24/ZMTP-PLAIN, and how a hand-played client goes through its handshake. Nothing here judges but by
 * what has to come next.
 */
import { GREETING_SIZE } from "../../../src/wire.js"
import { command, greeting, metadata, octets, type Octets, type Properties } from "./bytes.js"
import { PARTNER } from "./case.js"
import type { Raw } from "./raw.js"
import type { Subject } from "./subject.js"
import { Failure } from "./verdict.js"

export const PLAIN = "PLAIN"

/** A name or a password with its length before it. */
export function counted(text: Octets): Buffer {
  return Buffer.concat([Buffer.of(text.length), octets(text)])
}

export function hello(name: Octets, password: Octets): Buffer {
  return command("HELLO", Buffer.concat([counted(name), counted(password)]))
}

export function initiate(socketType: string, properties: Properties = []): Buffer {
  return command("INITIATE", metadata([["Socket-Type", socketType], ...properties]))
}

/** A connection on which both greetings have passed. */
export async function greeted(subject: Subject, asServer: 0 | 1 = 0): Promise<Raw> {
  const raw = await subject.connection()
  raw.write(greeting({ mechanism: PLAIN, asServer }))
  raw.greeting = await raw.take(GREETING_SIZE, "a greeting of 64 octets")
  return raw
}

/** A client that is let in. */
export async function letIn(subject: Subject, name = "admin", password = "secret"): Promise<Raw> {
  const raw = await greeted(subject)
  raw.write(hello(name, password))
  await raw.command("WELCOME")
  raw.write(initiate(PARTNER[subject.type]))
  raw.ready = await raw.command("READY")
  return raw
}

/** Waits until the server refuses to go on, by a command that says so or by the end of the connection. */
export async function refusal(raw: Raw, after: string): Promise<void> {
  await raw.until(() => raw.pending > 0 || raw.ended, `refusal after ${after}`, true)
  if (raw.pending === 0) return
  const frame = await raw.frame()
  if (!frame.command) throw new Failure(`After ${after} came a message`)
  if (["WELCOME", "READY", "INITIATE", "HELLO"].includes(frame.name))
    throw new Failure(`After ${after} came ${frame.name}`)
}
