/**
 * Constants of framing and the shapes of messages, shared by the Encoder and the Decoder. No behaviour.
 */

/** A whole message as received: its parts, in order. Never empty. */
export type Message = Buffer[]

/** One part of a message to send. A string stands for its UTF-8 bytes. */
export type OutgoingPart = Uint8Array | string

/** A whole message to send: its parts, in order. Never empty. */
export type OutgoingMessage = readonly OutgoingPart[]

/** Flag bits of a frame (23/ZMTP §Framing). */
export const MORE = 1
export const LONG = 2
export const COMMAND = 4
/** Bits 7-3 "are reserved for future use and MUST be zero". */
export const RESERVED = 0xf8

/** Bodies of up to this many bytes have a short header. */
export const SHORT_BODY = 255

/** The framing of ZMTP 1.0 (13/ZMTP), and that of 2.0 and later (15/ZMTP, 23/ZMTP, 37/ZMTP). */
export type Framing = 1 | 2
