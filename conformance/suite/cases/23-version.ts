import type { Case } from "../play/case.js"

export const version: readonly Case[] = []
