export const names: readonly string[]
export function play(name: string, zmq: object): Promise<void>
export function startClock(): () => boolean
