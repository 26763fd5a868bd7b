import type { Case } from "../play/case.js"

export const pair: readonly Case[] = []
