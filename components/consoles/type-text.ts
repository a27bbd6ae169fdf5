import { type LayoutName, strokesOf } from '@/components/consoles/keyboard-layouts'
import type { Key } from '@/components/consoles/screen-keys'

/**
 * Between two changes of a key, in milliseconds. QEMU gives its guest one every 10 ms and forgets what is more than 1,024 behind
 * (`qemu_input_event_send_key_delay`), so faster would lose text.
 */
const STEP_MS = 10
/** Some two minutes. */
export const MOST_TYPED = 4_000

const SHIFT: Key = [0xffe1, 'ShiftLeft']
const ALT_GR: Key = [0xfe03, 'AltRight']
const SPACE: Key = [0x20, 'Space']

const SYMBOLS: Readonly<Record<string, number>> = { '\n': 0xff0d, '\t': 0xff09, '€': 0x20ac }

export interface Typing {
  layout: LayoutName
  signal: AbortSignal
  press(key: Key, isDown: boolean): void
  /** After each character, with how many there were. */
  onTyped(count: number): void
}

/**
 * Types a text key by key, as a person at the board of the machine would: the machine needs nothing for it. Characters that the layout
 * does not have are left out. When it is over, for whatever reason, no key is held.
 */
export async function typeText(text: string, { layout, signal, press, onTyped }: Typing): Promise<void> {
  const strokes = strokesOf(layout)
  const held = new Set<Key>()
  const change = async (key: Key, isDown: boolean) => {
    press(key, isDown)
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    signal.throwIfAborted()
  }
  const hold = async (key: Key, isWanted: boolean) => {
    if (held.has(key) === isWanted) return
    if (isWanted) held.add(key)
    else held.delete(key)
    await change(key, isWanted)
  }
  const tap = async (key: Key) => {
    await change(key, true).finally(() => press(key, false))
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
  try {
    for (const [at, character] of [...text].entries()) {
      signal.throwIfAborted()
      const stroke = strokes.get(character)
      if (stroke === undefined) continue
      await hold(SHIFT, stroke.shift)
      await hold(ALT_GR, stroke.altGr)
      await tap([symbolOf(character), stroke.code])
      if (stroke.isDead) {
        await hold(SHIFT, false)
        await tap(SPACE)
      }
      onTyped(at + 1)
    }
  } finally {
    for (const key of held) press(key, false)
  }
}

/** As X11 names characters: those of Latin-1 by their number, others by that of Unicode. */
function symbolOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  return SYMBOLS[character] ?? (code < 0x100 ? code : 0x01000000 + code)
}
