/**
 * The ipc transport: Unix domain sockets, and named pipes on Windows, where `ipc://name` is the pipe
 * `\\.\pipe\name`. Addresses are paths, `@name` for the abstract namespace of Linux, or, for binding, `*` for a
 * socket in a fresh directory.
 *
 * Up to libuv 1.47 (Node.js 20) an abstract name is filled up with zero bytes. Sockets of one version of Node.js
 * find each other; libzmq and later versions use the exact name, and they and older ones do not.
 */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { nextTick } from "./clock.js"
import { transportError } from "./errors.js"
import { NetServer } from "./net-server.js"
import { NetAttempt } from "./net-stream.js"
import type { Attempt, Listener, ListenHandler, Transport } from "./transport.js"

const WINDOWS = process.platform === "win32"
const LINUX = process.platform === "linux"
/** Bytes of `sun_path`, the terminating zero included (unix(7)); macOS and the BSDs have four fewer than Linux. */
const PATH_SIZE = LINUX ? 108 : 104

export const ipc: Transport = {
  check(address, role) {
    if (role === "bind" && isWildcard(address)) return
    toPath(address)
  },

  async listen(address, options, handler): Promise<Listener> {
    const bound = new IpcListener(address, handler)
    try {
      await bound.server.listen({ path: bound.path, backlog: options.backlog })
    } catch (error) {
      throw bound.failed(error)
    }
    return bound.opened()
  },

  listenSync(address, options, handler): Listener {
    const bound = new IpcListener(address, handler)
    try {
      bound.server.listenPathSync(bound.path, options.backlog)
    } catch (error) {
      throw bound.failed(error)
    }
    return bound.opened()
  },

  connect(address, _options, handler): Attempt {
    const path = toPath(address)
    const attempt = new NetAttempt(handler)
    // The connecting end of a Unix domain socket has no name.
    const ends = { localEndpoint: "ipc://", remoteEndpoint: `ipc://${address}`, peerAddress: "" }
    // Here, as for tcp, a connection may be made or refused before connect() returns; it is told later.
    attempt.dial({ path }, () => ends)
    return attempt
  },
}

/** A bound path and its file: the one that is left behind by a crash, and the one to clean up. */
class IpcListener implements Listener {
  readonly endpoint: string
  readonly path: string
  readonly server: NetServer
  /** The fresh directory of a wildcard. */
  private readonly directory: string | undefined
  /** Tells the file of this listener from one that another has put in its place. */
  private inode: number | undefined

  constructor(address: string, handler: ListenHandler) {
    let name = address
    if (isWildcard(address)) {
      if (WINDOWS) name = `tmp${crypto.randomUUID()}`
      else {
        const directory = mkdtempSync(join(temporaryDirectory(), "tmp"))
        this.directory = directory
        directories.add(directory)
        name = join(directory, "socket")
      }
    }
    this.endpoint = `ipc://${name}`
    try {
      this.path = toPath(name)
    } catch (error) {
      this.removeDirectory()
      throw error
    }
    if (this.hasFile()) unlinkStale(this.path)
    const ends = { localEndpoint: this.endpoint, remoteEndpoint: "ipc://", peerAddress: "" }
    this.server = new NetServer(handler, () => ends)
  }

  /** Binding has succeeded. */
  opened(): this {
    this.inode = this.readInode()
    return this
  }

  /** Binding has failed: cleans up and returns the error to report. */
  failed(error: unknown): unknown {
    this.removeDirectory()
    // libuv reports a missing directory as if access to it were denied.
    if ((error as NodeJS.ErrnoException).code === "EACCES" && !WINDOWS && !existsSync(dirname(this.path))) {
      return transportError(
        "ENOENT",
        `Cannot bind ${this.endpoint}: there is no directory ${dirname(this.path)}`,
      )
    }
    return error
  }

  /** Removes the file too, unless it is another's by now. libzmq leaves it behind. */
  close(done: (error?: NodeJS.ErrnoException) => void): void {
    let failure: NodeJS.ErrnoException | undefined
    try {
      this.release()
      this.removeDirectory()
    } catch (error) {
      failure = error as NodeJS.ErrnoException
    }
    nextTick(done, failure)
  }

  private release(): void {
    // libuv removes whatever file bears the name when it closes. Another process may have bound the path since,
    // as a new instance of a service does while the old one still ends; its file is put aside meanwhile.
    const theirs = this.hasFile() && this.readInode() !== this.inode
    const aside = `${this.path}.${process.pid}`
    if (theirs && existsSync(this.path)) linkSync(this.path, aside)
    this.server.close()
    if (theirs && existsSync(aside)) renameSync(aside, this.path)
  }

  private hasFile(): boolean {
    return !WINDOWS && !this.path.startsWith("\0")
  }

  private readInode(): number | undefined {
    return this.hasFile() ? statSync(this.path, { throwIfNoEntry: false })?.ino : undefined
  }

  private removeDirectory(): void {
    const { directory } = this
    if (directory !== undefined && directories.delete(directory)) rmdirSync(directory)
  }
}

/** Directories of wildcards that are still bound. A process that ends without closing its sockets leaves none. */
const directories = {
  all: new Set<string>(),
  add(directory: string): void {
    if (this.all.size === 0) process.on("exit", removeDirectories)
    this.all.add(directory)
  },
  delete(directory: string): boolean {
    const found = this.all.delete(directory)
    if (this.all.size === 0) process.off("exit", removeDirectories)
    return found
  },
}

function removeDirectories(): void {
  for (const directory of directories.all) {
    try {
      unlinkSync(join(directory, "socket"))
      rmdirSync(directory)
    } catch {
      // Somebody has been here: then it is theirs to clean.
    }
  }
}

/** As libzmq: an asterisk is a wildcard whatever follows it. */
function isWildcard(address: string): boolean {
  return address.startsWith("*")
}

/** Where libzmq looks, and instead of its last resort, the current directory, the system's. */
function temporaryDirectory(): string {
  for (const name of ["TMPDIR", "TEMPDIR", "TMP"]) {
    const value = process.env[name]
    if (value !== undefined && statSync(value, { throwIfNoEntry: false })?.isDirectory() === true)
      return value
  }
  return tmpdir()
}

/** Only a socket is removed; libzmq would remove any file. */
function unlinkStale(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path)
}

/** The path or name for `node:net`. Throws `EINVAL`, `ENAMETOOLONG`, or `ENOTSUP` for what the platform lacks. */
function toPath(address: string): string {
  if (WINDOWS) return address.startsWith("\\\\") ? address : `\\\\.\\pipe\\${address}`
  if (Buffer.byteLength(address) >= PATH_SIZE) {
    throw transportError(
      "ENAMETOOLONG",
      `${address} is longer than the ${PATH_SIZE - 1} bytes that a path may have`,
    )
  }
  if (!address.startsWith("@")) return address
  if (address === "@") throw transportError("EINVAL", "An abstract socket needs a name after the @")
  if (!LINUX) throw transportError("ENOTSUP", "Abstract sockets such as ipc://@name exist on Linux only")
  warnOfPadding()
  return `\0${address.slice(1)}`
}

let warned = false

function warnOfPadding(): void {
  const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number)
  if (warned || major > 1 || minor >= 48) return
  warned = true
  process.emitWarning("Abstract ipc names of this Node.js reach sockets of Node.js 20 only, not libzmq", {
    code: "ZMTP_ABSTRACT_NAME",
    detail: "Node.js 22 and later use the exact name. A path, such as ipc:///tmp/name, reaches everybody.",
  })
}
