/**
 * Key pairs for CURVE (25/ZMTP-CURVE), as programs keep and hand out: X25519 keys in Z85. What keys are good for, the
 * mechanism, is in `security/`.
 */
import { createRequire } from "node:module"
import { encodeZ85 } from "../security/z85.js"

/**
 * A new random key pair for CURVE, `zmq_curve_keypair()`: both keys as the 40 characters of Z85 (32/Z85).
 *
 * ```typescript
 * const { publicKey, secretKey } = curveKeyPair()
 * ```
 *
 * A server keeps its secret key in {@link Socket.curveSecretKey}; its clients are given its public key for their
 * {@link Socket.curveServerKey}, and have a pair of their own. How a public key reaches the other side is up to the
 * program.
 */
export function curveKeyPair(): { publicKey: string; secretKey: string } {
  const { x, d } = nodeCrypto().generateKeyPairSync("x25519").privateKey.export({ format: "jwk" })
  return { publicKey: toZ85(x), secretKey: toZ85(d) }
}

/** RFC 8037: `x` is the public key and `d` the private one, 32 bytes each in base64url. */
function toZ85(key: string | undefined): string {
  return encodeZ85(Buffer.from(key ?? "", "base64url"))
}

/** Loaded by the first call: it takes some 2.5 ms, a good part of what importing this whole library takes. */
function nodeCrypto(): typeof import("node:crypto") {
  // One source is compiled to CommonJS and to ESM, and neither way of loading at once exists in both.
  return createRequire(process.execPath)("node:crypto") as typeof import("node:crypto")
}
