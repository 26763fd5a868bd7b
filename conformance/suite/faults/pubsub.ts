/** Faults of publishers and subscribers: how subscriptions are told, kept and matched. */
import type { Pipe } from "../../../src/peers/pipe.js"
import { Session } from "../../../src/peers/session.js"
import { TopicMap } from "../../../src/routing/subscriptions.js"
import { PublisherPattern } from "../../../src/sockets/patterns/publishing.js"
import { SubscriberPattern } from "../../../src/sockets/patterns/subscribing.js"
import type { OutgoingMessage } from "../../../src/wire/frames.js"
import { override, type Fault } from "./fault.js"

interface Publisher {
  readonly pipes: ReadonlySet<Pipe>
  readonly options: object
  readonly topics: TopicMap<Pipe>
  forget(pipe: Pipe): void
}

interface Connection {
  version: number
}

type Visit = (pipe: Pipe) => void

const lowered = (topic: Uint8Array) =>
  Buffer.from(Buffer.from(topic).toString("latin1").toLowerCase(), "latin1")

/** Tells subscriptions as to a peer of this version. */
function tellsAsTo(version: number): void {
  override<Connection, [boolean, Uint8Array]>(
    Session,
    "subscription",
    (session, original, subscribe, topic) => {
      const actual = session.version
      if (actual >= 3) session.version = version
      original(subscribe, topic)
      session.version = actual
    },
  )
}

const CANCEL = 0

const publishers: readonly Fault[] = [
  {
    name: "pub-does-not-filter",
    breaks: ["37/pubsub/2", "23/pubsub/2", "29/pub/11", "29/xpub/9"],
    describes: "Its publishers send everything to everybody.",
    apply: () =>
      override<Publisher, [Uint8Array, Pipe | undefined, Visit]>(
        PublisherPattern,
        "each",
        ({ pipes }, _, __, ___, visit) => {
          pipes.forEach(visit)
        },
      ),
    fails: [
      "subscriptions/pub-nothing",
      "subscriptions/pub-other-beginning",
      "subscriptions/pub-longer-than-message",
      "subscriptions/pub-first-frame-only",
      "subscriptions/pub-binary",
      "subscriptions/pub-zero-octet",
      "subscriptions/pub-long",
      "subscriptions/pub-two-topics",
      "subscriptions/pub-cancelled",
      "subscriptions/pub-cancelled-below",
      "subscriptions/pub-empty-cancelled",
      "subscriptions/pub-twice-cancelled-twice",
      "subscriptions/pub-messages-binary",
      "subscriptions/pub-messages-long",
      "subscriptions/pub-messages-two-topics",
      "subscriptions/pub-messages-cancelled",
      "subscriptions/pub-two-subscribers",
      "subscriptions/pub-other-cancels",
      "subscriptions/xpub-nothing",
      "subscriptions/xpub-other-beginning",
      "subscriptions/xpub-longer-than-message",
      "subscriptions/xpub-first-frame-only",
      "subscriptions/xpub-binary",
      "subscriptions/xpub-zero-octet",
      "subscriptions/xpub-long",
      "subscriptions/xpub-two-topics",
      "subscriptions/xpub-cancelled",
      "subscriptions/xpub-cancelled-below",
      "subscriptions/xpub-empty-cancelled",
      "subscriptions/xpub-twice-cancelled-twice",
      "subscriptions/xpub-messages-binary",
      "subscriptions/xpub-messages-long",
      "subscriptions/xpub-messages-two-topics",
      "subscriptions/xpub-messages-cancelled",
      "subscriptions/xpub-two-subscribers",
      "subscriptions/xpub-other-cancels",
    ],
    also: ["zmtp2/xpub-is-subscribed-to"],
  },
  {
    name: "topics-ignore-case",
    breaks: ["37/pubsub/7", "23/pubsub/7", "29/pub/11", "29/xpub/9"],
    describes: "Its publishers take upper and lower case for the same when they compare topics.",
    apply: () => {
      for (const name of ["add", "remove", "match"]) {
        override<object, [Uint8Array, unknown], unknown>(TopicMap, name, (_, original, topic, rest) =>
          original(lowered(topic), rest),
        )
      }
    },
    fails: [
      "subscriptions/pub-other-beginning",
      "subscriptions/xpub-other-beginning",
      "pubsub/xpub-leaver",
      "pubsub/xpub-last-leaver",
      "pubsub/xpub-reset",
    ],
  },
  {
    name: "topics-end-at-zero",
    breaks: ["37/pubsub/7", "23/pubsub/7", "29/pub/11", "29/xpub/9"],
    describes: "Its publishers compare topics as far as their first zero.",
    apply: () => {
      for (const name of ["add", "remove"]) {
        override<object, [Uint8Array, unknown], unknown>(TopicMap, name, (_, original, topic, rest) => {
          const end = topic.indexOf(0)
          return original(end < 0 ? topic : topic.subarray(0, end), rest)
        })
      }
    },
    fails: [
      "subscriptions/pub-binary",
      "subscriptions/pub-zero-octet",
      "subscriptions/pub-messages-binary",
      "subscriptions/xpub-binary",
      "subscriptions/xpub-zero-octet",
      "subscriptions/xpub-messages-binary",
    ],
  },
  {
    name: "message-sent-for-each-subscription",
    breaks: ["37/pubsub/9", "23/pubsub/9", "37/semantics/7", "23/semantics/7"],
    describes: "Its publishers send a message once for each subscription that it matches.",
    apply: () =>
      override<object, [Uint8Array, Pipe], boolean>(TopicMap, "add", (_, original, topic, pipe) => {
        // What tells that it was found for this message already.
        Object.defineProperty(pipe, "matchedBy", { get: () => 0, set: () => undefined, configurable: true })
        return original(topic, pipe)
      }),
    fails: [
      "subscriptions/pub-empty-and-topic",
      "subscriptions/pub-overlap",
      "subscriptions/xpub-empty-and-topic",
      "subscriptions/xpub-overlap",
    ],
  },
  {
    name: "subscription-replaces-the-last",
    breaks: ["37/pubsub/9", "23/pubsub/9"],
    describes: "Its publishers keep the last subscription of a peer only.",
    apply: () =>
      override<Publisher, [Pipe, Buffer]>(
        PublisherPattern,
        "onSubscription",
        ({ topics }, original, pipe, part) => {
          if (part[0] !== CANCEL) topics.removeSubscriber(pipe)
          original(pipe, part)
        },
      ),
    fails: [
      "subscriptions/pub-prefix",
      "subscriptions/pub-other-beginning",
      "subscriptions/pub-longer-than-message",
      "subscriptions/pub-first-frame-only",
      "subscriptions/pub-binary",
      "subscriptions/pub-zero-octet",
      "subscriptions/pub-long",
      "subscriptions/pub-empty",
      "subscriptions/pub-two-topics",
      "subscriptions/pub-empty-and-topic",
      "subscriptions/pub-overlap",
      "subscriptions/pub-cancelled",
      "subscriptions/pub-cancelled-below",
      "subscriptions/pub-cancelled-above",
      "subscriptions/pub-empty-cancelled",
      "subscriptions/pub-cancelled-unknown",
      "subscriptions/pub-renewed",
      "subscriptions/pub-messages-prefix",
      "subscriptions/pub-messages-binary",
      "subscriptions/pub-messages-long",
      "subscriptions/pub-messages-empty",
      "subscriptions/pub-messages-two-topics",
      "subscriptions/pub-messages-cancelled",
      "subscriptions/pub-two-subscribers",
      "subscriptions/pub-other-cancels",
      "subscriptions/xpub-prefix",
      "subscriptions/xpub-other-beginning",
      "subscriptions/xpub-longer-than-message",
      "subscriptions/xpub-first-frame-only",
      "subscriptions/xpub-binary",
      "subscriptions/xpub-zero-octet",
      "subscriptions/xpub-long",
      "subscriptions/xpub-empty",
      "subscriptions/xpub-two-topics",
      "subscriptions/xpub-empty-and-topic",
      "subscriptions/xpub-overlap",
      "subscriptions/xpub-cancelled",
      "subscriptions/xpub-cancelled-below",
      "subscriptions/xpub-cancelled-above",
      "subscriptions/xpub-empty-cancelled",
      "subscriptions/xpub-cancelled-unknown",
      "subscriptions/xpub-renewed",
      "subscriptions/xpub-messages-prefix",
      "subscriptions/xpub-messages-binary",
      "subscriptions/xpub-messages-long",
      "subscriptions/xpub-messages-empty",
      "subscriptions/xpub-messages-two-topics",
      "subscriptions/xpub-messages-cancelled",
      "subscriptions/xpub-two-subscribers",
      "subscriptions/xpub-other-cancels",
      "pubsub/pub-octets",
      "pubsub/pub-parts",
      "pubsub/pub-command-like",
      "pubsub/pub-large",
      "pubsub/pub-everybody",
      "pubsub/pub-own-queues",
      "pubsub/pub-while-away",
      "pubsub/pub-discards",
      "pubsub/xpub-octets",
      "pubsub/xpub-parts",
      "pubsub/xpub-command-like",
      "pubsub/xpub-large",
      "pubsub/xpub-everybody",
      "pubsub/xpub-own-queues",
      "pubsub/xpub-while-away",
      "pubsub/xpub-discards",
      "pubsub/pub-discards-messages",
      "pubsub/xpub-leaver",
    ],
    also: ["zmtp2/xpub-is-subscribed-to"],
  },
  {
    name: "cancel-ignored",
    breaks: ["37/pubsub/5", "23/pubsub/5", "29/pub/14", "29/xpub/14"],
    describes: "Its publishers take no notice of CANCEL.",
    apply: () =>
      override<object, [Pipe, Buffer]>(PublisherPattern, "onSubscription", (_, original, pipe, part) => {
        if (part[0] !== CANCEL) original(pipe, part)
      }),
    fails: [
      "subscriptions/pub-cancelled",
      "subscriptions/pub-cancelled-below",
      "subscriptions/pub-empty-cancelled",
      "subscriptions/pub-twice-cancelled-twice",
      "subscriptions/pub-messages-cancelled",
      "subscriptions/pub-other-cancels",
      "subscriptions/xpub-cancelled",
      "subscriptions/xpub-cancelled-below",
      "subscriptions/xpub-empty-cancelled",
      "subscriptions/xpub-twice-cancelled-twice",
      "subscriptions/xpub-messages-cancelled",
      "subscriptions/xpub-other-cancels",
      "pubsub/xpub-delivers-topic",
      "pubsub/xpub-delivers-empty",
      "pubsub/xpub-delivers-binary",
      "pubsub/xpub-delivers-topic-of-messages",
      "pubsub/xpub-delivers-empty-of-messages",
      "pubsub/xpub-delivers-binary-of-messages",
    ],
    also: ["zmtp2/xpub-is-subscribed-to"],
  },
  {
    name: "cancel-ends-all",
    breaks: ["37/pubsub/5", "37/pubsub/9", "23/pubsub/5", "23/pubsub/9"],
    describes: "Its publishers end all subscriptions of a peer that cancels one.",
    apply: () =>
      override<Publisher, [Pipe, Buffer]>(
        PublisherPattern,
        "onSubscription",
        ({ topics }, original, pipe, part) => {
          original(pipe, part)
          if (part[0] === CANCEL) topics.removeSubscriber(pipe)
        },
      ),
    fails: [
      "subscriptions/pub-cancelled",
      "subscriptions/pub-cancelled-below",
      "subscriptions/pub-cancelled-above",
      "subscriptions/pub-empty-cancelled",
      "subscriptions/pub-cancelled-unknown",
      "subscriptions/pub-messages-cancelled",
      "subscriptions/xpub-cancelled",
      "subscriptions/xpub-cancelled-below",
      "subscriptions/xpub-cancelled-above",
      "subscriptions/xpub-empty-cancelled",
      "subscriptions/xpub-cancelled-unknown",
      "subscriptions/xpub-messages-cancelled",
    ],
    also: ["zmtp2/xpub-is-subscribed-to"],
  },
  {
    name: "xpub-silent-about-the-departed",
    breaks: ["29/xpub/16"],
    describes: "Its XPUB does not tell of the subscriptions that end with a connection.",
    apply: () =>
      override<Publisher, [Pipe]>(PublisherPattern, "forget", ({ topics }, _, pipe) =>
        topics.removeSubscriber(pipe),
      ),
    fails: ["pubsub/xpub-leaver", "pubsub/xpub-last-leaver", "pubsub/xpub-reset"],
  },
  {
    name: "pub-waits-for-the-slow",
    breaks: ["29/pub/12", "29/pub/13", "29/xpub/10", "29/xpub/11"],
    describes: "Its publishers wait for subscribers whose queue is full.",
    apply: () =>
      override<Publisher, [OutgoingMessage], boolean>(
        PublisherPattern,
        "send",
        (pattern, original, message) => {
          const { options } = pattern
          const waiting = Object.create(options, { noDrop: { value: true } }) as object
          Object.assign(pattern, { options: waiting })
          const taken = original(message)
          Object.assign(pattern, { options })
          return taken
        },
      ),
    fails: [
      "pubsub/pub-own-queues",
      "pubsub/pub-discards",
      "pubsub/pub-mark",
      "pubsub/pub-full",
      "pubsub/xpub-own-queues",
      "pubsub/xpub-discards",
      "pubsub/xpub-mark",
      "pubsub/xpub-full",
      "pubsub/xpub-both-ways",
    ],
  },
]

const subscribers: readonly Fault[] = [
  {
    name: "subscriptions-as-messages",
    breaks: ["37/pubsub/3", "37/pubsub/4", "37/pubsub/5", "37/pubsub/6"],
    describes: "It tells a peer of ZMTP 3.1 its subscriptions in messages, as in 3.0.",
    apply: () => tellsAsTo(3),
    fails: [
      "subscriptions/sub-sends-topic",
      "subscriptions/sub-cancels-topic",
      "subscriptions/sub-sends-empty",
      "subscriptions/sub-cancels-empty",
      "subscriptions/sub-sends-of-245",
      "subscriptions/sub-cancels-of-245",
      "subscriptions/sub-sends-of-300",
      "subscriptions/sub-cancels-of-300",
      "subscriptions/xsub-sends-topic",
      "subscriptions/xsub-cancels-topic",
      "subscriptions/xsub-sends-empty",
      "subscriptions/xsub-cancels-empty",
      "subscriptions/xsub-sends-of-245",
      "subscriptions/xsub-cancels-of-245",
      "subscriptions/xsub-sends-of-300",
      "subscriptions/xsub-cancels-of-300",
    ],
    also: ["version/own-subscription-to-a-higher-one"],
  },
  {
    name: "subscriptions-as-commands",
    breaks: ["23/pubsub/3", "23/pubsub/4", "23/pubsub/5", "23/pubsub/6"],
    describes: "It tells a peer of ZMTP 3.0 its subscriptions in commands, as in 3.1.",
    apply: () => tellsAsTo(3.1),
    fails: [
      "subscriptions/sub-messages-topic",
      "subscriptions/sub-messages-empty",
      "subscriptions/sub-messages-of-245",
      "subscriptions/xsub-messages-topic",
      "subscriptions/xsub-messages-empty",
      "subscriptions/xsub-messages-of-245",
      "inspections/old-subscriptions",
    ],
  },
  {
    name: "cancel-never-sent",
    breaks: ["37/pubsub/5", "23/pubsub/5", "29/xsub/17"],
    describes: "Its subscribers do not tell that a subscription has ended.",
    apply: () =>
      override<object, [boolean, Uint8Array]>(Session, "subscription", (_, original, subscribe, topic) => {
        if (subscribe) original(subscribe, topic)
      }),
    fails: [
      "subscriptions/sub-cancels-topic",
      "subscriptions/sub-cancels-empty",
      "subscriptions/sub-cancels-of-245",
      "subscriptions/sub-cancels-of-300",
      "subscriptions/sub-messages-topic",
      "subscriptions/sub-messages-empty",
      "subscriptions/sub-messages-of-245",
      "subscriptions/xsub-cancels-topic",
      "subscriptions/xsub-cancels-empty",
      "subscriptions/xsub-cancels-of-245",
      "subscriptions/xsub-cancels-of-300",
      "subscriptions/xsub-messages-topic",
      "subscriptions/xsub-messages-empty",
      "subscriptions/xsub-messages-of-245",
    ],
    also: [
      "drafts/dish-leaves-octets",
      "drafts/dish-leaves-group",
      "drafts/dish-leaves-of-255",
      "zmtp2/subscriptions-of-sub",
      "zmtp2/subscriptions-of-xsub",
    ],
  },
  {
    name: "subscriptions-told-once",
    breaks: ["37/pubsub/3", "23/pubsub/3"],
    describes: "Its subscribers do not repeat their subscriptions when they have connected again.",
    apply: () => {
      const met = new WeakSet<Pipe>()
      override<object, [Pipe]>(SubscriberPattern, "established", (_, original, pipe) => {
        if (!met.has(pipe)) original(pipe)
        met.add(pipe)
      })
    },
    fails: [
      "subscriptions/sub-again",
      "subscriptions/sub-cancelled-while-away",
      "subscriptions/xsub-again",
      "subscriptions/xsub-cancelled-while-away",
    ],
  },
  {
    name: "xsub-sends-to-one",
    breaks: ["29/xsub/13"],
    describes: "Its XSUB sends a message to the first of its publishers only.",
    apply: () =>
      override<{ publishers: Set<Pipe> }, [OutgoingMessage], boolean>(
        SubscriberPattern,
        "send",
        (pattern, original, message) => {
          const all = pattern.publishers
          const subscribes = [0, 1].includes(Buffer.from(message[0] ?? "")[0] ?? 2)
          if (!subscribes) pattern.publishers = new Set([...all].slice(0, 1))
          const taken = original(message)
          pattern.publishers = all
          return taken
        },
      ),
    fails: [
      "pubsub/xsub-sends-octets",
      "pubsub/xsub-sends-parts",
      "pubsub/xsub-sends-command-like",
      "pubsub/xsub-sends-large",
    ],
  },
]

export const pubsub: readonly Fault[] = [...publishers, ...subscribers]
