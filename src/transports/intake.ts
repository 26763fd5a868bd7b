/**
 * What sockets of `node:net` read into: memory that is used again, or that the handler of the stream has ready. It also
 * makes the sockets that can do so; what is done with the bytes, and when to read, is the stream's affair.
 */
import { Socket, type OnReadOpts, type SocketConstructorOpts } from "node:net"
import { keepNodeTicking } from "./clock.js"
import type { StreamHandler } from "./transport.js"

/** Most bytes of a read, as with Node.js' own reads. */
const READ_SIZE = 64 * 1024

/**
 * Most bytes of a read into memory of the handler. A connection is locked while the system copies out of it: a
 * larger read keeps the sender waiting for longer, and finds less of what it sent in a cache.
 */
const LARGE_READ_SIZE = 256 * 1024

/** The memory that all streams read into: what came is handed on, or copied, before the next read. */
const scratch = Buffer.allocUnsafeSlow(READ_SIZE)

/** What came into it last. Reads of one length follow each other, so that it often need not be made anew. */
let latest = scratch

/** After bytes that went where the handler wanted them comes the head of what else it may have a place for. */
const shortScratch = scratch.subarray(0, 8 * 1024)

/**
 * Where one socket reads to. Node.js makes new memory for each read and passes it through a queue of its own; this
 * spares both (`onread` of `net.Socket`), a fifth of the time of a short request.
 */
export class Intake {
  handler: StreamHandler | undefined
  private space: Buffer | undefined
  /** Whether that is the memory of all. */
  private lent = true

  readonly onread: OnReadOpts = {
    // Asked for once in the beginning, and after each read; what is no buffer leaves things as they are.
    buffer: () => this.nextSpace() as Buffer,
    callback: length => {
      this.take(length)
      return true
    },
  }

  private nextSpace(): Buffer | undefined {
    const before = this.space
    const given = this.handler?.space?.()?.subarray(0, LARGE_READ_SIZE)
    this.space = given ?? (this.lent ? scratch : shortScratch)
    this.lent = given === undefined
    return this.space === before ? undefined : this.space
  }

  private take(length: number): void {
    const { space, lent } = this
    if (space === undefined) return
    if (lent && latest.length !== length) latest = scratch.subarray(0, length)
    this.handler?.onData(lent ? latest : space.subarray(0, length), lent)
  }
}

/** Its end and its faults come from the system, and are told by ticks, which a fake clock may have stopped meanwhile. */
class TickingSocket extends Socket {
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    keepNodeTicking()
    return super.push(chunk, encoding)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    keepNodeTicking()
    super._destroy(error, callback)
  }
}

/** A socket that is not connected yet, and reads into memory that is used again. */
export function thriftySocket(): readonly [Socket, Intake] {
  const intake = new Intake()
  return [new TickingSocket({ onread: intake.onread } as SocketConstructorOpts), intake]
}

/** Undocumented, but there since Node.js 0.x: the system's side of a socket, which another may be given. */
interface SocketParts {
  _handle?: { useUserBuffer?: unknown } | null
}

/**
 * The same for a connected socket that has read nothing: another socket on the same handle, since only a new one can
 * be told where to read to. The given one as it is where Node.js, or what stands for it, does not let us.
 */
export function thrifty(socket: Socket): readonly [Socket, Intake?] {
  const parts = socket as SocketParts
  const handle = parts._handle
  if (typeof handle?.useUserBuffer !== "function") return [socket]
  // The given one has nothing left that it could end, and is not worth the events of ending it.
  parts._handle = null
  const intake = new Intake()
  const options = { handle, pauseOnCreate: true, onread: intake.onread }
  return [new TickingSocket(options as SocketConstructorOpts), intake]
}
