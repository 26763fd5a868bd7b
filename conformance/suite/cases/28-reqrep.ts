import type { Case } from "../play/case.js"

export const reqrep: readonly Case[] = []
