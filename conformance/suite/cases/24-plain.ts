import type { Case } from "../play/case.js"

export const plain: readonly Case[] = []
