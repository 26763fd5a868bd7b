/**
 * From the hosts of tcp addresses to IP addresses that the system can bind or connect: interface names, zones,
 * literals, `localhost`, and other names through the system's resolver. Which family wins follows libzmq's `ZMQ_IPV6`.
 */
import dns from "node:dns"
import { readFileSync } from "node:fs"
import net from "node:net"
import os from "node:os"
import { getSystemErrorName } from "node:util"
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
  const { host } = where
  const zone = resolveZone(where.zone)
  if (host === "*") return ipv6 ? "::" : "0.0.0.0"
  if (net.isIPv4(host)) return ipv6 ? `::ffff:${host}` : host
  if (net.isIPv6(host)) {
    const address = ipv6 ? host : unmap(host)
    if (address === undefined) {
      throw transportError("ENODEV", `Cannot bind [${host}] unless the option ipv6 is set`)
    }
    return withZone(address, zone)
  }
  if (host === "") throw transportError("ENODEV", "No host to bind: use * for all interfaces")
  if (isLocalhost(host)) return mapped(localhost(ipv6), ipv6)
  return interfaceAddress(host, ipv6 ? 6 : 4)
}

/** The address to bind, after asking the system's resolver if need be. Rejects with `ENODEV` for unknown names. */
export async function resolveBind(where: HostPort, ipv6: boolean): Promise<IpAddress> {
  const literal = resolveBindLiteral(where, ipv6)
  if (literal !== undefined) return literal
  return new Promise((resolve, reject) => {
    lookup(where.host, ipv6, (error, address) => {
      if (error !== null)
        reject(transportError("ENODEV", `Cannot bind ${where.host}: no such host or interface`))
      else resolve(mapped(address, ipv6))
    })
  })
}

/** As {@link resolveBind}, without waiting: literals, interfaces, `*` and `localhost` only; else `ENOTSUP`. */
export function resolveBindSync(where: HostPort, ipv6: boolean): IpAddress {
  const literal = resolveBindLiteral(where, ipv6)
  if (literal !== undefined) return literal
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
    else if (isLocalhost(host)) address = localhost(ipv6)
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

/** With `ipv6` an IPv4 address is bound as an IPv4-mapped one, as libzmq does. */
function mapped(address: IpAddress, ipv6: boolean): IpAddress {
  return ipv6 && familyOf(address) === 4 ? `::ffff:${address}` : address
}

function isLocalhost(host: string): boolean {
  return host.toLowerCase() === "localhost"
}

/** Where systems keep the names that they know without asking anybody. */
const HOSTS =
  process.platform === "win32"
    ? `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`
    : "/etc/hosts"

/**
 * The address of `localhost`, as the system's resolver finds it in the hosts file. Not asked of the resolver, which
 * Node.js runs on the thread pool: a program whose four threads there are busy with files, compression or passwords
 * would wait for them.
 */
function localhost(ipv6: boolean): IpAddress {
  let hosts = ""
  try {
    hosts = readFileSync(HOSTS, "utf8")
  } catch {
    // There is none, or no descriptor to read it.
  }
  return findLocalhost(hosts, ipv6)
}

/** The address that a hosts file gives `localhost`; a file that lacks it means loopback (RFC 6761 §6.3). */
export function findLocalhost(hosts: string, ipv6: boolean): IpAddress {
  const known: IpAddress[] = []
  // Only lines that name it: a hosts file that blocks advertisements has hundreds of thousands of others.
  for (const [line] of hosts.matchAll(/^.*localhost.*$/gim)) {
    const [address = "", ...names] = (line.split("#", 1)[0] ?? "").trim().split(/\s+/)
    if (names.some(isLocalhost)) known.push(address)
  }
  const four = known.find(net.isIPv4)
  if (!ipv6) return four ?? "127.0.0.1"
  return known.find(net.isIPv6) ?? four ?? "::1"
}

/** The first address of a network interface, or `undefined` when there is no such interface. */
function interfaceAddress(name: string, family: 4 | 6): IpAddress | undefined {
  const own = networkInterfaces()[name]?.find(one => one.family === (family === 6 ? "IPv6" : "IPv4"))
  return own === undefined ? undefined : withZone(own.address, name)
}

/**
 * The network interfaces. Listing them takes a descriptor: when there is none left it throws `EMFILE`, which Node.js
 * calls `ERR_SYSTEM_ERROR` and gives the number of, with one sign or the other.
 */
export function networkInterfaces(): ReturnType<typeof os.networkInterfaces> {
  try {
    return os.networkInterfaces()
  } catch (error) {
    const { info } = error as { readonly info?: { readonly errno?: number } }
    if (info?.errno === undefined) throw error
    const code = getSystemErrorName(-Math.abs(info.errno))
    throw transportError(code, `Cannot list the network interfaces: ${code}`)
  }
}

/** The IPv4 address inside an IPv4-mapped one. */
function unmap(address: string): IpAddress | undefined {
  const inner = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  return inner !== undefined && net.isIPv4(inner) ? inner : undefined
}

/** The interface that a zone names or numbers; throws `EINVAL` when there is none. */
function resolveZone(zone: string): string {
  if (zone === "") return ""
  const all = networkInterfaces()
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
