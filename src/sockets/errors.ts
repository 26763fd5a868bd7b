/**
 * The errors that a user's call throws or rejects with: number, code and words of the native package, in the
 * order in which native sets them. Faults of a peer are in `wire/errors.ts`.
 */
import { constants } from "node:os"
import { types } from "node:util"

/** An error with a system's or ZeroMQ's number. Own properties in this order, as native has it. */
export interface ErrnoError extends Error {
  errno: number
  code: string
  /** The endpoint of the failed call, for bind, unbind, connect and disconnect. */
  address?: string
}

/** Numbers that only ZeroMQ knows: `ZMQ_HAUSNUMERO` plus 51 and following, see zmq.h. */
const ZMQ_NUMBERS = {
  EFSM: 156384763,
  ENOCOMPATPROTO: 156384764,
  ETERM: 156384765,
  EMTHREAD: 156384766,
} as const

/** Words by code: native's own where it has them, zmq_strerror() of a Linux system for the rest. */
const MESSAGES: Readonly<Record<string, string>> = {
  EFSM: "Operation cannot be accomplished in current state",
  ENOCOMPATPROTO: "The protocol is not compatible with the socket type",
  ETERM: "Context was terminated",
  EMTHREAD: "No thread available",

  EADDRINUSE: "Address already in use",
  EAGAIN: "Operation was not possible or timed out",
  EBADF: "Socket is closed",
  EBUSY: "Socket is busy",
  EFAULT: "Context is closed",
  EMFILE: "Too many open file descriptors",
  ENOENT: "No such endpoint",

  EACCES: "Permission denied",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EALREADY: "Operation already in progress",
  ECANCELED: "Operation canceled",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EEXIST: "File exists",
  EHOSTUNREACH: "Host unreachable",
  EINPROGRESS: "Operation now in progress",
  EINTR: "Interrupted system call",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISCONN: "Transport endpoint is already connected",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMSGSIZE: "Message too long",
  ENAMETOOLONG: "File name too long",
  ENETDOWN: "Network is down",
  ENETRESET: "Network dropped connection on reset",
  ENETUNREACH: "Network is unreachable",
  ENFILE: "Too many open files in system",
  ENOBUFS: "No buffer space available",
  ENODEV: "No such device",
  ENOMEM: "Cannot allocate memory",
  ENOPROTOOPT: "Protocol not available",
  ENOSPC: "No space left on device",
  ENOSYS: "Function not implemented",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTDIR: "Not a directory",
  ENOTSOCK: "Socket operation on non-socket",
  ENOTSUP: "Operation not supported",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTO: "Protocol error",
  EPROTONOSUPPORT: "Protocol not supported",
  EPROTOTYPE: "Protocol wrong type for socket",
  ERANGE: "Numerical result out of range",
  EROFS: "Read-only file system",
  ETIMEDOUT: "Connection timed out",
}

const NUMBERS: Readonly<Record<string, number | undefined>> = { ...constants.errno, ...ZMQ_NUMBERS }

/** The number of a code such as `EINVAL` on this platform; 0 for a code that has none. */
export function errnoOf(code: string): number {
  return NUMBERS[code] ?? 0
}

/**
 * Makes the error that native makes for `code`.
 * @param code Name of the error number, such as `EAGAIN` or `EFSM`.
 * @param message Words other than the usual ones of that code.
 * @param address Endpoint of the call, for the calls whose errors carry one.
 */
export function errnoError(code: string, message?: string, address?: string): ErrnoError {
  const error = new Error(message ?? MESSAGES[code] ?? code)
  Error.captureStackTrace(error, errnoError)
  const own: { errno: number; code: string; address?: string } = { errno: errnoOf(code), code }
  if (address !== undefined) own.address = address
  return Object.assign(error, own)
}

/**
 * Turns what Node.js reports of a failed system call into the error that native makes of it. An error without
 * a code is a mistake of this library: it is passed on as it is.
 */
export function fromSystemError(error: unknown, address?: string): Error {
  if (!types.isNativeError(error)) return new Error(String(error))
  const { code } = error as NodeJS.ErrnoException
  return code === undefined ? error : errnoError(code, undefined, address)
}

/** Throws, in native's words, when a call was given more arguments than it takes. */
export function checkArgumentCount(received: number, most: number): void {
  if (received <= most) return
  throw new TypeError(`Expected ${most} argument${most === 1 ? "" : "s"} but received ${received}`)
}
