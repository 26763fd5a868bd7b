/**
 * How long to wait before connecting again: the base interval and a random part of it, so that many peers of one
 * server do not come back at the same moment; or doubling up to a maximum, when one is set (ZMQ_RECONNECT_IVL,
 * ZMQ_RECONNECT_IVL_MAX).
 */
import { LONGEST_TIME, type Runtime } from "./runtime.js"

export interface ReconnectOptions {
  readonly reconnectInterval: number
  readonly reconnectMaxInterval: number
}

/**
 * `wait` is the time in milliseconds, `current` what to pass as `last` the next time. `last` is undefined for
 * the first attempt after a success. Undefined when nobody shall connect again.
 */
export function nextInterval(
  options: ReconnectOptions,
  last: number | undefined,
  runtime: Runtime,
): { readonly wait: number; readonly current: number } | undefined {
  const { reconnectInterval: base, reconnectMaxInterval: most } = options
  if (base <= 0) return undefined
  if (most > 0) {
    const current = Math.min(last === undefined ? base : last * 2, most)
    return { wait: current, current }
  }
  return { wait: Math.min(base + Math.floor(runtime.random() * base), LONGEST_TIME), current: base }
}
