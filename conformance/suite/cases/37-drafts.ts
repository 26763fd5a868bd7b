import type { Case } from "../play/case.js"

export const drafts: readonly Case[] = []
