/**
 * Loads the library that a peer plays with: this package from its source, or the native `zeromq`. The variable
 * ZMTP_MODULE names another module to stand in for ours, a build of it for example.
 */
export type LibraryName = "ours" | "native"

export type Library = typeof import("../../src/index.js") & {
  /** Its draft sockets, as far as it has any: loaded on demand, since loading them warns. */
  readonly draft: () => Promise<object>
}

const NONE = {}

export async function loadLibrary(name: LibraryName): Promise<Library> {
  if (name === "native") {
    const draft = () => import("zeromq/draft.js").catch(() => NONE)
    return { ...((await import("zeromq")) as unknown as Library), draft }
  }
  const standIn = process.env.ZMTP_MODULE
  if (standIn) return { ...((await import(standIn)) as Library), draft: async () => NONE }
  return { ...(await import("../../src/index.js")), draft: () => import("../../src/draft.js") }
}

/** A failure to load, in one line and without the paths of this machine. */
export function whyNot(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/( imported from .*)?(\n[^]*)?$/, "")
}
