/**
 * What happens to connections and is worth telling the user, in the words of libzmq's monitor (zmq_socket_monitor).
 * The sockets room turns these into the events of the native package.
 */
import type { HandshakeError } from "../wire/errors.js"

export type PeerEvent =
  | {
      readonly type: "accept" | "bind" | "connect" | "connect:delay" | "close" | "disconnect" | "handshake"
      readonly address: string
    }
  | {
      readonly type: "accept:error" | "bind:error" | "close:error"
      readonly address: string
      readonly error: NodeJS.ErrnoException
    }
  | { readonly type: "send:error"; readonly address: string; readonly messages: number }
  | { readonly type: "connect:retry"; readonly address: string; readonly interval: number }
  | { readonly type: "handshake:error"; readonly address: string; readonly error: HandshakeError }
