/**
 * The clauses of 28/REQREP: REQ, REP, DEALER and ROUTER.
 */
import { under, type Specification } from "./clause.js"

export const rfc28: Specification = {
  rfc: 28,
  name: "Request-Reply",
  url: "https://rfc.zeromq.org/spec/28/",
  clauses: [
    ...under("Goals", [
      {
        id: "28/goals/1",
        level: "SHOULD",
        text: "Conforming implementations of these sockets SHOULD respect this specification",
      },
    ]),
    ...under("The REQ Socket Type", [
      {
        id: "28/req/1",
        level: "SHALL",
        text: "SHALL send and then receive exactly one message at a time.",
        of: "REQ",
      },
      {
        id: "28/req/2",
        level: "SHALL",
        text:
          "The request and reply messages SHALL have this format on the wire: … A delimiter, " +
          "consisting of an empty frame, added by the REQ socket.",
        of: "REQ",
      },
      {
        id: "28/req/3",
        level: "SHALL",
        text:
          "The request and reply messages SHALL have this format on the wire: … One or more data " +
          "frames, comprising the message visible to the application.",
        of: "REQ",
      },
      {
        id: "28/req/4",
        level: "SHALL",
        text: "SHALL prefix the outgoing message with an empty delimiter frame.",
        of: "REQ",
      },
      {
        id: "28/req/5",
        level: "SHALL",
        text: "SHALL route outgoing messages to connected peers using a round-robin strategy.",
        of: "REQ",
      },
      {
        id: "28/req/6",
        level: "SHALL",
        text: "SHALL block on sending, or return a suitable error, when it has no connected peers.",
        of: "REQ",
      },
      {
        id: "28/req/7",
        level: "SHALL NOT",
        text: "SHALL NOT discard messages that it cannot send to a connected peer.",
        of: "REQ",
      },
      {
        id: "28/req/8",
        level: "SHALL",
        text: "SHALL accept an incoming message only from the last peer that it sent a request to.",
        of: "REQ",
      },
      {
        id: "28/req/9",
        level: "SHALL",
        text: "SHALL discard silently any messages received from other peers.",
        of: "REQ",
      },
    ]),
    ...under("The REP Socket Type", [
      {
        id: "28/rep/1",
        level: "SHALL NOT",
        text: "SHALL not filter or modify outgoing or incoming messages in any way.",
        of: "REP",
      },
      {
        id: "28/rep/2",
        level: "SHALL",
        text: "SHALL receive and then send exactly one message at a time.",
        of: "REP",
      },
      {
        id: "28/rep/3",
        level: "SHALL",
        text:
          "The request and reply messages SHALL have this format on the wire: … An address " +
          "envelope consisting of zero or more frames, each containing one identity.",
        of: "REP",
      },
      {
        id: "28/rep/4",
        level: "SHALL",
        text:
          "The request and reply messages SHALL have this format on the wire: … A delimiter, " +
          "consisting of an empty frame.",
        of: "REP",
      },
      {
        id: "28/rep/5",
        level: "SHALL",
        text:
          "The request and reply messages SHALL have this format on the wire: … One or more data " +
          "frames, comprising the message visible to the application.",
        of: "REP",
      },
      {
        id: "28/rep/6",
        level: "SHALL",
        text: "SHALL receive incoming messages from its peers using a fair-queuing strategy.",
        of: "REP",
      },
      {
        id: "28/rep/7",
        level: "SHALL",
        text: "SHALL remove and store the address envelope, including the delimiter.",
        of: "REP",
      },
      {
        id: "28/rep/8",
        level: "SHALL",
        text: "SHALL pass the remaining data frames to its calling application.",
        of: "REP",
      },
      {
        id: "28/rep/9",
        level: "SHALL",
        text: "SHALL wait for a single reply message from its calling application.",
        of: "REP",
      },
      {
        id: "28/rep/10",
        level: "SHALL",
        text: "SHALL prepend the address envelope and delimiter.",
        of: "REP",
      },
      {
        id: "28/rep/11",
        level: "SHALL",
        text: "SHALL deliver this message back to the originating peer.",
        of: "REP",
      },
      {
        id: "28/rep/12",
        level: "SHALL",
        text:
          "SHALL silently discard the reply, or return an error, if the originating peer is no " +
          "longer connected.",
        of: "REP",
      },
      { id: "28/rep/13", level: "SHALL NOT", text: "SHALL not block on sending.", of: "REP" },
    ]),
    ...under("The DEALER Socket Type", [
      {
        id: "28/dealer/1",
        level: "SHALL NOT",
        text: "SHALL not filter or modify outgoing or incoming messages in any way.",
        of: "DEALER",
      },
      {
        id: "28/dealer/2",
        level: "SHALL",
        text:
          "SHALL maintain a double queue for each connected peer, allowing outgoing and incoming " +
          "messages to be queued independently.",
        of: "DEALER",
      },
      {
        id: "28/dealer/3",
        level: "SHALL",
        text: "SHALL create a double queue when initiating an outgoing connection to a peer",
        of: "DEALER",
      },
      {
        id: "28/dealer/4",
        level: "SHALL",
        text: "SHALL maintain the double queue whether or not the connection is established.",
        of: "DEALER",
      },
      {
        id: "28/dealer/5",
        level: "SHALL",
        text: "SHALL create a double queue when a peer connects to it.",
        of: "DEALER",
      },
      {
        id: "28/dealer/6",
        level: "SHALL",
        text: "If this peer disconnects, the DEALER socket SHALL destroy its double queue",
        of: "DEALER",
      },
      {
        id: "28/dealer/7",
        level: "SHALL",
        text: "If this peer disconnects, the DEALER socket … SHALL discard any messages it contains.",
        of: "DEALER",
      },
      {
        id: "28/dealer/8",
        level: "SHOULD",
        text: "SHOULD constrain incoming and outgoing queue sizes to a runtime-configurable limit.",
        of: "DEALER",
      },
      {
        id: "28/dealer/9",
        level: "SHALL",
        text: "SHALL consider a peer as available only when it has a outgoing queue that is not full.",
        of: "DEALER",
      },
      {
        id: "28/dealer/10",
        level: "SHALL",
        text: "SHALL route outgoing messages to available peers using a round-robin strategy.",
        of: "DEALER",
      },
      {
        id: "28/dealer/11",
        level: "SHALL",
        text: "SHALL block on sending, or return a suitable error, when it has no available peers.",
        of: "DEALER",
      },
      {
        id: "28/dealer/12",
        level: "SHALL NOT",
        text: "SHALL not accept further messages when it has no available peers.",
        of: "DEALER",
      },
      {
        id: "28/dealer/13",
        level: "SHALL NOT",
        text: "SHALL NOT discard messages that it cannot queue.",
        of: "DEALER",
      },
      {
        id: "28/dealer/14",
        level: "SHALL",
        text: "SHALL receive incoming messages from its peers using a fair-queuing strategy.",
        of: "DEALER",
      },
      {
        id: "28/dealer/15",
        level: "SHALL",
        text: "SHALL deliver these to its calling application.",
        of: "DEALER",
      },
    ]),
    ...under("The ROUTER Socket Type", [
      {
        id: "28/router/1",
        level: "SHALL",
        text:
          "SHALL maintain a double queue for each connected peer, allowing outgoing and incoming " +
          "messages to be queued independently.",
        of: "ROUTER",
      },
      {
        id: "28/router/2",
        level: "SHALL",
        text: "SHALL create a double queue when initiating an outgoing connection to a peer",
        of: "ROUTER",
        unobservable:
          "Until the peer has told its identity nothing can be addressed to the queue, " +
          "and nothing comes in.",
      },
      {
        id: "28/router/3",
        level: "SHALL",
        text: "SHALL maintain the double queue whether or not the connection is established.",
        of: "ROUTER",
      },
      {
        id: "28/router/4",
        level: "SHALL",
        text: "SHALL create a double queue when a peer connects to it.",
        of: "ROUTER",
      },
      {
        id: "28/router/5",
        level: "SHALL",
        text: "If this peer disconnects, the ROUTER socket SHALL destroy its double queue",
        of: "ROUTER",
      },
      {
        id: "28/router/6",
        level: "SHALL",
        text: "If this peer disconnects, the ROUTER socket … SHALL discard any messages it contains.",
        of: "ROUTER",
      },
      {
        id: "28/router/7",
        level: "SHALL",
        text: 'SHALL identify each double queue using a unique "identity" binary string.',
        of: "ROUTER",
      },
      {
        id: "28/router/8",
        level: "SHOULD",
        text:
          "SHOULD allow the peer to specify its identity explicitly through the Identity metadata " +
          "property.",
        of: "ROUTER",
      },
      {
        id: "28/router/9",
        level: "SHOULD",
        text: "SHOULD constrain incoming and outgoing queue sizes to a runtime-configurable limit.",
        of: "ROUTER",
      },
      {
        id: "28/router/10",
        level: "SHALL",
        text: "SHALL receive incoming messages from its peers using a fair-queuing strategy.",
        of: "ROUTER",
      },
      {
        id: "28/router/11",
        level: "SHALL",
        text:
          "SHALL prefix each incoming message with a frame containing the identity of the " +
          "originating double queue.",
        of: "ROUTER",
      },
      {
        id: "28/router/12",
        level: "SHALL",
        text: "SHALL deliver the resulting messages to its calling application.",
        of: "ROUTER",
      },
      {
        id: "28/router/13",
        level: "SHALL",
        text:
          "SHALL remove the first frame from each outgoing message and use this as the identity " +
          "of a double queue.",
        of: "ROUTER",
      },
      {
        id: "28/router/14",
        level: "SHALL",
        text: "SHALL route the message to the outgoing queue if that queue exists, and has space.",
        of: "ROUTER",
      },
      {
        id: "28/router/15",
        level: "SHALL",
        text:
          "SHALL either silently drop the message, or return an error, depending on " +
          "configuration, if the queue does not exist, or is full.",
        of: "ROUTER",
      },
      { id: "28/router/16", level: "SHALL NOT", text: "SHALL NOT block on sending.", of: "ROUTER" },
    ]),
  ],
}
