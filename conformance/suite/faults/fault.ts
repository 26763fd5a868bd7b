/**
 * What a fault is: one behaviour in which a peer departs from one clause, and the cases that have to notice. A faulty
 * peer is this package itself with that behaviour changed in memory; nothing here knows which there are.
 */

export interface Fault {
  /** In kebab-case; names do not change. */
  readonly name: string
  /** The clauses that it breaks, by their ids. */
  readonly breaks: readonly string[]
  /** What the peer does, as a sentence whose subject is the peer. */
  readonly describes: string
  /** Changes this package in memory, before a socket is opened. */
  readonly apply: () => void
  /** The cases and inspections that fail because of it, and which an honest peer passes; no others may. */
  readonly fails: readonly string[]
  /** What else fails by it, in files of cases about something else: it is only played when all cases are. */
  readonly also?: readonly string[]
  /**
   * Where the fault takes from the suite what many cases stand on, such as PONG: what these say when they fail. They may
   * fail in this way, beside those of {@link Fault.fails}, and in no other.
   */
  readonly blinds?: RegExp
}

/**
 * Puts a method in the place of one that a class has; it gets the object, the method that was there, and the arguments.
 * Private ones, too: hence Self, what the new method touches of the object, is not checked against the class.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- It is what callers state.
export function override<Self extends object, Args extends unknown[] = [], Result = void>(
  of: { readonly prototype: object },
  name: string,
  by: (self: Self, original: (...args: Args) => Result, ...args: Args) => Result,
): void {
  const prototype = of.prototype as Record<string, (...args: Args) => Result>
  const method = prototype[name]
  if (typeof method !== "function") throw new TypeError(`There is no method ${name} to change`)
  prototype[name] = function (this: Self, ...args: Args): Result {
    return by(this, (...changed) => method.apply(this, changed), ...args)
  }
}

/** What a fault has to remember of each object, such as a connection. */
export function remembering<Value>(begin: () => Value): (key: object) => Value {
  const all = new WeakMap<object, Value>()
  return key => {
    const known = all.get(key)
    if (known !== undefined) return known
    const fresh = begin()
    all.set(key, fresh)
    return fresh
  }
}
