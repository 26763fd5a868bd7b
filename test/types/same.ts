/**
 * Compares types with native's, which the relative imports always name: whatever has a name there has one here, with
 * the same options, events and messages.
 */
import type * as nativeDraft from "../../node_modules/zeromq/lib/draft.js"
import type * as native from "../../node_modules/zeromq/lib/index.js"
import type * as nativeV5 from "../../node_modules/zeromq/lib/compat.js"
import type * as zeromq from "zeromq"
import type * as draft from "zeromq/draft.js"
import type * as v5 from "zeromq/v5-compat.js"

type Nothing<T extends never> = T
/** Modules have a `default` or not as the settings say. */
type Missing<N, O> = Exclude<keyof N, keyof O | "default">

/** True when each type can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type True<T extends true> = T

/** Options without those whose types are classes, which are each package's own, and without what ours adds. */
type Settable<S> = Omit<S, "context" | "zeroCopyReceive">

type Sockets = Pick<
  typeof native,
  | ("Dealer" | "Pair" | "Publisher" | "Pull" | "Push" | "Reply" | "Request" | "Router" | "Stream")
  | ("Subscriber" | "XPublisher" | "XSubscriber")
>
type Drafts = Pick<
  typeof nativeDraft,
  "Client" | "Datagram" | "Dish" | "Gather" | "Radio" | "Scatter" | "Server"
>
type Constructor = abstract new (...args: never[]) => unknown
type Of<T, K extends keyof T> = T[K] extends Constructor ? InstanceType<T[K]> : never
type Sent<S> = S extends { send(...args: infer A): unknown } ? A : never
type Received<S> = S extends { receive(): Promise<infer M> } ? M : never
type Taken<T, K extends keyof T> = T[K] extends Constructor
  ? Settable<Exclude<ConstructorParameters<T[K]>[0], undefined>>
  : never

/** What differs between the classes of one name: `never` when nothing does. */
type Differing<N, O, Names extends keyof N & keyof O> = {
  [K in Names]:
    | Missing<Of<N, K>, Of<O, K>>
    | (Same<Sent<Of<N, K>>, Sent<Of<O, K>>> extends true ? never : "send")
    | (Same<Received<Of<N, K>>, Received<Of<O, K>>> extends true ? never : "receive")
    | (Same<Taken<N, K>, Taken<O, K>> extends true ? never : "constructor")
    | (Same<keyof Taken<N, K>, keyof Taken<O, K>> extends true ? never : "options")
}[Names]

export type Doors = [
  Nothing<Missing<typeof native, typeof zeromq>>,
  Nothing<Missing<typeof nativeDraft, typeof draft>>,
  Nothing<Missing<typeof nativeV5, typeof v5>>,
]

export type Classes = [
  Nothing<Differing<typeof native, typeof zeromq, keyof Sockets>>,
  Nothing<Differing<typeof nativeDraft, typeof draft, keyof Drafts>>,
  Nothing<Missing<native.Observer, zeromq.Observer>>,
  Nothing<Missing<native.EventSubscriber, zeromq.EventSubscriber>>,
  Nothing<Missing<native.Proxy, zeromq.Proxy>>,
  Nothing<Missing<native.Context, zeromq.Context>>,
  Nothing<Missing<native.Socket, zeromq.Socket>>,
]

export type Types = [
  True<Same<native.Event, zeromq.Event>>,
  True<Same<native.EventType, zeromq.EventType>>,
  True<Same<native.EventOfType<"connect:retry">, zeromq.EventOfType<"connect:retry">>>,
  True<Same<native.Message, zeromq.Message>>,
  True<Same<native.MessageLike, zeromq.MessageLike>>,
  True<Same<Parameters<native.Router["connect"]>, Parameters<zeromq.Router["connect"]>>>,
  True<Same<native.RouterConnectOptions, zeromq.RouterConnectOptions>>,
  True<Same<native.StreamConnectOptions, zeromq.StreamConnectOptions>>,
  True<Same<typeof native.capability, typeof zeromq.capability>>,
  True<Same<typeof native.curveKeyPair, typeof zeromq.curveKeyPair>>,
  True<Same<nativeV5.SocketType, v5.SocketType>>,
  True<Same<typeof nativeV5.options, typeof v5.options>>,
]

// What ours adds, native's interfaces can do without.
export const readable = (socket: zeromq.Readable): native.Readable => socket
export const writable = (socket: zeromq.Writable): native.Writable => socket
