import type { Case } from "../play/case.js"

export const resource: readonly Case[] = []
