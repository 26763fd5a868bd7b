/**
 * The clauses of 26/CURVEZMQ: the handshake and the boxes of CURVE. What it tells of CurveCP, its model, is
 * no demand.
 */
import { under, type Specification } from "./clause.js"

export const rfc26: Specification = {
  rfc: 26,
  name: "CurveZMQ",
  url: "https://rfc.zeromq.org/spec/26/",
  clauses: [
    ...under("General Design", [
      {
        id: "26/design/1",
        level: "SHALL",
        text: "To reject a client connection explicitly, a server SHALL send an ERROR command",
        of: "server",
      },
      {
        id: "26/design/2",
        level: "SHALL NOT",
        text:
          "This is considered a hard error, and the client SHALL NOT try to reconnect using the " +
          "same credentials.",
        of: "client",
      },
      {
        id: "26/design/3",
        level: "SHALL NOT",
        text: "A client peer SHALL NOT send ERROR to the server.",
        of: "client",
      },
      {
        id: "26/design/4",
        level: "MUST",
        text:
          "In a CurveZMQ architecture, the clients MUST know the server public key before they " +
          "can connect.",
        of: "client",
        unobservable:
          "Without the key there is no CURVE client to open; a HELLO made for another key " +
          "is judged with the HELLO command.",
      },
    ]),
    ...under("High-level Grammar", [
      {
        id: "26/grammar/1",
        level: "MUST",
        text: "curvezmq = C:hello ( S:welcome | S:error ) C:initiate ( S:ready | S:error ) *message",
        source: "grammar",
      },
      {
        id: "26/grammar/2",
        level: "MUST",
        text: 'hello = %d5 "HELLO" hello-version hello-padding hello-client hello-nonce hello-box',
        of: "client",
        source: "grammar",
      },
      // 72 octets, and not the 70 of §The HELLO Command, make the 200 that both have.
      { id: "26/grammar/3", level: "MUST", text: "hello-padding = 72%x00", of: "client", source: "grammar" },
      {
        id: "26/grammar/4",
        level: "MUST",
        text: 'welcome = %d7 "WELCOME" welcome-nonce welcome-box',
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/5",
        level: "MUST",
        text: "welcome-box = 144OCTET ; Box [S' + cookie](S->C')",
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/6",
        level: "MUST",
        text: "cookie = cookie-nonce cookie-box",
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/7",
        level: "MUST",
        text: 'initiate = %d8 "INITIATE" initiate-cookie initiate-nonce initiate-box',
        of: "client",
        source: "grammar",
      },
      {
        id: "26/grammar/8",
        level: "MUST",
        text: "initiate-box = 144*OCTET ; Box [C + vouch + metadata](C'->S')",
        of: "client",
        source: "grammar",
      },
      {
        id: "26/grammar/9",
        level: "MUST",
        text: "vouch-box = 80OCTET ; Box [C',S](C->S')",
        of: "client",
        source: "grammar",
      },
      // "*name-char" here, and 1 to 255 characters in §The INITIATE Command.
      { id: "26/grammar/10", level: "MUST", text: "name = OCTET *name-char", source: "grammar" },
      {
        id: "26/grammar/11",
        level: "MUST",
        text: 'ready = %d5 "READY" ready-nonce ready-box',
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/12",
        level: "MUST",
        text: "ready-box = 16*OCTET ; Box [metadata](S'->C')",
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/13",
        level: "MUST",
        text: 'error = %d5 "ERROR" error-reason',
        of: "server",
        source: "grammar",
      },
      {
        id: "26/grammar/14",
        level: "MUST",
        text: "error-reason = OCTET 0*255VCHAR",
        of: "server",
        source: "grammar",
      },
      // The comment on its nonce, "CurveZMQMESSAGE-", contradicts §The MESSAGE Command, which peers follow.
      {
        id: "26/grammar/15",
        level: "MUST",
        text: 'message = %d7 "MESSAGE" message_nonce message-box',
        source: "grammar",
      },
      { id: "26/grammar/16", level: "MUST", text: "payload = payload-flags payload-data", source: "grammar" },
    ]),
    ...under("The HELLO Command", [
      {
        id: "26/hello/1",
        level: "SHALL",
        text: "The client SHALL send a HELLO command after opening the stream connection.",
        of: "client",
      },
      { id: "26/hello/2", level: "SHALL", text: "This command SHALL be 200 octets long", of: "client" },
      {
        id: "26/hello/3",
        level: "SHALL",
        text: "The CurveZMQ version number, which SHALL be the two octets 1 and 0.",
        of: "client",
      },
      // An erratum: 72, as in the grammar and as 200 octets in all demand.
      { id: "26/hello/4", level: "SHALL", text: "This SHALL be 70 octets, all zero.", of: "client" },
      {
        id: "26/hello/5",
        level: "SHALL",
        text: "The client SHALL generate a unique key pair for each connection it creates to a " + "server.",
        of: "client",
      },
      {
        id: "26/hello/6",
        level: "SHALL",
        text: "It SHALL discard this key pair when it closes the connection",
        of: "client",
        unobservable:
          "What a peer keeps in memory after the end of a connection does not show. That " +
          "no key comes again is judged by the clause before.",
      },
      {
        id: "26/hello/7",
        level: "MUST NOT",
        text: "it MUST NOT store its secret key in permanent storage, nor share it in any way.",
        of: "client",
        unobservable: "What a peer stores does not show on the wire or in an API.",
      },
      {
        id: "26/hello/8",
        level: "SHALL",
        text:
          'The nonce SHALL be implicitly prefixed with the 16 characters "CurveZMQHELLO---" to ' +
          "form the 24-octet nonce used to encrypt and decrypt the signature box.",
      },
      {
        id: "26/hello/9",
        level: "SHALL",
        text:
          "The signature box (80 octets). This SHALL contain 64 zero octets, encrypted from the " +
          "client's transient key C' to the server's permanent key S.",
        of: "client",
      },
      { id: "26/hello/10", level: "SHALL", text: "The server SHALL validate all fields", of: "server" },
      {
        id: "26/hello/11",
        level: "SHALL",
        text: "The server … SHALL reject and disconnect clients who send malformed HELLO commands.",
        of: "server",
      },
      {
        id: "26/hello/12",
        level: "SHALL",
        text: "When the server gets a valid HELLO command, it SHALL generate a new transient key pair",
        of: "server",
      },
      {
        id: "26/hello/13",
        level: "SHALL",
        text:
          "it SHALL … encode both the public and secret key in a WELCOME command, as explained " + "below.",
        of: "server",
      },
      {
        id: "26/hello/14",
        level: "SHALL NOT",
        text: "The server SHALL not keep this transient key pair",
        of: "server",
        unobservable: "What a server keeps in memory does not show: its answers are the same.",
      },
      {
        id: "26/hello/15",
        level: "SHOULD",
        text:
          "The server … SHOULD keep minimal state for the client until the client responds with a " +
          "valid INITIATE command.",
        of: "server",
        unobservable: "What a server keeps in memory does not show, and no amount is named.",
      },
      {
        id: "26/hello/16",
        level: "SHALL",
        text: "This nonce SHALL be an incrementing integer",
        of: "client",
      },
      {
        id: "26/hello/17",
        level: "SHALL",
        text: "This nonce SHALL be … unique to each command within a connection.",
        of: "client",
      },
      {
        id: "26/hello/18",
        level: "SHALL NOT",
        text: "The client SHALL NOT send more than 2^64-1 commands in one connection.",
        of: "client",
        unobservable: "No case can wait for as many commands.",
      },
      {
        id: "26/hello/19",
        level: "SHALL",
        text:
          "The server SHALL verify that a client connection does use correctly incrementing short " +
          "nonces",
        of: "server",
      },
      {
        id: "26/hello/20",
        level: "SHALL",
        text: "The server … SHALL disconnect clients that reuse a short nonce.",
        of: "server",
      },
    ]),
    ...under("The WELCOME Command", [
      {
        id: "26/welcome/1",
        level: "SHALL",
        text: "The server SHALL respond to a valid HELLO command with a WELCOME command.",
        of: "server",
      },
      { id: "26/welcome/2", level: "SHALL", text: "This command SHALL be 168 octets long", of: "server" },
      {
        id: "26/welcome/3",
        level: "SHALL",
        text:
          'This nonce SHALL be implicitly prefixed by the 8 characters "WELCOME-" to form a ' +
          "24-octet nonce used to encrypt and decrypt the welcome box.",
      },
      {
        id: "26/welcome/4",
        level: "MUST",
        text:
          "A welcome box (144 octets) that encrypts the server public transient key S' (32 " +
          "octets) and the server cookie (96 octets), from the server permanent key S to the client's " +
          "transient key C'.",
        of: "server",
        source: "grammar",
      },
      {
        id: "26/welcome/5",
        level: "SHALL",
        text: "This nonce SHALL be unique for this server permanent key.",
        of: "server",
      },
      {
        id: "26/welcome/6",
        level: "SHALL",
        text:
          'This nonce SHALL be implicitly prefixed by the 8 characters "COOKIE--" to form a ' +
          "24-octet nonce used to encrypt and decrypt the cookie box.",
        of: "server",
        unobservable: "Only the server has the key of its cookie, so that nobody else can open one.",
      },
      {
        id: "26/welcome/7",
        level: "MUST",
        text:
          "The server MUST discard from its memory the cookie key after a short interval, for " +
          "example 60 seconds, or as soon as the client sends a valid INITIATE command.",
        of: "server",
        unobservable:
          "What a server keeps in memory does not show; a cookie is of use on its own " +
          "connection only, which an INITIATE ends or settles.",
      },
      {
        id: "26/welcome/8",
        level: "SHALL",
        text: "The server SHALL generate a new cookie for each WELCOME command it sends.",
        of: "server",
      },
      { id: "26/welcome/9", level: "SHALL", text: "The client SHALL validate all fields", of: "client" },
      {
        id: "26/welcome/10",
        level: "SHALL",
        text: "The client … SHALL disconnect from servers that send malformed WELCOME commands.",
        of: "client",
      },
    ]),
    ...under("The INITIATE Command", [
      // Lower case, and meant.
      {
        id: "26/initiate/1",
        level: "MUST",
        text: "the cookie, which it must send back to the server.",
        of: "client",
      },
      {
        id: "26/initiate/2",
        level: "SHALL",
        text: "The client SHALL respond to a valid WELCOME with an INITIATE command.",
        of: "client",
      },
      {
        id: "26/initiate/3",
        level: "SHALL",
        text: "This command SHALL be at least 257 octets long",
        of: "client",
      },
      {
        id: "26/initiate/4",
        level: "SHALL",
        text:
          'The nonce SHALL be implicitly prefixed with the 16 characters "CurveZMQINITIATE" to ' +
          "form the 24-octet nonce used to encrypt and decrypt the vouch box.",
      },
      {
        id: "26/initiate/5",
        level: "MUST",
        text:
          "The initiate box holds the client permanent public key C (32 octets), the vouch (96 " +
          "octets), and the metadata (0 or more octets), encrypted from the client's transient key C' " +
          "to the server's transient key S'.",
        of: "client",
        source: "grammar",
      },
      {
        id: "26/initiate/6",
        level: "SHALL",
        text:
          'This nonce SHALL be implicitly prefixed with the 8 characters "VOUCH---" to give a ' +
          "24-octet nonce, used to encrypt and decrypt the vouch box.",
      },
      {
        id: "26/initiate/7",
        level: "SHALL",
        text: "This nonce SHALL be unique for all INITIATE commands from this client permanent key.",
        of: "client",
      },
      {
        id: "26/initiate/8",
        level: "MUST",
        text:
          "The vouch box (80 octets), that encrypts the client's transient key C' (32 octets) and " +
          "the server permanent key S (32 octets) from the client permanent key C to the server " +
          "transient key S'.",
        of: "client",
        source: "grammar",
      },
      { id: "26/initiate/9", level: "SHALL", text: "The name SHALL be 1 to 255 characters." },
      { id: "26/initiate/10", level: "MUST", text: "Zero-sized names are not valid.", source: "grammar" },
      {
        id: "26/initiate/11",
        level: "SHALL NOT",
        text: "The case (upper or lower) of names SHALL NOT be significant.",
      },
      {
        id: "26/initiate/12",
        level: "SHALL",
        text: "The value SHALL be 0 to 2^31-1 octets of opaque binary data.",
      },
      { id: "26/initiate/13", level: "MUST", text: "Zero-sized values are allowed.", source: "grammar" },
      {
        id: "26/initiate/14",
        level: "SHALL",
        text: "The value size field SHALL be four octets, in network order.",
      },
      { id: "26/initiate/15", level: "SHALL", text: "The server SHALL validate all fields", of: "server" },
      {
        id: "26/initiate/16",
        level: "SHALL",
        text: "The server … SHALL reject and disconnect clients who send malformed INITIATE commands.",
        of: "server",
      },
      // Contradicts §The ERROR Command, which has the server indicate the failure by ERROR.
      {
        id: "26/initiate/17",
        level: "SHALL NOT",
        text:
          "If the client does not pass authentication, the server SHALL not respond except by " +
          "closing the connection.",
        of: "server",
      },
      {
        id: "26/initiate/18",
        level: "SHALL",
        text: "If the client passes authentication the server SHALL send a READY command",
        of: "server",
      },
    ]),
    ...under("The READY Command", [
      {
        id: "26/ready/1",
        level: "SHALL",
        text: "The server SHALL respond to a valid INITIATE command with a READY command.",
        of: "server",
      },
      {
        id: "26/ready/2",
        level: "SHALL",
        text: "This command SHALL be at least 30 octets long",
        of: "server",
      },
      {
        id: "26/ready/3",
        level: "SHALL",
        text:
          'The nonce SHALL be implicitly prefixed with the 16 characters "CurveZMQREADY---" to ' +
          "form the 24-octet nonce used to encrypt and decrypt the ready box.",
      },
      // Lower case, and meant.
      {
        id: "26/ready/4",
        level: "SHALL",
        text:
          "The ready box (16 or more octets). This shall contain metadata of the same format as " +
          "sent in the INITIATE command, encrypted from the server's transient key S' to the client's " +
          "transient key C'.",
        of: "server",
      },
      { id: "26/ready/5", level: "SHALL", text: "The client SHALL validate all fields", of: "client" },
      {
        id: "26/ready/6",
        level: "SHALL",
        text: "The client … SHALL disconnect from servers who send malformed READY commands.",
        of: "client",
      },
      {
        id: "26/ready/7",
        level: "SHALL",
        text:
          "If the client accepts the meta-data, it SHALL then expect MESSAGE commands from the " + "server.",
        of: "client",
      },
      // "In the HELLO, INITIATE, and MESSAGE commands" is an erratum: a server sends READY and MESSAGE.
      { id: "26/ready/8", level: "SHALL", text: "This nonce SHALL be an incrementing integer", of: "server" },
      {
        id: "26/ready/9",
        level: "SHALL",
        text: "This nonce SHALL be … unique to each command within a connection.",
        of: "server",
      },
      {
        id: "26/ready/10",
        level: "SHALL NOT",
        text: "The server SHALL NOT send more than 2^64-1 commands in one connection.",
        of: "server",
        unobservable: "No case can wait for as many commands.",
      },
      {
        id: "26/ready/11",
        level: "SHALL",
        text:
          "The client SHALL verify that a server connection does use correctly incrementing short " +
          "nonces",
        of: "client",
      },
      {
        id: "26/ready/12",
        level: "SHALL",
        text: "The client … SHALL disconnect from servers that reuse a short nonce.",
        of: "client",
      },
    ]),
    ...under("The MESSAGE Command", [
      { id: "26/message/1", level: "SHALL", text: "This command SHALL be at least 33 octets long" },
      {
        id: "26/message/2",
        level: "SHALL",
        text:
          'The nonce SHALL be implicitly prefixed with the 16 characters "CurveZMQMESSAGES" (from ' +
          'server) or "CurveZMQMESSAGEC" (from client) to form the 24-octet nonce used to encrypt and ' +
          "decrypt the message box.",
      },
      // Lower case, and meant.
      {
        id: "26/message/3",
        level: "SHALL",
        text:
          "The message box (17 or more octets). This shall contain the message data, encrypted " +
          "from the sender's transient key the recipient's transient key.",
      },
      {
        id: "26/message/4",
        level: "MUST",
        text:
          "The message payload consists of a flags field (1 octet) followed by zero or more " +
          "octets of payload data.",
        source: "grammar",
      },
      {
        id: "26/message/5",
        level: "MUST",
        text: "Bits 7-1: Reserved. These bits are reserved for future use and MUST be zero.",
      },
      {
        id: "26/message/6",
        level: "MUST",
        text:
          "Bit 0 (MORE): More messages to follow. A value of 1 indicates that more messages will " +
          "follow. A value of 0 indicates that there are no more messages to follow.",
        source: "grammar",
      },
      { id: "26/message/7", level: "SHALL", text: "The recipient SHALL validate all fields" },
      {
        id: "26/message/8",
        level: "SHALL",
        text:
          "The recipient … SHALL reject and disconnect from peers who send malformed MESSAGE " + "commands.",
      },
      {
        id: "26/message/9",
        level: "SHALL NOT",
        text: "A server SHALL NOT send an ERROR command in response to an invalid MESSAGE command.",
        of: "server",
      },
    ]),
    ...under("The ERROR Command", [
      {
        id: "26/error/1",
        level: "SHALL",
        text:
          "A server SHALL indicate an authentication failure by sending an ERROR command back to " +
          "the client.",
        of: "server",
      },
      { id: "26/error/2", level: "SHALL", text: "This command SHALL be 7 or more octets long", of: "server" },
      {
        id: "26/error/3",
        level: "MUST",
        text: "The error reason, which is a length-specified string of 0 to 255 ASCII characters.",
        of: "server",
        source: "grammar",
      },
    ]),
  ],
}
