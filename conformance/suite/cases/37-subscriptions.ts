import type { Case } from "../play/case.js"

export const subscriptions: readonly Case[] = []
