/**
 * Lets the threads of a process share the options of the default context, as with libzmq, where it is one for all of
 * them. Threads are reached that are started after the first use of the context.
 */
import { shareNumbers } from "../../transports/threads.js"
import type { ContextValues } from "../options.js"

/** With the version, so that a thread with another version of this library has options of its own. */
const KEY = "zmtp/1:context"

/** The same values, in memory that threads share. It is made on first use. */
export function shareContextValues(values: ContextValues): ContextValues {
  let numbers: Int32Array | undefined
  const stored = (): Int32Array => (numbers ??= shareNumbers(KEY, Object.values(values).map(Number)))
  const shared = {}
  Object.entries(values).forEach(([name, initial], index) => {
    Object.defineProperty(shared, name, {
      enumerable: true,
      get: () => (typeof initial === "boolean" ? stored()[index] !== 0 : stored()[index]),
      set: (value: number | boolean) => {
        stored()[index] = Number(value)
      },
    })
  })
  return shared as ContextValues
}
