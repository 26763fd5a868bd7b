import type { Case } from "../play/case.js"

export const null: readonly Case[] = []
