import type { Case } from "../play/case.js"

export const pipeline: readonly Case[] = []
