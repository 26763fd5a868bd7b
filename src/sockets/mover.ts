/**
 * What a proxy does all day: moves messages from one pattern to another, both ways, without a promise for any. It
 * takes a message only when it can be passed on, so that full queues hold back those who fill them. Whose patterns
 * these are, and what the program may do meanwhile, is the Proxy's affair.
 */
import type { Runtime } from "../peers/runtime.js"
import type { Message } from "../wire/frames.js"
import type { Pattern } from "./pattern.js"

/** Most messages that go one way before the other way has its turn. */
const BURST = 128

/** Most bursts each way before pending I/O has its turn. */
const BURSTS_A_TURN = 16

/** One way: from a pattern to one that must take each message, and maybe to another before that: the capture. */
class Lane {
  private readonly from: Pattern
  private readonly targets: readonly Pattern[]
  /** A message that a target refused, though it had said that it could send; and which target that was. */
  private held: Message | undefined
  private next = 0

  constructor(from: Pattern, targets: readonly Pattern[]) {
    this.from = from
    this.targets = targets
  }

  /** Moves what can be moved, up to a burst, and returns the number of messages. */
  move(): number {
    if (this.held !== undefined && !this.give(this.held)) return 0
    let moved = 0
    while (moved < BURST && this.free()) {
      const message = this.from.receive()
      if (message === undefined) break
      moved++
      if (!this.give(message)) break
    }
    return moved
  }

  private free(): boolean {
    for (const target of this.targets) if (!target.canSend()) return false
    return true
  }

  private give(message: Message): boolean {
    for (let target = this.targets[this.next]; target !== undefined; target = this.targets[++this.next]) {
      if (!sent(target, message)) {
        this.held = message
        return false
      }
    }
    this.held = undefined
    this.next = 0
    return true
  }
}

/** Some patterns can tell only from the message that they cannot send it now: a publisher that must not drop. */
function sent(target: Pattern, message: Message): boolean {
  try {
    return target.send(message)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false
    throw error
  }
}

export class Mover {
  private readonly runtime: Runtime
  private readonly lanes: readonly Lane[]
  private readonly failed: (error: unknown) => void
  private state: "active" | "paused" | "ended" = "active"
  /** Whether a turn is to come or under way. */
  private scheduled = false
  private woken = false

  /**
   * @param capture Gets every message too, and holds them back as the others do.
   * @param failed Told when a pattern refuses a message for good; nothing is moved after that.
   */
  constructor(
    frontEnd: Pattern,
    backEnd: Pattern,
    capture: Pattern | undefined,
    runtime: Runtime,
    failed: (error: unknown) => void,
  ) {
    const before = capture === undefined ? [] : [capture]
    this.lanes = [new Lane(frontEnd, [...before, backEnd])]
    // As in zmq_proxy(), one socket in both places passes its messages on to itself.
    if (frontEnd !== backEnd) this.lanes = [...this.lanes, new Lane(backEnd, [...before, frontEnd])]
    this.runtime = runtime
    this.failed = failed
  }

  /** A pattern may have something to receive, or room to send. */
  readonly wake = (): void => {
    this.woken = true
    if (this.scheduled || this.state !== "active") return
    this.scheduled = true
    // What one read from a connection brought then leaves in one write.
    this.runtime.afterTurn(this.turn)
  }

  /** Leaves messages where they are. */
  pause(): void {
    if (this.state === "active") this.state = "paused"
  }

  resume(): void {
    if (this.state !== "paused") return
    this.state = "active"
    this.wake()
  }

  end(): void {
    this.state = "ended"
  }

  private readonly turn = (): void => {
    try {
      for (let burst = 0; burst < BURSTS_A_TURN; burst++) {
        if (this.state !== "active" || !this.move()) {
          this.scheduled = false
          return
        }
      }
    } catch (error) {
      this.state = "ended"
      this.failed(error)
      return
    }
    this.runtime.afterIO(this.turn)
  }

  /** Moves a burst each way; returns whether there may be more to move. */
  private move(): boolean {
    this.woken = false
    let moved = 0
    for (const lane of this.lanes) moved += lane.move()
    return moved > 0 || this.woken
  }
}
