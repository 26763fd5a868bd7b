/** An entry of the shared table, and how it travels in the Clustered Hashmap Protocol (RFC 12/CHP): five parts. */

export interface Entry {
  readonly key: string
  /** Which change of the whole table made it, from 1 on. */
  readonly sequence: bigint
  /** Empty when the entry is deleted. */
  readonly value: string
}

/** What the server says to every subscriber now and then. */
export const HUGZ = "HUGZ"
/** The question for a snapshot, and the last word of the answer. */
export const ICANHAZ = "ICANHAZ?"
export const KTHXBAI = "KTHXBAI"

/** The parts for a unique id and for properties are empty here. */
export function encode({ key, sequence, value }: Entry): (string | Buffer)[] {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(sequence)
  return [key, number, "", "", value]
}

export function decode([key, number, , , value]: Buffer[]): Entry {
  return { key: String(key), sequence: number?.readBigUInt64BE() ?? 0n, value: String(value) }
}

export function show({ key, sequence, value }: Entry): string {
  return `${sequence.toString()} ${key} ${value === "" ? "is gone" : `= ${value}`}`
}
