import type { Case } from "../play/case.js"

export const greeting: readonly Case[] = []
