import type { Case } from "../play/case.js"

export const identity: readonly Case[] = []
