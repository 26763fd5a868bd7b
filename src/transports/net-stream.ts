/**
 * A connected socket of `node:net` as a {@link ByteStream}, and one attempt to connect such a socket: what tcp
 * and ipc have in common on the side of connections.
 */
import { Socket, type NetConnectOpts } from "node:net"
import { keepNodeTicking, nextTick } from "./clock.js"
import { transportError } from "./errors.js"
import { LastWrites, type WritableHandle } from "./last-writes.js"
import { thriftySocket, type Intake } from "./intake.js"
import type { Attempt, ByteStream, ConnectHandler, StreamHandler } from "./transport.js"

const NOTHING = Buffer.alloc(0)

/** What a transport knows about the two ends of a connection. */
export interface StreamEnds {
  readonly localEndpoint: string
  readonly remoteEndpoint: string
  readonly peerAddress: string
}

/**
 * The socket must be connected and paused. When the peer ends its side, what was written is still sent and the
 * socket then closes by itself: {@link NetStream.destroy} is needed only to hurry.
 */
export class NetStream implements ByteStream {
  readonly localEndpoint: string
  readonly remoteEndpoint: string
  readonly peerAddress: string
  private readonly socket: Socket
  private readonly intake: Intake | undefined
  private handler: StreamHandler | undefined
  /** What was written by a `write` that has returned false, until `onDrain` is called. */
  private waiting: readonly Uint8Array[] | undefined
  /** What the process' end has left to write. */
  private lastWrites: LastWrites | undefined
  /** {@link resume} was called last, and not {@link pause}. */
  private resumed = false
  /** Nothing may be called any more. */
  private over = false

  /** @param intake What the socket reads into; left out with a socket that makes new memory for each read. */
  constructor(socket: Socket, ends: StreamEnds, intake?: Intake) {
    keepNodeTicking()
    this.localEndpoint = ends.localEndpoint
    this.remoteEndpoint = ends.remoteEndpoint
    this.peerAddress = ends.peerAddress
    this.socket = socket
    this.intake = intake
    socket.on("error", this.onError)
    socket.on("close", this.onEnd)
    socket.unref()
  }

  start(handler: StreamHandler): void {
    if (this.over) return
    this.handler = handler
    const { socket } = this
    if (socket.destroyed) {
      const error = socket.errored ?? undefined
      nextTick(() => {
        this.close(error)
      })
      return
    }
    if (this.intake !== undefined) this.intake.handler = handler
    else {
      socket.on("data", chunk => {
        if (!this.over) handler.onData(chunk, false)
      })
    }
    socket.on("end", this.onEnd)
    this.resume()
  }

  // Hot path: one call for each batch of messages. No closure, and one system call for any number of chunks.
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.over) return false
    if (this.lastWrites !== undefined) {
      this.lastWrites.write(chunks)
      return true
    }
    keepNodeTicking()
    const { socket } = this
    if (chunks.length === 1) socket.write(chunks[0] as Uint8Array)
    else {
      socket.cork()
      for (const chunk of chunks) socket.write(chunk)
      socket.uncork()
    }
    // libuv tries to write before it waits: when the kernel took everything nothing is left to be counted.
    if (socket.writableLength === 0) return true
    // To be told when a write is through costs as much as a tenth of it, so that only one that waits asks.
    socket.write(NOTHING, this.onTaken)
    this.waiting = chunks
    return false
  }

  writeAtExit(chunks: readonly Uint8Array[], linger: number): void {
    if (this.over) return
    if (this.lastWrites === undefined) {
      this.lastWrites = LastWrites.on((this.socket as WritableHandle)._handle, this.waiting)
      nextTick(this.liveOn)
    }
    if (this.lastWrites !== undefined) this.lastWrites.write(chunks, linger)
    // Without a descriptor: what the system takes at once is taken within the call.
    else if (this.waiting === undefined && chunks.length > 0) this.write(chunks)
  }

  get backlog(): number {
    // What Node.js itself looks at to see whether a write makes progress: it knows of parts of a chunk.
    const { _handle: handle } = this.socket as {
      readonly _handle?: { readonly writeQueueSize?: number } | null
    }
    return handle?.writeQueueSize ?? this.socket.writableLength
  }

  pause(): void {
    this.socket.pause()
    // A `resume` has its effect a tick later, and would start to read in spite of this.
    if (this.resumed) nextTick(this.stayPaused)
    this.resumed = false
  }

  resume(): void {
    this.resumed = true
    this.socket.resume()
  }

  end(): void {
    keepNodeTicking()
    this.socket.end()
  }

  destroy(): void {
    keepNodeTicking()
    this.over = true
    if (this.intake !== undefined) this.intake.handler = undefined
    this.lastWrites?.abandon()
    this.socket.destroy()
  }

  /** Called only when the process has not ended after all: a program may emit `exit`, or catch what its listeners throw. */
  private readonly liveOn = (): void => {
    const { lastWrites, waiting } = this
    this.lastWrites = undefined
    if (lastWrites === undefined || (waiting === undefined && lastWrites.done)) return
    // What Node.js had left then it would write once more.
    lastWrites.abandon()
    this.socket.destroy()
  }

  private readonly stayPaused = (): void => {
    if (!this.resumed) this.socket.pause()
  }

  // One function for all writes; those of earlier writes may come late, and only an empty buffer means drained.
  private readonly onTaken = (): void => {
    if (this.waiting === undefined || this.over || this.socket.writableLength > 0) return
    this.waiting = undefined
    this.handler?.onDrain()
  }

  private readonly onEnd = (): void => {
    this.close()
  }

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    this.close(error)
  }

  private close(error?: NodeJS.ErrnoException): void {
    // Before start() there is nobody to tell; start() finds out by itself.
    if (this.over || this.handler === undefined) return
    this.over = true
    if (this.intake !== undefined) this.intake.handler = undefined
    this.handler.onClose(error)
  }
}

/** Talks on a connected socket, not yet reading, before it is anybody's; calls back once. */
export type Preamble = (socket: Socket, done: (error?: NodeJS.ErrnoException) => void) => void

/** One attempt to connect; a transport may first have to resolve a name, hence the two steps. */
export class NetAttempt implements Attempt {
  private readonly handler: ConnectHandler
  private socket: Socket | undefined
  private over = false

  constructor(handler: ConnectHandler) {
    this.handler = handler
  }

  /**
   * Connects, unless cancelled meanwhile.
   * @param ready Prepares the connected socket and names its ends.
   * @param preamble What has to be said before the connection counts as made.
   */
  dial(options: NetConnectOpts, ready: (socket: Socket) => StreamEnds, preamble?: Preamble): void {
    if (this.over) return
    // What is said before is read by events.
    const [socket, intake] = preamble === undefined ? thriftySocket() : [new Socket()]
    this.socket = socket
    const onError = (error: NodeJS.ErrnoException): void => {
      this.fail(error, true)
    }
    socket.on("error", onError)
    const connected = (error?: NodeJS.ErrnoException): void => {
      if (this.over) return
      if (error !== undefined) {
        socket.destroy()
        this.fail(error, true)
        return
      }
      this.over = true
      const stream = new NetStream(socket, ready(socket), intake)
      socket.off("error", onError)
      this.handler.onConnect(stream)
    }
    socket.once("connect", () => {
      if (this.over) return
      if (isOwnPeer(socket)) {
        // By a reset: an ordinary end would keep the port busy, for which its server waits.
        socket.resetAndDestroy()
        this.fail(
          transportError("ECONNREFUSED", "The connection was made to itself: nobody listens there"),
          true,
        )
      } else if (preamble === undefined) connected()
      else preamble(socket, connected)
    })
    // Nothing may be read before the stream's start().
    socket.pause()
    socket.connect(options)
    socket.unref()
  }

  /** The attempt has failed; must not be called within the call that made the attempt. */
  fail(error: NodeJS.ErrnoException, tried = false): void {
    if (this.over) return
    this.over = true
    this.handler.onError(error, tried)
  }

  /** The connection is under way; must not be called within the call that made the attempt. */
  pending(): void {
    if (!this.over) this.handler.onPending()
  }

  cancel(): void {
    this.over = true
    this.socket?.destroy()
  }
}

/**
 * Whether a connection ends where it begins: the system may give a client the very port that it connects to, when that
 * is one of those it hands out and nobody listens there (RFC 9293 §3.5, simultaneous open).
 */
function isOwnPeer({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort !== undefined && localPort === remotePort && localAddress === remoteAddress
}
