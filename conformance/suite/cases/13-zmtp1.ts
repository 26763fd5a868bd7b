import type { Case } from "../play/case.js"

export const zmtp1: readonly Case[] = []
