/** What the processes share that hold sockets: loading a package by name, and one end of a flow over a socket. */
import type * as zeromq from "zeromq"
import type { End } from "./control.js"

/** A package with the API of `zeromq` 6. */
export type Zeromq = typeof zeromq

type Socket = InstanceType<Zeromq["Push" | "Pull" | "Request" | "Reply"]>

/** Imports a package, whether or not its names can be told without running it. */
export async function load(specifier: string): Promise<Zeromq> {
  const loaded = (await import(specifier)) as Partial<Zeromq> & { default?: Zeromq }
  return loaded.Push === undefined && loaded.default !== undefined ? loaded.default : loaded
}

/** What every end does alike; `run` is what it does in between. */
export function endOf(socket: Socket, run: End["run"]): End {
  return {
    async bind() {
      await socket.bind("tcp://127.0.0.1:*")
      return socket.lastEndpoint ?? ""
    },
    async connect(endpoint) {
      socket.connect(endpoint)
    },
    run,
    close: () => socket.close(),
  }
}
