/**
 * Waiting for a signal to abort. A signal may belong to another realm (a page of jsdom, a `vm` context, a polyfill): it
 * is known by what it can do and not by its class. Many sockets may wait on one signal: it gets one listener for all of
 * them, since Node.js warns of more than ten and takes longer to remove one the more there are.
 */

/** One for each signal that something waits for. */
const listeners = new WeakMap<AbortSignal, SignalListener>()

class SignalListener {
  private readonly signal: AbortSignal
  private readonly callbacks = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.signal = signal
    listeners.set(signal, this)
    signal.addEventListener("abort", this.abort)
  }

  add(callback: () => void): void {
    this.callbacks.add(callback)
  }

  remove(callback: () => void): void {
    if (this.callbacks.delete(callback) && this.callbacks.size === 0) this.end()
  }

  private end(): void {
    this.signal.removeEventListener("abort", this.abort)
    listeners.delete(this.signal)
  }

  private readonly abort = (): void => {
    this.end()
    for (const callback of this.callbacks) callback()
  }
}

/** Whether a value is an AbortSignal, of whatever realm. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return (
    typeof aborted === "boolean" &&
    typeof addEventListener === "function" &&
    typeof removeEventListener === "function"
  )
}

/** Why a signal was aborted. Early implementations of AbortSignal do not tell. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException("This operation was aborted", "AbortError")
}

/** Calls back when a signal aborts, which it must not have done yet. The function returned ends the waiting. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const listener = listeners.get(signal) ?? new SignalListener(signal)
  listener.add(callback)
  return () => {
    listener.remove(callback)
  }
}
