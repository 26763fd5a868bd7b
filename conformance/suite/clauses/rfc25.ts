/**
 * The clauses of 25/ZMTP-CURVE: that CURVE is 26/CURVEZMQ, and which of two peers is the server.
 */
import { under, type Specification } from "./clause.js"

export const rfc25: Specification = {
  rfc: 25,
  name: "ZMTP-CURVE",
  url: "https://rfc.zeromq.org/spec/25/",
  clauses: [
    ...under("Implementation", [
      // No keyword stands in this RFC beyond its preamble. Its last paragraph, that names have 8 characters
      // and are padded with spaces, contradicts the grammar of 26/CURVEZMQ, which has a length before the
      // name.
      {
        id: "25/implementation/1",
        level: "MUST",
        text:
          "The CURVE mechanism uses the greeting as-server field to identify which peer is " +
          '"client" and which peer is "server".',
        source: "grammar",
      },
      {
        id: "25/implementation/2",
        level: "MUST",
        text: "The mechanism starts with a HELLO command from client to server",
        of: "client",
        source: "grammar",
      },
      {
        id: "25/implementation/3",
        level: "MUST",
        text:
          "and continues with a handshake until each party has authenticated the other and is " +
          "ready to send confidential information.",
        source: "grammar",
      },
    ]),
  ],
}
