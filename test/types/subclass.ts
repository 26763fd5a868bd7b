import { Context, Dealer, Router, type MessageLike, type SocketOptions } from "zeromq"

/** Options by number are for subclasses. */
export class Tuned extends Dealer {
  constructor(options?: SocketOptions<Dealer>) {
    super({ linger: 0, ...options })
  }

  get priority(): number {
    return (
      this.getInt32Option(112) + this.getUint32Option(57) + this.getInt64Option(22) + this.getUint64Option(4)
    )
  }

  set priority(value: number) {
    this.setInt32Option(112, value)
    this.setUint32Option(57, value)
    this.setInt64Option(22, value)
    this.setUint64Option(4, value)
  }

  get name(): string | null {
    return this.getBoolOption(39) ? this.getStringOption(5) : null
  }

  set name(value: string | Buffer | null) {
    this.setBoolOption(39, true)
    this.setStringOption(5, value)
  }

  override async send(message: MessageLike | MessageLike[]): Promise<void> {
    await super.send(["", ...(Array.isArray(message) ? message : [message])])
  }

  override close(): void {
    super.close()
  }
}

export class Quiet extends Router {
  override connect(address: string): void {
    super.connect(address, { routingId: "quiet" })
  }
}

export class OwnContext extends Context {
  get threads(): number {
    return this.getInt32Option(1) + (this.getBoolOption(70) ? 1 : 0)
  }
}

export const tuned: SocketOptions<Tuned> = { priority: 1, linger: 1 }
