import type { Case } from "../play/case.js"

export const mechanism: readonly Case[] = []
