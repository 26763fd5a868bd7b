import { createRequire } from "node:module"

export const { names, play, startClock } = createRequire(import.meta.url)("./scenarios.cjs")
