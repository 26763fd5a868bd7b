/**
 * The clauses of 15/ZMTP, which is ZMTP 2.0: a greeting with revision, socket type and identity, and the
 * framing that 3.x kept.
 */
import { under, type Specification } from "./clause.js"

export const rfc15: Specification = {
  rfc: 15,
  name: "ZMTP 2.0",
  url: "https://rfc.zeromq.org/spec/15/",
  clauses: [
    ...under("Formal Grammar", [
      { id: "15/grammar/1", level: "MUST", text: "connection = greeting *message", source: "grammar" },
      { id: "15/grammar/2", level: "MUST", text: "signature = %xFF 8%x00 %x7F", source: "grammar" },
      { id: "15/grammar/3", level: "MUST", text: "revision = %x01", source: "grammar" },
      // One octet each: PAIR 0, PUB 1, SUB 2, REQ 3, REP 4, DEALER 5, ROUTER 6, PULL 7, PUSH 8.
      {
        id: "15/grammar/4",
        level: "MUST",
        text: "socket-type = PAIR | PUB | SUB | REQ | REP | DEALER | ROUTER | PULL | PUSH",
        source: "grammar",
      },
      { id: "15/grammar/5", level: "MUST", text: "identity = final-short body", source: "grammar" },
      { id: "15/grammar/6", level: "MUST", text: "message = *more-frame final-frame", source: "grammar" },
      { id: "15/grammar/7", level: "MUST", text: "final-short = %x00 OCTET", source: "grammar" },
      { id: "15/grammar/8", level: "MUST", text: "final-long = %x02 8OCTET", source: "grammar" },
      { id: "15/grammar/9", level: "MUST", text: "more-short = %x01 OCTET", source: "grammar" },
      { id: "15/grammar/10", level: "MUST", text: "more-long = %x03 8OCTET", source: "grammar" },
    ]),
    ...under("Framing", [
      {
        id: "15/framing/1",
        level: "MUST",
        text:
          "The length does not include the flags field, nor itself, so an empty frame has a " +
          "length of zero.",
        source: "grammar",
      },
      {
        id: "15/framing/2",
        level: "MUST",
        text: "On messages consisting of a single frame the MORE bit MUST be 0.",
      },
      {
        id: "15/framing/3",
        level: "MUST",
        text:
          "A value of 1 indicates that the message length is encoded as a 64-bit unsigned integer " +
          "in network byte order.",
        source: "grammar",
      },
      { id: "15/framing/4", level: "MUST", text: "Bits 2-7 are reserved for future use and MUST be zero." },
    ]),
    ...under("Socket Compatibility", [
      {
        id: "15/compatibility/1",
        level: "SHOULD",
        text:
          "The implementation SHOULD enforce that an incoming connection has a valid socket type, " +
          "depending on the socket type of the socket receiving the connection",
      },
      // The rows of the table, which the sentence above makes a SHOULD.
      {
        id: "15/compatibility/2",
        level: "SHOULD",
        text: "PAIR accepts connections from PAIR.",
        of: "PAIR",
        source: "grammar",
      },
      {
        id: "15/compatibility/3",
        level: "SHOULD",
        text: "PUB accepts connections from SUB.",
        of: "PUB",
        source: "grammar",
      },
      {
        id: "15/compatibility/4",
        level: "SHOULD",
        text: "SUB accepts connections from PUB.",
        of: "SUB",
        source: "grammar",
      },
      {
        id: "15/compatibility/5",
        level: "SHOULD",
        text: "REQ accepts connections from REP or ROUTER.",
        of: "REQ",
        source: "grammar",
      },
      {
        id: "15/compatibility/6",
        level: "SHOULD",
        text: "REP accepts connections from REQ or DEALER.",
        of: "REP",
        source: "grammar",
      },
      {
        id: "15/compatibility/7",
        level: "SHOULD",
        text: "DEALER accepts connections from REP, DEALER, or ROUTER.",
        of: "DEALER",
        source: "grammar",
      },
      {
        id: "15/compatibility/8",
        level: "SHOULD",
        text: "ROUTER accepts connections from REQ, DEALER, or ROUTER.",
        of: "ROUTER",
        source: "grammar",
      },
      {
        id: "15/compatibility/9",
        level: "SHOULD",
        text: "PULL accepts connections from PUSH.",
        of: "PULL",
        source: "grammar",
      },
      {
        id: "15/compatibility/10",
        level: "SHOULD",
        text: "PUSH accepts connections from PULL.",
        of: "PUSH",
        source: "grammar",
      },
      {
        id: "15/compatibility/11",
        level: "SHOULD",
        text:
          "Any other socket combinations SHOULD be handled by silently disconnecting the other " +
          "peer and possibly logging the error for debugging purposes.",
      },
    ]),
    ...under("Publish-Subscribe", [
      {
        id: "15/pubsub/1",
        level: "MUST",
        text: "XPUB and XSUB sockets are implemented at the protocol level as PUB and SUB sockets.",
        of: "XPUB, XSUB",
        source: "grammar",
      },
      {
        id: "15/pubsub/2",
        level: "MUST",
        text:
          "A SUB socket sends a subscription message as one byte %x01 followed by the " + "subscription body",
        of: "SUB, XSUB",
        source: "grammar",
      },
      {
        id: "15/pubsub/3",
        level: "MUST",
        text:
          "A SUB socket sends … unsubscription messages as one byte %x00 followed by the " +
          "subscription body.",
        of: "SUB, XSUB",
        source: "grammar",
      },
    ]),
    ...under("Backwards Interoperability", [
      // Both sentences with "should" are in lower case, and meant.
      {
        id: "15/backwards/1",
        level: "SHOULD",
        text:
          "If an implementation does not want backwards compatibility with ZMTP/1.0 peers, it " +
          "should use the signature defined in the grammar, above.",
        of: "a peer that demands this version",
      },
      {
        id: "15/backwards/2",
        level: "SHOULD",
        text:
          "To detect and interoperate with a ZMTP/1.0 peer, an implementation should immediately " +
          'after opening a TCP socket: … Send a 10-octet signature consisting of "%xFF length %x7F" ' +
          "where 'length' is the length of the sender's identity (0 or more octets) plus 1.",
        of: "a peer that works with 1.0",
      },
      {
        id: "15/backwards/3",
        level: "MUST",
        text: "The length MUST be 8 octets in network byte order.",
        of: "a peer that works with 1.0",
      },
      // The steps of the same strategy.
      {
        id: "15/backwards/4",
        level: "MUST",
        text: "If this octet is not %FF, then the other peer is using ZMTP/1.0.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "15/backwards/5",
        level: "MUST",
        text: "If the least significant bit is 0, then the other peer is using ZMTP/1.0.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "15/backwards/6",
        level: "MUST",
        text:
          "If the least significant bit is not 0, the peer is using ZMTP/2.0 or a later version. " +
          "We read two further octets, which indicate the protocol revision, and the socket type of the " +
          "other peer.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "15/backwards/7",
        level: "MUST",
        text:
          "We then encode/decode all further frames on that connection using the ZMTP/2.0 framing " +
          "syntax.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "15/backwards/8",
        level: "MUST",
        text:
          "When we have detected a ZMTP/1.0 peer, … We continue by sending the body of the " +
          "identity frame (zero or more octets).",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "15/backwards/9",
        level: "MUST",
        text:
          "From then, we encode and decode all frames on that connection using the ZMTP/1.0 " +
          "framing syntax.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
    ]),
  ],
}
