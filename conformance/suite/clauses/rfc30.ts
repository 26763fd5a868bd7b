/**
 * The clauses of 30/PIPELINE: PUSH and PULL.
 */
import { under, type Specification } from "./clause.js"

export const rfc30: Specification = {
  rfc: 30,
  name: "Pipeline",
  url: "https://rfc.zeromq.org/spec/30/",
  clauses: [
    ...under("Goals", [
      {
        id: "30/goals/1",
        level: "SHOULD",
        text: "Conforming implementations of these sockets SHOULD respect this specification",
      },
    ]),
    ...under("The PUSH Socket Type", [
      { id: "30/push/1", level: "SHALL", text: "and SHALL only send messages.", of: "PUSH" },
      {
        id: "30/push/2",
        level: "SHALL NOT",
        text: "SHALL not filter or modify outgoing messages in any way.",
        of: "PUSH",
      },
      {
        id: "30/push/3",
        level: "SHALL",
        text: "SHALL maintain an outgoing message queue for each connected peer.",
        of: "PUSH",
      },
      {
        id: "30/push/4",
        level: "SHALL",
        text: "SHALL create this queue when initiating an outgoing connection to a peer",
        of: "PUSH",
      },
      {
        id: "30/push/5",
        level: "SHALL",
        text: "SHALL maintain the queue whether or not the connection is established.",
        of: "PUSH",
      },
      {
        id: "30/push/6",
        level: "SHALL",
        text: "SHALL create this queue when a peer connects to it.",
        of: "PUSH",
      },
      {
        id: "30/push/7",
        level: "SHALL",
        text: "If this peer disconnects, the PUSH socket SHALL destroy its queue",
        of: "PUSH",
      },
      {
        id: "30/push/8",
        level: "SHALL",
        text: "If this peer disconnects, the PUSH socket … SHALL discard any messages it contains.",
        of: "PUSH",
      },
      {
        id: "30/push/9",
        level: "SHOULD",
        text: "SHOULD constrain queue sizes to a runtime-configurable limit.",
        of: "PUSH",
      },
      {
        id: "30/push/10",
        level: "SHALL",
        text: "SHALL consider a peer as available only when it has a outgoing queue that is not full.",
        of: "PUSH",
      },
      {
        id: "30/push/11",
        level: "SHALL",
        text: "SHALL route outgoing messages to available peers using a round-robin strategy.",
        of: "PUSH",
      },
      {
        id: "30/push/12",
        level: "SHALL",
        text: "SHALL block on sending, or return a suitable error, when it has no available peers.",
        of: "PUSH",
      },
      {
        id: "30/push/13",
        level: "SHALL NOT",
        text: "SHALL not accept further messages when it has no available peers.",
        of: "PUSH",
      },
      {
        id: "30/push/14",
        level: "SHALL NOT",
        text: "SHALL NOT discard messages that it cannot queue.",
        of: "PUSH",
      },
    ]),
    ...under("The PULL Socket Type", [
      { id: "30/pull/1", level: "SHALL", text: "and SHALL only receive messages.", of: "PULL" },
      {
        id: "30/pull/2",
        level: "SHALL NOT",
        text: "SHALL not filter or modify incoming messages in any way.",
        of: "PULL",
      },
      {
        id: "30/pull/3",
        level: "SHALL",
        text: "SHALL maintain an incoming queue for each connected peer.",
        of: "PULL",
      },
      {
        id: "30/pull/4",
        level: "SHALL",
        text: "SHALL create this queue when initiating an outgoing connection to a peer",
        of: "PULL",
        unobservable:
          "Nothing can come in before there is a connection: an empty queue and none are " + "the same.",
      },
      {
        id: "30/pull/5",
        level: "SHALL",
        text: "SHALL maintain the queue whether or not the connection is established.",
        of: "PULL",
      },
      {
        id: "30/pull/6",
        level: "SHALL",
        text: "SHALL create this queue when a peer connects to it.",
        of: "PULL",
      },
      {
        id: "30/pull/7",
        level: "SHALL",
        text: "If this peer disconnects, the PULL socket SHALL destroy its queue",
        of: "PULL",
        unobservable:
          "To have no queue and to have an empty one are the same; that the messages go " +
          "is the next clause.",
      },
      // libzmq delivers what has come from a peer that left since, and so do those that follow it.
      {
        id: "30/pull/8",
        level: "SHALL",
        text: "If this peer disconnects, the PULL socket … SHALL discard any messages it contains.",
        of: "PULL",
      },
      {
        id: "30/pull/9",
        level: "SHOULD",
        text: "SHOULD constrain incoming queue sizes to a runtime-configurable limit.",
        of: "PULL",
      },
      {
        id: "30/pull/10",
        level: "SHALL",
        text: "SHALL receive incoming messages from its peers using a fair-queuing strategy.",
        of: "PULL",
      },
      {
        id: "30/pull/11",
        level: "SHALL",
        text: "SHALL deliver these to its calling application.",
        of: "PULL",
      },
    ]),
  ],
}
