/** The peer for Node.js, in a process of its own: `node --import tsx conformance/peers/peer.ts ours|native`. */
import { serve } from "./program.js"

await serve(process.argv[2] === "native" ? "native" : "ours")
