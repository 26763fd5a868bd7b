/** A transport whose attempts and listeners the test brings to their ends. */
import type {
  Attempt,
  ByteStream,
  ConnectHandler,
  Listener,
  ListenHandler,
  Transport,
} from "../../src/transports/transport.js"

export class FakeAttempt implements Attempt {
  cancelled = false
  #over = false
  readonly handler: ConnectHandler

  constructor(handler: ConnectHandler) {
    this.handler = handler
  }

  cancel(): void {
    this.cancelled = true
  }

  succeed(stream: ByteStream): void {
    if (this.#finish()) this.handler.onConnect(stream)
  }

  fail(code = "ECONNREFUSED", tried = true): void {
    if (this.#finish()) this.handler.onError(Object.assign(new Error(code), { code }), tried)
  }

  /** Whether anybody waits for the outcome. */
  #finish(): boolean {
    if (this.cancelled || this.#over) return false
    this.#over = true
    return true
  }
}

export class FakeListener implements Listener {
  readonly endpoint = "tcp://127.0.0.1:5555"
  /** Ends the closing that was asked for. */
  closed: ((error?: NodeJS.ErrnoException) => void) | undefined

  close(done: (error?: NodeJS.ErrnoException) => void): void {
    this.closed = done
  }
}

export class FakeTransport implements Transport {
  readonly attempts: FakeAttempt[] = []

  check(): void {}

  listen(_address: string, _options: unknown, handler: ListenHandler): Promise<Listener> {
    return Promise.resolve(this.listenSync(_address, _options, handler))
  }

  listenSync(_address: string, _options: unknown, _handler: ListenHandler): Listener {
    return new FakeListener()
  }

  connect(_address: string, _options: unknown, handler: ConnectHandler): Attempt {
    const attempt = new FakeAttempt(handler)
    this.attempts.push(attempt)
    handler.onPending()
    return attempt
  }

  /** The attempt under way. */
  get attempt(): FakeAttempt {
    const attempt = this.attempts.at(-1)
    if (attempt === undefined) throw new Error("Nobody connects")
    return attempt
  }
}
