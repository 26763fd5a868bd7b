/** What the tests of the draft sockets share: the draft doors of both libraries, by the main doors of `parity()`. */
import * as oursDraft from "../../../src/draft.js"
import { make, native, ours, type AnySocket, type Library } from "../support.js"

export { oursDraft }
export type DraftLibrary = typeof oursDraft

/** Native's own; undefined where it does not load. */
export const nativeDraft: DraftLibrary | undefined = await import("zeromq/draft.js").then(
  module => module as unknown as DraftLibrary,
  () => undefined,
)

/** The draft door of a library. */
export function draftOf(library: Library): DraftLibrary {
  if (library === ours || nativeDraft === undefined) return oursDraft
  return nativeDraft
}

/** A socket of either draft door with all that its prototype has, whatever the types say. */
export interface AnyDraft extends AnySocket {
  join(...groups: unknown[]): void
  leave(...groups: unknown[]): void
}

type DraftName = Exclude<keyof DraftLibrary, "Channel" | "Peer">

/** Makes a draft socket by name, closed after the test. */
export function makeDraft(library: Library, name: DraftName, options?: object): AnyDraft {
  const Type = draftOf(library)[name] as unknown as new (options?: object) => AnyDraft
  return make(Type, options)
}

/** Both libraries, or ours alone: every pair of them is to be played. */
export const libraries: readonly (readonly [name: string, library: Library])[] =
  typeof native === "string" || nativeDraft === undefined
    ? [["ours", ours]]
    : [
        ["ours", ours],
        ["native", native],
      ]

/** Every way in which two sides can be of the two libraries, save native with itself. */
export const mixtures = libraries.flatMap(([one, a]) =>
  libraries.filter(([, b]) => a === ours || b === ours).map(([other, b]) => [one, other, a, b] as const),
)
