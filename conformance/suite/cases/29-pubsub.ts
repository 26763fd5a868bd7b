import type { Case } from "../play/case.js"

export const pubsub: readonly Case[] = []
