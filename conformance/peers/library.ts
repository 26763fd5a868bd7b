/**
 * Loads the library that a peer plays with: this package from its source, or the native `zeromq`. The variable
 * ZMTP_MODULE names another module to stand in for ours, a build of it for example.
 */
export type LibraryName = "ours" | "native"
export type Library = typeof import("../../src/index.js")

export async function loadLibrary(name: LibraryName): Promise<Library> {
  if (name === "native") return (await import("zeromq")) as unknown as Library
  const standIn = process.env.ZMTP_MODULE
  return standIn ? ((await import(standIn)) as Library) : import("../../src/index.js")
}

/** A failure to load, in one line and without the paths of this machine. */
export function whyNot(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/( imported from .*)?(\n[^]*)?$/, "")
}
