import type { Case } from "../play/case.js"

export const semantics: readonly Case[] = []
