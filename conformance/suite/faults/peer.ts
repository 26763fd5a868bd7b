/**
 * A faulty peer in a process of its own: `node --import tsx conformance/suite/faults/peer.ts FAULT`. It speaks the line
 * protocol of `conformance/peers/`, as the peer of this package does, which it is but for the fault.
 */
import { FAULTS } from "./index.js"

const [, , name] = process.argv
const fault = FAULTS.find(each => each.name === name)
if (fault === undefined) throw new RangeError(`There is no fault ${String(name)}`)
// A build that stands in for the sources would be without the fault.
delete process.env.ZMTP_MODULE
fault.apply()
await import("../../peers/peer.js")
