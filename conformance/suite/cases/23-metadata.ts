import type { Case } from "../play/case.js"

export const metadata: readonly Case[] = []
