/**
 * A ZAP handler (27/ZAP) in the process of the peer under test, played by hand: its socket is opened and bound there,
 * and the case reads each request and says each frame of a reply. A process has one handler: only for cases that are
 * played alone.
 */
import type { Octets } from "./bytes.js"
import type { Control, Subject } from "./subject.js"
import { Failure, NotApplicable } from "./verdict.js"

const ENDPOINT = "inproc://zeromq.zap.01"

/** A request as a ROUTER receives it. */
export interface ZapRequest {
  /** The frames before the empty one, which tell the socket whom a reply is for. */
  readonly route: readonly string[]
  /** All frames after those, the empty delimiter first. */
  readonly frames: readonly string[]
  readonly version: string
  readonly id: string
  readonly domain: string
  readonly address: string
  readonly identity: string
  readonly mechanism: string
  readonly credentials: readonly string[]
}

/** The fields of a reply; without any of them it lets the client in. */
export interface ZapReply {
  readonly delimiter?: string
  readonly version?: Octets
  readonly id?: Octets
  readonly status?: Octets
  readonly text?: Octets
  readonly user?: Octets
  readonly metadata?: Octets
}

export class ZapHandler {
  readonly #control: Control
  readonly #patience: number
  /** How many requests have come. */
  asked = 0

  private constructor(control: Control, patience: number) {
    this.#control = control
    this.#patience = patience
  }

  /** Not applicable where no such socket can be had. It is closed with the subject. */
  static async open(subject: Subject, endpoint = ENDPOINT): Promise<ZapHandler> {
    const control = await subject.control.open("ROUTER", {})
    const close = async (): Promise<void> => {
      // Unbound at first, since a socket that is closed may keep its name for a while.
      await control.unbind(endpoint).catch(() => undefined)
      await control.close().catch(() => undefined)
    }
    subject.closeToo({ close })
    try {
      await control.bind(endpoint)
    } catch (error) {
      if ((error as { code?: string }).code === "EADDRINUSE") throw error
      throw new NotApplicable(`The library has no place for a ZAP handler: ${String(error)}`)
    }
    return new ZapHandler(control, subject.patience)
  }

  /** Answers each request by itself from now on. */
  serve(reply: (request: ZapRequest) => ZapReply): void {
    const loop = async (): Promise<void> => {
      for (;;) {
        const request = await this.#receive()
        await this.reply(request, reply(request))
      }
    }
    // Until it is closed.
    void loop().catch(() => undefined)
  }

  /** The next request. Not applicable to a library that asks none. */
  async request(): Promise<ZapRequest> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const over = () =>
        reject(new Failure(`Within ${this.#patience / 1000} s came no request to the ZAP handler`))
      timer = setTimeout(over, this.#patience)
    })
    try {
      return await Promise.race([this.#receive(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async reply(request: ZapRequest, fields: ZapReply = {}): Promise<void> {
    const { delimiter = "", version = "1.0", id = request.id, status = "200" } = fields
    const { text = "OK", user = "", metadata = "" } = fields
    await this.send(...request.route, delimiter, version, id, status, text, user, metadata)
  }

  /** Any frames. */
  async send(...frames: Octets[]): Promise<void> {
    await this.#control.send(
      frames.map(frame => (typeof frame === "string" ? Buffer.from(frame, "latin1") : Buffer.from(frame))),
    )
  }

  async #receive(): Promise<ZapRequest> {
    const all = (await this.#control.receive()).map(frame => frame.toString("latin1"))
    this.asked++
    // The first is the ROUTER's own; a delimiter that is missing is for a case to notice.
    const end = Math.max(1, all.indexOf("", 1))
    const [route, frames] = [all.slice(0, end), all.slice(end)]
    const [, version = "", id = "", domain = "", address = "", identity = "", mechanism = ""] = frames
    const named = { version, id, domain, address, identity, mechanism }
    return { route, frames, ...named, credentials: frames.slice(7) }
  }
}
