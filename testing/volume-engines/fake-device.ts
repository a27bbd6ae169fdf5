/** Bytes are kept in blocks of this size; what nobody has written is not kept at all. */
export const FAKE_BLOCK = 4096

/** One block; null: zeros that somebody has written. */
export type Block = Uint8Array | null

/** Blocks by their number. `nothing`: what a block reads as that nobody has written. */
export interface Blocks {
  get(number: number): Block | undefined
  set(number: number, block: Block): void
  nothing: number
}

export function readBlocks(blocks: Blocks, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const number = Math.floor((offset + at) / FAKE_BLOCK)
    const inside = (offset + at) % FAKE_BLOCK
    const size = Math.min(FAKE_BLOCK - inside, length - at)
    const block = blocks.get(number)
    if (block === undefined) bytes.fill(blocks.nothing, at, at + size)
    else if (block !== null) bytes.set(block.subarray(inside, inside + size), at)
    at += size
  }
  return bytes
}

/** As it reads; null: zeros. */
export function wholeBlock(blocks: Blocks, number: number): Block {
  const block = blocks.get(number)
  if (block !== undefined) return block
  return blocks.nothing === 0 ? null : new Uint8Array(FAKE_BLOCK).fill(blocks.nothing)
}

export function writeBlocks(blocks: Blocks, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const number = Math.floor((offset + at) / FAKE_BLOCK)
    const inside = (offset + at) % FAKE_BLOCK
    const size = Math.min(FAKE_BLOCK - inside, bytes.length - at)
    const whole = readBlocks(blocks, number * FAKE_BLOCK, FAKE_BLOCK)
    whole.set(bytes.subarray(at, at + size), inside)
    blocks.set(number, whole.every((byte) => byte === 0) ? null : whole)
    at += size
  }
}

/** Of whole blocks. */
export function zeroBlocks(blocks: Blocks, from: number, to: number): void {
  for (let number = from / FAKE_BLOCK; number < to / FAKE_BLOCK; number++) blocks.set(number, null)
}
