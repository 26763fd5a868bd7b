/**
 * The clauses of 27/ZAP: what a server asks a handler about a client, and what it is answered. Many clauses
 * bind the handler, which is an application's and no part of a peer.
 */
import { under, type Specification } from "./clause.js"

const HANDLER =
  "Binds the handler, which is the application's and not the peer's: what showed of it would be the " +
  "test's own."

export const rfc27: Specification = {
  rfc: 27,
  name: "ZAP",
  url: "https://rfc.zeromq.org/spec/27/",
  clauses: [
    ...under("Architecture", [
      {
        id: "27/architecture/1",
        level: "SHALL",
        text:
          "The server and handler SHALL communicate using the following socket types and " +
          "transports: … The server SHALL use a REQ or DEALER socket.",
        of: "server",
      },
      {
        id: "27/architecture/2",
        level: "SHALL",
        text: "The handler SHALL use a REP or ROUTER socket.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/architecture/3",
        level: "SHALL",
        text: 'The handler SHALL bind to the endpoint "inproc://zeromq.zap.01".',
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/architecture/4",
        level: "SHALL",
        text: "The server SHALL connect to this endpoint.",
        of: "server",
      },
      {
        id: "27/architecture/5",
        level: "SHALL",
        text: "There SHALL be one handler in a process.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/architecture/6",
        level: "SHALL",
        text: "The handler SHALL start before any server starts.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
    ]),
    ...under("Message Format", [
      {
        id: "27/format/1",
        level: "SHALL",
        text: "An authentication dialog SHALL consist of one request from a server to the handler",
        of: "server",
      },
      {
        id: "27/format/2",
        level: "SHALL",
        text:
          "An authentication dialog SHALL consist of … one reply from the handler back to the " + "server.",
        of: "ZAP handler",
      },
      {
        id: "27/format/3",
        level: "SHALL",
        text: "The request message SHALL consist of the following message frames",
        of: "server",
      },
      {
        id: "27/format/4",
        level: "SHALL",
        text: "The request message … An address delimiter frame, which SHALL have a length of zero.",
        of: "server",
      },
      {
        id: "27/format/5",
        level: "SHALL",
        text: 'The request message … The version frame, which SHALL contain the three octets "1.0".',
        of: "server",
      },
      {
        id: "27/format/6",
        level: "SHALL",
        text: "The domain, which SHALL contain a (non-empty) string.",
        of: "server",
      },
      {
        id: "27/format/7",
        level: "SHALL",
        text: "The mechanism, which SHALL contain a string.",
        of: "server",
      },
      {
        id: "27/format/8",
        level: "SHALL",
        text: "The credentials, which SHALL be zero or more opaque frames.",
        of: "server",
      },
      // The clauses of the reply bind the handler, which is the application's. What shows of them is that a
      // server does not take another reply for a success.
      {
        id: "27/format/9",
        level: "SHALL",
        text: "The reply message SHALL consist of the following message frames",
        of: "ZAP handler",
      },
      {
        id: "27/format/10",
        level: "SHALL",
        text: "The reply message … An address delimiter frame, which SHALL have a length of zero.",
        of: "ZAP handler",
      },
      {
        id: "27/format/11",
        level: "SHALL",
        text: 'The reply message … The version frame, which SHALL contain the three octets "1.0".',
        of: "ZAP handler",
      },
      {
        id: "27/format/12",
        level: "SHALL",
        text: "The status code, which SHALL contain a string.",
        of: "ZAP handler",
      },
      // And yet it is empty for any status but 200, and may be for 200 (below).
      {
        id: "27/format/13",
        level: "SHALL",
        text: "The user id, which SHALL contain a string.",
        of: "ZAP handler",
      },
      {
        id: "27/format/14",
        level: "SHALL",
        text: "The reply SHALL echo the request id without modifying it.",
        of: "ZAP handler",
      },
      {
        id: "27/format/15",
        level: "SHALL",
        text: "It SHALL be an IPv4 dotted string, or an IPv6 canonical string representation.",
        of: "server",
      },
      {
        id: "27/format/16",
        level: "SHALL",
        text: "It SHALL be a binary string no longer than 255 bytes.",
        of: "server",
      },
      { id: "27/format/17", level: "SHALL NOT", text: "The mechanism SHALL NOT be empty.", of: "server" },
      // The two that follow are written in lower case, and meant.
      {
        id: "27/format/18",
        level: "SHALL",
        text:
          'status code: this shall be "200" to indicate success, "300" to indicate a temporary ' +
          'error, "400" to indicate authentication failure, and "500" to indicate an internal error ' +
          "(system failure).",
        of: "ZAP handler",
      },
      {
        id: "27/format/19",
        level: "SHALL",
        text: "status text: this shall be a text that further explains the status",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/format/20",
        level: "SHALL",
        text: "user id: … For other statuses, it SHALL be empty.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/format/21",
        level: "SHALL",
        text: "The metadata SHALL use the ZMTP 3.0 format",
        of: "ZAP handler",
      },
      {
        id: "27/format/22",
        level: "MUST",
        text: "name = OCTET 1*name-char",
        of: "ZAP handler",
        source: "grammar",
      },
      {
        id: "27/format/23",
        level: "MUST",
        text: "value = 4OCTET *OCTET",
        of: "ZAP handler",
        source: "grammar",
      },
      {
        id: "27/format/24",
        level: "MUST",
        text: "All string fields are at most 255 characters and are ASCII only.",
        of: "server",
        source: "grammar",
      },
    ]),
    ...under("Socket Types", [
      {
        id: "27/socket-types/1",
        level: "SHALL NOT",
        text: "When using a REQ socket, the server SHALL not send nor receive an address delimiter.",
        of: "server",
        unobservable:
          "A request with an envelope of a REQ socket and one of a DEALER socket are the " +
          "same to the handler.",
      },
      {
        id: "27/socket-types/2",
        level: "SHALL NOT",
        text: "When using a REP socket, the handler SHALL not send nor receive an address delimiter.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/socket-types/3",
        level: "SHALL",
        text:
          "When using a ROUTER socket, the handler SHALL receive an extra frame indicating the " +
          "routing ID of the peer that sent it the request.",
        of: "ZAP handler",
      },
      {
        id: "27/socket-types/4",
        level: "MUST",
        text: "The handler MUST send this routing ID frame at the start of its reply message.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
    ]),
    ...under("Proxy Handlers", [
      {
        id: "27/proxies/1",
        level: "SHOULD",
        text:
          "In a proxy architecture the handler SHOULD forward ZAP messages with no modifications " + "except",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/proxies/2",
        level: "MUST",
        text: "The handler MUST use a ROUTER socket for talking to servers.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/proxies/3",
        level: "MUST",
        text:
          "The handler MUST send the whole received message (including the first routing ID " +
          "frame) on to external handlers.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/proxies/4",
        level: "MUST",
        text:
          "a terminal (non-proxy) handler that deals with an unknown number of intermediaries " +
          "between it and the servers MUST accept an address envelope consisting of N routing ID frames " +
          "followed by an empty address delimiter frame.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/proxies/5",
        level: "MUST",
        text: "It MUST save this envelope before processing the request",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/proxies/6",
        level: "MUST",
        text: "and MUST send the same envelope back with the reply.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
    ]),
    ...under("The NULL Mechanism", [
      {
        id: "27/null/1",
        level: "SHALL",
        text: 'The mechanism SHALL be the 4 characters "NULL".',
        of: "server",
      },
      { id: "27/null/2", level: "SHALL", text: "There SHALL be no credentials frames.", of: "server" },
    ]),
    ...under("The PLAIN Mechanism", [
      {
        id: "27/plain/1",
        level: "SHALL",
        text: 'The mechanism SHALL be the 5 characters "PLAIN".',
        of: "server",
      },
      {
        id: "27/plain/2",
        level: "SHALL",
        text: "The credentials SHALL consist of two string frames: a username and a password.",
        of: "server",
      },
    ]),
    ...under("The CURVE Mechanism", [
      {
        id: "27/curve/1",
        level: "SHALL",
        text: 'The mechanism SHALL be the 5 characters "CURVE".',
        of: "server",
      },
      {
        id: "27/curve/2",
        level: "SHALL",
        text:
          "The credentials SHALL consist of a 32-byte long-term public key of the peer being " +
          "authenticated.",
        of: "server",
      },
    ]),
    ...under("Example of NULL Authentication", [
      {
        id: "27/example/1",
        level: "SHALL NOT",
        text: "If the server application uses a REQ socket, it SHALL NOT send the delimiter frame.",
        of: "server",
        unobservable:
          "A request with an envelope of a REQ socket and one of a DEALER socket are the " +
          "same to the handler.",
      },
      {
        id: "27/example/2",
        level: "SHALL",
        text: "If it uses a DEALER socket, it SHALL send the delimiter frame.",
        of: "server",
      },
      // "The server application" is an erratum: whoever has a REP or ROUTER socket here is the handler.
      {
        id: "27/example/3",
        level: "SHALL NOT",
        text:
          "If the server application uses a REP socket, it SHALL NOT receive nor send the " +
          "delimiter frame.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      {
        id: "27/example/4",
        level: "SHALL",
        text: "If it uses a ROUTER socket, it SHALL receive and send the delimiter frame",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
      // Lower case, and meant.
      {
        id: "27/example/5",
        level: "SHALL",
        text: "and shall additionally receive and send an routing ID frame before the delimiter " + "frame.",
        of: "ZAP handler",
        unobservable: HANDLER,
      },
    ]),
  ],
}
