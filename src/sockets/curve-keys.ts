/**
 * Key pairs for CURVE (25/ZMTP-CURVE), as programs keep and hand out: X25519 keys in Z85. What keys are good for, the
 * mechanism, is in `security/`.
 */
import { generateKeyPairSync } from "node:crypto"
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
  // Not as JWK: Node.js 20 at times never returns from exporting a key so that it has generated.
  const { publicKey, privateKey } = generateKeyPairSync("x25519", {
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  })
  return { publicKey: toZ85(publicKey), secretKey: toZ85(privateKey) }
}

/** The DER of a key of X25519, public or private, ends with its 32 bytes (RFC 8410 §4 and §7). */
function toZ85(der: Buffer): string {
  return encodeZ85(der.subarray(-32))
}
