/** Faults of the patterns of messages, but for publishers and subscribers: who gets what, and in which envelope. */
import type { Pipe } from "../../../src/peers/pipe.js"
import { FairQueue } from "../../../src/routing/fair-queue.js"
import { LoadBalancer } from "../../../src/routing/load-balancer.js"
import { RoutingIds } from "../../../src/routing/routing-ids.js"
import { DealerPattern } from "../../../src/sockets/patterns/dealer.js"
import { PairPattern } from "../../../src/sockets/patterns/pair.js"
import { PushPattern } from "../../../src/sockets/patterns/pipeline.js"
import { ReplyPattern, RequestPattern } from "../../../src/sockets/patterns/reqrep.js"
import { RouterPattern } from "../../../src/sockets/patterns/router.js"
import type { Message, OutgoingMessage, OutgoingPart } from "../../../src/wire/frames.js"
import { override, remembering, type Fault } from "./fault.js"

const EMPTY = Buffer.alloc(0)

interface Requester {
  asked: Pipe | undefined
  readonly options: object
}

interface Replier {
  client: Pipe | "gone" | undefined
  envelope: Message
}

const routing: readonly Fault[] = [
  {
    name: "load-not-balanced",
    breaks: ["30/push/11", "28/dealer/10", "28/req/5"],
    describes: "It sends all messages to the first of its peers.",
    apply: () => override(LoadBalancer, "advance", () => undefined),
    fails: [
      "req/round-robin",
      "dealer/round-robin",
      "pipeline/push-round-robin",
      "pipeline/push-newcomer",
      "pipeline/push-leaver",
    ],
    also: ["drafts/scatter-round-robin"],
  },
  {
    name: "queueing-unfair",
    breaks: ["30/pull/10", "28/rep/6", "28/dealer/14", "28/router/10", "29/sub/10", "29/xsub/10"],
    describes: "It receives from one peer as long as that has messages.",
    apply: () => override(FairQueue, "advance", () => undefined),
    fails: ["rep/fair-queuing", "dealer/fair-queuing", "router/fair-queuing", "pipeline/pull-own-queues"],
    also: ["pubsub/sub-own-queues", "pubsub/xsub-own-queues"],
  },
  {
    name: "push-drops",
    breaks: ["30/push/12", "30/push/13", "30/push/14"],
    describes: "Its PUSH takes messages that no peer can be given, and drops them.",
    apply: () => {
      override<object, [], boolean>(PushPattern, "canSend", () => true)
      override<object, [OutgoingMessage], boolean>(PushPattern, "send", (_, original, message) => {
        original(message)
        return true
      })
    },
    fails: ["pipeline/push-mark", "pipeline/push-full", "pipeline/push-no-peer-error"],
  },
  {
    name: "pair-takes-the-newcomer",
    breaks: ["31/pair/13"],
    describes: "Its PAIR leaves its peer for each that comes after it.",
    apply: () =>
      override<{ admit(pipe: Pipe): void }, [Pipe]>(PairPattern, "attach", (pattern, _, pipe) =>
        pattern.admit(pipe),
      ),
    fails: ["pair/second-not-heard", "pair/second-not-spoken-to"],
  },
]

const requests: readonly Fault[] = [
  {
    name: "req-without-delimiter",
    breaks: ["28/req/2", "28/req/4"],
    describes: "Its REQ puts no empty frame before a request.",
    apply: () =>
      override<object, [OutgoingMessage], OutgoingPart[]>(RequestPattern, "enclose", (_, original, message) =>
        original(message).slice(1),
      ),
    fails: [
      "req/delimiter",
      "req/request-of-parts",
      "req/one-request-at-a-time",
      "req/next-request-after-reply",
      "req/waits-for-peer",
      "req/request-before-connection",
      "req/reply-of-another",
    ],
    also: ["socket-type/req-takes-rep", "socket-type/req-takes-router", "zmtp1/req-delimiter"],
  },
  {
    name: "req-heeds-any-reply",
    breaks: ["28/req/8", "28/req/9"],
    describes: "Its REQ takes a reply from whoever sends one.",
    apply: () =>
      override<Requester, [], Message | undefined>(RequestPattern, "findReply", (pattern, original) => {
        pattern.asked = undefined
        return original()
      }),
    fails: ["req/reply-of-another"],
  },
  {
    name: "req-does-not-take-turns",
    breaks: ["28/req/1"],
    describes: "Its REQ sends the next request before the reply has come.",
    apply: () => {
      const relaxed = (options: object): object =>
        Object.create(options, { relaxed: { value: true } }) as object
      const relax = (pattern: Requester) => Object.assign(pattern, { options: relaxed(pattern.options) })
      override<Requester, [Pipe]>(RequestPattern, "attach", (pattern, original, pipe) => {
        relax(pattern)
        original(pipe)
      })
    },
    fails: ["req/one-request-at-a-time"],
  },
  {
    name: "rep-answers-another",
    breaks: ["28/rep/11"],
    describes: "Its REP sends a reply to the client that it heard of last.",
    apply: () => {
      const latest = remembering<{ client?: Pipe }>(() => ({}))
      override<object, [Pipe]>(ReplyPattern, "readable", (pattern, original, pipe) => {
        latest(pattern).client = pipe
        original(pipe)
      })
      override<Replier, [OutgoingMessage], boolean>(ReplyPattern, "send", (pattern, original, message) => {
        if (pattern.client !== undefined) pattern.client = latest(pattern).client ?? pattern.client
        return original(message)
      })
    },
    fails: ["rep/reply-to-the-asker"],
  },
  {
    name: "rep-forgets-the-envelope",
    breaks: ["28/rep/7", "28/rep/10"],
    describes: "Its REP answers with a delimiter and without the addresses before it.",
    apply: () =>
      override<Replier>(ReplyPattern, "findRequest", (pattern, original) => {
        original()
        pattern.envelope = [EMPTY]
      }),
    fails: [
      "rep/envelope-of-one-identity",
      "rep/envelope-of-two-identities",
      "rep/envelope-of-ten-identities",
      "rep/envelope-of-binary-identities",
    ],
    also: ["zmtp1/rep-envelope"],
  },
  {
    name: "rep-keeps-the-delimiter",
    breaks: ["28/rep/7", "28/rep/8"],
    describes: "Its REP hands the delimiter to its program.",
    apply: () =>
      override<object, [], Message | undefined>(ReplyPattern, "receive", (_, original) => {
        const request = original()
        return request === undefined ? undefined : [EMPTY, ...request]
      }),
    fails: [
      "rep/envelope-of-no-identity",
      "rep/envelope-of-one-identity",
      "rep/envelope-of-two-identities",
      "rep/envelope-of-ten-identities",
      "rep/envelope-of-binary-identities",
      "rep/data-as-it-is",
      "rep/reply-to-the-asker",
      "rep/one-request-at-a-time",
      "rep/send-before-request",
      "rep/asker-gone",
      "rep/never-blocks",
      "rep/request-without-delimiter",
      "rep/request-of-identities-alone",
      "rep/request-of-delimiter-alone",
    ],
    also: [
      "socket-type/rep-takes-req",
      "socket-type/rep-takes-dealer",
      "identity/ignored-by-rep",
      "messages/cut-off-after-frames-to-rep",
      "messages/cut-off-in-a-frame-to-rep",
      "messages/unfinished-to-rep",
      "zmtp1/rep-envelope",
    ],
  },
  {
    name: "dealer-adds-a-delimiter",
    breaks: ["28/dealer/1"],
    describes: "Its DEALER puts an empty frame before each message, as a REQ does.",
    apply: () =>
      override<object, [OutgoingMessage], boolean>(DealerPattern, "send", (_, original, message) =>
        original([EMPTY, ...message]),
      ),
    fails: [
      "dealer/one-part-as-it-is",
      "dealer/empty-first-part-as-it-is",
      "dealer/three-parts-as-it-is",
      "dealer/empty-parts-as-it-is",
      "dealer/round-robin",
      "dealer/queue-before-connection",
      "dealer/queue-between-connections",
      "dealer/queue-ends-with-connection",
      "dealer/nothing-lost-when-full",
      "dealer/passes-over-the-full",
    ],
    also: [
      "error/messages-kept-by-dealer",
      "messages/whole-from-dealer",
      "messages/none-resumed-by-dealer",
      "semantics/dealer-sends-in-order",
      "semantics/dealer-sends-nothing-again",
      "semantics/dealer-keeps-order-while-it-waits",
      "drafts/client-both-ways",
      "drafts/client-sends-no-parts",
      "zmtp2/no-ping",
      "zmtp1/greeting-anonymous",
      "zmtp1/greeting-abc",
      "zmtp1/greeting-255-octets",
      "zmtp1/no-ping",
    ],
  },
  {
    name: "dealer-sends-to-all",
    breaks: ["28/dealer/10"],
    describes: "Its DEALER sends each message to all of its peers.",
    apply: () =>
      override<{ balancer: { active: readonly Pipe[] } }, [OutgoingMessage], boolean>(
        DealerPattern,
        "send",
        ({ balancer }, original, message) => {
          const [, ...others] = balancer.active
          if (!original(message)) return false
          for (const pipe of others) pipe.write(message)
          return true
        },
      ),
    fails: ["dealer/round-robin", "dealer/passes-over-the-full"],
  },
  {
    name: "router-hides-the-identity",
    breaks: ["28/router/11"],
    describes: "Its ROUTER does not put the identity of a peer before its messages.",
    apply: () =>
      override<object, [], Message | undefined>(RouterPattern, "receive", (_, original) =>
        original()?.slice(1),
      ),
    fails: [
      "router/prefix",
      "router/identities-of-its-own",
      "router/reply-by-prefix",
      "router/only-the-one-addressed",
      "router/unknown-identity",
      "router/mark",
      "router/independent-queues",
      "router/queue-ends-with-connection",
      "router/nothing-from-before",
      "router/same-identity-twice",
      "router/received-before-the-end",
      "router/never-blocks",
    ],
  },
  {
    name: "router-sends-to-somebody",
    breaks: ["28/router/13", "28/router/15"],
    describes: "Its ROUTER sends a message for a peer that it does not know to another.",
    apply: () =>
      override<{ ids: RoutingIds<Pipe> }, [OutgoingMessage], boolean>(
        RouterPattern,
        "send",
        ({ ids }, original, message) => {
          const [somebody] = ids.peers()
          const known = ids.get(Buffer.from(message[0] ?? "")) !== undefined
          if (known || somebody === undefined) return original(message)
          return somebody.write(message.slice(1))
        },
      ),
    fails: ["router/unknown-identity"],
  },
  {
    name: "router-repeats-identities",
    breaks: ["28/router/7"],
    describes: "Its ROUTER gives all peers without an identity the same.",
    apply: () => override<object, [], Buffer>(RoutingIds, "generate", () => Buffer.of(0, 0, 0, 0, 1)),
    fails: ["router/identities-of-its-own", "router/reply-by-prefix"],
    also: ["identity/made-for-an-empty-one", "zap/waits-for-the-reply", "zap/replies-in-any-order"],
  },
]

export const patterns: readonly Fault[] = [...routing, ...requests]
