import type { Case } from "../play/case.js"

export const nullMechanism: readonly Case[] = []
