import { describe, expect, test } from "vitest"
import { acceptFilter, parseAcceptFilter } from "../../src/transports/accept-filter.js"
import { codeOf } from "./support.js"

describe("an accept filter", () => {
  test("is an address or a network", () => {
    expect(parseAcceptFilter("10.1.2.3")).toEqual({ address: "10.1.2.3", prefix: 32, family: "ipv4" })
    expect(parseAcceptFilter("10.1.2.3/8")).toEqual({ address: "10.1.2.3", prefix: 8, family: "ipv4" })
    expect(parseAcceptFilter("::1")).toEqual({ address: "::1", prefix: 128, family: "ipv6" })
    expect(parseAcceptFilter("fd00::/8")).toEqual({ address: "fd00::", prefix: 8, family: "ipv6" })
  })

  test.each(["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "lo", "::1/129", "1/2/3"])(
    "may not be %j: EINVAL",
    async text => {
      expect(await codeOf(() => parseAcceptFilter(text))).toBe("EINVAL")
    },
  )

  test("lets in its network only", () => {
    const allowed = acceptFilter(["10.1.2.3/8", "::1", "fe80::/10"])
    expect(
      ["10.9.9.9", "::ffff:10.9.9.9", "::1", "fe80::7%eth0", "11.0.0.1", "::2", ""].map(allowed),
    ).toEqual([true, true, true, true, false, false, false])
  })

  test("of zero bits lets in the whole family", () => {
    expect(["1.2.3.4", "255.0.0.1", "::1"].map(acceptFilter(["0.0.0.0/0"]))).toEqual([true, true, false])
  })

  test("that does not exist lets in everybody", () => {
    expect(["1.2.3.4", "::1", ""].every(acceptFilter([]))).toBe(true)
  })
})
