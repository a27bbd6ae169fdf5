import { expect, it } from 'vitest'
import type { Key } from '@/components/consoles/screen-keys'
import { typeText } from '@/components/consoles/type-text'

/** What was pressed and let go: `+KeyA -KeyA`. */
async function typed(text: string, layout: 'us' | 'de', stopAfter = Number.POSITIVE_INFINITY): Promise<string[]> {
  const events: string[] = []
  const stop = new AbortController()
  const press = ([, code]: Key, isDown: boolean) => void events.push(`${isDown ? '+' : '-'}${code}`)
  const onTyped = (count: number) => {
    if (count >= stopAfter) stop.abort()
  }
  await typeText(text, { layout, signal: stop.signal, press, onTyped }).catch(() => undefined)
  return events
}

it('holds Shift for as long as it is wanted, and no longer', async () => {
  expect(await typed('aB!c', 'us')).toEqual(
    '+KeyA -KeyA +ShiftLeft +KeyB -KeyB +Digit1 -Digit1 -ShiftLeft +KeyC -KeyC'.split(' '),
  )
})

it('has dead keys stand alone, and leaves out what the layout does not have', async () => {
  expect(await typed('^@漢', 'de')).toEqual(
    '+Backquote -Backquote +Space -Space +AltRight +KeyQ -KeyQ -AltRight'.split(' '),
  )
})

it('stops at once, with nothing held', async () => {
  expect(await typed('ABC', 'us', 1)).toEqual('+ShiftLeft +KeyA -KeyA -ShiftLeft'.split(' '))
})
