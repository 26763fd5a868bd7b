/**
 * Arithmetic of high-water marks, in messages. Zero, for "no limit" in the options, is Infinity inside.
 */

/** The mark that an option's value stands for (ZMQ_SNDHWM, ZMQ_RCVHWM). */
export function mark(option: number): number {
  return option > 0 ? option : Infinity
}

/** With inproc one queue serves both sockets and holds as much as their two would. */
export function jointMark(send: number, receive: number): number {
  return mark(send) + mark(receive)
}
