import type { Case } from "../play/case.js"

export const socketType: readonly Case[] = []
