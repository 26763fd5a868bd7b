/**
 * The peer on pyzmq. It takes the first Python that has the module: the system's, whose package stands on the system's
 * libzmq, is asked before the one on the path, whose may bring a libzmq of its own.
 */
import { PeerAbsent } from "../driver.js"
import { run, sourceOf, type Adapter } from "./adapter.js"

const CANDIDATES = [process.env.ZMTP_PYTHON, "/usr/bin/python3", "python3"]

async function findPython(): Promise<string> {
  for (const python of CANDIDATES) {
    if (python === undefined) continue
    const works = await run(python, ["-c", "import zmq.asyncio"]).then(
      () => true,
      () => false,
    )
    if (works) return python
  }
  throw new PeerAbsent("no python3 with the module zmq")
}

export const pyzmq: Adapter = {
  name: "pyzmq",
  describes: "pyzmq, Python over the system's libzmq",
  prepare: async () => ({
    command: await findPython(),
    // -B: nothing is written beside the sources.
    args: ["-B", sourceOf("pyzmq/peer.py")],
  }),
}
