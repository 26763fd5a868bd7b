/** 30/PIPELINE: PUSH and PULL. */
import type { Case } from "../play/case.js"
import { pulls } from "./30-pull.js"
import { pushes } from "./30-push.js"

export const pipeline: readonly Case[] = [...pushes, ...pulls]
