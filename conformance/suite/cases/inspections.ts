import type { Inspection } from "../play/case.js"

export const INSPECTIONS: readonly Inspection[] = []
