/** A process that has no file descriptors left, and later has some again. */
import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { bundle } from "./threads/support.js"

/** What a process prints, in JSON, that may have few descriptors. */
async function run(code: string): Promise<unknown> {
  const script = `
    const zmq = require(${JSON.stringify(bundle)})
    const fs = require("node:fs")
    const taken = []
    const takeAll = () => { try { for (;;) taken.push(fs.openSync("/dev/null")) } catch {} }
    const giveBack = () => { for (const one of taken.splice(0)) fs.closeSync(one) }
    const outcome = async action => {
      try { await action() } catch (error) { return [error.code, error.errno, error.message] }
      return "works"
    }
    ;(async () => { ${code} })().then(result => {
      process.stdout.write(JSON.stringify(result), () => process.exit())
    }, error => {
      process.stdout.write(JSON.stringify(String(error?.stack)), () => process.exit())
    })`
  // Node.js itself needs some thirty.
  const limited = `ulimit -n 64; exec "$0" -e "$1"`
  const { stdout } = await promisify(execFile)("bash", ["-c", limited, process.execPath, script])
  return JSON.parse(stdout)
}

const NONE_LEFT = ["EMFILE", 24, "Too many open file descriptors"]

describe.skipIf(process.platform === "win32")("without a descriptor", () => {
  it("a bind fails with EMFILE, whatever the address, and works when there is one again", async () => {
    const path = join(tmpdir(), `zmtp-descriptors-${process.pid}`)
    const endpoints = [
      ...["tcp://127.0.0.1:*", "tcp://*:*", "tcp://localhost:*", "tcp://name.invalid:*"],
      ...[`ipc://${path}`, "ipc://*"],
    ]
    const results = (await run(`
      const sockets = ${JSON.stringify(endpoints)}.map(endpoint => [endpoint, new zmq.Pull(), new zmq.Pull()])
      await new zmq.Pull().bind("tcp://127.0.0.1:*")
      await new zmq.Pull().bind("ipc://*")
      takeAll()
      const failed = []
      for (const [endpoint, one, two] of sockets) {
        failed.push([endpoint, await outcome(() => one.bind(endpoint)), await outcome(() => two.bindSync(endpoint))])
      }
      giveBack()
      const worked = []
      for (const [endpoint, one] of sockets) worked.push([endpoint, await outcome(() => one.bind(endpoint))])
      for (const [, one] of sockets) one.close()
      return { failed, worked }
    `)) as { failed: unknown[]; worked: unknown[] }
    expect(results.failed).toEqual(endpoints.map(endpoint => [endpoint, NONE_LEFT, NONE_LEFT]))
    expect(results.worked).toEqual(
      endpoints.map(endpoint =>
        endpoint.includes("invalid") ? [endpoint, ["ENODEV", 19, "No such device"]] : [endpoint, "works"],
      ),
    )
  })

  it("connections go on, attempts to connect are made again, and nothing else happens", async () => {
    const results = await run(`
      const pull = new zmq.Pull()
      const push = new zmq.Push()
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint)
      await push.send("before")
      const got = [String(await pull.receive())]
      // What it needs is loaded.
      const late = ["", "localhost"].map(() => new zmq.Push({ reconnectInterval: 5, linger: 0 }))
      takeAll()
      await push.send("without")
      got.push(String(await pull.receive()))
      const retried = late.map(socket => new Promise(resolve => {
        let times = 0
        socket.events.on("connect:retry", () => { if (++times === 3) resolve() })
      }))
      late[0].connect(pull.lastEndpoint)
      late[1].connect(pull.lastEndpoint.replace("127.0.0.1", "localhost"))
      const sending = late.map((socket, i) => socket.send("late " + i))
      await Promise.all([...retried, ...sending])
      giveBack()
      for (let i = 0; i < 2; i++) got.push(String(await pull.receive()))
      return got.sort()
    `)
    expect(results).toEqual(["before", "late 0", "late 1", "without"])
  })
})
