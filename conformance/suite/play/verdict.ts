/**
 * How a case ends: nothing is thrown when the peer keeps its clauses, a Failure when it does not, and a NotApplicable
 * when it cannot be seen on this peer. Anything else that is thrown is a fault of the suite or of an adapter.
 */

/** The peer does not keep the clause; the message says what was seen instead, as a sentence without its stop. */
export class Failure extends Error {
  override readonly name = "Failure"
}

/** The case does not apply to this peer, or cannot be told on it; the message says why. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable"
}

/** Fails the case with these words unless the condition holds. */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Failure(otherwise)
}

/** Fails the case unless both are the same, telling both. Parts of messages are text, a character an octet. */
export function same(what: string, seen: unknown, expected: unknown): void {
  const [a, b] = [shown(seen), shown(expected)]
  if (a !== b) throw new Failure(`${what} should be ${brief(b)}, and was ${brief(a)}`)
}

/** Whether a call of the peer's program was refused. That it does not end at all is a Failure all the same. */
export async function refused(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return false
  } catch (error) {
    if (error instanceof Failure || error instanceof NotApplicable) throw error
    return true
  }
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return value.length === 0 ? "nothing" : Buffer.from(value).toString("hex")
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString("hex") : inner,
  )
}

function brief(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 160)}… (${text.length} characters)`
}
