/**
 * The clauses of 13/ZMTP, which is ZMTP 1.0: framing with a length that counts the flags, and an identity as
 * the greeting.
 */
import { under, type Specification } from "./clause.js"

export const rfc13: Specification = {
  rfc: 13,
  name: "ZMTP 1.0",
  url: "https://rfc.zeromq.org/spec/13/",
  clauses: [
    ...under("The Framing Layer", [
      {
        id: "13/framing/1",
        level: "MUST",
        text: "the length includes the flags field, so an empty frame has a length of 1.",
        source: "grammar",
      },
      {
        id: "13/framing/2",
        level: "SHOULD",
        text:
          "For frames with a length of 1 to 254 octets, the length SHOULD BE encoded as a single " + "octet.",
      },
      {
        id: "13/framing/3",
        level: "SHOULD",
        text:
          "The minimum valid length of a frame is 1 octet, thus a length of 0 is invalid and such " +
          "frames SHOULD be discarded silently.",
      },
      {
        id: "13/framing/4",
        level: "SHALL",
        text:
          "For frames with lengths of 255 and greater, the length SHALL BE encoded as a single " +
          "octet with the value 255, followed by the length encoded as a 64-bit unsigned integer in " +
          "network byte order.",
      },
      // A sender may write the long form for any length, so that a receiver has to understand it for any.
      { id: "13/framing/5", level: "MUST", text: "length = OCTET / (%xFF 8OCTET)", source: "grammar" },
      {
        id: "13/framing/6",
        level: "MUST",
        text: "On messages consisting of a single frame the MORE flag MUST be 0.",
      },
      {
        id: "13/framing/7",
        level: "SHOULD",
        text: "Bits 1-7 are reserved for future use and SHOULD be zero.",
      },
      { id: "13/framing/8", level: "MUST", text: "message = *more-frame final-frame", source: "grammar" },
      { id: "13/framing/9", level: "MUST", text: "more-frame = length more body", source: "grammar" },
      { id: "13/framing/10", level: "MUST", text: "final-frame = length final body", source: "grammar" },
    ]),
    ...under("The Connection Layer", [
      {
        id: "13/connection/1",
        level: "SHALL",
        text: "A peer SHALL send a greeting consisting of either an anonymous or an identity message.",
      },
      {
        id: "13/connection/2",
        level: "MUST",
        text: "An identity greeting consists of a unique string of 1 to 255 octets.",
        source: "grammar",
      },
      {
        id: "13/connection/3",
        level: "SHOULD NOT",
        text: "Identities SHOULD NOT start with a zero octet, which is reserved for peer internal " + "use.",
      },
      {
        id: "13/connection/4",
        level: "SHOULD",
        text: "Peers … SHOULD be cautious about the cost of holding resources indefinitely.",
        unobservable: "No cost is named, and holding nothing for a peer that left is allowed as well.",
      },
      { id: "13/connection/5", level: "MUST", text: "connection = greeting content", source: "grammar" },
      { id: "13/connection/6", level: "MUST", text: "anonymous = %x01 idflags", source: "grammar" },
      {
        id: "13/connection/7",
        level: "MUST",
        text: "identity = length idflags (%x01-ff) *OCTET",
        source: "grammar",
      },
      {
        id: "13/connection/8",
        level: "SHALL NOT",
        text: "The flags octet (idflags) of an identity frame SHALL not be validated",
      },
      {
        id: "13/connection/9",
        level: "SHOULD",
        text: "The flags octet (idflags) of an identity frame … SHOULD be set to zero.",
      },
    ]),
    ...under("Broadcast Content", [
      {
        id: "13/broadcast/1",
        level: "SHALL",
        text: "A publisher SHALL send broadcast content.",
        of: "PUB, XPUB",
      },
      // Subscriptions came to the wire with ZMTP 2.0.
      {
        id: "13/broadcast/2",
        level: "SHALL NOT",
        text: "A subscriber SHALL NOT send any content.",
        of: "SUB, XSUB",
      },
      {
        id: "13/broadcast/3",
        level: "MUST",
        text: "broadcast = message",
        of: "PUB, XPUB",
        source: "grammar",
      },
    ]),
    ...under("Addressed Content", [
      {
        id: "13/addressed/1",
        level: "MUST",
        text: "envelope = *more-frame delimiter",
        of: "REQ, REP",
        source: "grammar",
      },
      {
        id: "13/addressed/2",
        level: "MUST",
        text: "delimiter = %x01 more",
        of: "REQ, REP",
        source: "grammar",
      },
      // "The envelope SHOULD be used …" is said once for all three; the rest is in lower case.
      {
        id: "13/addressed/3",
        level: "SHOULD",
        text:
          "The envelope SHOULD be used by peers in the following fashion: … When a peer sends a " +
          "request to another peer, it should send an envelope that at least contains the delimiter.",
        of: "REQ",
      },
      {
        id: "13/addressed/4",
        level: "SHOULD",
        text:
          "When a peer forwards a request from one peer to another, it should prepend the " +
          "identity of the original sending peer to the envelope (as an identity frame).",
        of: "ROUTER",
      },
      {
        id: "13/addressed/5",
        level: "SHOULD",
        text:
          "When a peer accepts a request and responds with a reply, it should unwrap and save the " +
          "full address envelope up to and including the delimiter",
        of: "REP",
      },
      {
        id: "13/addressed/6",
        level: "SHOULD",
        text: "it should … pass the remaining message to the application",
        of: "REP",
      },
      {
        id: "13/addressed/7",
        level: "SHOULD",
        text:
          "it should … then re-wrap the application's response with the full address envelope, up " +
          "to and including the delimiter.",
        of: "REP",
      },
    ]),
    ...under("Neutral Content", [
      {
        id: "13/neutral/1",
        level: "MUST",
        text: "neutral = message",
        of: "PUSH, PULL, PAIR",
        source: "grammar",
      },
    ]),
  ],
}
