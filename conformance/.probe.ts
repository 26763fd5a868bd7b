import { Peer } from "./peers/driver.js"
import { goZmq4 } from "./peers/adapters/go.js"
import { AdapterTarget } from "./suite/play/target.js"
import { runSuite } from "./suite/play/runner.js"
import { CASES } from "./suite/cases/index.js"
const pending = new Map<number, string>()
let n = 0
const call = Peer.prototype.call
Peer.prototype.call = function (this: Peer, task: any, fields: any) {
  const id = ++n
  pending.set(id, `${Date.now()} ${task} ${JSON.stringify(fields)}`)
  return (call as any).call(this, task, fields).finally(() => pending.delete(id))
} as any
const t = await AdapterTarget.start("go", await goZmq4.prepare({ build: false }))
setTimeout(() => { console.log(Date.now(), [...pending.values()].join("\n")); process.exit(0) }, 60_000)
await runSuite(t, { cases: CASES.filter(c=>/^(null|error|mechanism|version|greeting)/.test(c.id)), inspections: [], patience: 3000 })
