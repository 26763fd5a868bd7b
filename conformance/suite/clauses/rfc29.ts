/**
 * The clauses of 29/PUBSUB: PUB, XPUB, SUB and XSUB.
 */
import { under, type Specification } from "./clause.js"

const EMPTY =
  "To have no queue and to have an empty one are the same; that the messages go is the next clause."

export const rfc29: Specification = {
  rfc: 29,
  name: "Publish-Subscribe",
  url: "https://rfc.zeromq.org/spec/29/",
  clauses: [
    ...under("Goals", [
      {
        id: "29/goals/1",
        level: "SHOULD",
        text: "Conforming implementations of these sockets SHOULD respect this specification",
      },
    ]),
    ...under("The PUB Socket Type", [
      { id: "29/pub/1", level: "SHALL", text: "and SHALL only send messages.", of: "PUB" },
      {
        id: "29/pub/2",
        level: "SHALL",
        text: "SHALL maintain a single outgoing message queue for each connected subscriber.",
        of: "PUB",
      },
      {
        id: "29/pub/3",
        level: "SHALL",
        text: "SHALL create a queue when initiating an outgoing connection to a subscriber",
        of: "PUB",
        unobservable:
          "What a subscriber wants is told on the connection, so that nothing is queued " +
          "before there is one.",
      },
      {
        id: "29/pub/4",
        level: "SHALL",
        text: "SHALL maintain the queue whether or not the connection is established.",
        of: "PUB",
      },
      {
        id: "29/pub/5",
        level: "SHALL",
        text: "SHALL create a queue when a subscriber connects to it.",
        of: "PUB",
      },
      {
        id: "29/pub/6",
        level: "SHALL",
        text: "If this subscriber disconnects, the PUB socket SHALL destroy its queue",
        of: "PUB",
        unobservable: EMPTY,
      },
      {
        id: "29/pub/7",
        level: "SHALL",
        text: "If this subscriber disconnects, the PUB socket … SHALL discard any messages it " + "contains.",
        of: "PUB",
      },
      {
        id: "29/pub/8",
        level: "SHOULD",
        text: "SHOULD constrain queue sizes to a runtime-configurable limit.",
        of: "PUB",
      },
      {
        id: "29/pub/9",
        level: "SHALL",
        text: "SHALL silently discard any messages that subscribers send it.",
        of: "PUB",
      },
      {
        id: "29/pub/10",
        level: "SHALL NOT",
        text: "SHALL not modify outgoing messages in any way.",
        of: "PUB",
      },
      {
        id: "29/pub/11",
        level: "SHALL",
        text:
          "SHALL perform a binary comparison of the subscription against the start of the first " +
          "frame of the message.",
        of: "PUB",
      },
      {
        id: "29/pub/12",
        level: "SHALL",
        text: "SHALL silently drop the message if the queue for a subscriber is full.",
        of: "PUB",
      },
      { id: "29/pub/13", level: "SHALL NOT", text: "SHALL NOT block on sending.", of: "PUB" },
      {
        id: "29/pub/14",
        level: "SHALL",
        text:
          "SHALL receive subscribe and unsubscribe requests from subscribers depending on the " +
          "transport protocol used.",
        of: "PUB",
      },
      {
        id: "29/pub/15",
        level: "SHALL NOT",
        text: "SHALL NOT deliver these commands to its calling application.",
        of: "PUB",
      },
    ]),
    ...under("The XPUB Socket Type", [
      {
        id: "29/xpub/1",
        level: "SHALL",
        text:
          "SHALL maintain a double queue for each connected subscriber, allowing outgoing and " +
          "incoming messages to be queued independently.",
        of: "XPUB",
      },
      {
        id: "29/xpub/2",
        level: "SHALL",
        text: "SHALL create a double queue when initiating an outgoing connection to a subscriber",
        of: "XPUB",
        unobservable:
          "What a subscriber wants is told on the connection, so that nothing is queued " +
          "before there is one.",
      },
      {
        id: "29/xpub/3",
        level: "SHALL",
        text: "SHALL maintain the double queue whether or not the connection is established.",
        of: "XPUB",
      },
      {
        id: "29/xpub/4",
        level: "SHALL",
        text: "SHALL create a double queue when a subscriber connects to it.",
        of: "XPUB",
      },
      {
        id: "29/xpub/5",
        level: "SHALL",
        text: "If this subscriber disconnects, the XPUB socket SHALL destroy its double queue",
        of: "XPUB",
        unobservable: EMPTY,
      },
      {
        id: "29/xpub/6",
        level: "SHALL",
        text:
          "If this subscriber disconnects, the XPUB socket … SHALL discard any messages it " + "contains.",
        of: "XPUB",
      },
      {
        id: "29/xpub/7",
        level: "SHOULD",
        text: "SHOULD constrain incoming and outgoing queue sizes to a runtime-configurable limit.",
        of: "XPUB",
      },
      {
        id: "29/xpub/8",
        level: "SHALL NOT",
        text: "SHALL not modify outgoing messages in any way.",
        of: "XPUB",
      },
      {
        id: "29/xpub/9",
        level: "SHALL",
        text:
          "SHALL perform a binary comparison of the subscription against the start of the first " +
          "frame of the message.",
        of: "XPUB",
      },
      {
        id: "29/xpub/10",
        level: "SHALL",
        text: "SHALL silently drop the message if the queue for a subscriber is full.",
        of: "XPUB",
      },
      { id: "29/xpub/11", level: "SHALL NOT", text: "SHALL NOT block on sending.", of: "XPUB" },
      {
        id: "29/xpub/12",
        level: "SHALL",
        text: "SHALL receive incoming messages from its subscribers using a fair-queuing strategy.",
        of: "XPUB",
      },
      {
        id: "29/xpub/13",
        level: "SHALL",
        text: "SHALL deliver these messages to its calling application.",
        of: "XPUB",
      },
      {
        id: "29/xpub/14",
        level: "SHALL",
        text:
          "SHALL receive subscribe and unsubscribe requests from subscribers depending on the " +
          "transport protocol used.",
        of: "XPUB",
      },
      {
        id: "29/xpub/15",
        level: "SHALL",
        text: "SHALL deliver these commands to its calling application.",
        of: "XPUB",
      },
      {
        id: "29/xpub/16",
        level: "SHALL",
        text:
          "SHALL, if the subscriber peer disconnects prematurely, generate a suitable unsubscribe " +
          "request for the calling application.",
        of: "XPUB",
      },
    ]),
    ...under("The SUB Socket Type", [
      { id: "29/sub/1", level: "SHALL", text: "and SHALL only receive messages.", of: "SUB" },
      {
        id: "29/sub/2",
        level: "SHALL",
        text: "SHALL maintain a single incoming message queue for each connected publisher.",
        of: "SUB",
      },
      {
        id: "29/sub/3",
        level: "SHALL",
        text: "SHALL create a queue when initiating an outgoing connection to a publisher",
        of: "SUB",
        unobservable:
          "Nothing can come in before there is a connection: an empty queue and none are " + "the same.",
      },
      {
        id: "29/sub/4",
        level: "SHALL",
        text: "SHALL maintain the queue whether or not the connection is established.",
        of: "SUB",
      },
      {
        id: "29/sub/5",
        level: "SHALL",
        text: "SHALL create a queue when a publisher connects to it.",
        of: "SUB",
      },
      {
        id: "29/sub/6",
        level: "SHALL",
        text: "If this publisher disconnects, the SUB socket SHALL destroy its queue",
        of: "SUB",
        unobservable: EMPTY,
      },
      // libzmq delivers what has come from a peer that left since, and so do those that follow it.
      {
        id: "29/sub/7",
        level: "SHALL",
        text: "If this publisher disconnects, the SUB socket … SHALL discard any messages it " + "contains.",
        of: "SUB",
      },
      {
        id: "29/sub/8",
        level: "SHOULD",
        text: "SHOULD constrain queue sizes to a runtime-configurable limit.",
        of: "SUB",
      },
      {
        id: "29/sub/9",
        level: "SHALL",
        text: "SHALL silently discard messages if the queue for a publisher is full.",
        of: "SUB",
      },
      {
        id: "29/sub/10",
        level: "SHALL",
        text: "SHALL receive incoming messages from its publishers using a fair-queuing strategy.",
        of: "SUB",
      },
      {
        id: "29/sub/11",
        level: "SHALL NOT",
        text: "SHALL not modify incoming messages in any way.",
        of: "SUB",
      },
      {
        id: "29/sub/12",
        level: "SHALL",
        text: "SHALL deliver messages to its calling application.",
        of: "SUB",
      },
    ]),
    ...under("The XSUB Socket Type", [
      {
        id: "29/xsub/1",
        level: "SHALL",
        text:
          "SHALL maintain a double queue for each connected publisher, allowing outgoing and " +
          "incoming messages to be queued independently.",
        of: "XSUB",
      },
      {
        id: "29/xsub/2",
        level: "SHALL",
        text: "SHALL create a double queue when initiating an outgoing connection to a publisher",
        of: "XSUB",
      },
      {
        id: "29/xsub/3",
        level: "SHALL",
        text: "SHALL maintain the double queue whether or not the connection is established.",
        of: "XSUB",
      },
      {
        id: "29/xsub/4",
        level: "SHALL",
        text: "SHALL create a double queue when a publisher connects to it.",
        of: "XSUB",
      },
      {
        id: "29/xsub/5",
        level: "SHALL",
        text: "If this publisher disconnects, the XSUB socket SHALL destroy its double queue",
        of: "XSUB",
        unobservable: EMPTY,
      },
      {
        id: "29/xsub/6",
        level: "SHALL",
        text: "If this publisher disconnects, the XSUB socket … SHALL discard any messages it " + "contains.",
        of: "XSUB",
      },
      {
        id: "29/xsub/7",
        level: "SHOULD",
        text: "SHOULD constrain incoming and outgoing queue sizes to a runtime-configurable limit.",
        of: "XSUB",
      },
      {
        id: "29/xsub/8",
        level: "SHALL NOT",
        text: "SHALL not modify incoming messages in any way.",
        of: "XSUB",
      },
      {
        id: "29/xsub/9",
        level: "SHALL",
        text: "SHALL silently discard messages if the incoming queue for a publisher is full.",
        of: "XSUB",
      },
      {
        id: "29/xsub/10",
        level: "SHALL",
        text: "SHALL receive incoming messages from its publishers using a fair-queuing strategy.",
        of: "XSUB",
      },
      {
        id: "29/xsub/11",
        level: "SHALL",
        text: "SHALL deliver messages to its calling application.",
        of: "XSUB",
      },
      {
        id: "29/xsub/12",
        level: "SHALL NOT",
        text: "SHALL not modify outgoing messages in any way.",
        of: "XSUB",
      },
      {
        id: "29/xsub/13",
        level: "SHALL",
        text: "SHALL send all messages to all connected publishers.",
        of: "XSUB",
      },
      {
        id: "29/xsub/14",
        level: "SHALL",
        text: "SHALL silently drop the message if the outgoing queue for a publisher is full.",
        of: "XSUB",
      },
      { id: "29/xsub/15", level: "SHALL NOT", text: "SHALL NOT block on sending.", of: "XSUB" },
      {
        id: "29/xsub/16",
        level: "SHALL",
        text: "SHALL accept subscription commands from its calling application.",
        of: "XSUB",
      },
      {
        id: "29/xsub/17",
        level: "SHALL",
        text:
          "SHALL send subscribe and unsubscribe requests to publishers depending on the transport " +
          "protocol used.",
        of: "XSUB",
      },
      {
        id: "29/xsub/18",
        level: "SHOULD",
        text:
          "When closing a connection to a publisher SHOULD send unsubscribe requests for all " +
          "subscriptions.",
        of: "XSUB",
      },
    ]),
  ],
}
