import type { Case } from "../play/case.js"

export const zmtp2: readonly Case[] = []
