/**
 * The client's side of SOCKS5 (RFC 1928, with the user names of RFC 1929), up to the moment when the proxy has made
 * the connection. Bytes in, bytes out: the connection to the proxy is tcp's affair.
 */
import net from "node:net"
import type { HostPort } from "./endpoint.js"
import { transportError } from "./errors.js"
import type { SocksProxy } from "./transport.js"

const VERSION = 5
/** RFC 1928 §3: methods. */
const NO_AUTHENTICATION = 0
const USERNAME_PASSWORD = 2
/** RFC 1929 §2: version of the sub-negotiation. */
const LOGIN_VERSION = 1
/** RFC 1928 §4: command and address types. */
const CONNECT = 1
const IPV4 = 1
const DOMAIN_NAME = 3
const IPV6 = 4

/** RFC 1928 §6: why a proxy refuses, by its reply. */
const REFUSALS: readonly (readonly [code: string, words: string])[] = [
  ["EIO", "general failure"],
  ["EACCES", "its rules do not allow the connection"],
  ["ENETUNREACH", "network unreachable"],
  ["EHOSTUNREACH", "host unreachable"],
  ["ECONNREFUSED", "connection refused"],
  ["ETIMEDOUT", "TTL expired"],
  ["ENOTSUP", "command not supported"],
  ["EAFNOSUPPORT", "address type not supported"],
]

/** What to do after bytes from the proxy: say something, go on with the peer, or wait for more. */
export interface SocksStep {
  readonly send?: Buffer
  /** The connection is made; these bytes came after the proxy's last ones, from the peer itself. */
  readonly done?: Buffer
}

const MORE: SocksStep = {}

export class SocksClient {
  private readonly target: HostPort
  private readonly proxy: SocksProxy
  private state: "method" | "login" | "reply" = "method"
  private received: Buffer = Buffer.alloc(0)

  /** @param target Where the proxy shall connect to. Its name is not resolved here. */
  constructor(target: HostPort, proxy: SocksProxy) {
    this.target = target
    this.proxy = proxy
  }

  /** What opens the conversation. As in libzmq, who has a user name offers no other way in. */
  start(): Buffer {
    const method = this.proxy.username.length > 0 ? USERNAME_PASSWORD : NO_AUTHENTICATION
    return Buffer.from([VERSION, 1, method])
  }

  /** Takes bytes of the proxy. Throws an error with `code` when it refuses, or speaks no SOCKS5. */
  push(chunk: Buffer): SocksStep {
    this.received = Buffer.concat([this.received, chunk])
    switch (this.state) {
      case "method":
        return this.readMethod(this.received)
      case "login":
        return this.readLogin(this.received)
      case "reply":
        return this.readReply(this.received)
    }
  }

  /** RFC 1928 §3. */
  private readMethod(bytes: Buffer): SocksStep {
    this.checkVersion(bytes, VERSION)
    if (bytes.length < 2) return MORE
    const method = bytes[1]
    this.received = bytes.subarray(2)
    if (method === NO_AUTHENTICATION) return this.request()
    if (method !== USERNAME_PASSWORD || this.proxy.username.length === 0) {
      throw transportError("EACCES", "The SOCKS proxy asks for an authentication that is not offered")
    }
    const { username, password } = this.proxy
    this.state = "login"
    return {
      send: Buffer.concat([
        Buffer.from([LOGIN_VERSION, username.length]),
        username,
        Buffer.from([password.length]),
        password,
      ]),
    }
  }

  /** RFC 1929 §2. */
  private readLogin(bytes: Buffer): SocksStep {
    this.checkVersion(bytes, LOGIN_VERSION)
    if (bytes.length < 2) return MORE
    if (bytes[1] !== 0)
      throw transportError("EACCES", "The SOCKS proxy refuses the user name or the password")
    this.received = bytes.subarray(2)
    return this.request()
  }

  /** RFC 1928 §4. */
  private request(): SocksStep {
    const { host, port } = this.target
    this.state = "reply"
    return {
      send: Buffer.concat([
        Buffer.from([VERSION, CONNECT, 0]),
        encodeHost(host),
        Buffer.from([port >> 8, port & 0xff]),
      ]),
    }
  }

  /** RFC 1928 §6. Which address the proxy connects from is of no interest. */
  private readReply(bytes: Buffer): SocksStep {
    this.checkVersion(bytes, VERSION)
    const reply = bytes[1] ?? 0
    if (reply !== 0) {
      const [code, words] = REFUSALS[reply - 1] ?? ["EIO", `reply ${reply}`]
      throw transportError(code, `The SOCKS proxy refuses: ${words}`)
    }
    if (bytes.length < 5) return MORE
    const addressSize = sizeOfAddress(bytes[3] as number, bytes[4] as number)
    const end = 4 + addressSize + 2
    return bytes.length < end ? MORE : { done: bytes.subarray(end) }
  }

  private checkVersion(bytes: Buffer, version: number): void {
    if (bytes.length > 0 && bytes[0] !== version) {
      throw transportError("EPROTO", "What answers at the SOCKS proxy's address speaks no SOCKS5")
    }
  }
}

/** RFC 1928 §5: the address type and the address. Literals go as such, whatever the option ipv6 says, as in libzmq. */
function encodeHost(host: string): Buffer {
  if (net.isIPv4(host)) return Buffer.from([IPV4, ...ipv4Bytes(host)])
  if (net.isIPv6(host)) return Buffer.from([IPV6, ...ipv6Bytes(host)])
  const name = Buffer.from(host)
  if (name.length === 0 || name.length > 255) {
    throw transportError("EINVAL", "A host's name has 1 to 255 bytes for a SOCKS proxy")
  }
  return Buffer.concat([Buffer.from([DOMAIN_NAME, name.length]), name])
}

/** Bytes of the address in a reply, by its type and its first byte. */
function sizeOfAddress(type: number, first: number): number {
  if (type === IPV4) return 4
  if (type === IPV6) return 16
  if (type === DOMAIN_NAME) return 1 + first
  throw transportError("EPROTO", `The SOCKS proxy gives an address of unknown type ${type}`)
}

function ipv4Bytes(address: string): number[] {
  return address.split(".").map(Number)
}

/** The URL standard writes every IPv6 address as groups of hexadecimal digits, with at most one "::". */
function ipv6Bytes(address: string): number[] {
  const { hostname } = new URL(`http://[${address}]`)
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split("::")
    .map(half => half.split(":").filter(group => group !== ""))
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail]
  return groups.flatMap(group => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff])
}
