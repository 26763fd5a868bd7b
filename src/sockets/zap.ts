/**
 * Asks the user's ZAP handler (27/ZAP): a Reply or Router socket of the same context, bound at
 * `inproc://zeromq.zap.01`. Each request goes through a pipe of its own. What is asked, and what an answer means,
 * is told in the security room.
 */
import { InprocPipe } from "../peers/inproc-pipe.js"
import type { PipeListener } from "../peers/pipe.js"
import {
  encodeZapRequest,
  parseZapReply,
  ZAP_ENDPOINT,
  type ZapReply,
  type ZapRequest,
} from "../security/zap.js"
import type { InprocBinder } from "../transports/inproc.js"
import type { HandshakeError } from "../wire/errors.js"
import { EMPTY } from "./options.js"

const NO_MARKS = { sendHighWaterMark: 0, receiveHighWaterMark: 0, conflate: false, routingId: EMPTY }

/** Calls `done` once: with the answer, or with null when the handler closed without one. */
export function askZapHandler(
  handler: InprocBinder<InprocPipe>,
  request: ZapRequest,
  done: (outcome: ZapReply | HandshakeError | null) => void,
): void {
  let answered = false
  const answer = (outcome: ZapReply | HandshakeError | null): void => {
    if (answered) return
    answered = true
    pipe.leave()
    done(outcome)
  }
  const listener: PipeListener = {
    readable(from) {
      const reply = from.read()
      if (reply !== undefined) answer(parseZapReply(reply))
    },
    writable: () => undefined,
    established: () => undefined,
    ended() {
      answer(null)
    },
    drained: () => undefined,
  }
  const pipe = new InprocPipe(ZAP_ENDPOINT, listener, NO_MARKS, () => undefined)
  handler.accept(pipe)
  pipe.write(encodeZapRequest(request))
}
