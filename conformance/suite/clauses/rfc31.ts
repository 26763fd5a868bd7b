/**
 * The clauses of 31/EXPAIR: PAIR.
 */
import { under, type Specification } from "./clause.js"

export const rfc31: Specification = {
  rfc: 31,
  name: "Exclusive Pair",
  url: "https://rfc.zeromq.org/spec/31/",
  clauses: [
    ...under("Goals", [
      {
        id: "31/goals/1",
        level: "SHOULD",
        text: "Conforming implementations of this socket type SHOULD respect this specification",
      },
    ]),
    ...under("The PAIR Socket Type", [
      {
        id: "31/pair/1",
        level: "SHALL NOT",
        text: "SHALL not filter or modify outgoing or incoming messages in any way.",
        of: "PAIR",
      },
      {
        id: "31/pair/2",
        level: "SHALL",
        text:
          "SHALL maintain a double queue for its peer, allowing outgoing and incoming messages to " +
          "be queued independently.",
        of: "PAIR",
      },
      {
        id: "31/pair/3",
        level: "SHALL",
        text: "SHALL create a double queue when initiating an outgoing connection to a peer",
        of: "PAIR",
      },
      {
        id: "31/pair/4",
        level: "SHALL",
        text: "SHALL maintain the double queue whether or not the connection is established.",
        of: "PAIR",
      },
      {
        id: "31/pair/5",
        level: "SHALL",
        text: "SHALL create a double queue when a peer connects to it.",
        of: "PAIR",
      },
      {
        id: "31/pair/6",
        level: "SHALL",
        text: "If this peer disconnects, the PAIR socket SHALL destroy its double queue",
        of: "PAIR",
      },
      {
        id: "31/pair/7",
        level: "SHALL",
        text: "If this peer disconnects, the PAIR socket … SHALL discard any messages it contains.",
        of: "PAIR",
      },
      {
        id: "31/pair/8",
        level: "SHOULD",
        text: "SHOULD constrain incoming and outgoing queue sizes to a runtime-configurable limit.",
        of: "PAIR",
      },
      {
        id: "31/pair/9",
        level: "SHALL",
        text: "SHALL consider its peer as available only when it has a outgoing queue that is not " + "full.",
        of: "PAIR",
      },
      {
        id: "31/pair/10",
        level: "SHALL",
        text: "SHALL block on sending, or return a suitable error, when it has no available peer.",
        of: "PAIR",
      },
      {
        id: "31/pair/11",
        level: "SHALL NOT",
        text: "SHALL not accept further messages when it has no available peer.",
        of: "PAIR",
      },
      {
        id: "31/pair/12",
        level: "SHALL NOT",
        text: "SHALL NOT discard messages that it cannot queue.",
        of: "PAIR",
      },
      {
        id: "31/pair/13",
        level: "SHALL",
        text: "SHALL receive incoming messages from its single peer if it has one.",
        of: "PAIR",
      },
      {
        id: "31/pair/14",
        level: "SHALL",
        text: "SHALL deliver these to its calling application.",
        of: "PAIR",
      },
    ]),
  ],
}
