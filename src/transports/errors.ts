/**
 * The errors of this room: plain errors with a `code`, as Node.js gives them for system calls. What the user
 * sees of them is decided in `sockets/`.
 */

/**
 * Makes an error.
 * @param code Name of the error number, such as `EINVAL`.
 * @param message What is wrong and what to do about it.
 */
export function transportError(code: string, message: string = code): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message)
  error.code = code
  return error
}
