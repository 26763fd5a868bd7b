/** Cases of 28/REQREP, a file for each socket type. */
import type { Case } from "../play/case.js"
import { dealer } from "./28-dealer.js"
import { rep } from "./28-rep.js"
import { req } from "./28-req.js"
import { router } from "./28-router.js"

export const reqrep: readonly Case[] = [...req, ...rep, ...dealer, ...router]
