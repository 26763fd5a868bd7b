/** Key pairs: their form, their mathematics, and that libzmq takes them for its own. */
import { createPrivateKey, createPublicKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { decodeZ85 } from "../../src/security/z85.js"
import { bindTcp, make, makeAny, native, ours, parity, take, watch } from "./support.js"

/** PKCS #8 of an X25519 key, without the key (RFC 8410 §7). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex")

describe("curveKeyPair", () => {
  parity("gives two keys of 40 characters, whatever it is called with", async library => {
    const shapes = [[], [1, 2]].map(args => {
      const pair = (library.curveKeyPair as (...args: unknown[]) => Record<string, string>)(...args)
      return Object.entries(pair).map(([name, key]) => [name, key.length])
    })
    return { shapes, length: library.curveKeyPair.length }
  })

  it("ends, however often it is called", () => {
    // Exporting the same keys as JWK, Node.js 20 stops for ever within some thousand calls.
    for (let i = 0; i < 10_000; i++) ours.curveKeyPair()
  })

  it("gives other keys each time", () => {
    const keys = Array.from({ length: 20 }, () => Object.values(ours.curveKeyPair())).flat()
    expect(new Set(keys).size).toBe(40)
  })

  it("gives a public key that is the secret key's", () => {
    const { publicKey, secretKey } = ours.curveKeyPair()
    const key = Buffer.concat([PKCS8, decodeZ85(secretKey) ?? Buffer.alloc(0)])
    const secret = createPrivateKey({ key, format: "der", type: "pkcs8" })
    const { x } = createPublicKey(secret).export({ format: "jwk" })
    expect(decodeZ85(publicKey)?.toString("base64url")).toBe(x)
  })

  it.skipIf(typeof native === "string")("gives keys with which native talks by CURVE", async () => {
    if (typeof native === "string") return
    const [server, client] = [ours.curveKeyPair(), ours.curveKeyPair()]
    const pull = makeAny(native, "Pull", { curveServer: true, curveSecretKey: server.secretKey })
    const push = makeAny(native, "Push", {
      curveServerKey: server.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
    })
    push.connect(await bindTcp(pull))
    await push.send("sealed")
    expect(await take(pull, 1)).toEqual(["sealed"])
    expect(pull.securityMechanism).toBe("curve")
  })

  it.skipIf(typeof native === "string")("gives a secret key that opens nothing else", async () => {
    if (typeof native === "string") return
    const [server, other, client] = [ours.curveKeyPair(), ours.curveKeyPair(), ours.curveKeyPair()]
    const pull = make(native.Pull, { curveServer: true, curveSecretKey: server.secretKey })
    const push = make(native.Push, {
      curveServerKey: other.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
      linger: 0,
    })
    const events = watch(pull)
    push.connect(await bindTcp(pull))
    expect(await events.until("handshake:error:protocol")).toMatchObject({
      error: { code: "ERR_ZMTP_CRYPTOGRAPHIC" },
    })
  })
})
