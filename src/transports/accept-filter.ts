/**
 * Who may connect (`tcpAcceptFilter`): IP addresses and networks in CIDR notation.
 */
import net from "node:net"
import { transportError } from "./errors.js"

/** One filter, such as `10.0.0.0/8` or `::1`. */
export interface AcceptFilter {
  readonly address: string
  /** How many leading bits of the address count. */
  readonly prefix: number
  readonly family: "ipv4" | "ipv6"
}

/** Parses a filter; throws `EINVAL` when it is not an IP address with or without `/prefix`. */
export function parseAcceptFilter(text: string): AcceptFilter {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text)
  const address = match?.[1] ?? ""
  const family = net.isIPv4(address) ? "ipv4" : "ipv6"
  const bits = family === "ipv4" ? 32 : 128
  const prefix = match?.[2] === undefined ? bits : Number(match[2])
  if (net.isIP(address) === 0 || prefix > bits) {
    throw transportError(
      "EINVAL",
      `${JSON.stringify(text)} is not an IP address or network such as 10.0.0.0/8`,
    )
  }
  return { address, prefix, family }
}

/**
 * Makes a test of peers' addresses; without filters everybody passes. IPv4 filters hold for IPv4-mapped addresses
 * too. An empty address, of a peer that has gone already, passes no filter.
 */
export function acceptFilter(filters: readonly string[]): (address: string) => boolean {
  if (filters.length === 0) return () => true
  const allowed = new net.BlockList()
  for (const text of filters) {
    const { address, prefix, family } = parseAcceptFilter(text)
    allowed.addSubnet(address, prefix, family)
  }
  return peer => {
    const address = peer.replace(/%.*/, "")
    return net.isIP(address) !== 0 && allowed.check(address, net.isIPv4(address) ? "ipv4" : "ipv6")
  }
}
