/**
 * From the hosts of tcp addresses to IP addresses that the system can bind or connect: interface names, zones,
 * literals, and names through the system's resolver. Which family wins follows libzmq's `ZMQ_IPV6`.
 */
import dns from "node:dns"
import net from "node:net"
import os from "node:os"
import type { HostPort } from "./endpoint.js"
import { transportError } from "./errors.js"

/** An IP address, and a zone where one is needed, as `node:net` takes it. */
export type IpAddress = string

export function familyOf(address: IpAddress): 4 | 6 {
  return net.isIPv6(address) ? 6 : 4
}

/**
 * The address to bind when it is known without asking a name server, else `undefined`. With `ipv6` an IPv4
 * address becomes IPv4-mapped, as libzmq binds it. Throws `ENODEV` for what cannot be bound at all and `EINVAL`
 * for an unknown zone.
 */
export function resolveBindLiteral(where: HostPort, ipv6: boolean): IpAddress | undefined {
  const zone = resolveZone(where.zone)
  if (where.host === "*") return ipv6 ? "::" : "0.0.0.0"
  const own = interfaceAddress(where.host, ipv6 ? 6 : 4)
  if (own !== undefined) return own
  if (net.isIPv4(where.host)) return ipv6 ? `::ffff:${where.host}` : where.host
  if (net.isIPv6(where.host)) {
    const address = ipv6 ? where.host : unmap(where.host)
    if (address === undefined) {
      throw transportError("ENODEV", `Cannot bind [${where.host}] unless the option ipv6 is set`)
    }
    return withZone(address, zone)
  }
  if (where.host === "") throw transportError("ENODEV", "No host to bind: use * for all interfaces")
  return undefined
}

/** The address to bind, after asking the system's resolver if need be. Rejects with `ENODEV` for unknown names. */
export async function resolveBind(where: HostPort, ipv6: boolean): Promise<IpAddress> {
  const literal = resolveBindLiteral(where, ipv6)
  if (literal !== undefined) return literal
  return new Promise((resolve, reject) => {
    lookup(where.host, ipv6, (error, address) => {
      if (error !== null)
        reject(transportError("ENODEV", `Cannot bind ${where.host}: no such host or interface`))
      else resolve(ipv6 && familyOf(address) === 4 ? `::ffff:${address}` : address)
    })
  })
}

/** As {@link resolveBind}, without waiting: literals, interfaces, `*` and `localhost` only; else `ENOTSUP`. */
export function resolveBindSync(where: HostPort, ipv6: boolean): IpAddress {
  const literal = resolveBindLiteral(where, ipv6)
  if (literal !== undefined) return literal
  if (where.host === "localhost") return ipv6 ? "::1" : "127.0.0.1"
  throw transportError(
    "ENOTSUP",
    `Cannot resolve ${where.host} synchronously: bind asynchronously, or by address`,
  )
}

/**
 * The address to connect to, known at once or through `done`. An IPv4 address stays one whatever `ipv6` says.
 * Errors come through `done` too, within the call or later.
 */
export function resolveConnect(
  where: HostPort,
  ipv6: boolean,
  done: (error: NodeJS.ErrnoException | null, address: IpAddress) => void,
): void {
  const { host } = where
  let address: IpAddress | undefined
  try {
    const zone = resolveZone(where.zone)
    if (net.isIPv4(host)) address = host
    else if (net.isIPv6(host)) {
      address = ipv6 ? host : unmap(host)
      if (address === undefined) throw transportError("EINVAL", `[${host}] needs the option ipv6`)
      address = withZone(address, zone)
    } else if (host === "") throw transportError("EINVAL", "No host to connect to")
  } catch (error) {
    done(error as NodeJS.ErrnoException, "")
    return
  }
  if (address === undefined) lookup(host, ipv6, done)
  else done(null, address)
}

/** The local address of a connection to an address of `family`: a literal, an interface, or `*`. Throws `ENODEV`. */
export function resolveSource(where: HostPort, family: 4 | 6): IpAddress {
  const address = resolveBindLiteral(where, family === 6)
  if (address !== undefined) return address
  throw transportError("ENODEV", `Source ${where.host} is neither an address nor an interface`)
}

/** The first address, of the preferred family if there is one: libzmq tries no second one either. */
function lookup(
  host: string,
  ipv6: boolean,
  done: (error: NodeJS.ErrnoException | null, address: IpAddress) => void,
): void {
  dns.lookup(host, { all: true, verbatim: true, family: ipv6 ? 0 : 4 }, (error, found) => {
    const first =
      error === null ? ((ipv6 ? found.find(one => one.family === 6) : undefined) ?? found[0]) : undefined
    if (first !== undefined) done(null, first.address)
    else done(error ?? transportError("ENOTFOUND", `${host} has no address`), "")
  })
}

/** The first address of a network interface, or `undefined` when there is no such interface. */
function interfaceAddress(name: string, family: 4 | 6): IpAddress | undefined {
  const own = os.networkInterfaces()[name]?.find(one => one.family === (family === 6 ? "IPv6" : "IPv4"))
  return own === undefined ? undefined : withZone(own.address, name)
}

/** The IPv4 address inside an IPv4-mapped one. */
function unmap(address: string): IpAddress | undefined {
  const inner = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  return inner !== undefined && net.isIPv4(inner) ? inner : undefined
}

/** The interface that a zone names or numbers; throws `EINVAL` when there is none. */
function resolveZone(zone: string): string {
  if (zone === "") return ""
  const all = os.networkInterfaces()
  if (/^[A-Za-z]/.test(zone)) {
    if (all[zone] !== undefined) return zone
    throw transportError("EINVAL", `There is no network interface ${zone}`)
  }
  for (const [name, addresses] of Object.entries(all)) {
    if (addresses?.some(one => one.family === "IPv6" && one.scopeid === Number(zone)) === true) return name
  }
  return zone
}

/** Only link-local addresses need their zone; the system ignores or refuses it elsewhere. */
function withZone(address: IpAddress, zone: string): IpAddress {
  return zone !== "" && /^fe[89ab]/i.test(address) ? `${address}%${zone}` : address
}
