/** The Paranoid Pirate Protocol (RFC 6/PPP): what a queue and its workers say to each other beside requests and replies. */

/** A worker's first word, whenever it starts or has lost its queue. */
export const READY = "\x01"
/** Either side's sign of life. */
export const HEARTBEAT = "\x02"

/** Between two heartbeats, in milliseconds. */
export const INTERVAL = 250
/** How many beats of one's own pass without a word from the other side until it counts as dead. */
export const LIVES = 8
