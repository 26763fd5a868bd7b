/**
 * The socket types as the wire knows them: their names in metadata, their numbers in a ZMTP 2.0 greeting, and
 * which may talk to which. How they behave is not told here.
 */

interface TypeOnTheWire {
  /** The socket-type octet of a 2.0 greeting (15/ZMTP); for types younger than that, libzmq's number. */
  readonly octet: number
  /** 37/ZMTP §The Socket-Type Property. */
  readonly peers: readonly string[]
}

const TYPES = {
  PAIR: { octet: 0, peers: ["PAIR"] },
  PUB: { octet: 1, peers: ["SUB", "XSUB"] },
  SUB: { octet: 2, peers: ["PUB", "XPUB"] },
  REQ: { octet: 3, peers: ["REP", "ROUTER"] },
  REP: { octet: 4, peers: ["REQ", "DEALER"] },
  DEALER: { octet: 5, peers: ["REP", "DEALER", "ROUTER"] },
  ROUTER: { octet: 6, peers: ["REQ", "DEALER", "ROUTER"] },
  PULL: { octet: 7, peers: ["PUSH"] },
  PUSH: { octet: 8, peers: ["PULL"] },
  // XPUB and XSUB are PUB and SUB on the wire (15/ZMTP §Publish-Subscribe); libzmq says 9 and 10.
  XPUB: { octet: 1, peers: ["SUB", "XSUB"] },
  XSUB: { octet: 2, peers: ["PUB", "XPUB"] },
  SERVER: { octet: 12, peers: ["CLIENT"] },
  CLIENT: { octet: 13, peers: ["SERVER"] },
  RADIO: { octet: 14, peers: ["DISH"] },
  DISH: { octet: 15, peers: ["RADIO"] },
  GATHER: { octet: 16, peers: ["SCATTER"] },
  SCATTER: { octet: 17, peers: ["GATHER"] },
  PEER: { octet: 19, peers: ["PEER"] },
  CHANNEL: { octet: 20, peers: ["CHANNEL"] },
} as const satisfies Readonly<Record<string, TypeOnTheWire>>

/** A socket type that speaks ZMTP, by the name it has in metadata. */
export type SocketType = keyof typeof TYPES

const NAMES = Object.keys(TYPES) as SocketType[]

const BY_OCTET: ReadonlyMap<number, SocketType> = new Map<number, SocketType>([
  ...NAMES.filter(name => name !== "XPUB" && name !== "XSUB").map(name => [TYPES[name].octet, name] as const),
  [9, "XPUB"],
  [10, "XSUB"],
])

/** Whether a socket of type `own` accepts a peer that says it is `peer`. */
export function mayTalk(own: SocketType, peer: string): boolean {
  const peers: readonly string[] = TYPES[own].peers
  return peers.includes(peer)
}

/** Whether the type announces its routing id in metadata (37/ZMTP §The Identity Property). */
export function announcesIdentity(type: SocketType): boolean {
  return type === "REQ" || type === "DEALER" || type === "ROUTER"
}

/** The socket-type octet of a ZMTP 2.0 greeting. */
export function typeOctet(type: SocketType): number {
  return TYPES[type].octet
}

/** The type that a ZMTP 2.0 greeting names, if the number is known. */
export function typeOfOctet(octet: number): SocketType | undefined {
  return BY_OCTET.get(octet)
}
