/**
 * The line protocol between a conformance test and a peer, as types: each task's name, what it takes and what
 * it answers. README.md is the same for readers who write a peer in another language.
 */
import type { Stream } from "./messages.js"

export type SocketType =
  | (
      | "push"
      | "pull"
      | "pub"
      | "sub"
      | "req"
      | "rep"
      | "dealer"
      | "router"
      | "pair"
      | "xpub"
      | "xsub"
      | "stream"
    )
  // Draft types, which not every peer has.
  | ("client" | "server" | "scatter" | "gather" | "radio" | "dish" | "channel")
/** Option names and values of the native package's version 6. */
export type Options = Readonly<Record<string, string | number | boolean | null>>

/** A run of messages from a stream. */
export interface Run {
  readonly socket: string
  readonly stream: Stream
  readonly from?: number
  readonly count: number
}

/** What a consumer saw. `fault` is absent when all is intact: count, order, parts and bytes. */
export interface Tally {
  readonly count: number
  readonly parts: number
  readonly bytes: number
  /** Messages that belong to no topic of the stream, passed over. */
  readonly foreign: number
  /** From the first message to the last. */
  readonly milliseconds: number
  readonly fault?: string
}

/** What a producer did. */
export interface Output {
  readonly count: number
  readonly parts: number
  readonly bytes: number
  readonly milliseconds: number
}

export interface Memory {
  readonly heapUsed: number
  readonly external: number
  readonly rss: number
}

type Named = { readonly socket: string }
type At = Named & { readonly endpoint: string }

/** Task name → [fields, answer]. */
export interface Tasks {
  open: [Named & { type: SocketType; options?: Options; events?: boolean }, object]
  bind: [At, { endpoint: string }]
  connect: [At, object]
  unbind: [At, object]
  disconnect: [At, object]
  subscribe: [Named & { prefixes: readonly string[] }, object]
  unsubscribe: [Named & { prefixes: readonly string[] }, object]
  send: [Named & { parts: readonly string[] }, object]
  receive: [Named, { parts: string[] }]
  produce: [Run, Output]
  consume: [Run & { only?: readonly string[]; envelope?: number }, Tally]
  request: [Run & { replies: Stream; to?: readonly string[] }, Tally]
  serve: [Run & { replies: Stream; envelope?: number }, Tally]
  authenticate: [{ users: Readonly<Record<string, string>> }, object]
  digest: [{ stream: Stream; from?: number; count: number }, { sha256: string }]
  memory: [object, Memory]
  close: [Named, object]
}
export type TaskName = keyof Tasks

/** Whoever carries out tasks: a process at the end of a pipe, or this process. */
export interface Performer {
  call<Name extends TaskName>(task: Name, fields: Tasks[Name][0]): Promise<Tasks[Name][1]>
}

/** The first line of a peer. */
export type Hello =
  | { readonly event: "ready"; readonly library: string; readonly version?: string }
  | { readonly event: "absent"; readonly library: string; readonly reason: string }

/** A socket's event, from a peer that opened it with `events`. */
export interface SocketNotice {
  readonly event: "socket"
  readonly socket: string
  readonly type: string
  readonly address?: string
  /** `status` is the ZAP handler's. */
  readonly error?: { readonly message: string; readonly code?: string; readonly status?: number }
}

export type Request = { readonly id: number; readonly task: TaskName } & Record<string, unknown>
export type Answer =
  | { readonly id: number; readonly ok: object }
  | { readonly id: number; readonly error: { readonly message: string; readonly code?: string } }
