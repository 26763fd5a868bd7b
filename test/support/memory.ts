/** Whose memory a Buffer has, and what happens when it is given away. */

/** Whether the memory holds these bytes and nothing else. */
export function isAlone(part: Buffer): boolean {
  return Buffer.isBuffer(part) && part.byteOffset === 0 && part.buffer.byteLength === part.length
}

/** Transfers the memory of a part, as to a thread, and returns what the thread gets. */
export function giveAway(part: Buffer): Buffer {
  const moved = structuredClone(part, { transfer: [part.buffer as ArrayBuffer] })
  return Buffer.from(moved.buffer, moved.byteOffset, moved.byteLength)
}
