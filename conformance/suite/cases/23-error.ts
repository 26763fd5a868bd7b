import type { Case } from "../play/case.js"

export const error: readonly Case[] = []
