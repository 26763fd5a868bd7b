/** PLAIN and ZAP between whole sockets: who is let in, who is not, what handlers are asked, and what both sides hear. */
import { describe, expect, it } from "vitest"
import {
  bindTcp,
  make,
  makeAny,
  native,
  ours,
  show,
  take,
  until,
  watch,
  type AnySocket,
  type Library,
} from "./support.js"

const ZAP = "inproc://zeromq.zap.01"
const PLAIN = { plainServer: true, zapDomain: "dom" }
const CREDENTIALS = { plainUsername: "user", plainPassword: "pass" }

interface Zap {
  readonly context: InstanceType<Library["Context"]>
  readonly requests: string[][]
}

/** A context with a ZAP handler that answers each request with what `answer` gives. */
async function handler(
  library: Library,
  answer: (request: string[]) => string[],
  type = "Reply",
): Promise<Zap> {
  const context = new library.Context()
  const requests: string[][] = []
  const socket = makeAny(library, type, { context, linger: 0 })
  await socket.bind(ZAP)
  void (async () => {
    for await (const parts of socket) {
      const frames = parts.map(String)
      const envelope = type === "Router" ? parts.slice(0, 2) : []
      const request = frames.slice(envelope.length)
      requests.push(request)
      await socket.send([...envelope, ...answer(request)])
    }
  })().catch(() => undefined)
  return { context, requests }
}

/** A handler's answer with a status. */
function status(code: string): (request: string[]) => string[] {
  return ([version = "", id = ""]) => [version, id, code, "text", "me", ""]
}

async function pair(
  server: Library,
  client: Library,
  serverOptions: object,
  clientOptions: object,
): Promise<[AnySocket, AnySocket]> {
  const pull = makeAny(server, "Pull", serverOptions)
  const push = makeAny(client, "Push", { reconnectInterval: 50, ...clientOptions })
  watch(pull)
  watch(push)
  push.connect(await bindTcp(pull))
  return [pull, push]
}

const PAIRS: [string, Library, Library][] = [["ours and ours", ours, ours]]
if (typeof native !== "string") {
  PAIRS.push(
    ["our server and a native client", ours, native],
    ["a native server and our client", native, ours],
  )
}

for (const [names, server, client] of PAIRS) {
  describe(`between ${names}`, () => {
    it("PLAIN lets in whom the handler lets in, and asks it with all it knows", async () => {
      const zap = await handler(server, status("200"))
      const [pull, push] = await pair(server, client, { ...PLAIN, context: zap.context }, CREDENTIALS)
      expect([pull.securityMechanism, push.securityMechanism]).toEqual(["plain", "plain"])
      await push.send("hi")
      expect(await take(pull, 1)).toEqual(["hi"])
      expect(zap.requests).toEqual([["1.0", "1", "dom", "127.0.0.1", "", "PLAIN", "user", "pass"]])
    })

    for (const [code, words] of [
      ["400", "Authentication failure"],
      ["500", "Internal error"],
    ] as const) {
      it(`PLAIN refused with ${code} tells both sides, and the client gives up`, async () => {
        const zap = await handler(server, status(code))
        const [pull, push] = await pair(server, client, { ...PLAIN, context: zap.context }, CREDENTIALS)
        for (const socket of [pull, push]) {
          const { error } = await watch(socket).until("handshake:error:auth")
          expect(show(error)).toBe(`Error: ${words} {status=${code}}`)
          await watch(socket).until("disconnect")
        }
        await until(() => !push.writable)
        expect(watch(push).of("connect:retry")).toEqual([])
        expect(watch(pull).of("handshake")).toEqual([])
      })
    }

    it("PLAIN refused with 300 tells the server alone", async () => {
      const zap = await handler(server, status("300"))
      const [pull, push] = await pair(server, client, { ...PLAIN, context: zap.context }, CREDENTIALS)
      const { error } = await watch(pull).until("handshake:error:auth")
      expect(show(error)).toBe("Error: Temporary error {status=300}")
      expect(watch(push).of("handshake:error:auth")).toEqual([])
    })

    it("PLAIN without a handler lets nobody in", async () => {
      const [pull, push] = await pair(
        server,
        client,
        { ...PLAIN, context: new server.Context() },
        CREDENTIALS,
      )
      const { error } = await watch(pull).until("handshake:error:other")
      expect(show(error)).toBe("Error: Context is closed {errno=14, code=EFAULT}")
      expect(watch(push).of("handshake")).toEqual([])
    })

    it("PLAIN against NULL is a mismatch, whoever finds out first, and nobody gets through", async () => {
      for (const [serverOptions, clientOptions] of [
        [{ plainServer: true }, {}],
        [{}, CREDENTIALS],
      ]) {
        const [pull, push] = await pair(server, client, serverOptions ?? {}, clientOptions ?? {})
        const told = [pull, push].map(socket => watch(socket).until("handshake:error:protocol"))
        const { error } = await Promise.race(told)
        expect(error).toMatchObject({ code: "ERR_ZMTP_MECHANISM_MISMATCH" })
        for (const socket of [pull, push]) {
          await watch(socket).until("disconnect")
          expect(watch(socket).of("handshake")).toEqual([])
        }
      }
    })

    it("NULL with a zapDomain asks the handler, and without one does not", async () => {
      const zap = await handler(server, status("200"))
      for (const domain of [{ zapDomain: "dom" }, {}]) {
        const [pull, push] = await pair(server, client, { ...domain, context: zap.context }, {})
        await push.send("hi")
        expect(await take(pull, 1)).toEqual(["hi"])
      }
      expect(zap.requests).toEqual([["1.0", "1", "dom", "127.0.0.1", "", "NULL"]])
    })

    it("NULL refused with 400 tells both sides", async () => {
      const zap = await handler(server, status("400"))
      const [pull, push] = await pair(server, client, { zapDomain: "dom", context: zap.context }, {})
      for (const socket of [pull, push]) {
        const { error } = await watch(socket).until("handshake:error:auth")
        expect(show(error)).toBe("Error: Authentication failure {status=400}")
      }
    })

    it("NULL with a zapDomain and no handler lets everybody in, unless zapEnforceDomain is set", async () => {
      const context = new server.Context()
      const [pull, push] = await pair(server, client, { zapDomain: "dom", context }, {})
      await push.send("hi")
      expect(await take(pull, 1)).toEqual(["hi"])
      const strict = { zapDomain: "dom", zapEnforceDomain: true, context }
      const [refusing] = await pair(server, client, strict, {})
      const { error } = await watch(refusing).until("handshake:error:other")
      expect(show(error)).toBe("Error: Context is closed {errno=14, code=EFAULT}")
    })

    for (const [name, answer, code] of [
      ["an unknown status", status("201"), "ERR_ZAP_INVALID_STATUS_CODE"],
      ["another version", () => ["2.0", "1", "200", "", "", ""], "ERR_ZAP_BAD_VERSION"],
      ["another request's id", () => ["1.0", "2", "200", "", "", ""], "ERR_ZAP_BAD_REQUEST_ID"],
      ["too few frames", () => ["1.0", "1", "200", "", ""], "ERR_ZAP_MALFORMED_REPLY"],
      ["too many frames", () => ["1.0", "1", "200", "", "", "", ""], "ERR_ZAP_MALFORMED_REPLY"],
      ["malformed metadata", () => ["1.0", "1", "200", "", "", "\x09x"], "ERR_ZAP_INVALID_METADATA"],
    ] as [string, (request: string[]) => string[], string][]) {
      it(`a handler that answers with ${name} shows as ${code}`, async () => {
        const zap = await handler(server, answer)
        const [pull] = await pair(server, client, { ...PLAIN, context: zap.context }, CREDENTIALS)
        const { error } = await watch(pull).until("handshake:error:protocol")
        expect(error).toMatchObject({ code, message: "ZAP protocol error" })
        expect(watch(pull).of("handshake")).toEqual([])
      })
    }

    it("a Request over PLAIN gets its reply", async () => {
      const zap = await handler(server, status("200"))
      const reply = makeAny(server, "Reply", { ...PLAIN, context: zap.context })
      const request = makeAny(client, "Request", { ...CREDENTIALS, routingId: "me" })
      request.connect(await bindTcp(reply))
      await request.send("q")
      expect(await take(reply, 1)).toEqual(["q"])
      await reply.send("a")
      expect(await take(request, 1)).toEqual(["a"])
    })
  })
}

describe("a ZAP handler of ours", () => {
  it("is asked for each connection by itself, in turn", async () => {
    let letIn = true
    const zap = await handler(ours, request => {
      const answer = status(letIn ? "200" : "400")(request)
      letIn = !letIn
      return answer
    })
    const pull = makeAny(ours, "Pull", { ...PLAIN, context: zap.context })
    const endpoint = await bindTcp(pull)
    const events = watch(pull)
    for (let i = 0; i < 6; i++) {
      const push = make(ours.Push, CREDENTIALS)
      push.connect(endpoint)
      await (i % 2 === 0
        ? events.until("handshake", i / 2 + 1)
        : events.until("handshake:error:auth", (i + 1) / 2))
    }
    expect(zap.requests).toHaveLength(6)
  })

  it("that closes without an answer lets nobody in", async () => {
    const context = new ours.Context()
    const reply = makeAny(ours, "Reply", { context })
    await reply.bind(ZAP)
    const [pull] = await pair(ours, ours, { ...PLAIN, context }, CREDENTIALS)
    await take(reply, 1)
    reply.close()
    const { error } = await watch(pull).until("handshake:error:other")
    expect(show(error)).toContain("EFAULT")
  })

  it("that never answers does not outlast the handshake's deadline", async () => {
    const context = new ours.Context()
    const reply = makeAny(ours, "Reply", { context })
    await reply.bind(ZAP)
    const [pull] = await pair(ours, ours, { ...PLAIN, context, handshakeInterval: 30 }, CREDENTIALS)
    await take(reply, 1)
    const { error } = await watch(pull).until("handshake:error:other")
    expect(show(error)).toContain("EAGAIN")
  })

  it("of another context is not asked", async () => {
    const zap = await handler(ours, status("200"))
    const [pull] = await pair(ours, ours, { ...PLAIN, context: new ours.Context() }, CREDENTIALS)
    await watch(pull).until("handshake:error:other")
    expect(zap.requests).toEqual([])
  })
})

describe("a PLAIN server", () => {
  it("with zapEnforceDomain and no zapDomain refuses everybody, where native ends the process", async () => {
    const zap = await handler(ours, status("200"))
    const pull = makeAny(ours, "Pull", { plainServer: true, zapEnforceDomain: true, context: zap.context })
    const events = watch(pull)
    const endpoint = await bindTcp(pull)
    for (let i = 1; i <= 2; i++) {
      const push = makeAny(ours, "Push", { ...CREDENTIALS, reconnectInterval: -1 })
      push.connect(endpoint)
      const { error } = await events.until("handshake:error:other", i)
      expect(show(error)).toBe("Error: Context is closed {errno=14, code=EFAULT}")
      await watch(push).until("disconnect")
    }
    expect([zap.requests, events.of("handshake")]).toEqual([[], []])
  })

  it("and another server wait for each other until the deadline", async () => {
    const [pull, push] = await pair(
      ours,
      ours,
      { ...PLAIN, handshakeInterval: 20 },
      { plainServer: true, handshakeInterval: 0 },
    )
    const { error } = await watch(pull).until("handshake:error:other")
    expect(show(error)).toContain("EAGAIN")
    await watch(push).until("disconnect")
    for (const socket of [pull, push]) expect(watch(socket).of("handshake:error:protocol")).toEqual([])
  })
})
