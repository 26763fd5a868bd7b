/** The metadata of a peer's READY, for the cases that look at what it says and not at how it is encoded. */
import type { Raw } from "./raw.js"
import { demand } from "./verdict.js"

/** By names in lower case, since their case does not count. Values are text of which each character is an octet. */
export function ownProperties(raw: Raw): Map<string, string> {
  const data = raw.ready?.data ?? Buffer.alloc(0)
  const properties = new Map<string, string>()
  for (let at = 0; at < data.length;) {
    const valueAt = at + 1 + data.readUInt8(at) + 4
    demand(valueAt <= data.length, `A name in READY goes beyond its end: ${data.toString("hex")}`)
    const end = valueAt + data.readUInt32BE(valueAt - 4)
    demand(end <= data.length, `A value in READY goes beyond its end: ${data.toString("hex")}`)
    const name = data.toString("latin1", at + 1, valueAt - 4)
    properties.set(name.toLowerCase(), data.toString("latin1", valueAt, end))
    at = end
  }
  return properties
}
