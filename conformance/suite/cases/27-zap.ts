import type { Case } from "../play/case.js"

export const zap: readonly Case[] = []
