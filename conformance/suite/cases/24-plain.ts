/** Cases of 24/ZMTP-PLAIN, the server's side and the client's. */
import type { Case } from "../play/case.js"
import { plainClient } from "./24-plain-client.js"
import { plainServer } from "./24-plain-server.js"

export const plain: readonly Case[] = [...plainServer, ...plainClient]
