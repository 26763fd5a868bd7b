import type { Case } from "../play/case.js"

export const messages: readonly Case[] = []
