/** The Majordomo Protocol (RFC 7/MDP, version 0.1): the words that clients, broker and workers share. */

/** Whom a message is from, or for: its first part after the empty one. */
export const CLIENT = "MDPC01"
export const WORKER = "MDPW01"

/** What a message to or from a worker is about: the part after that. */
export const READY = "\x01"
export const REQUEST = "\x02"
export const REPLY = "\x03"
export const HEARTBEAT = "\x04"
export const DISCONNECT = "\x05"

/** Between two heartbeats, in milliseconds. */
export const INTERVAL = 250
/** How many beats of one's own pass without a word from the other side until it counts as dead. */
export const LIVES = 8
