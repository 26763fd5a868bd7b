import type { Case } from "../play/case.js"

export const commands: readonly Case[] = []
