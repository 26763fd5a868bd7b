/**
 * A listening server of `node:net`: what tcp and ipc have in common on the side of bound endpoints. Closing
 * releases the endpoint at once, although accepted connections live on.
 */
import net, { type ListenOptions, type Server, type Socket } from "node:net"
import { getSystemErrorName } from "node:util"
import { keepNodeTicking } from "./clock.js"
import { transportError } from "./errors.js"
import { thrifty } from "./intake.js"
import { NetStream, type StreamEnds } from "./net-stream.js"
import type { ListenHandler } from "./transport.js"

/** Prepares an accepted socket and names its ends, or returns an error to refuse it. */
export type Accept = (socket: Socket) => StreamEnds | NodeJS.ErrnoException

/** The part of a handle of `node:net` that is needed to listen at once. */
interface ServerHandle {
  listen(backlog: number): number
  close(): void
}

/** Undocumented, but exported since Node.js 0.x: binds before it returns; a negative number is an error. */
type CreateServerHandle = (address: string, port: number, family: number) => ServerHandle | number

export class NetServer {
  readonly server: Server
  private readonly handler: ListenHandler
  private listening = false

  constructor(handler: ListenHandler, accept: Accept) {
    keepNodeTicking()
    this.handler = handler
    this.server = net.createServer({ pauseOnConnect: true }, socket => {
      this.accept(socket, accept)
    })
    // Errors of listen() are the caller's; later ones are failures to accept, such as EMFILE.
    this.server.on("error", error => {
      if (this.listening) handler.onError(error)
    })
  }

  listen(where: ListenOptions): Promise<void> {
    const { server } = this
    return new Promise((resolve, reject) => {
      server.once("error", reject)
      server.listen({ ...where, exclusive: true }, () => {
        server.off("error", reject)
        this.opened()
        resolve()
      })
    })
  }

  /** Listens on an IP address before it returns; throws `ENOTSUP` where Node.js has no way to do that. */
  listenTcpSync(address: string, port: number, family: 4 | 6, backlog: number): void {
    const handle = createHandle(address, port, family)
    if (typeof handle === "number") throw systemError(handle, address)
    // libuv reports a port that is in use only now.
    const status = handle.listen(backlog)
    if (status !== 0) {
      handle.close()
      throw systemError(status, `${address}:${port}`)
    }
    this.server.listen(handle, backlog)
    this.opened()
  }

  /** Listens on a path or a pipe's name before it returns. */
  listenPathSync(path: string, backlog: number): void {
    // Node.js binds a path within the call; only the news of it, good or bad, comes later.
    this.server.listen({ path, backlog, exclusive: true })
    if (!this.server.listening) {
      const reason = createHandle(path, -1, -1)
      if (typeof reason === "number") throw systemError(reason, path)
      reason.close()
      throw transportError("EADDRINUSE", `Cannot listen on ${path}`)
    }
    this.opened()
  }

  /**
   * Stops listening. `server.close()` closes the listening handle before it returns, and libuv its descriptor with
   * it, so that the endpoint is free again; only its callback would wait for the accepted connections to end.
   */
  close(): void {
    this.listening = false
    this.server.close()
  }

  private opened(): void {
    this.listening = true
    this.server.unref()
  }

  private accept(socket: Socket, accept: Accept): void {
    const ends = accept(socket)
    if (ends instanceof Error) {
      socket.on("error", () => undefined)
      socket.destroy()
      this.handler.onError(ends)
    } else {
      const [reader, intake] = thrifty(socket)
      this.handler.onConnection(new NetStream(reader, ends, intake))
    }
  }
}

function createHandle(address: string, port: number, family: number): ServerHandle | number {
  const create = (net as { _createServerHandle?: CreateServerHandle })._createServerHandle
  if (typeof create === "function") return create(address, port, family)
  throw transportError("ENOTSUP", "This version of Node.js cannot bind synchronously: bind asynchronously")
}

function systemError(status: number, where: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(status)
  return transportError(code, `listen ${code} ${where}`)
}
