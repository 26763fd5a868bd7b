/**
 * The clauses of 24/ZMTP-PLAIN: user names and passwords in clear text.
 */
import { under, type Specification } from "./clause.js"

export const rfc24: Specification = {
  rfc: 24,
  name: "ZMTP-PLAIN",
  url: "https://rfc.zeromq.org/spec/24/",
  clauses: [
    ...under("Goals", [
      {
        id: "24/goals/1",
        level: "SHOULD NOT",
        text:
          "The PLAIN mechanism … SHOULD NOT be used on public infrastructure without " +
          "transport-level security (e.g. over a VPN).",
        of: "whoever deploys a peer",
        unobservable: "Binds whoever deploys a peer: a peer cannot know what network it is on.",
      },
    ]),
    ...under("Implementation", [
      // No keyword but MAY stands in this section: its prose and its grammar are the demands. Its last
      // paragraph, that names have 8 characters and are padded with spaces, contradicts the grammar, which
      // has a length before the name.
      {
        id: "24/implementation/1",
        level: "MUST",
        text:
          "The PLAIN mechanism uses the greeting as-server field to identify which peer is " +
          '"client" and which peer is "server".',
        source: "grammar",
      },
      {
        id: "24/implementation/2",
        level: "MUST",
        text: "The client authenticates itself to the server by sending a HELLO command.",
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/3",
        level: "MUST",
        text:
          "The server accepts or rejects this authentication. If it accepts it, it replies with a " +
          "WELCOME command.",
        of: "server",
        source: "grammar",
      },
      {
        id: "24/implementation/4",
        level: "MUST",
        text: "Otherwise, it closes the connection.",
        of: "server",
        source: "grammar",
      },
      {
        id: "24/implementation/5",
        level: "MUST",
        text: "The client then sends an INITIATE command",
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/6",
        level: "MUST",
        text: "an INITIATE command, which the server parses and validates.",
        of: "server",
        source: "grammar",
      },
      {
        id: "24/implementation/7",
        level: "MUST",
        text: "The server responds with a READY command.",
        of: "server",
        source: "grammar",
      },
      {
        id: "24/implementation/8",
        level: "MUST",
        text:
          "plain = C:hello ( S:welcome | S:error ) C:initiate ( S:ready | S:error ) *( C:message " +
          "| S:message )",
        source: "grammar",
      },
      {
        id: "24/implementation/9",
        level: "MUST",
        text: 'hello = command-size %d5 "HELLO" username password',
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/10",
        level: "MUST",
        text: "username = OCTET *VCHAR",
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/11",
        level: "MUST",
        text: "password = OCTET *VCHAR",
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/12",
        level: "MUST",
        text: 'welcome = command-size %d7 "WELCOME"',
        of: "server",
        source: "grammar",
      },
      {
        id: "24/implementation/13",
        level: "MUST",
        text: 'initiate = command-size %d8 "INITIATE" metadata',
        of: "client",
        source: "grammar",
      },
      {
        id: "24/implementation/14",
        level: "MUST",
        text: 'ready = command-size %d5 "READY" metadata',
        of: "server",
        source: "grammar",
      },
    ]),
  ],
}
