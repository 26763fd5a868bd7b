/**
 * What programs ask of the library before they use it.
 */

/** The version of libzmq whose behaviour this library has, as native's `version` gives it. */
export const version = "4.3.5" as string

/** What libzmq may have been built with and without. `true` is there, all else is not. */
export const capability: Partial<{
  ipc: boolean
  pgm: boolean
  tipc: boolean
  norm: boolean
  curve: boolean
  gssapi: boolean
  draft: boolean
}> = { ipc: true, pgm: false, tipc: false, norm: false, curve: false, gssapi: false, draft: true }
