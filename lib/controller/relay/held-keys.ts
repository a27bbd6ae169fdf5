/** Nobody presses more; what is more is forgotten. */
const MOST_HELD = 128

/** Keys and buttons of the pointer that a viewer has pressed and not let go, by its messages (RFC 6143, 7.5.4 and 7.5.5). */
export class HeldKeys {
  readonly #held = new Map<string, Buffer>()

  /** A whole message that was handed on. */
  note(message: Buffer): void {
    const found = changeIn(message)
    if (found === null) return
    if (!found.isDown) this.#held.delete(found.key)
    else if (this.#held.size < MOST_HELD) this.#held.set(found.key, found.release)
  }

  /** Messages that let all of it go; from here on nothing is held. */
  letGo(): Buffer {
    const all = Buffer.concat([...this.#held.values()])
    this.#held.clear()
    return all
  }
}

/** Null: it is about neither. */
function changeIn(message: Buffer): { key: string; isDown: boolean; release: Buffer } | null {
  const release = Buffer.from(message)
  switch (message.readUInt8(0)) {
    case 4:
      release.writeUInt8(0, 1)
      return { key: message.toString('hex', 4), isDown: message.readUInt8(1) !== 0, release }
    case 5: {
      // With the highest bit, one byte more has further buttons.
      const hasMore = message.length > 6
      release.writeUInt8(message.readUInt8(1) & (hasMore ? 0x80 : 0), 1)
      if (hasMore) release.writeUInt8(0, 6)
      return { key: 'pointer', isDown: !release.equals(message), release }
    }
    case 255:
      // Of QEMU: a key by where it is on the board.
      if (message.readUInt8(1) !== 0) return null
      release.writeUInt16BE(0, 2)
      return { key: `at ${message.toString('hex', 8)}`, isDown: message.readUInt16BE(2) !== 0, release }
    default:
      return null
  }
}
