/**
 * The routing ids of a ROUTER's peers (28/REQREP §The ROUTER Socket Type): which peer has which id, who waits for one
 * that another has, and new ids for peers that bring none. Knows no pipes and no messages.
 */

/** Bytes of an id that is made here: a zero, with which no id that a peer chooses should begin, and a number. */
const GENERATED_SIZE = 5

/** Ids of up to this many bytes are kept as numbers, which takes a third of the time that strings take to find. */
const NUMBER_SIZE = 6

/** An id as a key of a Map: exact, so that two ids never have the same. */
type Key = number | string

export class RoutingIds<P> {
  private readonly holders = new Map<Key, P>()
  /** Peers without an id, by the one that they wait for, in the order in which they came. */
  private readonly waiting = new Map<P, Key>()
  private next: number

  /** `first` is where generated ids begin: at random, so that a restarted ROUTER's ids are not those of the last. */
  constructor(first: number) {
    this.next = first >>> 0
  }

  /** The peer that has the id. */
  get(id: Uint8Array): P | undefined {
    return this.holders.get(keyOf(id))
  }

  /** Those that have an id. */
  peers(): Iterable<P> {
    return this.holders.values()
  }

  /** Gives a peer the id, whoever has it. */
  assign(id: Uint8Array, peer: P): void {
    this.waiting.delete(peer)
    this.holders.set(keyOf(id), peer)
  }

  /** Lets a peer wait for an id that another has. A peer waits for one id at a time. */
  wait(id: Uint8Array, peer: P): void {
    this.waiting.set(peer, keyOf(id))
  }

  /** Takes an id back, and returns the peer that has waited for it longest. */
  release(id: Uint8Array): P | undefined {
    const key = keyOf(id)
    this.holders.delete(key)
    for (const [peer, wanted] of this.waiting) if (wanted === key) return peer
    return undefined
  }

  /** A peer waits no longer. */
  giveUp(peer: P): void {
    this.waiting.delete(peer)
  }

  /** An id that nobody has. */
  generate(): Buffer {
    for (;;) {
      const id = Buffer.alloc(GENERATED_SIZE)
      id.writeUInt32BE(this.next, 1)
      this.next = (this.next + 1) >>> 0
      // A peer may have chosen one that looks like ours.
      if (this.get(id) === undefined) return id
    }
  }
}

/** Hot path: once for each message that a ROUTER sends. */
function keyOf(id: Uint8Array): Key {
  if (id.length > NUMBER_SIZE) return toBuffer(id).toString("latin1")
  // The one before all digits tells ids apart that begin with zeros.
  let key = 1
  for (const byte of id) key = key * 256 + byte
  return key
}

function toBuffer(id: Uint8Array): Buffer {
  return Buffer.isBuffer(id) ? id : Buffer.from(id.buffer, id.byteOffset, id.length)
}
