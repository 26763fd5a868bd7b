/** What the processes share that hold sockets: loading a package by name, and one end of a flow over a socket. */
import type * as zeromq from "zeromq"
import type { End } from "./control.js"

/** A package with the API of `zeromq` 6. */
export type Zeromq = typeof zeromq

/** What every socket has that an end needs. */
export interface Endable {
  readonly lastEndpoint: string | null
  bind(endpoint: string): Promise<void>
  connect(endpoint: string): void
  close(): void
}

/** Imports a package, whether or not its names can be told without running it. */
export async function load(specifier: string): Promise<Zeromq> {
  const loaded = (await import(specifier)) as Partial<Zeromq> & { default?: Zeromq }
  return loaded.Push === undefined && loaded.default !== undefined ? loaded.default : loaded
}

/** What every end does alike; `run` is what it does in between. */
export function endOf(socket: Endable, run: End["run"]): End {
  return {
    async bind(endpoint) {
      await socket.bind(endpoint)
      return socket.lastEndpoint ?? ""
    },
    async connect(endpoint) {
      socket.connect(endpoint)
    },
    run,
    close: () => socket.close(),
  }
}
