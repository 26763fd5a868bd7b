/** Faults of sockets as they make connections anew, and as they keep messages meanwhile. */
import { Connecter } from "../../../src/peers/connecter.js"
import { SessionPipe } from "../../../src/peers/session-pipe.js"
import type { PeerSession, SessionEnd } from "../../../src/peers/session.js"
import type { OutgoingMessage } from "../../../src/wire/frames.js"
import { override, type Fault } from "./fault.js"

/** Changes what a connecter makes of the end of its connection. */
function takesEnd(change: (end: SessionEnd) => SessionEnd): void {
  override<object, [PeerSession, SessionEnd]>(Connecter, "ended", (_, original, session, end) =>
    original(session, change(end)),
  )
}

export const connections: readonly Fault[] = [
  {
    name: "never-reconnects",
    breaks: ["37/error/4", "37/error/5", "37/semantics/4", "23/error/4", "23/error/5", "23/semantics/4"],
    describes: "It does not connect again when a connection has ended.",
    apply: () => takesEnd(end => ({ ...end, fault: true })),
    fails: [
      "error/no-return-with-the-same-password",
      "error/returns-when-cut-off-at-once",
      "error/returns-when-cut-off-after-one-octet",
      "error/returns-when-cut-off-after-a-signature",
      "error/returns-when-cut-off-after-the-greeting",
      "error/returns-when-cut-off-within-ready",
      "error/returns-when-cut-off-after-ready",
      "error/returns-after-a-reset",
      "error/messages-kept-by-push",
      "error/messages-kept-by-dealer",
      "semantics/push-connects-again",
      "semantics/pull-connects-again",
      "semantics/dealer-connects-again",
      "semantics/req-connects-again",
      "semantics/sub-connects-again",
    ],
    also: [
      "heartbeat/connects-again",
      "subscriptions/sub-again",
      "subscriptions/sub-cancelled-while-away",
      "subscriptions/xsub-again",
      "subscriptions/xsub-cancelled-while-away",
      "dealer/queue-between-connections",
      "pubsub/pub-while-away",
      "pubsub/xpub-while-away",
      "pubsub/sub-keeps-of-lost",
      "pubsub/xsub-keeps-of-lost",
      "pipeline/push-while-away",
      "pipeline/pull-keeps-of-lost",
      "pair/while-away",
    ],
  },
  {
    name: "reconnects-after-error",
    breaks: ["37/error/2", "23/error/2"],
    describes: "It connects again after an ERROR.",
    apply: () => takesEnd(end => ({ ...end, fault: false })),
    fails: ["error/no-return-with-the-same-password"],
  },
  {
    name: "reconnects-at-once",
    breaks: ["37/error/6", "23/error/6"],
    describes: "It connects again without an interval.",
    apply: () =>
      override<{ stopped: boolean; dial(): void }>(Connecter, "retry", connecter => {
        setImmediate(() => {
          if (!connecter.stopped) connecter.dial()
        })
      }),
    fails: ["error/delay-before-it-returns", "error/delay-grows"],
  },
  {
    name: "nothing-queued-while-away",
    breaks: ["30/push/5", "28/dealer/4", "31/pair/4", "37/error/4", "23/error/4"],
    describes: "It drops messages for a peer to which the connection is not there at present.",
    apply: () =>
      override<{ session?: object }, [OutgoingMessage], boolean>(
        SessionPipe,
        "write",
        (pipe, original, message) => pipe.session === undefined || original(message),
      ),
    fails: [
      "error/messages-kept-by-push",
      "error/messages-kept-by-dealer",
      "dealer/queue-before-connection",
      "dealer/queue-between-connections",
      "pipeline/push-while-away",
      "pair/while-away",
      "pipeline/push-before-handshake",
      "pipeline/push-no-peer-waits",
      "pair/before-handshake",
      "pair/no-peer-waits",
    ],
    also: [
      "null/no-message-before-ready",
      "plain/client-message",
      "req/waits-for-peer",
      "req/request-before-connection",
      "pubsub/pub-while-away",
      "pubsub/xpub-while-away",
      "pubsub/xsub-before-handshake",
    ],
  },
  {
    name: "queues-unbounded",
    breaks: ["30/push/9", "28/dealer/8", "28/router/9", "29/pub/8", "29/xpub/7", "31/pair/8"],
    describes: "It queues messages for a peer without an end.",
    apply: () => override<object, [], boolean>(SessionPipe, "canWrite", () => true),
    fails: [
      "dealer/mark",
      "router/mark",
      "pubsub/pub-mark",
      "pubsub/xpub-mark",
      "pipeline/push-mark",
      "pair/mark-outgoing",
      "pubsub/xsub-outgoing-mark",
    ],
  },
]
