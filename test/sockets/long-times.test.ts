/** Times that are longer than a timer can wait. */
import { expect, it } from "vitest"
import { nodeRuntime } from "../../src/sockets/node-runtime.js"
import { later, makeAny, ours } from "./support.js"

const LONG = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 40, Infinity]

/** Gathers warnings until the end of the test. */
function warnings(): string[] {
  const names: string[] = []
  const note = ({ name }: Error): void => void names.push(name)
  process.on("warning", note)
  later(() => {
    process.off("warning", note)
  })
  return names
}

it("a time longer than a timer can wait is not over at once", async () => {
  const warned = warnings()
  const fired: number[] = []
  const timers = LONG.map(time => nodeRuntime.setTimeout(() => fired.push(time), time))
  // Too long a time becomes 1 ms in Node.js, and would be over first.
  await new Promise<void>(resolve => nodeRuntime.setTimeout(resolve, 3, true))
  expect(fired).toEqual([])
  expect(warned).not.toContain("TimeoutOverflowWarning")
  for (const timer of timers) nodeRuntime.clearTimeout(timer)
})

it("options of time may have their largest values", async () => {
  const warned = warnings()
  const most = 2 ** 31 - 1
  const options = {
    ...{ reconnectInterval: most, reconnectMaxInterval: most, handshakeInterval: most, connectTimeout: most },
    ...{ heartbeatInterval: most, heartbeatTimeout: most, heartbeatTimeToLive: 6_553_500, linger: most },
    ...{ sendTimeout: most, receiveTimeout: most, tcpKeepalive: 1, tcpKeepaliveIdle: most },
  }
  const [one, other] = [makeAny(ours, "Pair", options), makeAny(ours, "Pair", options)]
  await one.bind("tcp://127.0.0.1:*")
  other.connect(one.lastEndpoint ?? "")
  const received = one.receive()
  await other.send("x")
  expect(String((await received)[0])).toBe("x")
  await one.send("y")
  expect(String((await other.receive())[0])).toBe("y")
  expect(warned).not.toContain("TimeoutOverflowWarning")
})
