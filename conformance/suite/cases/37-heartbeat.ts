import type { Case } from "../play/case.js"

export const heartbeat: readonly Case[] = []
