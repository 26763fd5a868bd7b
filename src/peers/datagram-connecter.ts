/**
 * A udp endpoint that the socket sends to. There is nothing to connect: only the name of the host may have to be
 * looked up, and is again when that fails. Until then messages wait in the pipe, which is there from the beginning.
 */
import type { DatagramAttempt, DatagramConnectHandler, DatagramPort } from "../transports/transport.js"
import type { DatagramPipe } from "./datagram-pipe.js"
import type { PeerEvent } from "./events.js"
import { linger } from "./lingering.js"
import { nextInterval, type ReconnectOptions } from "./reconnection.js"
import type { Runtime, Timer } from "./runtime.js"

export class DatagramConnecter implements DatagramConnectHandler {
  readonly pipe: DatagramPipe
  private readonly runtime: Runtime
  private readonly options: ReconnectOptions
  private readonly event: (event: PeerEvent) => void
  private dial: (() => DatagramAttempt) | undefined
  private attempt: DatagramAttempt | undefined
  private port: DatagramPort | undefined
  private timer: Timer | undefined
  private interval: number | undefined
  private stopped = false

  constructor(
    pipe: DatagramPipe,
    runtime: Runtime,
    options: ReconnectOptions,
    event: (event: PeerEvent) => void,
  ) {
    this.pipe = pipe
    this.runtime = runtime
    this.options = options
    this.event = event
  }

  /** `dial` makes an attempt for this handler; it throws, the first time, for an address that is none. */
  start(dial: () => DatagramAttempt): void {
    this.dial = dial
    this.attempt = dial()
  }

  close(lingerMilliseconds: number, done: () => void): void {
    this.pipe.end()
    linger(this.pipe, lingerMilliseconds, this.runtime, () => {
      this.stopped = true
      this.attempt?.cancel()
      if (this.timer !== undefined) this.runtime.clearTimeout(this.timer)
      if (this.port === undefined) done()
      else this.port.close(done)
    })
  }

  // DatagramConnectHandler

  onOpen(port: DatagramPort): void {
    this.attempt = undefined
    this.port = port
    this.pipe.open(port)
  }

  onError(): void {
    this.attempt = undefined
    const next = this.stopped ? undefined : nextInterval(this.options, this.interval, this.runtime)
    if (next === undefined) return
    this.interval = next.current
    this.timer = this.runtime.setTimeout(() => {
      this.attempt = this.dial?.()
    }, next.wait)
    this.event({ type: "connect:retry", address: this.pipe.endpoint, interval: next.wait })
  }
}
