/**
 * The clauses of 23/ZMTP, which is ZMTP 3.0: greeting, mechanisms, framing, NULL, metadata, and what all
 * sockets have in common.
 */
import { under, type Specification } from "./clause.js"

export const rfc23: Specification = {
  rfc: 23,
  name: "ZMTP 3.0",
  url: "https://rfc.zeromq.org/spec/23/",
  clauses: [
    ...under("Formal Grammar", [
      { id: "23/grammar/1", level: "MUST", text: "signature = %xFF padding %x7F", source: "grammar" },
      { id: "23/grammar/2", level: "MUST", text: "padding = 8OCTET", source: "grammar" },
      { id: "23/grammar/3", level: "MUST", text: "version-major = %x03", source: "grammar" },
      { id: "23/grammar/4", level: "MUST", text: "version-minor = %x00", source: "grammar" },
      // Twenty octets, padded with zeros after the name.
      { id: "23/grammar/5", level: "MUST", text: "mechanism = 20mechanism-char", source: "grammar" },
      // "." and "+" stand here, while §Authentication and Confidentiality has hyphens and underscores only.
      {
        id: "23/grammar/6",
        level: "MUST",
        text: 'mechanism-char = "A"-"Z" | DIGIT | "-" | "_" | "." | "+" | %x0',
        source: "grammar",
      },
      { id: "23/grammar/7", level: "MUST", text: "as-server = %x00 | %x01", source: "grammar" },
      { id: "23/grammar/8", level: "MUST", text: "filler = 31%x00", source: "grammar" },
      {
        id: "23/grammar/9",
        level: "MUST",
        text: "connection = greeting handshake traffic",
        source: "grammar",
      },
      { id: "23/grammar/10", level: "MUST", text: "handshake = 1*command", source: "grammar" },
      // Commands stand between messages, never between the frames of one.
      { id: "23/grammar/11", level: "MUST", text: "traffic = *(command | message)", source: "grammar" },
      {
        id: "23/grammar/12",
        level: "MUST",
        text: "command-size = %x04 short-size | %x06 long-size",
        source: "grammar",
      },
      {
        id: "23/grammar/13",
        level: "MUST",
        text: "long-size = 8OCTET ; Body is 0 to 2^63-1 octets",
        source: "grammar",
      },
      {
        id: "23/grammar/14",
        level: "MUST",
        text: "command-name = OCTET 1*255command-name-char",
        source: "grammar",
      },
      { id: "23/grammar/15", level: "MUST", text: "command-name-char = ALPHA", source: "grammar" },
      { id: "23/grammar/16", level: "MUST", text: "message = *message-more message-last", source: "grammar" },
      {
        id: "23/grammar/17",
        level: "MUST",
        text: "message-more = ( %x01 short-size | %x03 long-size ) message-body",
        source: "grammar",
      },
      {
        id: "23/grammar/18",
        level: "MUST",
        text: "message-last = ( %x00 short-size | %x02 long-size ) message-body",
        source: "grammar",
      },
    ]),
    ...under("Version Negotiation", [
      {
        id: "23/version/1",
        level: "SHALL",
        text:
          "In the first case, after making or receiving a connection, the peer SHALL send to the " +
          "other a partial greeting sufficient to trigger version detection. This is the first 11 " +
          "octets of the greeting",
        of: "a peer that works with older versions",
      },
      {
        id: "23/version/2",
        level: "SHALL",
        text:
          "The peer SHALL then read the first eleven octets of greeting sent by the other peer, " +
          "and determine whether to downgrade or not.",
        of: "a peer that works with older versions",
      },
      {
        id: "23/version/3",
        level: "SHALL",
        text:
          "In the second case, after making or receiving a connection, the peer SHALL send its " +
          "entire greeting (64 octets)",
        of: "a peer that demands this version",
      },
      {
        id: "23/version/4",
        level: "SHALL",
        text: "In the second case, … the peer … SHALL expect a matching 64 octet greeting.",
        of: "a peer that demands this version",
      },
      {
        id: "23/version/5",
        level: "SHOULD",
        text: "In this case the peer SHOULD set the padding field to binary zeros.",
        of: "a peer that demands this version",
      },
      // And yet the padding may be used to detect ZMTP 1.0 (first case above, and §Detecting ZMTP 1.0 and
      // 2.0 Peers).
      {
        id: "23/version/6",
        level: "SHALL NOT",
        text: "A peer SHALL NOT assign any significance to the padding field",
      },
      {
        id: "23/version/7",
        level: "MUST NOT",
        text: "and MUST NOT validate this nor interpret it in any way whatsoever.",
      },
      { id: "23/version/8", level: "MUST", text: "A peer MUST accept higher protocol versions as valid." },
      {
        id: "23/version/9",
        level: "MUST",
        text: "That is, a ZMTP peer MUST accept protocol versions greater or equal to 3.0.",
      },
      {
        id: "23/version/10",
        level: "SHALL",
        text:
          "A peer SHALL always use its own protocol (including framing) when talking to an equal " +
          "or higher protocol peer.",
      },
      {
        id: "23/version/11",
        level: "MUST",
        text: "If a peer cannot downgrade its protocol to match its peer, it MUST close the " + "connection.",
      },
    ]),
    ...under("Topology", [
      // Prose without a keyword. 37/ZMTP leaves the sentence out.
      {
        id: "23/topology/1",
        level: "MUST",
        text:
          "The actual server role is therefore not defined by bind/connect direction, but " +
          "specified in the greeting as-server field, which is set to 1 for server peers, and 0 for " +
          "client peers.",
        source: "grammar",
      },
      {
        id: "23/topology/2",
        level: "SHALL",
        text:
          "If the chosen security mechanism does not specify a client and server topology, the " +
          "as-server field SHALL have no significance",
      },
      {
        id: "23/topology/3",
        level: "SHOULD",
        text:
          "If the chosen security mechanism does not specify a client and server topology, the " +
          "as-server field … SHOULD be zero for all peers.",
      },
    ]),
    ...under("Authentication and Confidentiality", [
      {
        id: "23/mechanism/1",
        level: "SHALL",
        text: "All mechanisms intended for public interoperability SHALL be defined as 0MQ RFCs.",
        of: "authors of mechanisms",
        unobservable: "Binds those who define mechanisms, not the peers that use them.",
      },
      {
        id: "23/mechanism/2",
        level: "SHALL",
        text: "Mechanism names SHALL be assigned on a first-come first-served basis.",
        of: "authors of mechanisms",
        unobservable: "Binds those who define mechanisms, not the peers that use them.",
      },
      {
        id: "23/mechanism/3",
        level: "SHALL",
        text:
          "Mechanism names SHALL consist only of uppercase letters A to Z, digits, and embedded " +
          "hyphens or underscores.",
      },
      {
        id: "23/mechanism/4",
        level: "SHOULD",
        text:
          "If the body is 0-255 octets, the command SHOULD use a short size field (%x04 followed " +
          "by 1 octet).",
      },
      {
        id: "23/mechanism/5",
        level: "SHOULD",
        text:
          "If the body is 256 or more octets, the command SHOULD use a long size field (%x06 " +
          "followed by 8 octets).",
      },
      {
        id: "23/mechanism/6",
        level: "MUST",
        text: "The size field is always in clear text.",
        source: "grammar",
      },
      {
        id: "23/mechanism/7",
        level: "MUST",
        text:
          "A peer that reads a full greeting, including mechanism, MUST also send a full greeting " +
          "including mechanism.",
      },
      {
        id: "23/mechanism/8",
        level: "MUST",
        text:
          "If the mechanism that the peer received does not exactly match the mechanism it sent, " +
          "it MUST close the connection.",
      },
    ]),
    ...under("Error Handling", [
      {
        id: "23/error/1",
        level: "SHALL",
        text:
          "The peer SHALL treat an incoming ERROR command as fatal, and act by closing the " + "connection",
      },
      {
        id: "23/error/2",
        level: "SHALL",
        text:
          "The peer SHALL treat an incoming ERROR command as fatal, and act by … not " +
          "re-connecting using the same security credentials.",
        of: "a peer that connects",
      },
      {
        id: "23/error/3",
        level: "SHOULD",
        text:
          "An implementation SHOULD signal any other error, e.g. overloaded, temporarily refusing " +
          "connections, etc. by closing the connection.",
      },
      {
        id: "23/error/4",
        level: "SHALL",
        text: "The peer SHALL treat an unexpected connection close as a temporary error",
      },
      {
        id: "23/error/5",
        level: "SHOULD",
        text:
          "The peer SHALL treat an unexpected connection close as a temporary error, and SHOULD " +
          "reconnect.",
        of: "a peer that connects",
      },
      // The two that follow are written in lower case, and meant.
      {
        id: "23/error/6",
        level: "SHOULD",
        text:
          "To avoid connection storms, peers should reconnect after a short and possibly " +
          "randomized interval.",
        of: "a peer that connects",
      },
      {
        id: "23/error/7",
        level: "SHOULD",
        text:
          "Further, if a peer reconnects more than once, it should increase the delay between " +
          "reconnects.",
        of: "a peer that connects",
      },
    ]),
    ...under("Framing", [
      {
        id: "23/framing/1",
        level: "MUST",
        text:
          "The size does not include the flags field, nor itself, so an empty frame has a size of " + "zero.",
        source: "grammar",
      },
      {
        id: "23/framing/2",
        level: "MUST",
        text: "A short frame has a body of 0 to 255 octets.",
        source: "grammar",
      },
      {
        id: "23/framing/3",
        level: "MUST",
        text: "A long frame has a body of 0 to 2^63-1 octets.",
        source: "grammar",
      },
      { id: "23/framing/4", level: "MUST", text: "Bits 7-3 are reserved for future use and MUST be zero." },
      {
        id: "23/framing/5",
        level: "MUST",
        text:
          "Bit 2 (COMMAND): Command frame. A value of 1 indicates that the frame is a command " +
          "frame. A value of 0 indicates that the frame is a message frame.",
        source: "grammar",
      },
      {
        id: "23/framing/6",
        level: "MUST",
        text:
          "Bit 1 (LONG): … A value of 1 indicates that the frame size is encoded as a 64-bit " +
          "unsigned integer in network byte order.",
        source: "grammar",
      },
      {
        id: "23/framing/7",
        level: "MUST",
        text:
          "Bit 0 (MORE): … A value of 0 indicates that there are no more frames to follow. A " +
          "value of 1 indicates that more frames will follow.",
        source: "grammar",
      },
      { id: "23/framing/8", level: "SHALL", text: "This bit SHALL be zero on command frames." },
    ]),
    ...under("Commands", [
      // "A null octet separator" stands in the middle of the sentence; the grammar has a length before the
      // name and no separator, and so have all peers.
      {
        id: "23/commands/1",
        level: "MUST",
        text: "Commands always consist of one frame, containing a printable command name, … and data.",
        source: "grammar",
      },
    ]),
    ...under("Messages", [
      {
        id: "23/messages/1",
        level: "SHALL",
        text:
          "Messages consist of one or more frames and an implementation SHALL always send … " +
          "messages atomically, that is, all the frames of a message, or none of them.",
      },
      {
        id: "23/messages/2",
        level: "SHALL",
        text:
          "Messages consist of one or more frames and an implementation SHALL always … deliver " +
          "messages atomically, that is, all the frames of a message, or none of them.",
      },
    ]),
    ...under("The NULL Security Mechanism", [
      {
        id: "23/null/1",
        level: "SHOULD NOT",
        text:
          "The NULL mechanism SHOULD NOT be used on public infrastructure without transport-level " +
          "security (e.g. over a VPN).",
        of: "whoever deploys a peer",
        unobservable: "Binds whoever deploys a peer: a peer cannot know what network it is on.",
      },
      // In 3.0 both send READY at once. A 3.1 client does so too, and a 3.1 server that does harms nobody.
      {
        id: "23/null/2",
        level: "SHALL",
        text: "To complete a NULL security handshake, both peers SHALL send each other a READY " + "command.",
      },
      {
        id: "23/null/3",
        level: "SHOULD",
        text: "Both peers SHOULD then parse, and MAY validate the READY command.",
      },
      {
        id: "23/null/4",
        level: "MUST",
        text: "When a peer uses the NULL security mechanism, the as-server field MUST be zero.",
      },
      // Heartbeats, which come in 3.1, are commands among these messages.
      { id: "23/null/5", level: "MUST", text: "null = ready *message | error", source: "grammar" },
      {
        id: "23/null/6",
        level: "MUST",
        text: 'ready = command-size %d5 "READY" metadata',
        source: "grammar",
      },
      { id: "23/null/7", level: "MUST", text: "name = OCTET 1*255name-char", source: "grammar" },
      {
        id: "23/null/8",
        level: "MUST",
        text: 'name-char = ALPHA | DIGIT | "-" | "_" | "." | "+"',
        source: "grammar",
      },
      { id: "23/null/9", level: "MUST", text: "value = 4OCTET *OCTET", source: "grammar" },
      {
        id: "23/null/10",
        level: "MUST",
        text: 'error = command-size %d5 "ERROR" error-reason',
        source: "grammar",
      },
      { id: "23/null/11", level: "MUST", text: "error-reason = OCTET 0*255VCHAR", source: "grammar" },
      { id: "23/null/12", level: "SHALL", text: "The name SHALL be 1 to 255 characters." },
      { id: "23/null/13", level: "MUST", text: "Zero-sized names are not valid.", source: "grammar" },
      {
        id: "23/null/14",
        level: "SHALL NOT",
        text: "The case (upper or lower) of names SHALL NOT be significant.",
      },
      {
        id: "23/null/15",
        level: "SHALL",
        text:
          "The value SHALL be 0 to 2,147,483,647 (2^31-1 or INT32_MAX in C/C++) octets of opaque " +
          "binary data.",
      },
      { id: "23/null/16", level: "MUST", text: "Zero-sized values are allowed.", source: "grammar" },
      {
        id: "23/null/17",
        level: "SHALL",
        text: "The value size field SHALL be four octets, in network byte order.",
      },
      {
        id: "23/null/18",
        level: "MUST",
        text:
          "Note that to avoid deadlocks, each peer MUST send its READY command before attempting " +
          "to receive a READY from the other peer.",
      },
    ]),
    ...under("Connection Metadata", [
      {
        id: "23/metadata/1",
        level: "SHALL",
        text:
          "The security mechanism SHALL provide a way for peers to exchange metadata in the form " +
          "of a key-value dictionary.",
        of: "authors of mechanisms",
        unobservable:
          "Binds those who define mechanisms. That peers use the way is judged with each " + "mechanism.",
      },
      { id: "23/metadata/2", level: "SHALL", text: "Metadata names SHALL be case-insensitive." },
      { id: "23/metadata/3", level: "SHOULD", text: "The sender SHOULD specify the Socket-Type." },
      {
        id: "23/metadata/4",
        level: "SHALL",
        text: 'Metadata names starting with "X-" SHALL be reserved for application use.',
      },
    ]),
    ...under("The Socket-Type Property", [
      {
        id: "23/socket-type/1",
        level: "SHALL",
        text: 'The Socket-Type SHALL match this grammar: … socket-type = "REQ" | "REP"',
      },
      {
        id: "23/socket-type/2",
        level: "SHOULD",
        text: "The peer SHOULD enforce that the other peer is using a valid socket type.",
      },
      // The rows of the table, which the sentence above makes a SHOULD.
      {
        id: "23/socket-type/3",
        level: "SHOULD",
        text: "REQ | | * | | * | | | | | | | |",
        of: "REQ",
        source: "grammar",
      },
      {
        id: "23/socket-type/4",
        level: "SHOULD",
        text: "REP | * | | * | | | | | | | | |",
        of: "REP",
        source: "grammar",
      },
      {
        id: "23/socket-type/5",
        level: "SHOULD",
        text: "DEALER | | * | * | * | | | | | | | |",
        of: "DEALER",
        source: "grammar",
      },
      {
        id: "23/socket-type/6",
        level: "SHOULD",
        text: "ROUTER | * | | * | * | | | | | | | |",
        of: "ROUTER",
        source: "grammar",
      },
      {
        id: "23/socket-type/7",
        level: "SHOULD",
        text: "PUB | | | | | | | * | * | | | |",
        of: "PUB",
        source: "grammar",
      },
      {
        id: "23/socket-type/8",
        level: "SHOULD",
        text: "XPUB | | | | | | | * | * | | | |",
        of: "XPUB",
        source: "grammar",
      },
      {
        id: "23/socket-type/9",
        level: "SHOULD",
        text: "SUB | | | | | * | * | | | | | |",
        of: "SUB",
        source: "grammar",
      },
      {
        id: "23/socket-type/10",
        level: "SHOULD",
        text: "XSUB | | | | | * | * | | | | | |",
        of: "XSUB",
        source: "grammar",
      },
      {
        id: "23/socket-type/11",
        level: "SHOULD",
        text: "PUSH | | | | | | | | | | * | |",
        of: "PUSH",
        source: "grammar",
      },
      {
        id: "23/socket-type/12",
        level: "SHOULD",
        text: "PULL | | | | | | | | | * | | |",
        of: "PULL",
        source: "grammar",
      },
      {
        id: "23/socket-type/13",
        level: "SHOULD",
        text: "PAIR | | | | | | | | | | | * |",
        of: "PAIR",
        source: "grammar",
      },
      {
        id: "23/socket-type/14",
        level: "SHOULD",
        text:
          "When a peer validates the socket type, it SHOULD handle errors by returning an ERROR " + "command",
      },
      {
        id: "23/socket-type/15",
        level: "SHOULD",
        text:
          "When a peer validates the socket type, it SHOULD handle errors by … then disconnecting " +
          "the peer.",
      },
    ]),
    ...under("The Identity Property", [
      // Lower case, and meant.
      {
        id: "23/identity/1",
        level: "SHALL",
        text: "For all other socket types, the Identity property shall be ignored.",
      },
      {
        id: "23/identity/2",
        level: "SHALL",
        text: "The Identity SHALL match this grammar: … identity = 0*255OCTET",
      },
    ]),
    ...under("Socket Semantics", [
      {
        id: "23/semantics/1",
        level: "SHALL",
        text: "All sockets SHALL accept connections (binding to an address)",
      },
      { id: "23/semantics/2", level: "SHALL", text: "All sockets SHALL … make connections." },
      {
        id: "23/semantics/3",
        level: "SHALL",
        text:
          "All sockets SHALL establish connections opportunistically, that is: they connect to an " +
          "endpoint asynchronously",
      },
      {
        id: "23/semantics/4",
        level: "SHOULD",
        text:
          "All sockets SHALL establish connections opportunistically, that is: … if the " +
          "connection is broken, SHOULD reconnect after a suitable delay.",
      },
      {
        id: "23/semantics/5",
        level: "SHALL",
        text: "A message SHALL be sent or received atomically; that is, all frames or none.",
      },
      {
        id: "23/semantics/6",
        level: "SHALL",
        text:
          "On sending, the peer SHALL queue all frames of a message in memory until the final " +
          "frame is sent.",
        unobservable:
          "Where frames are kept does not show. That nobody gets a part of a message is " +
          "judged by the clause before.",
      },
      {
        id: "23/semantics/7",
        level: "SHALL NOT",
        text: "A message SHALL NOT be delivered more than once to any peer.",
      },
      {
        id: "23/semantics/8",
        level: "SHALL",
        text: "All messages between two immediate peers SHALL be delivered in order.",
      },
    ]),
    ...under("The Request-Reply Pattern", [
      {
        id: "23/reqrep/1",
        level: "SHOULD",
        text:
          "The implementation SHOULD follow http://rfc.zeromq.org/spec:28/REQREP for the " +
          "semantics of REQ, REP, DEALER and ROUTER sockets.",
      },
    ]),
    ...under("The Publish-Subscribe Pattern", [
      {
        id: "23/pubsub/1",
        level: "SHOULD",
        text:
          "The implementation SHOULD follow http://rfc.zeromq.org/spec:29/PUBSUB for the " +
          "semantics of PUB, XPUB, SUB and XSUB sockets.",
      },
      {
        id: "23/pubsub/2",
        level: "SHALL",
        text:
          "When using ZMTP, message filtering SHALL happen at the publisher side (the PUB or XPUB " +
          "socket).",
        of: "PUB, XPUB",
      },
      {
        id: "23/pubsub/3",
        level: "SHALL",
        text:
          "To create a subscription, the SUB or XSUB peer SHALL send a SUBSCRIBE message, which " +
          "has this grammar",
        of: "SUB, XSUB",
      },
      // A short size only; a subscription of more than 254 octets has no form here, and goes in a long frame
      // everywhere.
      {
        id: "23/pubsub/4",
        level: "MUST",
        text: "subscribe = %x00 short-size %d1 subscription",
        source: "grammar",
      },
      {
        id: "23/pubsub/5",
        level: "SHALL",
        text:
          "To cancel a subscription, the SUB or XSUB peer SHALL send an unsubscribe message, " +
          "which has this grammar",
        of: "SUB, XSUB",
      },
      {
        id: "23/pubsub/6",
        level: "MUST",
        text: "unsubscribe = %x00 short-size %d0 subscription",
        source: "grammar",
      },
      {
        id: "23/pubsub/7",
        level: "SHALL",
        text: 'A subscription of "A" SHALL match all messages starting with "A".',
        of: "PUB, XPUB",
      },
      {
        id: "23/pubsub/8",
        level: "SHALL",
        text: "An empty subscription SHALL match all messages.",
        of: "PUB, XPUB",
      },
      { id: "23/pubsub/9", level: "SHALL", text: "Subscriptions SHALL be additive", of: "PUB, XPUB" },
      {
        id: "23/pubsub/10",
        level: "SHALL NOT",
        text: "Subscriptions … SHALL NOT be idempotent.",
        of: "PUB, XPUB",
      },
    ]),
    ...under("The Pipeline Pattern", [
      {
        id: "23/pipeline/1",
        level: "SHOULD",
        text:
          "The implementation SHOULD follow http://rfc.zeromq.org/spec:30/PIPELINE for the " +
          "semantics of PUSH and PULL sockets.",
      },
    ]),
    ...under("The Exclusive Pair Pattern", [
      {
        id: "23/pair/1",
        level: "SHOULD",
        text:
          "The implementation SHOULD follow http://rfc.zeromq.org/spec:31/EXPAIR for the " +
          "semantics of exclusive PAIR sockets.",
      },
    ]),
    ...under("Backwards Interoperability", [
      {
        id: "23/backwards/1",
        level: "SHOULD",
        text:
          "When a peer does not need backwards interoperability, it SHOULD send its full greeting " +
          "immediately upon establishing a new peer connection.",
        of: "a peer that demands this version",
      },
    ]),
    ...under("Detecting ZMTP 2.0 Peers", [
      // The strategy is a MAY; its steps bind whoever takes it. The links of this section and the next are
      // an erratum: 13 is ZMTP 1.0, and 15 is ZMTP 2.0.
      {
        id: "23/zmtp2/1",
        level: "MUST",
        text:
          "Send the 10-octet signature followed by the major version number (the single octet " + "%x03).",
        of: "a peer that works with 2.0",
        source: "grammar",
      },
      {
        id: "23/zmtp2/2",
        level: "MUST",
        text:
          "If the peer version number is 1 or 2, the peer is using ZMTP 2.0, so send the ZMTP 2.0 " +
          "socket type and identity and continue with ZMTP 2.0.",
        of: "a peer that works with 2.0",
        source: "grammar",
      },
      {
        id: "23/zmtp2/3",
        level: "MUST",
        text:
          "If the peer version number is 3 or higher, the peer is using ZMTP 3.…, so send the " +
          "rest of the greeting and continue with ZMTP 3.…",
        of: "a peer that works with 2.0",
        source: "grammar",
      },
    ]),
    ...under("Detecting ZMTP 1.0 and 2.0 Peers", [
      {
        id: "23/zmtp1/1",
        level: "MUST",
        text:
          "Send a 10-octet pseudo-signature consisting of \"%xFF size %x7F\" where 'size' is the " +
          "number of octets in the sender's identity (0 or greater) plus 1.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/2",
        level: "SHALL",
        text: "The size SHALL be 8 octets in network byte order and occupies the padding field.",
        of: "a peer that works with 1.0",
      },
      {
        id: "23/zmtp1/3",
        level: "MUST",
        text:
          "If this first octet is not %FF, then the other peer is using ZMTP 1.0, and has sent us " +
          "a short frame length for its identity. We read that many octets.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/4",
        level: "MUST",
        text:
          "If the least significant bit is 0, then the other peer is using ZMTP 1.0 and has sent " +
          "us a long length for its identity. We read that many octets.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/5",
        level: "MUST",
        text:
          "If the least significant bit is 1, the peer is using ZMTP 2.0 or later and has sent us " +
          "the ZMTP signature. … If this is 1 or 2, we have a ZMTP 2.0 peer.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/6",
        level: "MUST",
        text:
          "If the implementation's security mechanism is anything other than NULL, and it detects " +
          "a ZMTP 1.0 or 2.0 peer, it MUST immediately close the connection.",
      },
      {
        id: "23/zmtp1/7",
        level: "MUST",
        text:
          "When we have detected a ZMTP 1.0 peer, … We continue by sending the body of the " +
          "identity frame (zero or more octets).",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/8",
        level: "MUST",
        text:
          "From then, we encode and decode all frames on that connection using the ZMTP 1.0 " +
          "framing syntax.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      {
        id: "23/zmtp1/9",
        level: "MUST",
        text:
          "When we have detected a ZMTP 2.0 peer, we continue with version negotiation as " +
          "explained above, by sending our version number and then socket type and identity as defined " +
          "by the ZMTP 2.0 specification.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
      // "Octets 10-64" is an erratum: counted from 0, what is left are octets 10 to 63.
      {
        id: "23/zmtp1/10",
        level: "MUST",
        text:
          "When we have detected a ZMTP 3.… peer, we continue by sending the remainder of the " +
          "greeting (octets 10-64) and then continue with the security handshake as normal.",
        of: "a peer that works with 1.0",
        source: "grammar",
      },
    ]),
    ...under("Wire Analysis of the Connection", [
      {
        id: "23/wire-analysis/1",
        level: "SHALL",
        text: "On a clear text connection, message data SHALL be sent as message frames.",
      },
      {
        id: "23/wire-analysis/2",
        level: "SHALL",
        text: "All clear text mechanisms SHALL use the message framing defined in this specification",
      },
      {
        id: "23/wire-analysis/3",
        level: "SHALL",
        text:
          "On an encrypted connection, message data SHALL be encoded as commands so that wire " +
          "analysis is not possible.",
      },
      {
        id: "23/wire-analysis/4",
        level: "SHALL",
        text: "On all ZMTP connections, command names SHALL be visible",
      },
      // Contradicts the grammar: metadata, subscriptions, PING and all of CURVE are binary.
      {
        id: "23/wire-analysis/5",
        level: "SHALL",
        text: "On all ZMTP connections, … command frames SHALL be printable.",
        unobservable:
          "Cannot be kept: the size of a property's value is binary, as is much else. " +
          "Names are judged by the clause before.",
      },
    ]),
    ...under("Security Considerations", [
      {
        id: "23/security/1",
        level: "MUST",
        text:
          "An implementation MUST guard against downgrade attacks, which may take the form of " +
          "crafting a ZMTP 1.0 or 2.0 protocol header, or asking for a less secure mechanism than the " +
          "application has requested.",
      },
      {
        id: "23/security/2",
        level: "SHOULD",
        text:
          "Thus, on an encrypted connection, message data SHOULD be padded to a randomized " +
          "minimum size.",
      },
      {
        id: "23/security/3",
        level: "SHOULD",
        text:
          'Thus, on an encrypted connection, the peer SHOULD send random garbage data ("noise") ' +
          "when there is no other traffic.",
        unobservable:
          "No rate is given, so that no silence is too long; nor does an encrypted " +
          "command show that it is noise.",
      },
    ]),
  ],
}
