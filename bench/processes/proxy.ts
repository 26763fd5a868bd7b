/** What stands between two busy ends: a `Proxy` from a PULL to a PUSH, which runs from its `bind` until the end. */
import type { End } from "./control.js"
import type { Zeromq } from "./sockets.js"

export function proxying(zmq: Zeromq): End {
  const [front, back] = [new zmq.Pull(), new zmq.Push()]
  const proxy = new zmq.Proxy(front, back)
  return {
    async connect(endpoint) {
      back.connect(endpoint)
    },
    async bind(endpoint) {
      await front.bind(endpoint)
      const bound = front.lastEndpoint ?? ""
      // Should it fail, the process ends with its error.
      void proxy.run()
      return bound
    },
    run: () => Promise.reject(new Error("a proxy passes on what comes, unasked")),
    close: () => proxy.terminate(),
  }
}
